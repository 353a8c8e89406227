// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace izhi::detail {

/// A file's bytes, the first `most_bytes` of them if it has more; nothing if it cannot be read. Reads what it finds and
/// not what the file's size says, so that pipes, <(generate ...), serve as well. Costs memory by what is there.
[[nodiscard]] std::optional<std::string> read_text_file(const std::filesystem::path& file, std::size_t most_bytes);

}  // namespace izhi::detail
