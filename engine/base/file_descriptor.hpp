// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace izhi::detail {

/// A file descriptor that is closed at the end.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    [[nodiscard]] int get() const noexcept { return value_; }
    [[nodiscard]] bool open() const noexcept { return value_ >= 0; }
    int release() noexcept;

private:
    int value_ = -1;
};

/// An open file. Not a stream: of a stream one learns that something failed but not why, and cannot put it on the disk.
class FileDescriptor {
public:
    /// @param flags of open(2)
    FileDescriptor(const std::filesystem::path& path, int flags);

    [[nodiscard]] bool is_open() const noexcept { return descriptor_.open(); }
    // Each gives false, or nothing, if it fails: errno says why.
    /// Bytes read: all that were asked for, or up to the end of the file.
    [[nodiscard]] std::optional<std::size_t> read(std::span<std::byte> into) noexcept;
    [[nodiscard]] bool write(std::span<const std::byte> bytes) noexcept;
    [[nodiscard]] bool seek(std::uint64_t place) noexcept;
    /// Onto the disk.
    [[nodiscard]] bool sync() noexcept;
    [[nodiscard]] bool close() noexcept;

private:
    Descriptor descriptor_;
};

/// What errno means.
[[nodiscard]] std::string message_of_errno();

}  // namespace izhi::detail
