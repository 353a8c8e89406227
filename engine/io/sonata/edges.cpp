// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/edges.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "engine/io/text.hpp"
#include "izhi/error.hpp"

namespace izhi::io::detail {
namespace {

/// A column that keeps one value as long as all are the same.
class EdgeValues {
public:
    void push(double value) {
        if (size_ == 0) first_ = value;
        if (all_.empty() && value != first_) all_.assign(size_, first_);
        if (!all_.empty() || value != first_) all_.push_back(value);
        ++size_;
    }
    [[nodiscard]] std::vector<double> take() {
        if (all_.empty()) return {first_};
        return std::move(all_);
    }

private:
    std::size_t size_ = 0;
    double first_ = 0.0;
    std::vector<double> all_;
};

struct GrowingProjection {
    SonataProjection projection;
    std::vector<std::uint32_t> sources, targets;
    EdgeValues weights, delays_ms;
};

/// What distinguishes the projections of one population of edges.
using ProjectionKey = std::tuple<std::uint32_t, std::uint32_t, std::size_t, bool, std::uint32_t>;

struct EdgeType {
    const SonataTypes::Row* row = nullptr;
    std::optional<double> weight, delay, nsyns;
    double sign = 1.0;  ///< of IntFire1
    bool has_sign = false;
    std::size_t synapse = 0;  ///< number among those of the population of edges
};

/// Reads the edges of one file.
class EdgeTranslator {
public:
    EdgeTranslator(const SonataConfig& config, const SonataCircuitNodes& nodes, SonataParameterFiles& files,
                   const SonataTypes& types, double dt_ms, std::optional<double> default_delay_ms,
                   std::vector<std::unique_ptr<GrowingProjection>>& projections, std::set<std::string>& names,
                   std::set<std::string>& ignored)
        : config_(config), nodes_(nodes), files_(files), types_(types), dt_ms_(dt_ms),
          default_delay_ms_(default_delay_ms), projections_(projections), names_(names), ignored_(ignored) {}

    void begin(const SonataEdges& edges) {
        edges_ = edges;
        const auto find = [&](const std::string& population, const char* end) -> const SonataNodeSet& {
            const auto found = nodes_.find(population);
            if (!found)
                fail(std::string(end) + "_node_id is of the population " + in_quotes(population) +
                     ", which no nodes_file has");
            return nodes_.populations[*found];
        };
        sources_ = &find(edges.source, "source");
        targets_ = &find(edges.target, "target");
        for (const std::string& attribute : edges.attributes) {
            if (attribute == "weight_function" || attribute == "receptor_type" || attribute == "dynamics_params" ||
                attribute.starts_with("dynamics_params/"))
                fail("has the column " + in_quotes(attribute) +
                     " for each edge; allowed: syn_weight, delay and nsyns of edges, the others by type");
            if (attribute.starts_with("afferent_") || attribute.starts_with("efferent_") ||
                attribute.starts_with("sec_"))
                ignored_.insert("places of synapses on morphologies");
        }
        for (const std::string& model : edges.models)
            if (model != "static_synapse" && model != "nest:static_synapse")
                fail("has edges of the model_template " + in_quotes(model) +
                     " in a column; allowed: static_synapse in a column, others by type");
        types_of_.clear();
        synapses_.clear();
        by_key_.clear();
        last_type_ = nullptr;
        last_growing_ = nullptr;
        of_population_ = projections_.size();
    }

