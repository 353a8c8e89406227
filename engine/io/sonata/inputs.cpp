// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/inputs.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "engine/io/hdf5_input.hpp"
#include "engine/io/line_reader.hpp"
#include "engine/io/table_reader.hpp"
#include "engine/io/text.hpp"
#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"

namespace izhi::io::detail {
namespace {

SonataSelection nobody(const SonataCircuitNodes& nodes) { return SonataSelection(nodes.populations.size()); }

std::vector<std::uint32_t> all_of(const SonataNodeSet& set) {
    std::vector<std::uint32_t> all(set.nodes.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
}

/// Whether the value of an attribute is the one that a node set asks for. Numbers are compared as numbers.
bool is_value(const std::string& attribute, const JsonNode& wanted) {
    if (wanted.is_text()) return attribute == wanted.text();
    const auto number = to_number(attribute);
    if (wanted.is_boolean())
        return number ? *number == (wanted.boolean() ? 1.0 : 0.0) : attribute == (wanted.boolean() ? "true" : "false");
    return number && *number == wanted.number();
}

/// The values of a rule, which may be one or a list.
std::vector<JsonNode> values_of(const JsonNode& rule) {
    std::vector<JsonNode> values = rule.is_array() ? rule.items() : std::vector<JsonNode>{rule};
    for (const JsonNode& value : values)
        if (!value.is_text() && !value.is_number() && !value.is_boolean())
            value.fail("is " + value.shown() + "; allowed: a number, a text, true, false, or a list of these");
    return values;
}

std::uint64_t id_of(const JsonNode& value) {
    const double number = value.number();
    if (number < 0.0 || number != std::floor(number) || number > 9e15)
        value.fail("is " + value.shown() + "; allowed: a node's id");
    return static_cast<std::uint64_t>(number);
}

SonataSelection by_rules(const JsonNode& rules, const SonataCircuitNodes& nodes) {
    SonataSelection selected = nobody(nodes);
    const auto members = rules.members();
    std::set<std::string> populations, known{"population", "node_id", "node_ids", "node_type_id"};
    for (const auto& [key, rule] : members)
        if (key == "population")
            for (const JsonNode& value : values_of(rule)) {
                if (!value.is_text() || !nodes.find(value.text()))
                    value.fail("is " + value.shown() + "; allowed: a population of a nodes_file");
                populations.insert(value.text());
            }
    for (std::size_t p = 0; p < nodes.populations.size(); ++p) {
        const SonataNodeSet& set = nodes.populations[p];
        if (!populations.empty() && !populations.contains(set.nodes.population)) continue;
        std::vector<std::uint32_t> left = all_of(set);
        for (const auto& [key, rule] : members) {
            if (key == "population") continue;
            const std::vector<JsonNode> values = values_of(rule);
            std::vector<std::uint32_t> kept;
            if (key == "node_id" || key == "node_ids") {
                std::set<std::uint32_t> wanted;
                for (const JsonNode& value : values)
                    if (const auto node = set.find(id_of(value))) wanted.insert(*node);
                std::set_intersection(left.begin(), left.end(), wanted.begin(), wanted.end(), std::back_inserter(kept));
            } else {
                for (const std::uint32_t node : left) {
                    const auto attribute = key == "node_type_id" ? std::optional(std::to_string(set.nodes.types[node]))
                                                                 : set.attribute(node, key);
                    if (attribute) known.insert(key);
                    if (attribute && std::any_of(values.begin(), values.end(),
                                                 [&](const JsonNode& value) { return is_value(*attribute, value); }))
                        kept.push_back(node);
                }
            }
            left = std::move(kept);
        }
        selected[p] = std::move(left);
    }
    const bool nodes_left =
        std::any_of(selected.begin(), selected.end(), [](const auto& numbers) { return !numbers.empty(); });
    for (const auto& [key, rule] : members)
        if (!nodes_left && !known.contains(key))
            rule.fail("is of an attribute that no node has; allowed: population, node_id, node_type_id, and attributes "
                      "of nodes or their types");
    return selected;
}

void unite(SonataSelection& into, const SonataSelection& more) {
    for (std::size_t p = 0; p < into.size(); ++p) {
        std::vector<std::uint32_t> both;
        std::set_union(into[p].begin(), into[p].end(), more[p].begin(), more[p].end(), std::back_inserter(both));
        into[p] = std::move(both);
    }
}

/// Node sets on the way to a node set, and those that were found.
struct OpenSets {
    std::set<std::string> open;
    std::map<std::string, SonataSelection> found;
};

SonataSelection select(const JsonNode& what, const SonataConfig& config, const SonataCircuitNodes& nodes,
                       OpenSets& sets) {
    constexpr std::size_t kDeepest = 100;
    if (what.is_object()) return by_rules(what, nodes);
    if (what.is_array()) {
        SonataSelection all = nobody(nodes);
        for (const JsonNode& each : what.items()) {
            if (each.is_array()) each.fail("is a list in a list; allowed: names of node sets");
            unite(all, select(each, config, nodes, sets));
        }
        return all;
    }
    if (!what.is_text()) what.fail("is " + what.shown() + "; allowed: a node set, by name or {...}");
    const std::string name = what.text();
    if (const auto set = config.node_sets.find(name)) {
        if (const auto known = sets.found.find(name); known != sets.found.end()) return known->second;
        if (!sets.open.insert(name).second) set->fail("contains itself; allowed: node sets of others");
        if (sets.open.size() > kDeepest)
            set->fail("is a set of sets of sets, and so on, more than " + std::to_string(kDeepest) + " deep");
        SonataSelection selected = select(*set, config, nodes, sets);
        sets.open.erase(name);
        sets.found.emplace(name, selected);
        return selected;
    }
    SonataSelection selected = nobody(nodes);
    if (const auto population = nodes.find(name)) {
        selected[*population] = all_of(nodes.populations[*population]);
        return selected;
    }
    if (name == "all") {
        for (std::size_t p = 0; p < selected.size(); ++p) selected[p] = all_of(nodes.populations[p]);
        return selected;
    }
    std::string known;
    for (const auto& [other, set] : config.node_sets.members()) known += (known.empty() ? "" : ", ") + other;
    for (const SonataNodeSet& set : nodes.populations) known += (known.empty() ? "" : ", ") + set.nodes.population;
    what.fail("is " + what.shown() +
              ", and there is no such node set or population; allowed: " + shortened(known, 200));
}

/// The nodes that an input or a report names: at least one.
SonataSelection nodes_of(const JsonNode& section, const char* key, const SonataConfig& config,
                         const SonataCircuitNodes& nodes) {
    OpenSets sets;
    const JsonNode named = section.require(key, "a node set");
    SonataSelection selected = select(named, config, nodes, sets);
    if (std::all_of(selected.begin(), selected.end(), [](const auto& numbers) { return numbers.empty(); }))
        named.fail("is " + named.shown() + ", and no node is in it; allowed: a node set with nodes");
    return selected;
}

void read_spike_input(const JsonNode& input, const SonataConfig& config, const SonataCircuitNodes& nodes,
                      SonataInputs& all, std::vector<std::string>& notes) {
    const JsonNode module = input.require("module", "h5, sonata, csv");
    const std::string kind = module.text();
    if (kind == "nwb") module.fail("is \"nwb\", which izhi does not read; allowed: h5, sonata, csv");
    if (kind != "h5" && kind != "hdf5" && kind != "sonata" && kind != "csv")
        module.fail("is " + module.shown() + "; allowed: h5, sonata, csv");
    const JsonNode named = input.require("input_file", "a file of spikes");
    const std::filesystem::path file = config.path(named);
    const SonataSelection selected = nodes_of(input, "node_set", config, nodes);
    for (std::size_t p = 0; p < selected.size(); ++p)
        for (const std::uint32_t node : selected[p])
            if (const SonataNodeSet& set = nodes.populations[p];
                nodes.neurons[set.places[node].neurons].constants.model != SonataModel::virtual_node)
                input.require("node_set", "")
                    .fail("has node " + std::to_string(set.nodes.ids[node]) + " of " + in_quotes(set.nodes.population) +
                          ", which is not virtual; allowed: virtual nodes for spikes");
    if (kind != "csv") require_hdf5(file);
    const SpikeTable table = read_spikes(file);
    std::error_code ignored;
    if (std::filesystem::file_size(file, ignored) == 0)
        throw Error(file.string() + ": is empty; allowed: spikes, or their line of names alone");
    std::size_t chosen = 0, last = 0;
    for (std::size_t p = 0; p < selected.size(); ++p)
        if (!selected[p].empty()) {
            ++chosen;
            last = p;
        }
    std::uint64_t outside = 0, taken = 0;
    for (const SpikeTable::Population& from : table.populations) {
        std::size_t p = selected.size();
        if (const auto found = nodes.find(from.name)) p = *found;
        else if (from.name.empty() && chosen == 1) p = last;
        if (p == selected.size() || selected[p].empty()) {
            outside += from.times_ms.size();
            continue;
        }
        const SonataNodeSet& set = nodes.populations[p];
        const bool whole = selected[p].size() == set.nodes.size();
        for (std::size_t i = 0; i < from.times_ms.size(); ++i) {
            const auto node = set.find(from.node_ids[i]);
            if (!node)
                throw Error(file.string() + ": has a spike of node " + std::to_string(from.node_ids[i]) +
                            ", and the population " + in_quotes(set.nodes.population) + " has no such node");
            if (!whole && !std::binary_search(selected[p].begin(), selected[p].end(), *node)) {
                ++outside;
                continue;
            }
            if (from.times_ms[i] < 0.0)
                throw Error(file.string() + ": has a spike of node " + std::to_string(from.node_ids[i]) +
                            " at a negative time; allowed: 0 or more");
            const SonataNodeSet::Place place = set.places[*node];
            all.spikes[place.neurons].push_back({from.times_ms[i], place.index});
            ++taken;
        }
    }
    if (taken == 0 && outside > 0 && chosen == 1 && table.populations.size() == 1)
        throw Error(file.string() + ": has spikes of the population " + in_quotes(table.populations[0].name) +
                    ", and the node set of " + input.path() + " has none of its nodes");
    if (outside > 0)
        notes.push_back(input.path() + ": " + std::to_string(outside) +
                        " spikes of its file are of nodes that its node set does not have; they are left out");
}

/// A number, or a list of numbers.
std::vector<double> numbers_of(const JsonNode& input, const char* key) {
    const JsonNode value = input.require(key, "a number, or a list of them");
    std::vector<double> numbers;
    if (!value.is_array()) return {value.number()};
    for (const JsonNode& item : value.items()) numbers.push_back(item.number());
    return numbers;
}

/// A current that changes in steps: each part holds from its start to its stop.
struct ClampSteps {
    std::vector<double> amplitudes, starts_ms, stops_ms;
    /// The next part ends the one before. @throws Error if they are not in order
    void join(const std::function<void(const std::string&)>& fail) {
        for (std::size_t i = 0; i < amplitudes.size(); ++i) {
            if (!(starts_ms[i] >= 0.0 && stops_ms[i] >= starts_ms[i]))
                fail("has a negative time or duration; allowed: 0 or more");
            if (i > 0 && starts_ms[i] < starts_ms[i - 1]) fail("has times that are not in order; allowed: ascending");
            if (i > 0) stops_ms[i - 1] = std::min(stops_ms[i - 1], starts_ms[i]);
        }
    }
};

ClampSteps clamp_of_config(const JsonNode& input) {
    if (const auto file = input.find("input_file"))
        file->fail("gives a current in a file; allowed: amp, delay and duration, or input_type csv with a file");
    ClampSteps steps{numbers_of(input, "amp"), numbers_of(input, "delay"), numbers_of(input, "duration")};
    if (steps.starts_ms.size() != steps.amplitudes.size() || steps.stops_ms.size() != steps.amplitudes.size())
        input.fail("has " + std::to_string(steps.amplitudes.size()) + " amp, " +
                   std::to_string(steps.starts_ms.size()) + " delay and " + std::to_string(steps.stops_ms.size()) +
                   " duration; allowed: the same number of each");
    for (std::size_t i = 0; i < steps.amplitudes.size(); ++i) steps.stops_ms[i] += steps.starts_ms[i];
    steps.join([&](const std::string& what) { input.fail(what); });
    return steps;
}

/// A table of times and the currents from then on.
ClampSteps clamp_of_table(const JsonNode& input, const SonataConfig& config) {
    const JsonNode named = input.require("file", "a table of timestamps and amps");
    const auto column_name = [&](const char* key, const char* usual) {
        const auto given = input.find(key);
        return given ? given->text() : std::string(usual);
    };
    TableReader reader(config.path(named));
    if (!reader.next() || !reader.is_heading())
        reader.fail("is no line of names; allowed: timestamps and amps, then numbers");
    const std::vector<std::string> names = reader.heading();
    const auto place = [&](const std::string& name) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end())
            reader.fail("names no column " + in_quotes(name) + "; allowed: a column of this name");
        return static_cast<std::size_t>(found - names.begin());
    };
    const std::size_t time_at = place(column_name("timestamps_column", "timestamps")),
                      amplitude_at = place(column_name("amplitudes_column", "amps"));
    ClampSteps steps;
    while (reader.next()) {
        if (!reader.has_fields(names.size()))
            reader.fail("has " + std::to_string(reader.fields().size()) +
                        " fields; allowed: " + std::to_string(names.size()));
        const auto number = [&](std::size_t at) {
            const auto value = to_number(reader.fields()[at]);
            if (!value) reader.fail("holds " + in_quotes(reader.fields()[at]) + "; allowed: a finite number");
            return *value;
        };
        steps.starts_ms.push_back(number(time_at));
        steps.amplitudes.push_back(number(amplitude_at));
        steps.stops_ms.push_back(kForever);
        if (steps.starts_ms.back() < 0.0 ||
            (steps.starts_ms.size() > 1 && steps.starts_ms.back() < steps.starts_ms.end()[-2]))
            reader.fail("has a time that is negative or before that of the line above; allowed: ascending, 0 or more");
    }
    steps.join([&](const std::string& what) { named.fail(what); });
    return steps;
}

/// @param from_table whether a table has the current, or the config itself
void read_clamp(const std::string& name, const JsonNode& input, bool from_table, const SonataConfig& config,
                const SonataCircuitNodes& nodes, SonataInputs& all) {
    const JsonNode module = input.require("module", "IClamp");
    if (module.text() != "IClamp") module.fail("is " + module.shown() + "; allowed: IClamp");
    const ClampSteps steps = from_table ? clamp_of_table(input, config) : clamp_of_config(input);
    const SonataSelection selected = nodes_of(input, "node_set", config, nodes);
    std::vector<std::vector<std::uint32_t>> targets(nodes.neurons.size());
    for (std::size_t p = 0; p < selected.size(); ++p)
        for (const std::uint32_t node : selected[p]) {
            const SonataNodeSet::Place place = nodes.populations[p].places[node];
            const SonataModel model = nodes.neurons[place.neurons].constants.model;
            if (model == SonataModel::virtual_node || model == SonataModel::int_fire1)
                input.require("node_set", "")
                    .fail("has node " + std::to_string(nodes.populations[p].nodes.ids[node]) + " of " +
                          in_quotes(nodes.populations[p].nodes.population) +
                          ", which takes no current; allowed: nest cells");
            targets[place.neurons].push_back(place.index);
        }
    for (std::uint32_t n = 0; n < targets.size(); ++n) {
        std::sort(targets[n].begin(), targets[n].end());
        for (std::size_t begin = 0; begin < targets[n].size();) {
            std::size_t end = begin + 1;
            while (end < targets[n].size() && targets[n][end] == targets[n][end - 1] + 1) ++end;
            for (std::size_t i = 0; i < steps.amplitudes.size(); ++i)
                if (steps.stops_ms[i] > steps.starts_ms[i] && steps.amplitudes[i] != 0.0)
                    all.clamps.push_back({name, n, targets[n][begin], static_cast<std::uint32_t>(end - begin),
                                          steps.amplitudes[i], steps.starts_ms[i], steps.stops_ms[i]});
            begin = end;
        }
    }
}

}  // namespace

