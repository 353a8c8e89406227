// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string_view>
#include <vector>

/// Checks of the paths that a command will write to. They are made before a run, so that it does not fail at its end.
namespace izhi::apps {

/// Checks that files can be made in this folder, which is made if necessary. Tries it and leaves nothing behind.
/// @throws Error that names the option and the path
void require_writable_folder(std::string_view option, const std::filesystem::path& folder);

/// Checks that this file can be made or replaced; its folder must exist. Tries it and leaves nothing behind. A FIFO or a
/// device is allowed.
/// @throws Error that names the option and the path
void require_writable_file(std::string_view option, const std::filesystem::path& file);

/// Checks that these names in a folder are free or those of regular files. @throws Error that names the option and the
/// folder
void require_replaceable_files(std::string_view option, const std::filesystem::path& folder,
                               const std::vector<std::string>& names);

/// A path and the option or argument that gave it: "--plot", or "NETWORK".
struct NamedPath {
    std::string_view option;
    std::optional<std::filesystem::path> path;  ///< empty if it was not given
};
/// Rejects paths of which two are the same file, because the later one would overwrite the other.
/// @throws Error that names both
void require_distinct(const std::vector<NamedPath>& paths);

/// Copies a finished file to its place: under a temporary name first, then renamed, so that the final name never
/// belongs to an incomplete file. A symbolic link stays, and the file that it leads to is replaced. A FIFO, a device or an
/// open descriptor (/dev/stdout) is written into; a FIFO when something reads from it. @throws RunError
void place_file(const std::filesystem::path& finished, const std::filesystem::path& destination);

/// Writes a file under a temporary name beside its own, then renames it. Links, FIFOs and devices are as in place_file().
/// @throws RunError
void write_file(const std::filesystem::path& destination, const std::function<void(std::ostream&)>& write);

/// place_file() and write_file() wait for a reader of a FIFO no longer than until this returns true.
void end_waiting_when(bool (*ended)() noexcept) noexcept;

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
