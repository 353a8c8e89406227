// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "disk_reserve.hpp"
#include "izhi/error.hpp"
#include "sink.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;  // stays in the second-level cache

std::string reason(int error) { return std::generic_category().message(error); }

/// A text file that is being written: a buffer and a file descriptor. It is not a stream, because a stream reports that
/// a write failed but not why.
class TextSink : public Sink {
public:
    TextSink(const std::filesystem::path& final_path, std::string_view header) : Sink(final_path) {
        descriptor_ = ::open(part_path().c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor_ < 0) throw Error(part_path().string() + ": cannot be opened: " + reason(errno));
        text_ = header;
    }
    ~TextSink() override {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    void close(std::uint64_t /*steps_done*/) override {
        flush();
        reserve_.give_back(descriptor_, written_);
        const int descriptor = std::exchange(descriptor_, -1);
        if (::close(descriptor) != 0) throw RunError(path().string() + ": cannot be closed: " + reason(errno));
    }

    void close_written(std::uint64_t /*steps_done*/) override {
        if (descriptor_ < 0) throw RunError(path().string() + ": was not closed");
        try {
            flush();  // into the space that was set aside
            whole_step_.reset();
        } catch (const RunError&) {}
        const std::uint64_t end = whole_step_ ? whole_lines_ : written_;
        reserve_.give_back(descriptor_, end);
        const bool whole = ::ftruncate(descriptor_, static_cast<::off_t>(end)) == 0;
        if (::close(std::exchange(descriptor_, -1)) != 0 || !whole)
            throw RunError(path().string() + ": cannot be closed: " + reason(errno));
    }
    [[nodiscard]] std::optional<std::uint64_t> whole_step() const noexcept override { return whole_step_; }

protected:
    [[nodiscard]] std::string& text() noexcept { return text_; }
    /// To be called from time to time. @param step that the last lines are of; more may follow of it
    void flush_if_full(std::uint64_t step) {
        if (text_.size() < kBufferBytes) return;
        flush();
        whole_step_ = step > 0 ? step - 1 : 0;
        if (reserve_.full() != 0) throw RunError(path().string() + ": cannot be written: " + reason(reserve_.full()));
    }

private:
    void flush() {
        reserve_.provide(descriptor_, written_ + text_.size());
        for (std::string_view rest = text_; !rest.empty();) {
            const ::ssize_t written = ::write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw RunError(path().string() + ": cannot be written: " + reason(errno));
            const std::string_view done = rest.substr(0, static_cast<std::size_t>(written));
            if (const auto end = done.rfind('\n'); end != std::string_view::npos) whole_lines_ = written_ + end + 1;
            written_ += done.size();
            rest.remove_prefix(done.size());
        }
        text_.clear();
    }

    int descriptor_ = -1;
    std::string text_;
    std::uint64_t written_ = 0, whole_lines_ = 0;  ///< bytes of the file, and of its whole lines
    /// The last step of which all lines are in the file; nothing: of all that were taken.
    std::optional<std::uint64_t> whole_step_ = 0;
    DiskReserve reserve_{4 * kBufferBytes};
};

/// The decimal digits of 0 to 999.
class DigitTable {
public:
    /// The most bytes that write() touches, of numbers up to kMaxNodeId.
    static constexpr std::size_t kMostBytes = 20;
    /// Writes a number. @return its end. More bytes may be written than the number has.
    template <class Number>
    char* write(char* to, Number number) const noexcept {
        if (number >= 1000) {
            to = write(to, number / 1000);
            std::memcpy(to, digits_[number % 1000].data(), 4);
            return to + 3;
        }
        const unsigned zeros = number >= 100 ? 0 : number >= 10 ? 1 : 2;
        std::memcpy(to, digits_[number].data() + zeros, 3);
        return to + 3 - zeros;
    }

private:
    static constexpr auto digits_ = [] {
        std::array<std::array<char, 5>, 1000> table{};
        for (std::size_t i = 0; i < table.size(); ++i)
            table[i] = {static_cast<char>('0' + i / 100), static_cast<char>('0' + i / 10 % 10),
                        static_cast<char>('0' + i % 10), 0, 0};
        return table;
    }();
};

/// Lines with one spike each. Everything except the neuron is the same for all spikes of a step and population.
class TextSpikes : public TextSink {
public:
    TextSpikes(const RecordingPlan& plan, const std::filesystem::path& final_path, std::string_view header)
        : TextSink(final_path, header), plan_(&plan) {}

