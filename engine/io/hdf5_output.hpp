// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "disk_reserve.hpp"
#include "hdf5.hpp"

namespace izhi::io::detail {

/// An HDF5 file that is being written, and whose writing may fail at any moment without harm.
///
/// The library does not handle a full disk: if it cannot write its buffered data, closing the file fails and leaves it
/// half closed, and the process crashes at its exit (seen with 1.10.8). So the file has our own driver, which does not
/// report failures to the library: it stores the first one and ignores all later writes. The library then closes the
/// file as usual, and we call error().
///
/// Where the file system can set space aside, the driver keeps some beyond the end of the file. When it gets no more of it,
/// full() says so, and what is set aside is for the end of the file: nothing has been lost yet, and the file can be closed.
class Hdf5Output {
public:
    Hdf5Output() = default;
    Hdf5Output(const Hdf5Output&) = delete;
    Hdf5Output& operator=(const Hdf5Output&) = delete;

    /// Opens an existing file and empties it. @throws Hdf5Failure
    void create(const std::string& path);
    /// Closes the file; does nothing if it is closed. Everything else of the file must be closed before.
    void close();

    [[nodiscard]] hid_t id() const noexcept { return file_.id(); }
    /// errno of the first time that no space could be set aside, or 0.
    [[nodiscard]] int full() const noexcept { return disk_.reserve.full(); }
    /// How much space create() and later writes set aside [bytes].
    void set_aside(std::uint64_t bytes) noexcept { aside_ = bytes; }
    /// errno of the first failed write, or 0.
    [[nodiscard]] int error() const noexcept { return disk_.error; }

    /// The file on disk, as seen by the driver.
    struct Disk {
        int descriptor = -1;
        int error = 0;
        DiskReserve reserve{0};
    };

private:
    std::uint64_t aside_ = std::uint64_t{1} << 20U;
    Disk disk_;  // outlives the handle, which writes to it as it closes
    Hdf5Handle file_;
};

}  // namespace izhi::io::detail
