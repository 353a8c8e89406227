// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "engine/base/text_file.hpp"

namespace izhi::test {

/// The bytes of a file; a test whose file cannot be read fails.
inline std::string contents_of(const std::filesystem::path& file) {
    const std::string name = file.string();
    CAPTURE(name);
    const std::optional<std::string> bytes = detail::read_text_file(file, std::numeric_limits<std::size_t>::max());
    REQUIRE(bytes.has_value());
    return *bytes;
}

}  // namespace izhi::test
