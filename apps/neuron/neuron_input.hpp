// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "izhi/single_neuron.hpp"

/// The currents of `izhi neuron` as people write them. All times are in ms. What is wrong is thrown as izhi::Error.
namespace izhi::apps {

/// A finite number. @throws Error naming the option and `allowed`
[[nodiscard]] double parse_number(std::string_view option, std::string_view text, const std::string& allowed);
/// "0.25" or "0.25ms": a number of ms above 0.
[[nodiscard]] double parse_step_ms(std::string_view option, std::string_view text);

/// "10"
[[nodiscard]] Current parse_dc(std::string_view text);
/// "10:100:400": 10 from 100 ms until before 400 ms; without the last part until the end.
[[nodiscard]] Current parse_step(std::string_view text);
/// "0:20:100:900": rises from 0 at 100 ms to 20 at 900 ms, where it ends.
[[nodiscard]] Current parse_ramp(std::string_view text);
/// "20:2:10,30,45.5": 20 for 2 ms at each of these times.
[[nodiscard]] Current parse_pulses(std::string_view text);

/// A file of lines "TIME CURRENT", parted by spaces, tabs, a comma or a semicolon: each current holds from its time until
/// the next line's, the last one to the end; before the first there is none. Empty lines and lines that begin with '#'
/// are passed over, and so is one line of titles before the numbers. A million lines at most, times ascending.
/// @throws Error "FILE:LINE: ..."
[[nodiscard]] Current read_current_file(const std::filesystem::path& file);

}  // namespace izhi::apps
