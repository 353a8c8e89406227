// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/cells.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "engine/base/nearest_name.hpp"
#include "engine/io/text.hpp"
#include "izhi/error.hpp"

namespace izhi::io::detail {
namespace {

/// A parameter of a model, with the value that a simulator takes if none is given.
struct CellParameter {
    const char* name;
    double otherwise;
};
constexpr double kNoBound = -1e300;
constexpr CellParameter kIzhikevich[] = {{"a", 0.02},
                                         {"b", 0.2},
                                         {"c", -65.0},
                                         {"d", 8.0},
                                         {"V_m", -65.0},
                                         {"U_m", 0.0},
                                         {"V_th", 30.0},
                                         {"I_e", 0.0},
                                         {"V_min", kNoBound},
                                         {"tau_minus", 20.0},
                                         {"consistent_integration", 1.0}};
constexpr CellParameter kIafDelta[] = {
    {"C_m", 250.0},      {"tau_m", 10.0},     {"t_ref", 2.0},           {"E_L", -70.0},
    {"V_th", -55.0},     {"V_reset", -70.0},  {"V_m", -70.0},           {"I_e", 0.0},
    {"V_min", kNoBound}, {"tau_minus", 20.0}, {"refractory_input", 0.0}};
constexpr CellParameter kIafExp[] = {{"C_m", 250.0},      {"tau_m", 10.0},     {"t_ref", 2.0},     {"E_L", -70.0},
                                     {"V_th", -55.0},     {"V_reset", -70.0},  {"V_m", -70.0},     {"I_e", 0.0},
                                     {"tau_syn_ex", 2.0}, {"tau_syn_in", 2.0}, {"tau_minus", 20.0}};
constexpr CellParameter kIafAlpha[] = {{"C_m", 250.0},      {"tau_m", 10.0},     {"t_ref", 2.0},
                                       {"E_L", -70.0},      {"V_th", -55.0},     {"V_reset", -70.0},
                                       {"V_m", -70.0},      {"I_e", 0.0},        {"tau_syn_ex", 2.0},
                                       {"tau_syn_in", 2.0}, {"V_min", kNoBound}, {"tau_minus", 20.0}};
// In seconds, as in the files of the Allen Institute.
constexpr CellParameter kIntFire1[] = {{"tau", 0.01}, {"refrac", 0.005}};

struct CellKind {
    SonataModel model;
    std::string_view schema, name;
    std::span<const CellParameter> parameters;
};
constexpr std::array<CellKind, 5> kCells{{{SonataModel::izhikevich, "nest", "izhikevich", kIzhikevich},
                                          {SonataModel::iaf_psc_delta, "nest", "iaf_psc_delta", kIafDelta},
                                          {SonataModel::iaf_psc_exp, "nest", "iaf_psc_exp", kIafExp},
                                          {SonataModel::iaf_psc_alpha, "nest", "iaf_psc_alpha", kIafAlpha},
                                          {SonataModel::int_fire1, "nrn", "IntFire1", kIntFire1}}};

const CellKind* kind_of(std::string_view model_template) {
    for (const CellKind& kind : kCells)
        if (model_template == std::string(kind.schema) + ":" + std::string(kind.name)) return &kind;
    return nullptr;
}

std::string template_names() {
    std::string names;
    for (const CellKind& kind : kCells)
        names += (names.empty() ? "" : ", ") + std::string(kind.schema) + ":" + std::string(kind.name);
    return names;
}

/// The values of the parameters of a kind, in the order of its list.
struct CellValues {
    const CellKind* kind = nullptr;
    std::vector<double> values;
    [[nodiscard]] std::optional<std::size_t> place(std::string_view name) const {
        for (std::size_t i = 0; i < kind->parameters.size(); ++i)
            if (kind->parameters[i].name == name) return i;
        return std::nullopt;
    }
    [[nodiscard]] double operator[](std::string_view name) const {
        const auto at = place(name);
        return at ? values[*at] : 0.0;
    }
};

[[nodiscard]] std::string parameter_names(const CellKind& kind) {
    std::string names;
    for (const CellParameter& parameter : kind.parameters)
        names += (names.empty() ? "" : ", ") + std::string(parameter.name);
    return names;
}

/// Of neurons of a population of izhi that differ.
struct NeuronNumbers {
    double a, b, c, d, v0, u0, bias;
};

/// One type of nodes together with one group: the parameters that they share, and the columns that give others.
class CellReader {
public:
    CellReader(const SonataConfig& config, SonataParameterFiles& files, SonataNodeSet& set)
        : config_(config), files_(files), set_(set) {}

