#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# README.md and apps/TUTORIAL.md: their files are valid, their commands give the output that they show, their listings are
# those of the sources, and the examples agree with the program. tests/cli/tutorial.sh build/bin/izhi --write updates the outputs.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
export PATH=$(dirname "$izhi"):$PATH PYTHONDONTWRITEBYTECODE=1

# As for a reader: a folder inside that of the sources.
ln -s "$source_top/apps" "$source_top/engine" .
mkdir try
cd try || exit 1
for page in README.md apps/TUTORIAL.md; do
    said=$("$python" "$source_top/tests/cli/tutorial_check.py" "$source_top" "$source_top/$page" "${@:2}" 2>&1) ||
        fail "$page: $said"
    if [ "$page" = README.md ]; then
        run check network.toml
        expect_code 0
        mv network.toml readme.toml
    fi
done

# The examples: what the page says of the same spikes from a file, from C++ and over the wire
hash_of() { sed -n 's/.*spike hash *\([0-9a-f]\{16\}\).*/\1/p' "$1"; }
izhi_scan 1 >one
izhi_scan 3 >three
cmp one three || fail "izhi_scan: other results on three threads than on one"
sed -n 's/^[0-9]*,[^,]*,.*,\([0-9a-f]\{16\}\),$/\1/p' sweep/sweep.csv >swept
sed -n 's/.* \([0-9a-f]\{16\}\)$/\1/p' one >scanned
[ "$(wc -l <scanned)" = 8 ] && cmp swept scanned || fail "izhi_scan: other spikes than izhi sweep of the page"
izhi_hold_rate >held
[ "$(hash_of held)" = "$(hash_of served.txt)" ] || fail "izhi_hold_rate: other spikes than hold_rate.py"
cmp readme.toml first.toml || fail "README.md shows another network than the tutorial"
run run first.toml --duration 1s --json
izhi_embed >embedded
rates=$(json '"exc %g Hz, inh %g Hz" % (r["rates_hz"]["exc"], r["rates_hz"]["inh"])')
grep -qF "$rates" embedded || fail "izhi_embed: $(cat embedded), the file of the page: $rates"
finish
