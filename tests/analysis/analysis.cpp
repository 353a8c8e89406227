// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Measures of spikes, on signals whose answer is known from their construction.
#include "izhi/analysis/measures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/analysis/spectrum.hpp"

namespace {

using namespace izhi::analysis;

/// Uniform in [0, 1), the same on every machine.
class Uniform {
public:
    explicit Uniform(std::uint64_t seed) : engine_(seed) {}
    double operator()() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }

private:
    std::mt19937_64 engine_;
};

Meter::Population population(std::uint64_t neurons, std::string name = "p") { return {std::move(name), neurons}; }

/// Poisson trains whose rate may hang on time: thinning of trains of the largest rate.
void add_poisson(Meter& meter, std::uint64_t neurons, double most_hz, const std::function<double(double)>& share,
                 Uniform& uniform) {
    for (std::uint64_t neuron = 0; neuron < neurons; ++neuron) {
        for (double t = meter.window().begin_ms;;) {
            t -= std::log(1.0 - uniform()) / most_hz * 1e3;
            if (t > meter.window().end_ms) break;
            if (uniform() < share(t)) meter.add(0, neuron, t);
        }
    }
}

double always(double /*time_ms*/) { return 1.0; }

double mean_of(const std::vector<double>& values, std::size_t begin, std::size_t end) {
    return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(begin),
                           values.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
           static_cast<double>(end - begin);
}

}  // namespace

TEST_SUITE_BEGIN("analysis");

