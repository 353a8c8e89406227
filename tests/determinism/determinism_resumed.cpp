// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The determinism contract of runs that are intervened in, saved and restored: what follows is the same bits too, whoever
// saved it and whoever goes on.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "determinism_scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// What is done to a scene while it runs: every kind of intervention, weights up and down across quanta with spikes in
/// flight.
const std::vector<LoggedIntervention>& script() {
    static const std::vector<LoggedIntervention> all{
        {0, NoiseScale{{1}, 1.5}},
        {5, PopulationCurrent{{0}, 2.0}},
        {7, NeuronCurrents{{PopulationId{0}}, 3, {4.0f, -2.5f, 0.1f}}},
        {11, ForcedSpikes{everyone, {5, 0, 41, 77, 41}}},
        {11, InputSpikes{{PopulationId{1}}, 7.3, {3, 9, 3}}},
        {20, CurrentPulse{.target = everyone, .amplitude = 3.7, .steps = 9, .first = 20}},
        {22, CurrentPulse{.target = PopulationId{0}, .amplitude = -0.3, .steps = 40, .first = 1, .count = 30}},
        {30, WeightScale{ProjectionId(0), 2.7}},
        {31, WeightScale{ProjectionId(0), 0.01}},
        {33, ForcedSpikes{{PopulationId{1}}, {1, 2, 3}}},
        {40, NoiseScale{{1}, 0.3}},
        {50, WeightScale{ProjectionId(0), 90.0}},
        {52, WeightScale{ProjectionId(0), 1.0}},
        {55, PopulationCurrent{{0}, 0.0}},
    };
    return all;
}

struct IntervenedScene {
    std::size_t scene;
    std::uint64_t steps, spikes, spike_hash, state_hash;
};
// Golden like the table above, and of the meaning of interventions too.
const IntervenedScene kIntervened[] = {
    {0, 80, 5054, 0x7b66b7f3c9d57d2b, 0x41771d1807a32e39}, {3, 80, 1912, 0xd764c727dfe112c9, 0x341fd46c7f7f53e5},
    {4, 80, 1927, 0x395dbbb0ea8532f0, 0x969c04dd4e8b77a5}, {5, 80, 5230, 0xefa48f2bd11c78a5, 0xc2ce28ec96fc5643},
    {6, 80, 2634, 0x6ca989b93033941c, 0xf978c93a7fce247f}, {7, 80, 1706, 0xb4eb5f3d6ac1f91b, 0x49bbde8a120d4c57},
};

void check_intervened(const IntervenedScene& expected, const Network& network, const Variant& variant) {
    Simulation simulation(network, variant.options());
    for (const LoggedIntervention& one : script()) {
        run(simulation, one.step - simulation.steps_done(), variant.slicing, nullptr);
        simulation.apply(one.what);
    }
    run(simulation, expected.steps - simulation.steps_done(), variant.slicing, nullptr);
    const bool same = simulation.spike_count() == expected.spikes && simulation.spike_hash() == expected.spike_hash &&
                      simulation.state_hash() == expected.state_hash;
    std::ostringstream out;
    out << scenes()[expected.scene].name << " intervened with " << variant.text() << ": spikes "
        << simulation.spike_count() << std::hex << " spike_hash 0x" << simulation.spike_hash() << " state_hash 0x"
        << simulation.state_hash();
    CHECK_MESSAGE(same, out.str());
}

}  // namespace

TEST_SUITE_BEGIN("determinism resumed");

TEST_CASE("interventions at the same steps, on any threads, delivery, instruction set and slicing") {
    for (const IntervenedScene& expected : kIntervened) {
        const Network network = scenes()[expected.scene].build();
        check_intervened(expected, network, kPlainest);
        for (const Isa isa : available_isas())
            check_intervened(expected, network,
                             {.threads = 3, .runner = Runner::threads, .delivery = Delivery::reduce, .isa = isa});
        for (const int threads : {1, 2, 5})
            for (const Runner runner : {Runner::reversed, Runner::threads, Runner::standard, Runner::rotating})
                for (const Delivery delivery : kDeliveries)
                    for (const Slicing slicing : {Slicing::one_run, Slicing::odd_lengths, Slicing::step_calls}) {
                        if ((threads + static_cast<int>(runner) + static_cast<int>(slicing)) % 3 != 0) continue;
                        check_intervened(
                            expected, network,
                            {.threads = threads, .runner = runner, .delivery = delivery, .slicing = slicing});
                    }
        for (const std::uint32_t window : kWindows)
            check_intervened(expected, network,
                             {.threads = 2,
                              .runner = Runner::threads,
                              .delivery = Delivery::partition,
                              .slicing = Slicing::odd_lengths,
                              .window = window});
        check_intervened(expected, with_storage(network, Storage::procedural),
                         {.threads = 3, .runner = Runner::threads, .delivery = Delivery::partition});
    }
}

