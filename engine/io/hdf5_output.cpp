// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "hdf5_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

namespace izhi::io::detail {
namespace {

using Disk = Hdf5Output::Disk;

/// The library's record of a file: its own part must come first.
struct DriverFile {
    H5FD_t base;
    Disk* disk;
    haddr_t end_of_addresses;  ///< end of the addresses that the library has allocated
    haddr_t end_of_file;       ///< end of the data that were written, or would have been without a failure
};

DriverFile& self(H5FD_t* file) { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& self(const H5FD_t* file) { return *reinterpret_cast<const DriverFile*>(file); }

/// The settings of a file, which the library copies byte by byte.
struct DriverSettings {
    Disk* disk;
};

H5FD_t* open_file(const char* name, unsigned /*flags*/, hid_t settings_id, haddr_t /*most*/) {
    const auto* settings = static_cast<const DriverSettings*>(H5Pget_driver_info(settings_id));
    if (settings == nullptr) return nullptr;
    auto* file = new (std::nothrow) DriverFile{};
    if (file == nullptr) return nullptr;
    file->disk = settings->disk;
    file->disk->descriptor = ::open(name, O_RDWR | O_TRUNC | O_CLOEXEC);
    if (file->disk->descriptor < 0) {
        file->disk->error = errno;
        delete file;
        return nullptr;
    }
    return &file->base;
}

herr_t close_file(H5FD_t* file) {
    Disk& disk = *self(file).disk;
    disk.reserve.give_back(disk.descriptor, self(file).end_of_file);
    if (::close(std::exchange(disk.descriptor, -1)) != 0 && disk.error == 0) disk.error = errno;
    delete &self(file);
    return 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* flags) {
    if (flags != nullptr) {
        *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
                 H5FD_FEAT_AGGREGATE_SMALLDATA;
    }
    return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
    const int x = self(a).disk->descriptor, y = self(b).disk->descriptor;
    return x < y ? -1 : x > y ? 1 : 0;
}

haddr_t get_end_of_addresses(const H5FD_t* file, H5FD_mem_t /*type*/) { return self(file).end_of_addresses; }

herr_t set_end_of_addresses(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t end) {
    self(file).end_of_addresses = end;
    return 0;
}

haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t /*type*/) { return self(file).end_of_file; }

herr_t read_bytes(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address, std::size_t size,
                  void* buffer) {
    auto* to = static_cast<char*>(buffer);
    while (size > 0) {
        const ::ssize_t count = ::pread(self(file).disk->descriptor, to, size, static_cast<::off_t>(address));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {  // beyond the end, or lost in a failed write, after which nobody will use it
            std::memset(to, 0, size);
            return 0;
        }
        to += count;
        address += static_cast<haddr_t>(count);
        size -= static_cast<std::size_t>(count);
    }
    return 0;
}

herr_t write_bytes(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address, std::size_t size,
                   const void* buffer) {
    Disk& disk = *self(file).disk;
    self(file).end_of_file = std::max<haddr_t>(self(file).end_of_file, address + size);
    disk.reserve.provide(disk.descriptor, self(file).end_of_file);
    const auto* from = static_cast<const char*>(buffer);
    while (size > 0 && disk.error == 0) {
        const ::ssize_t count = ::pwrite(disk.descriptor, from, size, static_cast<::off_t>(address));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            disk.error = count < 0 ? errno : ENOSPC;
            break;
        }
        from += count;
        address += static_cast<haddr_t>(count);
        size -= static_cast<std::size_t>(count);
    }
    return 0;
}

/// Sets the size of the file to the allocated addresses.
herr_t truncate_file(H5FD_t* file, hid_t /*transfer*/, hbool_t /*closing*/) {
    DriverFile& own = self(file);
    if (own.end_of_file == own.end_of_addresses) return 0;
    if (own.disk->error == 0 && ::ftruncate(own.disk->descriptor, static_cast<::off_t>(own.end_of_addresses)) != 0) {
        own.disk->error = errno;
    }
    own.end_of_file = own.end_of_addresses;
    return 0;
}

H5FD_class_t make_driver() {
    H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(511);  // the last number for private use
#endif
    driver.name = "izhi_output";
    driver.maxaddr = (haddr_t{1} << 62) - 1;
    driver.fc_degree = H5F_CLOSE_WEAK;
    driver.fapl_size = sizeof(DriverSettings);
    driver.open = open_file;
    driver.close = close_file;
    driver.cmp = compare;
    driver.query = query;
    driver.get_eoa = get_end_of_addresses;
    driver.set_eoa = set_end_of_addresses;
    driver.get_eof = get_end_of_file;
    driver.read = read_bytes;
    driver.write = write_bytes;
    driver.truncate = truncate_file;
    constexpr H5FD_mem_t kOneKind[H5FD_MEM_NTYPES] = H5FD_FLMAP_SINGLE;
    std::copy(std::begin(kOneKind), std::end(kOneKind), std::begin(driver.fl_map));
    return driver;
}

const H5FD_class_t kDriver = make_driver();

}  // namespace

void Hdf5Output::create(const std::string& path) {
    const Hdf5Session session;
    constexpr const char* kWhat = "cannot be opened";
    disk_ = {.reserve = DiskReserve(aside_)};
    const Hdf5Handle driver(H5FDregister(&kDriver), H5FDunregister, kWhat);
    const Hdf5Handle settings(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, kWhat);
    const DriverSettings own{&disk_};
    hdf5_check(H5Pset_driver(settings.id(), driver.id(), &own), kWhat);
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, settings.id());
    if (file < 0 && disk_.error != 0) {
        throw Hdf5Failure(std::string(kWhat) + ": " + std::generic_category().message(disk_.error));
    }
    file_ = Hdf5Handle(file, H5Fclose, kWhat);
}

void Hdf5Output::close() { file_.close("cannot be closed"); }

}  // namespace izhi::io::detail
