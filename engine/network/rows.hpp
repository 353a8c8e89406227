// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/network/random.hpp"
#include "izhi/executor.hpp"
#include "simd/kernels.hpp"

/// Drawing synapses. The row of a source in a projection is a pure function of (seed, projection, source), so rows are
/// drawn in parallel, in any order, and again whenever they are wanted.
///
/// The words behind synapse number j of a row (or column) are keyed_hash(4 j + lane): lane 0 picks the partner, 1 the
/// weight, 2 the delay, 3 refines lane 0 or the clipped normals where 32 bits would be too coarse.
namespace izhi::detail {

struct DrawnSynapse {
    std::uint32_t target = 0;  ///< neuron number
    std::uint32_t delay = 1;   ///< steps
    std::int32_t weight = 0;   ///< quanta
};

/// Drawn synapses, a column for each of what they have. Columns keep their memory, and have room for kPad values beyond
/// the last: kernels write whole vectors.
class DrawnRow {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void clear() noexcept { size_ = 0; }
    /// So many synapses in all will allocate nothing.
    void reserve(std::size_t synapses) {
        const std::size_t wanted = synapses + simd::kPad;
        if (wanted <= targets_.size()) return;
        const std::size_t room = std::max(wanted, 2 * targets_.size());
        targets_.resize(room);
        delays_.resize(room);
        weights_.resize(room);
    }
    /// Adds synapses whose values are written by the caller. @return the number of the first
    std::size_t add(std::size_t synapses) {
        reserve(size_ + synapses);
        return std::exchange(size_, size_ + synapses);
    }
    void add(const DrawnSynapse& synapse) {
        const std::size_t i = add(1);
        targets_[i] = synapse.target;
        delays_[i] = synapse.delay;
        weights_[i] = synapse.weight;
    }
    /// Drops synapses, from number `first` on, whose targets are out of range.
    void keep(std::size_t first, const Range& range) noexcept {
        std::size_t kept = first;
        for (std::size_t i = first; i < size_; ++i) {
            targets_[kept] = targets_[i];
            delays_[kept] = delays_[i];
            weights_[kept] = weights_[i];
            kept += range.contains(targets_[kept]) ? 1 : 0;
        }
        size_ = kept;
    }
    [[nodiscard]] DrawnSynapse operator[](std::size_t i) const { return {targets_[i], delays_[i], weights_[i]}; }
    // [size() + kPad], until synapses are added
    [[nodiscard]] std::uint32_t* targets() noexcept { return targets_.data(); }
    [[nodiscard]] std::uint32_t* delays() noexcept { return delays_.data(); }
    [[nodiscard]] std::int32_t* weights() noexcept { return weights_.data(); }
    [[nodiscard]] const std::uint32_t* targets() const noexcept { return targets_.data(); }
    [[nodiscard]] const std::uint32_t* delays() const noexcept { return delays_.data(); }
    [[nodiscard]] const std::int32_t* weights() const noexcept { return weights_.data(); }

private:
    std::size_t size_ = 0;
    std::vector<std::uint32_t> targets_, delays_;
    std::vector<std::int32_t> weights_;
};

/// Synapses that are drawn by target or by pair, or listed, gathered by source so that rows can be read off them.
struct GatheredProjection {
    std::vector<std::uint64_t> offsets;  ///< [sources + 1]
    std::vector<DrawnSynapse> synapses;
};

/// Whether a projection's rows cannot be drawn alone and must be gathered first.
[[nodiscard]] bool needs_gathering(const Plan& plan, std::size_t projection);
/// @param wanted the neurons whose synapses are gathered; those onto other targets are left out
[[nodiscard]] GatheredProjection gather(const Plan& plan, std::size_t projection, const Range& wanted,
                                        Executor& executor, const simd::Kernels& kernels);

/// A stratum of a fixed out-degree: synapses of these numbers go to targets of these indices.
struct Stratum {
    Range numbers, targets;
};
/// @param stratum in [0, rule.strata)
/// @param targets of the projection
[[nodiscard]] inline Stratum stratum_of(const FixedOutdegree& rule, std::uint32_t targets, std::uint32_t stratum) {
    const auto number = [&](std::uint32_t z) {
        return static_cast<std::uint32_t>(std::uint64_t{rule.count} * z / rule.strata);
    };
    // Cut where the numbers are, so that shares that differ by one draw from ranges that differ alike.
    const auto target = [&](std::uint32_t z) {
        return static_cast<std::uint32_t>(std::uint64_t{targets} * number(z) / rule.count);
    };
    return {{number(stratum), number(stratum + 1)}, {target(stratum), target(stratum + 1)}};
}

/// Strata of many targets are cut again, into windows that fit into a cache with everything that is added to them. The
/// window of its stratum to which synapse number j goes depends on the class of its source. Sources are divided evenly
/// into classes, `count` classes are a group, and the classes of a group go to one window each, beginning at a draw by
/// (j, group). So the classes alone determine which sources have synapses in a window, and windows can be processed one
/// after another.
struct Windows {
    std::uint32_t count = 1;  ///< to a stratum
    std::uint32_t groups = 1;
    std::vector<std::uint16_t> turns{};  ///< [synapses of a row][groups]

