// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "izhi/network.hpp"

namespace izhi::apps {

struct CheckOptions {
    std::string network;  ///< a file or a built-in name
    std::optional<Storage> storage{};
    bool strict = false;  ///< treat notes as faults
    bool json = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int check_network_file(const CheckOptions& options);

}  // namespace izhi::apps
