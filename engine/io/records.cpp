// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/nearest_name.hpp"
#include "engine/base/text.hpp"
#include "network_sections.hpp"

namespace izhi::io::detail {
namespace {

constexpr std::uint64_t kAnyIndex = std::numeric_limits<std::uint32_t>::max();

/// Reads neurons = [0, 5], or { first = 0, count = 10 }. Ranges are checked here before they are expanded, because a
/// count of two thousand million would take 8 GB.
/// @param traced neurons of all traces before this one; those of this one are added
std::vector<std::uint32_t> read_neurons(Section& section, std::uint64_t size, std::uint64_t& traced) {
    const std::string forms = "a list of indices such as [0, 5], or { first = 0, count = 10 }";
    const TomlValue* value = section.require("neurons", forms);
    if (value == nullptr) return {};
    std::vector<std::uint32_t> neurons;
    if (const TomlValue::Array* list = value->array()) {
        for (const TomlValue& item : *list) {
            const auto index = whole_number(item, kAnyIndex);
            if (!index || *index >= size) {
                section.fault("neurons", "holds " + describe(item), izhi::detail::index_range(size), item.line);
                return {};
            }
            neurons.push_back(static_cast<std::uint32_t>(*index));
        }
    } else if (value->table() != nullptr) {
        Section range(*value, value->line, section.subject() + ".neurons", section.faults(), section.map());
        const std::uint64_t first = range.integer("first", 0);
        const std::uint64_t count = range.integer("count", first < size ? size - first : 0);
        range.refuse_unknown();
        if (first > size || count > size - first) {
            section.fault("neurons", "reaches to neuron " + std::to_string(first + count - 1),
                          izhi::detail::index_range(size));
            return {};
        }
        if (count > kMaxTracedValues - std::min(traced, kMaxTracedValues)) {
            section.fault("neurons", "are " + std::to_string(count) + ", too many for traces",
                          "at most " + std::to_string(kMaxTracedValues) + " in all traces of a network");
            return {};
        }
        neurons.resize(count);
        std::iota(neurons.begin(), neurons.end(), static_cast<std::uint32_t>(first));
    } else {
        section.fault("neurons", "is " + describe(*value), forms);
    }
    traced += neurons.size();
    return neurons;
}

std::vector<Variable> read_variables(Section& section) {
    const TomlValue* value = section.find("variables");
    if (value == nullptr) return {Variable::v};
    std::vector<std::string> names;
    for (const Variable variable :
         {Variable::v, Variable::u, Variable::current, Variable::excitatory, Variable::inhibitory,
          Variable::synaptic_current, Variable::conductance, Variable::short_term_u, Variable::short_term_x})
        names.emplace_back(to_string(variable));
    if (value->array() == nullptr) {
        section.fault("variables", "is " + describe(*value), "a list such as [\"v\", \"excitatory\"]");
        return {};
    }
    std::vector<Variable> variables;
    for (const TomlValue& item : *value->array()) {
        const auto found = item.text() == nullptr ? names.end() : std::find(names.begin(), names.end(), *item.text());
        if (found == names.end()) {
            section.fault("variables",
                          "holds " + describe(item) + "; " +
                              izhi::detail::suggest_name(item.text() == nullptr ? std::string{} : *item.text(), names),
                          {}, item.line);
            return {};
        }
        variables.push_back(static_cast<Variable>(found - names.begin()));
    }
    return variables;
}

}  // namespace

void read_trace(const TomlEntry& entry, NetworkReading& reading) {
    Section section(entry.value, entry.line, "trace." + entry.key, reading.faults, reading.map);
    TraceSpec spec;
    spec.name = entry.key;
    std::uint64_t size = kAnyIndex;
    if (const TomlValue* name = section.require("population", "the name of a population")) {
        if (const auto population = read_population_name(section, "population", *name, reading)) {
            spec.population = *population;
            size = reading.size_of(*population);
        }
    }
    if (reading.faults.empty() && size > 0) {
        spec.neurons = read_neurons(section, size, reading.traced);
    } else {
        // The size may be wrong because of another fault, so a fault of the range could mislead. Building the network
        // reports an empty population by its name.
        (void)section.require("neurons", "a list of indices such as [0, 5], or { first = 0, count = 10 }");
    }
    spec.variables = read_variables(section);
    if (section.find("projection") != nullptr)
        spec.projection = read_projection_name(section, "the name of a projection", reading);
    section.read("interval_ms", spec.interval_ms);
    section.read("start_ms", spec.start_ms);
    section.read("stop_ms", spec.stop_ms);
    spec.report = section.text("report", {});
    if (spec.report.empty() && section.has("report")) section.fault("report", "is empty", "a name for the file");
    section.refuse_unknown();
    reading.builder.record_trace(std::move(spec));
}

void read_record(const TomlEntry& entry, NetworkReading& reading) {
    if (entry.value.table() == nullptr) {
        reading.faults.add(entry.line, Error("", "record", "is " + describe(entry.value), "the table [record]"));
        return;
    }
    Section section(entry.value, entry.line, "record", reading.faults, reading.map);
    if (const TomlValue* spikes = section.find("spikes")) {
        if (const bool* all = spikes->flag()) {
            if (!*all) reading.builder.restrict_spike_recording({});
        } else if (const TomlValue::Array* list = spikes->array()) {
            std::vector<PopulationId> populations;
            for (const TomlValue& item : *list) {
                if (const auto population = read_population_name(section, "spikes", item, reading)) {
                    populations.push_back(*population);
                }
            }
            reading.builder.restrict_spike_recording(std::move(populations));
        } else {
            section.fault("spikes", "is " + describe(*spikes), "true, false, or a list of populations");
        }
    }
    section.refuse_unknown();
}

}  // namespace izhi::io::detail
