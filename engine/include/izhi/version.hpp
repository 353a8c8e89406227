// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace izhi {

/// The version of these headers, "major.minor.patch". The build reads it from this line.
inline constexpr std::string_view kVersion = "0.1.0";

/// The version of the library that runs. With a shared library it may be another than kVersion, which the program was
/// compiled with.
[[nodiscard]] std::string_view version() noexcept;

}  // namespace izhi
