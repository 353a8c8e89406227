// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/state/columns.hpp"
#include "engine/step/layout.hpp"

namespace izhi::detail {

/// Looks at every neuron in one step of kEvery: for a state that left single precision, and for what numerics cannot follow.
class Lookout {
public:
    /// What was seen, by population and in neuron-steps.
    struct Sightings {
        std::uint64_t looked = 0;
        std::uint64_t low = 0;        ///< v below kLowestUsual
        std::uint64_t inhibited = 0;  ///< spikes under an input below kStrongInhibition, but for `accurate`
        std::uint64_t repeated = 0;   ///< spikes in two steps on end, of `accurate`
        void add(const Sightings& more) noexcept {
            looked += more.looked;
            low += more.low;
            inhibited += more.inhibited;
            repeated += more.repeated;
        }
    };
    static constexpr std::uint32_t kEvery = 64;
    static constexpr float kLowestUsual = -120.0f;       ///< [mV]
    static constexpr float kStrongInhibition = -100.0f;  ///< [mV/ms]

    Lookout(const Plan& plan, const Columns& columns, std::size_t parts);

    [[nodiscard]] static bool looks_at(std::uint64_t step) noexcept { return step % kEvery == kEvery - 1; }
    /// Looks at a block after the update of such a step; spikes are still to be reset, unless the kernel does it.
    void look(const Block& block, std::size_t part, const float* current, const std::uint64_t* fired) noexcept;
    /// After the update of every step: the spikes before one that is looked at are remembered, where they count.
    void remember(const Block& block, std::uint64_t step, const std::uint64_t* fired) noexcept {
        if (accurate_ && step % kEvery == kEvery - 2)
            std::copy_n(fired, block.slots / 64, fired_before_.data() + block.first_slot / 64);
    }

    /// Whether the state of a neuron left single precision in a step that is done. What it does from there on is nonsense.
    [[nodiscard]] bool left_range() const noexcept { return left_range_.load(std::memory_order_relaxed); }
    void found_out_of_range() noexcept { left_range_.store(true, std::memory_order_relaxed); }
    /// Another state was put in place.
    void begin_anew() noexcept { left_range_.store(false, std::memory_order_relaxed); }

    [[nodiscard]] std::vector<Sightings> sightings() const;
    void take_over(const Lookout& other) { sightings_ = other.sightings_; }

private:
    const Plan& plan_;
    const Columns& columns_;
    bool accurate_;
    std::atomic<bool> left_range_{false};
    std::vector<std::vector<Sightings>> sightings_;  ///< [part][population]
    AlignedArray<std::uint64_t> fired_before_;  ///< [slots / 64] of the step before one that is looked at; `accurate`
};

}  // namespace izhi::detail