    void take(const SonataEdgePiece& piece) {
        for (std::size_t i = 0; i < piece.sources.size(); ++i) {
            const std::uint64_t edge = piece.first + i;
            const auto source = sources_->find(piece.sources[i]), target = targets_->find(piece.targets[i]);
            if (!source) fail_id("source", piece.sources[i], edge, *sources_);
            if (!target) fail_id("target", piece.targets[i], edge, *targets_);
            const SonataNodeSet::Place from = sources_->places[*source], to = targets_->places[*target];
            const SonataConstants& cell = nodes_.neurons[to.neurons].constants;
            const EdgeType& type = type_of(piece.types[i], cell);
            if (cell.model == SonataModel::virtual_node)
                fail("leads to node " + std::to_string(piece.targets[i]) + " of " + in_quotes(edges_.target) +
                     ", which is virtual (edge " + std::to_string(edge) + "); allowed: nodes with a model");
            const auto value = [&](double own, const std::optional<double>& of_type) {
                return std::isnan(own) ? of_type : std::optional(own);
            };
            const auto weight = value(piece.weights[i], type.weight), delay = value(piece.delays[i], type.delay),
                       nsyns = value(piece.nsyns[i], type.nsyns);
            if (!weight)
                fail_type(type, "has no syn_weight", edge,
                          "a column syn_weight in the table of types or for each edge");
            if (!delay && !default_delay_ms_)
                fail_type(type, "has no delay", edge,
                          "a column delay [ms] in the table of types or for each edge, or izhi.default_delay_ms in the "
                          "config");
            const double times = nsyns.value_or(1.0);
            if (times < 0.0 || times != std::floor(times))
                fail("has nsyns " + exact_text(times) + " (edge " + std::to_string(edge) +
                     "); allowed: a whole number, 0 or more");
            if (times == 0.0) continue;
            const std::uint32_t steps = steps_of(delay.value_or(default_delay_ms_.value_or(1.0)), edge);
            double scaled = *weight * times;
            if (cell.model == SonataModel::int_fire1) scaled *= type.sign;
            if (cell.model == SonataModel::izhikevich && !cell.consistent_integration)
                scaled *= dt_ms_;  // mV/ms for a step
            constexpr double kMostWeight = 1e5;
            if (!(std::abs(scaled) <= kMostWeight))
                fail_type(type, "has the weight " + exact_text(*weight) + " x " + exact_text(times), edge,
                          "at most " + exact_text(kMostWeight));
            const bool currents = cell.model == SonataModel::iaf_psc_exp || cell.model == SonataModel::iaf_psc_alpha;
            const bool stdp = synapses_[type.synapse].model == SonataSynapseModel::stdp;
            GrowingProjection& growing =
                projection_for({from.neurons, to.neurons, type.synapse, !stdp && scaled < 0.0, stdp ? steps : 0});
            growing.sources.push_back(from.index);
            growing.targets.push_back(to.index);
            growing.weights.push(scaled);
            // A current of NEST acts on v in the step after that in which the spike is due.
            growing.delays_ms.push((steps + (currents ? 1U : 0U)) * dt_ms_);
        }
    }

    void finish() {
        if (off_grid_ == 0) return;
        throw Error(off_file_ + ": " + std::to_string(off_grid_) + (off_grid_ == 1 ? " delay is" : " delays are") +
                    " not whole steps of run.dt = " + exact_text(dt_ms_) + " ms; the largest rounding is " +
                    exact_text(off_by_) + " ms (edge " + std::to_string(off_edge_) + ", " + exact_text(off_delay_) +
                    " ms); allowed: multiples of run.dt");
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(edges_.file + ": /edges/" + printable(shortened(edges_.population, 60)) + " " +
                    printable(shortened(what, 400)));
    }
    [[noreturn]] void fail_id(const char* end, std::uint64_t id, std::uint64_t edge, const SonataNodeSet& nodes) const {
        fail(std::string(end) + "_node_id is " + std::to_string(id) + " (edge " + std::to_string(edge) + "), and " +
             in_quotes(nodes.nodes.population) + " has no such node");
    }
    [[noreturn]] void fail_type(const EdgeType& type, const std::string& what, std::uint64_t edge,
                                const std::string& allowed) const {
        if (type.row != nullptr) types_.fail(*type.row, what + "; allowed: " + allowed);
        fail(what + " (edge " + std::to_string(edge) + "); allowed: " + allowed);
    }

