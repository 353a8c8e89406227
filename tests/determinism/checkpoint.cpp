// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Checkpoints: files, what they must fit, and the past with another future. That what follows is the same bits, see
// determinism_resumed.cpp.
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "engine/state/archive.hpp"
#include "izhi/error.hpp"
#include "tests/step/scenes.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;
constexpr PopulationId kExc{0}, kInh{1};

struct Choice {
    std::string name = "pair", exc = "exc";
    std::uint64_t seed = 5;
    double dt_ms = 1.0, exc_noise = 5.0, exc_weight = 3.0, delay_ms = 6.0, inh_probability = 0.1, current = 0.0;
    std::uint32_t inh_size = 20, outdegree = 12;
    bool autapses = true, procedural = false, third = false;
    CellType inh_cell = inhibitory_2003();
    std::vector<ExplicitSynapse> listed{{1, 2, 0.5, 1.0}, {3, 4, 0.25, 2.0}};
};

Network build(const Choice& c = {}) {
    NetworkBuilder net{{.name = c.name, .seed = c.seed, .dt_ms = c.dt_ms}};
    const auto exc =
        net.add_population({.name = c.exc, .size = 70, .cell = excitatory_2003(), .noise_stddev = c.exc_noise});
    const auto inh = net.add_population({.name = "inh", .size = c.inh_size, .cell = c.inh_cell, .noise_stddev = 2.0});
    net.connect(exc, everyone,
                {.name = "excitation",
                 .rule = fixed_outdegree(c.outdegree),
                 .weight = uniform(0.0, c.exc_weight),
                 .delay_ms = uniform(1.0, c.delay_ms),
                 .storage = c.procedural ? Storage::procedural : Storage::stored});
    net.connect(inh, everyone,
                {.name = "inhibition",
                 .rule = fixed_probability(c.inh_probability),
                 .weight = uniform(-4.0, 0.0),
                 .delay_ms = 2.0,
                 .autapses = c.autapses});
    net.connect(exc, exc, {.name = "listed", .rule = explicit_list(c.listed)});
    if (c.third) net.connect(inh, inh, {.name = "third", .rule = one_to_one(), .weight = -1.0});
    net.stimulate(exc, {.stimulus = DirectCurrent{.amplitude = c.current, .start_ms = 20.0, .stop_ms = 90.0}});
    return net.build();
}

Bytes saved(const Network& network, std::uint64_t steps, const std::string& note = {}) {
    Simulation simulation(network);
    simulation.run(steps);
    return simulation.checkpoint(note);
}

/// What restoring into a simulation of `network` throws; it must change nothing.
std::string refusal(const Network& network, std::span<const std::byte> checkpoint) {
    Simulation simulation(network);
    simulation.run(11);
    simulation.apply(PopulationCurrent{kInh, 1.5});
    const Bytes before = simulation.checkpoint();
    std::string text = "none";
    try {
        simulation.restore(checkpoint);
    } catch (const Error& e) {
        text = e.what();
        CHECK(simulation.checkpoint() == before);
    }
    return text;
}

void write(const fs::path& path, std::span<const std::byte> bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::string thrown(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& e) { return e.what(); }
    return "none";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE_BEGIN("checkpoint");

TEST_CASE("checkpoint: a file says what it is of, and goes on") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "a.izhi";
    Simulation simulation(build());
    simulation.run(123);
    simulation.save(file, "remember me");
    const CheckpointInfo info = read_checkpoint_info(file);
    CHECK(info.network == "pair");
    CHECK(info.neurons == 90);
    CHECK(info.dt_ms == 1.0);
    CHECK(info.seed == 5);
    CHECK(info.step == 123);
    CHECK(info.note == "remember me");

    Simulation other(build());
    other.restore(file);
    CHECK(other.steps_done() == 123);
    CHECK(other.spike_count() == simulation.spike_count());
    CHECK(other.spike_count() > 50);
    CHECK(other.spike_count(kInh) == simulation.spike_count(kInh));
    simulation.run(77);
    other.run(77);
    CHECK(other.spike_hash() == simulation.spike_hash());
    CHECK(other.state_hash() == simulation.state_hash());
    CHECK(other.checkpoint() == simulation.checkpoint());
}

TEST_CASE("checkpoint: a file is replaced whole, and nothing else is left") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "a.izhi";
    Simulation simulation(build());
    simulation.save(file);
    simulation.run(5);
    simulation.save(file);
    CHECK(read_checkpoint_info(file).step == 5);
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
    CHECK(has(thrown([&] { simulation.save(folder.path() / "none" / "a.izhi"); }), "cannot be created"));
}

