// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/nearest_name.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace izhi::detail {
namespace {

// Names are short; a longer text is not a misspelt name, and computing the distance takes quadratic time.
constexpr std::size_t kLongestName = 64;

/// The edit distance of two words: insert, delete, replace, and swap of neighbours, which is the most common mistake.
std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before(to.size() + 1), last(to.size() + 1), row(to.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            row[j + 1] = std::min({last[j] + (from[i] == to[j] ? 0 : 1), row[j] + 1, last[j + 1] + 1});
            if (i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j])
                row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last.back();
}

std::string lower(std::string_view name) {
    std::string text(name);
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// Whether `known` is `name` plus a unit or an ending of two letters: tau and tau_ms, reward and rewarded.
bool lacks_an_ending(const std::string& name, const std::string& known) {
    if (name.empty() || !known.starts_with(name)) return false;
    const std::string_view rest = std::string_view(known).substr(name.size());
    return rest.size() <= 2 || rest.front() == '_';
}

}  // namespace

std::string suggest_name(std::string_view unknown, const std::vector<std::string>& known) {
    const std::string* nearest = nullptr;
    std::size_t smallest = kLongestName;
    if (unknown.size() <= kLongestName) {
        for (const std::string& name : known) {
            if (name.size() > kLongestName) continue;
            const std::string given = lower(unknown), candidate = lower(name);  // "rs" is near "RS"
            const std::size_t distance = edit_distance(given, candidate);
            const bool begins = lacks_an_ending(given, candidate);
            // With more than a third of the letters wrong, it is another word. The dashes of options do not count.
            const std::size_t letters = std::max(given.size(), candidate.size()) - (given.starts_with("--") ? 2 : 0);
            if (3 * distance > letters && !begins) continue;
            // If two are equally near, the one that only continues the name wins: cortex-10 means cortex-10k, not
            // cortex-1k.
            if (distance < smallest || (distance == smallest && begins)) {
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

}  // namespace izhi::detail
