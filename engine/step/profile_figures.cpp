// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/profile_figures.hpp"

#include <cmath>
#include <numeric>

#include "engine/step/layout.hpp"

namespace izhi::detail {
namespace {

/// Additions, multiplications, divisions and comparisons per neuron of the simple form, counted in simd/body_update.hpp.
/// perf/cost counts them by running the kernel, which a test compares.
double flops_per_step(const Plan& plan) {
    constexpr double drive = 2.0, times_step = 1.0, half_step = 4.0, recovery = 4.0, threshold = 1.0,
                     runge_kutta = 60.0;
    const double times_dt = plan.description.spec.dt_ms == 1.0 ? 0.0 : 1.0;  // of u
    const double around = drive + times_step + recovery + times_dt + threshold;
    switch (plan.description.spec.numerics) {
        case Numerics::published: return around + 2.0 * half_step;
        case Numerics::euler:
        case Numerics::forward_euler: return around + half_step;
        case Numerics::accurate: return drive + substeps(plan) * runge_kutta;
    }
    return 0.0;
}

}  // namespace

void count_work(Profile& profile, const Plan& plan, const Wiring& wiring, const Columns& columns,
                const std::vector<std::uint64_t>& spikes, const std::vector<std::uint64_t>& synapses,
                const PlasticWork& plastic, double share, std::size_t buffers) {
    profile.neuron_steps =
        static_cast<std::uint64_t>(std::llround(static_cast<double>(profile.steps) * plan.neurons * share));
    const auto bytes_of = [&](Activity a) -> double& { return profile.bytes[static_cast<std::size_t>(a)]; };
    const double all = static_cast<double>(std::accumulate(synapses.begin(), synapses.end(), std::uint64_t{0}));
    double events = 0.0;
    for (std::size_t i = 0; i < plan.populations.size(); ++i) {
        if (plan.populations[i].size == 0) continue;
        profile.spikes += spikes[i];
        events += share * static_cast<double>(spikes[i]) * static_cast<double>(wiring.synapses_from(i)) /
                  plan.populations[i].size;
        const double neuron_steps = static_cast<double>(profile.steps) * plan.populations[i].slots * share;
        const Columns::PopulationParameters& parameters = columns.populations[i];
        const bool own_noise = columns.populations[plan.populations[i].sharing.begin].noise.column != nullptr;
        bytes_of(Activity::noise) +=
            neuron_steps * (4.0 + (parameters.bias.column ? 4.0 : 0.0) + (own_noise ? 12.0 : 0.0));
        const bool in_update = all > 0.0 && buffers == 0;
        if (all > 0.0 && !in_update)
            bytes_of(Activity::reduce) += neuron_steps * (8.0 + 8.0 * static_cast<double>(buffers));
        bytes_of(Activity::update) +=
            neuron_steps * (20.0 + (parameters.a.column ? 8.0 : 0.0) + (in_update ? 8.0 : 0.0));
        bytes_of(Activity::scan) += neuron_steps / 8.0;
        profile.update_flops += neuron_steps * (flops_per_step(plan) + (in_update ? 2.0 : 0.0));
    }
    profile.synaptic_events = static_cast<std::uint64_t>(events + 0.5);
    // a sum read and written, and the synapse's share of stored words
    const double stored = all > 0.0 ? 4.0 * static_cast<double>(wiring.row_words()) / (all * share) : 0.0;
    bytes_of(Activity::deliver) = events * (8.0 + stored);
    profile.plastic_arrivals = plastic.arrivals;
    profile.potentiations = plastic.potentiations;
    bytes_of(Activity::arrive) = static_cast<double>(plastic.arrival_bytes);
    bytes_of(Activity::potentiate) = static_cast<double>(plastic.potentiation_bytes);
    bytes_of(Activity::record) = static_cast<double>(profile.spikes) * (4.0 + sizeof(Spike));
}

}  // namespace izhi::detail
