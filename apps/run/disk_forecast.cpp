// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "disk_forecast.hpp"

#include <system_error>
#include <utility>

#include "apps/text/units.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

// From half a second on, because many networks fire more at their start than later.
constexpr double kFirstS = 0.5, kSecondS = 1.0, kEveryS = 5.0;

}  // namespace

std::optional<std::uint64_t> free_space_of(const std::filesystem::path& folder) {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(folder, error);
    if (error) return std::nullopt;
    return space.available;
}

DiskForecast::DiskForecast(std::string option, std::filesystem::path folder, std::uint64_t last, double times,
                           FreeSpace free_space)
    : option_(std::move(option)), folder_(std::move(folder)), last_(last), times_(times),
      free_space_(std::move(free_space)), next_s_(kFirstS) {}

std::optional<std::string> DiskForecast::look(double elapsed_s, std::uint64_t step, std::uint64_t bytes) {
    const std::optional<Point> before = std::exchange(before_, Point{elapsed_s, step, bytes});
    next_s_ = before ? elapsed_s + kEveryS : kSecondS;
    if (!before || step <= before->step || bytes <= before->bytes || step >= last_) return std::nullopt;
    const double grown = static_cast<double>(bytes - before->bytes);
    const double to_come = grown / static_cast<double>(step - before->step) * static_cast<double>(last_ - step);
    const double all = static_cast<double>(bytes) + to_come;
    const double needed = to_come + (times_ - 1.0) * all;
    const std::string rate = bytes_text(static_cast<std::uint64_t>(grown / (elapsed_s - before->s))) + "/s",
                      size = bytes_text(static_cast<std::uint64_t>(all));
    const std::optional<std::uint64_t> space = free_space_(folder_);
    if (space && needed > static_cast<double>(*space))
        throw Error("", option_,
                    "is '" + folder_.string() + "', where " + bytes_text(*space) +
                        " are free, and the run would write about " + size + " there, " + rate,
                    "a shorter --duration, fewer records in the network, or another disk");
    if (std::exchange(told_, true)) return std::nullopt;
    return "recording " + rate + ", about " + size + " in all; " +
           (space ? bytes_text(*space) + " are free" : "the free space is not known");
}

}  // namespace izhi::apps
