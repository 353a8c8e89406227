// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace izhi::io::detail {

/// Space on the disk beyond the end of a file that grows. When the disk is full, this is for the end of the file, which can
/// then be closed with all that was recorded. File systems that cannot set space aside, and disks that have little, give none.
class DiskReserve {
public:
    explicit DiskReserve(std::uint64_t bytes) : bytes_(bytes) {}

    /// Sets space aside, before the file is written up to `end`. If there is no more, full() says why; half of the bytes beyond
    /// the last end are there then.
    void provide(int descriptor, std::uint64_t end) noexcept;
    /// Gives back what is left beyond `end`, the end of the file.
    void give_back(int descriptor, std::uint64_t end) const noexcept;
    /// errno of the first time that no space could be set aside, or 0.
    [[nodiscard]] int full() const noexcept { return full_; }

private:
    std::uint64_t bytes_, reserved_ = 0;  ///< reserved_: the end of what is set aside
    int full_ = 0;
};

}  // namespace izhi::io::detail
