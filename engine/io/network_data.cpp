// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "network_data.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "izhi/network.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

TomlValue value_of(std::string text) {
    TomlValue value;
    value.data = std::move(text);
    return value;
}

const TomlValue* find_entry(const TomlValue& table, std::string_view key) {
    for (const TomlEntry& entry : std::get<TomlValue::Table>(table.data))
        if (entry.key == key) return &entry.value;
    return nullptr;
}

/// { file = "FILE", column = "COLUMN" }
TomlValue column_of_file(const std::string& file, const std::string& column) {
    TomlValue table;
    table.data = TomlValue::Table{};
    put_entry(table, "file", value_of(file));
    put_entry(table, "column", value_of(column));
    return table;
}

/// The rows of samples, as a file of numbers with a line of names.
void write_samples(const ExportFolder& to, const std::string& name, const std::string& what, const Waveform& wave) {
    std::vector<std::string> columns{what};
    if (wave.columns > 1) columns.clear();
    for (std::uint32_t i = 0; wave.columns > 1 && i < wave.columns; ++i)
        columns.push_back(what + "_" + std::to_string(i));
    write_table(to, name, columns, wave.rows(), [&](std::string& text, std::size_t row) {
        for (std::uint32_t i = 0; i < wave.columns; ++i) {
            if (i > 0) text += ',';
            append_number(text, wave.samples[row * wave.columns + i]);
        }
    });
}

/// Writes the data of each kind of section.
class DataWriter {
public:
    explicit DataWriter(const ExportFolder& to) : to_(to) {}

    void write_population(TomlValue& section, const PopulationSpec& population) {
        write_values(section, population);
        write_places(section, population);
        write_ids(section, population);
        if (!population.source) return;
        if (const auto* poisson = std::get_if<PoissonSource>(&*population.source)) {
            if (!poisson->course) return;
            const std::string file = "data/" + population.name + "-rates.csv";
            write_samples(to_, file, "rate_hz", *poisson->course);
            put_entry(section, "rates_file", value_of(file));
            return;
        }
        const std::string file = "inputs/" + population.name + "_spikes.h5";
        write_spike_input(to_, file, population.name, *population.source);
        for (const char* key : {"times_ms", "spikes_first_id"}) erase_entry(section, key);
        put_entry(section, "spikes_file", value_of(file));
        put_entry(section, "spikes_population", value_of(population.name));
    }

    void write_stimulus(TomlValue& section, const StimulusSpec& stimulus) {
        const auto* wave = std::get_if<Waveform>(&stimulus.stimulus);
        if (!wave || !find_entry(section, "file")) return;
        const std::string file = "data/" + stimulus.name + ".csv";
        write_samples(to_, file, "current", *wave);
        put_entry(section, "file", value_of(file));
    }

    /// Synapses that are not in the text itself.
    void write_projection(TomlValue& section, const ProjectionSpec& projection) {
        const auto* list = std::get_if<ExplicitList>(&projection.rule);
        if (!list || find_entry(section, "synapses")) return;
        const std::string file = "data/" + projection.name + "-synapses.csv";
        write_table(to_, file, {"source", "target", "weight", "delay_ms"}, list->synapses.size(),
                    [&](std::string& text, std::size_t row) {
                        const ExplicitSynapse synapse = list->synapses[row];
                        append_number(text, std::uint64_t{synapse.source});
                        text += ',';
                        append_number(text, std::uint64_t{synapse.target});
                        text += ',';
                        append_number(text, synapse.weight);
                        text += ',';
                        append_number(text, synapse.delay_ms);
                    });
        for (const char* key : {"index_base", "weight", "delay_ms"}) erase_entry(section, key);
        put_entry(section, "synapses_file", value_of(file));
    }

private:
    /// The numbers of neurons in recordings.
    void write_ids(TomlValue& section, const PopulationSpec& population) {
        if (!population.recorded_as || population.recorded_as->node_ids.empty()) return;
        const std::string file = "data/" + population.name + "-ids.csv";
        const std::vector<std::uint64_t>& ids = population.recorded_as->node_ids;
        write_table(to_, file, {"node_id"}, ids.size(),
                    [&](std::string& text, std::size_t row) { append_number(text, ids[row]); });
        put_entry(section, "node_ids", column_of_file(file, "node_id"));
    }

