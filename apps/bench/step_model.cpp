// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "step_model.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace izhi::apps {

StepCosts costs_of(const Profile& profile, double step_ns, std::uint64_t blocks, double steps_per_phase,
                   double barrier_ns) {
    const auto seconds = [&](Activity a) { return profile.seconds_of(a); };
    const double neuron_s =
        seconds(Activity::noise) + seconds(Activity::reduce) + seconds(Activity::update) + seconds(Activity::scan);
    // Events at plastic synapses count like other events here.
    const double event_s = seconds(Activity::deliver) + seconds(Activity::arrive) + seconds(Activity::potentiate);
    const auto events = static_cast<double>(profile.synaptic_events + profile.plastic_arrivals + profile.potentiations);
    const auto steps = static_cast<double>(profile.steps);
    const double whole_s =
        std::max(profile.wall_s, neuron_s + event_s);  // times are sampled, so their sum may be larger
    const double ns = whole_s > 0.0 ? step_ns / whole_s : 0.0;
    StepCosts costs;
    costs.neurons = steps > 0.0 ? static_cast<double>(profile.neuron_steps) / steps : 0.0;
    costs.events = steps > 0.0 ? events / steps : 0.0;
    if (costs.neurons > 0.0) costs.neuron_ns = ns * neuron_s / costs.neurons;
    // Delivery without events is the search for spikes, which belongs to the rest.
    if (costs.events > 0.0) costs.event_ns = ns * event_s / costs.events;
    costs.rest_ns = step_ns - costs.work_ns();
    costs.blocks = std::max<std::uint64_t>(blocks, 1);
    costs.steps_per_phase = std::max(steps_per_phase, 1.0);
    costs.barrier_ns = barrier_ns;
    return costs;
}

double barrier_ns(const StepCosts& costs, int threads, BarrierShape shape) {
    const auto others = static_cast<unsigned>(std::max(threads, 1) - 1);
    return costs.barrier_ns * (shape == BarrierShape::tree ? std::bit_width(others) : static_cast<double>(others));
}

double longest_share(std::uint64_t blocks, int threads) {
    const auto workers = static_cast<std::uint64_t>(std::max(threads, 1));
    return static_cast<double>((blocks + workers - 1) / workers) / static_cast<double>(blocks);
}

double step_ns(const StepCosts& costs, int threads, BarrierShape shape) {
    if (threads <= 1) return costs.work_ns() + costs.rest_ns;
    const double shared = costs.work_ns() * longest_share(costs.blocks, threads) + costs.rest_ns / threads +
                          barrier_ns(costs, threads, shape) / costs.steps_per_phase;
    return std::max(shared, costs.rest_ns);
}

double efficiency(const StepCosts& costs, int threads) {
    return step_ns(costs, 1) / (std::max(threads, 1) * step_ns(costs, threads));
}

double barrier_share(const StepCosts& costs, int threads, BarrierShape shape) {
    return barrier_ns(costs, threads, shape) / costs.steps_per_phase / step_ns(costs, threads, shape);
}

std::optional<int> threads_of_barrier(const StepCosts& costs, double share, BarrierShape shape) {
    for (int threads = 2; threads <= kMostModelThreads; ++threads)
        if (barrier_share(costs, threads, shape) > share) return threads;
    return std::nullopt;
}

std::span<const std::string_view> model_assumptions() noexcept {
    static constexpr std::array<std::string_view, 6> assumptions{
        "every thread has its own core, which runs as fast as the measured one when all of them work",
        "each core has its own first- and second-level caches, and gets as much from memory as the measured one",
        "neurons are distributed in whole blocks of up to 512; all neurons fire at the same rate",
        "a synaptic event costs no more if a row is cut into one piece for each worker",
        "waiting workers do the recording, one at a time",
        "the barrier is a tree of pairs, each of which costs as much as the barrier of two threads"};
    return assumptions;
}

}  // namespace izhi::apps
