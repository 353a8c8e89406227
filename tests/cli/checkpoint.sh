#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi run --checkpoint and izhi resume: what is resumed is what was not interrupted; kills; rewind; files that are none.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

network=$work/net.toml
small_network "$network"
cat >>"$network" <<'TOML'
[trace.some]
population = "exc"
neurons = [1, 7, 40]
variables = ["v", "excitatory"]
interval_ms = 2.0
[trace.left]
population = "exc"
neurons = [4, 2]
report = "both sides"
start_ms = 100
[trace.right]
population = "inh"
neurons = [1, 0]
report = "both sides"
start_ms = 100
TOML
# Both populations are one in recordings.
sed -i "s/^size = 80/&\nrecorded_as = \"v1\"/; s/^size = 20/&\nrecorded_as = \"v1\"\nnode_ids = [$(seq -s, 1000 -1 981)]/" "$network"

newest() { find "$1" -name 'checkpoint-*.izhi' 2>/dev/null | sort -t- -k2 -V | tail -n 1; }
step_of() { basename "$1" .izhi | sed 's/checkpoint-//'; }
# But for run.json, which has times in it.
same_files() { diff -r -x run.json "$1" "$2" >/dev/null || fail "$what: $1 and $2 differ: $(diff -rq "$1" "$2")"; }

# Saved at the interval and at the end; the last three are kept; nothing about the run changes
run run "$network" --duration 500ms --json
hash=$(json 'r["spike_hash"]')
expect_json 'r["resumed_at_step"] == 0'
run run "$network" --duration 500ms --checkpoint every=70ms,dir=saved --json
expect_code 0
expect_json "r['spike_hash'] == '$hash' and r['checkpoints']['written'] == 8"
expect_json 'r["checkpoints"]["last"] == "saved/checkpoint-500.izhi" and r["checkpoints"]["bytes"] > 1000'
[ "$(cd saved && echo *)" = "checkpoint-420.izhi checkpoint-490.izhi checkpoint-500.izhi" ] || fail "$what: $(ls saved)"
run run "$network" --duration 100ms --checkpoint every=10ms,dir=one,keep=1
expect_out "checkpoint     one/checkpoint-100.izhi, the last of 10"
[ "$(cd one && echo *)" = checkpoint-100.izhi ] || fail "$what: $(ls one)"

# Resumed from any of them, on other threads, instruction set, delivery and storage: the same run
for how in "" "--isa scalar --threads 1" "--delivery reduce" "--storage procedural" "--delivery partition --threads 2"; do
    # shellcheck disable=SC2086
    run resume saved/checkpoint-420.izhi $how --json
    expect_code 0
    expect_json "r['spike_hash'] == '$hash' and r['steps'] == 500 and r['resumed_at_step'] == 420"
done
run run "$network" --duration 900ms --json
longer=$(json '(r["spike_hash"], r["spikes"], r["rates_hz"])')
run resume saved --duration 900ms --json
expect_json "r['resumed_at_step'] == 500"
expect_json "(r['spike_hash'], r['spikes'], r['rates_hz']) == $longer"
expect_json 'r["checkpoints"]["last"].endswith("saved/checkpoint-900.izhi")'
[ "$(find saved -type f | wc -l)" = 3 ] || fail "$what: not three checkpoints: $(ls saved)"
run resume saved/ --duration 1s
expect_out "resumed at     900 ms"

# The file holds all that the run was: the network's text, seed, what was set
cp "$network" other.toml
run run other.toml --seed 9 --set population.exc.noise_stddev=7 --duration 300ms --json
hash=$(json 'r["spike_hash"]')
run run other.toml --seed 9 --set population.exc.noise_stddev=7 --duration 300ms --checkpoint every=100ms,dir=apart
rm other.toml
(cd / && "$izhi" resume "$work/apart/checkpoint-200.izhi" --json --quiet) >"$logs/out"
expect_json "r['spike_hash'] == '$hash' and r['seed'] == 9"

# Recordings: as of one run, in every format and in the picture's data
for format in gdf csv sonata; do
    run run "$network" --duration 400ms --out "straight-$format" --format "$format"
    run run "$network" --duration 250ms --out "cut-$format" --format "$format" --checkpoint "every=60ms,dir=s-$format,keep=9"
    expect_code 0
    run resume "s-$format/checkpoint-180.izhi" --duration 400ms --json
    expect_code 0
    expect_json "len(r['files']) == 5"
    [ "$format" = sonata ] || same_files "straight-$format" "cut-$format"
