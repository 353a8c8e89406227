// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string_view>
#include <vector>

/// Paths that a command will write to: found wanting before a run, not after it.
namespace izhi::apps {

/// Could files be made in this folder, which may have to be made itself? Tries it and leaves nothing behind.
/// @throws Error naming the option and the path
void require_writable_folder(std::string_view option, const std::filesystem::path& folder);

/// Could this file be made or replaced? Its folder must exist. Tries it and leaves nothing behind.
/// @throws Error naming the option and the path
void require_writable_file(std::string_view option, const std::filesystem::path& file);

/// A path and what it was given for: "--plot", or "NETWORK".
struct NamedPath {
    std::string_view option;
    std::optional<std::filesystem::path> path;  ///< none: not given
};
/// Refuses two of them that are one file, which the later written would take the place of.
/// @throws Error naming both
void require_distinct(const std::vector<NamedPath>& paths);

/// Copies a finished file to its place: under a temporary name first, then renamed, so that the final name never holds
/// half of it. @throws RunError
void place_file(const std::filesystem::path& finished, const std::filesystem::path& destination);

/// Writes a file under a temporary name beside its own, then renames it. @throws RunError
void write_file(const std::filesystem::path& destination, const std::function<void(std::ostream&)>& write);

/// A private folder that is removed with everything in it.
class TemporaryFolder {
public:
    TemporaryFolder();  ///< @throws RunError
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace izhi::apps
