#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# Paced runs give the spikes of free ones, ask the system for nothing in their loop, and repeat a log of interventions.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml

# The same spikes, and a report
run run net.toml --json
free=$(json 'r["spike_hash"]')
run run net.toml --realtime=100 --json --out recorded --plot raster.png --latency-plot latency.svg
expect_code 0
expect_json "r['spike_hash'] == '$free' and r['threads'] == 1"
expect_json "[f for f in r['files']][-2:] == ['raster.png', 'latency.svg']"
expect_json "r['realtime']['speed'] == 100 and r['realtime']['late'] == 'catch-up' and r['realtime']['steps'] == 1000"
expect_json "sum(b[2] for b in r['realtime']['lateness_histogram']) == 1000"
expect_json "sum(b[2] for b in r['realtime']['step_time_histogram']) == 1000"
expect_json "r['realtime']['step_time_us']['p50'] <= r['realtime']['step_time_us']['p99_9'] <= r['realtime']['step_time_us']['max']"
expect_json "all(set(w) == {'step', 'step_time_us', 'lateness_us', 'spikes', 'events'} for w in r['realtime']['worst_steps'])"
expect_json "r['run_s'] >= 0.00999"
expect_json "r['realtime']['stolen_ms'] is None or r['realtime']['stolen_ms'] >= 0"
[ -s latency.svg ] || fail "no latency.svg"
run run --realtime net.toml --duration 20ms --threads 2 --late skip --slack 3
expect_code 0
expect_out "Real time at speed 1: a step every 1 ms, skip when late, 3 steps of slack"
expect_out "of 20 deadlines"
# No step can be done within a microsecond of slack
run run net.toml --realtime=1000 --late stop --out stopped
expect_code 1
expect_err "a step missed its deadline, and --late is stop"
expect_out "then stopped late"

# In the loop nothing but the sleep (the clock is read without a system call): what one thread asks of the system
# between its first and its last sleep.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    strace -f -o "$logs/calls" "$izhi" run net.toml --realtime=10 --duration 500ms --threads 1 --quiet >/dev/null
    "$python" - "$logs/calls" <<'PY' || fail "system calls in the loop"