    void spikes(std::uint64_t step, std::span<const std::uint32_t> neurons) override {
        if (step != step_ || time_.empty()) {
            step_ = step;
            time_.clear();
            append_number(time_, plan_->clock.ms(step_));
        }
        plan_->by_recorded_population(neurons, [&](PopulationId population, std::span<const std::uint32_t> own) {
            before_.clear();
            after_.clear();
            const Numbers numbers = surround(before_, after_, time_, population);
            if (numbers.node_ids == nullptr)
                append_lines(own, [less = numbers.less](std::uint32_t neuron) { return neuron - less; });
            else append_lines(own, [&](std::uint32_t neuron) { return numbers.node_ids[neuron - numbers.less]; });
        });
    }

protected:
    /// How the neurons of a population are numbered.
    struct Numbers {
        std::uint32_t less = 0;                   ///< is subtracted from neurons of the network
        const std::uint64_t* node_ids = nullptr;  ///< by what is left; null: that itself
    };
    [[nodiscard]] const RecordingPlan& plan() const noexcept { return *plan_; }
    [[nodiscard]] Numbers recorded_numbers(PopulationId population) const {
        return {plan_->network.first_neuron(population), plan_->node_ids(population)};
    }

private:
    /// The text before and after the number of a neuron.
    virtual Numbers surround(std::string& before, std::string& after, std::string_view time,
                             PopulationId population) = 0;

    template <class NumberOf>
    void append_lines(std::span<const std::uint32_t> neurons, const NumberOf& number_of) {
        constexpr std::size_t lines_at_once = 512;
        for (; !neurons.empty(); neurons = neurons.subspan(std::min(neurons.size(), lines_at_once))) {
            const auto some = neurons.first(std::min(neurons.size(), lines_at_once));
            lines_.resize(
                std::max(lines_.size(), some.size() * (before_.size() + DigitTable::kMostBytes + after_.size())));
            char* to = lines_.data();
            for (const std::uint32_t neuron : some) {
                to = std::copy(before_.begin(), before_.end(), to);
                to = kDigits.write(to, number_of(neuron));
                to = std::copy(after_.begin(), after_.end(), to);
            }
            text().append(lines_.data(), to);
            flush_if_full(step_);
        }
    }

    static constexpr DigitTable kDigits{};
    const RecordingPlan* plan_;
    std::uint64_t step_ = 0;
    std::string time_, before_, after_;
    std::vector<char> lines_;
};

class GdfSpikes final : public TextSpikes {
    using TextSpikes::TextSpikes;
    Numbers surround(std::string& /*before*/, std::string& after, std::string_view time,
                     PopulationId /*population*/) override {
        after += '\t';
        after += time;
        after += '\n';
        return {};
    }
};

/// Time, population, neuron.
class CsvSpikes final : public TextSpikes {
public:
    CsvSpikes(const RecordingPlan& plan, const std::filesystem::path& final_path, std::string_view header,
              char separator)
        : TextSpikes(plan, final_path, header), separator_(separator) {}

private:
    Numbers surround(std::string& before, std::string& after, std::string_view time, PopulationId population) override {
        before += time;
        before += separator_;
        append_field(before, plan().population(population).recorded_name());
        before += separator_;
        after += '\n';
        return recorded_numbers(population);
    }

    char separator_;
};

/// time_ms,exc.0.v,exc.5.v,exc.0.u,exc.0.conductance.inh-exc,...: variables and projections have no dots, so the columns can
/// be identified again.
std::string trace_header(const RecordingPlan::Trace& trace) {
    std::string header = "time_ms";
    for (const Variable variable : trace.variables) {
        for (const std::uint64_t neuron : trace.node_ids) {
            std::string name = trace.population + '.' + std::to_string(neuron) + '.';
            name += to_string(variable);
            if (is_of_projection(variable)) name += '.' + trace.projection;
            header += ',';
            append_field(header, name);
        }
    }
    return header + '\n';
}

class CsvTrace final : public TextSink {
public:
    CsvTrace(const RecordingPlan& plan, const std::filesystem::path& final_path, std::size_t trace)
        : TextSink(final_path, trace_header(plan.traces[trace])), clock_(plan.clock) {}

