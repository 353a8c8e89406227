// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace izhi::apps {

/// Bytes that are free on the disk of a folder; nothing if the system does not say.
[[nodiscard]] std::optional<std::uint64_t> free_space_of(const std::filesystem::path& folder);

/// Predicts whether the recordings of a run will fit on the disk, from the rate at which files grow after the first
/// second of the run, and again every five seconds.
class DiskForecast {
public:
    using FreeSpace = std::function<std::optional<std::uint64_t>(const std::filesystem::path&)>;

    /// @param folder where files grow, and `option` which asked for it. @param last the last step of the run
    /// @param times factor for data that are written again at the end; 1 if none are
    DiskForecast(std::string option, std::filesystem::path folder, std::uint64_t last, double times = 1.0,
                 FreeSpace free_space = free_space_of);

    /// Whether it is time to check.
    [[nodiscard]] bool due(double elapsed_s) const noexcept { return elapsed_s >= next_s_; }
    /// Checks. @param elapsed_s since the run began. @param step the number of steps done. @param bytes written so far
    /// @return the first time, a line to be shown. @throws Error if the recordings cannot fit
    std::optional<std::string> look(double elapsed_s, std::uint64_t step, std::uint64_t bytes);

private:
    struct Point {
        double s = 0.0;
        std::uint64_t step = 0, bytes = 0;
    };
    std::string option_;
    std::filesystem::path folder_;
    std::uint64_t last_;
    double times_;
    FreeSpace free_space_;
    double next_s_;
    std::optional<Point> before_;
    bool told_ = false;
};

}  // namespace izhi::apps
