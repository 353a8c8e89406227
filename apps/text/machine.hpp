// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace izhi::apps {

/// Where a figure was measured, and with what.
struct Machine {
    std::string cpu;  ///< as the processor calls itself
    std::uint64_t hardware_threads = 1, memory_bytes = 0;
    std::string kernel;                               ///< "Linux 6.1.0"
    std::string version, compiler, build_type, date;  ///< of izhi; today in UTC, "2026-11-23"
    /// To which memory Linux gives pages of 2 MiB: "always" (to all), "madvise" (where a program asks, as izhi does for large
    /// arrays), "never"; "unknown" where it does not tell.
    std::string huge_pages = "unknown";
};

[[nodiscard]] Machine this_machine();

/// The word in brackets, of a file that lists what can be chosen: "always [madvise] never". Empty without one.
[[nodiscard]] std::string chosen_word(std::string_view setting);
/// Bytes in pages of 2 MiB by a file like /proc/self/smaps_rollup; nothing if it does not tell.
[[nodiscard]] std::optional<std::uint64_t> huge_page_bytes(std::istream& smaps);
/// Those of this process, now.
[[nodiscard]] std::optional<std::uint64_t> huge_page_bytes();

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