    const EdgeType& type_of(std::int64_t id, const SonataConstants& cell) {
        if (last_type_ != nullptr && last_id_ == id) return checked(*last_type_, cell);
        auto found = types_of_.find(id);
        if (found == types_of_.end()) {
            EdgeType type;
            type.row = types_.find(id, edges_.population);
            if (type.row == nullptr && types_.given())
                fail("edge_type_id holds " + std::to_string(id) + ", and " + types_.file() + " has no such type");
            type.weight = types_.number(type.row, "syn_weight");
            type.delay = types_.number(type.row, "delay");
            type.nsyns = types_.number(type.row, "nsyns");
            if (const auto function = types_.text(type.row, "weight_function");
                function && *function != "wmax" && *function != "default_weight_fnc")
                types_.fail(*type.row,
                            "has the weight_function " + in_quotes(*function) +
                                ", which is Python code; allowed: none, or wmax, which is syn_weight itself");
            if (const auto receptor = types_.text(type.row, "receptor_type"))
                types_.fail(*type.row, "has a receptor_type; allowed: none, the sign of a weight chooses the current");
            for (const char* known : {"target_query", "source_query"})
                if (types_.text(type.row, known)) ignored_.insert("target_query and source_query");
            read_model(type);
            found = types_of_.emplace(id, type).first;
        }
        last_id_ = id;
        last_type_ = &found->second;
        return checked(found->second, cell);
    }

    const EdgeType& checked(const EdgeType& type, const SonataConstants& cell) const {
        if (type.has_sign && cell.model != SonataModel::int_fire1)
            types_.fail(*type.row, "has dynamics_params with a sign, and its targets are nest:" +
                                       std::string(to_string(cell.model)) +
                                       "; allowed: a sign for nrn:IntFire1, else that of syn_weight");
        return type;
    }

    void read_model(EdgeType& type) {
        const std::string given = types_.text(type.row, "model_template").value_or("static_synapse");
        const std::string name = given.starts_with("nest:") ? given.substr(5) : given;
        SonataSynapse synapse;
        std::map<std::string, double> values;
        double initial_u = 0.5, initial_x = 1.0;
        if (name == "tsodyks2_synapse") {
            synapse.model = SonataSynapseModel::tsodyks2;
            values = {{"U", 0.5}, {"u", 0.5}, {"x", 1.0}, {"tau_rec", 800.0}, {"tau_fac", 0.0}};
        } else if (name == "stdp_synapse") {
            synapse.model = SonataSynapseModel::stdp;
            values = {{"tau_plus", 20.0}, {"lambda", 0.01},  {"alpha", 1.0},
                      {"mu_plus", 1.0},   {"mu_minus", 1.0}, {"Wmax", 100.0}};
        } else if (name != "static_synapse") {
            types_.fail(*type.row,
                        "has the model_template " + in_quotes(given) +
                            ", which izhi does not have; allowed: static_synapse, tsodyks2_synapse, stdp_synapse");
        }
        if (const auto file = types_.text(type.row, "dynamics_params"); file && type.row != nullptr) {
            const JsonNode& json = files_.read(config_.synapse_folder, *file, types_, *type.row);
            for (const auto& [key, value] : json.members()) {
                if (key == "level_of_detail" || key == "type" || key == "name") continue;
                if (key == "sign") {
                    type.sign = value.is_text() ? sign_of_text(value) : value.number();
                    if (std::abs(type.sign) != 1.0) value.fail("is " + value.shown() + "; allowed: 1, -1");
                    type.has_sign = true;
                    continue;
                }
                const auto known = values.find(key);
                if (known == values.end()) {
                    std::string names;
                    for (const auto& [parameter, otherwise] : values) names += (names.empty() ? "" : ", ") + parameter;
                    value.fail("is no parameter of " + name +
                               "; allowed: " + (names.empty() ? std::string("none") : names));
                }
                known->second = value.number();
            }
        }
        if (synapse.model == SonataSynapseModel::tsodyks2) {
            synapse.u = values["U"];
            synapse.tau_rec = values["tau_rec"];
            synapse.tau_fac = values["tau_fac"];
            initial_u = values["u"];
            initial_x = values["x"];
            if (initial_u != synapse.u || initial_x != 1.0)
                types_.fail(*type.row, "begins with u = " + exact_text(initial_u) + " and x = " +
                                           exact_text(initial_x) + "; allowed: u = U = " + exact_text(synapse.u) +
                                           " and x = 1 (NEST's u is 0.5 unless it is given)");
        } else if (synapse.model == SonataSynapseModel::stdp) {
            synapse.tau_plus = values["tau_plus"];
            synapse.lambda = values["lambda"];
            synapse.alpha = values["alpha"];
            synapse.mu_plus = values["mu_plus"];
            synapse.mu_minus = values["mu_minus"];
            synapse.w_max = values["Wmax"];
            if (!(synapse.w_max > 0.0))
                types_.fail(*type.row,
                            "has Wmax " + exact_text(synapse.w_max) + "; allowed: above 0, weights that excite");
        }
        const auto same = std::find(synapses_.begin(), synapses_.end(), synapse);
        type.synapse = static_cast<std::size_t>(same - synapses_.begin());
        if (same == synapses_.end()) synapses_.push_back(synapse);
    }

