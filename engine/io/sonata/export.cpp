// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "engine/base/pending_folder.hpp"
#include "engine/base/step_clock.hpp"
#include "engine/base/text.hpp"
#include "engine/io/json_text.hpp"
#include "engine/io/network_data.hpp"
#include "engine/io/sonata/export_edges.hpp"
#include "engine/io/sonata/export_files.hpp"
#include "engine/io/sonata/export_forms.hpp"
#include "engine/io/toml_text.hpp"
#include "izhi/error.hpp"
#include "izhi/io/sonata_export.hpp"

namespace izhi::io {
namespace {

using namespace detail;
namespace fs = std::filesystem;

constexpr std::int64_t kFirstType = 100;  // as other programs count them

std::string nodes_file_of(const PopulationSpec& population) { return population.name + "_nodes.h5"; }
std::string node_types_file_of(const PopulationSpec& population) { return population.name + "_node_types.csv"; }
std::string spikes_file_of(const PopulationSpec& population) { return population.name + "_spikes.h5"; }

/// Writes network/POP_nodes.h5, network/POP_node_types.csv and components/cells/POP.json.
void write_nodes(const Network& network, PopulationId id, const NodeForm& form, const ExportFolder& to) {
    const PopulationSpec& population = network.description().populations[id.index];
    const std::int64_t type = kFirstType + id.index;
    SonataFile file(to, "network/" + nodes_file_of(population));
    file.guarded([&] {
        const Hdf5Handle nodes = hdf5_create_group(file.id(), "nodes");
        const Hdf5Handle group = hdf5_create_group(nodes.id(), population.name);
        const auto counted = [&](const char* name) {
            WholeColumn column(group.id(), name, H5T_STD_U64LE);
            for (std::uint64_t i = 0; i < population.size; ++i) column.add(i);
            column.finish();
        };
        const auto constant = [&](const char* name, hid_t stored, std::int64_t value) {
            WholeColumn column(group.id(), name, stored);
            column.add(static_cast<std::uint64_t>(value), population.size);
            column.finish();
        };
        counted("node_id");
        constant("node_type_id", H5T_STD_I64LE, type);
        constant("node_group_id", H5T_STD_U64LE, 0);
        counted("node_group_index");
        const Hdf5Handle attributes = hdf5_create_group(group.id(), "0");
        const auto reals = [&](hid_t parent, const std::string& name, const auto& value) {
            RealColumn column(parent, name);
            for (std::uint32_t i = 0; i < population.size; ++i) column.add(value(i));
            column.finish();
        };
        const std::uint32_t first = network.first_neuron(id);
        if (population.position) {
            constexpr const char* axes[] = {"x", "y", "z"};
            constexpr double um_per_mm = 1000.0;
            for (std::size_t d = 0; d < 3; ++d)
                reals(attributes.id(), axes[d],
                      [&](std::uint32_t i) { return (*network.position(first + i))[d] * um_per_mm; });
        }
        if (form.columns.empty()) return;
        const Hdf5Handle parameters = hdf5_create_group(attributes.id(), "dynamics_params");
        for (const auto& [name, values] : form.columns)
            reals(parameters.id(), name, [&](std::uint32_t i) { return values[i]; });
    });
    file.close();
    const bool source = form.model_template.empty();
    std::string types = "node_type_id population model_type model_template dynamics_params\n";
    types +=
        std::to_string(type) + " " + population.name +
        (source ? " virtual NULL NULL\n" : " point_neuron " + form.model_template + " " + population.name + ".json\n");
    write_text(to, "network/" + node_types_file_of(population), types);
    if (!source) write_text(to, "components/cells/" + population.name + ".json", form.constants.text());
}

JsonValue circuit_config(const Network& network, const std::vector<WrittenProjection>& written) {
    JsonValue manifest;
    manifest.add("$BASE_DIR", ".")
        .add("$NETWORK_DIR", "$BASE_DIR/network")
        .add("$COMPONENTS_DIR", "$BASE_DIR/components");
    JsonValue components;
    components.add("point_neuron_models_dir", "$COMPONENTS_DIR/cells")
        .add("synaptic_models_dir", "$COMPONENTS_DIR/synapses");
    JsonValue::List nodes, edges;
    for (const PopulationSpec& population : network.description().populations) {
        JsonValue entry;
        entry.add("nodes_file", "$NETWORK_DIR/" + nodes_file_of(population))
            .add("node_types_file", "$NETWORK_DIR/" + node_types_file_of(population));
        nodes.push_back(std::move(entry));
    }
    for (const WrittenProjection& projection : written) {
        if (projection.edges.empty()) continue;
        JsonValue entry;
        entry.add("edges_file", "$NETWORK_DIR/" + projection.edges_file)
            .add("edge_types_file", "$NETWORK_DIR/" + projection.types_file);
        edges.push_back(std::move(entry));
    }
    JsonValue networks;
    networks.add("nodes", std::move(nodes)).add("edges", std::move(edges));
    JsonValue config;
    config.add("manifest", std::move(manifest))
        .add("target_simulator", "NEST")
        .add("components", std::move(components))
        .add("networks", std::move(networks));
    return config;
}

/// The simulation: its inputs, its reports, and the sets of nodes that they name.
class SimulationConfig {
public:
    SimulationConfig(const Network& network, double duration_ms, Unseen& unseen)
        : network_(network), duration_ms_(duration_ms), unseen_(unseen) {
        for (const PopulationSpec& population : network.description().populations) {
            JsonValue rules;
            rules.add("population", population.name);
            add_set(population.name, std::move(rules));
        }
        for (const PopulationSpec& population : network.description().populations) add_spikes(population);
        for (const NetworkDescription::Input& input : network.description().stimuli) add_stimulus(input);
        add_reports();
    }

