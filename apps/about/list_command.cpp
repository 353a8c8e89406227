// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "list_command.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/networks/networks.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"
#include "engine/networks/builtin_networks.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/single_neuron.hpp"

namespace izhi::apps {
namespace {

struct NetworkLine {
    std::string name, title;
    std::uint64_t neurons, synapses;
};

std::vector<NetworkLine> network_lines() {
    std::vector<NetworkLine> lines;
    for (const networks::BuiltinNetwork& builtin : networks::builtin_networks()) {
        const Network network = io::parse_network(builtin.text, std::string(builtin.name) + ".toml");
        lines.push_back(
            {std::string(builtin.name), title_of(builtin.text), network.neuron_count(), network.memory().synapses});
    }
    // Networks of one family are sorted by size: by name, 100k would come before 10k.
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.neurons < b.neurons; });
    return lines;
}

/// A distribution in short form: 0.02, or 0.02 + 0.08 r.
std::string text_of(const Distribution& value) {
    switch (value.kind) {
        case Distribution::Kind::constant: return plain(value.p0, 6);
        case Distribution::Kind::spread:
        case Distribution::Kind::uniform: return plain(value.p0, 6) + " to " + plain(value.p1, 6);
        case Distribution::Kind::normal: return plain(value.p0, 6) + " +- " + plain(value.p1, 6);
        case Distribution::Kind::rest: return "at rest";
        case Distribution::Kind::lognormal: return "lognormal";
        case Distribution::Kind::exponential: return "exponential";
        case Distribution::Kind::gamma: return "gamma";
        case Distribution::Kind::shared: break;
    }
    std::string text = plain(value.p0, 6);
    const auto add = [&text](double factor, std::string_view power) {
        if (factor == 0.0) return;
        text += (factor < 0.0 ? " - " : " + ") + plain(factor < 0.0 ? -factor : factor, 6) + ' ' + std::string(power);
    };
    add(value.p1, "r");
    add(value.p2, "r^2");
    return text;
}

void print_tables() {
    constexpr auto left = TextTable::Align::left;
    TextTable networks({{"network", left}, {"neurons"}, {"synapses"}, {"", left}});
    for (const NetworkLine& line : network_lines())
        networks.add({line.name, grouped(line.neurons), grouped(line.synapses), line.title});
    TextTable types({{"cell type", left}, {"", left}, {"a", left}, {"b", left}, {"c", left}, {"d", left}});
    for (const NamedCellType& type : named_cell_types())
        types.add({std::string(type.name), std::string(type.title), text_of(type.cell.a), text_of(type.cell.b),
                   text_of(type.cell.c), text_of(type.cell.d)});
    TextTable patterns({{"pattern", left}, {"", left}, {"a", left}, {"b", left}, {"c", left}, {"d", left}, {"", left}});
    for (const FiringPattern& pattern : firing_patterns()) {
        const NeuronParameters& n = pattern.neuron;
        patterns.add({std::string(1, pattern.letter), std::string(pattern.name), plain(n.a, 6), plain(n.b, 6),
                      plain(n.c, 6), plain(n.d, 6),
                      n.model.form == ModelForm::simple ? "" : std::string(to_string(n.model.form))});
    }
    TextTable nine(
        {{"cell type", left}, {"", left}, {"C"}, {"k"}, {"vr"}, {"vt"}, {"vpeak"}, {"a"}, {"b"}, {"c"}, {"d"}});
    for (const NamedNeuron& named : nine_parameter_neurons()) {
        const NeuronParameters& n = named.neuron;
        const Model& m = n.model;
        nine.add({std::string(named.name), std::string(named.title), plain(m.capacitance), plain(m.k), plain(m.vr),
                  plain(m.vt), plain(m.vpeak), plain(n.a), plain(n.b), plain(n.c), plain(n.d)});
    }
    std::cout << "Networks\n"
              << networks.text() << "\nCell types (r: a random number in (0, 1) of each neuron)\n"
              << types.text() << "\nNine-parameter cell types of 2007\n"
              << nine.text() << "\nPatterns of 2004, for izhi neuron\n"
              << patterns.text();
}

nlohmann::ordered_json json_of_value(const Distribution& value) {
    if (value.kind == Distribution::Kind::constant) return value.p0;
    return text_of(value);
}

void print_json() {
    nlohmann::ordered_json networks = nlohmann::ordered_json::array(), types = nlohmann::ordered_json::array();
    for (const NetworkLine& line : network_lines())
        networks.push_back(
            {{"name", line.name}, {"neurons", line.neurons}, {"synapses", line.synapses}, {"title", line.title}});
    for (const NamedCellType& type : named_cell_types())
        types.push_back({{"name", type.name},
                         {"title", type.title},
                         {"a", json_of_value(type.cell.a)},
                         {"b", json_of_value(type.cell.b)},
                         {"c", json_of_value(type.cell.c)},
                         {"d", json_of_value(type.cell.d)}});
    nlohmann::ordered_json patterns = nlohmann::ordered_json::array(), nine = nlohmann::ordered_json::array();
    for (const FiringPattern& pattern : firing_patterns())
        patterns.push_back({{"letter", std::string(1, pattern.letter)},
                            {"name", pattern.name},
                            {"model", to_string(pattern.neuron.model.form)},
                            {"a", pattern.neuron.a},
                            {"b", pattern.neuron.b},
                            {"c", pattern.neuron.c},
                            {"d", pattern.neuron.d}});
    for (const NamedNeuron& named : nine_parameter_neurons())
        nine.push_back({{"name", named.name}, {"title", named.title}});
    std::cout << json_text(
        {{"networks", networks}, {"cell_types", types}, {"nine_parameter_neurons", nine}, {"patterns", patterns}});
}

}  // namespace

int list_networks(bool json) {
    json ? print_json() : print_tables();
    return kDone;
}

}  // namespace izhi::apps
