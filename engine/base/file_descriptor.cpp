// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/file_descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace izhi::detail {

FileDescriptor::FileDescriptor(const std::filesystem::path& path, int flags)
    : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
FileDescriptor::~FileDescriptor() { (void)close(); }

std::optional<std::size_t> FileDescriptor::read(std::span<std::byte> into) noexcept {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t count = ::read(descriptor_, into.data() + done, into.size() - done);
        if (count == 0) break;
        if (count > 0) done += static_cast<std::size_t>(count);
        else if (errno != EINTR) return std::nullopt;
    }
    return done;
}

bool FileDescriptor::write(std::span<const std::byte> bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count >= 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
        else if (errno != EINTR) return false;
    }
    return true;
}

bool FileDescriptor::seek(std::uint64_t place) noexcept {
    return ::lseek(descriptor_, static_cast<off_t>(place), SEEK_SET) >= 0;
}
bool FileDescriptor::sync() noexcept { return ::fsync(descriptor_) == 0; }
bool FileDescriptor::close() noexcept { return descriptor_ < 0 || ::close(std::exchange(descriptor_, -1)) == 0; }

std::string message_of_errno() { return std::generic_category().message(errno); }

}  // namespace izhi::detail
