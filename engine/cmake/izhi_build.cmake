# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#
# What all our targets share: the language, the flags that the numerics contract names, warnings, and a way to ask for
# a dependency that tells the reader what to install.

# Dependencies are asked for by the folder that uses them and are seen by those that link it.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# What izhi/export.hpp does not mark is hidden: tests/exports looks at what a shared library would export.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(PROJECT_IS_TOP_LEVEL)
    set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endif()

# Linked privately by every target of ours; nothing of it reaches those who use the libraries.
add_library(izhi_options INTERFACE)
target_compile_features(izhi_options INTERFACE cxx_std_20)
target_include_directories(izhi_options INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/simd/include")
target_compile_options(izhi_options INTERFACE
    -ffp-contract=off  # the same bits from every compiler and processor: no fused multiply-add
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    # GCC 12 sees overlapping copies in its own operator+(const char*, std::string); fixed in GCC 13.
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    $<$<BOOL:${IZHI_WERROR}>:-Werror>)

if(IZHI_SANITIZE)
    if(NOT IZHI_SANITIZE MATCHES "^(address|undefined|address,undefined|thread)$")
        message(FATAL_ERROR
            "IZHI_SANITIZE is \"${IZHI_SANITIZE}\"; allowed: address, undefined, address,undefined, thread")
    endif()
    set(izhi_sanitize_flags -fsanitize=${IZHI_SANITIZE} -fno-omit-frame-pointer)
    if(IZHI_SANITIZE MATCHES "undefined")
        list(APPEND izhi_sanitize_flags -fno-sanitize-recover=all)
    endif()
    target_compile_options(izhi_options INTERFACE ${izhi_sanitize_flags})
    add_link_options(${izhi_sanitize_flags})
endif()

# izhi_require(PACKAGE DEBIAN_PACKAGE [find_package arguments...])
macro(izhi_require package debian_package)
    find_package(${package} QUIET ${ARGN})
    if(NOT ${package}_FOUND)
        message(FATAL_ERROR
            "izhi needs ${package} and did not find it. On Debian: apt-get install ${debian_package}\n"
            "apps/quickstart and tests/run install all that is needed; apps/packages.txt lists it.")
    endif()
endmacro()

# izhi_unity(TARGET...): these may be compiled a dozen files at a time (IZHI_UNITY). So no two files of one of them give one name to
# two things, not even in unnamed namespaces; tests/run builds them so.
function(izhi_unity)
    set_target_properties(${ARGN} PROPERTIES UNITY_BUILD ${IZHI_UNITY} UNITY_BUILD_BATCH_SIZE 12)
    if(IZHI_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # What GCC warns of in headers only: a file that another includes is one to it.
        foreach(target IN LISTS ARGN)
            target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
        endforeach()
    endif()
endfunction()

# izhi_sources(VARIABLE PATTERN...): the files of the current folder. Folders are the unit of our builds: a file that
# lies in one belongs to its target.
macro(izhi_sources variable)
    file(GLOB ${variable} CONFIGURE_DEPENDS ${ARGN})
endmacro()
