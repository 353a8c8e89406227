// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace izhi::detail {

/// Where the output to a path goes. A regular file is replaced by another one when the output is complete. Nothing else may
/// be replaced: a symbolic link, a device or a FIFO would be lost.
struct OutputPlace {
    enum class Kind {
        file,    ///< a regular file, or nothing yet: it may be replaced
        stream,  ///< a FIFO, a character device, or an open descriptor (/dev/stdout): it can only be written into
        other,   ///< a folder, a socket or a block device: it is no place for an output
    };
    Kind kind = Kind::file;
    std::filesystem::path path;       ///< behind all symbolic links
    std::string what;                 ///< "a FIFO"; empty for `file`
    std::optional<int> descriptor{};  ///< of a stream that this process has open already
};

/// Looks at the path and follows its links, also one whose target does not exist yet.
[[nodiscard]] OutputPlace output_place(const std::filesystem::path& path);

}  // namespace izhi::detail