    /// The constants of a node; `numbers` are what differs from neuron to neuron.
    SonataConstants read(std::uint32_t node, NeuronNumbers& numbers) {
        const std::uint32_t group = set_.nodes.groups[node];
        const auto key = std::pair(set_.nodes.types[node], group);
        auto found = shared_.find(key);
        if (found == shared_.end()) found = shared_.emplace(key, shared_of(node)).first;
        const Shared& shared = found->second;
        if (shared.own_template) {  // the template differs from node to node
            const Shared own = shared_of(node);
            return constants_of(own, node, numbers);
        }
        return constants_of(shared, node, numbers);
    }

private:
    struct Shared {
        bool is_virtual = false, own_template = false;
        CellValues values;
        std::vector<std::pair<std::size_t, const SonataColumn*>> columns;  ///< place of the parameter
    };

    [[noreturn]] void fail(std::uint32_t node, const std::string& what) const {
        const SonataTypes::Row* const row = set_.types.find(set_.nodes.types[node], set_.nodes.population);
        if (row != nullptr) set_.types.fail(*row, what);
        throw Error(set_.nodes.file + ": /nodes/" + printable(shortened(set_.nodes.population, 60)) + " node " +
                    std::to_string(set_.nodes.ids[node]) + " " + printable(shortened(what, 400)));
    }

    Shared shared_of(std::uint32_t node) {
        const SonataNodes& nodes = set_.nodes;
        const SonataGroup& group = nodes.group[nodes.groups[node]];
        const SonataTypes::Row* const row = set_.types.find(nodes.types[node], nodes.population);
        if (row == nullptr && set_.types.given())
            throw Error(nodes.file + ": /nodes/" + printable(shortened(nodes.population, 60)) + "/node_type_id holds " +
                        std::to_string(nodes.types[node]) + ", and " + set_.types.file() + " has no such type");
        Shared shared;
        for (const SonataColumn& column : group.attributes)
            if (column.name == "model_template" || column.name == "model_type") shared.own_template = true;
        const std::string type = set_.attribute(node, "model_type").value_or("");
        if (type.empty()) fail(node, "has no model_type; allowed: point_neuron, point_process, virtual");
        if (type == "virtual") {
            shared.is_virtual = true;
            return shared;
        }
        if (type != "point_neuron" && type != "point_process")
            fail(node, "has the model_type " + in_quotes(type) + "; allowed: point_neuron, point_process, virtual");
        if (const auto morphology = set_.attribute(node, "morphology"))
            fail(node, "has the morphology " + in_quotes(*morphology) + "; allowed: point neurons, without one");
        if (const auto processing = set_.attribute(node, "model_processing"))
            fail(node, "has the model_processing " + in_quotes(*processing) + ", which is Python code; allowed: none");
        const std::string name = set_.attribute(node, "model_template").value_or("");
        shared.values.kind = kind_of(name);
        if (shared.values.kind == nullptr)
            fail(node, "has the model_template " + in_quotes(name) +
                           ", which izhi does not have; allowed: " + template_names());
        for (const CellParameter& parameter : shared.values.kind->parameters)
            shared.values.values.push_back(parameter.otherwise);
        read_file(node, row, shared);
        for (const SonataColumn& column : group.dynamics) {
            const auto at = shared.values.place(column.name);
            const std::string place =
                nodes.file + ": /nodes/" + nodes.population + "/" + group.name + "/dynamics_params/" + column.name;
            if (!at)
                throw Error(printable(shortened(place, 300)) + " is no parameter of " + name +
                            "; allowed: " + parameter_names(*shared.values.kind));
            if (column.is_text()) throw Error(printable(shortened(place, 300)) + " holds texts; allowed: numbers");
            shared.columns.emplace_back(*at, &column);
        }
        return shared;
    }

