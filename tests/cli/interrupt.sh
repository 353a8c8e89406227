#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# Ctrl-C: the run stops at a step, what was recorded is whole, and the exit code is 130.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

# start ARGUMENT...: in the background, as $child.
start() {
    "$izhi" "$@" >"$logs/out" 2>"$logs/err" </dev/null &
    child=$!
    what="izhi $*, interrupted"
}
# stop SIGNAL
stop() {
    kill -"$1" "$child"
    wait "$child"
    code=$?
    out=$(cat "$logs/out")
    err=$(cat "$logs/err")
}
# wait_until COMMAND...: for the child to get there.
wait_until() {
    while ! "$@" && kill -0 "$child" 2>/dev/null; do sleep 0.02; done
}
some_recorded() { [ -n "$(find "$1" -type f -size +0 2>/dev/null)" ]; }

# Recording in text: every spike that was counted is in the file
for signal in INT TERM; do
    start run cortex-10k --duration 1000min --out "$signal" --format gdf --json
    wait_until some_recorded "$signal"
    stop "$signal"
    expect_code 130
    expect_json 'r["stopped"] is True and 0 < r["steps"] < 60000000 and r["biological_s"] == r["steps"] / 1e3'
    written=$(wc -l <"$(json 'r["files"][0]')")
    [ "$written" = "$(json 'r["spikes"]')" ] || fail "$what: $written spikes in the file, not $(json 'r["spikes"]')"
    [ "$(find "$signal" -type f | wc -l)" = 1 ] || fail "$what: stray files: $(ls -A "$signal")"
done

# What ran is what would have run: the same spikes as a run of just these steps
hash=$(json 'r["spike_hash"]')
run run cortex-10k --duration "$(json 'r["steps"]')ms" --json
expect_code 0
expect_json "r['spike_hash'] == '$hash'"

# HDF5 and a picture
picture=()
command -v gnuplot >/dev/null && picture=(--plot raster.png)
start run cortex-1k --duration 1000min --out sonata "${picture[@]}" --quiet
wait_until some_recorded sonata
stop INT
expect_code 130
expect_out "interrupted"
if "$python" -c 'import h5py' 2>/dev/null; then
    "$python" -c 'import h5py, sys
f = h5py.File(sys.argv[1], "r")
assert sum(len(p["timestamps"]) for p in f["spikes"].values()) > 0' sonata/spikes.h5 || fail "$what: spikes.h5 cannot be read"
else
    echo "skipped: reading HDF5 (no h5py)"
fi
[ ${#picture[@]} = 0 ] || head -c 4 raster.png | grep -q PNG || fail "$what: no picture"
[ "$(find . -name '*.part' -o -name '.izhi*' | wc -l)" = 0 ] || fail "$what: stray files: $(find .)"

# Before the run: at once, and nothing is written
small_network big.toml
sed -i -e 's/^size = 80/size = 200000/' -e 's/^outdegree = 10/outdegree = 300/' big.toml
start run big.toml --duration 1000min --out early
forecast_printed() { [ -s "$logs/err" ]; }
wait_until forecast_printed
stop INT
expect_code 130
finish
