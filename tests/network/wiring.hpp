// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "tests/step/scenes.hpp"

/// Wiring a projection and judging what was drawn. All draws are fixed by seeds, so that a test either always passes or
/// never; bounds are five standard errors, which a right law exceeds for one seed in two million.
namespace izhi::test {

inline constexpr double kSigmas = 5.0;

using Synapses = std::vector<std::vector<Simulation::Synapse>>;  ///< by source

/// Synapses of one projection from a population "s" onto another, "t". Targets are counted within "t".
inline Synapses wire(std::uint32_t sources, std::uint32_t targets, ProjectionSpec spec, std::uint64_t seed = 1,
                     double dt_ms = 1.0) {
    NetworkBuilder net{{.seed = seed, .dt_ms = dt_ms}};
    const auto s = net.add_population({.name = "s", .size = sources});
    const auto t = net.add_population({.name = "t", .size = targets});
    net.connect(s, t, std::move(spec));
    const Simulation simulation(net.build(), {.threads = 1, .executor = serial_executor()});
    Synapses rows = all_synapses(simulation);
    rows.resize(sources);
    for (auto& row : rows)
        for (auto& synapse : row) synapse.target -= sources;
    return rows;
}

/// Synapses of one projection from a population onto itself.
inline Synapses wire_onto_itself(std::uint32_t neurons, ProjectionSpec spec, std::uint64_t seed = 1) {
    NetworkBuilder net{{.seed = seed}};
    const auto p = net.add_population({.name = "p", .size = neurons});
    net.connect(p, p, std::move(spec));
    return all_synapses(Simulation(net.build(), {.threads = 1, .executor = serial_executor()}));
}

inline std::uint64_t count(const Synapses& rows) {
    std::uint64_t n = 0;
    for (const auto& row : rows) n += row.size();
    return n;
}

inline std::vector<std::uint32_t> indegrees(const Synapses& rows, std::uint32_t targets) {
    std::vector<std::uint32_t> degrees(targets);
    for (const auto& row : rows)
        for (const auto& synapse : row) ++degrees.at(synapse.target);
    return degrees;
}

inline std::uint64_t autapses(const Synapses& rows) {
    std::uint64_t n = 0;
    for (std::uint32_t s = 0; s < rows.size(); ++s)
        for (const auto& synapse : rows[s]) n += synapse.target == s ? 1 : 0;
    return n;
}

/// Synapses that a pair has beyond its first.
inline std::uint64_t multapses(const Synapses& rows) {
    std::uint64_t n = 0;
    for (const auto& row : rows) {
        std::map<std::uint32_t, std::uint32_t> seen;
        for (const auto& synapse : row) n += seen[synapse.target]++ > 0 ? 1 : 0;
    }
    return n;
}

/// By how many standard errors the mean of values misses an expected mean, given the law's standard deviation.
template <class Values>
double mean_error(const Values& values, double mean, double stddev) {
    double sum = 0.0;
    for (const auto value : values) sum += static_cast<double>(value);
    const double n = static_cast<double>(values.size());
    return (sum / n - mean) / (stddev / std::sqrt(n));
}

/// The same of the variance about a known mean. @param kurtosis the law's fourth moment over its squared variance
template <class Values>
double variance_error(const Values& values, double mean, double variance, double kurtosis) {
    double sum = 0.0;
    for (const auto value : values) sum += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
    const double n = static_cast<double>(values.size());
    return (sum / n - variance) / (variance * std::sqrt((kurtosis - 1.0) / n));
}

/// By how many standard deviations the chi-square of counts against equal (or given) expectations misses its law
/// (Wilson and Hilferty's cube root). Large: too uneven; very negative: too even.
template <class Counts>
double chi_square_error(const Counts& counts, const std::vector<double>& expected) {
    double chi_square = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double d = static_cast<double>(counts[i]) - expected[i];
        chi_square += d * d / expected[i];
    }
    const double k = static_cast<double>(expected.size()) - 1.0;
    return (std::cbrt(chi_square / k) - (1.0 - 2.0 / (9.0 * k))) / std::sqrt(2.0 / (9.0 * k));
}
template <class Counts>
double chi_square_error(const Counts& counts) {
    double total = 0.0;
    for (const auto c : counts) total += static_cast<double>(c);
    return chi_square_error(counts, std::vector<double>(counts.size(), total / static_cast<double>(counts.size())));
}

/// Correlation of pairs in standard errors.
inline double correlation_error(const std::vector<std::pair<double, double>>& pairs) {
    const double n = static_cast<double>(pairs.size());
    double mx = 0.0, my = 0.0;
    for (const auto& [x, y] : pairs) {
        mx += x / n;
        my += y / n;
    }
    double xx = 0.0, yy = 0.0, xy = 0.0;
    for (const auto& [x, y] : pairs) {
        xx += (x - mx) * (x - mx);
        yy += (y - my) * (y - my);
        xy += (x - mx) * (y - my);
    }
    return xy / std::sqrt(xx * yy) * std::sqrt(n);
}

}  // namespace izhi::test