    [[nodiscard]] const JsonValue& node_sets() const noexcept { return sets_; }

    [[nodiscard]] JsonValue config(std::optional<JsonValue> izhi) && {
        JsonValue manifest;
        manifest.add("$BASE_DIR", ".")
            .add("$NETWORK_DIR", "$BASE_DIR/network")
            .add("$INPUTS_DIR", "$BASE_DIR/inputs")
            .add("$OUTPUT_DIR", "$BASE_DIR/output");
        JsonValue run;
        run.add("tstop", duration_ms_).add("dt", network_.dt_ms());
        JsonValue output;
        output.add("output_dir", "$OUTPUT_DIR")
            .add("spikes_file", "spikes.h5")
            .add("spikes_sort_order", "time")
            .add("overwrite_output_dir", true);
        JsonValue config;
        config.add("manifest", std::move(manifest))
            .add("target_simulator", "NEST")
            .add("run", std::move(run))
            .add("network", "$BASE_DIR/circuit_config.json")
            .add("node_sets_file", "$BASE_DIR/node_sets.json")
            .add("inputs", std::move(inputs_))
            .add("output", std::move(output))
            .add("reports", std::move(reports_));
        if (izhi) config.add("izhi", std::move(*izhi));
        return config;
    }

private:
    /// @return the name of the set, which differs from the wanted one if there is such a set
    std::string add_set(std::string name, JsonValue rules) {
        while (!set_names_.insert(name).second) name += "-nodes";
        sets_.add(name, std::move(rules));
        return name;
    }
    /// A set of these neurons of a population; the population if they are all.
    std::string set_of(const std::string& wanted, const PopulationSpec& population,
                       const std::set<std::uint32_t>& neurons) {
        if (neurons.size() == population.size) return population.name;
        JsonValue rules;
        rules.add("population", population.name).add("node_id", JsonValue::List(neurons.begin(), neurons.end()));
        return add_set(wanted, std::move(rules));
    }

    void add_spikes(const PopulationSpec& population) {
        if (!population.source || std::holds_alternative<PoissonSource>(*population.source)) return;
        JsonValue input;
        input.add("input_type", "spikes")
            .add("module", "sonata")
            .add("input_file", "$INPUTS_DIR/" + spikes_file_of(population))
            .add("node_set", population.name);
        inputs_.add(population.name + "-spikes", std::move(input));
    }

