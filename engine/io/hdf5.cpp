// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "hdf5.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string_view>

namespace izhi::io::detail {
namespace {

/// Properties without the time at which a dataset was made, so that the same run gives the same bytes.
Hdf5Handle dataset_settings(const char* what) {
    Hdf5Handle settings(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, what);
    hdf5_check(H5Pset_obj_track_times(settings.id(), false), what);
    return settings;
}

std::recursive_mutex& library_mutex() {
    static std::recursive_mutex mutex;
    return mutex;
}

/// The reason from the library's stack of errors: that of the operating system if there is one, otherwise the
/// innermost.
std::string failure_reason() {
    struct Found {
        std::string innermost, system;
    } found;
    const auto visit = [](unsigned depth, const H5E_error2_t* error, void* data) -> herr_t {
        auto& into = *static_cast<Found*>(data);
        const std::string_view text = error->desc == nullptr ? "" : error->desc;
        if (depth == 0 || into.innermost.empty()) into.innermost = text;
        constexpr std::string_view kMark = "error message = '";
        if (const auto at = text.find(kMark); at != std::string_view::npos && into.system.empty()) {
            const auto begin = at + kMark.size();
            into.system = text.substr(begin, text.find('\'', begin) - begin);
        }
        return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &found);
    if (!found.system.empty()) return found.system;
    return found.innermost.empty() ? "HDF5 gives no reason" : found.innermost;
}

}  // namespace

Hdf5Session::Hdf5Session() : lock_(library_mutex()) {
    H5Eget_auto2(H5E_DEFAULT, &printer_, &printer_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Session::~Hdf5Session() { H5Eset_auto2(H5E_DEFAULT, printer_, printer_data_); }

pid_t hdf5_fork(const std::function<void()>& child) {
    struct Fork {
        const std::function<void()>& child;
        pid_t process = -1;
        int error = ENOTSUP;
    } forking{child};
    const auto fork_here = [](hid_t, const char*, void* data) -> herr_t {
        auto& into = *static_cast<Fork*>(data);
        into.process = ::fork();
        into.error = errno;
        if (into.process == 0) {
            // The lock belongs to a thread that the child does not have: the copy of this one has another number.
            new (&library_mutex()) std::recursive_mutex;
            into.child();
            ::_exit(1);
        }
        return 1;
    };
    {
        const Hdf5Session session;
        // Callbacks run while the library holds its own lock, which no function gives us. Any list with a member would
        // do.
        (void)H5Piterate(H5P_FILE_ACCESS, nullptr, fork_here, &forking);
    }
    errno = forking.error;
    return forking.process;
}

void hdf5_check(long long result, const char* what) {
    if (result < 0) throw Hdf5Failure(std::string(what) + ": " + failure_reason());
}

Hdf5Handle::Hdf5Handle(hid_t id, Closer closer, const char* what) : id_(id), closer_(closer) { hdf5_check(id, what); }

Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
    if (this != &other) {
        reset();
        id_ = std::exchange(other.id_, -1);
        closer_ = other.closer_;
    }
    return *this;
}

void Hdf5Handle::reset() noexcept {
    if (id_ < 0) return;
    const Hdf5Session session;  // destructors may run outside of other sessions, after an exception
    closer_(std::exchange(id_, -1));
}

void Hdf5Handle::close(const char* what) {
    if (id_ >= 0) hdf5_check(closer_(std::exchange(id_, -1)), what);
}

Hdf5Handle hdf5_open_file(const std::string& path) {
    constexpr const char* kWhat = "cannot be opened";
    // By another driver than the usual one: if the program around us has the file open, the library would read through its
    // descriptor, which the process that reads files (apart.hpp) does not have.
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, kWhat);
    hdf5_check(H5Pset_fapl_stdio(access.id()), kWhat);
    return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose, kWhat};
}

Hdf5Handle hdf5_create_group(hid_t parent, const std::string& name) {
    constexpr const char* kWhat = "cannot be written";
    const bool ascii =
        std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) return {H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose, kWhat};
    const Hdf5Handle link(H5Pcreate(H5P_LINK_CREATE), H5Pclose, kWhat);
    hdf5_check(H5Pset_char_encoding(link.id(), H5T_CSET_UTF8), kWhat);
    return {H5Gcreate2(parent, name.c_str(), link.id(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose, kWhat};
}

void hdf5_write_attribute(hid_t object, const char* name, hid_t type, const std::vector<hsize_t>& shape,
                          const void* data) {
    constexpr const char* kWhat = "cannot be written";
    const Hdf5Handle space(
        shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
        H5Sclose, kWhat);
    const Hdf5Handle attribute(H5Acreate2(object, name, type, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, kWhat);
    hdf5_check(H5Awrite(attribute.id(), type, data), kWhat);
}

void hdf5_write_text_attribute(hid_t object, const char* name, const std::string& text) {
    // Text of variable length in UTF-8, as h5py writes it, because other readers expect this.
    const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "cannot be written");
    H5Tset_size(type.id(), H5T_VARIABLE);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    const char* pointer = text.c_str();
    hdf5_write_attribute(object, name, type.id(), {}, &pointer);
}

std::string hdf5_read_text_attribute(hid_t object, const char* name) {
    constexpr const char* kWhat = "has an attribute that cannot be read";
    constexpr std::size_t kLongest = 4096;
    if (H5Aexists(object, name) <= 0) return {};
    const Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, kWhat);
    const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose, kWhat);
    const Hdf5Handle space(H5Aget_space(attribute.id()), H5Sclose, kWhat);
    if (H5Tget_class(type.id()) != H5T_STRING || H5Sget_simple_extent_npoints(space.id()) != 1) return {};
    if (H5Tis_variable_str(type.id()) > 0) {
        char* text = nullptr;
        hdf5_check(H5Aread(attribute.id(), type.id(), &text), kWhat);
        std::string copy = text == nullptr ? "" : text;
        H5free_memory(text);
        return copy.substr(0, kLongest);
    }
    const std::size_t size = H5Tget_size(type.id());
    if (size == 0 || size > kLongest) return {};
    std::string text(size, '\0');
    hdf5_check(H5Aread(attribute.id(), type.id(), text.data()), kWhat);
    text.resize(text.find_last_not_of(std::string_view("\0 ", 2)) + 1);
    return text.substr(0, text.find('\0'));
}

