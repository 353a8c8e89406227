// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "izhi/network.hpp"

/// The networks of the benchmarks, built through the API: the same as in engine/networks/*.toml.
namespace izhi::perf {

/// The 2003 network with `neurons` neurons and 100 random targets each (1000: all-to-all, as in the paper). `scale`
/// is a factor of the paper's weights.
inline Network cortex(std::uint32_t neurons, double scale, std::uint64_t seed = 1) {
    NetworkBuilder net{{.name = "cortex", .seed = seed}};
    const auto exc =
        net.add_population({.name = "exc", .size = neurons / 5 * 4, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto inh =
        net.add_population({.name = "inh", .size = neurons / 5, .cell = inhibitory_2003(), .noise_stddev = 2.0});
    const Rule rule = neurons == 1000 ? all_to_all() : fixed_outdegree(100);
    net.connect(exc, everyone, {.rule = rule, .weight = uniform(0.0, 0.5 * scale)});
    net.connect(inh, everyone, {.rule = rule, .weight = uniform(-1.0 * scale, 0.0)});
    return net.build();
}

inline Network cortex_1k() { return cortex(1000, 1.0); }
inline Network cortex_10k() { return cortex(10'000, 6.5); }
inline Network cortex_100k() { return cortex(100'000, 6.5); }
inline Network cortex_1m() { return cortex(1'000'000, 6.5); }
inline Network storm_10k() { return cortex(10'000, 10.0); }

}  // namespace izhi::perf
