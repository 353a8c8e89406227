// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "disk_reserve.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

namespace izhi::io::detail {
namespace {

/// Whether so little is set aside, compared with what is free, that many files can do so.
bool is_little(int descriptor, std::uint64_t bytes) {
    constexpr std::uint64_t least_times = 256;
    struct statvfs disk {};
    return ::fstatvfs(descriptor, &disk) == 0 &&
           bytes <= std::uint64_t{disk.f_bavail} * std::uint64_t{disk.f_frsize} / least_times;
}

}  // namespace

void DiskReserve::provide(int descriptor, std::uint64_t end) noexcept {
    if (full_ != 0 || bytes_ == 0 || end + bytes_ / 2 <= reserved_) return;
    if (reserved_ == 0 && !is_little(descriptor, bytes_)) bytes_ = 0;
    if (bytes_ == 0) return;
    const std::uint64_t next = end + bytes_;
    rlimit limit{};  // beyond it the system would send a signal
    int error = ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && next > limit.rlim_cur ? EFBIG : EINTR;
    while (error == EINTR)
        error = ::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, static_cast<::off_t>(reserved_),
                            static_cast<::off_t>(next - reserved_)) == 0
                    ? 0
                    : errno;
    if (error == 0) reserved_ = next;
    else if (reserved_ == 0) bytes_ = 0;
    else full_ = error;
}

void DiskReserve::give_back(int descriptor, std::uint64_t end) const noexcept {
    // Some systems give back space beyond the end only when a file becomes shorter.
    if (reserved_ > end && ::ftruncate(descriptor, static_cast<::off_t>(end + 1)) == 0)
        (void)!::ftruncate(descriptor, static_cast<::off_t>(end));
}

}  // namespace izhi::io::detail
