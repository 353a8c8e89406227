// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "group_network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "izhi/error.hpp"
#include "izhi/single_neuron.hpp"
#include "shuffler.hpp"

namespace izhi::apps {
namespace {

[[noreturn]] void refuse_part(const std::string& subject, const std::string& problem, const std::string& allowed) {
    throw Error("izhi groups cannot follow " + subject + ", which " + problem + "; allowed: " + allowed);
}

}  // namespace

double delivered_weight(double weight, double quantum) {
    return quantum > 0.0 ? std::round(weight / quantum) * quantum : weight;
}

void require_searchable(const Network& network) {
    const NetworkDescription& description = network.description();
    if (description.spec.numerics == Numerics::accurate)
        refuse_part("the network", "has numerics accurate", "published, euler, forward-euler");
    for (const PopulationSpec& population : description.populations) {
        if (population.source || population.size == 0) continue;
        const std::string subject = "population." + population.name;
        if (population.cell.model.form != ModelForm::simple)
            refuse_part(subject, "has the model " + std::string(to_string(population.cell.model.form)), "simple");
        if (population.v_min_mv) refuse_part(subject, "has v_min_mv", "populations without it");
    }
    for (const auto& projection : description.projections) {
        const std::string subject = "projection." + projection.spec.name;
        if (!std::holds_alternative<DeltaCurrent>(projection.spec.dynamics))
            refuse_part(subject, "has the dynamics " + std::string(kind_of(projection.spec.dynamics)), "delta");
        if (projection.spec.short_term) refuse_part(subject, "has short-term plasticity", "projections without it");
    }
}

std::vector<WeighedProjection> weighed_projections(const Simulation& simulation) {
    const Network& network = simulation.network();
    const auto& described = network.description().projections;
    std::vector<WeighedProjection> all;
    for (std::size_t p = 0; p < described.size(); ++p) {
        const ProjectionId id(p);
        const ProjectionSpec& spec = described[p].spec;
        WeighedProjection projection{.quantum = simulation.weight_quantum(id)};
        if (spec.plasticity) {
            projection.bound = spec.plasticity->highest;
            for (const PlasticSynapse& synapse : simulation.plastic_synapses(id))
                projection.synapses.push_back({synapse.source, synapse.target, synapse.delay_steps, synapse.weight,
                                               delivered_weight(synapse.weight, projection.quantum)});
        } else {
            const double factor = simulation.weight_factor(id);
            const std::uint32_t first_source = network.neurons(described[p].source).first + spec.source_first;
            const std::uint32_t first_target = network.neurons(described[p].target).first + spec.target_first;
            network.draw_synapses(id, [&](std::span<const ExplicitSynapse> row) {
                for (const ExplicitSynapse& synapse : row) {
                    const double weight = synapse.weight * factor;
                    projection.bound = std::max(projection.bound, weight);
                    projection.synapses.push_back({first_source + synapse.source, first_target + synapse.target,
                                                   static_cast<std::uint32_t>(network.steps(synapse.delay_ms)), weight,
                                                   delivered_weight(weight, projection.quantum)});
                }
            });
        }
        all.push_back(std::move(projection));
    }
    return all;
}

std::vector<bool> inhibitory_neurons(const std::vector<WeighedProjection>& projections, std::uint32_t neurons) {
    std::vector<bool> inhibitory(neurons);
    for (const WeighedProjection& projection : projections)
        for (const WeighedSynapse& synapse : projection.synapses)
            if (synapse.weight < 0.0) inhibitory[synapse.source] = true;
    return inhibitory;
}

void shuffle_weights(std::vector<WeighedProjection>& projections, const std::vector<bool>& inhibitory,
                     std::uint64_t seed) {
    for (std::size_t p = 0; p < projections.size(); ++p) {
        std::vector<WeighedSynapse*> exchanged;
        for (WeighedSynapse& synapse : projections[p].synapses)
            if (!inhibitory[synapse.source] && !inhibitory[synapse.target]) exchanged.push_back(&synapse);
        Shuffler(seed + 0x632BE59BD9B4E019u * p).shuffle(exchanged.size(), [&](std::size_t i, std::size_t j) {
            std::swap(exchanged[i]->weight, exchanged[j]->weight);
            std::swap(exchanged[i]->delivered, exchanged[j]->delivered);
        });
    }
}

SearchedNetwork searched_network(const Simulation& simulation, const std::vector<WeighedProjection>& projections,
                                 const std::vector<bool>& inhibitory, double share) {
    const Network& network = simulation.network();
    const NetworkDescription& description = network.description();
    std::vector<analysis::GroupNeuron> neurons(network.neuron_count());
    for (std::size_t p = 0; p < description.populations.size(); ++p) {
        const PopulationId id{static_cast<std::uint32_t>(p)};
        const NeuronRange range = network.neurons(id);
        if (description.populations[p].source) {
            for (std::uint32_t i = range.first; i < range.end(); ++i) neurons[i].has_membrane = false;
            continue;
        }
        std::array<std::vector<float>, 4> parameters;
        for (std::size_t k = 0; k < 4; ++k) {
            parameters[k].resize(range.size);
            simulation.read_parameter("abcd"[k], id, parameters[k]);
        }
        for (std::uint32_t i = 0; i < range.size; ++i) {
            const NeuronParameters own{parameters[0][i], parameters[1][i], parameters[2][i], parameters[3][i], {}};
            const auto rest = resting_v(own);
            if (!rest)
                refuse_part("population." + description.populations[p].name,
                            "has neurons that fire without input, such as number " + std::to_string(i),
                            "neurons with a resting state");
            neurons[range.first + i] = {parameters[0][i],
                                        parameters[1][i],
                                        parameters[2][i],
                                        parameters[3][i],
                                        static_cast<float>(*rest),
                                        static_cast<float>(own.b * *rest),
                                        inhibitory[range.first + i],
                                        true};
        }
    }
    std::vector<analysis::GroupSynapse> followed;
    std::uint64_t strong_ones = 0;
    for (const WeighedProjection& projection : projections) {
        const double least = share * projection.bound;
        for (const WeighedSynapse& synapse : projection.synapses) {
            const bool between = !inhibitory[synapse.source] && !inhibitory[synapse.target];
            if (synapse.delivered == 0.0 || (between && synapse.weight < least)) continue;
            strong_ones += between ? 1 : 0;
            followed.push_back(
                {synapse.source, synapse.target, static_cast<float>(synapse.delivered), synapse.delay_steps, between});
        }
    }
    SearchedNetwork searched{.network = analysis::GroupNetwork(std::move(neurons), std::move(followed), network.dt_ms(),
                                                               description.spec.numerics),
                             .strong = strong_ones};
    for (std::uint32_t mother = 0; mother < searched.network.size(); ++mother) {
        const std::uint64_t triplets = searched.network.triplets_of(mother);
        searched.mothers += triplets > 0 ? 1 : 0;
        searched.triplets += triplets;
    }
    return searched;
}

}  // namespace izhi::apps