std::optional<double> hdf5_read_number_attribute(hid_t object, const char* name) {
    constexpr const char* kWhat = "has an attribute that cannot be read";
    if (H5Aexists(object, name) <= 0) return std::nullopt;
    const Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, kWhat);
    const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose, kWhat);
    const Hdf5Handle space(H5Aget_space(attribute.id()), H5Sclose, kWhat);
    const H5T_class_t kind = H5Tget_class(type.id());
    if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || H5Sget_simple_extent_npoints(space.id()) != 1)
        return std::nullopt;
    double value = 0.0;
    hdf5_check(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value), kWhat);
    return value;
}

Hdf5Series::Hdf5Series(hid_t parent, const std::string& name, hid_t stored_type, const std::vector<hsize_t>& row_shape,
                       const std::vector<hsize_t>& chunk_shape, Hdf5Packing packing)
    : shape_{0} {
    constexpr const char* kWhat = "cannot be written";
    shape_.insert(shape_.end(), row_shape.begin(), row_shape.end());
    std::vector<hsize_t> most = shape_;
    most[0] = H5S_UNLIMITED;
    const int rank = static_cast<int>(shape_.size());
    const Hdf5Handle space(H5Screate_simple(rank, shape_.data(), most.data()), H5Sclose, kWhat);
    const Hdf5Handle layout = dataset_settings(kWhat);
    hdf5_check(H5Pset_chunk(layout.id(), rank, chunk_shape.data()), kWhat);
    // Every chunk is written completely, except for the last one, whose rest is never read.
    hdf5_check(H5Pset_fill_time(layout.id(), H5D_FILL_TIME_NEVER), kWhat);
    if (packing == Hdf5Packing::shuffled) hdf5_check(H5Pset_shuffle(layout.id()), kWhat);
    if (packing != Hdf5Packing::none) hdf5_check(H5Pset_deflate(layout.id(), 1), kWhat);
    set_ = Hdf5Handle(H5Dcreate2(parent, name.c_str(), stored_type, space.id(), H5P_DEFAULT, layout.id(), H5P_DEFAULT),
                      H5Dclose, kWhat);
}

void Hdf5Series::append(hid_t memory_type, const void* rows, hsize_t row_count) {
    constexpr const char* kWhat = "cannot be written";
    if (row_count == 0) return;
    std::vector<hsize_t> start(shape_.size(), 0), count = shape_;
    start[0] = shape_[0];
    count[0] = row_count;
    shape_[0] += row_count;
    hdf5_check(H5Dset_extent(set_.id(), shape_.data()), kWhat);
    const Hdf5Handle file_space(H5Dget_space(set_.id()), H5Sclose, kWhat);
    hdf5_check(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
               kWhat);
    const Hdf5Handle memory_space(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose,
                                  kWhat);
    hdf5_check(H5Dwrite(set_.id(), memory_type, memory_space.id(), file_space.id(), H5P_DEFAULT, rows), kWhat);
}

void Hdf5Series::append_deflated(std::span<const std::byte> chunk, hsize_t row_count) {
    constexpr const char* kWhat = "cannot be written";
    if (row_count == 0) return;
    std::vector<hsize_t> start(shape_.size(), 0);
    start[0] = shape_[0];
    shape_[0] += row_count;
    hdf5_check(H5Dset_extent(set_.id(), shape_.data()), kWhat);
    hdf5_check(H5Dwrite_chunk(set_.id(), H5P_DEFAULT, 0, start.data(), chunk.size(), chunk.data()), kWhat);
}

void hdf5_write_whole(hid_t parent, const char* name, hid_t stored_type, hid_t memory_type, hsize_t count,
                      const void* data) {
    constexpr const char* kWhat = "cannot be written";
    const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, kWhat);
    const Hdf5Handle settings = dataset_settings(kWhat);
    const Hdf5Handle set(H5Dcreate2(parent, name, stored_type, space.id(), H5P_DEFAULT, settings.id(), H5P_DEFAULT),
                         H5Dclose, kWhat);
    hdf5_check(H5Dwrite(set.id(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), kWhat);
}

}  // namespace izhi::io::detail
