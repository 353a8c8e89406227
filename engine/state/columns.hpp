// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "engine/network/plan.hpp"
#include "engine/state/archive.hpp"
#include "engine/state/memory.hpp"

namespace izhi::detail {

/// Which parameters of a population differ from neuron to neuron, or are wanted as columns all the same.
struct ColumnNeeds {
    bool ab = false;  ///< together or not at all, which halves the number of kernels
    bool c = false, d = false, bias = false;
};
[[nodiscard]] ColumnNeeds column_needs(const PopulationSpec& spec, Numerics numerics) noexcept;
/// Columns of all neurons, those of v and u included, that a network takes.
[[nodiscard]] std::size_t column_count(const NetworkDescription& description) noexcept;

/// What noise kernels multiply their draws with.
[[nodiscard]] float noise_scale(NoiseLaw law, double stddev) noexcept;

/// State and parameters of all neurons, one column each, indexed by slot. A parameter that is the same for a whole
/// population is kept as a number; its column exists only if some other population needs one.
class Columns {
public:
    explicit Columns(const Plan& plan);

    /// A parameter of one population: a column from the population's first slot on, or one value.
    struct Parameter {
        const float* column = nullptr;  ///< indexed by slot of the network
        float value = 0.0f;
        [[nodiscard]] float at(std::uint32_t slot) const noexcept { return column ? column[slot] : value; }
    };
    struct PopulationParameters {
        Parameter a, b, c, d, bias;
        double noise_factor = 1.0;  ///< on the described noise_stddev
        float noise_scale = 0.0f;
        Model model{};
    };

    void scale_noise(const Plan& plan, std::size_t population, double factor) noexcept;
    void transfer(Archive& a, const Plan& plan);

    AlignedArray<float> v, u;
    std::vector<PopulationParameters> populations;

private:
    AlignedArray<float> a_, b_, c_, d_, bias_;
};

}  // namespace izhi::detail
