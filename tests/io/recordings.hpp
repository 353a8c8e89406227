// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// A network, its spikes and a folder to record them into: what the tests of recording share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "izhi/io/recording.hpp"
#include "izhi/network.hpp"
#include "izhi/simulation.hpp"
#include "tests/support/scratch_folder.hpp"

namespace izhi::test {

inline constexpr io::Format kFormats[] = {io::Format::sonata, io::Format::gdf, io::Format::csv};

/// An empty folder, and what is in it.
struct RecordingFolder {
    ScratchFolder scratch{};
    std::filesystem::path path = scratch.path();
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
            if (!entry.is_directory()) names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
};

/// Three populations of 40, 1 and 30 neurons with two traces; a step of 0.1 ms, whose multiples are not exact doubles.
inline NetworkBuilder example() {
    NetworkBuilder builder({.name = "example", .dt_ms = 0.1});
    const auto exc = builder.add_population({.name = "exc", .size = 40});
    builder.add_population({.name = "silent", .size = 1});
    const auto inh = builder.add_population({.name = "inh-2", .size = 30});
    builder.record_trace(
        {.name = "a", .population = exc, .neurons = {7, 0, 39}, .variables = {Variable::v}, .interval_ms = 0.3});
    builder.record_trace({.name = "b",
                          .population = inh,
                          .neurons = {29},
                          .variables = {Variable::u, Variable::current},
                          .interval_ms = 0.1});
    return builder;
}

/// Spikes by step, none of neuron 40 ("silent").
inline std::vector<std::vector<Spike>> made_up_spikes(std::uint64_t steps, unsigned per_cent) {
    std::mt19937 random(3);
    std::vector<std::vector<Spike>> all;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        std::vector<Spike> spikes;
        for (std::uint32_t neuron = 0; neuron < 71; ++neuron) {
            if (neuron != 40 && random() % 100 < per_cent) spikes.push_back({step, neuron});
        }
        if (!spikes.empty()) all.push_back(std::move(spikes));
    }
    return all;
}

struct Expected {
    std::map<std::string, std::vector<double>> times;
    std::map<std::string, std::vector<std::uint64_t>> ids;
};

inline Expected expected_of(const std::vector<std::vector<Spike>>& steps, bool whole_network) {
    Expected expected;
    for (const auto& spikes : steps) {
        for (const Spike& spike : spikes) {
            const bool exc = spike.neuron < 40;
            const std::string name = whole_network ? "" : exc ? "exc" : "inh-2";
            expected.times[name].push_back(static_cast<double>(spike.step) / 10.0);
            expected.ids[name].push_back(whole_network ? spike.neuron : exc ? spike.neuron : spike.neuron - 41);
        }
    }
    return expected;
}

inline const io::SpikeTable::Population* find(const io::SpikeTable& table, const std::string& name) {
    for (const auto& population : table.populations) {
        if (population.name == name) return &population;
    }
    return nullptr;
}

inline std::filesystem::path spike_file(const RecordingFolder& folder, io::Format format) {
    return folder.path / (format == io::Format::sonata ? "spikes.h5" : "spikes." + std::string(to_string(format)));
}

}  // namespace izhi::test
