// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "izhi/error.hpp"
#include "sink.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

std::string reason(int error) { return std::generic_category().message(error); }

/// A text file in the making: a buffer and a file descriptor. Not a stream: of a stream one learns that a write failed
/// but not why.
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
        const int descriptor = std::exchange(descriptor_, -1);
        if (::close(descriptor) != 0) throw RunError(path().string() + ": cannot be closed: " + reason(errno));
    }

protected:
    [[nodiscard]] std::string& text() noexcept { return text_; }
    /// To be called once in a while.
    void flush_if_full() {
        if (text_.size() >= kBufferBytes) flush();
    }

private:
    void flush() {
        for (std::string_view rest = text_; !rest.empty();) {
            const ::ssize_t written = ::write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw RunError(path().string() + ": cannot be written: " + reason(errno));
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        text_.clear();
    }

    int descriptor_ = -1;
    std::string text_;
};

/// Lines of one spike each. Spikes come step by step, so the text of the time is made once a step.
class TextSpikes : public TextSink {
public:
    TextSpikes(const RecordingPlan& plan, const std::filesystem::path& final_path, std::string_view header)
        : TextSink(final_path, header), plan_(&plan) {}

    void spikes(std::span<const Spike> spikes) override {
        for (const Spike& spike : spikes) {
            const auto& population = plan_->population_of(spike.neuron, population_);
            if (!population.recorded) continue;
            if (spike.step != step_ || time_.empty()) {
                step_ = spike.step;
                time_.clear();
                append_number(time_, static_cast<double>(step_) * plan_->dt_ms);
            }
            append_line(text(), time_, population, spike.neuron);
            flush_if_full();
        }
    }

private:
    virtual void append_line(std::string& text, std::string_view time, const RecordingPlan::Population& population,
                             std::uint32_t neuron) = 0;

    const RecordingPlan* plan_;
    std::size_t population_ = 0;
    std::uint64_t step_ = 0;
    std::string time_;
};

class GdfSpikes final : public TextSpikes {
    using TextSpikes::TextSpikes;
    void append_line(std::string& text, std::string_view time, const RecordingPlan::Population& /*population*/,
                     std::uint32_t neuron) override {
        append_number(text, std::uint64_t{neuron});
        text += '\t';
        text += time;
        text += '\n';
    }
};

class CsvSpikes final : public TextSpikes {
    using TextSpikes::TextSpikes;
    void append_line(std::string& text, std::string_view time, const RecordingPlan::Population& population,
                     std::uint32_t neuron) override {
        text += time;
        text += ',';
        text += population.name;
        text += ',';
        append_number(text, std::uint64_t{neuron - population.first});
        text += '\n';
    }
};

/// time_ms,exc.0.v,exc.5.v,exc.0.u,...: names hold no dot, so the columns can be told apart again.
std::string trace_header(const RecordingPlan::Trace& trace) {
    std::string header = "time_ms";
    for (const Variable variable : trace.variables) {
        for (const std::uint32_t neuron : trace.neurons) {
            header += ',' + trace.population + '.' + std::to_string(neuron) + '.';
            header += to_string(variable);
        }
    }
    return header + '\n';
}

class CsvTrace final : public TextSink {
public:
    CsvTrace(const RecordingPlan& plan, const std::filesystem::path& final_path, std::size_t trace)
        : TextSink(final_path, trace_header(plan.traces[trace])), dt_ms_(plan.dt_ms) {}

    void sample(const Sample& sample) override {
        append_number(text(), static_cast<double>(sample.step) * dt_ms_);
        for (const float value : sample.values) {
            text() += ',';
            append_number(text(), value);
        }
        text() += '\n';
        flush_if_full();
    }

private:
    double dt_ms_;
};

/// A synapse's end within a projection, and its delay.
void append_synapse(std::string& text, const RecordingPlan::Weights& record, const PlasticSynapse& s) {
    append_number(text, std::uint64_t{s.source - record.first_source});
    text += ',';
    append_number(text, std::uint64_t{s.target - record.first_target});
}

/// A line for each synapse and time.
class CsvWeights final : public TextSink {
public:
    CsvWeights(const RecordingPlan& plan, const std::filesystem::path& final_path, std::size_t record)
        : TextSink(final_path, "time_ms,source,target,delay_ms,weight\n"), record_(&plan.weights[record]),
          dt_ms_(plan.dt_ms) {}

    void weights(const WeightSample& sample) override {
        std::string time;
        append_number(time, static_cast<double>(sample.step) * dt_ms_);
        for (const PlasticSynapse& s : sample.synapses) {
            text() += time;
            text() += ',';
            append_synapse(text(), *record_, s);
            text() += ',';
            append_number(text(), static_cast<double>(s.delay_steps) * dt_ms_);
            text() += ',';
            append_number(text(), s.weight);
            text() += '\n';
            flush_if_full();
        }
    }

private:
    const RecordingPlan::Weights* record_;
    double dt_ms_;
};

/// What rule = "explicit" reads.
class SynapseFile final : public TextSink {
public:
    SynapseFile(const RecordingPlan::Weights& record, double dt_ms, const std::filesystem::path& final_path)
        : TextSink(final_path, "source,target,weight,delay_ms\n"), record_(record), dt_ms_(dt_ms) {}

    void weights(const WeightSample& sample) override {
        for (const PlasticSynapse& s : sample.synapses) {
            append_synapse(text(), record_, s);
            text() += ',';
            append_number(text(), s.weight);
            text() += ',';
            append_number(text(), static_cast<double>(s.delay_steps) * dt_ms_);
            text() += '\n';
            flush_if_full();
        }
    }

private:
    RecordingPlan::Weights record_;
    double dt_ms_;
};

}  // namespace

std::unique_ptr<Sink> make_gdf_spikes(const RecordingPlan& plan, const std::filesystem::path& folder) {
    return std::make_unique<GdfSpikes>(plan, folder / "spikes.gdf", "");
}

std::unique_ptr<Sink> make_csv_spikes(const RecordingPlan& plan, const std::filesystem::path& folder) {
    return std::make_unique<CsvSpikes>(plan, folder / "spikes.csv", "time_ms,population,neuron\n");
}

std::unique_ptr<Sink> make_csv_trace(const RecordingPlan& plan, const std::filesystem::path& folder,
                                     std::size_t trace) {
    return std::make_unique<CsvTrace>(plan, folder / ("trace-" + plan.traces[trace].name + ".csv"), trace);
}

std::unique_ptr<Sink> make_csv_weights(const RecordingPlan& plan, const std::filesystem::path& folder,
                                       std::size_t record) {
    return std::make_unique<CsvWeights>(plan, folder / ("weights-" + plan.weights[record].name + ".csv"), record);
}

std::unique_ptr<Sink> make_synapse_file(const RecordingPlan::Weights& record, double dt_ms,
                                        const std::filesystem::path& file) {
    return std::make_unique<SynapseFile>(record, dt_ms, file);
}

}  // namespace izhi::io::detail
