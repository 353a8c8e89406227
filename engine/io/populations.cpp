// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/text.hpp"
#include "izhi/network.hpp"
#include "izhi/single_neuron.hpp"
#include "network_sections.hpp"
#include "number_file.hpp"

namespace izhi::io::detail {

namespace {

constexpr const char* kMembraneKeys[] = {
    "cell",        "a", "b",  "c",  "d",     "v0_mv",  "u0_mv",   "v_min_mv",   "bias_current", "noise_stddev",
    "capacitance", "k", "vr", "vt", "vpeak", "e_l_mv", "v_th_mv", "v_reset_mv", "tau_m_ms",     "refractory_ms"};

void read_model(Section& section, Model& model) {
    std::vector<std::string> names{"poisson", "spikes"};
    for (const ModelForm known :
         {ModelForm::simple, ModelForm::alt, ModelForm::acc, ModelForm::nine_parameter, ModelForm::lif})
        names.emplace_back(to_string(known));
    const std::string chosen = section.word("model", names, std::string(to_string(model.form)));
    const ModelForm form = model_form_from_string(chosen).value_or(model.form);
    if (form == ModelForm::lif) model = leaky();
    model.form = form;
    const bool nine = form == ModelForm::nine_parameter, leaky = form == ModelForm::lif;
    const auto constant = [&](const char* key, double& value, bool known, const char* models) {
        if (known) section.read(key, value);
        else section.refuse(key, std::string("goes with model = ") + models);
    };
    constant("capacitance", model.capacitance, nine || leaky, leaky ? "\"lif\"" : "\"nine-parameter\"");
    constant("k", model.k, nine, "\"nine-parameter\"");
    constant("vr", model.vr, nine, "\"nine-parameter\"");
    constant("vt", model.vt, nine, "\"nine-parameter\"");
    constant("vpeak", model.vpeak, nine, "\"nine-parameter\"");
    constant("e_l_mv", model.vr, leaky, "\"lif\"");
    constant("v_th_mv", model.vt, leaky, "\"lif\"");
    constant("tau_m_ms", model.tau_m_ms, leaky, "\"lif\"");
    constant("refractory_ms", model.refractory_ms, leaky, "\"lif\"");
}

/// a, b, c and d; of an integrate-and-fire neuron only what it is reset to.
void read_cell(Section& section, PopulationSpec& spec, const NetworkReading& reading) {
    CellType& cell = spec.cell;
    const bool leaky = cell.model.form == ModelForm::lif;
    const auto parameter = [&](const char* key, Distribution& value) {
        if (!leaky) value = read_parameter(section, key, value, key, spec, reading);
        else section.refuse(key, "is a parameter of Izhikevich's neuron, and the model is \"lif\"");
    };
    if (leaky) {
        if (section.has("cell"))
            section.fault("cell", "is a type of Izhikevich's neuron, and the model is \"lif\"", "no cell");
        cell = {0.0, 0.0, -70.0, 0.0, cell.model};
        cell.c = read_parameter(section, "v_reset_mv", cell.c, "c", spec, reading);
    } else {
        section.refuse("v_reset_mv", "goes with model = \"lif\"");
    }
    parameter("a", cell.a);
    parameter("b", cell.b);
    parameter("c", cell.c);
    parameter("d", cell.d);
}

/// The numbers of a file that { file = "...", column = "..." } names; nothing after a fault.
std::optional<std::vector<double>> read_column(Section& section, const char* key, const TomlValue& value,
                                               const NetworkReading& reading) {
    Section table(value, value.line, section.subject() + "." + key, section.faults(), section.map());
    const std::string name = table.text("file", {}), column = table.text("column", {});
    table.refuse_unknown();
    const std::filesystem::path file = reading.folder / name;
    auto numbers = read_number_file(section, key, file);
    if (!numbers) return std::nullopt;
    try {
        if (column.empty() && numbers->columns != 1)
            throw Error(file.string() + ": has " + std::to_string(numbers->columns) +
                        " columns; allowed: one, or column = \"NAME\"");
        return column.empty() ? std::move(numbers->values) : column_of(*numbers, column, file);
    } catch (const Error& error) { section.fault(key, "cannot be used: " + std::string(error.what())); }
    return std::nullopt;
}

/// The name and the numbers of the neurons in recordings.
std::optional<RecordedAs> read_recorded_as(Section& section, const std::string& own_name,
                                           const NetworkReading& reading) {
    RecordedAs recorded{section.text("recorded_as", own_name)};
    const std::string range = "whole numbers from 0 to " + std::to_string(kMaxNodeId);
    if (const TomlValue* const value = section.find("node_ids"); value != nullptr && value->table() != nullptr) {
        for (const double id : read_column(section, "node_ids", *value, reading).value_or(std::vector<double>{})) {
            if (!(id >= 0.0 && id <= static_cast<double>(kMaxNodeId) && std::floor(id) == id)) {
                section.fault("node_ids", "holds " + izhi::detail::number_text(id), range);
                break;
            }
            recorded.node_ids.push_back(static_cast<std::uint64_t>(id));
        }
    } else if (value != nullptr && value->array() != nullptr) {
        for (const TomlValue& item : *value->array()) {
            const auto id = whole_number(item, kMaxNodeId);
            if (!id) {
                section.fault("node_ids", "holds " + describe(item), range, item.line);
                break;
            }
            recorded.node_ids.push_back(*id);
        }
    } else if (value != nullptr) {
        section.fault("node_ids", "is " + describe(*value), "a list of " + range + ", or { file = \"FILE\" }");
    }
    for (const PopulationIds& given : reading.options.node_ids)
        if (given.population == own_name) recorded.node_ids = given.ids;
    if (recorded.node_ids.empty() && !section.has("recorded_as")) return std::nullopt;
    return recorded;
}

/// Values that the caller has for the neurons. They replace those of the text.
void take_values(const NetworkReading& reading, PopulationSpec& spec) {
    for (const PopulationValues& given : reading.options.values) {
        if (given.population != spec.name) continue;
        std::erase_if(spec.values, [&](const NeuronValues& v) { return v.parameter == given.values.parameter; });
        spec.values.push_back(given.values);
    }
}

}  // namespace

Distribution read_parameter(Section& section, const char* key, const Distribution& otherwise, const char* parameter,
                            PopulationSpec& spec, const NetworkReading& reading) {
    const TomlValue* const value = section.find(key);
    if (value == nullptr) return otherwise;
    if (value->array() != nullptr) {
        spec.values.push_back({parameter, section.numbers(key)});
        return otherwise;
    }
    if (value->table() == nullptr || std::none_of(value->table()->begin(), value->table()->end(),
                                                  [](const TomlEntry& e) { return e.key == "file"; }))
        return read_distribution(section, key, otherwise, DistributionUse::neuron);
    if (auto numbers = read_column(section, key, *value, reading))
        spec.values.push_back({parameter, std::move(*numbers)});
    return otherwise;
}

void read_population(const TomlEntry& entry, NetworkReading& reading) {
    Section section(entry.value, entry.line, "population." + entry.key, reading.faults, reading.map);
    PopulationSpec spec;
    spec.name = entry.key;
    (void)section.require("size", "the number of neurons");
    spec.size = static_cast<std::uint32_t>(section.integer("size", 1, kMaxNeurons));
    spec.position = read_positions(section, reading);
    spec.recorded_as = read_recorded_as(section, spec.name, reading);
    if (const TomlValue* const model = section.find("model");
        model != nullptr && model->text() != nullptr && (*model->text() == "poisson" || *model->text() == "spikes")) {
        spec.source = read_source(section, *model->text(), reading, spec);
        for (const char* key : kMembraneKeys)
            section.refuse(key, "is of neurons with a membrane, and the model is \"" + *model->text() + "\"");
        section.refuse_unknown();
        take_values(reading, spec);
        reading.builder.add_population(std::move(spec));
        return;
    }
    refuse_source_keys(section, {});

    std::vector<std::string> names;
    for (const NamedCellType& type : named_cell_types()) names.emplace_back(type.name);
    for (const NamedNeuron& type : nine_parameter_neurons()) names.emplace_back(type.name);
    const std::string cell = section.word("cell", names, {});
    for (const NamedCellType& type : named_cell_types()) {
        if (type.name == cell) spec.cell = type.cell;
    }
    for (const NamedNeuron& type : nine_parameter_neurons()) {
        if (type.name == cell) spec.cell = type.cell();
    }
    read_model(section, spec.cell.model);
    read_cell(section, spec, reading);
    const Model& model = spec.cell.model;
    if (model.in_picoamperes()) spec.v0_mv = rest_or(model.vr);
    if (model.form == ModelForm::lif && !(model.vr < model.vt)) spec.v0_mv = spec.cell.c;  // it never rests

    const auto read = [&](const char* key, const Distribution& otherwise) {
        return read_parameter(section, key, otherwise, key, spec, reading);
    };
    if (const TomlValue* const start = section.find("v0_mv"); start != nullptr && start->text() != nullptr) {
        if (!section.word("v0_mv", {"rest"}, {}).empty()) spec.v0_mv = rest();
    } else {
        spec.v0_mv = read("v0_mv", spec.v0_mv);
    }
    if (section.find("v_min_mv") != nullptr) spec.v_min_mv = section.number("v_min_mv", 0.0);
    if (model.form == ModelForm::lif) section.refuse("u0_mv", "is of Izhikevich's neuron, and the model is \"lif\"");
    else if (section.find("u0_mv") != nullptr) {
        const Distribution u0 = read("u0_mv", 0.0);
        if (spec.values.empty() || spec.values.back().parameter != "u0_mv") spec.u0_mv = u0;
    }
    spec.bias_current = read("bias_current", spec.bias_current);
    spec.noise_stddev = read("noise_stddev", spec.noise_stddev);
    section.refuse_unknown();
    take_values(reading, spec);
    reading.builder.add_population(std::move(spec));
}

}  // namespace izhi::io::detail
