// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "izhi/single_neuron.hpp"

/// Reads the currents of `izhi neuron`. All times are in ms. Functions throw izhi::Error if the text is wrong.
namespace izhi::apps {

/// A finite number. @throws Error that names the option and `allowed`
[[nodiscard]] double parse_number(std::string_view option, std::string_view text, const std::string& allowed);
/// "0.25" or "0.25ms": a number of ms above 0.
[[nodiscard]] double parse_step_ms(std::string_view option, std::string_view text);

/// "10"
[[nodiscard]] Current parse_dc(std::string_view text);
/// "10:100:400": 10 from 100 ms until 400 ms, not included; without the last part until the end.
[[nodiscard]] Current parse_step(std::string_view text);
/// "0:20:100:900": rises from 0 at 100 ms to 20 at 900 ms, where it ends.
[[nodiscard]] Current parse_ramp(std::string_view text);
/// "20:2:10,30,45.5": 20 for 2 ms at each of these times.
[[nodiscard]] Current parse_pulses(std::string_view text);

/// A file of lines "TIME CURRENT", separated by spaces, tabs, a comma or a semicolon. Each current lasts from its time
/// until that of the next line, the last one to the end; before the first time the current is 0. Empty lines and lines
/// that begin with '#' are skipped, and so is one line of titles before the numbers. At most a million lines, with
/// ascending times.
/// @throws Error "FILE:LINE: ..."
[[nodiscard]] Current read_current_file(const std::filesystem::path& file);

}  // namespace izhi::apps
