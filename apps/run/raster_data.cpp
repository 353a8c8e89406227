// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "raster_data.hpp"

#include <algorithm>
#include <cmath>

namespace izhi::apps {

RasterData::RasterData(const Network& network, std::size_t most_dots, std::size_t most_bins)
    : network_(network), counts_(network.population_count()), most_dots_(most_dots), most_bins_(most_bins) {
    for (const PopulationSpec& spec : network_.description().populations) largest_ = std::max(largest_, spec.size);
    bin_steps_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(1.0 / dt_ms())));
}

void RasterData::add(std::span<const Spike> spikes) {
    if (spikes.empty()) return;
    // Steps count from 1: a spike of step s lies in the time ((s - 1) dt, s dt].
    const std::uint64_t before = spikes.front().step > 0 ? spikes.front().step - 1 : 0;
    while (before / bin_steps_ >= most_bins_) merge_bins();
    const auto bin = static_cast<std::size_t>(before / bin_steps_);

    by_population(network_, spikes, [&](PopulationId population, std::span<const Spike> own) {
        std::vector<std::uint64_t>& counts = counts_[population.index];
        if (counts.size() <= bin) counts.resize(bin + 1);
        counts[bin] += own.size();
        const std::uint32_t first = network_.first_neuron(population);
        for (const Spike& spike : own) {
            if ((spike.neuron - first) % neuron_stride_ != 0) continue;
            if (sampled_++ % spike_stride_ == 0) dots_.push_back({spike.step, spike.neuron});
        }
    });
    while (dots_.size() > most_dots_) sample_dots();
}

void RasterData::sample_dots() {
    if (neuron_stride_ < largest_) {
        neuron_stride_ *= 2;
        std::erase_if(dots_, [&](const Dot& dot) {
            const std::uint32_t first = network_.first_neuron(network_.population_of(dot.neuron));
            return (dot.neuron - first) % neuron_stride_ != 0;
        });
        return;
    }
    // One neuron of each population remains, and even these have too many spikes.
    spike_stride_ *= 2;
    sampled_ = 0;
    std::size_t index = 0;
    std::erase_if(dots_, [&](const Dot&) { return index++ % 2 != 0; });
}

void RasterData::merge_bins() {
    bin_steps_ *= 2;
    for (auto& counts : counts_) {
        for (std::size_t bin = 0; bin < counts.size(); ++bin) {
            const std::uint64_t count = counts[bin];
            counts[bin] = 0;
            counts[bin / 2] += count;
        }
        counts.resize((counts.size() + 1) / 2);
    }
}

std::vector<double> RasterData::rates_hz(std::size_t population, std::uint64_t steps) const {
    const std::uint32_t neurons = network_.description().populations[population].size;
    const auto& counts = counts_[population];  // empty for a population without neurons, whose rate is 0
    std::vector<double> rates(static_cast<std::size_t>((steps + bin_steps_ - 1) / bin_steps_), 0.0);
    for (std::size_t bin = 0; bin < std::min(rates.size(), counts.size()); ++bin) {
        const std::uint64_t begin = bin * bin_steps_;
        const auto width_s = static_cast<double>(std::min(bin_steps_, steps - begin)) * dt_ms() / 1e3;
        rates[bin] = static_cast<double>(counts[bin]) / neurons / width_s;
    }
    return rates;
}

std::vector<double> smoothed(std::span<const double> values, double sigma) {
    std::vector<double> result(values.begin(), values.end());
    if (!(sigma > 0.0) || values.empty()) return result;
    const auto reach = static_cast<std::ptrdiff_t>(std::ceil(4.0 * sigma));
    std::vector<double> kernel;
    for (std::ptrdiff_t k = -reach; k <= reach; ++k) {
        const double z = static_cast<double>(k) / sigma;
        kernel.push_back(std::exp(-0.5 * z * z));
    }
    const auto count = static_cast<std::ptrdiff_t>(values.size());
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        double sum = 0.0, weight = 0.0;
        for (std::ptrdiff_t k = std::max(-reach, -i); k <= std::min(reach, count - 1 - i); ++k) {
            const double w = kernel[static_cast<std::size_t>(k + reach)];
            sum += w * values[static_cast<std::size_t>(i + k)];
            weight += w;
        }
        result[static_cast<std::size_t>(i)] = sum / weight;
    }
    return result;
}

}  // namespace izhi::apps
