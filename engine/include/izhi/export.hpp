// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

/// Before a class or function of the public API: a shared library of izhi exports it. All else in these libraries is hidden,
/// so that a program cannot link to what it should not use, and its own names cannot replace ours. tests/exports checks it.
/// Types without functions of their own need it only if they are thrown or derived from.
#define IZHI_API __attribute__((visibility("default")))
/// Before a private part of such a class.
#define IZHI_LOCAL __attribute__((visibility("hidden")))
