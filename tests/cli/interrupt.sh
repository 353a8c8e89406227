#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# Ctrl-C and other signals: the run stops at a step, what was recorded is whole, and the exit code is 130. A bench ends at once.
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
for signal in INT TERM HUP XCPU; do
    start run cortex-10k --duration 100min --out "$signal" --format gdf --json
    wait_until some_recorded "$signal"
    stop "$signal"
    expect_code 130
    expect_json 'r["stopped"] is True and 0 < r["steps"] < 6000000 and r["biological_s"] == r["steps"] / 1e3'
    written=$(wc -l <"$(json 'r["files"][0]')")
    [ "$written" = "$(json 'r["spikes"]')" ] || fail "$what: $written spikes in the file, not $(json 'r["spikes"]')"
    [ "$(cd "$signal" && echo *)" = "run.json spikes.gdf" ] || fail "$what: stray files: $(ls -A "$signal")"
done

# What ran is what would have run: the same spikes as a run of just these steps
hash=$(json 'r["spike_hash"]')
run run cortex-10k --duration "$(json 'r["steps"]')ms" --json
expect_code 0
expect_json "r['spike_hash'] == '$hash'"

# A terminal that is closed does not end what nohup started
(trap '' HUP && exec "$izhi" run cortex-1k --duration 1000min --out nohup --quiet) >"$logs/out" 2>"$logs/err" </dev/null &
child=$!
what="izhi run under nohup"
wait_until some_recorded nohup
kill -HUP "$child"
sleep 0.3
kill -0 "$child" || fail "$what: SIGHUP ended it"
stop INT
expect_code 130

# A limit of processor time ends a run as Ctrl-C does, although the system repeats its signal every second
what="izhi run under ulimit -t"
(ulimit -S -t 1 && exec "$izhi" run cortex-10k --duration 1000min --threads 1 --out limited --checkpoint every=10min,dir=s-limited \
    --quiet) >"$logs/out" 2>"$logs/err" </dev/null
code=$?
err=$(cat "$logs/err")
expect_code 130
[ "$(cd limited && echo *)" = "run.json spikes.h5" ] || fail "$what: no whole recording: $(ls -A limited); $err"
[ "$(find s-limited -name 'checkpoint-*.izhi' | wc -l)" = 1 ] || fail "$what: no last checkpoint: $(ls s-limited)"

# `timeout` sends its signal twice, to the program and to its group. This must not count as a second Ctrl-C
for signal in INT TERM; do
    for again in 1 2 3 4 5 6 7 8; do
        what="izhi run --out under timeout -s $signal"
        timeout -s "$signal" 0.4 "$izhi" run cortex-10k --duration 1000min --out "timed-$signal-$again" --quiet \
            >"$logs/out" 2>"$logs/err" </dev/null
        code=$?
        err=$(cat "$logs/err")
        expect_code 124
        [ "$(cd "timed-$signal-$again" && echo *)" = "run.json spikes.h5" ] ||
            fail "$what: $(find "timed-$signal-$again" -type f) and no whole recording; $err"
    done
done

# HDF5 and a picture
picture=()
command -v gnuplot >/dev/null && picture=(--plot raster.png)
start run cortex-1k --duration 1000min --out sonata "${picture[@]}" --quiet
wait_until some_recorded sonata
stop INT
expect_code 130
expect_out "interrupted"
if h5py=$(python_with_h5py); then
    "$h5py" -c 'import h5py, sys
f = h5py.File(sys.argv[1], "r")
counts = [len(p["timestamps"]) for p in f["spikes"].values()]
assert sum(counts) > 0
print("h5py reads", sum(counts), "spikes")' sonata/spikes.h5 || fail "$what: spikes.h5 cannot be read"
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
expect_err "nothing was written"
[ ! -e early ] || fail "$what: wrote $(find early)"

# A bench, at any time; on a terminal its progress line is cleared first
for signal in INT TERM; do
    what="izhi bench, SIG$signal on a terminal"
    "$python" - "$izhi" "$signal" >"$logs/out" 2>&1 <<'PYTHON' || fail "$what: $(cat "$logs/out")"
import os, pty, signal, sys
izhi, name = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execv(izhi, [izhi, "bench", "cortex-1k", "--duration", "1000min", "--json", "bench.json"])
shown = b""
while b"round 1" not in shown:
    shown += os.read(terminal, 4096)
os.kill(child, getattr(signal, "SIG" + name))
try:
    while more := os.read(terminal, 4096):
        shown += more
except OSError:  # a terminal whose other side is gone
    pass
status = os.waitpid(child, 0)[1]
assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 130, status
assert shown.endswith(b"\r\033[Kizhi: interrupted; nothing was written\r\n"), shown
PYTHON
    [ ! -e bench.json ] || fail "$what: wrote its file"
done

# While the picture is drawn, here by a stand-in for gnuplot that waits for us: neither a second signal nor one that
# ends gnuplot too leaves anything behind
mkdir bin temporary
cat >bin/gnuplot <<'GNUPLOT'
#!/bin/sh
[ "$2" = picture.gp ] || exit 0
: >"$STAND_IN/drawing"
while [ ! -e "$STAND_IN/go" ]; do sleep 0.02; done
[ "$(cat "$STAND_IN/go")" = draw ] || exit 130
echo PNG >picture
GNUPLOT
chmod +x bin/gnuplot
export STAND_IN=$work TMPDIR=$work/temporary
for ending in draw die; do
    rm -f drawing go raster.png
    PATH=$work/bin:$PATH start run cortex-1k --duration 10ms --plot raster.png --quiet
    wait_until test -e drawing
    kill -INT "$child"
    kill -TERM "$child"
    sleep 0.1
    kill -INT "$child"
    echo "$ending" >go.part && mv go.part go
    wait "$child"
    code=$?
    err=$(cat "$logs/err")
    if [ "$ending" = draw ]; then
        expect_code 0
        [ "$(cat raster.png)" = PNG ] || fail "$what: no picture"
    else
        expect_code 130
        expect_err "gnuplot could not draw"
        [ ! -e raster.png ] || fail "$what: half a picture"
    fi
    [ -z "$(ls -A temporary)" ] || fail "$what: left $(find temporary)"
done
finish
