// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "controls.hpp"

#include <type_traits>

namespace izhi::apps::serve {
namespace {

constexpr const char* kBuilding = "the network is being built";
constexpr const char* kFailedRun = "the run failed; restart it";
constexpr const char* kTooMany = "too many of these at once";

using Clock = std::chrono::steady_clock;

}  // namespace

Controls::Controls(LiveRun& run) : run_(run) { begin(); }

void Controls::begin() {
    const NetworkDescription& network = run_.network().description();
    shown_ = passed_ = {std::vector<double>(network.populations.size(), 1.0),
                        std::vector<double>(network.projections.size(), 1.0)};
    // Viewers keep the neurons that they watch, so the new run must record these.
    for (std::size_t slot = 0; slot < watched_.size(); ++slot)
        if (watched_[slot].viewers > 0) (void)run_.watch(slot, watched_[slot].neuron);
}

std::string Controls::act(const ControlMessage& message) {
    const auto now = Clock::now();
    const auto answer = [&](bool done) {
        if (done) return "";
        return run_.status().fault.empty() ? kBuilding : kFailedRun;
    };
    return std::visit(
        [&](const auto& what) -> std::string {
            using What = std::decay_t<decltype(what)>;
            if constexpr (std::is_same_v<What, ScaleNoise>) {
                shown_.noise[what.population.index] = what.scale;
            } else if constexpr (std::is_same_v<What, ScaleWeights>) {
                shown_.weights[what.projection.index] = what.scale;
            } else if constexpr (std::is_same_v<What, Pulse>) {
                if (!pulses_.allow(now)) return kTooMany;
                return answer(run_.pulse(what.target, what.amplitude, what.duration_ms));
            } else if constexpr (std::is_same_v<What, Pause>) {
                return answer(run_.pause());
            } else if constexpr (std::is_same_v<What, Resume>) {
                return answer(run_.resume());
            } else if constexpr (std::is_same_v<What, StepOnce>) {
                return answer(run_.step(what.count));
            } else if constexpr (std::is_same_v<What, SetSpeed>) {
                return answer(run_.set_speed(what.times));
            } else if constexpr (std::is_same_v<What, Restart>) {
                if (!restarts_.allow(now)) return kTooMany;
                return answer(run_.restart(what.seed));
            }
            return "";
        },
        message);
}

void Controls::pass_on(Clock::time_point now) {
    for (std::uint32_t population = 0; population < shown_.noise.size(); ++population)
        if (shown_.noise[population] != passed_.noise[population] &&
            run_.scale_noise({population}, shown_.noise[population]))
            passed_.noise[population] = shown_.noise[population];
    // New weights take as long as wiring the network did. Projections have turns, so that a slider in constant motion does not
    // hold up the others.
    for (std::size_t tried = 0; tried < shown_.weights.size(); ++tried) {
        const std::size_t projection = (next_projection_ + tried) % shown_.weights.size();
        if (shown_.weights[projection] == passed_.weights[projection]) continue;
        if (!rewirings_.allow(now)) return;
        if (run_.scale_weights(ProjectionId(projection), shown_.weights[projection]))
            passed_.weights[projection] = shown_.weights[projection];
        next_projection_ = projection + 1;
        return;
    }
}

std::optional<std::size_t> Controls::watch(std::uint32_t neuron) {
    std::optional<std::size_t> chosen;
    for (std::size_t slot = 0; slot < watched_.size(); ++slot) {
        if (watched_[slot].viewers > 0 && watched_[slot].neuron == neuron) {
            ++watched_[slot].viewers;
            return slot;
        }
        if (!chosen && watched_[slot].viewers == 0) chosen = slot;
    }
    if (!chosen) return std::nullopt;
    watched_[*chosen] = {neuron, 1};
    (void)run_.watch(*chosen, neuron);
    return chosen;
}

void Controls::unwatch(std::size_t slot) {
    if (watched_[slot].viewers == 0 || --watched_[slot].viewers > 0) return;
    (void)run_.watch(slot, std::nullopt);
}

}  // namespace izhi::apps::serve
