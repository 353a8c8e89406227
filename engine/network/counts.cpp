// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/counts.hpp"

#include <algorithm>
#include <cmath>

#include "engine/network/law.hpp"

namespace izhi::detail {
namespace {

/// From this mean on rejection costs less than going through the numbers from 0.
constexpr double kFewExpected = 10.0;

/// log k! minus Stirling's formula for it.
double stirling_rest(double k) noexcept {
    static constexpr double small[] = {0.0810614667953272,  0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
                                       0.0166446911898211,  0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
                                       0.00925546218271273, 0.00833056343336287};
    if (k <= 9.0) return small[static_cast<int>(k)];
    const double x = k + 1.0, square = x * x;
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / x;
}

std::uint64_t few_successes(std::uint64_t trials, double p, double unit) noexcept {
    const double n = static_cast<double>(trials), odds = p / (1.0 - p);
    double mass = portable_exp(n * portable_log1m(p)), k = 0.0;
    constexpr double most = 200.0;  // rounding leaves nothing to find beyond
    while (unit > mass && k < std::min(n, most)) {
        unit -= mass;
        k += 1.0;
        mass *= (n - k + 1.0) / k * odds;
    }
    return static_cast<std::uint64_t>(k);
}

}  // namespace

Units::Pair Units::next() noexcept {
    const auto words = draw_words(seed_, stream_, what_, index_ | std::uint64_t{tries_++} << 40);
    return {unit_interval(words[0], words[1]), unit_interval(words[2], words[3])};
}

std::uint64_t draw_binomial(std::uint64_t trials, double p, Units units) noexcept {
    if (trials == 0 || p <= 0.0) return 0;
    if (p >= 1.0) return trials;
    if (p > 0.5) return trials - draw_binomial(trials, 1.0 - p, units);
    const double n = static_cast<double>(trials);
    if (n * p < kFewExpected) return few_successes(trials, p, units.next().first);
    const double odds = p / (1.0 - p), stddev = std::sqrt(n * p * (1.0 - p));
    const double b = 1.15 + 2.53 * stddev, a = -0.0873 + 0.0248 * b + 0.01 * p, centre = n * p + 0.5;
    const double sure = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * stddev, mode = std::floor((n + 1.0) * p);
    for (;;) {
        const auto [first, second] = units.next();
        const double u = first - 0.5, side = 0.5 - std::abs(u);
        const double k = std::floor((2.0 * a / side + b) * u + centre);
        if (side >= 0.07 && second <= sure) return static_cast<std::uint64_t>(k);
        if (k < 0.0 || k > n) continue;
        const double height = portable_log(second * alpha / (a / (side * side) + b));
        const double bound = (mode + 0.5) * portable_log((mode + 1.0) / (odds * (n - mode + 1.0))) +
                             (n + 1.0) * portable_log((n - mode + 1.0) / (n - k + 1.0)) +
                             (k + 0.5) * portable_log(odds * (n - k + 1.0) / (k + 1.0)) + stirling_rest(mode) +
                             stirling_rest(n - mode) - stirling_rest(k) - stirling_rest(n - k);
        if (height <= bound) return static_cast<std::uint64_t>(k);
    }
}

std::uint64_t draw_poisson(double mean, Units units) noexcept {
    if (!(mean > 0.0)) return 0;
    if (mean < kFewExpected) {
        double unit = units.next().first, mass = portable_exp(-mean), k = 0.0;
        constexpr double most = 200.0;
        while (unit > mass && k < most) {
            unit -= mass;
            k += 1.0;
            mass *= mean / k;
        }
        return static_cast<std::uint64_t>(k);
    }
    const double root = std::sqrt(mean), log_mean = portable_log(mean);
    const double b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    const double log_alpha = portable_log(1.1239 + 1.1328 / (b - 3.4)), sure = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        const auto [first, second] = units.next();
        const double u = first - 0.5, side = 0.5 - std::abs(u);
        const double k = std::floor((2.0 * a / side + b) * u + mean + 0.43);
        if (side >= 0.07 && second <= sure) return static_cast<std::uint64_t>(k);
        if (k < 0.0 || (side < 0.013 && second > side)) continue;
        const double height = portable_log(second) + log_alpha - portable_log(a / (side * side) + b);
        if (height <= k * log_mean - mean - log_gamma(k + 1.0)) return static_cast<std::uint64_t>(k);
    }
}

std::vector<std::uint32_t> row_lengths(std::uint64_t total, std::uint64_t seed, std::size_t projection,
                                       const Range& sources, const Range& targets, bool autapses) {
    // What a source may be paired with is all targets, but itself where it is one of them.
    const auto pairs = [&](const Range& of) {
        const std::uint32_t begin = std::max(of.begin, targets.begin), end = std::min(of.end, targets.end);
        return static_cast<double>(of.size()) * targets.size() - (autapses || begin >= end ? 0.0 : end - begin);
    };
    struct Node {
        Range sources;
        std::uint64_t number, count;  ///< the children of node n are 2 n and 2 n + 1
    };
    std::vector<std::uint32_t> lengths(sources.size());
    std::vector<Node> open{{sources, 1, total}};
    while (!open.empty()) {
        const Node node = open.back();
        open.pop_back();
        if (node.count == 0 || node.sources.empty()) continue;
        if (node.sources.size() == 1) {
            lengths[node.sources.begin - sources.begin] = static_cast<std::uint32_t>(node.count);
            continue;
        }
        const std::uint32_t middle = node.sources.begin + node.sources.size() / 2;
        const Range left{node.sources.begin, middle}, right{middle, node.sources.end};
        const double in_left = pairs(left), in_right = pairs(right);
        const std::uint64_t count = draw_binomial(node.count, in_left / (in_left + in_right),
                                                  Units(seed, Stream::row_lengths, projection, node.number));
        open.push_back({right, 2 * node.number + 1, node.count - count});
        open.push_back({left, 2 * node.number, count});
    }
    return lengths;
}

}  // namespace izhi::detail