TEST_CASE("independent Poisson trains: CV 1, no correlation, a flat spectrum of the level of shot noise") {
    constexpr std::uint64_t neurons = 200;
    constexpr double rate = 20.0, seconds = 50.0;
    Uniform uniform(1);
    Meter meter({population(neurons)}, window_of(0.0, seconds * 1e3, 1.0));
    add_poisson(meter, neurons, rate, always, uniform);
    const NetworkMeasures m = meter.measures();
    // Poisson counts: a standard error of sqrt(rate / (neurons seconds)), and 4 of them
    CHECK(m.network.rate_hz == doctest::Approx(rate).epsilon(4.0 / std::sqrt(rate * neurons * seconds)));
    // The coefficient of n exponential intervals has the standard error 1 / sqrt(n), n = 1000, and a bias of order 1 / n.
    CHECK(m.network.isi_neurons == neurons);
    CHECK(*m.network.isi_cv == doctest::Approx(1.0).epsilon(4.0 / std::sqrt(1000.0 * neurons) + 1e-3));
    // chi^2 = 1 / neurons; its relative standard error over 10,000 bins is sqrt(2 / 10,000)
    CHECK(*m.network.synchrony == doctest::Approx(1.0 / std::sqrt(200.0)).epsilon(0.03));
    CHECK(std::abs(*m.network.correlation) < 4.0 * std::sqrt(2.0 / 10'000.0) / neurons);
    CHECK(m.regime == Regime::asynchronous);

    // One-sided level 2 rate / neurons: 249 bins of 99 segments
    const Spectrum spectrum = spectrum_of(meter.network_rate_hz(), 1.0);
    CHECK(spectrum.resolution_hz == doctest::Approx(1.0));
    REQUIRE(spectrum.power.size() == 501);
    CHECK(mean_of(spectrum.power, 1, 250) == doctest::Approx(2.0 * rate / neurons).epsilon(0.03));
    CHECK(*m.network.band_powers[4] == doctest::Approx(50.0 * 2.0 * rate / neurons).epsilon(0.08));
    CHECK(*m.network.peak_ratio < 2.0);
}

TEST_CASE("trains modulated at 40 Hz: the peak is there, and the gamma band holds the power of the modulation") {
    constexpr std::uint64_t neurons = 400;
    constexpr double most = 40.0;  // so the mean rate is 20 Hz, modulated fully: an amplitude of 20 Hz
    Uniform uniform(2);
    Meter meter({population(neurons)}, window_of(0.0, 20'000.0, 1.0));
    add_poisson(
        meter, neurons, most, [](double t) { return 0.5 + 0.5 * std::cos(2.0 * std::numbers::pi * 40.0 * t / 1e3); },
        uniform);
    const NetworkMeasures m = meter.measures();
    CHECK(m.network.rate_hz == doctest::Approx(20.0).epsilon(0.02));
    CHECK(*m.network.peak_hz == doctest::Approx(40.0));
    CHECK(*m.network.peak_ratio > 100.0);
    // amplitude^2 / 2, less what a bin of 1 ms averages away (sinc^2 of 0.04: 0.5 %), plus shot noise, 5 Hz^2
    CHECK(*m.network.band_powers[4] == doctest::Approx(200.0 + 5.0).epsilon(0.03));
    for (std::size_t band = 0; band < 4; ++band) CHECK(*m.network.band_powers[band] < 3.0);
}

TEST_CASE("regular trains: CV 0") {
    for (const double period : {25.0, 7.3}) {
        CAPTURE(period);
        Meter meter({population(3)}, window_of(0.0, 2000.0, 1.0));
        for (std::uint64_t neuron = 0; neuron < 3; ++neuron)
            for (double k = 1.0; k * period <= 2000.0; ++k) meter.add(0, neuron, k * period);
        const NetworkMeasures m = meter.measures();
        CHECK(*m.network.isi_cv == doctest::Approx(0.0).epsilon(1e-9));
        CHECK(*m.network.synchrony == doctest::Approx(1.0));
        CHECK(*m.network.correlation == doctest::Approx(1.0));
        CHECK(*m.network.largest_share == 1.0);
        CHECK(*m.network.volley_share == 1.0);
        CHECK(m.regime == Regime::pathological);
    }
    // 40 Hz: one spike in every 25 bins
    Meter meter({population(1)}, window_of(0.0, 4000.0, 1.0));
    for (int k = 1; k <= 160; ++k) meter.add(0, 0, 25.0 * k);
    const NetworkMeasures m = meter.measures();
    CHECK(m.network.rate_hz == doctest::Approx(40.0));
    CHECK(*m.network.peak_hz == doctest::Approx(40.0));  // the first of a comb of equal teeth
    CHECK(m.regime == Regime::unknown);                  // one neuron has no correlation with another
}

TEST_CASE("intervals 10 and 30 in turn: CV 1/2") {
    Meter meter({population(1)}, window_of(0.0, 1e6, 1.0));
    double t = 0.0;
    for (int k = 0; k < 20'000; ++k) meter.add(0, 0, t += k % 2 == 0 ? 10.0 : 30.0);
    CHECK(*meter.measures().network.isi_cv == doctest::Approx(0.5).epsilon(1e-4));
    // Of few: intervals 1 to 6 have the mean 3.5 and the sample variance 3.5.
    Meter few({population(1)}, window_of(0.0, 100.0, 1.0));
    for (const double at : {1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0}) few.add(0, 0, at);
    CHECK(*few.measures().network.isi_cv == doctest::Approx(std::sqrt(3.5) / 3.5));
}

TEST_CASE("a neuron needs five intervals, and those without are left out of the mean") {
    Meter meter({population(3)}, window_of(0.0, 1000.0, 1.0));
    for (const double t : {10.0, 30.0, 31.0, 80.0, 81.0}) meter.add(0, 0, t);  // four intervals
    for (const double t : {10.0, 20.0, 30.0, 40.0, 50.0, 60.0}) meter.add(0, 1, t);
    const NetworkMeasures m = meter.measures();
    CHECK(m.network.isi_neurons == 1);
    CHECK(*m.network.isi_cv == doctest::Approx(0.0));
}

TEST_CASE("silence: rates of 0 and nothing else, and the regime is silent") {
    Meter meter({population(10, "a"), population(5, "b")}, window_of(0.0, 3000.0, 1.0));
    const NetworkMeasures m = meter.measures();
    CHECK(m.network.rate_hz == 0.0);
    CHECK(m.network.neurons == 15);
    CHECK_FALSE(m.network.isi_cv.has_value());
    CHECK_FALSE(m.network.synchrony.has_value());
    CHECK_FALSE(m.network.correlation.has_value());
    CHECK_FALSE(m.network.peak_hz.has_value());
    for (const auto& power : m.network.band_powers) CHECK_FALSE(power.has_value());
    CHECK(m.regime == Regime::silent);
}

TEST_CASE("trains that share a part of their spikes correlate by that part") {
    // Each neuron copies a spike of a common Poisson process with this probability: its counts correlate with another's
    // by exactly that.
    constexpr double part = 0.3, rate = 15.0;
    constexpr std::uint64_t neurons = 50;
    Uniform uniform(3);
    Meter meter({population(30, "a"), population(20, "b")}, window_of(0.0, 200'000.0, 1.0));
    for (double t = -std::log(1.0 - uniform()) / (rate / part) * 1e3; t <= 200'000.0;
         t -= std::log(1.0 - uniform()) / (rate / part) * 1e3)
        for (std::uint64_t neuron = 0; neuron < neurons; ++neuron)
            if (uniform() < part) meter.add(neuron < 30 ? 0 : 1, neuron < 30 ? neuron : neuron - 30, t);
    const NetworkMeasures m = meter.measures();
    CHECK(*m.network.correlation == doctest::Approx(part).epsilon(0.04));
    CHECK(*m.populations[0].correlation == doctest::Approx(part).epsilon(0.04));
    CHECK(*m.populations[1].correlation == doctest::Approx(part).epsilon(0.04));
    CHECK(*m.network.synchrony == doctest::Approx(std::sqrt(part + (1.0 - part) / 50.0)).epsilon(0.03));
    CHECK(m.regime == Regime::synchronous);
}

TEST_CASE("regimes: the rules, at their borders") {
    const auto regime = [](double rate, double correlation, double share, double fastest) {
        Measures network{.neurons = 100, .rate_hz = rate, .correlation = correlation, .volley_share = share};
        return regime_of(network, {Measures{.neurons = 50, .rate_hz = fastest}});
    };
    CHECK(regime(0.099, 0.0, 0.1, 0.2) == Regime::silent);
    CHECK(regime(0.1, 0.0, 0.1, 0.2) == Regime::asynchronous);
    CHECK(regime(5.0, kSynchronousCorrelation, 0.1, 6.0) == Regime::asynchronous);
    CHECK(regime(5.0, kSynchronousCorrelation + 1e-6, 0.1, 6.0) == Regime::synchronous);
    CHECK(regime(5.0, 0.2, 0.5, 6.0) == Regime::synchronous);
    CHECK(regime(5.0, 0.2, 0.501, 6.0) == Regime::pathological);
    CHECK(regime(5.0, 0.0, 0.1, 100.0) == Regime::asynchronous);
    CHECK(regime(5.0, 0.0, 0.1, 100.1) == Regime::pathological);
    // A single volley in a long silence is silence.
    CHECK(regime(0.05, 0.9, 1.0, 0.1) == Regime::silent);
    CHECK(to_string(Regime::pathological) == "pathological");
    // Without a correlation the rules that need none still hold, and the rest is not claimed.
    const auto uncorrelated = [](double rate, double share) {
        const Measures network{.neurons = 100, .rate_hz = rate, .volley_share = share};
        return regime_of(network, {network});
    };
    CHECK(uncorrelated(5.0, 0.1) == Regime::unknown);
    CHECK(uncorrelated(0.05, 0.1) == Regime::silent);
    CHECK(uncorrelated(5.0, 0.6) == Regime::pathological);
    CHECK(uncorrelated(100.1, 0.1) == Regime::pathological);
    CHECK(to_string(Regime::unknown) == "unknown");
}

TEST_CASE("a recording too short for two bins has no correlation and claims no regime") {
    // A single bin of 5 ms, in which a few neurons fire
    Meter meter({population(10)}, window_of(0.0, 8.0, 1.0));
    meter.add(0, 3, 2.0);
    const NetworkMeasures m = meter.measures();
    CHECK(m.network.spikes == 1);
    CHECK_FALSE(m.network.correlation.has_value());
    CHECK(m.regime == Regime::unknown);
}

TEST_CASE("a sine has its power where it belongs, whatever the window is long") {
    for (const std::size_t bins : {500U, 1000U, 1700U, 10'000U}) {
        CAPTURE(bins);
        std::vector<double> rate(bins);
        for (std::size_t i = 0; i < bins; ++i)
            rate[i] = 12.0 + 6.0 * std::sin(2.0 * std::numbers::pi * 20.0 * static_cast<double>(i) / 1e3);
        const Spectrum spectrum = spectrum_of(rate, 1.0);
        CHECK(peak_of(spectrum)->frequency_hz == doctest::Approx(20.0));
        CHECK(*band_power(spectrum, 13.0, 30.0) == doctest::Approx(18.0).epsilon(1e-3));  // 6^2 / 2
        CHECK(*band_power(spectrum, 30.0, 80.0) < 1e-3);
        CHECK(*band_power(spectrum, 1.0, 4.0) < 1e-3);
    }
}

TEST_CASE("spectra of odd sizes are those of the plain sum") {
    for (const std::size_t bins : {8U, 9U, 77U, 250U, 997U}) {
        CAPTURE(bins);
        Uniform uniform(bins);
        std::vector<double> rate(bins), seen(bins);
        for (double& value : rate) value = 50.0 * uniform();
        const double mean = mean_of(rate, 0, bins);
        double squares = 0.0;
        for (std::size_t i = 0; i < bins; ++i) {
            const double hann =
                std::pow(std::sin(std::numbers::pi * static_cast<double>(i) / static_cast<double>(bins)), 2.0);
            squares += hann * hann;
            seen[i] = hann * (rate[i] - mean);
        }
        const Spectrum spectrum = spectrum_of(rate, 2.0);
        CHECK(spectrum.resolution_hz == doctest::Approx(std::max(1.0, 500.0 / static_cast<double>(bins))));
        if (bins > 500) continue;  // several segments
        REQUIRE(spectrum.power.size() == bins / 2 + 1);
        for (std::size_t k = 0; k < spectrum.power.size(); ++k) {
            double real = 0.0, imaginary = 0.0;
            for (std::size_t i = 0; i < bins; ++i) {
                const double angle =
                    2.0 * std::numbers::pi * static_cast<double>(i * k % bins) / static_cast<double>(bins);
                real += seen[i] * std::cos(angle);
                imaginary += seen[i] * std::sin(angle);
            }
            const double sides = k == 0 || 2 * k == bins ? 1.0 : 2.0;
            CHECK(spectrum.power[k] ==
                  doctest::Approx(sides * (real * real + imaginary * imaginary) / (500.0 * squares))
                      .epsilon(1e-9)
                      .scale(1.0));
        }
    }
    CHECK(spectrum_of(std::vector<double>(7, 1.0), 1.0).empty());
    CHECK_FALSE(peak_of(Spectrum{}).has_value());
    CHECK_FALSE(band_power(Spectrum{10.0, {1.0, 1.0, 1.0}}, 1.0, 4.0).has_value());
}

TEST_CASE("segments overlap by half: what one sees at its edge, where the window is 0, another sees in its middle") {
    std::vector<double> rate(2000, 0.0);
    rate[1000] = 90.0;
    const Spectrum spectrum = spectrum_of(rate, 1.0);
    // One segment of three sees it, at a window of 1: 2 * 90^2 / (1000 bins/s * 375, the sum of squares of the window).
    // Less the mean of 0.09, which a Hann window leaves at 0 and 1 Hz only.
    for (const std::size_t k : {5U, 40U, 200U})
        CHECK(spectrum.power[k] == doctest::Approx(2.0 * 8100.0 / (1000.0 * 375.0) / 3.0).epsilon(1e-6));
}

TEST_CASE("bands hold their lower border and not their upper one") {
    Spectrum spectrum{1.0, {}};
    for (int k = 0; k <= 100; ++k) spectrum.power.push_back(k);
    CHECK(*band_power(spectrum, 8.0, 13.0) == doctest::Approx(8 + 9 + 10 + 11 + 12));
    double sum = 0.0;
    for (const Band& band : kBands) sum += *band_power(spectrum, band.low_hz, band.high_hz);
    CHECK(sum == doctest::Approx(79.0 * 80.0 / 2.0));
}

TEST_CASE("spectrogram: a rhythm that changes is seen where it is") {
    std::vector<double> rate(10'000);
    for (std::size_t i = 0; i < rate.size(); ++i)
        rate[i] = std::sin(2.0 * std::numbers::pi * (i < 5000 ? 10.0 : 60.0) * static_cast<double>(i) / 1e3);
    const Spectrogram s = spectrogram_of(rate, 1.0, 90);
    REQUIRE(s.powers.size() == 91);
    CHECK(s.first_ms == 500.0);
    CHECK(s.step_ms == 100.0);
    const auto loudest = [](const std::vector<double>& power) {
        return std::max_element(power.begin(), power.end()) - power.begin();
    };
    CHECK(loudest(s.powers[10]) == 10);
    CHECK(loudest(s.powers[80]) == 60);
    CHECK(spectrogram_of(std::vector<double>(3), 1.0, 10).powers.empty());
}

TEST_CASE("bins end with their last step, and rounding of times moves no spike") {
    // dt 0.1: times as a run has them, step * dt. Every bin of 1 ms gets its ten steps.
    Meter meter({population(1)}, window_of(0.0, 1000.0, 0.1));
    CHECK(meter.window().rate_bin_ms == doctest::Approx(1.0));
    for (int step = 1; step <= 10'000; ++step) meter.add(0, 0, step * 0.1);
    const std::vector<double> rate = meter.rate_hz(0);
    REQUIRE(rate.size() == 1000);
    for (const double bin : rate) CHECK(bin == doctest::Approx(10'000.0));
    CHECK(meter.measures().regime == Regime::pathological);

    for (const double dt : {0.05, 0.3, 0.7}) {
        CAPTURE(dt);
        Meter odd({population(1)}, window_of(0.0, 3000 * dt, dt));
        for (int step = 1; step <= 3000; ++step) odd.add(0, 0, step * dt);
        for (const double bin : odd.rate_hz(0)) CHECK(bin == doctest::Approx(1000.0 / dt));
    }

    // The start of the window belongs to it, what lies before and after does not.
    Meter part({population(2)}, window_of(100.0, 200.0, 1.0));
    for (const double t : {99.9, 100.0, 101.0, 200.0, 200.1}) part.add(0, 1, t);
    CHECK(part.measures().network.spikes == 3);
    CHECK(part.rate_hz(0)[0] == doctest::Approx(1000.0));
    CHECK(part.rate_hz(0)[99] == doctest::Approx(500.0));
    CHECK(part.measures().network.rate_hz == doctest::Approx(15.0));
}

TEST_CASE("bins are whole steps") {
    CHECK(window_of(0.0, 100.0, 0.3).rate_bin_ms == doctest::Approx(0.9));
    CHECK(window_of(0.0, 100.0, 0.3).synchrony_bin_ms == doctest::Approx(5.1));
    CHECK(window_of(0.0, 100.0, 2.0).rate_bin_ms == 2.0);
    CHECK(window_of(0.0, 100.0, 2.0).synchrony_bin_ms == doctest::Approx(6.0));
    CHECK(window_of(0.0, 100.0, 10.0).rate_bin_ms == 10.0);
    CHECK(window_of(0.0, 100.0, 10.0).synchrony_bin_ms == 10.0);
}

TEST_CASE("volleys are bins in which over half of the neurons fire, not half of them and not a few that fire often") {
    Meter meter({population(10)}, window_of(0.0, 1000.0, 1.0));
    const auto fire = [&](double t, std::uint64_t neurons) {
        for (std::uint64_t neuron = 0; neuron < neurons; ++neuron) meter.add(0, neuron, t);
    };
    fire(3.0, 5);
    for (const double t : {11.0, 12.0, 13.0}) fire(t, 5);
    fire(21.0, 4);
    fire(24.0, 6);  // the same bin: six neurons, ten spikes
    const Measures m = meter.measures().network;
    CHECK(*m.volley_share == doctest::Approx(10.0 / 30.0));
    CHECK(*m.largest_share == doctest::Approx(0.6));
}

TEST_CASE("measures of all are of all neurons, not of the populations' means") {
    Meter meter({population(9, "a"), population(1, "b")}, window_of(0.0, 1000.0, 1.0));
    for (int k = 1; k <= 40; ++k) meter.add(1, 0, 25.0 * k);
    const NetworkMeasures m = meter.measures();
    CHECK(m.network.rate_hz == doctest::Approx(4.0));
    CHECK(m.populations[0].rate_hz == 0.0);
    CHECK(m.populations[1].rate_hz == doctest::Approx(40.0));
    CHECK(m.network.isi_neurons == 1);
    CHECK(*m.network.largest_share == doctest::Approx(0.1));
    CHECK(*m.network.volley_share == 0.0);
    CHECK_FALSE(m.populations[0].synchrony.has_value());
    const auto rate = meter.network_rate_hz();
    CHECK(rate[24] == doctest::Approx(100.0));
}

TEST_SUITE_END();
