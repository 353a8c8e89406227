// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network/plan.hpp"
#include "izhi/executor.hpp"

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

/// Synapses that are drawn by target or listed, gathered by source so that rows can be read off them.
struct GatheredProjection {
    std::vector<std::uint64_t> offsets;  ///< [sources + 1]
    std::vector<DrawnSynapse> synapses;
};

/// Whether a projection's rows cannot be drawn alone and must be gathered first.
[[nodiscard]] bool needs_gathering(const Plan& plan, std::size_t projection);
[[nodiscard]] GatheredProjection gather(const Plan& plan, std::size_t projection, Executor& executor);

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

/// Strata of many targets are cut again, into windows that stay in a cache with all that is added to them. Which window of
/// its stratum synapse number j goes to hangs on the class of its source: sources are dealt to classes evenly, `count`
/// classes are a group, and the classes of a group go to one window each, from where a draw by (j, group) begins. So
/// whoever works on a window after the other knows from the classes alone whose synapses fall into it.
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

/// Draws rows; one per thread, since it keeps scratch memory.
class RowDrawer {
public:
    explicit RowDrawer(const Plan& plan) : plan_(plan) {}
    /// Appends the synapses that `source` (a neuron number within the projection's sources) has in a projection whose
    /// rows can be drawn alone.
    void draw_row(std::size_t projection, std::uint32_t source, std::vector<DrawnSynapse>& row);
    /// Appends the synapses onto `target` of a projection drawn by target; .target of each holds the source.
    void draw_column(std::size_t projection, std::uint32_t target, std::vector<DrawnSynapse>& column);

    /// Makes room, so that drawing rows of up to `longest` synapses over as many partners allocates nothing.
    void reserve(std::size_t longest) {
        partners_.reserve(longest);
        seen_.reserve((longest + 63) / 64);
    }

private:
    /// Fills partners_ with repeated draws of the targets of each stratum but `excluded`, and their synapse numbers.
    void draw_strata(std::uint32_t source, const FixedOutdegree& rule, std::uint32_t targets, std::uint32_t excluded);
    /// Fills partners_ with `count` draws of [0, range) but `excluded` (if within), and their synapse numbers.
    void draw_partners(const simd::HashKey& key, std::uint32_t range, std::uint32_t count, std::uint32_t excluded,
                       bool repeated);

    struct Partner {
        std::uint32_t index, number;
        std::uint32_t left = 0;  ///< of strata: what the word of the index left for the weight
    };
    const Plan& plan_;
    std::vector<Partner> partners_;
    std::vector<std::uint64_t> seen_;
    std::vector<simd::HashKey> keys_;  ///< of the projection with strata that was drawn last
    Windows windows_;
    std::size_t keys_projection_ = ~std::size_t{0};
};

}  // namespace izhi::detail
