// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/export_edges.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "engine/base/step_clock.hpp"
#include "engine/io/sonata/row_spool.hpp"
#include "engine/io/text.hpp"

namespace izhi::io::detail {
namespace {

using izhi::detail::StepClock;

/// Where the edges of a pair of populations lie in a projection, and how they are written.
struct PairOfPopulations {
    std::string name;
    std::string source, target;              ///< populations of nodes
    std::uint32_t sources = 0, targets = 0;  ///< their sizes
    std::uint32_t first_source = 0, last_source = 0, first_target = 0,
                  last_target = 0;                      ///< within the projection, half-open
    std::int64_t source_offset = 0, target_offset = 0;  ///< see WrittenEdges
    double weight_factor = 1.0;
    std::uint32_t delay_steps = 0;
    std::uint64_t type_id = 0;
};

/// The weight of a file that becomes this one again when it is multiplied by the factor, if there is one.
double file_weight(double weight, double factor) {
    const double near = weight / factor;
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double tried : {near, std::nextafter(near, infinity), std::nextafter(near, -infinity)})
        if (tried * factor == weight) return tried;
    return near;
}

/// Of the columns of an edge population: those that are equal for all edges are in the table of types.
struct Totals {
    std::vector<std::uint32_t> indegrees;  ///< of the pair's part of the targets
    std::uint64_t edges = 0;
    double lowest_weight = std::numeric_limits<double>::infinity();
    double highest_weight = -std::numeric_limits<double>::infinity();
    std::uint32_t shortest = ~0u, longest = 0;
};

/// Writes one edge population.
class PairWriter {
public:
    PairWriter(const PairOfPopulations& pair, RowSpool& rows, double dt_ms, std::size_t most_sorted)
        : pair_(pair), rows_(rows), clock_(dt_ms), most_sorted_(most_sorted) {
        totals_.indegrees.resize(pair.last_target - pair.first_target);
        each([&](std::uint32_t, const RowSpool::Edge& edge) {
            ++totals_.indegrees[edge.target - pair_.first_target];
            ++totals_.edges;
            totals_.lowest_weight = std::min(totals_.lowest_weight, edge.weight);
            totals_.highest_weight = std::max(totals_.highest_weight, edge.weight);
            totals_.shortest = std::min(totals_.shortest, edge.delay_steps);
            totals_.longest = std::max(totals_.longest, edge.delay_steps);
        });
    }

    [[nodiscard]] std::uint64_t edges() const noexcept { return totals_.edges; }
    /// The weight and the delay of all edges, if they have one.
    [[nodiscard]] std::optional<double> weight() const {
        if (totals_.lowest_weight != totals_.highest_weight) return std::nullopt;
        return file_weight(totals_.lowest_weight, pair_.weight_factor);
    }
    [[nodiscard]] std::optional<double> delay_ms() const {
        if (totals_.shortest != totals_.longest) return std::nullopt;
        return delay_of(totals_.shortest);
    }

    void write(SonataFile& file, hid_t parent) {
        file.guarded([&] {
            const Hdf5Handle group = hdf5_create_group(parent, pair_.name);
            write_columns(group.id());
            const Hdf5Handle indices = hdf5_create_group(group.id(), "indices");
            write_target_index(indices.id());
            write_source_index(indices.id());
        });
    }

private:
    /// Visits the edges of the pair in order of source, then target.
    template <class Visit>
    void each(const Visit& visit) {
        each_between(pair_.first_target, pair_.last_target, visit);
    }
    template <class Visit>
    void each_between(std::uint32_t first, std::uint32_t last, const Visit& visit) {
        rows_.each_row(pair_.first_source, pair_.last_source,
                       [&](std::uint32_t source, std::span<const RowSpool::Edge> row) {
                           auto edge = std::lower_bound(row.begin(), row.end(), first,
                                                        [](const auto& e, std::uint32_t t) { return e.target < t; });
                           for (; edge != row.end() && edge->target < last; ++edge) visit(source, *edge);
                       });
    }

    [[nodiscard]] double delay_of(std::uint32_t steps) const { return clock_.ms(steps - pair_.delay_steps); }
    [[nodiscard]] std::uint32_t target_id(std::uint32_t target) const {
        return static_cast<std::uint32_t>(target - pair_.target_offset);
    }
    [[nodiscard]] std::uint32_t source_id(std::uint32_t source) const {
        return static_cast<std::uint32_t>(source - pair_.source_offset);
    }

    struct Columns {
        WholeColumn sources, targets, types, groups, places;
        std::optional<RealColumn> weights, delays;
        std::uint64_t next = 0;  ///< edge
    };