    static double sign_of_text(const JsonNode& value) {
        const std::string text = value.text();
        if (text == "1" || text == "+1") return 1.0;
        if (text == "-1") return -1.0;
        value.fail("is " + value.shown() + "; allowed: 1, -1");
    }

    /// A delay in steps. Delays off the grid are collected, because the largest rounding is to be named.
    std::uint32_t steps_of(double delay_ms, std::uint64_t edge) {
        if (delay_ms == last_delay_) return last_steps_;
        constexpr double kTolerance = 1e-6, kSingle = 1.2e-7, kMost = 65000.0;  // delays may be in single precision
        const double exact = delay_ms / dt_ms_, whole = std::round(exact);
        if (!(delay_ms > 0.0) || whole > kMost)
            fail("has the delay " + exact_text(delay_ms) + " ms (edge " + std::to_string(edge) +
                 "); allowed: " + exact_text(dt_ms_) + " to " + exact_text(kMost * dt_ms_));
        const double off = std::abs(exact - whole) * dt_ms_;
        if (std::abs(exact - whole) > kTolerance + kSingle * whole || whole < 1.0) {
            ++off_grid_;
            if (off > off_by_) {
                off_by_ = off;
                off_edge_ = edge;
                off_delay_ = delay_ms;
                off_file_ = edges_.file;
            }
            return 1;
        }
        last_delay_ = delay_ms;
        last_steps_ = static_cast<std::uint32_t>(whole);
        return last_steps_;
    }

    GrowingProjection& projection_for(const ProjectionKey& key) {
        if (last_growing_ != nullptr && last_key_ == key) return *last_growing_;
        constexpr std::size_t kMost = 100'000;
        auto [found, made] = by_key_.emplace(key, nullptr);
        if (made) {
            if (projections_.size() >= kMost)
                fail("has too many kinds of synapses; allowed: " + std::to_string(kMost) + " in the network");
            auto growing = std::make_unique<GrowingProjection>();
            SonataProjection& projection = growing->projection;
            std::tie(projection.source, projection.target, std::ignore, projection.inhibitory,
                     projection.dendritic_steps) = key;
            projection.synapse = synapses_[std::get<2>(key)];
            projection.name =
                network_name(edges_.population, "edges", names_, projections_.size() - of_population_ + 1);
            found->second = growing.get();
            projections_.push_back(std::move(growing));
        }
        last_key_ = key;
        last_growing_ = found->second;
        return *found->second;
    }

    const SonataConfig& config_;
    const SonataCircuitNodes& nodes_;
    SonataParameterFiles& files_;
    const SonataTypes& types_;
    double dt_ms_;
    std::optional<double> default_delay_ms_;
    std::vector<std::unique_ptr<GrowingProjection>>& projections_;
    std::set<std::string>&names_, &ignored_;

