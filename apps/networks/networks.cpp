// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "networks.hpp"

#include <cctype>
#include <sstream>

namespace izhi::apps {
namespace {

/// The end of the first sentence. The full stop of an abbreviation ("J. Comput. Neurosci.") does not end it. If the
/// stop is inside parentheses, it belongs to a reference, and the sentence ends before the parentheses.
std::size_t sentence_end(const std::string& text) {
    for (auto stop = text.find(". "); stop != std::string::npos; stop = text.find(". ", stop + 1)) {
        const auto word = text.find_last_of(" (", stop) + 1;  // 0 if it is the first
        if (stop - word == 1 && std::isupper(static_cast<unsigned char>(text[word])) != 0) continue;
        const auto open = text.rfind('(', stop);
        if (open == std::string::npos || text.find(')', open) < stop) return stop;
        const auto before = text.find_last_not_of(' ', open - 1);
        if (open > 0 && before != std::string::npos) return before + 1;
    }
    return std::string::npos;
}

}  // namespace

std::string storage_of(const NetworkDescription& description) {
    bool stored = false, procedural = false;
    for (const auto& projection : description.projections)
        (projection.spec.storage == Storage::procedural ? procedural : stored) = true;
    if (stored && procedural) return "mixed";
    return std::string(to_string(procedural ? Storage::procedural : Storage::stored));
}

std::string title_of(std::string_view text) {
    std::istringstream lines{std::string(text)};
    std::string title;
    for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
        line.erase(0, line.find_first_not_of("# "));
        if (line.find("SPDX") != std::string::npos) continue;
        if (line.empty() && !title.empty()) break;
        if (!title.empty()) title += ' ';
        title += line;
        if (const auto stop = sentence_end(title); stop != std::string::npos) {
            title.resize(stop);
            break;
        }
    }
    if (title.ends_with('.')) title.pop_back();
    return title;
}

}  // namespace izhi::apps
