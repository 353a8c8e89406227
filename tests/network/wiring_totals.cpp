// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Rules by numbers of synapses: a fixed total, Poisson numbers of pairs, unordered pairs; and the numbers behind them.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "engine/network/counts.hpp"
#include "izhi/izhi.hpp"
#include "tests/network/wiring.hpp"

using namespace izhi;
using namespace izhi::test;
using detail::Range;
using detail::Stream;
using detail::Units;

namespace {

/// Counts of numbers against their law, where at least ten are expected; the rest is one more class.
template <class Draw, class Share>
double law_error(Draw draw, Share share) {
    constexpr int samples = 100000;
    std::map<std::uint64_t, double> counts;
    for (int i = 0; i < samples; ++i) ++counts[draw(static_cast<std::uint64_t>(i))];
    std::vector<double> seen, expected;
    double seen_rest = samples, expected_rest = samples;
    for (const auto& [k, count] : counts) {
        const double mean = samples * share(static_cast<double>(k));
        if (mean < 10.0) continue;
        seen.push_back(count);
        expected.push_back(mean);
        seen_rest -= count;
        expected_rest -= mean;
    }
    if (expected_rest > 1.0) {
        seen.push_back(seen_rest);
        expected.push_back(expected_rest);
    }
    return chi_square_error(seen, expected);
}

std::string refusal(std::uint32_t sources, std::uint32_t targets, const ProjectionSpec& spec,
                    bool onto_itself = false) {
    NetworkBuilder net;
    const auto s = net.add_population({.name = "s", .size = sources});
    const auto t = net.add_population({.name = "t", .size = targets});
    net.connect(s, onto_itself ? s : t, spec);
    try {
        (void)net.build();
    } catch (const Error& error) { return error.what(); }
    return {};
}

using Synapse = std::tuple<std::uint32_t, std::uint32_t, double, std::uint64_t>;

std::vector<Synapse> sorted(const Synapses& rows) {
    std::vector<Synapse> all;
    for (std::uint32_t s = 0; s < rows.size(); ++s)
        for (const auto& synapse : rows[s]) all.emplace_back(s, synapse.target, synapse.weight, synapse.delay_steps);
    std::sort(all.begin(), all.end());
    return all;
}

/// All rules that this file is about.
const std::vector<Rule> kRules{fixed_total(5000), fixed_total_of(0.1), pairwise_poisson(0.07), pairwise_poisson(2.5)};

}  // namespace

TEST_SUITE_BEGIN("wiring");

TEST_CASE("binomial numbers follow their law, by inversion and by rejection") {
    for (const auto& [trials, p] : {std::pair<std::uint64_t, double>{1, 0.3},
                                    {50, 0.02},
                                    {19, 0.5},
                                    {30, 0.45},
                                    {1000, 0.5},
                                    {1000, 0.97},
                                    {5'000'000'000, 4e-9},
                                    {400'000'000'000 / 4, 3e-10}}) {
        CAPTURE(trials);
        CAPTURE(p);
        const double n = static_cast<double>(trials), own = p;
        const auto share = [&](double k) {
            // log of n (n - 1) ... (n - k + 1) / k!, without the cancellation of lgamma for large n
            double log_share = (n - k) * std::log1p(-own) + k * std::log(own) - std::lgamma(k + 1.0);
            for (double i = 0.0; i < k; ++i) log_share += std::log(n - i);
            return std::exp(log_share);
        };
        const auto draw = [&, count = trials](std::uint64_t i) {
            return detail::draw_binomial(count, own, Units(3, Stream::row_lengths, 1, i));
        };
        CHECK(law_error(draw, share) < kSigmas);
    }
    CHECK(detail::draw_binomial(7, 0.0, Units(1, Stream::row_lengths, 0, 0)) == 0);
    CHECK(detail::draw_binomial(7, 1.0, Units(1, Stream::row_lengths, 0, 0)) == 7);
    // the first halving of the microcircuit's synapses
    double sum = 0.0, squares = 0.0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
        const double x =
            static_cast<double>(detail::draw_binomial(300'000'000, 0.5, Units(3, Stream::row_lengths, 2, i))) - 1.5e8;
        sum += x;
        squares += x * x;
    }
    const double stddev = std::sqrt(3e8 / 4);
    CHECK(std::abs(sum / std::sqrt(2000.0)) < kSigmas * stddev);
    CHECK(std::abs(squares / 2000.0 / (stddev * stddev) - 1.0) < kSigmas * std::sqrt(2.0 / 2000.0));
}

TEST_CASE("Poisson numbers follow their law, by inversion and by rejection") {
    for (const double mean : {0.01, 1.0, 9.99, 10.0, 55.0, 3000.0}) {
        CAPTURE(mean);
        const auto share = [&](double k) { return std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0)); };
        const auto draw = [&](std::uint64_t i) {
            return detail::draw_poisson(mean, Units(4, Stream::row_length, 1, i));
        };
        CHECK(law_error(draw, share) < kSigmas);
    }
    CHECK(detail::draw_poisson(0.0, Units(1, Stream::row_length, 0, 0)) == 0);
}

