// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Populations of spike sources: rates, and given spikes.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "izhi/io/recording.hpp"
#include "izhi/network.hpp"
#include "network_sections.hpp"
#include "number_file.hpp"
#include "readers.hpp"

namespace izhi::io::detail {
namespace {

constexpr const char* kRateKeys[] = {"rate_hz", "rates_file", "rates_interval_ms", "rates_start_ms",
                                     "rates_interpolation"};
constexpr const char* kTrainKeys[] = {"times_ms", "spikes_file", "spikes_population", "spikes_first_id"};

/// A rate, or the course of rates from a file of numbers with a column for all neurons or one for each.
void read_rates(Section& section, const NetworkReading& reading, PopulationSpec& spec, PoissonSource& source) {
    source.rate_hz = read_parameter(section, "rate_hz", source.rate_hz, "rate_hz", spec, reading);
    const std::string file = section.text("rates_file", {});
    if (!section.has("rate_hz") && file.empty())
        section.fault("rate_hz", "is missing", "a rate [Hz], or rates_file = \"FILE.csv\" with rates_interval_ms");
    if (section.has("rate_hz") && !file.empty())
        section.fault("rate_hz", "and rates_file are both given", "one of them");
    if (file.empty()) {
        for (const char* key : {"rates_interval_ms", "rates_start_ms", "rates_interpolation"})
            section.refuse(key, "goes with rates_file");
        return;
    }
    Waveform course;
    (void)section.require("rates_interval_ms", "the time from one row to the next");
    section.read("rates_interval_ms", course.interval_ms);
    section.read("rates_start_ms", course.start_ms);
    course.interpolation =
        read_choice(section, "rates_interpolation", course.interpolation, {Interpolation::held, Interpolation::linear});
    if (auto table = read_number_file(section, "rates_file", reading.folder / file)) {
        course.samples = std::move(table->values);
        course.columns = static_cast<std::uint32_t>(table->columns);
        source.course = std::move(course);
    }
}

/// times_ms = [[...], ...], a list for each neuron.
void read_trains(Section& section, const TomlValue& value, std::uint32_t size, SpikeTrains& trains) {
    const std::string form = "[[...], ...] with a list of times for each of the " + std::to_string(size) + " neurons";
    if (value.array() == nullptr || value.array()->size() != size) {
        section.fault("times_ms",
                      value.array() == nullptr ? "is " + describe(value)
                                               : "has " + std::to_string(value.array()->size()) + " lists",
                      form);
        return;
    }
    std::uint32_t neuron = 0;
    for (const TomlValue& list : *value.array()) {
        if (list.array() == nullptr) {
            section.fault("times_ms", "holds " + describe(list), form, list.line);
            return;
        }
        for (const TomlValue& time : *list.array()) {
            const auto number = finite_number(time);
            if (!number) {
                section.fault("times_ms", "holds " + describe(time), "finite numbers", time.line);
                return;
            }
            trains.spikes.push_back({*number, neuron});
        }
        ++neuron;
    }
}

/// Spikes of a file that `izhi analyze` reads, too.
void read_spikes_file(Section& section, const NetworkReading& reading, std::uint32_t size, SpikeTrains& trains) {
    const std::filesystem::path file = reading.folder / section.text("spikes_file", {});
    const std::string population = section.text("spikes_population", {});
    const std::uint64_t first = section.integer("spikes_first_id", 0);
    try {
        const SpikeTable table = read_spikes(file);
        std::string names;
        const SpikeTable::Population* chosen = nullptr;
        for (const SpikeTable::Population& candidate : table.populations) {
            names += (names.empty() ? "" : ", ") + candidate.name;
            if (candidate.name == population || (population.empty() && table.populations.size() == 1))
                chosen = &candidate;
        }
        if (chosen == nullptr) {
            if (population.empty() && table.populations.empty()) return;  // a recording without a spike
            section.fault("spikes_population", population.empty() ? "is missing" : "is \"" + population + "\"",
                          "one of those in the file: " + names);
            return;
        }
        for (std::size_t i = 0; i < chosen->times_ms.size(); ++i) {
            const std::uint64_t id = chosen->node_ids[i];
            if (id < first || id - first >= size) {
                section.fault(
                    "spikes_file",
                    "has a spike of neuron " + std::to_string(id) + " (spike number " + std::to_string(i + 1) + ")",
                    "neurons " + std::to_string(first) + " to " + std::to_string(first + size - 1) +
                        "; see size and spikes_first_id");
                return;
            }
            trains.spikes.push_back({chosen->times_ms[i], static_cast<std::uint32_t>(id - first)});
        }
    } catch (const Error& error) { section.fault("spikes_file", "cannot be used: " + std::string(error.what())); }
}

/// The largest number of spikes that are kept in memory if their file can be read while the network runs.
constexpr std::uint64_t kMostInMemory = 1'000'000;

/// A SONATA file of many spikes; null if it is another file, or has few.
std::optional<SpikeStream> read_long_file(Section& section, const NetworkReading& reading) {
    const std::filesystem::path file = reading.folder / section.text("spikes_file", {});
    const std::string population = section.text("spikes_population", {});
    try {
        if (!is_hdf5(file) || !is_long_and_sorted(file, population, kMostInMemory)) return std::nullopt;
        return read_stream(file, population, section.integer("spikes_first_id", 0));
    } catch (const Error&) { return std::nullopt; }  // said by whoever reads it as a whole
}

}  // namespace

void refuse_source_keys(Section& section, std::string_view kind) {
    if (kind != "poisson")
        for (const char* key : kRateKeys) section.refuse(key, "goes with model = \"poisson\"");
    if (kind != "spikes")
        for (const char* key : kTrainKeys) section.refuse(key, "goes with model = \"spikes\"");
}

SpikeSource read_source(Section& section, const std::string& kind, const NetworkReading& reading,
                        PopulationSpec& spec) {
    const std::uint32_t size = spec.size;
    if (kind == "poisson") {
        PoissonSource source;
        read_rates(section, reading, spec, source);
        refuse_source_keys(section, kind);
        return source;
    }
    SpikeTrains trains;
    const auto& in_memory = reading.options.spikes;
    const auto given = std::find_if(in_memory.begin(), in_memory.end(),
                                    [&](const PopulationSpikes& spikes) { return spikes.population == spec.name; });
    if (given != in_memory.end()) {
        for (const char* key : kTrainKeys) section.refuse(key, "is given, and so are spikes in memory");
        refuse_source_keys(section, kind);
        return given->trains;
    }
    const TomlValue* const times = section.find("times_ms");
    const bool file = section.find("spikes_file") != nullptr;
    if ((times == nullptr) != file)
        section.fault("times_ms", file ? "and spikes_file are both given" : "is missing",
                      "one of times_ms = [[...], ...] and spikes_file = \"FILE\"");
    else if (file) {
        if (auto stream = read_long_file(section, reading)) {
            refuse_source_keys(section, kind);
            return std::move(*stream);
        }
        read_spikes_file(section, reading, size, trains);
    } else read_trains(section, *times, size, trains);
    if (!file)
        for (const char* key : {"spikes_population", "spikes_first_id"}) section.refuse(key, "goes with spikes_file");
    refuse_source_keys(section, kind);
    return trains;
}

}  // namespace izhi::io::detail
