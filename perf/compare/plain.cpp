// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The plain reference program: the networks of the 2003 paper as a good student writes them who knows C++ but has not
// read about optimisation. It has one thread, float, the generators and distributions of the standard library, one list
// of synapses per neuron, and one loop per line of the published program. It has no tricks and no handicaps: it is
// compiled with -O3 -march=native, reserves its vectors, and does not print or allocate needlessly during the run.
//
// perf/compare measures against it: do not make it faster, and do not make it slower.
//
//     plain NETWORK SECONDS SEED       prints one JSON object

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Synapse {
    int target;
    float weight;
};

struct Recipe {
    const char* name;
    int neurons;
    int outdegree;  // targets drawn per neuron; 0: one synapse to every neuron
    float scale;    // factor of the paper's weights
};

constexpr Recipe kRecipes[] = {
    {"cortex-1k", 1'000, 0, 1.0F},
    {"cortex-10k", 10'000, 100, 6.5F},
    {"cortex-100k", 100'000, 100, 6.5F},
    {"storm-10k", 10'000, 100, 10.0F},
};

struct Network {
    int exc_count;
    std::vector<float> a, b, c, d, v, u;
    std::vector<std::vector<Synapse>> synapses;  // by source
};

Network build(const Recipe& recipe, std::mt19937& generator) {
    const int n = recipe.neurons;
    Network net;
    net.exc_count = n / 5 * 4;
    std::uniform_real_distribution<float> unit(0.0F, 1.0F);

    for (int i = 0; i < n; ++i) {
        const float r = unit(generator);
        const bool exc = i < net.exc_count;
        net.a.push_back(exc ? 0.02F : 0.02F + 0.08F * r);
        net.b.push_back(exc ? 0.2F : 0.25F - 0.05F * r);
        net.c.push_back(exc ? -65.0F + 15.0F * r * r : -65.0F);
        net.d.push_back(exc ? 8.0F - 6.0F * r * r : 2.0F);
        net.v.push_back(-65.0F);
        net.u.push_back(net.b.back() * -65.0F);
    }

    std::uniform_int_distribution<int> any_neuron(0, n - 1);
    net.synapses.resize(static_cast<std::size_t>(n));
    for (int source = 0; source < n; ++source) {
        auto& row = net.synapses[static_cast<std::size_t>(source)];
        const float strongest = (source < net.exc_count ? 0.5F : -1.0F) * recipe.scale;
        const int count = recipe.outdegree == 0 ? n : recipe.outdegree;
        row.reserve(static_cast<std::size_t>(count));
        for (int k = 0; k < count; ++k) {
            const int target = recipe.outdegree == 0 ? k : any_neuron(generator);
            row.push_back({target, strongest * unit(generator)});
        }
    }
    return net;
}

/// Runs the published program: noise, finding and recording of spikes, resets, their weights, two half-steps of v, u.
std::vector<std::pair<int, int>> run(Network& net, int steps, std::mt19937& generator) {
    const std::size_t n = net.v.size();
    const auto exc_count = static_cast<std::size_t>(net.exc_count);
    std::normal_distribution<float> normal(0.0F, 1.0F);
    std::vector<float> input(n);
    std::vector<int> fired;
    std::vector<std::pair<int, int>> firings;

    for (int step = 0; step < steps; ++step) {
        for (std::size_t i = 0; i < n; ++i) input[i] = (i < exc_count ? 5.0F : 2.0F) * normal(generator);

        fired.clear();
        for (std::size_t i = 0; i < n; ++i) {
            if (net.v[i] >= 30.0F) fired.push_back(static_cast<int>(i));
        }
        for (const int i : fired) {
            const auto neuron = static_cast<std::size_t>(i);
            firings.emplace_back(step, i);
            net.v[neuron] = net.c[neuron];
            net.u[neuron] += net.d[neuron];
            for (const Synapse& synapse : net.synapses[neuron])
                input[static_cast<std::size_t>(synapse.target)] += synapse.weight;
        }

        for (std::size_t i = 0; i < n; ++i) {
            net.v[i] += 0.5F * (0.04F * net.v[i] * net.v[i] + 5.0F * net.v[i] + 140.0F - net.u[i] + input[i]);
            net.v[i] += 0.5F * (0.04F * net.v[i] * net.v[i] + 5.0F * net.v[i] + 140.0F - net.u[i] + input[i]);
            net.u[i] += net.a[i] * (net.b[i] * net.v[i] - net.u[i]);
        }
    }
    return firings;
}

/// Peak memory of this program. getrusage would include the memory of the program that started it.
double peak_mb() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == "VmHWM:") {
            double kib = 0.0;
            status >> kib;
            return kib * 1024.0 / 1e6;
        }
    }
    return 0.0;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
    const Recipe* recipe = nullptr;
    for (const Recipe& known : kRecipes) {
        if (argc == 4 && known.name == std::string(argv[1])) recipe = &known;
    }
    if (recipe == nullptr) {
        std::cerr << "Usage: plain cortex-1k|cortex-10k|cortex-100k|storm-10k SECONDS SEED\n";
        return 2;
    }
    const int steps = static_cast<int>(std::strtod(argv[2], nullptr) * 1000.0 + 0.5);
    std::mt19937 generator(static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10)));

    const auto build_start = std::chrono::steady_clock::now();
    Network net = build(*recipe, generator);
    const double build_s = seconds_since(build_start);

    const auto run_start = std::chrono::steady_clock::now();
    const auto firings = run(net, steps, generator);
    const double run_s = seconds_since(run_start);

    std::size_t exc_spikes = 0;
    for (const auto& [step, neuron] : firings) exc_spikes += neuron < net.exc_count ? 1U : 0U;
    const double biological_s = steps / 1000.0;
    const double exc_hz = static_cast<double>(exc_spikes) / net.exc_count / biological_s;
    const double inh_hz =
        static_cast<double>(firings.size() - exc_spikes) / (recipe->neurons - net.exc_count) / biological_s;
    std::printf("{\"network\": \"%s\", \"biological_s\": %g, \"build_s\": %.6f, \"run_s\": %.6f, \"spikes\": %zu, "
                "\"rates_hz\": {\"exc\": %.6f, \"inh\": %.6f}, \"peak_rss_mb\": %.3f}\n",
                recipe->name, biological_s, build_s, run_s, firings.size(), exc_hz, inh_hz, peak_mb());
    return 0;
}