TEST_CASE("a fixed total: exactly so many synapses, each of any pair") {
    constexpr std::uint32_t sources = 300, targets = 500, total = 60000;
    const Synapses rows = wire(sources, targets, {.rule = fixed_total(total), .weight = 1.0}, 41);
    CHECK(count(rows) == total);
    std::vector<double> out;
    for (const auto& row : rows) out.push_back(static_cast<double>(row.size()));
    const auto in = indegrees(rows, targets);
    CHECK(std::abs(chi_square_error(out)) < kSigmas);
    CHECK(std::abs(chi_square_error(in)) < kSigmas);
    // pairs: Poisson to any purpose
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> pairs;
    for (std::uint32_t s = 0; s < sources; ++s)
        for (const auto& synapse : rows[s]) ++pairs[{s, synapse.target}];
    std::vector<double> times(4), expected(4);
    times[0] = sources * targets - static_cast<double>(pairs.size());
    for (const auto& [pair, n] : pairs) ++times[std::min(n, 3u)];
    const double mean = static_cast<double>(total) / (sources * targets);
    double share = std::exp(-mean), rest = 1.0;
    for (std::size_t k = 0; k < 3; ++k) {
        expected[k] = share * sources * targets;
        rest -= share;
        share *= mean / static_cast<double>(k + 1);
    }
    expected[3] = rest * sources * targets;
    CHECK(std::abs(chi_square_error(times, expected)) < kSigmas);

    CHECK(count(wire(7, 3, {.rule = fixed_total(0), .weight = 1.0})) == 0);
    CHECK(count(wire(1, 1, {.rule = fixed_total(12), .weight = 1.0})) == 12);
}

TEST_CASE("a fixed total without autapses: those on both sides have one partner fewer") {
    constexpr std::uint32_t neurons = 20, total = 200000;
    const Synapses rows = wire_onto_itself(neurons, {.rule = fixed_total(total), .weight = 1.0, .autapses = false}, 42);
    CHECK(count(rows) == total);
    CHECK(autapses(rows) == 0);
    std::vector<double> pairs(neurons * neurons);
    for (std::uint32_t s = 0; s < neurons; ++s)
        for (const auto& synapse : rows[s]) ++pairs[s * neurons + synapse.target];
    std::erase(pairs, 0.0);
    CHECK(pairs.size() == neurons * (neurons - 1));
    CHECK(std::abs(chi_square_error(pairs)) < kSigmas);
}

