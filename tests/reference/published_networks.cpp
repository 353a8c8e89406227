// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The built-in networks of integrate-and-fire cells against the figures that other programs have for them. Every band is that of the
// comment in the network's file, widened by the spread between networks.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/io/network_file.hpp"
#include "izhi/izhi.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using test::Raster;

namespace {

Network built_in(const std::string& name, std::vector<io::Setting> settings = {}) {
    return io::load_network(std::filesystem::path(IZHI_SOURCE_DIR) / "engine" / "networks" / (name + ".toml"),
                            {.seed = 42, .settings = std::move(settings)});
}

struct Measured {
    double rate_hz = 0.0, cv = 0.0;  ///< the latter: mean over neurons with at least five intervals
};

Measured measure(const Network& network, const std::vector<Spike>& spikes, const char* population, double from_ms,
                 double until_ms) {
    const NeuronRange neurons = network.neurons(network.find_population(population));
    std::map<std::uint32_t, std::vector<double>> trains;
    double count = 0.0;
    for (const Spike& spike : spikes) {
        const double t = static_cast<double>(spike.step) * network.dt_ms();
        if (t < from_ms || t >= until_ms || !neurons.contains(spike.neuron)) continue;
        trains[spike.neuron].push_back(t);
        count += 1.0;
    }
    double cvs = 0.0, regular = 0.0;
    for (const auto& [neuron, train] : trains) {
        if (train.size() < 6) continue;
        const auto n = static_cast<double>(train.size() - 1);
        const double mean = (train.back() - train.front()) / n;
        double variance = 0.0;
        for (std::size_t i = 1; i < train.size(); ++i) {
            const double deviation = train[i] - train[i - 1] - mean;
            variance += deviation * deviation / n;
        }
        cvs += std::sqrt(variance) / mean;
        regular += 1.0;
    }
    return {count / neurons.size / ((until_ms - from_ms) / 1000.0), regular > 0.0 ? cvs / regular : 0.0};
}

std::vector<Spike> run(const Network& network, double ms) {
    Simulation simulation(network);
    Raster raster;
    simulation.run_ms(ms, &raster);
    return std::move(raster.all);
}

}  // namespace

