// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Random networks, each run in many ways that must not matter: threads, ranks, executors, instruction sets, deliveries, storage,
// slices of the run, restores in the middle. IZHI_DIFFERENTIAL=FIRST:LAST runs other seeds than the fixed ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "izhi/error.hpp"
#include "random_network.hpp"
#include "tests/ranks/ranks.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

struct Outcome {
    std::uint64_t spikes = 0, spike_hash = 0, state_hash = 0;
    std::vector<float> weights;
    std::vector<std::byte> checkpoint;
    std::string fault;  ///< why the run failed
};

/// One way to run a scene.
struct Way {
    std::string name;
    std::function<SimulationOptions()> options;
    bool stored_otherwise = false;
    std::uint64_t slice = 0;                             ///< the most steps of a call of run(); 0: all
    bool stepwise = false;                               ///< step() instead of run()
    int restores = 0;                                    ///< in the middle of the run
    std::function<SimulationOptions()> after_restore{};  ///< how it goes on
    int ranks = 1;                                       ///< the most, and no more than the network has blocks
};

std::unique_ptr<RankedSimulation> made(const Network& network, int ranks,
                                       const std::function<SimulationOptions()>& options) {
    const int possible = std::max(1, std::min(ranks, static_cast<int>(network.block_count())));
    return std::make_unique<RankedSimulation>(network, possible, [&](int) { return options(); });
}

Outcome outcome_of(const RandomScene& scene, const Way& way) {
    const Network& network = way.stored_otherwise ? scene.stored_otherwise : scene.network;
    Outcome outcome;
    auto ranked = made(network, way.ranks, way.options);
    Simulation* simulation = &**ranked;
    std::size_t next = 0;
    int restored = 0;
    try {
        for (;;) {
            const std::uint64_t now = simulation->steps_done();
            for (; next < scene.interventions.size() && scene.interventions[next].first == now; ++next)
                simulation->apply(scene.interventions[next].second);
            if (now == scene.steps) break;
            std::uint64_t until = next < scene.interventions.size() ? scene.interventions[next].first : scene.steps;
            if (way.slice > 0) until = std::min(until, now + way.slice);
            // The first restore comes after a third of the run, and the second after two thirds.
            const std::uint64_t restore_at = scene.steps * static_cast<std::uint64_t>(restored + 1) / 3;
            if (restored < way.restores && now < restore_at) until = std::min(until, restore_at);
            if (way.stepwise) (void)simulation->step();
            else simulation->run(until - now);
            if (restored == way.restores || simulation->steps_done() < restore_at) continue;
            const std::vector<std::byte> checkpoint = simulation->checkpoint();
            ranked.reset();
            ranked = made(restored % 2 == 0 ? network : scene.network, restored % 2 == 0 ? 1 : way.ranks,
                          way.after_restore ? way.after_restore : way.options);
            simulation = &**ranked;
            simulation->run(restored == 0 ? 7 : 0);  // what was there before leaves nothing
            simulation->restore(checkpoint);
            ++restored;
        }
        outcome.checkpoint = simulation->checkpoint();
    } catch (const Error& error) {
        outcome.fault = error.what();
        return outcome;
    } catch (const RunError& error) {
        outcome.fault = error.what();
        return outcome;
    }
    outcome.spikes = simulation->spike_count();
    outcome.spike_hash = simulation->spike_hash();
    outcome.state_hash = simulation->state_hash();
    const auto& projections = network.description().projections;
    for (std::size_t p = 0; p < projections.size(); ++p) {
        if (!projections[p].spec.plasticity) continue;
        std::vector<float> weights(simulation->plastic_synapse_count(ProjectionId(p)));
        simulation->read_weights(ProjectionId(p), weights);
        outcome.weights.insert(outcome.weights.end(), weights.begin(), weights.end());
    }
    return outcome;
}

