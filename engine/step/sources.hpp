// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network/law.hpp"
#include "engine/network/plan.hpp"
#include "engine/state/archive.hpp"
#include "engine/step/layout.hpp"
#include "izhi/live.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// Which spike sources fire. Poisson trains are a pure function of (seed, neuron, step) and of the rate; given trains are
/// looked up. Rates that are set while the network runs replace those that were described, neuron by neuron.
class Sources {
public:
    Sources(const Plan& plan, const std::vector<Block>& blocks, const simd::Kernels& kernels);

    /// Writes the bitmap of those neurons of a block that fire in a step. For the worker that has the block.
    void fire(std::uint32_t index, const Block& block, std::uint64_t step, std::uint64_t* fired) noexcept;

    /// What has been checked. Between steps.
    void set(const SourceRates& intervention);
    /// Rates that were set while the network ran.
    void transfer(Archive& a);

private:
    struct Population {
        const PoissonSource* poisson = nullptr;  ///< null: given trains, or no sources
        std::uint32_t threshold = 0;             ///< a neuron fires where its word is below it; of all neurons
        std::vector<std::uint32_t> thresholds;   ///< by neuron; empty: `threshold`
        std::vector<float> live_rates;           ///< [Hz] by neuron; negative: as described. Empty: none was set
    };
    /// Given spikes of one block, in order of step, then neuron.
    struct Trains {
        std::vector<std::uint32_t> steps;
        std::vector<std::uint16_t> lanes;
        std::size_t next = 0;  ///< the first that had not fired by the last requested step
    };
    [[nodiscard]] std::uint32_t threshold_of(double rate_hz) const noexcept;
    void make_rates(std::size_t population);
    /// Of the rate that was set while the network ran, or of the one that was described. Not for rates over time.
    [[nodiscard]] std::uint32_t live_threshold(std::size_t population, const Law& law, std::uint32_t neuron) const;
    void make_trains(std::size_t population);
    void fire_poisson(const Population& population, const Block& block, std::uint64_t step,
                      std::uint64_t* fired) const noexcept;
    static void fire_trains(Trains& trains, std::uint64_t step, std::uint64_t* fired) noexcept;
    [[nodiscard]] std::uint32_t first_block_of(const PopulationPlan& population) const noexcept;

    const Plan& plan_;
    const std::vector<Block>& blocks_;
    const simd::Kernels& kernels_;
    std::vector<Population> populations_;
    std::vector<Trains> trains_;  ///< by block; empty where there are none in the network
};

}  // namespace izhi::detail
