// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "izhi/export.hpp"

namespace izhi {

/// The version of these headers, "major.minor.patch". The build reads it from this line.
inline constexpr std::string_view kVersion = "0.1.0";

/// The version of the library at run time. With a shared library it may differ from kVersion, with which the program
/// was compiled.
[[nodiscard]] IZHI_API std::string_view version() noexcept;

}  // namespace izhi
