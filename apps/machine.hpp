// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
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

/// Processor time that the host of this virtual machine gave to others while it was wanted here, over all processors, since
/// this object was made. No thread here can do anything against it, whatever its priority.
class StolenTime {
public:
    StolenTime();
    /// [ms], in steps of some milliseconds; 0 on a machine of its own, nothing where the system does not tell.
    [[nodiscard]] std::optional<double> ms() const;

private:
    std::optional<double> before_ms_;
};
/// "the host of this virtual machine took 180 ms of processor time"; empty if it took none or nobody knows.
[[nodiscard]] std::string stolen_text(const std::optional<double>& ms);

}  // namespace izhi::apps
