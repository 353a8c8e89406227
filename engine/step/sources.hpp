// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
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

    /// Reads the spikes of the next steps, of sources that are read while the network runs. Before these steps, called by
    /// one thread. @return false if they cannot be read; the network must not run on then
    [[nodiscard]] bool prepare(std::uint64_t first_step, std::uint32_t steps) noexcept;
    /// Whether prepare() reads anything.
    [[nodiscard]] bool reads() const noexcept { return !feeds_.empty(); }
    /// @throws RunError if the last prepare() failed
    void check() const;

    /// Writes the bitmap of those neurons of a block that fire in a step. For the worker that has the block.
    void fire(std::uint32_t index, const Block& block, std::uint64_t step, std::uint64_t* fired) noexcept;

    /// What has been checked. Between steps.
    void set(const SourceRates& intervention);
    /// Rates that were set while the network ran.
    void transfer(Archive& a);

private:
    static constexpr std::size_t kNoFeed = ~std::size_t{0};
    struct Population {
        const PoissonSource* poisson = nullptr;  ///< null: given spikes, or no sources
        std::size_t feed = kNoFeed;              ///< of spikes that are read while the network runs
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
    /// Spikes that are read while the network runs.
    struct Feed {
        std::size_t population = 0;
        std::unique_ptr<SpikeReader> reader;
        std::vector<SpikeTrains::Event> events;      ///< read and not yet over
        std::vector<SpikeTrains::Event> piece;       ///< read last
        std::size_t next = 0;                        ///< the first spike that is not before the prepared steps
        std::uint64_t first_step = 0, end_step = 0;  ///< the prepared steps
        /// Which neurons fire: [steps of a phase][words], and the words that are not 0.
        std::vector<std::uint64_t> fired;
        std::vector<std::size_t> used;
        std::size_t words = 0;
    };
    void make_feed(std::size_t population);
    void prepare(Feed& feed, std::uint64_t first_step, std::uint32_t steps);
    void fire_feed(const Feed& feed, const Block& block, std::uint64_t step, std::uint64_t* fired) const noexcept;

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
    std::vector<Feed> feeds_;
    std::string fault_;  ///< why the last prepare() failed
};

}  // namespace izhi::detail