    void sample(const Sample& sample) override {
        append_number(text(), clock_.ms(sample.step));
        for (const float value : sample.values) {
            text() += ',';
            append_number(text(), value);
        }
        text() += '\n';
        flush_if_full(sample.step);
    }

private:
    izhi::detail::StepClock clock_;
};

/// Source and target of a synapse within a projection, and its delay.
void append_synapse(std::string& text, const RecordingPlan::Weights& record, const PlasticSynapse& s) {
    append_number(text, std::uint64_t{s.source - record.first_source});
    text += ',';
    append_number(text, std::uint64_t{s.target - record.first_target});
}

/// One line for each synapse and time.
class CsvWeights final : public TextSink {
public:
    CsvWeights(const RecordingPlan& plan, const std::filesystem::path& final_path, std::size_t record)
        : TextSink(final_path, plan.weights[record].eligibility
                                   ? "time_ms,source,target,delay_ms,weight,eligibility,dopamine\n"
                                   : "time_ms,source,target,delay_ms,weight\n"),
          record_(&plan.weights[record]), clock_(plan.clock) {}

    void weights(const WeightSample& sample) override {
        std::string time;
        append_number(time, clock_.ms(sample.step));
        for (const PlasticSynapse& s : sample.synapses) {
            text() += time;
            text() += ',';
            append_synapse(text(), *record_, s);
            text() += ',';
            append_number(text(), clock_.ms(s.delay_steps));
            text() += ',';
            append_number(text(), s.weight);
            if (record_->eligibility) {
                text() += ',';
                append_number(text(), s.eligibility);
                text() += ',';
                append_number(text(), sample.dopamine);
            }
            text() += '\n';
            flush_if_full(sample.step);
        }
    }

private:
    const RecordingPlan::Weights* record_;
    izhi::detail::StepClock clock_;
};

/// The format of rule = "explicit".
class SynapseFile final : public TextSink {
public:
    SynapseFile(const RecordingPlan::Weights& record, const izhi::detail::StepClock& clock,
                const std::filesystem::path& final_path)
        : TextSink(final_path, "source,target,weight,delay_ms\n"), record_(record), clock_(clock) {}

    void weights(const WeightSample& sample) override {
        for (const PlasticSynapse& s : sample.synapses) {
            append_synapse(text(), record_, s);
            text() += ',';
            append_number(text(), s.weight);
            text() += ',';
            append_number(text(), clock_.ms(s.delay_steps));
            text() += '\n';
            flush_if_full(0);
        }
    }

    void synapses(std::span<const ExplicitSynapse> row) override {
        for (const ExplicitSynapse& s : row) {
            append_number(text(), std::uint64_t{s.source});
            text() += ',';
            append_number(text(), std::uint64_t{s.target});
            text() += ',';
            append_number(text(), s.weight);
            text() += ',';
            append_number(text(), s.delay_ms);
            text() += '\n';
            flush_if_full(0);
        }
    }

private:
    RecordingPlan::Weights record_;
    izhi::detail::StepClock clock_;
};

}  // namespace

std::unique_ptr<Sink> make_gdf_spikes(const RecordingPlan& plan, const std::filesystem::path& folder) {
    return std::make_unique<GdfSpikes>(plan, folder / "spikes.gdf", "");
}

std::unique_ptr<Sink> make_csv_spikes(const RecordingPlan& plan, const std::filesystem::path& folder) {
    return std::make_unique<CsvSpikes>(plan, folder / "spikes.csv", "time_ms,population,neuron\n", ',');
}

std::unique_ptr<Sink> make_sonata_spikes_csv(const RecordingPlan& plan, const std::filesystem::path& file) {
    return std::make_unique<CsvSpikes>(plan, file, "timestamps population node_ids\n", ' ');
}

std::unique_ptr<Sink> make_csv_trace(const RecordingPlan& plan, const std::filesystem::path& folder,
                                     std::size_t trace) {
    return std::make_unique<CsvTrace>(plan, folder / trace_file_name(plan.traces[trace].name, ".csv"), trace);
}

std::unique_ptr<Sink> make_csv_weights(const RecordingPlan& plan, const std::filesystem::path& folder,
                                       std::size_t record) {
    return std::make_unique<CsvWeights>(plan, folder / weights_file_name(plan.weights[record].name, ".csv"), record);
}

std::unique_ptr<Sink> make_synapse_file(const RecordingPlan::Weights& record, const izhi::detail::StepClock& clock,
                                        const std::filesystem::path& file) {
    return std::make_unique<SynapseFile>(record, clock, file);
}

}  // namespace izhi::io::detail
