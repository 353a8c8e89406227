#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# h5py_check.py, by a Python that has h5py.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

if h5py=$(python_with_h5py); then
    IZHI=$izhi "$h5py" "$source_top/tests/cli/h5py_check.py" || fail "another reader disagrees"
fi
finish
