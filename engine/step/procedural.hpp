// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/network/rows.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// Projections that are not stored: their rows are drawn anew for every spike, by the very functions that wiring uses.
/// Even draws with one delay and a constant or uniform weight have kernels; the rest goes through RowDrawer.
class ProceduralRows {
public:
    /// Those of a route.
    ProceduralRows(const Plan& plan, const RoutePlan& route, const simd::Kernels& kernels);

    [[nodiscard]] bool empty() const noexcept { return projections_.empty(); }

    /// Where windows of strata end, in slots; empty without them, or if projections differ in them.
    [[nodiscard]] std::vector<std::uint32_t> window_ends() const {
        if (projections_.empty()) return {};
        for (const Projection& p : projections_)
            if (p.window_ends != projections_.front().window_ends) return {};
        return projections_.front().window_ends;
    }
    /// The longest delay of its projections [steps].
    [[nodiscard]] bool arrives_next_step() const;

    /// Memory that a worker needs to draw rows.
    class Scratch {
    public:
        explicit Scratch(const ProceduralRows& rows);

    private:
        friend class ProceduralRows;
        /// Spikes by class of source, of a projection with strata. Pages that are never reached are never touched.
        struct Sorted {
            std::unique_ptr<std::uint32_t[], FreeDeleter> sources{};
            std::vector<std::uint32_t> classes{}, next{};
        };
        std::vector<Sorted> sorted;  ///< by projection
        AlignedArray<std::uint32_t> k0, k1, k2, excluded;
        RowDrawer drawer;
        DrawnRow row;
    };

    /// Where spikes go: a ring of buffers over the slots of one part (or of all).
    struct Target {
        Range slots;
        std::int32_t* ring;
        std::size_t stride;
        std::uint32_t slot_mask;
        std::uint32_t slot;  ///< of the step in which the spikes fired
    };
    /// Pushes all procedural synapses of spikes (ascending neurons) whose targets lie in the target's slots.
    void deliver(std::span<const std::uint32_t> spikes, const Target& target, Scratch& scratch) const noexcept;

    /// Of projections that have windows, all: sorts the spikes of a step once, to push them window by window.
    void sort(std::span<const std::span<const std::uint32_t>> lists, Scratch& scratch) const noexcept;
    void deliver_sorted(const Target& target, Scratch& scratch) const noexcept;

private:
    struct Projection {
        std::size_t number = 0;
        void (*draw)(const simd::DrawArgs&) = nullptr;  ///< null: RowDrawer
        std::size_t spikes_together = 0;                ///< at most this many to a call of draw
        std::vector<simd::TargetSegment> segments;
        std::vector<simd::HashKey> keys;         ///< of strata
        Windows windows;                         ///< of strata
        std::vector<std::uint32_t> window_ends;  ///< slots of the network
        simd::DrawArgs args{};                   ///< what does not change from call to call
    };
    void sort(std::size_t projection, std::span<const std::span<const std::uint32_t>> lists,
              Scratch& scratch) const noexcept;
    [[nodiscard]] simd::DrawArgs args_of(const Projection& projection, const Target& target,
                                         Scratch& scratch) const noexcept;
    void draw_sorted(std::size_t projection, const Target& target, Scratch& scratch) const noexcept;
    void deliver_drawn(const Projection& projection, std::span<const std::uint32_t> spikes, const Target& target,
                       Scratch& scratch) const noexcept;
    void deliver_slowly(const Projection& projection, std::span<const std::uint32_t> spikes, const Target& target,
                        Scratch& scratch) const noexcept;

    const Plan& plan_;
    const simd::Kernels& kernels_;
    std::vector<Projection> projections_;
    std::size_t most_spikes_together_;
};

}  // namespace izhi::detail