TEST_SUITE("published networks") {
    TEST_CASE("CUBA: rates and irregularity of Brian2's example") {
        const Network network = built_in("cuba");
        const std::vector<Spike> spikes = run(network, 2500.0);
        const Measured exc = measure(network, spikes, "exc", 500.0, 2500.0);
        const Measured inh = measure(network, spikes, "inh", 500.0, 2500.0);
        CHECK(exc.rate_hz == doctest::Approx(5.70).epsilon(0.15));
        CHECK(inh.rate_hz == doctest::Approx(5.61).epsilon(0.15));
        CHECK(std::abs(exc.cv - 0.667) < 0.06);
    }

    TEST_CASE("COBA: bursts that keep themselves going") {
        const Network network = built_in("coba");
        const std::vector<Spike> spikes = run(network, 2500.0);
        const Measured exc = measure(network, spikes, "exc", 500.0, 2500.0);
        CHECK(exc.rate_hz > 15.0);
        CHECK(exc.rate_hz < 26.0);
        CHECK(std::abs(exc.cv - 1.8) < 0.3);
    }

    TEST_CASE("Brunel (2000): the asynchronous irregular regime, with both values of the reset") {
        const Network network = built_in("brunel");
        const std::vector<Spike> spikes = run(network, 600.0);
        const Measured exc = measure(network, spikes, "exc", 200.0, 600.0);
        CHECK(exc.rate_hz == doctest::Approx(37.7).epsilon(0.03));
        CHECK(measure(network, spikes, "inh", 200.0, 600.0).rate_hz == doctest::Approx(37.7).epsilon(0.04));
        CHECK(std::abs(exc.cv - 0.41) < 0.05);
        const Network low =
            built_in("brunel", {{"population.exc.v_reset_mv", 0.0}, {"population.inh.v_reset_mv", 0.0}});
        const Measured nest = measure(low, run(low, 600.0), "exc", 200.0, 600.0);
        CHECK(nest.rate_hz == doctest::Approx(32.3).epsilon(0.03));
        CHECK(std::abs(nest.cv - 0.175) < 0.02);
    }

    TEST_CASE("Diesmann, Gewaltig and Aertsen (1999): which volleys reach the end of the chain") {
        const auto survives = [](double spikes, double spread) {
            const Network network =
                built_in("synfire", {{"stimulus.volley.spikes", spikes}, {"stimulus.volley.spread_ms", spread}});
            const NeuronRange last = network.neurons(network.find_population("group-10"));
            std::vector<double> times;
            for (const Spike& spike : run(network, 80.0))
                if (last.contains(spike.neuron)) times.push_back(static_cast<double>(spike.step) * 0.1);
            std::ptrdiff_t most = 0;  // in 5 ms
            for (auto first = times.begin(); first != times.end(); ++first)
                most = std::max(most, std::lower_bound(first, times.end(), *first + 5.0) - first);
            return most > 80;
        };
        CHECK(survives(80, 1));
        CHECK(survives(70, 2));
        CHECK_FALSE(survives(40, 0));
        CHECK_FALSE(survives(50, 3));
    }

    TEST_CASE("Song, Miller and Abbott (2000): weights drift apart, and the cell fires irregularly") {
        const Network network = built_in("song-stdp");
        Simulation simulation(network);
        Raster raster;
        simulation.run_ms(50'000.0, &raster);
        std::vector<float> weights(1000);
        simulation.read_weights(network.find_projection("synapses"), weights);
        double mean = 0.0, low = 0.0, high = 0.0;
        for (const float weight : weights) {
            const double w = static_cast<double>(weight) / 0.01;
            mean += w / 1000.0;
            low += w < 0.1 ? 1e-3 : 0.0;
            high += w > 0.9 ? 1e-3 : 0.0;
        }
        CHECK(std::abs(mean - 0.479) < 0.02);
        CHECK(std::abs(low - 0.185) < 0.05);
        CHECK(std::abs(high - 0.160) < 0.05);
        const Measured cell = measure(network, raster.all, "cell", 25'000.0, 50'000.0);
        CHECK(cell.rate_hz > 17.0);
        CHECK(cell.rate_hz < 30.0);
        CHECK(std::abs(cell.cv - 0.84) < 0.1);
    }

    TEST_CASE("Vogels et al. (2011): inhibition learns to make regular, synchronous activity irregular and rare") {
        const Network network = built_in("vogels-inhibition");
        Simulation simulation(network);
        Raster raster;
        simulation.run_ms(15'000.0, &raster);
        const Measured before = measure(network, raster.all, "exc", 0.0, 200.0);
        CHECK(before.rate_hz > 130.0);
        CHECK(before.cv < 0.15);
        const Measured after = measure(network, raster.all, "exc", 10'000.0, 15'000.0);
        CHECK(std::abs(after.rate_hz - 7.6) < 1.2);
        CHECK(std::abs(after.cv - 0.96) < 0.08);
        // The volleys of the beginning are gone: spikes of all neurons in 2 ms, variance over mean.
        const auto synchrony = [&](double from_ms, double until_ms) {
            std::vector<double> counts(static_cast<std::size_t>((until_ms - from_ms) / 2.0));
            for (const Spike& spike : raster.all) {
                const double place = (static_cast<double>(spike.step) * 0.1 - from_ms) / 2.0;
                if (place >= 0.0 && place < static_cast<double>(counts.size()))
                    ++counts[static_cast<std::size_t>(place)];
            }
            double mean = 0.0, squares = 0.0;
            for (const double n : counts) mean += n / static_cast<double>(counts.size());
            for (const double n : counts) squares += (n - mean) * (n - mean) / static_cast<double>(counts.size());
            return squares / mean;
        };
        CHECK(synchrony(0.0, 200.0) > 300.0);
        CHECK(synchrony(10'000.0, 15'000.0) < 40.0);
    }
}