    /// The JSON file that the type names.
    void read_file(std::uint32_t node, const SonataTypes::Row* row, Shared& shared) {
        const auto name = set_.attribute(node, "dynamics_params");
        if (!name) return;
        if (row == nullptr) fail(node, "has dynamics_params, and no types table names their folder");
        const JsonNode& json = files_.read(config_.cell_folder, *name, set_.types, *row);
        for (const auto& [key, value] : json.members()) {
            if (shared.values.kind->model == SonataModel::int_fire1 && (key == "type" || key == "name")) continue;
            const auto at = shared.values.place(key);
            if (!at)
                value.fail("is no parameter of " + std::string(shared.values.kind->schema) + ":" +
                           std::string(shared.values.kind->name) +
                           "; allowed: " + parameter_names(*shared.values.kind));
            shared.values.values[*at] = value.is_boolean() ? (value.boolean() ? 1.0 : 0.0) : value.number();
        }
    }

    SonataConstants constants_of(const Shared& shared, std::uint32_t node, NeuronNumbers& numbers) {
        SonataConstants constants;
        if (shared.is_virtual) return constants;
        CellValues cell = shared.values;
        for (const auto& [at, column] : shared.columns) {
            const double value = column->numbers[set_.nodes.rows[node]];
            if (!std::isfinite(value))
                throw Error(set_.nodes.file + ": /nodes/" + printable(shortened(set_.nodes.population, 60)) +
                            " dynamics_params/" + column->name + " of node " + std::to_string(set_.nodes.ids[node]) +
                            " is not finite");
            cell.values[at] = value;
        }
        const auto require = [&](bool holds, const std::string& what) {
            if (!holds) fail(node, what);
        };
        for (std::size_t i = 0; i < cell.values.size(); ++i) {
            const CellParameter& parameter = cell.kind->parameters[i];
            if (cell.values[i] == parameter.otherwise) continue;
            const auto [low, high] = range_of(parameter.name);
            if (!(cell.values[i] >= low && cell.values[i] <= high))
                fail(node, "has " + std::string(parameter.name) + " " + exact_text(cell.values[i]) +
                               "; allowed: " + exact_text(low) + " to " + exact_text(high));
        }
        constants.model = cell.kind->model;
        constants.tau_minus = cell["tau_minus"];
        constants.v_min = cell.place("V_min") ? cell["V_min"] : kNoBound;
        if (constants.model == SonataModel::izhikevich) {
            constants.consistent_integration = cell["consistent_integration"] != 0.0;
            require(cell["V_th"] == 30.0,
                    "has V_th " + exact_text(cell["V_th"]) + "; allowed: 30, the threshold of izhi's neuron");
            numbers = {cell["a"], cell["b"], cell["c"], cell["d"], cell["V_m"], cell["U_m"], cell["I_e"]};
            return constants;
        }
        if (constants.model == SonataModel::int_fire1) {
            constants.capacitance = constants.tau_m = 1e3 * cell["tau"];  // a resistance of 1: a weight is a jump of m
            constants.e_l = 0.0;
            constants.v_th = std::nextafter(1.0F, 2.0F);  // m must be above 1
            constants.refractory = 1e3 * cell["refrac"];
            numbers = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
            return constants;
        }
        require(cell["refractory_input"] == 0.0,
                "has refractory_input; allowed: false, input is lost in the refractory time");
        constants.capacitance = cell["C_m"];
        constants.tau_m = cell["tau_m"];
        constants.e_l = cell["E_L"];
        constants.v_th = cell["V_th"];
        constants.refractory = cell["t_ref"];
        constants.tau_syn_ex = cell["tau_syn_ex"];
        constants.tau_syn_in = cell["tau_syn_in"];
        numbers = {0.0, 0.0, cell["V_reset"], 0.0, cell["V_m"], 0.0, cell["I_e"]};
        return constants;
    }

