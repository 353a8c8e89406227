// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/state/archive.hpp"

namespace izhi::detail {

/// The dopamine level, and the rewards that raise it. In each step the level decays, then acts on the weights, then
/// rewards that are due are added.
class Modulator {
public:
    explicit Modulator(const Plan& plan);

    /// Sets the neurons on both sides of the synapse of a coincidence reward.
    void watch(std::size_t reward, std::uint32_t source, std::uint32_t target);

    [[nodiscard]] double level() const noexcept { return level_; }
    void raise(double amount) noexcept { level_ += amount; }

    /// Called before step `step`.
    void decay() noexcept;
    /// Called after step `step`.
    /// @param fired(neuron) whether the neuron fired at the end of the step
    template <class Fired>
    void close_step(std::uint64_t step, const Fired& fired) noexcept {
        for (Reward& reward : rewards_) {
            if (reward.coincidence) observe(reward, step + 1, fired(reward.source), fired(reward.target));
            pay(reward, step + 1);
        }
    }

    /// @param now number of steps done
    void transfer(Archive& a, std::uint64_t now);

private:
    struct Reward {
        double amount = 0.0;
        bool coincidence = false;
        std::uint32_t number = 0, source = 0, target = 0;
        std::uint64_t window = 0, shortest = 0, longest = 0;  ///< steps
        std::uint64_t last_source = 0;                        ///< time of the source's last spike [steps]; 0: none
        std::vector<std::uint64_t> due;  ///< [steps]; in order for given times, in any order for coincidences
        std::size_t paid = 0;            ///< number of given times that have been paid
    };
    void observe(Reward& reward, std::uint64_t time, bool source_fired, bool target_fired) noexcept;
    void pay(Reward& reward, std::uint64_t time) noexcept;

    std::uint64_t seed_;
    double level_ = 0.0, decay_;
    std::vector<Reward> rewards_;
};

}  // namespace izhi::detail
