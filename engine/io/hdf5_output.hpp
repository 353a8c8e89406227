// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "hdf5.hpp"

namespace izhi::io::detail {

/// An HDF5 file in the making, whose writing may fail at any moment without harm.
///
/// The library does not survive a full disk: when it cannot write what it holds back, closing the file fails, leaves it
/// half taken down, and the process crashes as it exits (seen with 1.10.8). So the file has a driver of our own, which
/// keeps the first failure to itself and swallows everything after it. The library then believes that all is well and
/// closes in good order; we ask error().
class Hdf5Output {
public:
    Hdf5Output() = default;
    Hdf5Output(const Hdf5Output&) = delete;
    Hdf5Output& operator=(const Hdf5Output&) = delete;

    /// Opens a file that is there, and empties it. @throws Hdf5Failure
    void create(const std::string& path);
    /// Closes it; a no-op if it is closed. Everything else of the file must be closed before.
    void close();

    [[nodiscard]] hid_t id() const noexcept { return file_.id(); }
    /// errno of the first write that failed, or 0.
    [[nodiscard]] int error() const noexcept { return disk_.error; }

    /// The file on disk, as the driver sees it.
    struct Disk {
        int descriptor = -1;
        int error = 0;
    };

private:
    Disk disk_;  // outlives the handle, which writes to it as it closes
    Hdf5Handle file_;
};

}  // namespace izhi::io::detail