namespace {

/// Settings that hold what is in flight each in another way.
const Variant kHolders[] = {
    kPlainest,
    {.threads = 3, .runner = Runner::threads, .delivery = Delivery::reduce, .slicing = Slicing::odd_lengths},
    {.threads = 5, .runner = Runner::rotating, .delivery = Delivery::partition, .slicing = Slicing::step_calls},
    {.threads = 2, .runner = Runner::standard, .delivery = Delivery::reduce},
    {.threads = 8, .runner = Runner::reversed, .delivery = Delivery::partition, .slicing = Slicing::odd_lengths},
    {.threads = 1, .runner = Runner::serial, .delivery = Delivery::partition, .window = 1},
    {.threads = 3,
     .runner = Runner::threads,
     .delivery = Delivery::partition,
     .slicing = Slicing::odd_lengths,
     .window = 8},
};

struct Ending {
    std::uint64_t steps, spikes, spike_hash, state_hash;
};

void check_ending(const Simulation& simulation, const Ending& expected, const std::string& how) {
    const bool same = simulation.spike_count() == expected.spikes && simulation.spike_hash() == expected.spike_hash &&
                      simulation.state_hash() == expected.state_hash && simulation.steps_done() == expected.steps;
    CHECK_MESSAGE(same, how);
}

/// Saves with one setting, goes on there, and with another setting.
/// @param before runs to where it is saved. @param go_on runs to the end
template <class Before, class GoOn>
void check_restored(const Network& network, const Variant& x, const Variant& y, const Ending& expected,
                    const Before& before, const GoOn& go_on) {
    Simulation saved(network, x.options());
    before(saved, x);
    const std::vector<std::byte> checkpoint = saved.checkpoint();
    const std::string at = network.description().spec.name + " saved after " + std::to_string(saved.steps_done()) +
                           " steps with " + x.text();
    Simulation restored(network, y.options());
    run(restored, saved.steps_done() / 2 + 1, y.slicing, nullptr);  // of which nothing may be left
    restored.apply(PopulationCurrent{{0}, 3.0});
    restored.apply(ForcedSpikes{everyone, {1}});
    restored.restore(checkpoint);
    CHECK_MESSAGE(restored.checkpoint() == checkpoint, at << ", and again with " << y.text());
    go_on(saved, x);
    check_ending(saved, expected, at + ", and gone on");
    go_on(restored, y);
    check_ending(restored, expected, at + ", restored with " + y.text());
}

void check_scene_restored(const Scene& scene, const Network& network, const Variant& x, const Variant& y,
                          std::uint64_t at) {
    check_restored(
        network, x, y, {scene.steps, scene.spikes, scene.spike_hash, scene.state_hash},
        [&](Simulation& s, const Variant& v) { run(s, at, v.slicing, nullptr); },
        [&](Simulation& s, const Variant& v) { run(s, scene.steps - at, v.slicing, nullptr); });
}

/// Makes the interventions of the script from number `next` on that come before step `end`, and runs to there.
void play(Simulation& simulation, const Variant& variant, std::size_t& next, std::uint64_t end) {
    for (; next < script().size() && script()[next].step < end; ++next) {
        run(simulation, script()[next].step - simulation.steps_done(), variant.slicing, nullptr);
        simulation.apply(script()[next].what);
    }
    run(simulation, end - simulation.steps_done(), variant.slicing, nullptr);
}

}  // namespace

TEST_CASE("saved at any step with one setting and restored with another") {
    for (const Scene& scene : scenes()) {
        const Network network = scene.build();
        std::uint64_t at = 1;
        for (const Variant& x : kHolders)
            for (const Variant& y : kHolders) {
                at = (at + 37) % scene.steps;
                if (scene.large && at % 4 != 0) continue;
                check_scene_restored(scene, network, x, y, at);
            }
        for (const Isa x : available_isas())
            for (const Isa y : available_isas()) {
                at = (at + 53) % scene.steps;
                if (x == y || (scene.large && at % 4 != 0)) continue;
                check_scene_restored(
                    scene, network,
                    {.threads = 3, .runner = Runner::threads, .delivery = Delivery::partition, .isa = x},
                    {.threads = 2, .runner = Runner::threads, .delivery = Delivery::reduce, .isa = y}, at);
            }
        check_scene_restored(scene, network, kHolders[1], kHolders[4], 0);
        check_scene_restored(scene, network, kHolders[4], kHolders[3], scene.steps);
    }
}

