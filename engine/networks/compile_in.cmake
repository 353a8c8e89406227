# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#
# Writes OUTPUT, a C++ file that holds the name and text of each file of NETWORKS. Run as a script by the build.
list(SORT NETWORKS COMPARE NATURAL)
set(entries "")
foreach(file IN LISTS NETWORKS)
    cmake_path(GET file STEM name)
    file(READ "${file}" text)
    string(APPEND entries "    {\"${name}\", R\"izhi_toml(${text})izhi_toml\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Generated from engine/networks by the build.
#include \"engine/networks/builtin_networks.hpp\"

namespace izhi::networks {
namespace {
constexpr BuiltinNetwork kNetworks[] = {
${entries}};
}  // namespace

std::span<const BuiltinNetwork> builtin_networks() {
    return kNetworks;
}

}  // namespace izhi::networks
")