done
if h5py=$(python_with_h5py); then
    "$h5py" - straight-sonata cut-sonata <<'PYTHON' || fail "$what: SONATA recordings differ"
import h5py, os, sys
def content(folder):
    all = {}
    for name in sorted(set(os.listdir(folder)) - {"run.json"}):
        with h5py.File(os.path.join(folder, name), "r") as f:
            f.visititems(lambda key, item: all.update({(name, key): item[()].tolist()} if hasattr(item, "shape") else {}))
    return all
a, b = map(content, sys.argv[1:])
assert a == b and sum(len(v) for (name, key), v in a.items() if "timestamps" in key) > 100
PYTHON
fi

# Killed after its last checkpoint, before its files were finished: they are finished then, from any checkpoint
for last in 400 360; do
    run run "$network" --duration 400ms --out late --format gdf --checkpoint every=60ms,dir=s-late
    rm -r late
    run resume "s-late/checkpoint-$last.izhi"
    expect_code 0
    same_files straight-gdf late
    rm -r s-late
done

# kill -9 at random moments, twenty times: the newest checkpoint is always good, and nothing of the recordings is lost
what="izhi run --checkpoint, killed"
for kill in $(seq 1 21); do
    last=$(newest killed)
    if [ -z "$last" ]; then
        set -- run "$network" --duration 1000min --out kept --format gdf --checkpoint every=100ms,dir=killed,keep=2
    else
        set -- resume "$last"
    fi
    "$izhi" "$@" >"$logs/out" 2>"$logs/err" </dev/null &
    child=$!
    # The first one lives until there is something to go on from.
    while [ "$kill" = 1 ] && [ -z "$(newest killed)" ]; do sleep 0.01; done
    sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
    kill -0 "$child" 2>/dev/null || fail "$what, time $kill: ended by itself: $(cat "$logs/err")"
    kill -9 "$child" 2>/dev/null
    wait "$child" 2>/dev/null
    [ ! -e kept ] || [ -z "$(ls -A kept)" ] || fail "$what, time $kill: half a recording: $(ls kept)"
done
last=$(newest killed)
steps=$(($(step_of "$last") + 777))
run resume "$last" --duration "${steps}ms" --json
expect_code 0
resumed=$(json '(r["spike_hash"], r["rates_hz"])')
[ "$(find killed -name '*.part' | wc -l)" = 0 ] || fail "$what: left $(ls killed)"
run run "$network" --duration "${steps}ms" --out whole --format gdf --json
expect_json "(r['spike_hash'], r['rates_hz']) == $resumed"
same_files whole kept
echo "killed 21 times in $(step_of "$last") steps"

# A disk that is full in the middle of a checkpoint leaves the one that had the name
cp one/checkpoint-100.izhi one/checkpoint-105.izhi
what="izhi resume on a full disk"
(trap '' XFSZ && ulimit -f 1 && exec "$izhi" resume one/checkpoint-100.izhi --duration 105ms) >"$logs/out" 2>"$logs/err"
code=$?
err=$(cat "$logs/err")
expect_code 1
expect_err "checkpoint-105.izhi: cannot be written: File too large"
cmp one/checkpoint-100.izhi one/checkpoint-105.izhi || fail "$what: the one that was there is gone"
[ "$(cd one && echo *)" = "checkpoint-100.izhi checkpoint-105.izhi" ] || fail "$what: left $(ls one)"
rm one/checkpoint-105.izhi

# A folder that disappears is not an error of the input
"$izhi" run "$network" --duration 1000min --checkpoint every=50ms,dir=s-gone >"$logs/out" 2>"$logs/err" </dev/null &
child=$!
while [ -z "$(newest s-gone)" ]; do sleep 0.02; done
mv s-gone s-moved
wait "$child"
code=$?
what="izhi run --checkpoint, its folder moved away"
expect_code 1
expect_err "s-gone/checkpoint-"

# Ctrl-C leaves a checkpoint of its step, and what was recorded
"$izhi" run "$network" --duration 1000min --out stopped --format gdf --checkpoint every=10s,dir=s-stopped --json \
    >"$logs/out" 2>"$logs/err" </dev/null &
