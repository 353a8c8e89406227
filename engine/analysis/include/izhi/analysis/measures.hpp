// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/analysis/spectrum.hpp"
#include "izhi/export.hpp"

/// Measures of the spikes of a network. izhi analyze and izhi sweep both use them, so both give the same
/// figures. README.md of this folder has definitions, sources and units.
namespace izhi::analysis {

/// The part of a recording that is measured, and the resolution. Spikes in (begin, end] count, because the time of a
/// spike is the end of its step. A spike at `begin` itself counts too, because other simulators give the start of the
/// step.
struct Window {
    double begin_ms = 0.0, end_ms = 0.0;
    double rate_bin_ms = 1.0;       ///< bins of the population rate
    double synchrony_bin_ms = 5.0;  ///< bins of the counts that are compared between neurons

    [[nodiscard]] double seconds() const noexcept { return (end_ms - begin_ms) / 1e3; }
};

/// A window whose bins are the whole numbers of steps nearest to 1 ms and 5 ms, at least one. Bins of unequal numbers
/// of steps would show a rhythm that does not exist.
[[nodiscard]] IZHI_API Window window_of(double begin_ms, double end_ms, double dt_ms);

/// The behaviour of a network as a whole, by the rules below. Unknown: it is neither silent nor pathological, and the
/// correlation, which distinguishes the other regimes, is absent.
enum class Regime { silent, asynchronous, synchronous, pathological, unknown };
[[nodiscard]] IZHI_API std::string_view to_string(Regime regime) noexcept;

// The rules of regime_of(), stated in README.md.
inline constexpr double kSilentHz = 0.1;
inline constexpr double kPathologicalHz = 100.0;
inline constexpr double kPathologicalShare = 0.5;
inline constexpr double kSynchronousCorrelation = 0.03;
/// A neuron with fewer intervals than this has no meaningful coefficient of variation.
inline constexpr std::uint64_t kLeastIntervals = 5;

/// The measures of one population, or of all neurons together. A measure that cannot be computed (for neurons that
/// never fire twice, or a window that is too short) is empty and not 0.
struct Measures {
    std::string name{};  ///< name of the population
    std::uint64_t neurons = 0, spikes = 0;
    double rate_hz = 0.0;                   ///< spikes per neuron and second
    std::optional<double> isi_cv{};         ///< coefficient of variation of inter-spike intervals, mean over neurons
    std::uint64_t isi_neurons = 0;          ///< number of these neurons
    std::optional<double> synchrony{};      ///< chi, 0 to 1
    std::optional<double> correlation{};    ///< mean over pairs of neurons
    std::optional<double> largest_share{};  ///< largest share of the neurons that fire within the same 5 ms
    std::optional<double> volley_share{};   ///< share of spikes in bins of 5 ms in which over half of the neurons fire
    std::optional<double> peak_hz{};
    std::optional<double> peak_ratio{};  ///< its power over that of independent Poisson neurons of this rate
    std::array<std::optional<double>, kBands.size()> band_powers{};  ///< [Hz^2]
};

/// The regime of a network. @param populations the high rate of one population makes a network pathological, even if
/// the mean rate is low
[[nodiscard]] IZHI_API Regime regime_of(const Measures& network, const std::vector<Measures>& populations);

/// The results of a Meter.
struct NetworkMeasures {
    Measures network;  ///< those of all neurons; its name is empty
    std::vector<Measures> populations;
    Regime regime = Regime::silent;
};

/// Takes spikes one by one and keeps what the measures need: some sums per neuron and some counts per bin. Its memory
/// does not grow with the number of spikes. For one thread at a time; meters share nothing.
class IZHI_API Meter {
public:
    /// A population whose spikes are measured.
    struct Population {
        std::string name;
        std::uint64_t neurons = 0;
    };
    Meter(std::vector<Population> populations, const Window& window);

    /// Adds a spike of a neuron, numbered within its population. The times of a neuron must not decrease. Spikes
    /// outside the window are ignored.
    void add(std::size_t population, std::uint64_t neuron, double time_ms);

    [[nodiscard]] NetworkMeasures measures() const;
    /// The rate in bins of the window's rate_bin_ms: spikes per neuron and second [Hz].
    [[nodiscard]] std::vector<double> rate_hz(std::size_t population) const;
    [[nodiscard]] std::vector<double> network_rate_hz() const;
    [[nodiscard]] const Window& window() const noexcept { return window_; }

    /// The memory of a meter [bytes].
    [[nodiscard]] static std::uint64_t bytes(std::uint64_t neurons, std::size_t populations, const Window& window);

private:
    struct Neuron {
        double last_ms = 0.0;
        double interval_mean = 0.0, interval_squares = 0.0;  // Welford's sums
        double squares = 0.0;                                // of its counts in completed synchrony bins
        std::uint64_t spikes = 0, binned = 0;                // binned: spikes in whole synchrony bins
        std::uint64_t bin = 0;                               // the synchrony bin of its last spike
        std::uint64_t in_bin = 0;
    };
    struct Counts {
        std::vector<std::uint64_t> rate;       // spikes in each rate bin
        std::vector<std::uint64_t> synchrony;  // spikes in each synchrony bin
        std::vector<std::uint64_t> active;     // neurons that fired in it
        std::uint64_t spikes = 0;
    };
    struct IZHI_LOCAL Sums;
    [[nodiscard]] Sums sums_of(std::size_t population) const;
    [[nodiscard]] Measures measures_of(std::string name, std::uint64_t neurons, const Sums& sums,
                                       const Counts& counts) const;
    [[nodiscard]] std::vector<double> to_rate(const Counts& counts, std::uint64_t neurons) const;
    [[nodiscard]] Counts all_counts() const;

    std::vector<Population> populations_;
    Window window_;
    std::vector<std::vector<Neuron>> neurons_;  // [population][neuron]
    std::vector<Counts> counts_;                // [population]
};

}  // namespace izhi::analysis