    void write_columns(hid_t group) {
        const Hdf5Handle attributes = hdf5_create_group(group, "0");
        Columns columns{WholeColumn(group, "source_node_id", H5T_STD_U64LE),
                        WholeColumn(group, "target_node_id", H5T_STD_U64LE),
                        WholeColumn(group, "edge_type_id", H5T_STD_I64LE),
                        WholeColumn(group, "edge_group_id", H5T_STD_U64LE),
                        WholeColumn(group, "edge_group_index", H5T_STD_U64LE),
                        {},
                        {}};
        hdf5_write_text_attribute(columns.sources.id(), "node_population", pair_.source);
        hdf5_write_text_attribute(columns.targets.id(), "node_population", pair_.target);
        if (!weight()) columns.weights.emplace(attributes.id(), "syn_weight");
        if (!delay_ms()) columns.delays.emplace(attributes.id(), "delay");
        // Each window of targets is a sort by counting: rows come in order of source.
        for (std::uint32_t first = pair_.first_target; first < pair_.last_target;) {
            std::uint64_t edges = 0;
            std::uint32_t last = first;
            while (last < pair_.last_target && (last == first || edges + indegree(last) <= most_sorted_))
                edges += indegree(last++);
            write_window(columns, first, last, edges);
            first = last;
        }
        for (WholeColumn* column :
             {&columns.sources, &columns.targets, &columns.types, &columns.groups, &columns.places})
            column->finish();
        if (columns.weights) columns.weights->finish();
        if (columns.delays) columns.delays->finish();
    }

    [[nodiscard]] std::uint32_t indegree(std::uint32_t target) const {
        return totals_.indegrees[target - pair_.first_target];
    }

    void write_window(Columns& columns, std::uint32_t first, std::uint32_t last, std::uint64_t edges) {
        if (edges == 0) return;
        std::vector<std::uint64_t> next(last - first);
        std::uint64_t place = 0;
        for (std::uint32_t target = first; target < last; ++target) {
            next[target - first] = place;
            place += indegree(target);
        }
        std::vector<std::uint32_t> sources(edges), delays(columns.delays ? edges : 0);
        std::vector<double> weights(columns.weights ? edges : 0);
        each_between(first, last, [&](std::uint32_t source, const RowSpool::Edge& edge) {
            const std::uint64_t at = next[edge.target - first]++;
            sources[at] = source_id(source);
            if (columns.delays) delays[at] = edge.delay_steps;
            if (columns.weights) weights[at] = edge.weight;
        });
        columns.sources.add_each(sources);
        for (std::uint32_t target = first; target < last; ++target)
            columns.targets.add(target_id(target), indegree(target));
        columns.types.add(pair_.type_id, edges);
        columns.groups.add(0, edges);
        for (std::uint64_t i = 0; i < edges; ++i) columns.places.add(columns.next++);
        for (const std::uint32_t steps : delays) columns.delays->add(delay_of(steps));
        for (const double weight : weights) columns.weights->add(file_weight(weight, pair_.weight_factor));
    }

    /// One index: the ranges of edges of each node.
    class Index {
    public:
        Index(hid_t parent, const char* name)
            : group_(hdf5_create_group(parent, name)), nodes_(group_.id(), "node_id_to_range", H5T_STD_I64LE, 2),
              ranges_(group_.id(), "range_to_edge_id", H5T_STD_I64LE, 2) {
            // The name that newer programs look for.
            hdf5_check(H5Lcreate_hard(group_.id(), "node_id_to_range", group_.id(), "node_id_to_ranges", H5P_DEFAULT,
                                      H5P_DEFAULT),
                       "cannot be written");
        }
        void add_range(std::uint64_t begin, std::uint64_t end) {
            ranges_.add(begin);
            ranges_.add(end);
            ++count_;
        }
        /// Ends the ranges of a node; nodes before it that were not named have none.
        void end_node(std::uint32_t node) {
            skip_to(node);
            nodes_.add(first_);
            nodes_.add(count_);
            first_ = count_;
            ++next_node_;
        }
        void finish(std::uint32_t nodes) {
            skip_to(nodes);
            nodes_.finish();
            ranges_.finish();
        }

    private:
        void skip_to(std::uint32_t node) {
            nodes_.add(~std::uint64_t{0}, 2 * std::uint64_t{node - next_node_});  // -1, as other programs write it
            next_node_ = node;
        }
        Hdf5Handle group_;
        WholeColumn nodes_, ranges_;
        std::uint64_t first_ = 0, count_ = 0;
        std::uint32_t next_node_ = 0;
    };

    void write_target_index(hid_t parent) {
        Index index(parent, "target_to_source");
        std::uint64_t edge = 0;
        for (std::uint32_t target = pair_.first_target; target < pair_.last_target; ++target) {
            if (indegree(target) == 0) continue;
            index.add_range(edge, edge + indegree(target));
            edge += indegree(target);
            index.end_node(target_id(target));
        }
        index.finish(pair_.targets);
    }

    void write_source_index(hid_t parent) {
        Index index(parent, "source_to_target");
        std::vector<std::uint64_t> next(totals_.indegrees.size());  // the edge of the next synapse onto each target
        std::uint64_t edge = 0;
        for (std::size_t i = 0; i < next.size(); ++i) {
            next[i] = edge;
            edge += totals_.indegrees[i];
        }
        std::optional<std::uint32_t> source;
        std::uint64_t begin = 0, end = 0;
        const auto end_source = [&] {
            if (!source) return;
            index.add_range(begin, end);
            index.end_node(source_id(*source));
        };
        each([&](std::uint32_t of, const RowSpool::Edge& synapse) {
            const std::uint64_t at = next[synapse.target - pair_.first_target]++;
            if (source != of) {
                end_source();
                source = of;
                begin = at;
            } else if (at != end) {
                index.add_range(begin, end);
                begin = at;
            }
            end = at + 1;
        });
        end_source();
        index.finish(pair_.sources);
    }

