// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace izhi::apps {

/// Bytes that may still be written where a folder is; nothing where the system does not tell.
[[nodiscard]] std::optional<std::uint64_t> free_space_of(const std::filesystem::path& folder);

/// Will what a run records fit onto its disk? Told from the rate at which files grow after the first second of the run, and
/// again every five.
class DiskForecast {
public:
    using FreeSpace = std::function<std::optional<std::uint64_t>(const std::filesystem::path&)>;

    /// @param folder where files grow, `option` asked for it. @param last the step where the run ends
    /// @param times what is written once more at the end, as a factor: 1 if nothing
    DiskForecast(std::string option, std::filesystem::path folder, std::uint64_t last, double times = 1.0,
                 FreeSpace free_space = free_space_of);

    /// Is it time to look?
    [[nodiscard]] bool due(double elapsed_s) const noexcept { return elapsed_s >= next_s_; }
    /// Looks. @param elapsed_s since the run began. @param step that is done. @param bytes written until then
    /// @returns the first time, a line to be shown. @throws Error if it cannot fit
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
