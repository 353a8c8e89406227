// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "izhi/export.hpp"

/// Spectra of population rates. README.md of this folder has definitions, sources and units.
namespace izhi::analysis {

/// A band of the electroencephalogram: the frequencies [low, high).
struct Band {
    std::string_view name;
    double low_hz = 0.0, high_hz = 0.0;
};
inline constexpr std::array<Band, 5> kBands{
    {{"delta", 1.0, 4.0}, {"theta", 4.0, 8.0}, {"alpha", 8.0, 13.0}, {"beta", 13.0, 30.0}, {"gamma", 30.0, 80.0}}};

/// The length of a segment, the input of one Fourier transform; it gives frequencies in steps of 1 Hz.
inline constexpr double kSegmentMs = 1000.0;
/// The range in which the peak is searched. A segment does not resolve lower frequencies, and a rate in bins of 1 ms
/// does not show higher ones well.
inline constexpr double kPeakLowHz = 1.0, kPeakHighHz = 250.0;

/// One-sided power spectral density.
struct Spectrum {
    double resolution_hz = 0.0;  ///< power[k] is at k * resolution_hz
    std::vector<double> power;   ///< [Hz^2/Hz]; its integral over frequency is the variance of the rate
    [[nodiscard]] bool empty() const noexcept { return power.empty(); }
};

/// The spectrum by Welch's method: the mean over segments that overlap by half; from each, its mean is subtracted, and
/// a Hann window is applied. A rate that is shorter than a segment is one segment; with fewer than eight bins there is
/// no spectrum.
[[nodiscard]] IZHI_API Spectrum spectrum_of(std::span<const double> rate_hz, double bin_ms);

/// The power in [low, high): the variance that these frequencies add to the rate [Hz^2]. Empty if no frequency of the
/// spectrum lies there.
[[nodiscard]] IZHI_API std::optional<double> band_power(const Spectrum& spectrum, double low_hz, double high_hz);

/// The frequency of the largest power in [kPeakLowHz, kPeakHighHz). Empty if there is no power.
struct Peak {
    double frequency_hz = 0.0;
    double power = 0.0;  ///< [Hz^2/Hz]
};
[[nodiscard]] IZHI_API std::optional<Peak> peak_of(const Spectrum& spectrum);

/// Spectra of successive segments, as in spectrum_of().
struct Spectrogram {
    double resolution_hz = 0.0;
    double first_ms = 0.0, step_ms = 0.0;     ///< middle of the first segment, and time from one segment to the next
    std::vector<std::vector<double>> powers;  ///< [segment][frequency]
};
/// The spectra of about `columns` segments, at least of as many as there are without overlap.
[[nodiscard]] IZHI_API Spectrogram spectrogram_of(std::span<const double> rate_hz, double bin_ms, std::size_t columns);

}  // namespace izhi::analysis
