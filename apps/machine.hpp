// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace izhi::apps {

/// Where a figure was measured, and with what.
struct Machine {
    std::string cpu;  ///< as the processor calls itself
    std::uint64_t hardware_threads = 1, memory_bytes = 0;
    std::string kernel;                               ///< "Linux 6.1.0"
    std::string version, compiler, build_type, date;  ///< of izhi; today in UTC, "2026-11-23"
};

[[nodiscard]] Machine this_machine();

}  // namespace izhi::apps
