// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "izhi/network.hpp"
#include "izhi/single_neuron.hpp"
#include "network_sections.hpp"

namespace izhi::io::detail {

namespace {

void read_model(Section& section, Model& model) {
    model.form = read_choice(section, "model", model.form,
                             {ModelForm::simple, ModelForm::alt, ModelForm::acc, ModelForm::nine_parameter});
    const auto constant = [&](const char* key, double& value) {
        if (model.form == ModelForm::nine_parameter) value = section.number(key, value);
        else section.refuse(key, "goes with model = \"nine-parameter\"");
    };
    constant("capacitance", model.capacitance);
    constant("k", model.k);
    constant("vr", model.vr);
    constant("vt", model.vt);
    constant("vpeak", model.vpeak);
}

}  // namespace

void read_population(const TomlEntry& entry, NetworkReading& reading) {
    Section section(entry.value, entry.line, "population." + entry.key, reading.faults, reading.map);
    PopulationSpec spec;
    spec.name = entry.key;
    (void)section.require("size", "the number of neurons");
    spec.size = static_cast<std::uint32_t>(section.integer("size", 1, kMaxNeurons));

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
    if (spec.cell.model.form == ModelForm::nine_parameter) spec.v0_mv = rest_or(spec.cell.model.vr);
    spec.cell.a = read_distribution(section, "a", spec.cell.a, DistributionUse::neuron);
    spec.cell.b = read_distribution(section, "b", spec.cell.b, DistributionUse::neuron);
    spec.cell.c = read_distribution(section, "c", spec.cell.c, DistributionUse::neuron);
    spec.cell.d = read_distribution(section, "d", spec.cell.d, DistributionUse::neuron);

    if (const TomlValue* const start = section.find("v0_mv"); start != nullptr && start->text() != nullptr) {
        if (!section.word("v0_mv", {"rest"}, {}).empty()) spec.v0_mv = rest();
    } else {
        spec.v0_mv = read_distribution(section, "v0_mv", spec.v0_mv, DistributionUse::neuron);
    }
    if (section.find("v_min_mv") != nullptr) spec.v_min_mv = section.number("v_min_mv", 0.0);
    if (section.find("u0_mv") != nullptr)
        spec.u0_mv = read_distribution(section, "u0_mv", 0.0, DistributionUse::neuron);
    spec.bias_current = read_distribution(section, "bias_current", spec.bias_current, DistributionUse::neuron);
    spec.noise_stddev = section.number("noise_stddev", spec.noise_stddev);
    spec.position = read_positions(section, reading);
    section.refuse_unknown();

    reading.builder.add_population(std::move(spec));
}

}  // namespace izhi::io::detail
