// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/rows.hpp"
#include "izhi/executor.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// The wired projections of a route: for every part of the targets, one row per source neuron in the format of
/// simd::RowIndex. Targets in it are slots counted from the start of the part.
class Connectome {
public:
    /// Draws all rows in parallel. @param parts half-open slot ranges that cover all slots in order
    Connectome(const Plan& plan, const RoutePlan& route, const std::vector<Range>& parts, Executor& executor,
               const simd::Kernels& kernels, const std::function<void(double)>& progress);

    [[nodiscard]] std::size_t part_count() const noexcept { return parts_.size(); }
    [[nodiscard]] simd::RowIndex rows(std::size_t part) const noexcept {
        return {parts_[part].chunks.data(), parts_[part].offsets.data()};
    }
    /// All synapses of the route, those of procedural projections included.
    [[nodiscard]] std::uint64_t synapse_count() const noexcept { return synapses_; }
    /// Those whose sources are in a population.
    [[nodiscard]] std::uint64_t synapses_from(std::size_t population) const noexcept {
        return synapses_from_[population];
    }
    [[nodiscard]] std::uint64_t row_words() const noexcept { return row_words_; }  ///< words of stored rows
    [[nodiscard]] std::uint64_t bytes() const noexcept;
    /// Runs of synapses of one row, delay and part.
    [[nodiscard]] std::uint64_t groups() const noexcept { return groups_; }
    /// Whether packed groups hold targets rather than distances.
    [[nodiscard]] bool near() const noexcept { return near_; }

    struct StoredSynapse {
        std::uint32_t slot, delay;
        std::int32_t weight;    ///< quanta
        std::uint32_t channel;  ///< of the plan
    };
    /// Appends the synapses of a source, decoded, part by part.
    void decode(std::uint32_t source, std::vector<StoredSynapse>& into) const;

private:
    using Words = std::unique_ptr<std::uint32_t[], FreeDeleter>;
    /// Memory for rows in large pieces, handed out chunk by chunk in whatever order workers finish them.
    struct Arena {
        std::vector<Words> slabs;
        std::size_t slab_words = 0, used_words = 0, total_words = 0;
        std::uint32_t* take(std::size_t words, std::size_t next_slab_words);
    };
    struct Part {
        Range slots;
        std::vector<const std::uint32_t*> chunks;
        AlignedArray<std::uint32_t> offsets;
        Arena arena;
    };
    class RowWriter;

    void wire_chunk(const Plan& plan, std::uint32_t chunk, RowWriter& writer);

    std::vector<std::size_t> projections_;  ///< those with neurons on both sides
    std::vector<Part> parts_;
    std::vector<GatheredProjection> gathered_;  ///< by projection; only while wiring
    std::mutex mutex_;                          ///< guards arenas while wiring
    std::uint64_t expected_words_ = 0;
    std::uint64_t synapses_ = 0, row_words_ = 0, groups_ = 0;
    std::vector<std::uint64_t> synapses_from_;
    std::uint32_t channel_ = 0;
    bool wide_ = false, near_ = false;
};

/// All projections of a network but the plastic ones: the routes of the plan, in order.
class Wiring {
public:
    Wiring(const Plan& plan, const std::vector<Range>& parts, Executor& executor, const simd::Kernels& kernels,
           const std::function<void(double)>& progress);

    [[nodiscard]] const Connectome& route(std::size_t index) const noexcept { return routes_[index]; }
    [[nodiscard]] std::uint64_t synapse_count() const noexcept;
    [[nodiscard]] std::uint64_t synapses_from(std::size_t population) const noexcept;
    [[nodiscard]] std::uint64_t row_words() const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept;
    /// Appends the stored synapses of a source.
    void decode(std::uint32_t source, std::vector<Connectome::StoredSynapse>& into) const;

private:
    std::deque<Connectome> routes_;  ///< a connectome has a mutex and stays where it is
};

}  // namespace izhi::detail
