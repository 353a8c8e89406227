// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/analysis/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

#include <kissfft/kissfft.hh>

namespace izhi::analysis {
namespace {

constexpr std::size_t kLeastBins = 8;

/// The periodogram of one segment, with everything that its length determines.
class Periodogram {
public:
    Periodogram(std::size_t bins, double bin_ms) : transform_(bins, false), window_(bins), in_(bins), out_(bins) {
        double squares = 0.0;
        for (std::size_t i = 0; i < bins; ++i) {
            window_[i] =
                0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(bins));
            squares += window_[i] * window_[i];
        }
        const double bins_per_s = 1e3 / bin_ms;
        scale_ = 1.0 / (bins_per_s * squares);
        resolution_hz_ = bins_per_s / static_cast<double>(bins);
    }

    [[nodiscard]] std::size_t bins() const noexcept { return window_.size(); }
    [[nodiscard]] double resolution_hz() const noexcept { return resolution_hz_; }

    /// Adds the power densities of a segment to `sum`, which has bins() / 2 + 1 of them.
    void add(std::span<const double> segment, std::vector<double>& sum) {
        const double mean = std::accumulate(segment.begin(), segment.end(), 0.0) / static_cast<double>(segment.size());
        for (std::size_t i = 0; i < segment.size(); ++i) in_[i] = window_[i] * (segment[i] - mean);
        transform_.transform(in_.data(), out_.data());
        for (std::size_t k = 0; k < sum.size(); ++k) {
            // Negative frequencies count with the positive ones; those of 0 and of the last even bin have no twin.
            const double sides = k == 0 || 2 * k == segment.size() ? 1.0 : 2.0;
            sum[k] += sides * scale_ * std::norm(out_[k]);
        }
    }

private:
    kissfft<double> transform_;
    std::vector<double> window_;
    std::vector<std::complex<double>> in_, out_;
    double scale_ = 0.0, resolution_hz_ = 0.0;
};

std::size_t segment_bins(std::size_t bins, double bin_ms) {
    return std::min(bins, static_cast<std::size_t>(std::max(1.0, std::round(kSegmentMs / bin_ms))));
}

}  // namespace

Spectrum spectrum_of(std::span<const double> rate_hz, double bin_ms) {
    const std::size_t bins = segment_bins(rate_hz.size(), bin_ms);
    if (bins < kLeastBins) return {};
    Periodogram periodogram(bins, bin_ms);
    Spectrum spectrum{periodogram.resolution_hz(), std::vector<double>(bins / 2 + 1, 0.0)};
    std::size_t segments = 0;
    for (std::size_t begin = 0; begin + bins <= rate_hz.size(); begin += bins / 2, ++segments)
        periodogram.add(rate_hz.subspan(begin, bins), spectrum.power);
    for (double& power : spectrum.power) power /= static_cast<double>(segments);
    return spectrum;
}

std::optional<double> band_power(const Spectrum& spectrum, double low_hz, double high_hz) {
    std::optional<double> power;
    for (std::size_t k = 0; k < spectrum.power.size(); ++k) {
        const double frequency = static_cast<double>(k) * spectrum.resolution_hz;
        // Rounding of k * resolution must not move a bin over a border.
        if (frequency < low_hz * (1.0 - 1e-9) || frequency >= high_hz * (1.0 - 1e-9)) continue;
        power = power.value_or(0.0) + spectrum.power[k] * spectrum.resolution_hz;
    }
    return power;
}

std::optional<Peak> peak_of(const Spectrum& spectrum) {
    std::optional<Peak> peak;
    for (std::size_t k = 1; k < spectrum.power.size(); ++k) {
        const double frequency = static_cast<double>(k) * spectrum.resolution_hz;
        if (frequency < kPeakLowHz * (1.0 - 1e-9) || frequency >= kPeakHighHz) continue;
        // Of equal ones, but for rounding, the first: a regular train has a comb of them.
        if (spectrum.power[k] > (peak ? peak->power * (1.0 + 1e-9) : 0.0)) peak = Peak{frequency, spectrum.power[k]};
    }
    return peak;
}

Spectrogram spectrogram_of(std::span<const double> rate_hz, double bin_ms, std::size_t columns) {
    const std::size_t bins = segment_bins(rate_hz.size(), bin_ms);
    if (bins < kLeastBins || columns == 0) return {};
    Periodogram periodogram(bins, bin_ms);
    const std::size_t hop = std::clamp<std::size_t>((rate_hz.size() - bins) / columns, 1, bins);
    Spectrogram result{
        periodogram.resolution_hz(), 0.5 * static_cast<double>(bins) * bin_ms, static_cast<double>(hop) * bin_ms, {}};
    for (std::size_t begin = 0; begin + bins <= rate_hz.size(); begin += hop) {
        std::vector<double>& power = result.powers.emplace_back(bins / 2 + 1, 0.0);
        periodogram.add(rate_hz.subspan(begin, bins), power);
    }
    return result;
}

}  // namespace izhi::analysis
