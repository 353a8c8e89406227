// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace izhi::detail {

/// An open file. Not a stream: of a stream one learns that something failed but not why, and cannot put it on the disk.
class FileDescriptor {
public:
    /// @param flags of open(2)
    FileDescriptor(const std::filesystem::path& path, int flags);
    ~FileDescriptor();
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    // Each gives false, or nothing, if it fails: errno says why.
    /// Bytes read: all that were asked for, or up to the end of the file.
    [[nodiscard]] std::optional<std::size_t> read(std::span<std::byte> into) noexcept;
    [[nodiscard]] bool write(std::span<const std::byte> bytes) noexcept;
    [[nodiscard]] bool seek(std::uint64_t place) noexcept;
    /// Onto the disk.
    [[nodiscard]] bool sync() noexcept;
    [[nodiscard]] bool close() noexcept;

private:
    int descriptor_;
};

/// What errno means.
[[nodiscard]] std::string message_of_errno();

}  // namespace izhi::detail