    /// A step of current, from a whole step on until another.
    struct Clamp {
        double amplitude, start_ms, stop_ms;
    };
    void add_stimulus(const NetworkDescription::Input& input) {
        std::vector<Clamp> clamps;
        if (const auto* dc = std::get_if<DirectCurrent>(&input.spec.stimulus))
            clamps.push_back({dc->amplitude, dc->start_ms, dc->stop_ms});
        constexpr std::uint32_t most_pulses = 10'000;
        if (const auto* pulses = std::get_if<Pulses>(&input.spec.stimulus); pulses && pulses->count <= most_pulses)
            for (std::uint32_t i = 0; i < pulses->count; ++i) {
                const double start = pulses->start_ms + i * pulses->period_ms;
                clamps.push_back({pulses->amplitude, start, start + pulses->width_ms});
            }
        if (clamps.empty() ||
            !std::all_of(clamps.begin(), clamps.end(), [&](const Clamp& c) { return can_be_said(c); })) {
            unseen_.push_back("stimulus." + input.spec.name + ": " +
                              (clamps.empty()
                                   ? "SONATA has no such input"
                                   : "a current clamp begins on a step, three steps after the start or later"));
            return;
        }
        const izhi::detail::StepClock clock(network_.dt_ms());
        JsonValue::List amplitudes, delays, durations;
        for (const Clamp& clamp : clamps) {
            // A generator of NEST is a step away from its neurons, and its current acts in the step after.
            const std::uint64_t start = steps_of(clamp.start_ms), stop = steps_of(std::min(clamp.stop_ms, kLongest));
            amplitudes.emplace_back(clamp.amplitude);
            delays.emplace_back(clock.ms(start - 1));
            durations.emplace_back(clock.ms(stop - start));
        }
        JsonValue entry;
        entry.add("input_type", "current_clamp").add("module", "IClamp").add("node_set", targets_of(input));
        const bool one = clamps.size() == 1;
        entry.add("amp", one ? amplitudes.front() : JsonValue(amplitudes))
            .add("delay", one ? delays.front() : JsonValue(delays))
            .add("duration", one ? durations.front() : JsonValue(durations));
        inputs_.add(input.spec.name, std::move(entry));
    }
    static constexpr double kLongest = 1e9;  // [ms]; for currents that never end
    [[nodiscard]] std::uint64_t steps_of(double ms) const {
        return static_cast<std::uint64_t>(std::llround(ms / network_.dt_ms()));
    }
    [[nodiscard]] bool can_be_said(const Clamp& clamp) const {
        const auto whole = [&](double ms) {
            const double steps = ms / network_.dt_ms();
            return std::abs(steps - std::round(steps)) < 1e-6;
        };
        const double stop = std::min(clamp.stop_ms, kLongest);
        return whole(clamp.start_ms) && whole(stop) && steps_of(clamp.start_ms) > 2 && stop > clamp.start_ms;
    }
    /// The nodes that a stimulus acts on: a set, or a list of sets.
    [[nodiscard]] JsonValue targets_of(const NetworkDescription::Input& input) {
        const NeuronRange all = network_.neurons(input.target);
        const std::uint32_t begin = all.first + input.spec.first;
        const std::uint32_t end = input.spec.count ? begin + *input.spec.count : all.end();
        JsonValue::List sets;
        std::optional<std::string> last;
        for (std::uint32_t p = 0; p < network_.population_count(); ++p) {
            const PopulationSpec& population = network_.description().populations[p];
            const NeuronRange own = network_.neurons(PopulationId{p});
            const std::uint32_t low = std::max(begin, own.first), high = std::min(end, own.end());
            if (population.source || low >= high) continue;
            std::set<std::uint32_t> neurons;
            for (std::uint32_t n = low; n < high; ++n) neurons.insert(neurons.end(), n - own.first);
            last = set_of(input.spec.name + "-" + population.name, population, neurons);
            sets.emplace_back(*last);
        }
        return sets.size() == 1 ? JsonValue(*last) : JsonValue(sets);
    }

    /// Traces of one report are one report: its nodes are those of several sets.
    void add_reports() {
        std::map<std::string, JsonValue::List> cells;
        std::vector<const TraceSpec*> first;
        for (const TraceSpec& trace : network_.description().traces) {
            if (std::find(trace.variables.begin(), trace.variables.end(), Variable::v) == trace.variables.end())
                continue;
            const PopulationSpec& population = network_.description().populations[trace.population.index];
            JsonValue::List& sets = cells[report_of(trace)];
            if (sets.empty()) first.push_back(&trace);
            sets.emplace_back(set_of(trace.name, population, {trace.neurons.begin(), trace.neurons.end()}));
        }
        const izhi::detail::StepClock clock(network_.dt_ms());
        for (const TraceSpec* trace : first) {
            const std::string& name = report_of(*trace);
            const JsonValue::List& sets = cells[name];
            JsonValue report;
            report.add("variable_name", "V_m")
                .add("module", "multimeter_report")
                .add("cells", sets.size() == 1 ? sets.front() : JsonValue(sets))
                .add("dt", clock.ms(std::max<std::uint64_t>(1, steps_of(trace->interval_ms))))
                .add("start_time", trace->start_ms)
                .add("end_time", std::min(trace->stop_ms, duration_ms_))
                .add("file_name", name + ".h5");
            reports_.add(name, std::move(report));
        }
    }
    static const std::string& report_of(const TraceSpec& trace) {
        return trace.report.empty() ? trace.name : trace.report;
    }