child=$!
while [ ! -s s-stopped/recording.spool ]; do sleep 0.02; done
# Meanwhile the folder is that run's alone. (Held still, so that it writes nothing of its own.)
kill -STOP "$child"
until grep -q '^State:.*T' "/proc/$child/status"; do sleep 0.01; done
refused "which another run is using" run "$network" --checkpoint every=1s,dir=s-stopped
cp saved/checkpoint-1000.izhi s-stopped-copy.izhi
refused "which another run is using" resume s-stopped-copy.izhi --duration 2s --checkpoint every=1s,dir=s-stopped
kill -CONT "$child"
kill -INT "$child"
wait "$child"
code=$?
what="izhi run --checkpoint, interrupted"
expect_code 130
expect_json 'r["stopped"] and r["checkpoints"]["last"] == "s-stopped/checkpoint-%d.izhi" % r["steps"]'
[ "$(wc -l <stopped/spikes.gdf)" = "$(json 'r["spikes"]')" ] || fail "$what: not all spikes recorded"
steps=$(($(json 'r["steps"]') + 500))
run resume "$(newest s-stopped)" --duration "${steps}ms" --json
resumed=$(json 'r["spike_hash"]')
run run "$network" --duration "${steps}ms" --out stopped-whole --format gdf --json
expect_json "r['spike_hash'] == '$resumed'"
same_files stopped stopped-whole

# In real time: written beside the run, and the same. The first is always taken; later ones are left out where the disk
# has not done with the one before.
run run "$network" --duration 500ms --json
hash=$(json 'r["spike_hash"]')
for threads in 1 2; do
    run run "$network" --duration 500ms --realtime=20 --threads "$threads" --json \
        --checkpoint "every=70ms,dir=s-paced-$threads,keep=9"
    expect_code 0
    expect_json "r['spike_hash'] == '$hash' and r['realtime']['steps'] == 500"
    expect_json "r['checkpoints']['written'] + r['checkpoints']['left_out'] == 8 and r['checkpoints']['copied'] >= 1"
    expect_json "r['checkpoints']['copy_max_us'] >= r['checkpoints']['copy_mean_us'] > 0"
    expect_json "r['checkpoints']['last'] == 's-paced-$threads/checkpoint-500.izhi'"
    run run "$network" --duration 70ms --checkpoint "every=1s,dir=s-to-70-$threads"
    [ "$(state_of "s-paced-$threads/checkpoint-70.izhi")" = "$(state_of "s-to-70-$threads/checkpoint-70.izhi")" ] ||
        fail "$what: not the state after 70 steps"
done
run resume s-paced-2/checkpoint-70.izhi --json
expect_code 0
expect_json "r['spike_hash'] == '$hash' and r['resumed_at_step'] == 70 and 'realtime' not in r"
run resume s-paced-1/checkpoint-70.izhi --realtime=50 --json
expect_code 0
expect_json "r['spike_hash'] == '$hash' and r['realtime']['steps'] == 430 and 'copied' in r['checkpoints']"
run run "$network" --duration 50ms --realtime=100 --checkpoint every=1ms,dir=s-dense
expect_code 0
expect_out "checkpoint     s-dense/checkpoint-50.izhi, the last of "
expect_out "; the run was stopped for "
run run "$network" --duration 250ms --realtime=20 --out cut-paced --format gdf --checkpoint every=180ms,dir=s-paced-gdf
expect_code 0
run resume s-paced-gdf/checkpoint-180.izhi --duration 400ms
expect_code 0
same_files straight-gdf cut-paced
last=
what="izhi run --realtime --checkpoint, killed"
for kill in 1 2 3 4 5; do
    if [ -z "$last" ]; then
        set -- run "$network" --duration 1000min --out kept-paced --format gdf --checkpoint every=20ms,dir=s-killed
    else
        set -- resume "$last"
    fi
    "$izhi" "$@" --realtime=100 >"$logs/out" 2>"$logs/err" </dev/null &
    child=$!
    while [ "$(newest s-killed)" = "$last" ] && kill -0 "$child" 2>/dev/null; do sleep 0.01; done
    sleep "0.0$((RANDOM % 10))"
    kill -9 "$child" 2>/dev/null || fail "$what, time $kill: ended by itself: $(cat "$logs/err")"
    wait "$child" 2>/dev/null
    last=$(newest s-killed)
done
steps=$(($(step_of "$last") + 333))
run resume "$last" --duration "${steps}ms" --json
expect_code 0
resumed=$(json 'r["spike_hash"]')
run run "$network" --duration "${steps}ms" --out whole-paced --format gdf --json
expect_json "r['spike_hash'] == '$resumed'"
same_files whole-paced kept-paced
"$izhi" run "$network" --duration 1000min --realtime --checkpoint every=10s,dir=s-paced-stopped --json \
    >"$logs/out" 2>"$logs/err" </dev/null &
