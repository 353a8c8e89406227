// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "izhi/error.hpp"
#include "readers.hpp"
#include "table_reader.hpp"
#include "text.hpp"

/// Spikes as text. A table lists the names of each column. If a file has no names, the numbers decide: neurons
/// are whole numbers, and if times are whole too, neurons come first, as in a .gdf.
namespace izhi::io::detail {
namespace {

enum Kind : std::size_t { kTime, kNeuron, kPopulation, kStep, kOffset };

constexpr std::string_view kTimeNames[] = {"time",  "times",      "t",           "ts",        "timestamp", "timestamps",
                                           "spike", "spike_time", "spike_times", "spiketime", "spiketimes"};
constexpr std::string_view kNeuronNames[] = {
    "neuron",  "neurons", "neuron_id", "neuron_ids", "neuronid",  "neuron_index", "neuron_idx", "id",
    "ids",     "gid",     "gids",      "node",       "node_id",   "node_ids",     "nodeid",     "sender",
    "senders", "i",       "cell",      "cell_id",    "cell_ids",  "cellid",       "cell_index", "unit",
    "unit_id", "nid",     "neur_id",   "addr",       "spike_ids", "spike_id",     "train",      "spiketrain"};
constexpr std::string_view kWeakNeuronNames[] = {"index", "idx"};
constexpr std::string_view kPopulationNames[] = {"population", "populations",     "pop",        "population_name",
                                                 "pop_name",   "node_population", "group_name", "group"};
constexpr std::string_view kStepNames[] = {"time_step", "time_steps", "timestep", "timesteps", "step", "steps"};
constexpr std::string_view kOffsetNames[] = {"time_offset", "offset"};

constexpr ColumnKind kSpikeColumns[] = {{"the time", kTimeNames, {}, true},
                                        {"the neuron", kNeuronNames, kWeakNeuronNames},
                                        {"the population", kPopulationNames},
                                        {"the step", kStepNames},
                                        {"the offset", kOffsetNames}};

constexpr std::string_view kSpikeForm =
    "a time and a neuron, such as time_ms,population,neuron; the population is optional, and the order is free";

/// A text of the file in a form that is fit for messages.
/// The order of columns if the file does not name them.
struct Guess {
    std::size_t first = 0, second = 1;  ///< columns of numbers
    std::optional<std::size_t> population;
    std::size_t count = 2;
};

class SpikeReading {
public:
    SpikeReading(const std::filesystem::path& file, const SpikeFileOptions& options)
        : file_(file.string()), reader_(file), options_(&options) {}

    SpikeTable table() {
        bool first = true;
        while (reader_.next()) {
            if (first && reader_.line() == "/scatter") continue;  // the first line of CoreNEURON's file
            if (std::exchange(first, false) && begin()) continue;
            if (columns_) read_named();
            else read_unnamed();
        }
        if (first) return {{SpikeTable::Population{}}};  // a .gdf of a run without spikes
        if (!columns_) settle_order();
        if (table_.populations.empty() && !has_populations()) table_.populations.emplace_back();
        note_others();
        note_unit();
        return std::move(table_);
    }

private:
    /// Reads the first row. @return whether it has names and no spike
    bool begin() {
        const bool heading = reader_.is_heading();
        if (!options_->columns.empty()) {
            take_given(heading);
        } else if (heading) {
            take_names(reader_.heading());
        } else {
            const auto columns = columns_of(reader_.comment_heading(), kSpikeColumns);
            const bool named =
                (columns.has(kTime) || columns.has(kStep)) && columns.has(kNeuron) && reader_.has_fields(columns.count);
            if (named) take_names(reader_.comment_heading());
            else guess();
        }
        return heading;
    }

    [[nodiscard]] bool has_populations() const {
        return columns_ ? columns_->has(kPopulation) : guess_.population.has_value();
    }

