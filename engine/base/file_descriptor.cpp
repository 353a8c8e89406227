// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/file_descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace izhi::detail {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        if (open()) ::close(value_);
        value_ = other.release();
    }
    return *this;
}
Descriptor::~Descriptor() {
    if (open()) ::close(value_);
}
int Descriptor::release() noexcept {
    const int value = value_;
    value_ = -1;
    return value;
}

FileDescriptor::FileDescriptor(const std::filesystem::path& path, int flags)
    : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}

std::optional<std::size_t> FileDescriptor::read(std::span<std::byte> into) noexcept {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t count = ::read(descriptor_.get(), into.data() + done, into.size() - done);
        if (count == 0) break;
        if (count > 0) done += static_cast<std::size_t>(count);
        else if (errno != EINTR) return std::nullopt;
    }
    return done;
}

bool FileDescriptor::write(std::span<const std::byte> bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor_.get(), bytes.data(), bytes.size());
        if (count >= 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
        else if (errno != EINTR) return false;
    }
    return true;
}

bool FileDescriptor::seek(std::uint64_t place) noexcept {
    return ::lseek(descriptor_.get(), static_cast<off_t>(place), SEEK_SET) >= 0;
}
void FileDescriptor::wait_when_full() noexcept {
    const int flags = ::fcntl(descriptor_.get(), F_GETFL);
    if (flags >= 0) (void)::fcntl(descriptor_.get(), F_SETFL, flags & ~O_NONBLOCK);
}
bool FileDescriptor::sync() noexcept { return ::fsync(descriptor_.get()) == 0; }
bool FileDescriptor::close() noexcept { return !descriptor_.open() || ::close(descriptor_.release()) == 0; }

std::string message_of_errno() { return std::generic_category().message(errno); }

}  // namespace izhi::detail