child=$!
while [ ! -d s-paced-stopped ]; do sleep 0.02; done
sleep 0.1
kill -INT "$child"
wait "$child"
code=$?
what="izhi run --realtime --checkpoint, interrupted"
expect_code 130
[ "$(json 'r["steps"]')" = 0 ] ||
    expect_json 'r["stopped"] and r["checkpoints"]["last"] == "s-paced-stopped/checkpoint-%d.izhi" % r["steps"]'
"$izhi" run "$network" --duration 1000min --realtime=100 --checkpoint every=50ms,dir=s-gone >"$logs/out" 2>"$logs/err" \
    </dev/null &
child=$!
rm -rf s-moved
while [ -z "$(newest s-gone)" ]; do sleep 0.02; done
mv s-gone s-moved
wait "$child"
code=$?
what="izhi run --realtime --checkpoint, its folder moved away"
expect_code 1
expect_err "s-gone/checkpoint-"

# Interventions of a log: those that were made are in the state, and the others are still to come
cat >log.jsonl <<'LOG'
{"izhi_interventions":1,"network":"small","seed":3,"neurons":100,"dt_ms":1.0}
{"step":10,"kind":"noise-scale","population":"exc","factor":2.0}
{"step":90,"kind":"current-pulse","target":"exc","amplitude":3.0,"steps":30,"first":0}
{"step":100,"kind":"weight-scale","projection":"exc-to-all","factor":3.0}
{"step":100,"kind":"neuron-currents","target":"inh","first":7,"currents":[1.5,2.25]}
{"step":101,"kind":"forced-spikes","target":"inh","neurons":[1,2,3]}
{"step":250,"kind":"population-current","population":"inh","current":-1.0}
LOG
run run "$network" --duration 400ms --replay log.jsonl --json
hash=$(json 'r["spike_hash"]')
echo "{\"steps\":400,\"spike_hash\":\"$hash\"}" >>log.jsonl
for pace in "" --realtime=50; do
    # shellcheck disable=SC2086
    run run "$network" --replay log.jsonl --checkpoint "every=100ms,dir=s-log$pace,keep=9" --json $pace
    expect_code 0
    expect_json "r['spike_hash'] == '$hash' and r['steps'] == 400"
    # It goes on with its log.
    run resume "s-log$pace/checkpoint-100.izhi" --json
    expect_code 0
    expect_json "r['spike_hash'] == '$hash' and r['resumed_at_step'] == 100"
    run resume "s-log$pace/checkpoint-100.izhi" --realtime=100 --json --replay log.jsonl --checkpoint "every=150ms,dir=s-log-2$pace"
    expect_json "r['spike_hash'] == '$hash'"
    run resume "s-log-2$pace/checkpoint-150.izhi" --json
    expect_json "r['spike_hash'] == '$hash' and r['resumed_at_step'] == 150"
done
[ "$(state_of s-log/checkpoint-400.izhi)" = "$(state_of s-log-2--realtime=50/checkpoint-400.izhi)" ] ||
    fail "$what: another state in the end"
run resume s-log/checkpoint-100.izhi --set population.exc.noise_stddev=9 --replay log.jsonl --json
expect_code 0
expect_json "r['spike_hash'] != '$hash' and r['steps'] == 400"
head -n 2 log.jsonl >other.jsonl
refused "had 2 interventions by step 100; allowed: the log of that run" resume s-log/checkpoint-100.izhi --replay other.jsonl
sed '3p' log.jsonl >other.jsonl
refused "had 2 interventions by step 100" resume s-log/checkpoint-100.izhi --replay other.jsonl
refused "had 0 interventions by step 180" resume s-gdf/checkpoint-180.izhi --duration 400ms --replay log.jsonl
mv log.jsonl moved.jsonl
refused "cannot read '$work/log.jsonl'" resume s-log/checkpoint-100.izhi
run resume s-log/checkpoint-100.izhi --replay moved.jsonl --json
expect_json "r['spike_hash'] == '$hash'"