    void take_given(bool heading) {
        TableColumns columns;
        columns.kinds.resize(std::size(kSpikeColumns));
        columns.count = options_->columns.size();
        for (std::size_t i = 0; i < options_->columns.size(); ++i) {
            const std::string& name = options_->columns[i];
            const std::optional<Kind> kind = name == "time"         ? std::optional(kTime)
                                             : name == "neuron"     ? std::optional(kNeuron)
                                             : name == "population" ? std::optional(kPopulation)
                                                                    : std::nullopt;
            if (!kind && name != "-")
                throw Error("", "columns", "hold '" + name + "'", "time, neuron, population, - (not used)");
            if (!kind) continue;
            if (columns.has(*kind)) throw Error("", "columns", "hold '" + name + "' twice", "each once");
            columns.kinds[*kind] = TableColumns::Column{i, std::nullopt};
        }
        if (!columns.has(kTime) || !columns.has(kNeuron))
            throw Error("", "columns", "hold no time or no neuron", "such as neuron,time");
        if (heading) {  // its unit is used, whatever the name of the column is
            const auto named = columns_of(reader_.heading(), kSpikeColumns);
            if (named.has(kTime) && named.kinds[kTime]->at == columns.kinds[kTime]->at)
                columns.kinds[kTime]->unit_ms = named.kinds[kTime]->unit_ms;
        }
        take(std::move(columns));
    }

    void take_names(const std::vector<std::string>& names) {
        std::string twice;
        TableColumns columns = columns_of(names, kSpikeColumns, &twice);
        if (!twice.empty())
            reader_.fail("is " + in_quotes(reader_.line()) + " and names " + twice + "; allowed: each once");
        if (!columns.has(kNeuron) || !(columns.has(kTime) || columns.has(kStep)))
            reader_.fail("is " + in_quotes(reader_.line()) + " and names no " +
                         (columns.has(kNeuron)                       ? "time"
                          : columns.has(kTime) || columns.has(kStep) ? "neuron"
                                                                     : "columns of spikes") +
                         "; allowed: " + std::string(kSpikeForm));
        for (const std::string& other : columns.others)
            if (std::find(others_.begin(), others_.end(), other) == others_.end()) others_.push_back(other);
        take(std::move(columns));
    }

    void take(TableColumns columns) {
        columns_ = std::move(columns);
        in_steps_ = !columns_->has(kTime);
        const auto unit = in_steps_ ? std::nullopt : columns_->kinds[kTime]->unit_ms;
        if (in_steps_ && !options_->time_unit_ms)
            reader_.fail("is " + in_quotes(reader_.line()) +
                         ": times are in steps; give the length of a step (izhi analyze --unit 0.1ms)");
        if (unit && options_->time_unit_ms && *unit != *options_->time_unit_ms)
            reader_.fail("is " + in_quotes(reader_.line()) +
                         ", which gives the unit of times, and another unit was given");
        unit_known_ = unit.has_value() || options_->time_unit_ms.has_value();
        unit_ms_ = unit.value_or(options_->time_unit_ms.value_or(1.0));
    }

    /// Reads two numbers, and perhaps the name of a population.
    void guess() {
        if (!reader_.has_fields(2)) (void)reader_.has_fields(3);
        const auto& fields = reader_.fields();
        std::vector<std::size_t> numbers, names;
        for (std::size_t i = 0; i < fields.size(); ++i)
            (to_number(fields[i]) || fields.size() <= 2 ? numbers : names).push_back(i);
        if (numbers.size() < 2 || fields.size() > 3 || names.size() > 1 || (fields.size() == 3 && names.empty()))
            refuse_row();
        guess_ = {numbers[0], numbers[1], names.empty() ? std::nullopt : std::optional(names[0]), fields.size()};
        unit_known_ = options_->time_unit_ms.has_value();
        unit_ms_ = options_->time_unit_ms.value_or(1.0);
    }

    [[noreturn]] void refuse_row() {
        const std::string is = "is " + in_quotes(reader_.line()) + "; allowed: ";
        if (columns_)
            reader_.fail(is + std::to_string(columns_->count) + " columns, as " +
                         (options_->columns.empty() ? "named above" : "were given"));
        reader_.fail(is + (reader_.is_csv()
                               ? std::string(kSpikeForm) + ", in a first line of names"
                               : "a neuron, a tab and a time in ms, or a first line that names the columns"));
    }

