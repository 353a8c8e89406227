// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "izhi/network.hpp"

namespace izhi::apps {

struct CheckOptions {
    std::string network;  ///< a file or a built-in name
    std::optional<Storage> storage{};
    bool strict = false;  ///< notes are faults
    bool json = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int check_network_file(const CheckOptions& options);

}  // namespace izhi::apps