TEST_CASE("checkpoint: a snapshot is written later, as what was there when it was taken") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "a.izhi", direct = folder.path() / "b.izhi";
    Snapshot snapshot;
    CHECK(has(thrown([&] { (void)snapshot.checkpoint(); }), "snapshot was not taken"));
    Simulation simulation(build());
    for (const std::uint64_t steps : {60, 7}) {
        simulation.run(steps);
        simulation.apply(CurrentPulse{.amplitude = 3.0, .steps = 9});
        simulation.apply(WeightScale{ProjectionId(0), steps == 60 ? 1.5 : 0.5});
        simulation.snapshot(snapshot);
        simulation.save(direct, "mine");
        simulation.run(40);
        simulation.apply(PopulationCurrent{kExc, 2.0});
        snapshot.save(file, "mine");
        CHECK(snapshot.step() == simulation.steps_done() - 40);
        CHECK(fs::file_size(file) == fs::file_size(direct));
        Simulation one(build()), two(build());
        one.restore(file);
        two.restore(direct);
        CHECK(one.checkpoint() == two.checkpoint());
        CHECK(read_checkpoint_info(file).note == "mine");
    }
    // of another network, in the same memory
    const Simulation other(build({.exc_weight = 2.0, .inh_size = 40}));
    other.snapshot(snapshot);
    CHECK(snapshot.checkpoint() == other.checkpoint());
}

TEST_CASE("checkpoint: of neurons that left the range of single precision there is no snapshot") {
    NetworkBuilder net{{.name = "wild"}};
    net.add_population({.name = "a", .size = 3, .cell = {10.0, 100.0, -65.0, -1000.0}, .bias_current = 1e5});
    Snapshot snapshot;
    Simulation simulation(net.build());
    CHECK_THROWS_AS(simulation.run(1000), RunError);
    CHECK_THROWS_AS(simulation.snapshot(snapshot), RunError);
}

TEST_CASE("checkpoint: the memory of a snapshot is foreseen") {
    const Network network = cortex(20000, 10, 1.0, 5).build();
    const MemoryForecast forecast = network.memory(1);
    const Simulation simulation(network, {.threads = 1});
    CHECK(forecast.snapshot_bytes >= 2 * simulation.checkpoint().size());
    CHECK(forecast.snapshot_bytes < 6 * simulation.checkpoint().size());
    SimulationOptions options{.threads = 1, .memory_limit_bytes = forecast.total() + forecast.snapshot_bytes / 2};
    CHECK(thrown([&] { Simulation{network, options}; }) == "none");
    options.snapshots = true;
    const std::string refused = thrown([&] { Simulation{network, options}; });
    CHECK(has(refused, " for snapshots); allowed: up to "));
    options.memory_limit_bytes = forecast.total() + forecast.snapshot_bytes;
    CHECK(thrown([&] { Simulation{network, options}; }) == "none");
}

TEST_CASE("checkpoint: what does not fit is refused by its name") {
    const Bytes checkpoint = saved(build(), 40);
    const auto refused = [&](auto change) {
        Choice choice;
        change(choice);
        return refusal(build(choice), checkpoint);
    };
    CHECK(refusal(build(), checkpoint) == "none");
    CHECK(refused([](Choice& c) { c.dt_ms = 0.5; }) ==
          "checkpoint: has network.dt_ms = 1; allowed: 0.5, as in this network");
    CHECK(refused([](Choice& c) { c.seed = 6; }) == "checkpoint: has network.seed = 5; allowed: 6, as in this network");
    CHECK(refused([](Choice& c) { c.exc = "pyramidal"; }) ==
          "checkpoint: has population 1 = \"exc\"; allowed: \"pyramidal\", as in this network");
    CHECK(refused([](Choice& c) { c.inh_size = 21; }) ==
          "checkpoint: has population.inh.size = 20; allowed: 21, as in this network");
    CHECK(has(refused([](Choice& c) {
                  c.inh_cell = {0.02, -0.1, -55.0, 6.0, {.form = ModelForm::alt}};
              }),
              "checkpoint: has population.inh.model = "));
    CHECK(refused([](Choice& c) { c.third = true; }) ==
          "checkpoint: has a number of projections = 3; allowed: 4, as in this network");
    const std::string otherwise = " wired in another way; allowed: the source, target, rule and delays of this network";
    CHECK(refused([](Choice& c) { c.outdegree = 13; }) == "checkpoint: has projection.excitation" + otherwise);
    CHECK(refused([](Choice& c) { c.delay_ms = 7.0; }) == "checkpoint: has projection.excitation" + otherwise);
    CHECK(refused([](Choice& c) { c.inh_probability = 0.2; }) == "checkpoint: has projection.inhibition" + otherwise);
    CHECK(refused([](Choice& c) { c.autapses = false; }) == "checkpoint: has projection.inhibition" + otherwise);
    CHECK(refused([](Choice& c) { c.listed[1].target = 5; }) == "checkpoint: has projection.listed" + otherwise);
    CHECK(refused([](Choice& c) { c.listed[1].delay_ms = 3.0; }) == "checkpoint: has projection.listed" + otherwise);
    CHECK(refused([](Choice& c) { c.listed.pop_back(); }) == "checkpoint: has projection.listed" + otherwise);
    // Where rows are, and what the network is called, does not belong to it.
    CHECK(refused([](Choice& c) { c.procedural = true; }) == "none");
    CHECK(refused([](Choice& c) { c.name = "other"; }) == "none");
}

