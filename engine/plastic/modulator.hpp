// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/state/archive.hpp"

namespace izhi::detail {

/// The level of dopamine, and the rewards that raise it. In each step it decays, then counts for the weights, then what is
/// due is added.
class Modulator {
public:
    explicit Modulator(const Plan& plan);

    /// A coincidence reward needs the neurons on both sides of its synapse.
    void watch(std::size_t reward, std::uint32_t source, std::uint32_t target);

    [[nodiscard]] double level() const noexcept { return level_; }
    void raise(double amount) noexcept { level_ += amount; }

    /// Before step `step`.
    void decay() noexcept;
    /// Step `step` is over.
    /// @param fired(neuron) whether it fired at its end
    template <class Fired>
    void close_step(std::uint64_t step, const Fired& fired) noexcept {
        for (Reward& reward : rewards_) {
            if (reward.coincidence) observe(reward, step + 1, fired(reward.source), fired(reward.target));
            pay(reward, step + 1);
        }
    }

    /// @param now steps done
    void transfer(Archive& a, std::uint64_t now);

private:
    struct Reward {
        double amount = 0.0;
        bool coincidence = false;
        std::uint32_t number = 0, source = 0, target = 0;
        std::uint64_t window = 0, shortest = 0, longest = 0;  ///< steps
        std::uint64_t last_source = 0;                        ///< time of its last spike [steps]; 0: none
        std::vector<std::uint64_t> due;  ///< [steps]; times in order, or in any order of coincidences
        std::size_t paid = 0;            ///< of times
    };
    void observe(Reward& reward, std::uint64_t time, bool source_fired, bool target_fired) noexcept;
    void pay(Reward& reward, std::uint64_t time) noexcept;

    std::uint64_t seed_;
    double level_ = 0.0, decay_;
    std::vector<Reward> rewards_;
};

}  // namespace izhi::detail
