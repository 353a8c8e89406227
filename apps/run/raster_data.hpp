// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "izhi/simulation.hpp"

namespace izhi::apps {

/// Collects the data of a raster picture, in bounded memory for any length of the run and size of the network:
///
/// - dots: at first every spike. When there are too many, only those of every 2nd, 4th, 8th... neuron of each
///   population are kept, so that an even sample of neurons remains, each with all of its spikes;
/// - counts: spikes per population in bins of 1 ms (one step if that is longer). When there are too many bins,
///   neighbours are merged. Counts include all spikes, also those without a dot.
class RasterData {
public:
    struct Dot {
        std::uint64_t step = 0;
        std::uint32_t neuron = 0;
    };

    /// @param most_dots, most_bins the bounds, at least 2
    RasterData(const Network& network, std::size_t most_dots, std::size_t most_bins = 32768);

    /// The spikes of one step, sorted by neuron.
    void add(std::span<const Spike> spikes);

    [[nodiscard]] const Network& network() const noexcept { return network_; }
    /// The dots, in the order of steps, then neurons.
    [[nodiscard]] const std::vector<Dot>& dots() const noexcept { return dots_; }
    /// The dots are those of the neurons first, first + stride, first + 2 stride... of each population.
    [[nodiscard]] std::uint64_t neuron_stride() const noexcept { return neuron_stride_; }
    /// One spike in this many is kept. Above 1 only if single neurons fire more than most_dots times.
    [[nodiscard]] std::uint64_t spike_stride() const noexcept { return spike_stride_; }
    [[nodiscard]] double dt_ms() const noexcept { return network_.dt_ms(); }
    [[nodiscard]] std::uint64_t bin_steps() const noexcept { return bin_steps_; }

    /// Mean rate [Hz] of a population's neurons in each bin of the first `steps` steps.
    [[nodiscard]] std::vector<double> rates_hz(std::size_t population, std::uint64_t steps) const;

private:
    void sample_dots();
    void merge_bins();

    Network network_;
    std::vector<Dot> dots_;
    std::vector<std::vector<std::uint64_t>> counts_;  // [population][bin]
    std::size_t most_dots_, most_bins_;
    std::uint32_t largest_ = 0;
    std::uint64_t neuron_stride_ = 1;
    std::uint64_t spike_stride_ = 1, sampled_ = 0;
    std::uint64_t bin_steps_ = 1;
};

/// Values convolved with a Gaussian of standard deviation `sigma` [bins]. Near the ends, weights outside the range
/// are distributed over those inside, so a constant stays constant.
[[nodiscard]] std::vector<double> smoothed(std::span<const double> values, double sigma);

}  // namespace izhi::apps
