// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace izhi::apps {

/// What the processor itself counted; empty where it or the kernel does not tell.
struct HardwareCounts {
    std::optional<std::uint64_t> cycles{}, instructions{}, cache_misses{}, branch_misses{};
};

/// The processor's counters for this process, outside the kernel: of the thread that makes this, and of all threads that
/// are started from it later. So make it before the Simulation.
class HardwareCounters {
public:
    HardwareCounters();  ///< never fails: see why_not()
    ~HardwareCounters();
    HardwareCounters(const HardwareCounters&) = delete;
    HardwareCounters& operator=(const HardwareCounters&) = delete;

    /// Since the last call, or since the beginning.
    [[nodiscard]] HardwareCounts take();
    /// Why some or all are missing, in a sentence for users; empty if none is.
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
