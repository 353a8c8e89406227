// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <hdf5.h>

/// The little of HDF5 that we use, with owned handles and exceptions. Included by the SONATA files only.
namespace izhi::io::detail {

/// A call of the library failed; what() says why. Never leaves engine/io: writers turn it into RunError, readers into
/// Error.
class Hdf5Failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// To be held around every use of the library. It may be built without threads, and several simulations live in one
/// process, so one thread uses it at a time; and its habit of printing errors is off, for our calls only.
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

/// An open file, group, data set, ...; closed when it goes.
class Hdf5Handle {
public:
    using Closer = herr_t (*)(hid_t);
    Hdf5Handle() = default;
    /// Takes over what an opening call returned. @throws Hdf5Failure if it failed; `what` says what was tried
    Hdf5Handle(hid_t id, Closer closer, const char* what);
    ~Hdf5Handle() { reset(); }
    Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
    Hdf5Handle& operator=(Hdf5Handle&& other) noexcept;

    [[nodiscard]] hid_t id() const noexcept { return id_; }
    /// Closes without telling whether it went well.
    void reset() noexcept;
    /// @throws Hdf5Failure
    void close(const char* what);

private:
    hid_t id_ = -1;
    Closer closer_ = nullptr;
};

/// Throws Hdf5Failure with the library's reason if a call returned a negative value.
void hdf5_check(long long result, const char* what);

[[nodiscard]] Hdf5Handle hdf5_open_file(const std::string& path);
[[nodiscard]] Hdf5Handle hdf5_create_group(hid_t parent, const std::string& name);

/// Attributes.
void hdf5_write_attribute(hid_t object, const char* name, hid_t type, const std::vector<hsize_t>& shape,
                          const void* data);
void hdf5_write_text_attribute(hid_t object, const char* name, const std::string& text);
/// Empty if there is none or it is no text.
[[nodiscard]] std::string hdf5_read_text_attribute(hid_t object, const char* name);
/// Nothing if there is none or it is not a single number.
[[nodiscard]] std::optional<double> hdf5_read_number_attribute(hid_t object, const char* name);

/// A data set that grows along its first dimension.
class Hdf5Series {
public:
    Hdf5Series() = default;
    /// @param row_shape  shape of a row; empty for a plain column
    /// @param chunk_shape of a chunk, rows first
    /// @param deflated whether its chunks are zlib streams; then it grows by append_deflated() alone
    Hdf5Series(hid_t parent, const std::string& name, hid_t stored_type, const std::vector<hsize_t>& row_shape,
               const std::vector<hsize_t>& chunk_shape, bool deflated = false);
    void append(hid_t memory_type, const void* rows, hsize_t row_count);
    /// A whole chunk as the file has it, of which `row_count` rows count; fewer than all only in the last one.
    void append_deflated(std::span<const std::byte> chunk, hsize_t row_count);
    [[nodiscard]] hid_t id() const noexcept { return set_.id(); }
    [[nodiscard]] hsize_t rows() const noexcept { return shape_.empty() ? 0 : shape_[0]; }

private:
    Hdf5Handle set_;
    std::vector<hsize_t> shape_;
};

/// A data set that is written at once.
void hdf5_write_whole(hid_t parent, const char* name, hid_t stored_type, hid_t memory_type, hsize_t count,
                      const void* data);

}  // namespace izhi::io::detail
