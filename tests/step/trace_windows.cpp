// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Traces with a start and a stop: samples are those of a whole trace at these times.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "izhi/izhi.hpp"

using namespace izhi;

namespace {

/// Steps and values of two traces, the second with a window.
struct Samples : Observer {
    std::vector<std::pair<std::uint64_t, float>> of[2];
    void sample(const Sample& sample) override { of[sample.trace].emplace_back(sample.step, sample.values[0]); }
};

Network network_with(double interval_ms, double start_ms, double stop_ms) {
    NetworkBuilder net({.dt_ms = 0.1});
    const auto p = net.add_population({.name = "p", .size = 3, .noise_stddev = 5.0});
    net.record_trace({.name = "all", .population = p, .neurons = {1}, .interval_ms = interval_ms});
    TraceSpec part{.name = "part", .population = p, .neurons = {1}, .interval_ms = interval_ms};
    part.start_ms = start_ms;
    part.stop_ms = stop_ms;
    net.record_trace(std::move(part));
    return net.build();
}

}  // namespace

TEST_SUITE_BEGIN("trace windows");

TEST_CASE("trace windows: the samples in [start, stop), at multiples of the interval") {
    struct Window {
        double interval_ms, start_ms, stop_ms;
        std::uint64_t first, end;  ///< steps
    };
    for (const Window& w :
         {Window{0.1, 0.0, kForever, 1, 101}, Window{0.1, 0.3, 0.7, 3, 7}, Window{0.1, 0.25, 0.61, 3, 7},
          Window{0.2, 0.3, 0.8, 4, 8}, Window{0.5, 1.0, 3.0, 10, 30}, Window{0.1, 2.0, 2.0, 20, 20},
          Window{0.1, 9.9, kForever, 99, 101}, Window{0.1, 50.0, kForever, 500, 500}}) {
        CAPTURE(w.start_ms);
        CAPTURE(w.stop_ms);
        Samples samples;
        Simulation simulation(network_with(w.interval_ms, w.start_ms, w.stop_ms));
        simulation.run(40, &samples);
        simulation.run(60, &samples);  // a run in two parts is one run
        std::vector<std::pair<std::uint64_t, float>> expected;
        for (const auto& sample : samples.of[0])
            if (sample.first >= w.first && sample.first < w.end) expected.push_back(sample);
        CHECK(samples.of[1] == expected);
        const auto interval = static_cast<std::uint64_t>(w.interval_ms * 10.0 + 0.5);
        CHECK(samples.of[0].size() == 100 / interval);
    }
}

TEST_CASE("trace windows: a note if the run ends before") {
    const auto notes = network_with(0.1, 5.0, 6.0).notes_beyond(49);
    REQUIRE(notes.size() == 1);
    CHECK(sentence(notes[0]) == "trace.part.start_ms: 5 ms, beyond the run, which ends at 4.9 ms: nothing is recorded");
    CHECK(network_with(0.1, 5.0, 6.0).notes_beyond(50).empty());
}

TEST_SUITE_END();
