// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/network/plan.hpp"
#include "izhi/network.hpp"

namespace izhi::detail {

/// No current, weight or amplitude is larger than this [mV/ms]: far beyond any neuron, far within single precision.
inline constexpr double kCurrentLimit = 1e5;
/// Largest factor of a NoiseScale or WeightScale.
inline constexpr double kMostFactor = 100.0;

/// Largest change of the level of dopamine at once.
inline constexpr double kMostDopamine = 1e3;

/// Finds faults of one population, projection, ... of a description, and throws Error for the first.
struct Check {
    std::string subject;  ///< "population.exc"

    [[noreturn]] void fail(const std::string& field, const std::string& problem, const std::string& allowed = {}) const;
    void number(const std::string& field, double value, double low, double high) const;
    /// Every value that a distribution can take lies in [low, high].
    void distribution(const std::string& field, const Distribution& d, double low, double high, bool per_neuron) const;
    /// The same of a law with tails that has bounds, or is redrawn.
    void law(const std::string& field, const Distribution& d, double low, double high) const;
    void law_parameters(const std::string& field, const Distribution& d) const;
    /// The same of values that a population gives one by one. @param field the name of the parameter in messages, if another
    void values(const PopulationSpec& population, const char* parameter, double low, double high,
                const char* field = nullptr) const;
    void name(const std::string& name, std::set<std::string>& taken) const;
    /// A time window [start, stop).
    void window(double start_ms, double stop_ms) const;
    /// Neurons that receive input: a fault if spike sources are among them, unless they are `everyone`.
    void receives(const Plan& plan, const Selection& selection, const char* field) const;
    /// The neurons of a selection.
    [[nodiscard]] Range selection(const Plan& plan, const Selection& selection, const char* field) const;
    /// A projection's id was assigned, by the builder of this plan. Whether there is one of its number is for the caller.
    void assigned(const Plan& plan, ProjectionId id, const char* field) const;
};

/// A projection by its id. @throws Error if there is none
[[nodiscard]] const ProjectionPlan& projection_of(const Plan& plan, ProjectionId id);

/// A neuron, counted over the network. @param who is asked for it, for the message. @throws Error if there is none
void check_neuron(const Plan& plan, const char* who, std::uint32_t neuron);

/// "-1 to 1"
[[nodiscard]] std::string interval(double low, double high);

/// The values that a population gives one by one for a parameter; null if it gives none.
[[nodiscard]] const std::vector<double>* values_of(const PopulationSpec& population,
                                                   std::string_view parameter) noexcept;

/// A population of spike sources. @param dt_ms of the network
void check_source(const Check& check, const PopulationSpec& population, double dt_ms);
/// The step, counted from 0, in which a spike of a train is emitted: the one that ends nearest to its time.
[[nodiscard]] std::uint64_t step_of_spike(double time_ms, double dt_ms) noexcept;

/// What is put into a network and read from it: checked, and defaults filled in.
void check_stimuli(Plan& plan);
void check_traces(Plan& plan);
/// Names and numbers of neurons in recordings: no two neurons have both in common.
void check_recorded_as(const std::vector<PopulationSpec>& populations);
/// A source of a plastic projection; whether it has that many synapses is known when it is wired.
void check_synapse(const Check& check, const Plan& plan, const SynapseChoice& synapse);
void check_rewards(Plan& plan);
void check_weight_records(Plan& plan);

}  // namespace izhi::detail