# Rewind: another future, which leaves the run alone
before=$(find saved s-gdf cut-gdf -type f -exec sha256sum {} +)
run resume s-gdf/checkpoint-180.izhi --duration 400ms --set population.exc.noise_stddev=9 --json
expect_code 0
expect_json "r['resumed_at_step'] == 180 and r['files'] == [] and 'checkpoints' not in r"
other=$(json 'r["spikes"]')
run resume s-gdf/checkpoint-180.izhi --duration 400ms --set population.exc.noise_stddev=9 --out future --format gdf \
    --checkpoint every=100ms,dir=s-future --json
expect_json "r['spikes'] == $other and r['checkpoints']['written'] == 3"
[ "$(wc -l <future/spikes.gdf)" = "$other" ] || fail "$what: the past is missing in the recording"
past=$(awk '$2 <= 180' cut-gdf/spikes.gdf | wc -l)
[ "$(head -n "$past" future/spikes.gdf)" = "$(head -n "$past" cut-gdf/spikes.gdf)" ] || fail "$what: another past"
cmp -s future/spikes.gdf cut-gdf/spikes.gdf && fail "$what: the same future"
run resume s-future/checkpoint-300.izhi --json
expect_json "r['spikes'] == $other"
run resume s-gdf/checkpoint-180.izhi --set projection.exc-to-all.weight.scale=0.5 --duration 400ms --json
expect_code 0
[ "$before" = "$(find saved s-gdf cut-gdf -type f -exec sha256sum {} +)" ] || fail "$what: changed the run it came from"

# What is set must act: not on what is recorded already, nor at a start that is past
refused "changes trace.some, which has been recorded in another way up to the checkpoint" resume s-gdf/checkpoint-180.izhi \
    --duration 400ms --set trace.some.interval_ms=5 --out unmeant
refused "changes trace.some" resume s-gdf/checkpoint-180.izhi --duration 400ms --set trace.some.neurons.1=8 --out unmeant
refused "changes population.exc.v0_mv or u0_mv" resume saved/checkpoint-1000.izhi --duration 2s --set population.exc.v0_mv=-60

# Networks that learn: what synapses remember is part of it, and one weight can be set
sed '/^\[trace/,$d' "$network" >learning.toml
cat >>learning.toml <<'TOML'
plasticity = { rule = "pair", highest = 6, change = "accumulated", interval_ms = 100 }
[projection.back]
source = "inh"
target = "exc"
rule = "all-to-all"
weight = 0.05
delay_ms = { uniform = [1, 9] }
dynamics = { type = "gaba-a" }
short_term = { type = "inhibitory" }
TOML
run run learning.toml --duration 900ms --json
hash=$(json 'r["spike_hash"]')
run run learning.toml --duration 730ms --checkpoint every=170ms,dir=s-learning,keep=9 --delivery reduce
expect_code 0
run resume s-learning/checkpoint-510.izhi --duration 900ms --isa scalar --delivery partition --threads 2 --json
expect_json "r['spike_hash'] == '$hash'"
run resume s-learning/checkpoint-510.izhi --duration 900ms --set-weight exc-to-all:3:0=6 \
    --set-weight exc-to-all:4:9=0 --json
expect_code 0
expect_json "r['spike_hash'] != '$hash' and 'checkpoints' not in r"
refused "changes projection.exc-to-all.weight, of plastic synapses" resume s-learning/checkpoint-510.izhi \
    --duration 900ms --set projection.exc-to-all.weight.scale=2
refused "PROJECTION:SOURCE:NUMBER=VALUE" resume s-learning/checkpoint-510.izhi --duration 900ms --set-weight exc-to-all:3=6
refused "names projection.back, which is not plastic" resume s-learning/checkpoint-510.izhi --set-weight back:3:0=6
refused "there is no projection 'exc-to-al'; did you mean" resume s-learning/checkpoint-510.izhi --set-weight exc-to-al:3:0=6
refused "source is 80; allowed: 0 to 79" resume s-learning/checkpoint-510.izhi --set-weight exc-to-all:80:0=6
refused "weight is 7; allowed: 0 to 6" resume s-learning/checkpoint-510.izhi --set-weight exc-to-all:3:0=7
run resume s-learning/checkpoint-510.izhi --set-weight exc-to-all:3:10=6 --quiet
expect_code 2
expect_err "number is 10, and source 3 has 10 synapses; allowed: 0 to 9"

# A checkpoint of somebody else names results by absolute paths: outside its folder nothing is written unless it is asked for
mkdir victim other
echo precious >victim/spikes.gdf
run run "$network" --duration 100ms --out target --format gdf --checkpoint every=50ms,dir=s-theirs
expect_code 0
mv s-theirs s-moved-in
refused "s-moved-in/checkpoint-50.izhi: names results outside its folder, and lies in another place than its run left it in; allowed: --out $work/target, or another place" \
    resume s-moved-in/checkpoint-50.izhi