TEST_CASE("checkpoint: rewind, with another stimulus, noise or parameter from there on") {
    const auto go_on = [](const Network& network, const Bytes& checkpoint) {
        Simulation simulation(network);
        simulation.restore(checkpoint);
        simulation.run(60);
        return simulation.spike_hash();
    };
    const Bytes checkpoint = saved(build(), 40);
    Simulation straight(build());
    straight.run(100);
    CHECK(go_on(build(), checkpoint) == straight.spike_hash());

    // The stimulus is on from 20 to 90 ms: from the checkpoint on is from 40.
    Choice stimulated;
    stimulated.current = 4.0;
    Simulation current(build());
    current.run(40);
    current.apply(PopulationCurrent{kExc, 4.0});
    current.run(50);
    current.apply(PopulationCurrent{kExc, 0.0});
    current.run(10);
    CHECK(go_on(build(stimulated), checkpoint) == current.spike_hash());
    CHECK(current.spike_hash() != straight.spike_hash());

    Choice noisy;
    noisy.exc_noise = 10.0;
    Simulation noise(build());
    noise.run(40);
    noise.apply(NoiseScale{kExc, 2.0});
    noise.run(60);
    CHECK(go_on(build(noisy), checkpoint) == noise.spike_hash());
    CHECK(noise.spike_hash() != straight.spike_hash());

    Choice bursting;
    bursting.inh_cell = chattering();
    CHECK(go_on(build(bursting), checkpoint) != straight.spike_hash());
}

TEST_CASE("checkpoint: a factor of noise is kept, and is on the noise of the network it comes to") {
    Simulation simulation(build());
    simulation.apply(NoiseScale{kExc, 0.5});
    simulation.run(40);
    const Bytes checkpoint = simulation.checkpoint();
    Choice noisy;
    noisy.exc_noise = 10.0;
    Simulation other(build(noisy));
    other.restore(checkpoint);
    simulation.apply(NoiseScale{kExc, 1.0});
    simulation.run(30);
    other.run(30);
    CHECK(other.spike_hash() == simulation.spike_hash());
}

TEST_CASE("checkpoint: nothing is left of the interventions that were there before") {
    const Bytes checkpoint = saved(build(), 40);
    Simulation used(build()), fresh(build());
    used.run(5);
    used.apply(NeuronCurrents{kExc, 1, {9.0f, 9.0f}});
    used.apply(PopulationCurrent{kInh, 4.0});
    used.apply(CurrentPulse{.target = kExc, .amplitude = 8.0, .steps = 500});
    used.apply(InputSpikes{kExc, 30.0, {2, 3}});
    used.apply(ForcedSpikes{kExc, {4, 5}});
    used.restore(checkpoint);
    fresh.restore(checkpoint);
    // What wakes a block must not find what slept there.
    for (Simulation* s : {&used, &fresh}) {
        s->apply(NeuronCurrents{kExc, 10, {1.0f}});
        s->apply(PopulationCurrent{kExc, 1.0});
        s->apply(InputSpikes{kExc, 2.0, {11}});
        s->apply(ForcedSpikes{kExc, {12}});
        s->run(60);
    }
    CHECK(used.state_hash() == fresh.state_hash());
    CHECK(used.checkpoint() == fresh.checkpoint());
}

