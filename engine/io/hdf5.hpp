// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <hdf5.h>

/// The small part of HDF5 that we use, with owned handles and exceptions. Only the SONATA files include this.
namespace izhi::io::detail {

/// A call of the library failed; what() says why. It does not leave engine/io: writers turn it into RunError, readers
/// into Error.
class Hdf5Failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A lock that is held around every use of the library. The library may be built without thread safety, and a process
/// may have several simulations, so only one thread uses it at a time. During the session the library does not print
/// errors.
class Hdf5Session {
public:
    Hdf5Session();
    ~Hdf5Session();
    Hdf5Session(const Hdf5Session&) = delete;
    Hdf5Session& operator=(const Hdf5Session&) = delete;

private:
    std::unique_lock<std::recursive_mutex> lock_;
    H5E_auto2_t printer_ = nullptr;
    void* printer_data_ = nullptr;
};

/// Forks the process at a moment when no other thread is inside the library, also none of the program around us, so that
/// the child can use it. The child runs `child`, which must not return.
/// @return the child's number; negative if it failed, with errno
[[nodiscard]] pid_t hdf5_fork(const std::function<void()>& child);

/// An open file, group, data set, ..., which is closed in the destructor.
class Hdf5Handle {
public:
    using Closer = herr_t (*)(hid_t);
    Hdf5Handle() = default;
    /// Takes the result of an opening call. @throws Hdf5Failure if it failed; `what` says what was tried
    Hdf5Handle(hid_t id, Closer closer, const char* what);
    ~Hdf5Handle() { reset(); }
    Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
    Hdf5Handle& operator=(Hdf5Handle&& other) noexcept;

    [[nodiscard]] hid_t id() const noexcept { return id_; }
    /// Closes without reporting failures.
    void reset() noexcept;
    /// @throws Hdf5Failure
    void close(const char* what);

private:
    hid_t id_ = -1;
    Closer closer_ = nullptr;
};

/// Throws Hdf5Failure with the library's reason if a call returned a negative value.
void hdf5_check(long long result, const char* what);

/// Opens a file for reading.
[[nodiscard]] Hdf5Handle hdf5_open_file(const std::string& path);
[[nodiscard]] Hdf5Handle hdf5_create_group(hid_t parent, const std::string& name);

/// Writes an attribute.
void hdf5_write_attribute(hid_t object, const char* name, hid_t type, const std::vector<hsize_t>& shape,
                          const void* data);
void hdf5_write_text_attribute(hid_t object, const char* name, const std::string& text);
/// A text attribute; empty if there is none or it is not text.
[[nodiscard]] std::string hdf5_read_text_attribute(hid_t object, const char* name);
/// A numeric attribute; nothing if there is none or it is not a single number.
[[nodiscard]] std::optional<double> hdf5_read_number_attribute(hid_t object, const char* name);

/// How the chunks of a series are compressed.
enum class Hdf5Packing {
    none,
    streams,   ///< the caller gives zlib streams
    shuffled,  ///< by the library: bytes of equal rank side by side, then zlib
};

/// A data set that grows along its first dimension.
class Hdf5Series {
public:
    Hdf5Series() = default;
    /// @param row_shape  shape of a row; empty for a plain column
    /// @param chunk_shape shape of a chunk, rows first
    /// @param packing with `streams`, it grows by append_deflated() only
    Hdf5Series(hid_t parent, const std::string& name, hid_t stored_type, const std::vector<hsize_t>& row_shape,
               const std::vector<hsize_t>& chunk_shape, Hdf5Packing packing = Hdf5Packing::none);
    void append(hid_t memory_type, const void* rows, hsize_t row_count);
    /// Appends a complete, compressed chunk, of which `row_count` rows are used: all of them, except in the last chunk.
    void append_deflated(std::span<const std::byte> chunk, hsize_t row_count);
    [[nodiscard]] hid_t id() const noexcept { return set_.id(); }
    [[nodiscard]] hsize_t rows() const noexcept { return shape_.empty() ? 0 : shape_[0]; }

private:
    Hdf5Handle set_;
    std::vector<hsize_t> shape_;
};

/// Writes a data set at once.
void hdf5_write_whole(hid_t parent, const char* name, hid_t stored_type, hid_t memory_type, hsize_t count,
                      const void* data);

}  // namespace izhi::io::detail