TEST_CASE("a total by probability is that of Potjans and Diesmann 2014") {
    const auto total_of = [](std::uint32_t sources, std::uint32_t targets, double probability) {
        NetworkBuilder net;
        const auto s = net.add_population({.name = "s", .size = sources});
        const auto t = net.add_population({.name = "t", .size = targets});
        net.connect(s, t, {.rule = fixed_total_of(probability), .weight = 1.0, .storage = Storage::procedural});
        return net.build().synapse_bound(ProjectionId(0));
    };
    CHECK(total_of(20683, 20683, 0.1009) == 45'499'806);
    CHECK(total_of(5479, 21915, 0.1350) == 17'413'576);
    CHECK(total_of(2948, 14395, 0.2252) == 10'827'677);
    CHECK(total_of(1065, 21915, 0.0003) == 7'003);
}

TEST_CASE("Poisson numbers of pairs: each pair has its own, whatever the others have") {
    constexpr std::uint32_t sources = 200, targets = 300;
    constexpr double mean = 0.8;
    const Synapses rows = wire(sources, targets, {.rule = pairwise_poisson(mean), .weight = 1.0}, 43);
    std::vector<std::vector<double>> pairs(sources, std::vector<double>(targets));
    for (std::uint32_t s = 0; s < sources; ++s)
        for (const auto& synapse : rows[s]) ++pairs[s][synapse.target];
    std::vector<double> times(6), expected(6), all;
    for (const auto& row : pairs)
        for (const double n : row) {
            ++times[static_cast<std::size_t>(std::min(n, 5.0))];
            all.push_back(n);
        }
    double share = std::exp(-mean), rest = 1.0;
    for (std::size_t k = 0; k < 5; ++k) {
        expected[k] = share * sources * targets;
        rest -= share;
        share *= mean / static_cast<double>(k + 1);
    }
    expected[5] = rest * sources * targets;
    CHECK(std::abs(chi_square_error(times, expected)) < kSigmas);
    std::vector<double> out;
    for (const auto& row : rows) out.push_back(static_cast<double>(row.size()));
    CHECK(std::abs(mean_error(out, mean * targets, std::sqrt(mean * targets))) < kSigmas);
    CHECK(std::abs(variance_error(out, mean * targets, mean * targets, 3.0)) < kSigmas);
    const Synapses own = wire_onto_itself(50, {.rule = pairwise_poisson(3.0), .weight = 1.0, .autapses = false});
    CHECK(autapses(own) == 0);
    CHECK(std::abs(static_cast<double>(count(own)) - 3.0 * 50 * 49) < kSigmas * std::sqrt(3.0 * 50 * 49));
}

TEST_CASE("symmetric: whoever is connected is connected back by the same synapses") {
    for (const Rule& rule : {all_to_all(), fixed_probability(0.2), pairwise_poisson(0.7)})
        for (const bool autapses_allowed : {true, false}) {
            CAPTURE(rule.index());
            const Synapses rows = wire_onto_itself(90,
                                                   {.rule = rule,
                                                    .weight = uniform(0.0, 1.0),
                                                    .delay_ms = uniform(1.0, 9.0),
                                                    .autapses = autapses_allowed,
                                                    .symmetric = true},
                                                   44);
            std::vector<Synapse> there = sorted(rows), back;
            for (const auto& [s, t, w, d] : there) back.emplace_back(t, s, w, d);
            std::sort(back.begin(), back.end());
            CHECK(there == back);
            CHECK((autapses(rows) > 0) == autapses_allowed);
            const double p = rule.index() == 0 ? 1.0 : rule.index() == 2 ? 0.2 : 0.7;
            const double pairs = 90.0 * 89.0 / 2.0, deviation = rule.index() == 0 ? 0.0 : std::sqrt(p * pairs);
            const double found = static_cast<double>(count(rows) - autapses(rows)) / 2.0;
            CHECK(std::abs(found - p * pairs) <= kSigmas * deviation);
        }
}

TEST_CASE("totals, Poisson numbers and pairs are the same stored, procedural, and on any number of threads") {
    for (const Rule& rule : kRules)
        for (const bool autapses_allowed : {true, false}) {
            const auto rows_of = [&](Storage storage, int threads) {
                NetworkBuilder net{{.seed = 45}};
                const auto p = net.add_population({.name = "p", .size = 230});
                net.connect(p, p,
                            {.rule = rule,
                             .weight = uniform(0.0, 1.0),
                             .delay_ms = uniform(1.0, 5.0),
                             .autapses = autapses_allowed,
                             .storage = storage});
                return sorted(
                    all_synapses(Simulation(net.build(), {.threads = threads, .executor = thread_executor(threads)})));
            };
            CAPTURE(rule.index());
            const auto stored = rows_of(Storage::stored, 1);
            CHECK(stored.size() > 1000);
            CHECK(stored == rows_of(Storage::procedural, 1));
            CHECK(stored == rows_of(Storage::stored, 3));
        }
    const auto symmetric = [](int threads) {
        NetworkBuilder net{{.seed = 46}};
        const auto p = net.add_population({.name = "p", .size = 2500});
        net.connect(p, p, {.rule = fixed_probability(0.02), .weight = uniform(0.0, 1.0), .symmetric = true});
        return sorted(
            all_synapses(Simulation(net.build(), {.threads = threads, .executor = thread_executor(threads)})));
    };
    CHECK(symmetric(1) == symmetric(3));
}

TEST_CASE("numbers of synapses: what is refused") {
    CHECK(refusal(5, 5, {.rule = fixed_total(10), .multapses = false})
              .find("multapses is false, and the rule is fixed-total") != std::string::npos);
    CHECK(refusal(5, 5, {.rule = pairwise_poisson(1.0), .multapses = false}).find("pairwise-poisson") !=
          std::string::npos);
    CHECK(refusal(5, 5, {.rule = pairwise_poisson(-1.0)}).find("mean is -1; allowed: 0 to 100") != std::string::npos);
    CHECK(refusal(5, 5, {.rule = fixed_total(6'000'000'000)}).find("at most 5e+09 synapses") != std::string::npos);
    CHECK(refusal(5, 5, {.rule = fixed_total_of(1.0)}).find("probability is 1") != std::string::npos);
    CHECK(refusal(5, 5, {.rule = FixedTotal{3, 0.5}}).find("and probability are both given") != std::string::npos);
    CHECK(refusal(1, 5, {.rule = fixed_total(3), .autapses = false}, true)
              .find("autapses is false for a single neuron") != std::string::npos);
    CHECK(refusal(5, 5, {.symmetric = true}).find("symmetric is true between different neurons") != std::string::npos);
    CHECK(refusal(5, 5, {.rule = fixed_indegree(2), .symmetric = true}, true).find("does not draw pairs one by one") !=
          std::string::npos);
    CHECK(refusal(5, 5, {.storage = Storage::procedural, .symmetric = true}, true).find("storage is procedural") !=
          std::string::npos);
}

TEST_SUITE_END();