    /// Values of each neuron, a column for each parameter.
    void write_values(TomlValue& section, const PopulationSpec& population) {
        if (population.values.empty() || population.size == 0) return;
        const std::string file = "data/" + population.name + ".csv";
        std::vector<std::string> columns;
        for (const NeuronValues& values : population.values) {
            const bool reset = population.cell.model.form == ModelForm::lif && values.parameter == "c";
            columns.push_back(reset ? "v_reset_mv" : values.parameter);
            put_entry(section, columns.back(), column_of_file(file, columns.back()));
        }
        write_table(to_, file, columns, population.size, [&](std::string& text, std::size_t row) {
            for (std::size_t i = 0; i < columns.size(); ++i) {
                if (i > 0) text += ',';
                append_number(text, population.values[i].values[row]);
            }
        });
    }

    void write_places(TomlValue& section, const PopulationSpec& population) {
        const auto* listed = population.position ? std::get_if<ListedPositions>(&population.position->where) : nullptr;
        if (!listed) return;
        for (TomlEntry& entry : std::get<TomlValue::Table>(section.data)) {
            if (entry.key != "position") continue;
            const std::string file = "data/" + population.name + "-positions.csv";
            write_table(to_, file, {"x", "y", "z"}, listed->points.size(), [&](std::string& text, std::size_t row) {
                for (std::size_t d = 0; d < 3; ++d) {
                    if (d > 0) text += ',';
                    append_number(text, listed->points[row][d]);
                }
            });
            put_entry(entry.value, "file", value_of(file));
        }
    }

    const ExportFolder& to_;
};

}  // namespace

void put_entry(TomlValue& table, const std::string& key, TomlValue value) {
    auto& entries = std::get<TomlValue::Table>(table.data);
    auto entry = std::find_if(entries.begin(), entries.end(), [&](const TomlEntry& e) { return e.key == key; });
    if (entry == entries.end()) entry = entries.insert(entries.end(), {key, table.line, {}});
    entry->value = std::move(value);
}

void erase_entry(TomlValue& table, std::string_view key) {
    std::erase_if(std::get<TomlValue::Table>(table.data), [&](const TomlEntry& entry) { return entry.key == key; });
}

TomlValue::Table* sections_of(TomlValue& document, std::string_view group) {
    for (TomlEntry& entry : std::get<TomlValue::Table>(document.data))
        if (entry.key == group) return std::get_if<TomlValue::Table>(&entry.value.data);
    return nullptr;
}

void write_data_of_network(TomlValue& document, const Network& network, const ExportFolder& to,
                           SynapseTables synapses) {
    const NetworkDescription& description = network.description();
    DataWriter writer(to);
    // Sections and the description have the same order.
    const auto each = [&](const char* group, const auto& of_network, const auto& write) {
        TomlValue::Table* const sections = sections_of(document, group);
        if (sections == nullptr) return;
        for (std::size_t i = 0; i < sections->size() && i < of_network.size(); ++i)
            write((*sections)[i].value, of_network[i]);
    };
    each("population", description.populations,
         [&](TomlValue& section, const PopulationSpec& population) { writer.write_population(section, population); });
    each("stimulus", description.stimuli, [&](TomlValue& section, const NetworkDescription::Input& input) {
        writer.write_stimulus(section, input.spec);
    });
    if (synapses == SynapseTables::left) return;
    each("projection", description.projections,
         [&](TomlValue& section, const NetworkDescription::Projection& projection) {
             writer.write_projection(section, projection.spec);
         });
}

}  // namespace izhi::io::detail
