// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Names and numbers that neurons have in recordings.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/text.hpp"
#include "engine/network/check.hpp"

namespace izhi::detail {
namespace {

/// The first number that a sorted list has twice; its end if there is none.
std::vector<std::uint64_t>::const_iterator doubled_in(const std::vector<std::uint64_t>& sorted) {
    return std::adjacent_find(sorted.begin(), sorted.end());
}

/// The numbers of a population are in range and differ.
void check_node_ids(const Check& check, const PopulationSpec& population) {
    const std::vector<std::uint64_t>& ids = population.recorded_as->node_ids;
    if (ids.empty()) return;
    if (ids.size() != population.size)
        check.fail("node_ids", "has " + std::to_string(ids.size()) + " values",
                   std::to_string(population.size) + ", one for each neuron");
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (ids[i] > kMaxNodeId)
            check.fail("node_ids", "holds " + std::to_string(ids[i]) + " for neuron " + std::to_string(i),
                       "0 to " + std::to_string(kMaxNodeId));
    if (std::is_sorted(ids.begin(), ids.end()) && doubled_in(ids) == ids.end()) return;
    std::vector<std::uint64_t> sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = doubled_in(sorted); twice != sorted.end())
        check.fail("node_ids", "holds " + std::to_string(*twice) + " twice", "each number once");
}

/// No two of the populations that are recorded under one name have a number in common. Each was checked by itself.
void check_shared(const std::string& name, const std::vector<const PopulationSpec*>& populations) {
    struct Number {
        std::uint64_t id;
        std::size_t population;  ///< its place in the list
        bool operator<(const Number& other) const {
            return id < other.id || (id == other.id && population < other.population);
        }
    };
    const auto fail = [&](std::size_t later, std::size_t earlier, std::uint64_t id) {
        const PopulationSpec& spec = *populations[later];
        const bool listed = spec.recorded_as && !spec.recorded_as->node_ids.empty();
        const std::string clash =
            "number " + std::to_string(id) + " of " + quoted(name) + ", as population." + populations[earlier]->name;
        const Check check{"population." + spec.name};
        if (listed) check.fail("node_ids", "holds " + clash, "numbers of its own");
        check.fail("recorded_as", "gives a neuron " + clash, "another name, or node_ids of its own");
    };
    std::vector<Number> numbers;
    const std::size_t none = populations.size();
    std::size_t counted = none;  // the population that is counted from 0: its numbers need no list
    for (std::size_t p = 0; p < populations.size(); ++p) {
        const PopulationSpec& spec = *populations[p];
        if (spec.size == 0) continue;
        if (spec.recorded_as && !spec.recorded_as->node_ids.empty())
            for (const std::uint64_t id : spec.recorded_as->node_ids) numbers.push_back({id, p});
        else if (counted != none) fail(p, counted, 0);
        else counted = p;
    }
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto [id, population] = numbers[i];
        if (counted != none && id < populations[counted]->size)
            fail(std::max(population, counted), std::min(population, counted), id);
        if (i > 0 && numbers[i - 1].id == id) fail(population, numbers[i - 1].population, id);
    }
}

}  // namespace

void check_recorded_as(const std::vector<PopulationSpec>& populations) {
    std::map<std::string, std::vector<const PopulationSpec*>> by_name;
    for (const PopulationSpec& population : populations) {
        by_name[population.recorded_name()].push_back(&population);
        if (!population.recorded_as) continue;
        const Check check{"population." + population.name};
        const std::string& name = population.recorded_as->population;
        const std::string fault = name == "." ? "is \".\"" : fault_of_name(name);
        if (!fault.empty()) check.fail("recorded_as", fault, std::string(kNamesAllowed) + ", and not \".\"");
        check_node_ids(check, population);
    }
    for (const auto& [name, sharing] : by_name)
        if (sharing.size() > 1) check_shared(name, sharing);
}

}  // namespace izhi::detail
