// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// A parameter scan: one network at eight sizes of its inhibitory population, several simulations at a time. Each simulation
// runs on one thread of its own, so the processors share the points of the scan and not the steps of one network.
//     izhi_scan [THREADS]
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <thread>
#include <vector>

#include <izhi/izhi.hpp>

namespace {

constexpr double kSeconds = 1.0;
constexpr std::uint32_t kExcitatory = 8000;

struct Point {
    std::uint32_t inhibitory = 0;  // the parameter
    double exc_hz = 0.0, inh_hz = 0.0;
    std::uint64_t spike_hash = 0;  // the same on every machine and for any number of threads
};

/// Builds the network with this parameter, runs it, and fills in the results.
void measure(Point& point) {
    izhi::NetworkBuilder net{{.name = "cortex", .seed = 42}};
    const auto exc =
        net.add_population({.name = "exc", .size = kExcitatory, .cell = izhi::excitatory_2003(), .noise_stddev = 5.0});
    const auto inh = net.add_population(
        {.name = "inh", .size = point.inhibitory, .cell = izhi::inhibitory_2003(), .noise_stddev = 2.0});
    net.connect(exc, izhi::everyone, {.rule = izhi::fixed_outdegree(100), .weight = izhi::uniform(0.0, 3.25)});
    net.connect(inh, izhi::everyone, {.rule = izhi::fixed_outdegree(100), .weight = izhi::uniform(-6.5, 0.0)});

    izhi::Simulation sim{net.build(), {.threads = 1}};
    sim.run_ms(1000.0 * kSeconds);
    point.exc_hz = static_cast<double>(sim.spike_count(exc)) / kExcitatory / kSeconds;
    point.inh_hz = static_cast<double>(sim.spike_count(inh)) / point.inhibitory / kSeconds;
    point.spike_hash = sim.spike_hash();
}

}  // namespace

int main(int argc, char** argv) try {
    const int asked = argc > 1 ? std::atoi(argv[1]) : static_cast<int>(std::thread::hardware_concurrency());
    const int threads = std::max(1, asked);
    std::vector<Point> points;
    for (std::uint32_t size = 500; size <= 4000; size += 500) points.push_back({.inhibitory = size});

    // Each worker takes the next point until none is left. A point is written by one worker only, so no lock is needed.
    std::atomic<std::size_t> next{0};
    std::vector<std::future<void>> workers;
    for (int worker = 0; worker < threads; ++worker)
        workers.push_back(std::async(std::launch::async, [&] {
            for (std::size_t i = next++; i < points.size(); i = next++) measure(points[i]);
        }));
    for (auto& worker : workers) worker.get();  // throws what the worker threw

    std::puts("inhibitory   exc Hz   inh Hz  spike hash");
    for (const Point& point : points)
        std::printf("%10u %8.2f %8.2f  %016llx\n", point.inhibitory, point.exc_hz, point.inh_hz,
                    static_cast<unsigned long long>(point.spike_hash));

    // More inhibition must mean fewer spikes; a test runs this program and looks at its exit code.
    const auto rises = [](const Point& one, const Point& more) { return more.exc_hz >= one.exc_hz; };
    return std::adjacent_find(points.begin(), points.end(), rises) == points.end() ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "izhi_scan: %s\n", error.what());
    return 1;
}