    SonataEdges edges_;
    const SonataNodeSet *sources_ = nullptr, *targets_ = nullptr;
    std::map<std::int64_t, EdgeType> types_of_;
    std::vector<SonataSynapse> synapses_;
    std::map<ProjectionKey, GrowingProjection*> by_key_;
    std::size_t of_population_ = 0;
    // Those of the edge before.
    std::int64_t last_id_ = 0;
    const EdgeType* last_type_ = nullptr;
    ProjectionKey last_key_{};
    GrowingProjection* last_growing_ = nullptr;
    double last_delay_ = -1.0;
    std::uint32_t last_steps_ = 0;
    // Delays that are no whole steps.
    std::uint64_t off_grid_ = 0, off_edge_ = 0;
    double off_by_ = -1.0, off_delay_ = 0.0;
    std::string off_file_;
};

}  // namespace

std::vector<SonataProjection> read_circuit_edges(const SonataConfig& config, const SonataCircuitNodes& nodes,
                                                 SonataParameterFiles& files, double dt_ms,
                                                 std::optional<double> default_delay_ms,
                                                 std::vector<std::string>& ignored) {
    std::vector<std::unique_ptr<GrowingProjection>> growing;
    std::set<std::string> names, unused;
    for (const SonataTables& tables : config.edges) {
        const SonataTypes types = tables.types ? SonataTypes(*tables.types, "edge_type_id") : SonataTypes();
        EdgeTranslator translator(config, nodes, files, types, dt_ms, default_delay_ms, growing, names, unused);
        read_sonata_edges(
            tables.data, [&](const SonataEdges& edges) { translator.begin(edges); },
            [&](const SonataEdgePiece& piece) { translator.take(piece); });
        translator.finish();
    }
    std::vector<SonataProjection> projections;
    for (auto& each : growing) {
        each->projection.synapses = SynapseList(std::move(each->sources), std::move(each->targets),
                                                each->weights.take(), each->delays_ms.take());
        projections.push_back(std::move(each->projection));
        each.reset();
    }
    ignored.insert(ignored.end(), unused.begin(), unused.end());
    return projections;
}

SynapseList read_listed_edges(const SonataConfig& config, const std::vector<ListedEdges>& edges, double dt_ms) {
    std::vector<std::uint32_t> sources, targets;
    EdgeValues weights, delays_ms;
    for (const ListedEdges& listed : edges) {
        const auto tables = std::find_if(config.edges.begin(), config.edges.end(),
                                         [&](const SonataTables& t) { return t.data == listed.file; });
        if (tables == config.edges.end())
            throw Error(config.file + ": izhi.projections names " + listed.file.string() +
                        ", which networks.edges does not have");
        const SonataTypes types = tables->types ? SonataTypes(*tables->types, "edge_type_id") : SonataTypes();
        bool wanted = false, found = false;
        read_sonata_edges(
            listed.file,
            [&](const SonataEdges& population) { found |= wanted = population.population == listed.population; },
            [&](const SonataEdgePiece& piece) {
                if (!wanted) return;
                const auto fail = [&](std::size_t i, const std::string& what) {
                    throw Error(listed.file.string() + ": /edges/" + printable(shortened(listed.population, 60)) + " " +
                                what + " (edge " + std::to_string(piece.first + i) + "); allowed: as izhi wrote it");
                };
                for (std::size_t i = 0; i < piece.sources.size(); ++i) {
                    const SonataTypes::Row* const row = types.find(piece.types[i], listed.population);
                    const auto value = [&](double own, const char* column) {
                        return std::isnan(own) ? types.number(row, column) : std::optional(own);
                    };
                    const auto weight = value(piece.weights[i], "syn_weight"), delay = value(piece.delays[i], "delay");
                    if (!weight || !delay) fail(i, "has no syn_weight or no delay");
                    const double steps = std::round(*delay / dt_ms);
                    const auto index = [&](std::uint64_t id, std::int64_t offset) {
                        const auto place = static_cast<std::int64_t>(std::min<std::uint64_t>(id, 1ULL << 40U)) + offset;
                        if (place < 0 || place > 0xffffffffLL) fail(i, "has the node " + std::to_string(id));
                        return static_cast<std::uint32_t>(place);
                    };
                    if (!(steps >= 0.0 && steps <= 65000.0)) fail(i, "has the delay " + exact_text(*delay) + " ms");
                    sources.push_back(index(piece.sources[i], listed.source_offset));
                    targets.push_back(index(piece.targets[i], listed.target_offset));
                    weights.push(*weight * listed.weight_factor);
                    delays_ms.push((steps + listed.delay_steps) * dt_ms);
                }
            });
        if (!found)
            throw Error(listed.file.string() + ": /edges has no population " + in_quotes(listed.population) +
                        "; allowed: as izhi wrote it");
    }
    return {std::move(sources), std::move(targets), weights.take(), delays_ms.take()};
}

}  // namespace izhi::io::detail
