// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/random.hpp"
#include "engine/state/archive.hpp"

namespace izhi::detail {

/// Which parameters of populations that share blocks differ between neurons, or are needed as columns anyway.
struct ColumnNeeds {
    bool ab = false;  ///< both or neither, which halves the number of kernels
    bool c = false, d = false, bias = false;
    bool noise = false;  ///< may differ: it can be scaled while running
};
/// @param sharing see PopulationPlan
[[nodiscard]] ColumnNeeds column_needs(const Plan& plan, Range sharing) noexcept;
/// The number of columns of all neurons that a network needs, including those of v and u.
[[nodiscard]] std::size_t column_count(const Plan& plan) noexcept;

/// The factor with which noise kernels multiply their draws.
[[nodiscard]] float noise_scale(NoiseLaw law, double stddev) noexcept;

/// A value of one neuron, drawn by the seed.
[[nodiscard]] double draw_of_neuron(const Plan& plan, const Law& law, Stream stream, std::uint32_t neuron);

/// The same, or what the population gives for each neuron. @param i within the population
[[nodiscard]] double value_of_neuron(const Plan& plan, std::size_t population, std::string_view parameter,
                                     const Law& law, Stream stream, std::uint32_t i);

/// State and parameters of all neurons, one column each, indexed by slot. A parameter with the same value for a whole
/// population, and for those that share blocks with it, is stored as a number; its column exists only if some other
/// population needs it.
class Columns {
public:
    /// @param own the slots that are used; nothing is stored for the others
    Columns(const Plan& plan, const Range& own);

    /// A parameter of one population: a column, for all populations that share blocks or for none of them, or one
    /// value.
    struct Parameter {
        const float* column = nullptr;  ///< indexed by slots of the network
        float value = 0.0f;
        [[nodiscard]] float at(std::uint32_t slot) const noexcept { return column ? column[slot] : value; }
    };
    struct PopulationParameters {
        Parameter a, b, c, d, bias;
        Parameter noise;            ///< factor on draws; of populations that share blocks, the first has the column
        double noise_factor = 1.0;  ///< factor on the noise_stddev of the network
        Model model{};
        simd::LeakArgs leak{};  ///< of integrate-and-fire neurons
        float v_min = -std::numeric_limits<float>::infinity();
    };

    void scale_noise(const Plan& plan, std::size_t population, double factor) noexcept;
    void transfer(Archive& a, const Plan& plan);

    AlignedArray<float> v, u;
    std::vector<PopulationParameters> populations;

private:
    /// scale_noise() of a population whose neurons differ.
    void spread_noise(const Plan& plan, std::size_t population, double factor) noexcept;

    /// A population's neurons with slots of our own, padding included, numbered within it.
    [[nodiscard]] Range own_of(const PopulationPlan& population) const noexcept;

    Range own_;
    AlignedArray<float> a_, b_, c_, d_, bias_, noise_;
};

}  // namespace izhi::detail
