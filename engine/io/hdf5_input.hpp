// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apart.hpp"
#include "hdf5.hpp"
#include "izhi/error.hpp"
#include "text.hpp"

/// HDF5 files of others, read in a child process (apart.hpp). Nothing in a file is trusted: kinds, shapes and sizes are checked
/// before data are read.
namespace izhi::io::detail {

inline constexpr const char* kHdf5Unreadable = "is damaged, or its content does not fit its name";

/// A place in a file, for messages: "FILE: /spikes/exc/node_ids is missing".
struct Hdf5Place {
    std::string file, path;
    [[nodiscard]] Hdf5Place operator/(const std::string& name) const { return {file, path + "/" + name}; }
    [[noreturn]] void fail(const std::string& what) const;
};

/// Whether a group has a member that leads somewhere.
[[nodiscard]] bool hdf5_has(hid_t parent, const std::string& name);
[[nodiscard]] H5O_type_t hdf5_type_of(hid_t parent, const std::string& name);
/// @throws Error that names the place if it is missing or is not a group
[[nodiscard]] Hdf5Handle hdf5_open_group(hid_t parent, const std::string& name, const Hdf5Place& place);
/// Sorted by name.
[[nodiscard]] std::vector<std::string> hdf5_member_names(hid_t group);
/// @throws Error if there is no such file, or it is not HDF5
void require_hdf5(const std::filesystem::path& file);
/// Old files have no magic number; a wrong one means another format.
void require_sonata_magic(hid_t file, const Hdf5Place& place);

/// A data set of numbers with its kind and shape.
class Hdf5Numbers {
public:
    Hdf5Numbers(hid_t parent, const std::string& name, Hdf5Place place) : place_(std::move(place)) {
        if (!hdf5_has(parent, name)) place_.fail("is missing");
        if (hdf5_type_of(parent, name) != H5O_TYPE_DATASET) place_.fail("is not a data set");
        set_ = Hdf5Handle(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose, kHdf5Unreadable);
        type_ = Hdf5Handle(H5Dget_type(set_.id()), H5Tclose, kHdf5Unreadable);
        const Hdf5Handle space(H5Dget_space(set_.id()), H5Sclose, kHdf5Unreadable);
        const int rank =
            H5Sget_simple_extent_type(space.id()) == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space.id()) : -1;
        if (rank < 1 || rank > 2) place_.fail("has the wrong number of dimensions");
        shape_.resize(static_cast<std::size_t>(rank));
        hdf5_check(H5Sget_simple_extent_dims(space.id(), shape_.data(), nullptr), kHdf5Unreadable);
        keep_chunks(parent, name);
    }

    [[nodiscard]] hid_t id() const noexcept { return set_.id(); }
    [[nodiscard]] const std::vector<hsize_t>& shape() const noexcept { return shape_; }
    [[nodiscard]] const Hdf5Place& place() const noexcept { return place_; }

    void require_rank(std::size_t rank) const {
        if (shape_.size() != rank) {
            place_.fail("has " + std::to_string(shape_.size()) + " dimensions; allowed: " + std::to_string(rank));
        }
    }

    void require_numbers() const {
        const H5T_class_t kind = H5Tget_class(type_.id());
        if (kind != H5T_FLOAT && kind != H5T_INTEGER) place_.fail("holds no numbers");
    }
    void require_integers() const {
        if (H5Tget_class(type_.id()) != H5T_INTEGER) place_.fail("holds no integers");
    }

    /// The number of values that it claims to have.
    [[nodiscard]] hsize_t length() const {
        hsize_t length = 1;
        for (const hsize_t extent : shape_) {
            if (extent != 0 && length > (hsize_t{1} << 50) / extent)
                place_.fail("claims more values than a file can hold");
            length *= extent;
        }
        return length;
    }
    /// So many values may be there although nothing was written: they are zeros.
    void allow_unwritten(hsize_t most) noexcept { unwritten_ = most; }
    /// The number of values, if the file can have so many.
    [[nodiscard]] hsize_t count() const {
        const hsize_t count = length();
        // A data set of a few bytes can claim any extent, because the library fills it up when it is read. Compression
        // reduces data to at best a thousandth.
        const hsize_t stored = H5Dget_storage_size(set_.id());
        if (count > std::max<hsize_t>(4096, unwritten_) && count / 1100 > stored) {
            place_.fail("claims " + std::to_string(count) + " values and stores " + std::to_string(stored) + " bytes");
        }
        return count;
    }

    /// Sends all values as floating-point numbers; integers are accepted too. @param change acts on each piece
    template <class Real, class Change>
    void send_reals(ApartOutput& out, hid_t memory_type, const Change& change) const {
        require_numbers();
        pieces<Real>(memory_type, [&](std::span<Real> piece) {
            change(piece);
            out.values(std::span<const Real>(piece));
        });
    }

    /// The few values of a row, as floating-point numbers.
    [[nodiscard]] std::vector<double> reals() const {
        require_numbers();
        std::vector<double> values;
        pieces<double>(H5T_NATIVE_DOUBLE,
                       [&](std::span<double> piece) { values.insert(values.end(), piece.begin(), piece.end()); });
        return values;
    }

