// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "nearest_name.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "engine/network/text.hpp"

namespace izhi::io::detail {
namespace {

// Names are short; a longer text is no slip of the fingers, and the distance takes quadratic time.
constexpr std::size_t kLongestName = 64;

std::string lower(std::string_view name) {
    std::string text(name);
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

std::string suggest_name(std::string_view unknown, const std::vector<std::string>& known) {
    const std::string* nearest = nullptr;
    std::size_t smallest = kLongestName;
    if (unknown.size() <= kLongestName) {
        for (const std::string& name : known) {
            if (name.size() > kLongestName) continue;
            const std::size_t distance = izhi::detail::edit_distance(lower(unknown), lower(name));  // "rs" is near "RS"
            // More than half of the letters wrong is another word.
            if (distance < smallest && 2 * distance <= std::max(unknown.size(), name.size())) {
                smallest = distance;
                nearest = &name;
            }
        }
    }
    if (nearest != nullptr) return "did you mean " + *nearest + "?";
    if (known.empty()) return "there are none";
    std::string list = "known: ";
    for (std::size_t i = 0; i < known.size() && i < 40; ++i) list += (i == 0 ? "" : ", ") + known[i];
    return known.size() > 40 ? list + ", ..." : list;
}

}  // namespace izhi::io::detail
