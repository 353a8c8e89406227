// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The determinism contract: the same spikes and the same bits of state for any number of threads, any executor, any
// instruction set, either delivery and any way of slicing a run into calls.
#include <doctest/doctest.h>

#include <cstdint>
#include <sstream>
#include <string>

#include "determinism_scenes.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

void check(const Scene& scene, const Network& network, const Variant& variant) {
    Simulation simulation(network, variant.options());
    Raster raster;
    run(simulation, scene.steps, variant.slicing, variant.observed ? &raster : nullptr);
    const bool same = simulation.spike_hash() == scene.spike_hash && simulation.state_hash() == scene.state_hash &&
                      simulation.spike_count() == scene.spikes && simulation.steps_done() == scene.steps;
    std::ostringstream out;
    if (!same)
        out << scene.name << " with " << variant.text() << std::hex << ": spikes " << std::dec
            << simulation.spike_count() << std::hex << " spike_hash 0x" << simulation.spike_hash() << " state_hash 0x"
            << simulation.state_hash() << "; " << first_divergence(network, kPlainest, network, variant, scene.steps);
    CHECK_MESSAGE(same, out.str());
    if (variant.observed) CHECK(raster.all.size() == scene.spikes);
}

}  // namespace

TEST_SUITE_BEGIN("determinism");

TEST_CASE("the plainest variant gives the golden hashes") {
    for (const Scene& scene : scenes()) check(scene, scene.build(), kPlainest);
}

namespace {

void check_every_scene(const std::vector<Isa>& isas) {
    for (const Scene& scene : scenes()) {
        const Network network = scene.build();
        for (const Isa isa : isas)
            for (const int threads : {1, 3})
                for (const Delivery delivery : kDeliveries) {
                    if (scene.large && (delivery == Delivery::reduce) != (threads == 3)) continue;
                    check(scene, network,
                          {.threads = threads, .runner = Runner::standard, .delivery = delivery, .isa = isa});
                }
    }
}

}  // namespace

TEST_CASE("every instruction set") { check_every_scene(available_isas()); }

// A part of the above, for emulated processors: the narrower ones were emulated before.
TEST_CASE("the widest instruction set alone" * doctest::skip()) { check_every_scene({available_isas().back()}); }

TEST_CASE("any number of threads on any executor with either delivery") {
    for (const Scene& scene : scenes()) {
        const Network network = scene.build();
        int cell = 0;
        for (const int threads : {1, 2, 3, 5, 8, 16})
            for (const Runner runner : {Runner::serial, Runner::reversed, Runner::threads, Runner::standard}) {
                ++cell;
                for (const Delivery delivery : kDeliveries) {
                    // of the large ones not every pair of thread count and executor meets each delivery
                    if (scene.large && (cell / 4 + cell % 4 + (delivery == Delivery::reduce ? 1 : 0)) % 3 != 0)
                        continue;
                    check(scene, network, {.threads = threads, .runner = runner, .delivery = delivery});
                }
            }
    }
}

TEST_CASE("more workers than a reduction takes at once") {
    const Scene& scene = scenes().back();
    const Network network = scene.build();
    for (const int threads : {64, 65, 150})
        for (const Delivery delivery : kDeliveries)
            check(scene, network,
                  {.threads = threads, .runner = Runner::rotating, .delivery = delivery, .slicing = Slicing::ones});
}

TEST_CASE("sliced into calls, observed or not") {
    for (const Scene& scene : scenes()) {
        const Network network = scene.build();
        for (const Slicing slicing : {Slicing::one_run, Slicing::ones, Slicing::odd_lengths, Slicing::step_calls})
            for (const bool observed : {false, true}) {
                if (scene.large && observed == (slicing == Slicing::odd_lengths)) continue;
                check(scene, network,
                      {.threads = 3,
                       .runner = Runner::rotating,
                       .delivery = Delivery::reduce,
                       .slicing = slicing,
                       .observed = observed});
                check(scene, network,
                      {.threads = 2,
                       .runner = Runner::threads,
                       .delivery = Delivery::partition,
                       .slicing = slicing,
                       .observed = observed});
            }
    }
}

TEST_CASE("rows drawn while running give the bits of stored ones") {
    for (const Scene& scene : scenes()) {
        if (scene.name == std::string("storm-10k")) continue;  // its weights say nothing new
        const Network stored = scene.build();
        const Network network = with_storage(stored, Storage::procedural);
        for (const Isa isa : available_isas())
            for (const Delivery delivery : kDeliveries)
                check(scene, network,
                      {.threads = 3,
                       .runner = Runner::threads,
                       .delivery = delivery,
                       .isa = isa,
                       .slicing = Slicing::odd_lengths});
    }
}

TEST_CASE("synapses are pushed late, in any window, or at once") {
    for (const Scene& scene : scenes()) {
        const Network network = scene.build();
        for (const std::uint32_t window : kWindows) {
            const auto with = [&](int threads, Runner runner, Slicing slicing, Isa isa = Isa::automatic) {
                check(scene, network,
                      {.threads = threads,
                       .runner = runner,
                       .delivery = Delivery::partition,
                       .isa = isa,
                       .slicing = slicing,
                       .window = window});
            };
            with(1, Runner::serial, Slicing::one_run);
            with(3, Runner::threads, Slicing::odd_lengths);
            with(8, Runner::rotating, Slicing::step_calls);
            if (scene.large) continue;
            for (const Isa isa : available_isas()) with(2, Runner::reversed, Slicing::one_run, isa);
        }
    }
}

TEST_CASE("stored rows give the bits of those that are drawn while running") {
    for (const Scene& scene : scenes()) {
        if (scene.name != std::string("windows")) continue;  // the others are stored, or have a twin that is
        check(scene, with_storage(scene.build(), Storage::stored), {.threads = 2, .runner = Runner::threads});
    }
}

TEST_CASE("scenes are what their names promise") {
    for (const Scene& scene : scenes()) {
        const Network network = scene.build();
        const std::string name = scene.name;
        CAPTURE(name);
        CHECK(network.bytes_per_synapse() == (name.ends_with("-wide") || name == "many" ? 8 : 4));
        CHECK(scene.spikes > 100);  // a silent scene would prove nothing
    }
}

TEST_CASE("a divergence is reported with its step and neuron") {
    // The same network, but one neuron gets a jolt in its eighth step.
    const auto network = [](bool jolted) {
        NetworkBuilder net = cortex(200, 20, 6.5, 3);
        net.stimulate(
            everyone,
            {.stimulus = SpikeTimes{.weight = jolted ? 400.0 : 0.0, .times_ms = {7.0}}, .first = 170, .count = 1});
        return net.build();
    };
    Variant other = kPlainest;
    other.threads = 2;
    const std::string text = first_divergence(network(false), kPlainest, network(true), other, 30);
    CHECK(text.find("first spike of one alone: step 8 neuron 170, only with 2 threads") != std::string::npos);
    CHECK(text.find("first differing state: step 8 neuron 170, v = ") != std::string::npos);
    const std::string same = first_divergence(network(false), kPlainest, network(false), other, 30);
    CHECK(same.find("no state differs") != std::string::npos);
    INFO(text);
    INFO(same);
}

TEST_SUITE_END();
