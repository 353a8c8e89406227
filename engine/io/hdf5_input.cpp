// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "hdf5_input.hpp"

#include "readers.hpp"
#include "sonata.hpp"

namespace izhi::io::detail {

void Hdf5Place::fail(const std::string& what) const {
    throw Error(file + ": " + printable(shortened(path, 200)) + (path.empty() ? "" : " ") + what);
}

bool hdf5_has(hid_t parent, const std::string& name) {
    return H5Lexists(parent, name.c_str(), H5P_DEFAULT) > 0 && H5Oexists_by_name(parent, name.c_str(), H5P_DEFAULT) > 0;
}

H5O_type_t hdf5_type_of(hid_t parent, const std::string& name) {
    H5O_info_t info{};
    return H5Oget_info_by_name(parent, name.c_str(), &info, H5P_DEFAULT) < 0 ? H5O_TYPE_UNKNOWN : info.type;
}

Hdf5Handle hdf5_open_group(hid_t parent, const std::string& name, const Hdf5Place& place) {
    if (!hdf5_has(parent, name)) place.fail("is missing");
    if (hdf5_type_of(parent, name) != H5O_TYPE_GROUP) place.fail("is not a group");
    return {H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose, kHdf5Unreadable};
}

std::vector<std::string> hdf5_member_names(hid_t group) {
    std::vector<std::string> names;
    const auto visit = [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
        static_cast<std::vector<std::string>*>(data)->emplace_back(name);
        return 0;
    };
    hdf5_check(H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, visit, &names), kHdf5Unreadable);
    return names;
}

void require_hdf5(const std::filesystem::path& file) {
    if (!is_hdf5(file)) throw Error(file.string() + ": is not an HDF5 file; allowed: a file of SONATA");
}

void require_sonata_magic(hid_t file, const Hdf5Place& place) {
    if (H5Aexists(file, "magic") <= 0) return;
    const Hdf5Handle attribute(H5Aopen(file, "magic", H5P_DEFAULT), H5Aclose, kHdf5Unreadable);
    const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose, kHdf5Unreadable);
    const Hdf5Handle space(H5Aget_space(attribute.id()), H5Sclose, kHdf5Unreadable);
    std::uint32_t magic = 0;
    if (H5Tget_class(type.id()) == H5T_INTEGER && H5Sget_simple_extent_npoints(space.id()) == 1) {
        hdf5_check(H5Aread(attribute.id(), H5T_NATIVE_UINT32, &magic), kHdf5Unreadable);
    }
    if (magic != kSonataMagic) place.fail("the attribute magic is not that of SONATA, 0x0A7A");
}

}  // namespace izhi::io::detail
