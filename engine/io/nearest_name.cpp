// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "nearest_name.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace izhi::io::detail {
namespace {

// Names are short; a longer text is no slip of the fingers, and the table below is quadratic.
constexpr std::size_t kLongestName = 64;

/// Optimal string alignment distance without regard to case: "RS" for "rs" is the nearest of all.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    const auto same = [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    };
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0U : 1U)});
            const bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::string suggest_name(std::string_view unknown, const std::vector<std::string>& known) {
    const std::string* nearest = nullptr;
    std::size_t smallest = kLongestName;
    if (unknown.size() <= kLongestName) {
        for (const std::string& name : known) {
            if (name.size() > kLongestName) continue;
            const std::size_t distance = edit_distance(unknown, name);
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
