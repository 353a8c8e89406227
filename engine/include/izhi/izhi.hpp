// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

/// The whole public API.
#include "izhi/checkpoint.hpp"     // IWYU pragma: export
#include "izhi/closed_loop.hpp"    // IWYU pragma: export
#include "izhi/error.hpp"          // IWYU pragma: export
#include "izhi/executor.hpp"       // IWYU pragma: export
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