    /// All values of a row of integers.
    [[nodiscard]] std::vector<std::int64_t> integers() const {
        require_integers();
        std::vector<std::int64_t> values;
        pieces<std::int64_t>(H5T_NATIVE_INT64, [&](std::span<const std::int64_t> piece) {
            values.insert(values.end(), piece.begin(), piece.end());
        });
        return values;
    }

    /// Sends all values as neuron numbers. Signed values are read as signed, because the library's conversion would turn
    /// -1 into 0.
    void send_ids(ApartOutput& out) const {
        require_integers();
        if (H5Tget_sign(type_.id()) == H5T_SGN_NONE) {
            pieces<std::uint64_t>(H5T_NATIVE_UINT64, [&](std::span<const std::uint64_t> ids) { out.values(ids); });
            return;
        }
        pieces<std::int64_t>(H5T_NATIVE_INT64, [&](std::span<const std::int64_t> ids) {
            for (const std::int64_t id : ids)
                if (id < 0) place_.fail("holds " + std::to_string(id) + "; allowed: 0 or more");
            out.values(ids);
        });
    }

    /// Some values of a row of numbers.
    template <class T>
    void read_some(hsize_t first, std::span<T> into, hid_t memory_type) const {
        const hsize_t count = into.size();
        const Hdf5Handle file_space(H5Dget_space(set_.id()), H5Sclose, kHdf5Unreadable);
        hdf5_check(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, &first, nullptr, &count, nullptr),
                   kHdf5Unreadable);
        const Hdf5Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose, kHdf5Unreadable);
        hdf5_check(H5Dread(set_.id(), memory_type, memory.id(), file_space.id(), H5P_DEFAULT, into.data()),
                   kHdf5Unreadable);
    }

private:
    /// Opens the data set again with a cache that holds its chunks, if they are larger than the usual cache: the library
    /// would uncompress them again for each piece.
    void keep_chunks(hid_t parent, const std::string& name) {
        const Hdf5Handle layout(H5Dget_create_plist(set_.id()), H5Pclose, kHdf5Unreadable);
        if (H5Pget_layout(layout.id()) != H5D_CHUNKED) return;
        std::vector<hsize_t> chunk(shape_.size());
        if (H5Pget_chunk(layout.id(), static_cast<int>(chunk.size()), chunk.data()) != static_cast<int>(chunk.size()))
            return;
        chunk_rows_ = std::max<hsize_t>(chunk[0], 1);
        constexpr hsize_t kUsual = hsize_t{1} << 20, kMost = hsize_t{1} << 32;  // the library has no chunk beyond this
        hsize_t bytes = H5Tget_size(type_.id());
        for (const hsize_t extent : chunk)
            bytes = extent > kMost / std::max<hsize_t>(bytes, 1) ? kMost : bytes * extent;
        if (shape_.size() != 1 || 2 * bytes <= kUsual) return;
        const Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, kHdf5Unreadable);
        hdf5_check(H5Pset_chunk_cache(access.id(), 521, 2 * bytes, 1.0), kHdf5Unreadable);
        set_ = Hdf5Handle(H5Dopen2(parent, name.c_str(), access.id()), H5Dclose, kHdf5Unreadable);
        chunk_rows_ = 1;
    }

    /// Reads all values, about a megabyte at a time and whole rows of chunks, and passes each piece on.
    template <class T, class Take>
    void pieces(hid_t memory_type, const Take& take) const {
        const hsize_t all = count();
        if (all == 0) return;
        const hsize_t rows = shape_[0], row = all / rows;
        hsize_t at_once = std::max<hsize_t>((hsize_t{1} << 20) / sizeof(T) / row, 1);
        at_once = (at_once + chunk_rows_ - 1) / chunk_rows_ * chunk_rows_;
        std::vector<T> values(std::min(at_once, rows) * row);
        const Hdf5Handle file_space(H5Dget_space(set_.id()), H5Sclose, kHdf5Unreadable);
        std::vector<hsize_t> start(shape_.size(), 0), extent = shape_;
        for (start[0] = 0; start[0] < rows; start[0] += extent[0]) {
            extent[0] = std::min(at_once, rows - start[0]);
            const hsize_t in_piece = extent[0] * row;
            hdf5_check(
                H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr),
                kHdf5Unreadable);
            const Hdf5Handle memory(H5Screate_simple(1, &in_piece, nullptr), H5Sclose, kHdf5Unreadable);
            hdf5_check(H5Dread(set_.id(), memory_type, memory.id(), file_space.id(), H5P_DEFAULT, values.data()),
                       kHdf5Unreadable);
            take(std::span<T>(values.data(), in_piece));
        }
    }

    Hdf5Place place_;
    Hdf5Handle set_, type_;
    std::vector<hsize_t> shape_;
    hsize_t unwritten_ = 0;
    hsize_t chunk_rows_ = 1;  ///< pieces are of so many rows or a multiple
};

/// Runs in a child process: failures of the library become Errors.
template <class Act>
void hdf5_guarded(const std::string& file, const Act& act) {
    try {
        const Hdf5Session session;
        act();
    } catch (const Hdf5Failure& failure) { throw Error(file + ": " + printable(failure.what())); }
}

}  // namespace izhi::io::detail