TEST_CASE("a checkpoint is the same whoever wrote it") {
    for (const Scene& scene : scenes()) {
        if (scene.large) continue;
        const Network network = scene.build();
        std::vector<std::byte> first;
        for (const Variant& variant : kHolders) {
            Simulation simulation(network, variant.options());
            run(simulation, scene.steps / 2 + 1, variant.slicing, nullptr);
            const std::vector<std::byte> checkpoint = simulation.checkpoint("note");
            if (first.empty()) first = checkpoint;
            CHECK_MESSAGE(checkpoint == first, scene.name << " with " << variant.text());
        }
    }
}

TEST_CASE("saved between interventions, with all they left behind, and restored") {
    for (const IntervenedScene& expected : kIntervened) {
        const Network network = scenes()[expected.scene].build();
        std::size_t pair = 0;
        for (const std::uint64_t at : {0, 1, 7, 11, 12, 20, 23, 30, 32, 33, 41, 50, 53, 79}) {
            const Variant& x = kHolders[pair % std::size(kHolders)];
            const Variant& y = kHolders[(pair / 2 + 1) % std::size(kHolders)];
            ++pair;
            std::size_t done = 0;
            check_restored(
                network, x, y, {expected.steps, expected.spikes, expected.spike_hash, expected.state_hash},
                [&](Simulation& s, const Variant& v) {
                    play(s, v, done, at);
                    // What acts in the next step alone has not acted yet.
                    for (; done < script().size() && script()[done].step == at; ++done) s.apply(script()[done].what);
                },
                [&](Simulation& s, const Variant& v) {
                    std::size_t next = done;
                    play(s, v, next, expected.steps);
                });
        }
    }
}

namespace {

/// Makes the interventions of the script, and takes a snapshot once `at` steps are done.
struct Photographer : StepClient {
    Photographer(const Simulation& of_in, std::uint64_t at_in, bool intervenes_in)
        : of(of_in), at(at_in), intervenes(intervenes_in) {}
    void before_step(std::uint64_t step, Simulation& simulation) override {
        for (; intervenes && next < script().size() && script()[next].step <= step; ++next)
            simulation.apply(script()[next].what);
    }
    void after_step(std::uint64_t step, std::span<const Spike> /*spikes*/) override {
        if (step == at || step == at / 2 + 1) of.snapshot(snapshot);  // the second into the memory of the first
    }
    const Simulation& of;
    std::uint64_t at;
    bool intervenes;
    std::size_t next = 0;
    Snapshot snapshot;
};

}  // namespace

TEST_CASE("a snapshot within a paced run becomes the checkpoint of its step, whatever came after it") {
    constexpr double fast = 1000.0;
    for (const Scene& scene : scenes()) {
        if (scene.large) continue;
        const Network network = scene.build();
        const std::uint64_t at = scene.steps * 2 / 3;
        Simulation by_hand(network, kPlainest.options());
        by_hand.run(at);
        const std::vector<std::byte> expected = by_hand.checkpoint("note");
        for (const Variant& variant : kHolders) {
            Simulation simulation(network, variant.options());
            RealtimeRunner runner(simulation, {.speed = fast});
            Photographer photographer(simulation, at, false);
            (void)runner.run(scene.steps, &photographer);
            CHECK(photographer.snapshot.step() == at);
            CHECK_MESSAGE(photographer.snapshot.checkpoint("note") == expected,
                          scene.name << " with " << variant.text());
            check_ending(simulation, {scene.steps, scene.spikes, scene.spike_hash, scene.state_hash},
                         std::string(scene.name) + ", gone on after a snapshot with " + variant.text());
        }
    }
    for (const IntervenedScene& expected : kIntervened) {
        const Network network = scenes()[expected.scene].build();
        for (const std::uint64_t at : {7, 12, 23, 31, 53, 79})
            for (const Variant& variant : {kHolders[at % std::size(kHolders)], kPlainest}) {
                Simulation by_hand(network, kPlainest.options());
                std::size_t next = 0;
                play(by_hand, kPlainest, next, at);
                Simulation simulation(network, variant.options());
                RealtimeRunner runner(simulation, {.speed = fast});
                Photographer photographer(simulation, at, true);
                (void)runner.run(expected.steps, &photographer);
                CHECK_MESSAGE(
                    photographer.snapshot.checkpoint() == by_hand.checkpoint(),
                    scenes()[expected.scene].name << " intervened, after " << at << " steps with " << variant.text());
                check_ending(simulation, {expected.steps, expected.spikes, expected.spike_hash, expected.state_hash},
                             "gone on after a snapshot between interventions");
            }
    }
}

TEST_SUITE_END();
