// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/analysis/measures.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace izhi::analysis {
namespace {

/// Whole bins of a window. Ten bins of 0.1 ms are 1 ms, whatever the last binary digit says.
std::size_t whole_bins(const Window& window, double bin_ms) {
    return static_cast<std::size_t>(std::floor((window.end_ms - window.begin_ms) / bin_ms + 1e-6));
}

/// Bin k holds the times (begin + k bin, begin + (k + 1) bin], and the first one also begin itself.
std::size_t bin_of(double time_ms, double begin_ms, double bin_ms) {
    return static_cast<std::size_t>(std::max(0.0, std::ceil((time_ms - begin_ms) / bin_ms - 1e-6) - 1.0));
}

void add_to(std::vector<std::uint64_t>& sum, const std::vector<std::uint64_t>& term) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += term[i];
}

double variance_of(const std::vector<std::uint64_t>& counts) {
    double mean = 0.0, squares = 0.0;
    for (const std::uint64_t count : counts) mean += static_cast<double>(count);
    mean /= static_cast<double>(counts.size());
    for (const std::uint64_t count : counts) {
        const double away = static_cast<double>(count) - mean;
        squares += away * away;
    }
    return squares / static_cast<double>(counts.size());
}

}  // namespace

Window window_of(double begin_ms, double end_ms, double dt_ms) {
    const auto steps = [dt_ms](double ms) { return dt_ms * std::max(1.0, std::round(ms / dt_ms)); };
    return {begin_ms, end_ms, steps(1.0), steps(5.0)};
}

std::string_view to_string(Regime regime) noexcept {
    switch (regime) {
        case Regime::silent: return "silent";
        case Regime::asynchronous: return "asynchronous";
        case Regime::synchronous: return "synchronous";
        case Regime::pathological: return "pathological";
        case Regime::unknown: break;
    }
    return "unknown";
}

Regime regime_of(const Measures& network, const std::vector<Measures>& populations) {
    const auto saturated = [](const Measures& m) { return m.rate_hz > kPathologicalHz; };
    if (saturated(network) || std::any_of(populations.begin(), populations.end(), saturated))
        return Regime::pathological;
    if (network.rate_hz < kSilentHz) return Regime::silent;
    if (network.neurons > 1 && network.volley_share.value_or(0.0) > kPathologicalShare) return Regime::pathological;
    // Values that could not be computed do not decide: a missing correlation is not a correlation of 0.
    if (!network.correlation) return Regime::unknown;
    return *network.correlation > kSynchronousCorrelation ? Regime::synchronous : Regime::asynchronous;
}

/// Over the neurons of a population.
struct Meter::Sums {
    double cv = 0.0;        // of neurons with intervals enough
    std::uint64_t cvs = 0;  // their number
    double variance = 0.0;  // of counts in synchrony bins
};

Meter::Meter(std::vector<Population> populations, const Window& window)
    : populations_(std::move(populations)), window_(window) {
    const std::size_t rate_bins = whole_bins(window, window.rate_bin_ms);
    const std::size_t synchrony_bins = whole_bins(window, window.synchrony_bin_ms);
    for (const Population& population : populations_) {
        neurons_.emplace_back(population.neurons);
        Counts& counts = counts_.emplace_back();
        counts.rate.resize(rate_bins);
        counts.synchrony.resize(synchrony_bins);
        counts.active.resize(synchrony_bins);
    }
}

std::uint64_t Meter::bytes(std::uint64_t neurons, std::size_t populations, const Window& window) {
    // Not in whole numbers, which a window of any length would overflow.
    const double length_ms = window.end_ms - window.begin_ms;
    const double bins = length_ms / window.rate_bin_ms + 2.0 * length_ms / window.synchrony_bin_ms;
    // At the end, once more for the network as a whole, and its rate as floating-point numbers.
    const double bytes = static_cast<double>(neurons) * sizeof(Neuron) +
                         (static_cast<double>(populations) + 2.0) * bins * sizeof(std::uint64_t);
    constexpr double most = 0x1p63;
    return static_cast<std::uint64_t>(std::min(bytes, most));
}

void Meter::add(std::size_t population, std::uint64_t index, double time_ms) {
    if (time_ms < window_.begin_ms || time_ms > window_.end_ms) return;
    Neuron& neuron = neurons_[population][index];
    Counts& counts = counts_[population];
    if (neuron.spikes > 0) {
        const double interval = time_ms - neuron.last_ms;
        const double away = interval - neuron.interval_mean;
        neuron.interval_mean += away / static_cast<double>(neuron.spikes);
        neuron.interval_squares += away * (interval - neuron.interval_mean);
    }
    neuron.last_ms = time_ms;
    ++neuron.spikes;
    ++counts.spikes;

    const std::size_t rate_bin = bin_of(time_ms, window_.begin_ms, window_.rate_bin_ms);
    if (rate_bin < counts.rate.size()) ++counts.rate[rate_bin];
    const std::size_t bin = bin_of(time_ms, window_.begin_ms, window_.synchrony_bin_ms);
    if (bin >= counts.synchrony.size()) return;
    ++counts.synchrony[bin];
    if (neuron.in_bin == 0 || neuron.bin != bin) {
        neuron.squares += static_cast<double>(neuron.in_bin * neuron.in_bin);
        neuron.bin = bin;
        neuron.in_bin = 0;
        ++counts.active[bin];
    }
    ++neuron.in_bin;
    ++neuron.binned;
}