SonataInputs read_inputs(const SonataConfig& config, const SonataCircuitNodes& nodes, std::vector<std::string>& notes) {
    SonataInputs all;
    all.spikes.resize(nodes.neurons.size());
    for (const auto& [name, input] : config.inputs) {
        const JsonNode type = input.require("input_type", "spikes, current_clamp, csv");
        const std::string kind = type.text();
        if (kind == "spikes") read_spike_input(input, config, nodes, all, notes);
        else if (kind == "current_clamp") read_clamp(name, input, false, config, nodes, all);
        else if (kind == "csv" || kind == "file") read_clamp(name, input, true, config, nodes, all);
        else type.fail("is " + type.shown() + "; allowed: spikes, current_clamp, csv");
    }
    return all;
}

std::vector<ReportRequest> read_reports(const SonataConfig& config, const SonataCircuitNodes& nodes, double dt_ms,
                                        std::vector<std::string>& ignored) {
    std::vector<ReportRequest> reports;
    std::set<std::string> names;
    for (const auto& [name, section] : config.reports) {
        const auto variable = section.find("variable_name");
        std::string what = variable && variable->is_text() ? variable->text() : std::string();
        if (variable && variable->is_array() && variable->items().size() == 1) what = variable->items()[0].text();
        if (what != "v" && what != "V_m") {
            ignored.push_back("report " + in_quotes(name) + " (only v and V_m are recorded)");
            continue;
        }
        ReportRequest report;
        report.name = name;
        if (const auto file = section.find("file_name"))
            report.name = std::filesystem::path(file->text()).filename().string();
        if (report.name.ends_with(".h5")) report.name.resize(report.name.size() - 3);
        if (report.name.empty() || report.name.find('/') != std::string::npos || report.name == "." ||
            report.name == "..")
            section.fail("has a name that is no name of a file");
        if (!names.insert(report.name).second)
            section.fail("has the file of another report; allowed: one file for each");
        report.interval_ms = dt_ms;
        if (const auto dt = section.find("dt")) report.interval_ms = dt->number();
        const double steps = report.interval_ms / dt_ms;
        if (!(report.interval_ms > 0.0) || std::abs(steps - std::round(steps)) > 1e-6 * std::max(1.0, steps))
            section.require("dt", "").fail("is " + section.require("dt", "").shown() +
                                           "; allowed: multiples of run.dt");
        if (const auto start = section.find("start_time")) report.start_ms = start->number();
        if (const auto stop = section.find("end_time")) report.stop_ms = stop->number();
        const SonataSelection selected = nodes_of(section, "cells", config, nodes);
        std::vector<std::vector<std::uint32_t>> chosen(nodes.neurons.size());
        for (std::size_t p = 0; p < selected.size(); ++p)
            for (const std::uint32_t node : selected[p]) {
                const SonataNodeSet::Place place = nodes.populations[p].places[node];
                if (nodes.neurons[place.neurons].constants.model != SonataModel::virtual_node)
                    chosen[place.neurons].push_back(place.index);
            }
        for (std::uint32_t n = 0; n < chosen.size(); ++n) {
            if (chosen[n].empty()) continue;
            std::sort(chosen[n].begin(), chosen[n].end());
            report.neurons.emplace_back(n, std::move(chosen[n]));
        }
        if (report.neurons.empty())
            section.require("cells", "").fail("has no node with a membrane; allowed: a node set that has one");
        reports.push_back(std::move(report));
    }
    return reports;
}

}  // namespace izhi::io::detail
