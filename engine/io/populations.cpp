// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "izhi/io/recording.hpp"
#include "izhi/network.hpp"
#include "izhi/single_neuron.hpp"
#include "network_sections.hpp"
#include "number_file.hpp"

namespace izhi::io::detail {

namespace {

constexpr const char* kMembraneKeys[] = {
    "cell",        "a", "b",  "c",  "d",     "v0_mv",  "u0_mv",   "v_min_mv",   "bias_current", "noise_stddev",
    "capacitance", "k", "vr", "vt", "vpeak", "e_l_mv", "v_th_mv", "v_reset_mv", "tau_m_ms",     "refractory_ms"};
constexpr const char* kRateKeys[] = {"rate_hz", "rates_file", "rates_interval_ms", "rates_start_ms",
                                     "rates_interpolation"};
constexpr const char* kTrainKeys[] = {"times_ms", "spikes_file", "spikes_population", "spikes_first_id"};

/// A parameter of neurons: a distribution; or a value for each, as a list or a column of a file.
/// @param parameter its name in NeuronValues
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
    Section table(*value, value->line, section.subject() + "." + key, section.faults(), section.map());
    const std::string name = table.text("file", {}), column = table.text("column", {});
    table.refuse_unknown();
    const std::filesystem::path file = reading.folder / name;
    auto numbers = read_number_file(section, key, file);
    if (!numbers) return otherwise;
    try {
        if (column.empty() && numbers->columns != 1)
            throw Error(file.string() + ": has " + std::to_string(numbers->columns) +
                        " columns; allowed: one, or column = \"NAME\"");
        spec.values.push_back(
            {parameter, column.empty() ? std::move(numbers->values) : column_of(*numbers, column, file)});
    } catch (const Error& error) { section.fault(key, "cannot be used: " + std::string(error.what())); }
    return otherwise;
}

/// The courses of rates: `rates` as samples, or a file of numbers with a column for all or one for each.
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
    course.interval_ms = section.number("rates_interval_ms", course.interval_ms);
    course.start_ms = section.number("rates_start_ms", course.start_ms);
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

SpikeSource read_source(Section& section, const std::string& kind, const NetworkReading& reading,
                        PopulationSpec& spec) {
    const std::uint32_t size = spec.size;
    if (kind == "poisson") {
        PoissonSource source;
        read_rates(section, reading, spec, source);
        for (const char* key : kTrainKeys) section.refuse(key, "goes with model = \"spikes\"");
        return source;
    }
    SpikeTrains trains;
    const TomlValue* const times = section.find("times_ms");
    const bool file = section.find("spikes_file") != nullptr;
    if ((times == nullptr) != file)
        section.fault("times_ms", file ? "and spikes_file are both given" : "is missing",
                      "one of times_ms = [[...], ...] and spikes_file = \"FILE\"");
    else if (file) read_spikes_file(section, reading, size, trains);
    else read_trains(section, *times, size, trains);
    if (!file)
        for (const char* key : {"spikes_population", "spikes_first_id"}) section.refuse(key, "goes with spikes_file");
    for (const char* key : kRateKeys) section.refuse(key, "goes with model = \"poisson\"");
    return trains;
}

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
        if (known) value = section.number(key, value);
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

}  // namespace

void read_population(const TomlEntry& entry, NetworkReading& reading) {
    Section section(entry.value, entry.line, "population." + entry.key, reading.faults, reading.map);
    PopulationSpec spec;
    spec.name = entry.key;
    (void)section.require("size", "the number of neurons");
    spec.size = static_cast<std::uint32_t>(section.integer("size", 1, kMaxNeurons));
    spec.position = read_positions(section, reading);
    if (const TomlValue* const model = section.find("model");
        model != nullptr && model->text() != nullptr && (*model->text() == "poisson" || *model->text() == "spikes")) {
        spec.source = read_source(section, *model->text(), reading, spec);
        for (const char* key : kMembraneKeys)
            section.refuse(key, "is of neurons with a membrane, and the model is \"" + *model->text() + "\"");
        section.refuse_unknown();
        reading.builder.add_population(std::move(spec));
        return;
    }
    for (const char* key : kRateKeys) section.refuse(key, "goes with model = \"poisson\"");
    for (const char* key : kTrainKeys) section.refuse(key, "goes with model = \"spikes\"");

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

    reading.builder.add_population(std::move(spec));
}

}  // namespace izhi::io::detail