    SpikeTable::Population& population(std::string_view name) {
        if (last_ < table_.populations.size() && table_.populations[last_].name == name)
            return table_.populations[last_];
        const auto found = numbers_.find(name);
        if (found != numbers_.end()) {
            last_ = found->second;
        } else {
            last_ = table_.populations.size();
            numbers_.emplace(name, last_);
            table_.populations.push_back({std::string(name), {}, {}, {}});
            firsts_.resize(table_.populations.size());
        }
        return table_.populations[last_];
    }

    SpikeTable::Population& population_at(const std::optional<std::size_t>& column) {
        if (!column) return population({});
        const std::string_view name = reader_.fields()[*column];
        if (name.empty()) reader_.fail("the population has no name");
        return population(name);
    }

    [[nodiscard]] double number(std::size_t column, std::string_view what) {
        const std::string_view text = reader_.fields()[column];
        const auto value = to_number(text);
        if (!value) reader_.fail(std::string(what) + " is " + in_quotes(text) + "; allowed: a finite number");
        return *value;
    }

    void read_named() {
        // In concatenated files of several threads or ranks, each has its names.
        if (!reader_.has_fields(columns_->count)) {
            if (!reader_.is_heading() || !options_->columns.empty()) refuse_row();
            return take_names(reader_.heading());
        }
        const std::size_t time_at = columns_->kinds[in_steps_ ? kStep : kTime]->at;
        const std::size_t neuron_at = columns_->kinds[kNeuron]->at;
        const auto& fields = reader_.fields();
        if (!to_number(fields[time_at]) && !to_number(fields[neuron_at]) && reader_.is_heading()) {
            if (options_->columns.empty()) take_names(reader_.heading());
            return;
        }
        double time = unit_ms_ * number(time_at, "the time");
        if (in_steps_ && columns_->has(kOffset)) time -= number(columns_->kinds[kOffset]->at, "the offset");
        const auto neuron = to_count(fields[neuron_at]);
        if (!neuron)
            reader_.fail("the neuron is " + in_quotes(fields[neuron_at]) + "; allowed: an integer of 0 or more");
        auto& into =
            population_at(columns_->has(kPopulation) ? std::optional(columns_->kinds[kPopulation]->at) : std::nullopt);
        into.times_ms.push_back(time);
        into.node_ids.push_back(*neuron);
    }

    void read_unnamed() {
        if (!reader_.has_fields(guess_.count)) refuse_row();
        const auto& fields = reader_.fields();
        const auto first = to_number(fields[guess_.first]);
        if (!first)
            reader_.fail("the neuron is " + in_quotes(fields[guess_.first]) + "; allowed: an integer of 0 or more");
        const double second = number(guess_.second, "the time");
        auto& into = population_at(guess_.population);
        firsts_.resize(table_.populations.size());
        firsts_[last_of(into)].push_back(*first);
        into.times_ms.push_back(second);

        const auto whole = [](double value) {
            return value >= 0.0 && value <= 9007199254740992.0 && std::trunc(value) == value;
        };
        if (first_whole_ && !whole(*first)) {
            first_whole_ = false;
            fault_line_ = reader_.number();
            fault_ = std::string(fields[guess_.first]);
        }
        first_times_ = first_times_ && *first >= 0.0 && *first <= 9007199254740992.0;
        second_whole_ = second_whole_ && whole(second);
        if (rows_ > 0) {
            first_sorted_ = first_sorted_ && *first >= last_first_;
            first_same_ = first_same_ && *first == last_first_;
            second_sorted_ = second_sorted_ && second >= last_second_;
            second_same_ = second_same_ && second == last_second_;
        }
        last_first_ = *first;
        last_second_ = second;
        ++rows_;
    }

    std::size_t last_of(const SpikeTable::Population& population) const {
        return static_cast<std::size_t>(&population - table_.populations.data());
    }

