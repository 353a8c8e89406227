// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

/// The whole public API.
///
/// Threads: any number of simulations may be made, run and destroyed on as many threads at once, of one network or several. A
/// Network is immutable, and all threads may read one. Every other object is for one thread at a time, but for the calls that
/// say otherwise. Values (specs, ids, reports) are plain data. What a call throws, and what it costs where that is much, stands
/// beside it; calls that say nothing of it cost little.
#include "izhi/checkpoint.hpp"     // IWYU pragma: export
#include "izhi/closed_loop.hpp"    // IWYU pragma: export
#include "izhi/error.hpp"          // IWYU pragma: export
#include "izhi/executor.hpp"       // IWYU pragma: export
#include "izhi/isa.hpp"            // IWYU pragma: export
#include "izhi/live.hpp"           // IWYU pragma: export
#include "izhi/model.hpp"          // IWYU pragma: export
#include "izhi/network.hpp"        // IWYU pragma: export
#include "izhi/neuron.hpp"         // IWYU pragma: export
#include "izhi/note.hpp"           // IWYU pragma: export
#include "izhi/profile.hpp"        // IWYU pragma: export
#include "izhi/realtime.hpp"       // IWYU pragma: export
#include "izhi/simulation.hpp"     // IWYU pragma: export
#include "izhi/single_neuron.hpp"  // IWYU pragma: export
#include "izhi/synapse.hpp"        // IWYU pragma: export
#include "izhi/version.hpp"        // IWYU pragma: export
