#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# apps/IZHI_WITH.md: the recipes that can run here give the output that they show.
# tests/cli/izhi_with.sh build/bin/izhi --write updates the outputs.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

# A Python with numpy and h5py, which the page calls python3.
found=
for candidate in $(type -ap python3) /usr/bin/python3; do
    if "$candidate" -c 'import h5py, numpy' 2>/dev/null; then
        found=$candidate
        break
    fi
done
module=$(dirname "$izhi")/../python
if [ -z "$found" ] || [ ! -e "$module/izhi" ]; then
    echo "skipped: no Python with numpy and h5py, or no Python module"
    exit 0
fi
mkdir bin
printf '#!/bin/sh\nexec "%s" "$@"\n' "$found" >bin/python3
chmod +x bin/python3
export PATH=$PWD/bin:$(dirname "$izhi"):$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$module
said=$("$found" "$source_top/tests/cli/tutorial_check.py" "$source_top" "$source_top/apps/IZHI_WITH.md" "${@:2}" 2>&1) ||
    fail "apps/IZHI_WITH.md: $said"
finish