    void settle_order() {
        firsts_.resize(table_.populations.size());
        const bool times_first = !first_whole_ && first_times_ && second_whole_;
        if (!first_whole_ && !times_first)
            throw Error(file_ + ":" + std::to_string(fault_line_) + ": the neuron is " + printable(in_quotes(fault_)) +
                        "; allowed: an integer of 0 or more");
        for (std::size_t p = 0; p < table_.populations.size(); ++p) {
            auto& population = table_.populations[p];
            std::vector<double>& times = population.times_ms;
            std::vector<double>& neurons = firsts_[p];
            if (times_first) std::swap(times, neurons);
            population.node_ids.reserve(neurons.size());
            for (const double neuron : neurons) population.node_ids.push_back(static_cast<std::uint64_t>(neuron));
            std::vector<double>().swap(neurons);
            if (unit_ms_ != 1.0)
                for (double& time : times) time *= unit_ms_;
        }
        constexpr std::size_t kEnough = 10;
        if (second_whole_ && first_whole_ && rows_ >= kEnough && first_sorted_ && !first_same_ &&
            (!second_sorted_ || second_same_))
            note("names no columns, and both numbers are whole; read as neuron and time. The first is sorted, as times "
                 "would be: if they are, --columns time,neuron");
    }

    void note(const std::string& text) { table_.notes.push_back(file_ + ": " + text); }

    void note_others() {
        if (others_.empty()) return;
        std::string list;
        for (const std::string& other : others_) list += (list.empty() ? "" : ", ") + printable(in_quotes(other));
        note("columns that are not used: " + list);
    }

    /// Times without a unit are read as milliseconds. If they are seconds, neurons seem to fire a thousand times too
    /// fast.
    void note_unit() {
        if (unit_known_) return;
        double most_hz = 0.0;
        for (const auto& population : table_.populations) {
            if (population.times_ms.size() < 10) continue;
            const auto [low, high] = std::minmax_element(population.node_ids.begin(), population.node_ids.end());
            const auto [begin, end] = std::minmax_element(population.times_ms.begin(), population.times_ms.end());
            const auto spikes = static_cast<double>(population.times_ms.size());
            const double neurons = std::min(static_cast<double>(*high - *low) + 1.0, spikes);
            constexpr double kLeastEach = 3.0;
            if (spikes < kLeastEach * neurons || !(*end > *begin)) continue;
            most_hz = std::max(most_hz, 1e3 * spikes / (neurons * (*end - *begin)));
        }
        constexpr double kMostHz = 500.0;
        if (most_hz < kMostHz) return;
        std::string rate;
        append_number(rate, static_cast<std::uint64_t>(std::min(most_hz, 1e15)));
        note("does not give the unit of its times; in milliseconds a neuron would fire at " + rate +
             " Hz. If they are seconds: --unit s");
    }

    std::string file_;
    TableReader reader_;
    const SpikeFileOptions* options_;
    SpikeTable table_;
    std::map<std::string, std::size_t, std::less<>> numbers_;  // of populations
    std::size_t last_ = 0;
    std::vector<std::string> others_;

    std::optional<TableColumns> columns_;  // set if the names or the caller identify the columns
    bool in_steps_ = false;
    bool unit_known_ = false;
    double unit_ms_ = 1.0;

    // Otherwise: the first number of each row, by population; the second is in times_ms.
    Guess guess_;
    std::vector<std::vector<double>> firsts_;
    std::size_t rows_ = 0;
    bool first_whole_ = true, second_whole_ = true;  // like neurons
    bool first_times_ = true;                        // not below 0, like times
    bool first_sorted_ = true, second_sorted_ = true;
    bool first_same_ = true, second_same_ = true;
    double last_first_ = 0.0, last_second_ = 0.0;
    std::size_t fault_line_ = 0;
    std::string fault_;
};

}  // namespace

SpikeTable read_text_spikes(const std::filesystem::path& file, const SpikeFileOptions& options) {
    return SpikeReading(file, options).table();
}

}  // namespace izhi::io::detail