std::vector<Way> ways() {
    const auto plain = [](SimulationOptions options) { return [options = std::move(options)] { return options; }; };
    const auto on_threads = [](int threads, Delivery delivery, Isa isa) {
        return [=] {
            return SimulationOptions{
                .threads = threads, .isa = isa, .delivery = delivery, .executor = thread_executor(threads)};
        };
    };
    const Isa widest = available_isas().back();
    std::vector<Way> all{
        {"two threads", on_threads(2, Delivery::automatic, Isa::automatic)},
        {"three threads, reduce", on_threads(3, Delivery::reduce, Isa::scalar)},
        {"four threads, partition", on_threads(4, Delivery::partition, widest)},
        {"default executor", plain({.threads = 2})},
        {"reversed", [] { return SimulationOptions{.threads = 2, .executor = serial_executor(true)}; }},
        {"late delivery", plain({.threads = 1, .delivery = Delivery::partition, .delivery_window = 2})},
        {"other storage", plain({.threads = 1}), true},
        {"other storage, threads", on_threads(3, Delivery::partition, widest), true},
        {"slices", plain({.threads = 1}), false, 13},
        {"slices of threads", on_threads(2, Delivery::reduce, widest), false, 5},
        {"step by step", plain({.threads = 1, .isa = Isa::scalar}), false, 0, true},
        {"restored", plain({.threads = 1}), false, 0, false, 1, on_threads(2, Delivery::reduce, widest)},
        {"restored twice", on_threads(3, Delivery::partition, Isa::scalar), true, 0, false, 2,
         plain({.threads = 1, .delivery_window = 4})},
        {"two ranks", plain({.threads = 1, .executor = serial_executor()}), false, 0, false, 0, {}, 2},
        {"three ranks of threads", on_threads(2, Delivery::reduce, widest), true, 7, false, 0, {}, 3},
        {"ranks, restored on one and on ranks again", on_threads(2, Delivery::partition, widest), false, 0, false, 2,
         on_threads(2, Delivery::reduce, widest), 3},
        {"restored in slices", plain({.threads = 1}), false, 3, false, 2, plain({.threads = 1})},
    };
    for (const Isa isa : available_isas())
        all.push_back({std::string(to_string(isa)), plain({.threads = 1, .isa = isa})});
    return all;
}

/// The seeds that are run.
std::pair<std::uint64_t, std::uint64_t> seeds() {
    const char* const wanted = std::getenv("IZHI_DIFFERENTIAL");
    if (wanted == nullptr) return {1, 60};
    const std::string text = wanted;
    const auto colon = text.find(':');
    return {std::stoull(text), std::stoull(text.substr(colon == std::string::npos ? 0 : colon + 1))};
}

}  // namespace

TEST_SUITE_BEGIN("differential");

TEST_CASE("differential: random networks give the same bits in whatever way they are run") {
    const std::vector<Way> all = ways();
    const Way plain{"plain", [] { return SimulationOptions{.threads = 1, .isa = Isa::scalar}; }};
    const auto [first, last] = seeds();
    std::uint64_t runs = 0, with_spikes = 0, with_plasticity = 0, with_interventions = 0, failed = 0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        CAPTURE(seed);
        const RandomScene scene = random_scene(seed);
        const Outcome expected = outcome_of(scene, plain);
        // One whose neurons leave the range of single precision has no result to compare.
        if (!expected.fault.empty()) {
            ++failed;
            continue;
        }
        with_spikes += expected.spikes > 0 ? 1 : 0;
        with_plasticity += expected.weights.empty() ? 0 : 1;
        with_interventions += scene.interventions.empty() ? 0 : 1;
        for (const Way& way : all) {
            CAPTURE(way.name);
            const Outcome outcome = outcome_of(scene, way);
            ++runs;
            CHECK(outcome.fault == "");
            CHECK(outcome.spike_hash == expected.spike_hash);
            CHECK(outcome.state_hash == expected.state_hash);
            CHECK(outcome.weights == expected.weights);
            // Where rows are stored decides nothing that is saved.
            CHECK(outcome.checkpoint == expected.checkpoint);
        }
    }
    MESSAGE(runs << " runs, " << with_spikes << " networks with spikes, " << with_plasticity << " that learn, "
                 << with_interventions << " with interventions, " << failed << " left out");
    if (std::getenv("IZHI_DIFFERENTIAL") != nullptr) return;
    // The fixed set must go on being one that tests something.
    CHECK(with_spikes > 40);
    CHECK(with_plasticity > 10);
    CHECK(with_interventions > 30);
    CHECK(failed < 10);
}

TEST_SUITE_END();