run resume s-moved-in/checkpoint-50.izhi --out other --format gdf
expect_code 0
same_files target other
# One that lies where it says, as a forged one may, still replaces nothing but recordings of its own run
mv s-moved-in s-theirs
run resume s-theirs/checkpoint-50.izhi
expect_code 0
rm -r target
ln -s victim target
refused "its run wrote outside this folder, and $work/target/spikes.gdf would be replaced" resume s-theirs/checkpoint-50.izhi
[ "$(cat victim/spikes.gdf)" = precious ] || fail "$what: replaced a file of somebody else"
rm target
sed 's/^seed = .*/seed = 77/' "$network" >seed77.toml
run run seed77.toml --duration 10ms --out target --format gdf
refused "target/" resume s-theirs/checkpoint-50.izhi
run resume s-theirs/checkpoint-50.izhi --out target --format gdf
expect_code 0
# Inside its own folder it may lie anywhere
run run "$network" --duration 100ms --out s-within/out --format gdf --checkpoint every=50ms,dir=s-within
expect_code 0
mv s-within/out kept-within
mv s-within s-elsewhere
run resume s-elsewhere/checkpoint-50.izhi
expect_code 0
same_files s-elsewhere/out kept-within
[ ! -e s-within ] || fail "$what: wrote into the folder of before"

# What cannot be
refused "which has checkpoints of another run" run "$network" --checkpoint every=1s,dir=saved
refused "which has checkpoints of another run" resume s-gdf/checkpoint-180.izhi --duration 1s \
    --set population.exc.noise_stddev=9 --checkpoint every=1s,dir=s-gdf
refused "has population.exc.size = 80; allowed: 81" resume saved/checkpoint-1000.izhi --duration 2s --set population.exc.size=81
refused "the run is complete" resume one/checkpoint-100.izhi
refused "the checkpoint is of 1 s" resume saved/checkpoint-1000.izhi --duration 800ms
refused "wired in another way" resume saved/checkpoint-1000.izhi --duration 2s --set projection.exc-to-all.outdegree=11
refused "give a file that izhi run --checkpoint wrote" resume
mkdir empty
refused "empty: has no checkpoint; allowed: a folder that izhi run --checkpoint wrote to" resume empty
rmdir empty
refused "cannot be read: No such file" resume nothing.izhi
refused "is not a checkpoint of izhi" resume "$network"
refused "without every=TIME" run "$network" --checkpoint dir=x
refused "without dir=DIR" run "$network" --checkpoint every=1s
refused "and gives every twice" run "$network" --checkpoint every=1s,every=2s,dir=x
refused "gives population.exc.size twice" run "$network" --set population.exc.size=80 --set population.exc.size=90
refused "there is no 'often' in it" run "$network" --checkpoint every=1s,dir=x,often
refused "--checkpoint keep" run "$network" --checkpoint every=1s,dir=x,keep=0
refused "--checkpoint every" run "$network" --checkpoint every=1,dir=x
refused "less than one step" run "$network" --checkpoint every=0.1ms,dir=x
refused "--format csv needs --out" resume one/checkpoint-100.izhi --duration 2s --format csv
good=s-csv/checkpoint-180.izhi
size=$(stat -c %s "$good")
for length in 0 1 39 40 100 $((size / 2)) $((size - 1)); do
    head -c "$length" "$good" >short.izhi
    refused "short.izhi: is $([ "$length" = 0 ] && echo not a checkpoint || echo truncated)" resume short.izhi
done
(cat "$good" && echo more) >long.izhi
refused "long.izhi: is longer than the $size bytes" resume long.izhi
for place in 50 1000 $((size / 2)) $((size - 3)); do
    "$python" -c 'import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[int(sys.argv[2])] ^= 16
open("altered.izhi", "wb").write(b)' "$good" "$place"
    refused "altered.izhi: was altered or damaged" resume altered.izhi
done

# The recordings of a run are part of what must be whole
refused "recording.spool: is shorter" resume "$(truncate -s 1000 s-csv/recording.spool && echo "$good")"
head -c 100000 /dev/zero >s-csv/recording.spool
refused "recording.spool: is not a spool" resume "$good"
rm s-csv/recording.spool
refused "recording.spool: cannot be read" resume "$good"
finish