TEST_CASE("checkpoint: interventions that are over leave no bytes") {
    Simulation never(build()), once(build()), still(build()), twice(build());
    const CurrentPulse ended{.target = kExc, .amplitude = 0.0, .steps = 3};
    const CurrentPulse going_on{.target = kInh, .amplitude = 0.0, .steps = 500};
    once.apply(ended);
    once.apply(PopulationCurrent{kInh, 0.0});
    twice.apply(ended);
    for (Simulation* s : {&never, &once, &still, &twice}) s->run(20);
    CHECK(once.checkpoint() == never.checkpoint());
    once.apply(PopulationCurrent{kInh, 2.0});  // before any block has looked at it
    CHECK(once.checkpoint() != never.checkpoint());
    once.apply(PopulationCurrent{kInh, 0.0});
    CHECK(once.checkpoint() == never.checkpoint());
    still.apply(going_on);
    twice.apply(going_on);
    CHECK(still.checkpoint() != never.checkpoint());
    CHECK(still.checkpoint() == twice.checkpoint());
    for (Simulation* s : {&still, &twice}) s->run(20);
    CHECK(still.checkpoint() == twice.checkpoint());
}

TEST_CASE("checkpoint: weights that are scaled right after a restore leave what is in flight at its steps, delivered "
          "late or not") {
    const Bytes checkpoint = saved(build(), 40);
    const auto go_on = [&](std::uint32_t window) {
        Simulation simulation(build(), {.threads = 1, .delivery = Delivery::partition, .delivery_window = window});
        simulation.restore(checkpoint);
        simulation.apply(WeightScale{ProjectionId(0), 1.5});
        simulation.run(30);
        return simulation.state_hash();
    };
    const std::uint64_t at_once = go_on(1000);
    CHECK(go_on(1) == at_once);
    CHECK(go_on(2) == at_once);
    CHECK(go_on(4) == at_once);
}

TEST_CASE("checkpoint: a current into a population without neurons leaves no bytes") {
    Choice choice;
    choice.inh_size = 0;
    Simulation never(build(choice)), set(build(choice));
    set.apply(PopulationCurrent{kInh, 2.0});
    for (Simulation* s : {&never, &set}) {
        s->apply(PopulationCurrent{kExc, 1.0});
        s->run(20);
    }
    CHECK(set.checkpoint() == never.checkpoint());
}

TEST_CASE("checkpoint: plastic weights beyond the bounds of the network that they come to are cut to them") {
    constexpr std::uint32_t sources = 1000;
    const auto learning = [](double highest) {
        NetworkBuilder net{{.name = "learning", .seed = 3}};
        const auto from = net.add_population({.name = "from", .size = sources, .cell = regular_spiking()});
        const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
        net.connect(from, to,
                    {.rule = all_to_all(),
                     .weight = highest,
                     .plasticity = Plasticity{.rule = PairStdp{}, .change = ImmediateChange{}, .highest = highest}});
        return net.build();
    };
    Simulation strong(learning(1000.0));
    const Bytes checkpoint = strong.checkpoint();
    Simulation weak(learning(0.125)), usual(learning(0.125));
    weak.restore(checkpoint);
    std::vector<float> weights(sources);
    weak.read_weights(ProjectionId(0), weights);
    CHECK(weights == std::vector<float>(sources, 0.125f));
    // All at once: what arrives must not overflow to inhibition.
    ForcedSpikes all{kExc, {}};
    for (std::uint32_t n = 0; n < sources; ++n) all.neurons.push_back(n);
    for (Simulation* s : {&weak, &usual}) {
        s->apply(all);
        s->run(3);
    }
    CHECK(weak.state_hash() == usual.state_hash());
}

TEST_CASE("checkpoint: rewind with other weights; what is in flight keeps those it was sent with") {
    const auto go_on = [](const Network& network, const Bytes& checkpoint) {
        Simulation simulation(network);
        simulation.restore(checkpoint);
        simulation.run(60);
        return std::pair(simulation.spike_hash(), simulation.state_hash());
    };
    const Bytes checkpoint = saved(build(), 40);
    for (const double factor : {0.25, 8.0}) {
        // An intervention does the same: weights of the same laws, scaled, from there on.
        Simulation scaled(build());
        scaled.run(40);
        scaled.apply(WeightScale{ProjectionId(0), factor});
        scaled.run(60);
        Choice choice;
        choice.exc_weight = 3.0 * factor;
        CHECK(go_on(build(choice), checkpoint) == std::pair(scaled.spike_hash(), scaled.state_hash()));
    }
    // Weights that were scaled when it was saved are so again, whatever they are where it is restored.
    Simulation scaled(build());
    scaled.run(40);
    scaled.apply(WeightScale{ProjectionId(0), 2.5});
    scaled.run(3);
    const Bytes of_scaled = scaled.checkpoint();
    scaled.run(60);
    for (const double factor : {1.0, 0.1, 2.5}) {
        Simulation other(build());
        if (factor != 1.0) other.apply(WeightScale{ProjectionId(0), factor});
        other.restore(of_scaled);
        CHECK(other.weight_factor(ProjectionId(0)) == 2.5);
        other.run(60);
        CHECK(other.state_hash() == scaled.state_hash());
    }
    Simulation other(build());
    other.apply(WeightScale{ProjectionId(1), 3.0});
    other.restore(checkpoint);
    CHECK(other.weight_factor(ProjectionId(1)) == 1.0);
    CHECK(other.weight_quantum(ProjectionId(1)) == build().weight_quantum(ProjectionId(1)));
    CHECK(other.checkpoint() == checkpoint);
}

