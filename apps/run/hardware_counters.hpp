// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace izhi::apps {

/// The counts of the processor; empty if the processor or the kernel does not give them.
struct HardwareCounts {
    std::optional<std::uint64_t> cycles{}, instructions{}, cache_misses{}, branch_misses{};
};

/// The processor's counters for this process, outside the kernel: for the thread that makes this object, and for all
/// threads that it starts later. So make it before the Simulation.
class HardwareCounters {
public:
    HardwareCounters();  ///< never fails: see why_not()
    ~HardwareCounters();
    HardwareCounters(const HardwareCounters&) = delete;
    HardwareCounters& operator=(const HardwareCounters&) = delete;

    /// The counts since the last call, or since the beginning.
    [[nodiscard]] HardwareCounts take();
    /// One sentence for users that says why some or all counts are missing; empty if none is missing.
    [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

private:
    struct Counter {
        int file = -1;
        std::uint64_t last = 0;
    };
    std::array<Counter, 4> counters_;
    std::string why_not_;
};

}  // namespace izhi::apps