    /// The range of a parameter in izhi.
    static std::pair<double, double> range_of(std::string_view name) {
        struct Range {
            std::string_view name;
            double low, high;
        };
        static constexpr Range kRanges[] = {
            {"a", -10.0, 10.0},       {"b", -100.0, 100.0},      {"c", -200.0, 29.0},       {"d", -1000.0, 1000.0},
            {"I_e", -1e5, 1e5},       {"V_min", -1000.0, -50.0}, {"C_m", 1e-3, 1e6},        {"tau_m", 0.01, 1e5},
            {"t_ref", 0.0, 1e4},      {"E_L", -200.0, 200.0},    {"V_th", -200.0, 200.0},   {"V_reset", -200.0, 200.0},
            {"V_m", -200.0, 200.0},   {"U_m", -1e5, 1e5},        {"tau_syn_ex", 1e-3, 1e5}, {"tau_syn_in", 1e-3, 1e5},
            {"tau_minus", 1e-3, 1e5}, {"tau", 1e-5, 100.0},      {"refrac", 0.0, 10.0}};
        for (const Range& range : kRanges)
            if (range.name == name) return {range.low, range.high};
        return {0.0, 1.0};
    }

    const SonataConfig& config_;
    SonataParameterFiles& files_;
    SonataNodeSet& set_;
    std::map<std::pair<std::int64_t, std::uint32_t>, Shared> shared_;
};

}  // namespace

std::string network_name(std::string name, const char* otherwise, std::set<std::string>& taken, std::size_t number) {
    constexpr std::size_t kLongest = 60;
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-') c = '_';
    if (name.empty()) name = otherwise;
    if (name == "everyone") name += "_";
    name = name.substr(0, kLongest);
    for (std::string unique = name;; unique = name + "-" + std::to_string(number++))
        if (taken.insert(unique).second) return unique;
}

std::string_view to_string(SonataModel model) noexcept {
    for (const CellKind& kind : kCells)
        if (kind.model == model) return kind.name;
    return "virtual";
}

std::optional<std::uint32_t> SonataNodeSet::find(std::uint64_t id) const {
    if (consecutive_) return id < nodes.size() ? std::optional(static_cast<std::uint32_t>(id)) : std::nullopt;
    const auto found = numbers_.find(id);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

void SonataNodeSet::index() {
    consecutive_ = true;
    for (std::size_t i = 0; i < nodes.size(); ++i) consecutive_ = consecutive_ && nodes.ids[i] == i;
    if (consecutive_) return;
    numbers_.reserve(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) numbers_.emplace(nodes.ids[i], static_cast<std::uint32_t>(i));
}

std::optional<std::string> SonataNodeSet::attribute(std::uint32_t node, const std::string& name) const {
    const SonataGroup& group = nodes.group[nodes.groups[node]];
    for (const SonataColumn& column : group.attributes) {
        if (column.name != name) continue;
        if (!column.is_text()) return exact_text(column.numbers[nodes.rows[node]]);
        const std::string& text = column.texts[nodes.rows[node]];
        if (!text.empty() && text != "NULL") return text;
    }
    return types.text(types.find(nodes.types[node], nodes.population), name);
}

std::optional<std::size_t> SonataCircuitNodes::find(const std::string& population) const {
    for (std::size_t i = 0; i < populations.size(); ++i)
        if (populations[i].nodes.population == population) return i;
    return std::nullopt;
}

const JsonNode& SonataParameterFiles::read(const std::optional<std::filesystem::path>& folder, const std::string& name,
                                           const SonataTypes& types, const SonataTypes::Row& row) {
    std::filesystem::path file = name;
    if (!file.is_absolute()) {
        if (!folder)
            types.fail(row, "names the dynamics_params " + in_quotes(name) +
                                ", and the config has no folder for them; allowed: components.point_neuron_models_dir "
                                "or synaptic_models_dir");
        file = *folder / file;
    }
    const std::string key = file.string();
    const auto found = read_.find(key);
    if (found != read_.end()) return found->second;
    try {
        const auto made = read_.emplace(key, JsonNode::read(file)).first;
        if (!made->second.is_object()) made->second.fail("is no object; allowed: {\"PARAMETER\": number, ...}");
        return made->second;
    } catch (const Error& error) {
        if (std::string(error.what()).find("there is no such file") == std::string::npos) throw;
        types.fail(row, "names the dynamics_params " + in_quotes(name) + ", and there is no file " + key);
    }
}

SonataCircuitNodes read_circuit_nodes(const SonataConfig& config, SonataParameterFiles& files,
                                      std::vector<std::string>& ignored) {
    constexpr std::size_t kMostParts = 1000;
    SonataCircuitNodes circuit;
    std::set<std::string> names, unused;
    for (const SonataTables& tables : config.nodes) {
        SonataTypes types = tables.types ? SonataTypes(*tables.types, "node_type_id") : SonataTypes();
        for (SonataNodes& nodes : read_sonata_nodes(tables.data)) {
            if (circuit.find(nodes.population))
                throw Error(nodes.file + ": has the population " + in_quotes(nodes.population) +
                            ", and an earlier file has it too");
            circuit.populations.emplace_back();
            SonataNodeSet& set = circuit.populations.back();
            set.nodes = std::move(nodes);
            set.types = types;
            set.index();
            for (const SonataGroup& group : set.nodes.group)
                for (const SonataColumn& column : group.attributes)
                    for (const char* known :
                         {"x", "y", "z", "rotation_angle_xaxis", "rotation_angle_yaxis", "rotation_angle_zaxis"})
                        if (column.name == known)
                            unused.insert(column.name.starts_with("rot") ? "rotations" : "positions");
            CellReader reader(config, files, set);
            std::map<SonataConstants, std::uint32_t> parts;
            const std::size_t first = circuit.neurons.size();
            set.places.resize(set.nodes.size());
            std::vector<std::int64_t> type_of;
            for (std::uint32_t node = 0; node < set.nodes.size(); ++node) {
                NeuronNumbers numbers{};
                const SonataConstants constants = reader.read(node, numbers);
                auto [part, made] = parts.emplace(constants, static_cast<std::uint32_t>(circuit.neurons.size()));
                if (made) {
                    if (parts.size() > kMostParts)
                        throw Error(set.nodes.file + ": /nodes/" + printable(set.nodes.population) + " has more than " +
                                    std::to_string(kMostParts) +
                                    " different sets of the constants of integrate-and-fire cells; allowed: V_reset, "
                                    "V_m and I_e of each node, the others in fewer sets");
                    circuit.neurons.push_back(
                        {{}, circuit.populations.size() - 1, constants, {}, {}, {}, {}, {}, {}, {}, {}});
                    type_of.push_back(set.nodes.types[node]);
                }
                SonataNeurons& neurons = circuit.neurons[part->second];
                set.places[node] = {part->second, static_cast<std::uint32_t>(neurons.ids.size())};
                neurons.ids.push_back(set.nodes.ids[node]);
                if (constants.model == SonataModel::virtual_node) continue;
                neurons.c.push_back(numbers.c);
                neurons.v0.push_back(numbers.v0);
                neurons.bias.push_back(numbers.bias);
                if (constants.model != SonataModel::izhikevich) continue;
                neurons.a.push_back(numbers.a);
                neurons.b.push_back(numbers.b);
                neurons.d.push_back(numbers.d);
                neurons.u0.push_back(numbers.u0);
            }
            for (std::size_t i = first; i < circuit.neurons.size(); ++i) {
                std::string name = set.nodes.population;
                if (circuit.neurons.size() - first > 1) name += "-" + std::to_string(type_of[i - first]);
                circuit.neurons[i].name = network_name(std::move(name), "nodes", names, 2);
            }
        }
    }
    ignored.insert(ignored.end(), unused.begin(), unused.end());
    return circuit;
}

}  // namespace izhi::io::detail
