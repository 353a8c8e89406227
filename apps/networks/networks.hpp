// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "engine/networks/find_network.hpp"
#include "izhi/network.hpp"

/// The argument NETWORK of the command line, and what commands say of a network.
namespace izhi::apps {

using networks::find_network;
using networks::NetworkSource;

/// Where the synapses of a network are while it runs: "stored", "procedural", or "mixed" if projections differ. It is
/// "stored" for a network without projections.
[[nodiscard]] std::string storage_of(const NetworkDescription& description);

/// The first sentence of the comment at the start of a network file, for `izhi list`; empty if there is none.
[[nodiscard]] std::string title_of(std::string_view text);

}  // namespace izhi::apps
