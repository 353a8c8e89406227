// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <span>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/exchange/collective.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/rows.hpp"
#include "izhi/executor.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// The wired projections of a route: for every part of the targets, one row per source neuron in the format of
/// simd::RowIndex. Targets in it are slots counted from the start of the part.
class Connectome {
public:
    /// Draws all rows in parallel, and keeps the synapses onto the parts.
    /// @param parts half-open slot ranges, each of which begins where the one before ends
    /// @param targets the neurons in them
    Connectome(const Plan& plan, const RoutePlan& route, const std::vector<Range>& parts, const Range& targets,
               Executor& executor, const simd::Kernels& kernels, const std::function<void(double)>& progress);

    [[nodiscard]] std::size_t part_count() const noexcept { return parts_.size(); }
    [[nodiscard]] simd::RowIndex rows(std::size_t part) const noexcept {
        return {parts_[part].chunks.data(), parts_[part].offsets.data()};
    }
    /// All synapses of the route, those of procedural projections included. Those that were gathered are counted only
    /// where they are kept, see gathered_from().
    [[nodiscard]] std::uint64_t synapse_count() const noexcept {
        return std::accumulate(synapses_from_.begin(), synapses_from_.end(), std::uint64_t{0});
    }
    /// Those whose sources are in a population.
    [[nodiscard]] std::uint64_t synapses_from(std::size_t population) const noexcept {
        return synapses_from_[population];
    }
    /// How many of those were gathered, see GatheredProjection; by population of the source.
    [[nodiscard]] const std::vector<std::uint64_t>& gathered_from() const noexcept { return gathered_from_; }
    /// There are more of them, onto parts of other ranks. @param more by population of the source
    void count_others(std::span<const std::uint64_t> more) noexcept {
        for (std::size_t p = 0; p < synapses_from_.size(); ++p) synapses_from_[p] += more[p];
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
    std::uint64_t row_words_ = 0, groups_ = 0;
    std::vector<std::uint64_t> synapses_from_, gathered_from_;  ///< by population
    Range kept_;                                                ///< slots of all parts
    bool keeps_all_ = true;                                     ///< whether these are all slots
    std::uint32_t channel_ = 0;
    bool wide_ = false, near_ = false;
};

/// All projections of a network but the plastic ones: the routes of the plan, in order.
class Wiring {
public:
    /// See Connectome::Connectome().
    Wiring(const Plan& plan, const std::vector<Range>& parts, const Range& targets, Executor& executor,
           const simd::Kernels& kernels, const std::function<void(double)>& progress);
    /// The synapses that other ranks have gathered are counted, too.
    void count_others(Exchange& exchange);

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
