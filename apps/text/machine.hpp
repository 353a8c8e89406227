// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace izhi::apps {

/// The machine and the program with which a figure was measured.
struct Machine {
    std::string cpu;  ///< the processor's name for itself
    std::uint64_t hardware_threads = 1, memory_bytes = 0;
    std::string kernel;                               ///< "Linux 6.1.0"
    std::string version, compiler, build_type, date;  ///< of izhi; the date is today in UTC, "2026-11-23"
    /// Which memory gets pages of 2 MiB from Linux: "always" (all), "madvise" (where a program asks, as izhi does for
    /// large arrays), "never"; "unknown" if Linux does not say.
    std::string huge_pages = "unknown";
};

[[nodiscard]] Machine this_machine();

/// The word in brackets in a file that lists choices, such as "always [madvise] never". Empty if there is none.
[[nodiscard]] std::string chosen_word(std::string_view setting);
/// Bytes in pages of 2 MiB according to a file like /proc/self/smaps_rollup; nothing if it does not say.
[[nodiscard]] std::optional<std::uint64_t> huge_page_bytes(std::istream& smaps);
/// The same for this process, now.
[[nodiscard]] std::optional<std::uint64_t> huge_page_bytes();

/// Processor time that this machine wanted but its host gave to other virtual machines, over all processors, since
/// this object was made. No thread of this machine can avoid it, whatever its priority.
class StolenTime {
public:
    StolenTime();
    /// [ms], with a resolution of some milliseconds; 0 on a physical machine, nothing if the system does not say.
    [[nodiscard]] std::optional<double> ms() const;

private:
    std::optional<double> before_ms_;
};
/// "the host of this virtual machine took 180 ms of processor time"; empty if it took none or the time is not known.
[[nodiscard]] std::string stolen_text(const std::optional<double>& ms);

}  // namespace izhi::apps
