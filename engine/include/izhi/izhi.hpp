// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

/// The whole public API.
///
/// Threads: several simulations, of one network or of different ones, may be made, run and destroyed on different
/// threads at once. A Network is immutable, and all threads may read one. Every other object is for one thread at a
/// time, except for the calls that say otherwise. Values (specs, ids, reports) are plain data. The comment of a call
/// says what it throws, and what it costs if it is expensive.
#include "izhi/checkpoint.hpp"     // IWYU pragma: export
#include "izhi/closed_loop.hpp"    // IWYU pragma: export
#include "izhi/error.hpp"          // IWYU pragma: export
#include "izhi/executor.hpp"       // IWYU pragma: export
#include "izhi/export.hpp"         // IWYU pragma: export
#include "izhi/input.hpp"          // IWYU pragma: export
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
