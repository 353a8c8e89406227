// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// doctest's main, for all files of this folder.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
