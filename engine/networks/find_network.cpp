// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/networks/find_network.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/nearest_name.hpp"
#include "engine/base/text_file.hpp"
#include "engine/networks/builtin_networks.hpp"
#include "izhi/error.hpp"

namespace izhi::networks {
namespace {

namespace fs = std::filesystem;

/// Twice the limit of the library, so that the library reports files that are too long.
constexpr std::size_t kMostBytes = std::size_t{16} << 20U;

std::string read_network_file(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) throw Error(file.string() + ": there is no such file");
    if (fs::is_directory(file, ignored)) throw Error(file.string() + ": is a folder, not a network file");
    std::optional<std::string> text = izhi::detail::read_text_file(file, kMostBytes);
    if (!text) throw Error(file.string() + ": cannot be read");
    return std::move(*text);
}

}  // namespace

NetworkSource find_network(const std::string& name) {
    if (auto text = builtin_text(name)) return {std::move(*text), name + ".toml", true};
    std::vector<std::string> known;
    for (const BuiltinNetwork& network : builtin_networks()) known.emplace_back(network.name);
    std::error_code ignored;
    if (name.ends_with(".toml") || name.ends_with(".json") || name.find('/') != std::string::npos ||
        fs::exists(name, ignored))
        return {read_network_file(name), name};
    throw Error("there is no built-in network and no file '" + name + "'; " + izhi::detail::suggest_name(name, known));
}

}  // namespace izhi::networks
