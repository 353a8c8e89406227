// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace izhi::detail {

/// The bytes of a file, or its first `most_bytes` if it has more; nothing if it cannot be read. It reads to the end and
/// does not use the size of the file, so pipes, such as <(generate ...), work too. It uses memory for the bytes that
/// are there.
[[nodiscard]] std::optional<std::string> read_text_file(const std::filesystem::path& file, std::size_t most_bytes);

}  // namespace izhi::detail