import re, sys
calls = [m.group(1) for m in re.finditer(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)", open(sys.argv[1]).read(), re.M)]
sleeps = [i for i, c in enumerate(calls) if c == "clock_nanosleep"]
assert len(sleeps) > 20, f"only {len(sleeps)} sleeps"
others = [c for c in calls[sleeps[0]:sleeps[-1]] if c not in ("clock_nanosleep", "clock_gettime")]
assert not others, f"in the loop: {others}"
PY
else
    echo "skipped: system calls of the loop: strace is not installed or not allowed (Debian: strace)" >&2
fi

# A log of interventions, replayed
cat >log.jsonl <<'LOG'
{"izhi_interventions":1,"network":"small","seed":3,"neurons":100,"dt_ms":1.0}
{"step":10,"kind":"noise-scale","population":"exc","factor":2.0}
{"step":20,"kind":"forced-spikes","target":"inh","neurons":[1,2,3]}
{"step":30,"kind":"weight-scale","projection":"exc-to-all","factor":3.0}
{"step":31,"kind":"current-pulse","target":"everyone","amplitude":3.0,"steps":10,"first":0}
{"step":31,"kind":"current-pulse","target":"exc","amplitude":3.0,"steps":10,"first":2,"count":5}
{"step":41,"kind":"neuron-currents","target":"inh","first":7,"currents":[1.5,2.25]}
{"step":50,"kind":"input-spikes","target":"exc","weight":9.5,"neurons":[5,5]}
{"step":60,"kind":"population-current","population":"inh","current":-1.0}
LOG
run run net.toml --duration 300ms --replay log.jsonl --json
expect_code 0
replayed=$(json 'r["spike_hash"]')
run run net.toml --duration 300ms --json
expect_json "r['spike_hash'] != '$replayed'"
echo "{\"steps\":300,\"spike_hash\":\"$replayed\"}" >>log.jsonl
for options in "" "--realtime=50" "--threads 3 --delivery reduce" "--isa scalar" "--storage procedural"; do
    # shellcheck disable=SC2086
    run run net.toml --replay log.jsonl --json $options
    expect_code 0
    expect_json "r['spike_hash'] == '$replayed' and r['steps'] == 300"
done
sed 's/"factor":2.0/"factor":2.5/' log.jsonl >other.jsonl
run run net.toml --replay other.jsonl
expect_code 1
expect_err "the replay gave other spikes than the run that was logged"
run run net.toml --replay other.jsonl --duration 100ms
expect_code 0

# Damaged logs: file, line and what is wrong
damaged() {
    sed "$2" log.jsonl >bad.jsonl
    refused "$1" run net.toml --replay bad.jsonl
}
damaged "bad.jsonl:1: is not a log of interventions" 1d
damaged "bad.jsonl:1: is of a later version of izhi" '1s/:1,/:2,/'
damaged "bad.jsonl:1: has seed 4, and the network has 3; give --seed 4" '1s/"seed":3/"seed":4/'
damaged "bad.jsonl:1: belongs to another network" '1s/:100/:101/'
damaged "bad.jsonl:2: is not a JSON object" '2s/}//'
damaged "bad.jsonl:2: there is no population 'ex'; did you mean exc?" '2s/exc/ex/'
damaged "bad.jsonl:2: noise-scale.factor is 2000; allowed: 0 to 100" '2s/2.0/2000.0/'
damaged "bad.jsonl:2: factor is not a number" '2s/2.0/"2"/'
damaged "bad.jsonl:2: has no step" '2s/"step"/"stop"/'
damaged "bad.jsonl:2: kind is 'noise'; allowed: noise-scale" '2s/noise-scale/noise/'
damaged "bad.jsonl:3: has a step before that of the line above" '3s/20/2/'
damaged "bad.jsonl:3: neurons contains something that is not a neuron number" '3s/1,2/-1,2/'
damaged "bad.jsonl:3: forced-spikes.neurons holds 20; allowed: 0 to 19" '3s/1,2/20,2/'
damaged "bad.jsonl:4: there is no projection 'exc-to-al'; did you mean exc-to-all?" '4s/to-all/to-al/'
damaged "bad.jsonl:5: has an unknown key 'furst'" '5s/"first":0/"first":0,"furst":0/'
damaged "bad.jsonl:10: spike_hash is not a hash" '10s/h":"/h":"x/'
damaged "bad.jsonl:10: ends before its last intervention" '10s/300/30/'
cat log.jsonl log.jsonl >bad.jsonl
refused "bad.jsonl:11: comes after the end of the log" run net.toml --replay bad.jsonl
: >bad.jsonl
refused "bad.jsonl:1: is empty" run net.toml --replay bad.jsonl
head -c 5000 /dev/urandom >bad.jsonl
refused "bad.jsonl:1: " run net.toml --replay bad.jsonl
refused "cannot read 'missing.jsonl'" run net.toml --replay missing.jsonl
rm -f bad.jsonl

# Options
for speed in 0 -1 fast 1e9 nan 2x; do refused "--realtime is '$speed'" run net.toml "--realtime=$speed"; done
refused "allowed: catch-up, skip, stop" run net.toml --realtime --late hurry
refused "--slack is '0'" run net.toml --realtime --slack 0
refused "--pin is '1,x'" run net.toml --realtime --pin 1,x
refused "--pin is '3-1'" run net.toml --realtime --pin 3-1
refused "--pin names processor 4000, which this process may not use; allowed: 0" run net.toml --realtime --pin 4000 --quiet
refused "--fifo is '100'" run net.toml --realtime --fifo 100
refused "--latency-plot" run net.toml --realtime --latency-plot latency.xyz
refused "--latency-plot" run net.toml --realtime --latency-plot missing/latency.png
for option in "--late skip" "--slack 2" "--pin 0" "--fifo 1" --lock-memory "--latency-plot x.png"; do
    # shellcheck disable=SC2086
    refused "${option%% *} needs --realtime" run net.toml $option
done
# Granted or refused with the reason, as the user's rights are
for option in "--fifo 1" --lock-memory; do
    # shellcheck disable=SC2086
    run run net.toml --realtime --duration 20ms --quiet $option
    [ "$code" = 0 ] || { expect_code 2 && expect_err "${option%% *}" && expect_err "allowed:"; }
done
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    chmod 755 "$work" && plain() { setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"; }
    if plain test -x "$izhi" && plain "$izhi" info >/dev/null 2>&1; then
        plain "$izhi" run "$work/net.toml" --realtime --fifo 10 >/dev/null 2>"$logs/err"
        code=$? err=$(cat "$logs/err") what="izhi as nobody with --fifo"
        expect_code 2
        expect_err "--fifo is 10, but this user may not run under SCHED_FIFO"
        (ulimit -l 64 && plain "$izhi" run "$work/net.toml" --realtime --lock-memory >/dev/null 2>"$logs/err")
        code=$? err=$(cat "$logs/err") what="izhi as nobody with --lock-memory"
        expect_code 2
        expect_err "--lock-memory asks for more than this user may lock; allowed: up to 65.5 kB"
    fi
fi

# realtime-check
run realtime-check net.toml --json --speed 0.5
[ "$code" = 0 ] || [ "$code" = 1 ] || fail "$what: exit code $code: $err"
expect_json "r['network'] == 'small' and r['steps'] == 2500 and r['held'] == (r['missed'] == 0)"
expect_json "r['empty_loop_lateness_us']['max'] >= 0 and (r['stolen_ms'] is None or r['stolen_ms'] >= 0)"
expect_json "r['largest'] is None or r['largest']['neurons'] > 0"
refused "give a network" realtime-check
refused "--speed is '0'" realtime-check net.toml --speed 0
# A neuron that leaves the range of single precision ends it
cat >wild.toml <<'TOML'
[network]
name = "wild"
[population.a]
size = 3
a = 10
b = 100
d = -1000
bias_current = 100000
TOML
run realtime-check wild.toml
expect_code 1
expect_err "neuron 0 of population.a left the range of single precision"
finish
