// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "networks.hpp"

#include <cctype>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/nearest_name.hpp"
#include "engine/base/text_file.hpp"
#include "engine/networks/builtin_networks.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

/// Twice the limit of the library, so that the library reports files that are too long.
constexpr std::size_t kMostBytes = std::size_t{16} << 20U;

std::string read_network_file(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) throw Error(file.string() + ": there is no such file");
    if (fs::is_directory(file, ignored)) throw Error(file.string() + ": is a folder, not a network file");
    std::optional<std::string> text = detail::read_text_file(file, kMostBytes);
    if (!text) throw Error(file.string() + ": cannot be read");
    return std::move(*text);
}

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

NetworkSource find_network(const std::string& name) {
    if (auto text = networks::builtin_text(name)) return {std::move(*text), name + ".toml", true};
    std::vector<std::string> known;
    for (const networks::BuiltinNetwork& network : networks::builtin_networks()) known.emplace_back(network.name);
    std::error_code ignored;
    if (name.ends_with(".toml") || name.find('/') != std::string::npos || fs::exists(name, ignored))
        return {read_network_file(name), name};
    throw Error("there is no built-in network and no file '" + name + "'; " + izhi::detail::suggest_name(name, known));
}

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
