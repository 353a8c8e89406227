// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "hardware_counters.hpp"
#include "izhi/profile.hpp"

namespace izhi::apps {

/// The report of `izhi run --profile`: where the time of a run went, and how that compares with the limits of the
/// machine.
struct ProfileReport {
    Profile profile;
    MachineLimits limits;
    HardwareCounts counts;
    std::string counts_why_not;     ///< HardwareCounters::why_not()
    std::uint64_t preemptions = 0;  ///< times that the system took a processor away from a thread of the run
    double dt_ms = 1.0;
    std::uint32_t neurons = 0;
    std::string isa;

    [[nodiscard]] double threads() const noexcept { return static_cast<double>(profile.workers.size()); }
    /// The share of an activity in the time of all threads, in [0, 1].
    [[nodiscard]] double share_of(Activity activity) const noexcept;
    /// Bytes that an activity moves per second if all threads do it at the same time; 0 if it did not occur.
    [[nodiscard]] double bytes_per_s(Activity activity) const noexcept;
    /// The same for the arithmetic of the update.
    [[nodiscard]] double update_flops_per_s() const noexcept;
};

/// Several lines, each with its line end.
[[nodiscard]] std::string text_of(const ProfileReport& report);
/// The value of "profile" in the JSON of a run.
[[nodiscard]] nlohmann::ordered_json json_of(const ProfileReport& report);

}  // namespace izhi::apps
