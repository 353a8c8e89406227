// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "microcircuit.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <sstream>

namespace izhi::networks {
namespace {

constexpr std::size_t kPopulations = 8;
/// One population; the table has them layer by layer.
struct Population {
    const char* name;
    double size;
    double external;            ///< afferents from outside, of 8 Hz each
    double v0_mean, v0_stddev;  ///< [mV], of the "optimized" start
    double rate_hz;             ///< at full size, in one run of NEST
};
constexpr std::array<Population, kPopulations> kCircuit{{{"L23E", 20683, 1600, -68.28, 5.36, 0.903},
                                                         {"L23I", 5834, 1500, -63.16, 4.57, 2.965},
                                                         {"L4E", 21915, 2100, -63.33, 4.74, 4.414},
                                                         {"L4I", 5479, 1900, -63.45, 4.94, 5.876},
                                                         {"L5E", 4850, 2000, -63.11, 4.94, 7.569},
                                                         {"L5I", 1065, 1900, -61.66, 4.55, 8.633},
                                                         {"L6E", 14395, 2900, -66.72, 5.46, 1.105},
                                                         {"L6I", 2948, 2100, -61.43, 4.48, 7.829}}};
/// Probability of at least one synapse: [target][source].
constexpr double kProbability[kPopulations][kPopulations] = {
    {.1009, .1689, .0437, .0818, .0323, 0.0, .0076, 0.0},     {.1346, .1371, .0316, .0515, .0755, 0.0, .0042, 0.0},
    {.0077, .0059, .0497, .1350, .0067, .0003, .0453, 0.0},   {.0691, .0029, .0794, .1597, .0033, 0.0, .1057, 0.0},
    {.1004, .0622, .0505, .0057, .0831, .3726, .0204, 0.0},   {.0548, .0269, .0257, .0022, .0600, .3158, .0086, 0.0},
    {.0156, .0066, .0211, .0166, .0572, .0197, .0396, .2252}, {.0364, .0010, .0034, .0005, .0277, .0080, .0658, .1443}};

constexpr double kWeight = 87.8085, kDriveHz = 8.0, kTauSyn = 0.5;

bool inhibitory(std::size_t source) { return source % 2 == 1; }

double synapses(std::size_t target, std::size_t source) {
    const double pairs = kCircuit[target].size * kCircuit[source].size;
    return std::round(std::log1p(-kProbability[target][source]) / std::log1p(-1.0 / pairs));
}

/// Mean weight [pA]: inhibition is four times as strong, and layer 4 excites layer 2/3 twice as strongly.
double weight(std::size_t target, std::size_t source) {
    if (inhibitory(source)) return -4.0 * kWeight;
    return target == 0 && source == 2 ? 2.0 * kWeight : kWeight;
}

/// The mean current [pA] that a population lacks in a smaller network.
double missing_current(std::size_t target, double scale) {
    double sum = kWeight * kCircuit[target].external * kDriveHz;
    for (std::size_t source = 0; source < kPopulations; ++source)
        sum += weight(target, source) * synapses(target, source) / kCircuit[target].size * kCircuit[source].rate_hz;
    return 1e-3 * kTauSyn * (1.0 - std::sqrt(scale)) * sum;
}

constexpr const char* kHead = R"(# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#
# The cortical microcircuit of Potjans and Diesmann (2014, Cereb. Cortex 24:785), a standard benchmark of the field. It has the
# 77,169 neurons (integrate-and-fire) and 299 million synapses under a square millimetre of cortex, steps of 0.1 ms, Poisson
# drive, and the "optimized" start. microcircuit:0.1 has a tenth of the neurons and a tenth of the synapses per neuron; the mean
# and the variance of the input stay the same.
#
# What to expect (NEST, after 500 ms): L23E 0.9, L23I 3.0, L4E 4.4, L4I 5.9, L5E 7.6, L5I 8.6, L6E 1.1, L6I 7.8 Hz. The CV of the
# intervals is 0.94, 0.92, 0.89, 0.87, 0.85, 0.81, 0.92, 0.82. L5E differs most between networks (6.2 to 9.7 Hz).
# At a tenth of the size, fewer and stronger inputs let all populations fire less: 0.5, 2.1, 4.0, 5.0, 6.6, 7.8, 0.8, 7.0 Hz. An
# independent program of the same equations gives 0.4, 2.1, 4.0, 5.0, 7.1, 7.7, 0.9, 7.1 Hz.
#
# Delays are one step longer than in NEST, where a current acts on v one step after its spike arrives.
#
# Try: izhi run microcircuit:0.1 --duration 1s --plot microcircuit.png

[network]
name = "microcircuit"
seed = 42
dt_ms = 0.1
)";

void write_population(std::ostream& out, std::size_t p, double scale) {
    const Population& own = kCircuit[p];
    out << "\n[population." << own.name << "]\nsize = " << std::llround(scale * own.size) << "\nmodel = \"lif\"\n"
        << "capacitance = 250.0\ntau_m_ms = 10.0\ne_l_mv = -65.0\nv_th_mv = -50.0\nv_reset_mv = -65.0\n"
        << "refractory_ms = 2.0\nv0_mv = { normal = [" << own.v0_mean << ", " << own.v0_stddev
        << "], redraw = [-120.0, -50.01] }\n";
    if (scale < 1.0) out << "bias_current = " << missing_current(p, scale) << "\n";
}

void write_projection(std::ostream& out, std::size_t target, std::size_t source, double scale) {
    const double mean = weight(target, source) / std::sqrt(scale), stddev = 0.1 * std::abs(mean);
    const bool inhibits = inhibitory(source);
    const double furthest = mean + (inhibits ? -8.0 : 8.0) * stddev;
    out << "\n[projection." << kCircuit[source].name << "-" << kCircuit[target].name << "]\nsource = \""
        << kCircuit[source].name << "\"\ntarget = \"" << kCircuit[target].name
        << "\"\nrule = \"fixed-total\"\ntotal = " << std::llround(scale * scale * synapses(target, source))
        << "\nweight = { normal = [" << mean << ", " << stddev << "], redraw = [" << (inhibits ? furthest : 0.0) << ", "
        << (inhibits ? 0.0 : furthest) << "] }\ndelay_ms = { normal = [" << (inhibits ? "0.85, 0.375" : "1.6, 0.75")
        << "], redraw = [0.15, 6.34] }\ndynamics = { type = \"exponential\", tau_ms = " << kTauSyn << " }\n";
}

void write_drive(std::ostream& out, std::size_t p, double scale) {
    out << "\n[stimulus.outside-" << kCircuit[p].name << "]\ntype = \"poisson\"\ntarget = \"" << kCircuit[p].name
        << "\"\nrate_hz = " << std::round(scale * kCircuit[p].external) * kDriveHz
        << "\nweight = " << kWeight / std::sqrt(scale) << "\ndynamics = { type = \"exponential\", tau_ms = " << kTauSyn
        << " }\n";
}

}  // namespace

std::string microcircuit_text(double scale) {
    std::ostringstream out;
    out.precision(10);
    out << kHead;
    for (std::size_t p = 0; p < kPopulations; ++p) write_population(out, p, scale);
    for (std::size_t target = 0; target < kPopulations; ++target)
        for (std::size_t source = 0; source < kPopulations; ++source)
            if (kProbability[target][source] > 0.0) write_projection(out, target, source, scale);
    for (std::size_t p = 0; p < kPopulations; ++p) write_drive(out, p, scale);
    return out.str();
}

}  // namespace izhi::networks
