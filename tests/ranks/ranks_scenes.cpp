// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The determinism contract among ranks: the golden hashes for any number of ranks, threads and deliveries, and what is
// saved, restored and read there is what one rank gives.
#include <doctest/doctest.h>

#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

#include "ranks.hpp"
#include "tests/determinism/determinism_scenes.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

SimulationOptions options_of_rank(int threads, Delivery delivery) {
    return {.threads = threads, .delivery = delivery, .executor = thread_executor(threads)};
}

}  // namespace

TEST_SUITE_BEGIN("ranks");

TEST_CASE("every scene gives its golden hashes on two and three ranks") {
    std::size_t checked = 0;
    for (const Scene& scene : scenes()) {
        const Network network = scene.build();
        for (const int ranks : {2, 3})
            for (const int threads : {1, 2})
                for (const Delivery delivery : kDeliveries) {
                    if (network.block_count() < static_cast<std::size_t>(ranks)) continue;
                    if (scene.large && (delivery == Delivery::reduce) != (threads == 2)) continue;
                    std::ostringstream text;
                    text << scene.name << " on " << ranks << " ranks of " << threads << " threads, "
                         << to_string(delivery);
                    CAPTURE(text.str());
                    with_ranks(
                        network, ranks, [&](int) { return options_of_rank(threads, delivery); },
                        [&](Simulation& simulation) {
                            simulation.run(scene.steps);
                            CHECK(simulation.spike_count() == scene.spikes);
                            CHECK(simulation.spike_hash() == scene.spike_hash);
                            CHECK(simulation.state_hash() == scene.state_hash);
                        });
                    ++checked;
                }
    }
    CHECK(checked > 30);
}

TEST_SUITE_END();
