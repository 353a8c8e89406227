// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "recorded_spikes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "apps/networks/networks.hpp"
#include "apps/text/units.hpp"
#include "engine/base/nearest_name.hpp"
#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"

namespace izhi::apps {
namespace {

using Table = io::SpikeTable::Population;

/// The most neurons of a network.
constexpr std::uint64_t kMostNeurons = 2'000'000'000;

/// A population with the numbers [first, first + size) in a file.
struct Range {
    std::string name;
    std::uint64_t first = 0, size = 0;
    bool stacked = false;  ///< only the size was given, so it follows the previous range
};

/// "exc=800" or "exc=1-800"
Range parse_range(const std::string& text) {
    constexpr std::uint64_t largest = 1'000'000'000'000'000;
    const auto equals = text.find('=');
    try {
        if (equals == std::string::npos || equals == 0) throw Error("no name");
        Range range{.name = text.substr(0, equals)};
        const std::string numbers = text.substr(equals + 1);
        const auto dash = numbers.find('-');
        range.stacked = dash == std::string::npos;
        if (range.stacked) {
            range.size = parse_whole("", numbers, 0, kMostNeurons);
            return range;
        }
        range.first = parse_whole("", numbers.substr(0, dash), 0, largest);
        range.size =
            parse_whole("", numbers.substr(dash + 1), range.first, range.first + kMostNeurons - 1) - range.first + 1;
        return range;
    } catch (const Error&) {
        throw Error("", "--population", "is '" + text + "'",
                    "NAME=SIZE or NAME=FIRST-LAST, such as exc=800 or, counted from 1, exc=1-800");
    }
}

std::vector<Range> ranges_of(const SpikeFileFacts& facts) {
    std::vector<Range> ranges;
    for (const std::string& text : facts.populations) {
        ranges.push_back(parse_range(text));
        for (std::size_t i = 0; i + 1 < ranges.size(); ++i)
            if (ranges[i].name == ranges.back().name)
                throw Error("", "--population", "names '" + ranges[i].name + "' twice", "each population once");
    }
    if (!facts.network) return ranges;
    const NetworkSource source = find_network(*facts.network);
    const Network network = io::parse_network(source.text, source.origin);
    for (const PopulationSpec& population : network.description().populations)
        ranges.push_back({population.name, 0, population.size, true});
    return ranges;
}

[[noreturn]] void refuse_neuron(const std::filesystem::path& file, const std::string& of, std::uint64_t neuron,
                                const std::string& allowed) {
    throw Error(file.string() + ": holds neuron " + std::to_string(neuron) + of + "; allowed: " + allowed);
}

RecordedSpikes::Population sorted(std::string name, std::uint64_t neurons, std::vector<RecordedSpikes::Spike> spikes) {
    // NEST writes the spikes of each thread, one after another.
    const auto earlier = [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; };
    if (!std::is_sorted(spikes.begin(), spikes.end(), earlier)) std::stable_sort(spikes.begin(), spikes.end(), earlier);
    return {std::move(name), neurons, std::move(spikes)};
}

/// The spikes of a population whose size is known and whose numbers do not count from 0: those of another program. Neurons
/// are counted in the order of the numbers that occur. Nothing if more occur than there are neurons.
std::optional<RecordedSpikes::Population> renumbered(const Table& table) {
    std::vector<std::uint64_t> numbers = table.node_ids;
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    if (numbers.size() > *table.neurons) return std::nullopt;
    std::vector<RecordedSpikes::Spike> spikes;
    spikes.reserve(table.node_ids.size());
    for (std::size_t i = 0; i < table.node_ids.size(); ++i) {
        const auto place = std::lower_bound(numbers.begin(), numbers.end(), table.node_ids[i]);
        spikes.push_back({table.times_ms[i], static_cast<std::uint64_t>(place - numbers.begin())});
    }
    return sorted(table.name, *table.neurons, std::move(spikes));
}

/// Collects the spikes of one named population.
RecordedSpikes::Population population_of(const std::filesystem::path& file, const Table& table, const Range* range) {
    std::uint64_t first = 0, size = 0;
    if (range != nullptr) {
        first = range->first;
        size = range->size;
    } else if (table.neurons) {
        size = *table.neurons;
        const bool from_zero =
            std::all_of(table.node_ids.begin(), table.node_ids.end(), [&](std::uint64_t id) { return id < size; });
        if (!from_zero)
            if (auto population = renumbered(table)) return std::move(*population);
    } else if (!table.node_ids.empty()) {
        const auto [least, most] = std::minmax_element(table.node_ids.begin(), table.node_ids.end());
        if (*most - *least >= kMostNeurons)
            refuse_neuron(file, "", *most,
                          "less than 2000000000 above the smallest, " + std::to_string(*least) +
                              "; give --population NAME=FIRST-LAST for others");
        first = *least;
        size = *most - *least + 1;
    }
    std::vector<RecordedSpikes::Spike> spikes;
    spikes.reserve(table.node_ids.size());
    for (std::size_t i = 0; i < table.node_ids.size(); ++i) {
        const std::uint64_t id = table.node_ids[i];
        if (id < first || id - first >= size)
            refuse_neuron(file, " of '" + table.name + "'", id,
                          size == 0 ? "none, because it has no neurons"
                                    : std::to_string(first) + " to " + std::to_string(first + size - 1));
        spikes.push_back({table.times_ms[i], id - first});
    }
    return sorted(table.name, size, std::move(spikes));
}

/// Reads a file that names populations. Populations that only --population names never fired. This is an error if the
/// file gives the sizes of its populations, because then it has all of them.
void add_named(RecordedSpikes& result, const std::filesystem::path& file, const io::SpikeTable& table,
               const std::vector<Range>& ranges, bool ranges_are_all) {
    std::vector<std::string> names, own;
    for (const Range& range : ranges) names.push_back(range.name);
    bool sized = !table.populations.empty();
    for (const Table& population : table.populations) {
        own.push_back(population.name);
        sized = sized && population.neurons.has_value();
    }
    for (const std::string& name : names)
        if (sized && !ranges_are_all && std::find(own.begin(), own.end(), name) == own.end())
            throw Error("--population names '" + name + "', which " + file.string() + " has not; " +
                        izhi::detail::suggest_name(name, own));
    for (const Table& population : table.populations) {
        const auto known = std::find(names.begin(), names.end(), population.name);
        if (known == names.end() && ranges_are_all)
            throw Error(file.string() + ": holds the population '" + population.name + "', which --network has not; " +
                        izhi::detail::suggest_name(population.name, names));
        if (known == names.end() && !ranges.empty() && !population.neurons)
            throw Error("--population does not name '" + population.name + "', which " + file.string() + " holds");
        result.populations.push_back(
            population_of(file, population,
                          known == names.end() ? nullptr : &ranges[static_cast<std::size_t>(known - names.begin())]));
    }
    for (const Range& range : ranges) {
        const bool there = std::any_of(table.populations.begin(), table.populations.end(),
                                       [&](const Table& p) { return p.name == range.name; });
        if (!there) result.populations.push_back({range.name, range.size, {}});
    }
    if (!ranges_are_all) return;
    // In the order of the network, whatever came first in the file.
    std::stable_sort(result.populations.begin(), result.populations.end(), [&](const auto& a, const auto& b) {
        return std::find(names.begin(), names.end(), a.name) < std::find(names.begin(), names.end(), b.name);
    });
}

/// Reads a file that numbers neurons over the whole network; the ranges divide them into populations.
void add_numbered(RecordedSpikes& result, const std::filesystem::path& file, const Table& table,
                  std::vector<Range> ranges) {
    std::uint64_t next = 0;
    for (Range& range : ranges) {
        if (range.stacked) range.first = next;
        next = range.first + range.size;
    }
    std::vector<Range> by_first = ranges;
    std::erase_if(by_first, [](const Range& range) { return range.size == 0; });
    std::sort(by_first.begin(), by_first.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < by_first.size(); ++i)
        if (by_first[i].first - by_first[i - 1].first < by_first[i - 1].size)
            throw Error("--population: '" + by_first[i - 1].name + "' and '" + by_first[i].name + "' overlap");

    std::vector<std::vector<RecordedSpikes::Spike>> spikes(ranges.size());
    for (std::size_t i = 0; i < table.node_ids.size(); ++i) {
        const std::uint64_t id = table.node_ids[i];
        const auto found = std::find_if(ranges.begin(), ranges.end(),
                                        [&](const Range& r) { return id >= r.first && id - r.first < r.size; });
        if (found == ranges.end())
            refuse_neuron(file, "", id,
                          "those of the populations given; if it counts from 1: --population NAME=FIRST-LAST");
        spikes[static_cast<std::size_t>(found - ranges.begin())].push_back({table.times_ms[i], id - found->first});
    }
    for (std::size_t p = 0; p < ranges.size(); ++p)
        result.populations.push_back(sorted(ranges[p].name, ranges[p].size, std::move(spikes[p])));
}

/// The spikes of all files.
io::SpikeTable table_of(const std::vector<std::filesystem::path>& files, const io::SpikeFileOptions& reading) {
    io::SpikeTable all;
    for (const auto& file : files) {
        io::SpikeTable table = io::read_spikes(file, reading);
        for (std::string& note : table.notes) all.notes.push_back(std::move(note));
        if (&file == &files.front()) {
            table.notes = std::move(all.notes);
            all = std::move(table);
            continue;
        }
        if (table.duration_ms && all.duration_ms && *table.duration_ms != *all.duration_ms)
            throw Error(file.string() + ": lasts " + plain(*table.duration_ms, 9) + " ms, and " +
                        files.front().string() + " " + plain(*all.duration_ms, 9) +
                        " ms; allowed: the files of one run");
        if (!all.duration_ms) all.duration_ms = table.duration_ms;
        for (Table& population : table.populations) {
            const auto same = std::find_if(all.populations.begin(), all.populations.end(),
                                           [&](const Table& p) { return p.name == population.name; });
            if (same == all.populations.end()) {
                if (!all.populations.empty() && (population.name.empty() || all.populations.front().name.empty()))
                    throw Error(file.string() + ": " +
                                (population.name.empty() ? "names no populations, and another file does"
                                                         : "names populations, and another file does not") +
                                "; allowed: the files of one run");
                all.populations.push_back(std::move(population));
                continue;
            }
            if (same->neurons && population.neurons && *same->neurons != *population.neurons)
                throw Error(file.string() + ": says that '" + population.name + "' has " +
                            counted(*population.neurons, "neuron") + ", and another file " +
                            std::to_string(*same->neurons) + "; allowed: the files of one run");
            if (!same->neurons) same->neurons = population.neurons;
            same->times_ms.insert(same->times_ms.end(), population.times_ms.begin(), population.times_ms.end());
            same->node_ids.insert(same->node_ids.end(), population.node_ids.begin(), population.node_ids.end());
        }
    }
    return all;
}

/// Notes spikes that occur twice: a run was recorded twice, or the files belong to two runs.
void note_doubles(RecordedSpikes& spikes) {
    std::uint64_t doubles = 0;
    std::vector<std::uint64_t> together;
    for (const auto& population : spikes.populations) {
        for (std::size_t i = 0; i < population.spikes.size();) {
            together.clear();
            const double time_ms = population.spikes[i].time_ms;
            for (; i < population.spikes.size() && population.spikes[i].time_ms == time_ms; ++i)
                together.push_back(population.spikes[i].neuron);
            std::sort(together.begin(), together.end());
            for (std::size_t k = 1; k < together.size(); ++k) doubles += together[k] == together[k - 1] ? 1 : 0;
        }
    }
    if (doubles > 0)
        spikes.notes.push_back(counted(doubles, "spike") + " of the files " + (doubles == 1 ? "is" : "are") +
                               " there twice, with the same neuron and time; files of several runs?");
}

}  // namespace

RecordedSpikes read_recorded_spikes(const std::vector<std::filesystem::path>& files, const SpikeFileFacts& facts) {
    const std::vector<Range> ranges = ranges_of(facts);
    io::SpikeTable table = table_of(files, facts.reading);
    const std::filesystem::path name =
        files.size() == 1 ? files.front().string() : files.front().string() + " and others";  // in messages
    RecordedSpikes result;
    result.duration_ms = table.duration_ms;
    result.notes = std::move(table.notes);
    const bool numbered = table.populations.size() == 1 && table.populations.front().name.empty();
    const bool sized = std::all_of(table.populations.begin(), table.populations.end(),
                                   [](const Table& p) { return p.neurons.has_value(); });
    result.sizes_guessed = !facts.network && ranges.empty() && !sized;
    result.sizes_from = facts.network          ? "--network"
                        : !ranges.empty()      ? "--population"
                        : result.sizes_guessed ? kGuessed
                                               : "the file";
    if (numbered && !ranges.empty()) {
        add_numbered(result, name, table.populations.front(), ranges);
    } else {
        if (numbered) table.populations.front().name = "neurons";
        add_named(result, name, table, ranges, facts.network.has_value());
    }
    if (std::all_of(result.populations.begin(), result.populations.end(),
                    [](const auto& population) { return population.neurons == 0; }))
        throw Error(name.string() +
                    ": holds no spikes and does not say how many neurons there are; give --network or --population");
    if (files.size() > 1) note_doubles(result);
    for (const auto& population : result.populations)
        if (!population.spikes.empty()) result.last_ms = std::max(result.last_ms, population.spikes.back().time_ms);
    return result;
}

}  // namespace izhi::apps
