// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "izhi/izhi.hpp"

/// What the determinism contract is tested on: networks that between them have everything, the bits that each must give,
/// and the ways to run them that must not matter.
namespace izhi::test {

/// A network, and its expected results after `steps` steps.
struct Scene {
    const char* name;
    Network (*build)();
    std::uint64_t steps;
    bool large;  ///< building takes long: fewer variants
    std::uint64_t spikes, spike_hash, state_hash;
};
[[nodiscard]] std::span<const Scene> scenes();

enum class Slicing { one_run, ones, odd_lengths, step_calls };
enum class Runner { serial, reversed, threads, standard, rotating };

/// A way to run a network.
struct Variant {
    int threads = 1;
    Runner runner = Runner::serial;
    Delivery delivery = Delivery::automatic;
    Isa isa = Isa::automatic;
    Slicing slicing = Slicing::one_run;
    bool observed = false;
    std::uint32_t window = 0;  ///< SimulationOptions::delivery_window

    [[nodiscard]] std::string text() const;
    [[nodiscard]] SimulationOptions options() const;
};

/// What every variant is compared with when it fails.
inline constexpr Variant kPlainest{
    .threads = 1, .runner = Runner::serial, .delivery = Delivery::partition, .isa = Isa::scalar};
inline constexpr Delivery kDeliveries[] = {Delivery::partition, Delivery::reduce};

/// Delivery windows: of one step, of some, and of all delays.
inline constexpr std::uint32_t kWindows[] = {1, 8, 1u << 16};

/// @param observer may be null
void run(Simulation& simulation, std::uint64_t steps, Slicing slicing, Observer* observer);

/// Where two variants part: the first differing spike, and the first differing state, stepping both side by side.
[[nodiscard]] std::string first_divergence(const Network& network, const Variant& x, const Network& other_network,
                                           const Variant& y, std::uint64_t steps);

/// The same network with every row that can be drawn alone stored, or procedural.
[[nodiscard]] Network with_storage(const Network& network, Storage storage);

}  // namespace izhi::test