    [[nodiscard]] std::uint32_t classes() const { return count * groups; }
    /// Neighbours are far apart: multiples of the golden ratio.
    [[nodiscard]] std::uint32_t class_of(std::uint32_t source) const {
        return static_cast<std::uint32_t>((std::uint64_t{source * 0x9E3779B9u} * classes()) >> 32);
    }
    /// Of synapse number j of a source.
    [[nodiscard]] std::uint32_t window_of(std::uint32_t source_class, std::uint32_t j) const {
        return (source_class % count + turns[std::size_t{j} * groups + source_class / count]) % count;
    }
};
[[nodiscard]] inline Range window_of(const Range& stratum, std::uint32_t windows, std::uint32_t window) {
    const auto cut = [&](std::uint32_t w) {
        return stratum.begin + static_cast<std::uint32_t>(std::uint64_t{stratum.size()} * w / windows);
    };
    return {cut(window), cut(window + 1)};
}
[[nodiscard]] Windows windows_of(const FixedOutdegree& rule, std::uint32_t sources, std::uint32_t targets,
                                 const std::vector<simd::HashKey>& keys);

/// The key of each synapse number of a projection with strata; it is hashed with the source.
[[nodiscard]] std::vector<simd::HashKey> strata_keys(std::uint64_t seed, std::size_t projection, std::uint32_t count);

/// Draws rows; one per thread, since it keeps scratch memory. All kernels draw the same.
class RowDrawer {
public:
    RowDrawer(const Plan& plan, const simd::Kernels& kernels) : plan_(plan), kernels_(kernels) {}
    /// Appends the synapses that `source` (a neuron number within the projection's sources) has in a projection whose
    /// rows can be drawn alone.
    void draw_row(std::size_t projection, std::uint32_t source, DrawnRow& row);
    /// Appends the synapses onto `target` of a projection drawn by target; .target of each holds the source.
    void draw_column(std::size_t projection, std::uint32_t target, DrawnRow& column);

    /// Makes room, so that drawing rows of up to `longest` synapses over as many partners allocates nothing.
    void reserve(std::size_t longest) {
        numbers_.reserve(longest);
        left_.reserve(longest);
        seen_.reserve((longest + 63) / 64);
    }

private:
    /// Numbers of synapses: ascending ones of a list, or consecutive ones.
    struct Numbers {
        const std::uint32_t* list;  ///< [count], or null
        std::uint32_t first;        ///< where list is null
        std::size_t count;
    };
    enum class Lane : std::uint32_t { partner = 0, weight = 1, delay = 2, fine = 3 };
    static std::uint32_t word(const simd::HashKey& key, std::uint32_t number, Lane lane) {
        return simd::keyed_hash(4 * number + static_cast<std::uint32_t>(lane), key);
    }
    /// A draw of (0, 1) that is not the one by which a partner is picked.
    static double other_unit(const simd::HashKey& key, std::uint32_t number) {
        const auto flipped = [&](Lane lane) {  // leaves the range of rows
            return simd::keyed_hash((4 * number + static_cast<std::uint32_t>(lane)) ^ 0x80000000u, key);
        };
        return unit_interval(flipped(Lane::partner), flipped(Lane::fine));
    }
    static std::int64_t draw_integer(const IntegerLaw& law, const simd::HashKey& key, std::uint32_t number, Lane lane);
    /// A column of draws. `into` has room for kPad more.
    void draw_values(const IntegerLaw& law, const simd::HashKey& key, const Numbers& numbers, Lane lane,
                     std::uint32_t* into) const;
    /// Delays and weights of the last synapses of a row, whose targets are there.
    void draw_delays(const ProjectionPlan& plan, const simd::HashKey& key, const Numbers& numbers, DrawnRow& row) const;
    void draw_weights(const ProjectionPlan& plan, const simd::HashKey& key, const Numbers& numbers,
                      DrawnRow& row) const;

    /// A row that is being drawn.
    struct Drawing {
        std::size_t projection;
        std::uint32_t source;
        simd::HashKey key;
        Range targets;       ///< that the source may have
        std::uint32_t self;  ///< which of these it may not have, if within
        DrawnRow& row;
    };
    // Adds the targets of a source by the rule. @returns the numbers of its synapses
    Numbers draw_targets(const AllToAll& rule, const Drawing& drawing);
    Numbers draw_targets(const OneToOne& rule, const Drawing& drawing);
    Numbers draw_targets(const FixedProbability& rule, const Drawing& drawing);
    Numbers draw_targets(const FixedOutdegree& rule, const Drawing& drawing);
    Numbers draw_targets(const FixedTotal& rule, const Drawing& drawing);
    Numbers draw_targets(const PairwisePoisson& rule, const Drawing& drawing);
    Numbers draw_targets(const DistanceProbability& rule, const Drawing& drawing);
    /// So many targets, drawn evenly and again.
    Numbers draw_repeated(const Drawing& drawing, std::uint32_t count);
    /// Rules that are not drawn by source: they are gathered.
    template <class Gathered>
    Numbers draw_targets(const Gathered&, const Drawing&) {
        return {nullptr, 0, 0};
    }

    /// Adds `count` draws of [0, range) but `excluded` (if within); targets are counted from `first`.
    Numbers draw_partners(const simd::HashKey& key, std::uint32_t range, std::uint32_t count, std::uint32_t excluded,
                          bool repeated, std::uint32_t first, DrawnRow& row);
    /// Adds repeated draws of the targets of each stratum but `excluded`, and sets left_.
    void draw_strata(std::uint32_t source, const FixedOutdegree& rule, const Range& targets, std::uint32_t excluded,
                     DrawnRow& row);
    /// The numbers in numbers_, which are a list only if some are left out.
    [[nodiscard]] Numbers listed() const;

    const Plan& plan_;
    const simd::Kernels& kernels_;
    std::vector<std::uint32_t> numbers_;
    std::vector<std::uint32_t> left_;  ///< of strata: what the word of the target left for the weight
    std::vector<std::uint64_t> seen_;
    std::vector<simd::HashKey> keys_;  ///< of the projection with strata that was drawn last
    Windows windows_;
    std::size_t keys_projection_ = ~std::size_t{0};
};

}  // namespace izhi::detail
