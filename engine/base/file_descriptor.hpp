// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace izhi::detail {

/// A file descriptor that is closed in the destructor.
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

/// An open file. It is not a stream, because a stream reports that something failed but not why, and cannot flush to
/// the disk.
class FileDescriptor {
public:
    /// @param flags of open(2)
    FileDescriptor(const std::filesystem::path& path, int flags);
    /// Takes over an open descriptor; a negative one is none.
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}

    [[nodiscard]] bool is_open() const noexcept { return descriptor_.open(); }
    // Each returns false, or nothing, if it fails; errno says why.
    /// Reads as many bytes as requested, or up to the end of the file. @return their number
    [[nodiscard]] std::optional<std::size_t> read(std::span<std::byte> into) noexcept;
    [[nodiscard]] bool write(std::span<const std::byte> bytes) noexcept;
    [[nodiscard]] bool seek(std::uint64_t place) noexcept;
    /// Writes wait for a reader of a full FIFO that was opened with O_NONBLOCK.
    void wait_when_full() noexcept;
    /// Flushes to the disk.
    [[nodiscard]] bool sync() noexcept;
    [[nodiscard]] bool close() noexcept;

private:
    Descriptor descriptor_;
};

/// The meaning of errno.
[[nodiscard]] std::string message_of_errno();

}  // namespace izhi::detail