Meter::Sums Meter::sums_of(std::size_t population) const {
    Sums sums;
    const auto bins = static_cast<double>(counts_[population].synchrony.size());
    for (const Neuron& neuron : neurons_[population]) {
        if (neuron.spikes > kLeastIntervals && neuron.interval_mean > 0.0) {
            const auto intervals = static_cast<double>(neuron.spikes - 1);
            sums.cv += std::sqrt(neuron.interval_squares / (intervals - 1.0)) / neuron.interval_mean;
            ++sums.cvs;
        }
        if (bins == 0.0) continue;
        const double squares = neuron.squares + static_cast<double>(neuron.in_bin * neuron.in_bin);
        const double mean = static_cast<double>(neuron.binned) / bins;
        sums.variance += squares / bins - mean * mean;
    }
    return sums;
}

std::vector<double> Meter::to_rate(const Counts& counts, std::uint64_t neurons) const {
    std::vector<double> rate(counts.rate.size());
    if (neurons == 0) return rate;
    const double neuron_s = static_cast<double>(neurons) * window_.rate_bin_ms / 1e3;
    for (std::size_t bin = 0; bin < rate.size(); ++bin) rate[bin] = static_cast<double>(counts.rate[bin]) / neuron_s;
    return rate;
}

Measures Meter::measures_of(std::string name, std::uint64_t neurons, const Sums& sums, const Counts& counts) const {
    const auto n = static_cast<double>(neurons);
    Measures m{.name = std::move(name), .neurons = neurons, .spikes = counts.spikes};
    if (neurons == 0) return m;
    m.rate_hz = static_cast<double>(counts.spikes) / (n * window_.seconds());
    m.isi_neurons = sums.cvs;
    if (sums.cvs > 0) m.isi_cv = sums.cv / static_cast<double>(sums.cvs);

    if (!counts.active.empty())
        m.largest_share = static_cast<double>(*std::max_element(counts.active.begin(), counts.active.end())) / n;
    if (counts.spikes > 0) {
        std::uint64_t volleys = 0;
        for (std::size_t bin = 0; bin < counts.active.size(); ++bin)
            if (2 * counts.active[bin] > neurons) volleys += counts.synchrony[bin];
        m.volley_share = static_cast<double>(volleys) / static_cast<double>(counts.spikes);
    }
    const double single = sums.variance / n;
    if (single > 0.0) {
        const double square = variance_of(counts.synchrony) / (n * n) / single;
        m.synchrony = std::sqrt(square);
        if (neurons > 1) m.correlation = (n * square - 1.0) / (n - 1.0);
    }

    if (counts.spikes == 0) return m;
    const Spectrum spectrum = spectrum_of(to_rate(counts, neurons), window_.rate_bin_ms);
    for (std::size_t band = 0; band < kBands.size(); ++band)
        m.band_powers[band] = band_power(spectrum, kBands[band].low_hz, kBands[band].high_hz);
    if (const auto peak = peak_of(spectrum)) {
        m.peak_hz = peak->frequency_hz;
        m.peak_ratio = peak->power / (2.0 * m.rate_hz / n);
    }
    return m;
}

Meter::Counts Meter::all_counts() const {
    Counts all = counts_.front();
    for (std::size_t p = 1; p < counts_.size(); ++p) {
        add_to(all.rate, counts_[p].rate);
        add_to(all.synchrony, counts_[p].synchrony);
        add_to(all.active, counts_[p].active);
        all.spikes += counts_[p].spikes;
    }
    return all;
}

NetworkMeasures Meter::measures() const {
    NetworkMeasures result;
    Sums all;
    std::uint64_t neurons = 0;
    for (std::size_t p = 0; p < populations_.size(); ++p) {
        const Sums sums = sums_of(p);
        result.populations.push_back(measures_of(populations_[p].name, populations_[p].neurons, sums, counts_[p]));
        all.cv += sums.cv;
        all.cvs += sums.cvs;
        all.variance += sums.variance;
        neurons += populations_[p].neurons;
    }
    result.network = measures_of("", neurons, all, all_counts());
    result.regime = regime_of(result.network, result.populations);
    return result;
}

std::vector<double> Meter::rate_hz(std::size_t population) const {
    return to_rate(counts_[population], populations_[population].neurons);
}

std::vector<double> Meter::network_rate_hz() const {
    std::uint64_t neurons = 0;
    for (const Population& population : populations_) neurons += population.neurons;
    return to_rate(all_counts(), neurons);
}

}  // namespace izhi::analysis
