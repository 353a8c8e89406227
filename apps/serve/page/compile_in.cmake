# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#
# Writes OUTPUT, a C++ file that holds the bytes of each of FILES, the page of izhi serve. Run as a script by the build.
set(types html "text/html" css "text/css" js "text/javascript" svg "image/svg+xml")
list(SORT FILES COMPARE NATURAL)
set(bytes "")
set(entries "")
set(number 0)
foreach(file IN LISTS FILES)
    cmake_path(GET file FILENAME name)
    cmake_path(GET file EXTENSION LAST_ONLY extension)
    string(SUBSTRING "${extension}" 1 -1 extension)
    list(FIND types "${extension}" at)
    if(at EQUAL -1)
        message(FATAL_ERROR "${file}: no content type for it; allowed: .html, .css, .js, .svg")
    endif()
    math(EXPR at "${at} + 1")
    list(GET types ${at} type)
    # As bytes: strings of this length are beyond what compilers must take.
    file(READ "${file}" hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
    string(APPEND bytes "constexpr unsigned char kBytes${number}[] = {${hex}};\n")
    string(APPEND entries
        "    {\"/${name}\", \"${type}; charset=utf-8\", {reinterpret_cast<const char*>(kBytes${number}), ${size}}},\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUTPUT}" "// Generated from apps/serve/page by the build.
#include \"apps/serve/assets.hpp\"

namespace izhi::apps::serve {
namespace {
${bytes}}  // namespace

std::span<const Asset> assets() {
    static const Asset all[] = {
${entries}    };
    return all;
}

}  // namespace izhi::apps::serve
")
