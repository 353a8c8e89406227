// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/output_place.hpp"

#include <unistd.h>

#include <charconv>
#include <system_error>

namespace izhi::detail {
namespace {

namespace fs = std::filesystem;

/// The folder of a path, without links.
fs::path folder_of_link(const fs::path& link) {
    std::error_code error;
    return fs::canonical(link.has_parent_path() ? link.parent_path() : fs::path("."), error);
}

/// The number in /proc/self/fd/NUMBER.
std::optional<int> own_descriptor(const fs::path& link, const fs::path& folder) {
    if (folder != "/proc/" + std::to_string(::getpid()) + "/fd") return std::nullopt;
    const std::string name = link.filename().string();
    int number = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (fault != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return number;
}

}  // namespace

OutputPlace output_place(const fs::path& path) {
    using Kind = OutputPlace::Kind;
    constexpr int most_links = 40;  // as Linux follows
    std::error_code error;
    switch (fs::status(path, error).type()) {
        case fs::file_type::character: return {Kind::stream, path, "a device"};
        case fs::file_type::fifo: return {Kind::stream, path, "a FIFO"};
        case fs::file_type::directory: return {Kind::other, path, "a folder"};
        case fs::file_type::socket: return {Kind::other, path, "a socket"};
        case fs::file_type::block: return {Kind::other, path, "a block device"};
        default: break;
    }
    OutputPlace place{Kind::file, path, ""};
    for (int links = 0; fs::is_symlink(place.path, error); ++links) {
        if (links == most_links) return {Kind::other, path, "a symbolic link that leads to itself"};
        // A link in /proc is an open descriptor of a process, and what it shows as its target need not be a path.
        const fs::path folder = folder_of_link(place.path);
        if (folder.string().starts_with("/proc/"))
            return {Kind::stream, path, "an open file", own_descriptor(place.path, folder)};
        const fs::path target = fs::read_symlink(place.path, error);
        if (error) return {Kind::other, path, "a symbolic link that cannot be read"};
        place.path = place.path.parent_path() / target;  // target alone if it is absolute
    }
    return place;
}

}  // namespace izhi::detail