    const Network& network_;
    double duration_ms_;
    Unseen& unseen_;
    JsonValue sets_, inputs_, reports_;
    std::set<std::string> set_names_;
};

/// Whether the files alone would not give the same bits: the unit that weights are rounded to depends on more than the synapses
/// themselves where weights change, or need 32 bits.
bool needs_quanta(const Network& network) {
    for (std::size_t p = 0; p < network.description().projections.size(); ++p)
        if (network.description().projections[p].spec.plasticity || network.bytes_per_synapse(ProjectionId(p)) > 4)
            return true;
    return false;
}

/// The text of the network without what the edges say: izhi_network.toml.
std::string text_beside_edges(TomlValue document, const Network& network) {
    static constexpr std::string_view kept[] = {"source",       "target",       "source_first",
                                                "source_count", "target_first", "target_count",
                                                "dynamics",     "short_term",   "plasticity"};
    if (TomlValue::Table* const projections = sections_of(document, "projection"))
        for (std::size_t p = 0; p < projections->size(); ++p) {
            TomlValue& section = (*projections)[p].value;
            std::erase_if(std::get<TomlValue::Table>(section.data), [](const TomlEntry& entry) {
                return std::find(std::begin(kept), std::end(kept), entry.key) == std::end(kept);
            });
            TomlValue rule, quantum;
            rule.data = std::string("explicit");
            quantum.data = network.weight_quantum(ProjectionId(p));
            put_entry(section, "rule", std::move(rule));
            put_entry(section, "weight_quantum", std::move(quantum));
        }
    return "# What SONATA cannot say of the network. simulation_config.json names this file, and has the "
           "synapses.\n\n" +
           toml_text(document);
}

JsonValue izhi_section(const Network& network, const std::vector<WrittenProjection>& written) {
    JsonValue::List projections;
    for (std::size_t p = 0; p < written.size(); ++p) {
        JsonValue::List edges;
        for (const WrittenEdges& each : written[p].edges) {
            JsonValue entry;
            entry.add("edges_file", "$NETWORK_DIR/" + written[p].edges_file)
                .add("population", each.population)
                .add("source_offset", each.source_offset)
                .add("target_offset", each.target_offset)
                .add("weight_factor", each.weight_factor)
                .add("delay_steps", each.delay_steps);
            edges.push_back(std::move(entry));
        }
        JsonValue projection;
        projection.add("name", network.description().projections[p].spec.name).add("edges", std::move(edges));
        projections.push_back(std::move(projection));
    }
    JsonValue section;
    section.add("network_file", "$BASE_DIR/izhi_network.toml").add("projections", std::move(projections));
    return section;
}

void require_room(const Network& network, const ExportFolder& to) {
    constexpr std::uint64_t per_synapse = 24;  // 16 for the rows while they are sorted, and the columns compressed
    const std::uint64_t wanted = network.memory().synapses * per_synapse;
    std::error_code error;
    const fs::space_info space = fs::space(to.folder, error);
    if (error || wanted <= space.available) return;
    throw Error(to.shown.string() + ": has " + izhi::detail::bytes_text(space.available) +
                " free, and the network takes about " + izhi::detail::bytes_text(wanted) +
                "; allowed: a folder on a larger disk");
}

std::uint64_t bytes_of(const fs::path& folder) {
    std::uint64_t bytes = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) bytes += entry.file_size();
    return bytes;
}

}  // namespace

SonataExport write_sonata(std::string_view text, std::string_view origin, const NetworkFileOptions& options,
                          const fs::path& folder, const SonataExportOptions& how) {
    auto [network, document] = read_network_and_document(text, origin, options);
    const NetworkDescription& description = network.description();
    izhi::detail::PendingFolder pending(folder);
    const ExportFolder to{pending.path(), folder, how.proceed};
    require_room(network, to);
    SonataExport made;
    made.config = folder / "simulation_config.json";
    made.nodes = network.neuron_count();
    made.node_populations = network.population_count();

    const std::vector<NodeForm> nodes = node_forms(network, made.unseen);
    for (std::uint32_t p = 0; p < nodes.size(); ++p) write_nodes(network, PopulationId{p}, nodes[p], to);
    EdgeExport edges(network, nodes, to, made.unseen);
    std::vector<WrittenProjection> written;
    for (std::size_t p = 0; p < description.projections.size(); ++p) written.push_back(edges.write(ProjectionId(p)));
    for (const WrittenProjection& projection : written) {
        made.edge_populations += projection.edges.size();
        for (const WrittenEdges& each : projection.edges) made.edges += each.edges;
    }
    SimulationConfig simulation(network, how.duration_ms, made.unseen);
    list_unseen(network, made.unseen);
    std::set<std::string> said;
    std::erase_if(made.unseen, [&](const std::string& line) { return !said.insert(line).second; });

    std::optional<JsonValue> own;
    if (!made.unseen.empty() || needs_quanta(network)) {
        write_data_of_network(document, network, to, SynapseTables::left);
        write_text(to, "izhi_network.toml", text_beside_edges(std::move(document), network));
        own = izhi_section(network, written);
    } else {
        for (const PopulationSpec& population : description.populations)
            if (population.source)
                write_spike_input(to, "inputs/" + spikes_file_of(population), population.name, *population.source);
    }
    write_text(to, "node_sets.json", simulation.node_sets().text());
    write_text(to, "circuit_config.json", circuit_config(network, written).text());
    write_text(to, "simulation_config.json", std::move(simulation).config(std::move(own)).text());
    made.bytes = bytes_of(pending.path());
    pending.publish();
    return made;
}

}  // namespace izhi::io
