// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/io/network_file.hpp"

/// The points of a sweep: a grid over keys of a network file, times seeds.
namespace izhi::apps {

/// Reads "population.exc.size=900". @throws Error that names the option
[[nodiscard]] io::Setting parse_setting(std::string_view text);
/// Writes "population.exc.size=900", as short as the number allows.
[[nodiscard]] std::string text_of(const io::Setting& setting);

/// One key and its values.
struct SweepAxis {
    std::string key;
    std::vector<double> values;
    bool logarithmic = false;  ///< values in equal ratios, for pictures
};

/// Reads "KEY=a,b,c", "KEY=FROM:TO:COUNT" (both ends included) or "KEY=FROM:TO:COUNT:log" (equal ratios). Values of
/// ranges are rounded to 12 digits, so that 0.5:2.0:16 has 0.7 and not its neighbour. @throws Error that names the
/// option
[[nodiscard]] SweepAxis parse_axis(std::string_view text);

/// The points in order: the last axis changes fastest, seeds faster still.
struct SweepPlan {
    std::vector<SweepAxis> axes;
    std::uint64_t repeats = 1;          ///< each point runs with the seeds seed, seed + 1, ...
    std::optional<std::uint64_t> seed;  ///< by default that of the network

    /// @throws Error if there are more than 100,000, or two axes of one key
    void check() const;
    [[nodiscard]] std::size_t points() const;
    /// The index of each axis's value at a point.
    [[nodiscard]] std::vector<std::size_t> indices(std::size_t point) const;
    [[nodiscard]] std::vector<io::Setting> settings(std::size_t point) const;
    [[nodiscard]] std::uint64_t repeat(std::size_t point) const { return point % repeats; }
};

}  // namespace izhi::apps