TEST_CASE("checkpoint: files that are not checkpoints, or not complete") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "a.izhi";
    Simulation simulation(build());
    const auto fault = [&] { return thrown([&] { simulation.restore(file); }); };
    CHECK(fault() == file.string() + ": cannot be read: No such file or directory");
    CHECK(thrown([&] { simulation.restore(folder.path()); }) ==
          folder.path().string() + ": cannot be read: Is a directory");
    write(file, {});
    CHECK(has(fault(), "a.izhi: is not a checkpoint of izhi"));
    std::ofstream(file) << "[network]\nname = \"a network file, and longer than a header\"\n";
    CHECK(has(fault(), "a.izhi: is not a checkpoint of izhi"));
    Bytes checkpoint = saved(build(), 10);
    write(file, std::span(checkpoint).first(checkpoint.size() / 2));
    CHECK(has(fault(), "a.izhi: is truncated: it has " + std::to_string(checkpoint.size() / 2) + " of its " +
                           std::to_string(checkpoint.size()) + " bytes"));
    CHECK(thrown([&] { (void)read_checkpoint_info(file); }) == fault());
    checkpoint.push_back({});
    write(file, checkpoint);
    CHECK(has(fault(), "is longer than the " + std::to_string(checkpoint.size() - 1) + " bytes"));
    checkpoint.pop_back();
    write(file, checkpoint);
    CHECK(fault() == "none");
    CHECK(thrown([&] { check_checkpoint(build(), file); }) == "none");
    Choice other;
    other.inh_size = 21;
    CHECK(thrown([&] { check_checkpoint(build(other), file); }) ==
          file.string() + ": has population.inh.size = 20; allowed: 21, as in this network");
}

TEST_CASE("checkpoint: no byte can be changed and no tail be missing") {
    const Bytes checkpoint = saved(build(), 30, "note");
    Simulation simulation(build());
    const Bytes before = simulation.checkpoint();
    for (std::size_t i = 0; i < checkpoint.size(); ++i) {
        Bytes altered = checkpoint;
        altered[i] ^= std::byte{static_cast<unsigned char>(1 + i % 255)};
        CAPTURE(i);
        CHECK(thrown([&] { simulation.restore(altered); }) != "none");
        CHECK(thrown([&] { simulation.restore(std::span(checkpoint).first(i)); }) != "none");
    }
    CHECK(simulation.checkpoint() == before);
}

TEST_CASE("checkpoint: forged files with their checksum made right do no harm") {
    Simulation source(build());
    source.run(30);
    source.apply(NeuronCurrents{everyone, 2, {1.0f, 2.0f}});
    source.apply(CurrentPulse{.target = kExc, .amplitude = 3.0, .steps = 50});
    source.apply(ForcedSpikes{everyone, {3, 77}});
    const Bytes checkpoint = source.checkpoint("a note");
    Simulation simulation(build());
    std::size_t refused = 0;
    for (std::size_t i = detail::Archive::kHeaderBytes; i + 8 < checkpoint.size(); ++i) {
        Bytes forged = checkpoint;
        forged[i] = std::byte{static_cast<unsigned char>(std::to_integer<unsigned>(forged[i]) + 1 + i * 7 % 255)};
        const std::uint64_t sum = detail::checksum(std::span(forged).first(forged.size() - 8));
        std::memcpy(forged.data() + forged.size() - 8, &sum, 8);
        const Bytes before = simulation.checkpoint();
        if (thrown([&] { simulation.restore(forged); }) == "none") continue;
        ++refused;
        CHECK(simulation.checkpoint() == before);
    }
    CHECK(refused > 300);
}

TEST_SUITE_END();