    const PairOfPopulations& pair_;
    RowSpool& rows_;
    StepClock clock_;
    std::size_t most_sorted_;
    Totals totals_;
};

/// A part of a population within one side of a projection.
struct Part {
    std::uint32_t population = 0, first = 0, last = 0;  ///< half-open, within the projection
    std::int64_t offset = 0;
};

std::vector<Part> parts_of(const Network& network, const Selection& selection, std::uint32_t first,
                           std::optional<std::uint32_t> count) {
    const NeuronRange all = network.neurons(selection);
    const std::int64_t begin = std::int64_t{all.first} + first;
    const std::int64_t end = count ? begin + *count : std::int64_t{all.end()};
    std::vector<Part> parts;
    for (std::uint32_t p = 0; p < network.population_count(); ++p) {
        const NeuronRange own = network.neurons(PopulationId{p});
        const std::int64_t low = std::max(begin, std::int64_t{own.first}),
                           high = std::min(end, std::int64_t{own.end()});
        if (low < high)
            parts.push_back({p, static_cast<std::uint32_t>(low - begin), static_cast<std::uint32_t>(high - begin),
                             std::int64_t{own.first} - begin});
    }
    return parts;
}

}  // namespace

std::string EdgeExport::unique_name(const std::string& source, const std::string& target,
                                    const std::string& projection) {
    std::string name = source + "_to_" + target;
    if (names_.contains(name)) name += "_" + projection;
    for (int i = 2; names_.contains(name); ++i)
        name = source + "_to_" + target + "_" + projection + "_" + std::to_string(i);
    names_.insert(name);
    return name;
}

WrittenProjection EdgeExport::write(ProjectionId id) {
    const NetworkDescription::Projection& projection = network_.description().projections[id.index];
    const ProjectionSpec& spec = projection.spec;
    RowSpool rows(network_, id, folder_, limits_.kept);
    WrittenProjection written;
    if (rows.edges() == 0) return written;
    written.edges_file = spec.name + "_edges.h5";
    written.types_file = spec.name + "_edge_types.csv";
    SonataFile file(folder_, "network/" + written.edges_file);
    Hdf5Handle edges;
    file.guarded([&] { edges = hdf5_create_group(file.id(), "edges"); });
    std::string types = "edge_type_id population model_template dynamics_params syn_weight delay\n";
    const auto& populations = network_.description().populations;
    for (const Part& source : parts_of(network_, projection.source, spec.source_first, spec.source_count))
        for (const Part& target : parts_of(network_, projection.target, spec.target_first, spec.target_count)) {
            NodeForm nodes = nodes_[target.population];
            if (nodes.delay_steps >= rows.shortest_delay_steps()) {
                nodes.delay_steps = 0;
                unseen_.push_back("projection." + spec.name + ".delay_ms: a delay of one step onto " +
                                  populations[target.population].name +
                                  ", whose currents act a step later in NEST; the files have it as it is");
            }
            PairOfPopulations pair;
            pair.source = populations[source.population].name;
            pair.target = populations[target.population].name;
            pair.sources = populations[source.population].size;
            pair.targets = populations[target.population].size;
            pair.first_source = source.first;
            pair.last_source = source.last;
            pair.first_target = target.first;
            pair.last_target = target.last;
            pair.source_offset = source.offset;
            pair.target_offset = target.offset;
            pair.weight_factor = nodes.weight_factor;
            pair.delay_steps = nodes.delay_steps;
            pair.type_id = 100 + written.edges.size();
            PairWriter writer(pair, rows, network_.dt_ms(), limits_.sorted);
            if (writer.edges() == 0) continue;
            pair.name = unique_name(pair.source, pair.target, spec.name);
            writer.write(file, edges.id());
            const SynapseForm form = synapse_form(
                spec, nodes, {rows.shortest_delay_steps(), rows.longest_delay_steps()}, network_.dt_ms(), unseen_);
            const std::string model = form.model_template == "static_synapse" ? "static.json" : pair.name + ".json";
            write_text(folder_, "components/synapses/" + model, form.parameters.text());
            const auto add = [&](std::optional<double> value) {
                if (value) append_number(types, *value);
                else types += "NULL";
            };
            types += std::to_string(pair.type_id) + " " + pair.name + " " + form.model_template + " " + model + " ";
            add(writer.weight());
            types += ' ';
            add(writer.delay_ms());
            types += '\n';
            written.edges.push_back({pair.name, pair.source_offset, pair.target_offset, pair.weight_factor,
                                     pair.delay_steps, writer.edges()});
        }
    file.guarded([&] { edges.close("cannot be written"); });
    file.close();
    write_text(folder_, "network/" + written.types_file, types);
    return written;
}

}  // namespace izhi::io::detail
