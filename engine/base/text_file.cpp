// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "text_file.hpp"

#include <algorithm>
#include <fstream>

namespace izhi::detail {

std::optional<std::string> read_text_file(const std::filesystem::path& file, std::size_t most_bytes) {
    constexpr std::size_t first_piece = std::size_t{64} << 10U;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return std::nullopt;
    std::string text;
    while (stream && text.size() < most_bytes) {
        // Doubles the buffer: few reads for a long file, and little unused memory for a short one.
        const std::size_t had = text.size();
        const std::size_t piece = std::min(std::max(had, first_piece), most_bytes - had);
        text.resize(had + piece);
        stream.read(text.data() + had, static_cast<std::streamsize>(piece));
        text.resize(had + static_cast<std::size_t>(stream.gcount()));
    }
    if (stream.bad()) return std::nullopt;
    return text;
}

}  // namespace izhi::detail
