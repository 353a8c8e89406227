// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"

/// Texts of networks, and helpers to read them.
namespace izhi::test {

namespace fs = std::filesystem;

inline constexpr std::string_view kOrigin = "net.toml";

/// A folder that is removed with the test.
struct Folder {
    fs::path path = fs::temp_directory_path() / ("izhi-network-file-" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    fs::path write(const std::string& name, std::string_view text) const {
        std::ofstream(path / name, std::ios::binary) << text;
        return path / name;
    }
};

/// The error message of a text; empty if it is valid.
inline std::string refusal(std::string_view text, std::string_view origin = kOrigin) {
    try {
        (void)io::parse_network(text, origin);
    } catch (const Error& error) { return error.what(); }
    return {};
}

inline NetworkDescription described(std::string_view text, std::string_view origin = kOrigin) {
    return io::parse_network(text, origin).description();
}

/// A valid network with the lines 1 to 12, to which tests add sections.
inline constexpr std::string_view kValid = R"([network]
name = "small"

[population.exc]
size = 8
cell = "RS"

[population.inh]
size = 2
cell = "FS"

# line 12
)";

inline std::string with(std::string_view more) { return std::string(kValid) + std::string(more); }

}  // namespace izhi::test
