# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#
# cpack -G DEB in the build folder makes four packages: izhi, libizhi1, libizhi-dev, python3-izhi.
set(CPACK_PACKAGE_NAME izhi)
set(CPACK_PACKAGE_VENDOR "The izhi authors")
set(IZHI_MAINTAINER "The izhi authors <izhi@localhost.localdomain>" CACHE STRING
    "Who answers for the packages of cpack: NAME <ADDRESS>")
set(CPACK_PACKAGE_CONTACT "${IZHI_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL program library development python)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/lib")
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Line tables go into packages of their own, -dbgsym; the others have stripped files of some 5 MB.
set(CPACK_DEBIAN_PROGRAM_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_LIBRARY_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_DEVELOPMENT_DEBUGINFO_PACKAGE OFF)
# umask of the builder must not show.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS} PARENT_SCOPE)

set(version "${PROJECT_VERSION}-1")
# Debian indents each line, and makes an empty one a paragraph. Lines have at most 79 characters.
set(about "izhi simulates networks of Izhikevich's spiking neurons and of
integrate-and-fire neurons: on several threads, with the vector instructions
of the processor, in real time and faster. The same network and seed give
the same spikes for any number of threads and any instruction set.

This package has")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "simulator of networks of spiking neurons")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME izhi)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS gnuplot-nox)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "${about} the program.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libizhi1)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_SOURCE_DIR}/triggers;${CMAKE_CURRENT_SOURCE_DIR}/shlibs")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "${about} the library with the C API.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libizhi-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libizhi1 (= ${version}), libhdf5-dev, libtbb-dev, libtomlplusplus-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "${about} the headers of the C and the C++ API, the shared and the
static libraries, and the files for CMake and pkg-config.")
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-izhi)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "libizhi1 (>= ${PROJECT_VERSION}), python3:any")
set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS python3-numpy)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-matplotlib, python3-neo, python3-h5py, python3-pynn")
set(CPACK_DEBIAN_PYTHON_DESCRIPTION "${about} the Python module.")
foreach(component PROGRAM LIBRARY DEVELOPMENT PYTHON)
    set(CPACK_DEBIAN_${component}_PACKAGE_SOURCE izhi)
endforeach()
include(CPack)
