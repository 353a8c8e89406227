// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/base/float_environment.hpp"
#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/weight_scale.hpp"
#include "engine/simulation/forecast.hpp"
#include "engine/simulation/simulation_impl.hpp"
#include "izhi/executor.hpp"

namespace izhi {

using namespace detail;

void Simulation::Impl::scale_noise(const NoiseScale& intervention) {
    columns.scale_noise(plan, intervention.population.index, intervention.factor);
}

Simulation::Impl::Rewired Simulation::Impl::rewire(Plan next, const char* who) {
    together([&] {
        if (const std::uint64_t needed = wiring->bytes(); needed > available_memory())
            Check{who}.fail("", "needs " + bytes_text(needed) + " of memory to wire the network again",
                            "up to " + bytes_text(available_memory()));
    });
    Rewired rewired;
    rewired.plan = std::make_unique<Plan>(std::move(next));
    // A worker that is inside a run must not start tasks of another call: it could get one of its own run.
    const std::shared_ptr<Executor> alone = is_paced() ? serial_executor() : executor;
    together([&] { rewired.wiring = wire(*rewired.plan, *alone, {}); });
    if (!ranks.alone()) rewired.wiring->count_others(*ranks.exchange);
    together([&] { rewired.stepper = make_stepper(*rewired.plan, *rewired.wiring); });
    return rewired;
}

void Simulation::Impl::adopt(Rewired next) noexcept {
    stepper = std::move(next.stepper);
    wiring = std::move(next.wiring);
    scaled_plan = std::move(next.plan);
}

void Simulation::Impl::scale_weights_of(const WeightScale& intervention) {
    if (plan_now().projections[intervention.projection.index].weight_factor == intervention.factor) return;
    Plan next = plan_now();
    next.projections[intervention.projection.index].weight_factor = intervention.factor;
    next.live = true;
    scale_weights(next);
    Rewired rewired = rewire(std::move(next), "weight-scale");
    rewired.stepper->take_over(*stepper, recording.closed(), now);
    adopt(std::move(rewired));
}

void Simulation::Impl::transfer(Archive& a, CheckpointHead& head, Stepper& in_flight, const std::vector<int>& then) {
    head.transfer(a, plan);
    if (a.reading()) now = head.info.step;
    transfer_brief(a, head.info.step, in_flight, then);
    synapses.transfer_learnt(a, head.info.step);
}

void Simulation::Impl::transfer_brief(Archive& a, std::uint64_t step, Stepper& in_flight,
                                      const std::vector<int>& then) {
    recording.transfer(a);
    columns.transfer(a, plan);
    live.transfer(a, step);
    sources.transfer(a);
    in_flight.transfer(a, recording.closed(), step, then);
    synapses.transfer(a, plan);
}

std::vector<std::byte> Simulation::Impl::checkpoint(std::string note) {
    const FloatEnvironment usual;
    Archive a;
    a.among(ranks);
    CheckpointHead head(plan_now(), now, std::move(note));
    transfer(a, head, *stepper, {});
    return a.seal();
}

void Simulation::Impl::copy(Snapshot::Impl& into) {
    // Neurons are checked one by one only if something was found, because callers have little time.
    const auto leaves_range = [](const AlignedArray<float>& column) {
        constexpr std::uint32_t no_number = 0x7f800000U;  // the exponent of infinities and NaN
        std::uint32_t found = 0;
        for (const float& x : std::span(column.data(), column.size()))
            found |= (std::bit_cast<std::uint32_t>(x) & no_number) == no_number ? 1U : 0U;
        return found != 0;
    };
    if (leaves_range(columns.v) || leaves_range(columns.u)) check_finite();
    Archive brief(std::move(into.brief));
    transfer_brief(brief, now, *stepper, {});
    into.brief = brief.leave_unsealed();
    synapses.copy_learnt(into.learnt);
    into.head = CheckpointHead(plan_now(), now, {});
    into.of = this;
}

Plan Simulation::Impl::plan_for(const CheckpointHead& head, std::vector<int>& then) const {
    Plan next = plan_now();
    next.live = head.live;
    bool same = true;
    for (std::size_t p = 0; p < next.projections.size(); ++p) {
        next.projections[p].weight_factor = head.weight_factors[p];
        same = same && next.projections[p].largest_weight == head.largest_weights[p];
    }
    scale_weights(next);
    if (same && next.sum_exponents == head.sum_exponents) return next;
    next.live = true;
    scale_weights(next);
    then = head.sum_exponents;
    return next;
}

bool Simulation::Impl::has_weights_of(const Plan& other) const {
    bool same = plan_now().live == other.live;
    for (std::size_t p = 0; p < other.projections.size(); ++p)
        same = same && plan_now().projections[p].weight_factor == other.projections[p].weight_factor;
    return same;
}

void Simulation::Impl::restore(std::span<const std::byte> bytes, const std::string& name) {
    const FloatEnvironment usual;
    Archive a(bytes, name);
    a.among(ranks);
    CheckpointHead head(plan, 0, {});
    transfer(a, head, *stepper, {});
    a.finish();
    a.restart();
    head.transfer(a, plan);
    std::vector<int> then;
    Plan next = plan_for(head, then);
    std::optional<Rewired> rewired;
    if (!has_weights_of(next)) rewired = rewire(std::move(next), "checkpoint");
    a.restart();
    transfer(a, head, rewired ? *rewired->stepper : *stepper, then);
    a.finish();
    if (rewired) adopt(std::move(*rewired));
}

void Simulation::Impl::apply(const Intervention& intervention) {
    const FloatEnvironment usual;
    check_intervention(plan, intervention);
    if (!ranks.alone()) tell(Order::apply, 0, 0, bytes_of(intervention));
    apply_here(intervention);
    if (on_intervention) on_intervention(now, intervention);
}

void Simulation::Impl::apply_here(const Intervention& intervention) {
    live.prepare();
    std::visit(
        [this](const auto& change) {
            using Change = std::decay_t<decltype(change)>;
            if constexpr (std::is_same_v<Change, NoiseScale>) scale_noise(change);
            else if constexpr (std::is_same_v<Change, WeightScale>) scale_weights_of(change);
            else if constexpr (std::is_same_v<Change, Dopamine>) synapses.modulator.raise(change.amount);
            else if constexpr (std::is_same_v<Change, SynapseWeight>)
                synapses.plastic[change.synapse.projection.index]->set_weight(change.synapse,
                                                                              static_cast<float>(change.weight));
            else if constexpr (std::is_same_v<Change, CurrentPulse>) live.add(change, now);
            else if constexpr (std::is_same_v<Change, SourceRates>) sources.set(change);
            else if constexpr (requires { live.add(change); }) live.add(change);
            else live.set(change);
        },
        intervention);
}

}  // namespace izhi
