// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "apps/plot/picture_style.hpp"
#include "izhi/realtime.hpp"

namespace izhi::apps {

/// The report of `izhi run --realtime` on the timing of steps.
struct RealtimeSummary {
    RealtimeReport report;
    double speed = 1.0, dt_ms = 1.0;
    LatePolicy late = LatePolicy::catch_up;
    std::uint32_t slack_steps = 1;
    std::optional<double> stolen_ms{};  ///< see StolenTime

    /// Wall time from one step to the next [us].
    [[nodiscard]] double period_us() const noexcept { return dt_ms * 1e3 / speed; }
};

/// Several lines, each with its line end.
[[nodiscard]] std::string text_of(const RealtimeSummary& summary);
/// The value of "realtime" in the JSON of a run.
[[nodiscard]] nlohmann::ordered_json json_of(const RealtimeSummary& summary);
/// "p50 9.8 us, p99 12 us, p99.9 20 us, at most 90 us"
[[nodiscard]] std::string text_of(const RealtimeReport::Distribution& distribution);
[[nodiscard]] nlohmann::ordered_json json_of(const RealtimeReport::Distribution& distribution);

/// Draws how long steps took and how late they began. The file gets its name when it is complete. @return the file
/// and the file of its data @throws RunError
std::vector<std::filesystem::path> draw_latency(const RealtimeSummary& summary, const std::string& title,
                                                const std::filesystem::path& file, const PictureStyle& style = {});

}  // namespace izhi::apps
