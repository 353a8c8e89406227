// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "hardware_counters.hpp"
#include "izhi/profile.hpp"

namespace izhi::apps {

/// What `izhi run --profile` tells of a run: where its time went, and how far that is from what the machine can do.
struct ProfileReport {
    Profile profile;
    MachineLimits limits;
    HardwareCounts counts;
    std::string counts_why_not;     ///< of HardwareCounters
    std::uint64_t preemptions = 0;  ///< times that the system took a processor away from a thread of the run
    double dt_ms = 1.0;
    std::uint32_t neurons = 0;
    std::string isa;

    [[nodiscard]] double threads() const noexcept { return static_cast<double>(profile.workers.size()); }
    /// An activity's part of all threads' time, in [0, 1].
    [[nodiscard]] double share_of(Activity activity) const noexcept;
    /// Bytes that an activity moves per second while all threads do it; 0 if it was not seen.
    [[nodiscard]] double bytes_per_s(Activity activity) const noexcept;
    /// The same for the arithmetic of the update.
    [[nodiscard]] double update_flops_per_s() const noexcept;
};

/// Several lines, the last one ended.
[[nodiscard]] std::string text_of(const ProfileReport& report);
/// The value of "profile" in the JSON of a run.
[[nodiscard]] nlohmann::ordered_json json_of(const ProfileReport& report);

}  // namespace izhi::apps
