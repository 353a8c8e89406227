// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "network_sections.hpp"

#include <algorithm>
#include <string_view>

#include "engine/base/nearest_name.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

constexpr std::string_view kEveryone = "everyone";

bool is_name(std::string_view name) {
    constexpr std::size_t kLongestName = 64;
    return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

}  // namespace

std::vector<std::string> NetworkReading::population_names() const {
    std::vector<std::string> names;
    for (const PopulationSpec& population : builder.description().populations) names.push_back(population.name);
    return names;
}

std::optional<PopulationId> NetworkReading::find_population(const std::string& name) const {
    const auto& populations = index().populations;
    const auto found = populations.find(name);
    return found != populations.end() ? std::optional(PopulationId{found->second}) : std::nullopt;
}

const NetworkReading::Index& NetworkReading::index() const {
    const auto& populations = builder.description().populations;
    for (std::uint32_t& next = known.populations_seen; next < populations.size(); ++next) {
        known.neurons += populations[next].size;
        known.populations.emplace(populations[next].name, next);
    }
    const auto& projections = builder.description().projections;
    for (std::uint32_t& next = known.projections_seen; next < projections.size(); ++next)
        known.projections.emplace(projections[next].spec.name, next);
    return known;
}

std::uint64_t NetworkReading::size_of(const Selection& selection) const {
    if (selection.population) return builder.description().populations[selection.population->index].size;
    return index().neurons;
}

std::vector<const TomlEntry*> named_tables(Section& root, const std::string& group, Faults& faults) {
    const std::string allowed = "tables of the form [" + group + ".NAME]";
    std::vector<const TomlEntry*> tables;
    const TomlValue* value = root.find(group);
    if (value == nullptr) return tables;
    if (value->table() == nullptr) {
        root.fault(group, "is " + describe(*value), allowed);
        return tables;
    }
    for (const TomlEntry& entry : *value->table()) {
        if (entry.value.table() == nullptr) {
            faults.add(entry.line, Error(group, shortened(entry.key, 40), "is " + describe(entry.value), allowed));
        } else if (!is_name(entry.key)) {
            faults.add(entry.line, Error({}, group, "has the name \"" + shortened(entry.key, 40) + "\"",
                                         "1 to 64 letters, digits, '_' and '-'"));
        } else if (group == "population" && entry.key == kEveryone) {
            faults.add(entry.line,
                       Error({}, group, "has the name \"everyone\", which stands for all neurons of the network",
                             "any other name"));
        } else {
            tables.push_back(&entry);
        }
    }
    return tables;
}

std::optional<PopulationId> read_population_name(Section& section, const std::string& key, const TomlValue& value,
                                                 const NetworkReading& reading) {
    if (value.text() == nullptr) {
        section.fault(key, "is " + describe(value), "the name of a population in quotes", value.line);
        return std::nullopt;
    }
    const std::optional<PopulationId> population = reading.find_population(*value.text());
    if (!population) {
        section.fault(key,
                      "names no population: " + describe(value) + "; " +
                          izhi::detail::suggest_name(*value.text(), reading.population_names()),
                      {}, value.line);
    }
    return population;
}

Selection read_selection(Section& section, const std::string& key, const NetworkReading& reading) {
    const TomlValue* value = section.require(key, "the name of a population, or \"everyone\"");
    if (value == nullptr || (value->text() != nullptr && *value->text() == kEveryone)) return everyone;
    if (value->text() != nullptr && !reading.find_population(*value->text())) {
        std::vector<std::string> known = reading.population_names();
        known.emplace_back(kEveryone);
        section.fault(
            key, "names no population: " + describe(*value) + "; " + izhi::detail::suggest_name(*value->text(), known),
            {}, value->line);
        return everyone;
    }
    const std::optional<PopulationId> population = read_population_name(section, key, *value, reading);
    return population ? Selection(*population) : everyone;
}

}  // namespace izhi::io::detail
