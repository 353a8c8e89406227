#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# Records that can be trusted later: run.json, one run to a folder, networks as text.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

small_network net.toml
cat >>net.toml <<'TOML'
[trace.some]
population = "exc"
neurons = [1, 7]
interval_ms = 2.0
TOML

# in_record FOLDER EXPRESSION: a Python expression over its run.json, the object r.
in_record() { "$python" -c 'import json, sys; r = json.load(open(sys.argv[1] + "/run.json")); print(eval(sys.argv[2]))' "$@"; }
expect_record() { [ "$(in_record "$1" "$2" 2>&1)" = True ] || fail "$what: not so: $2; $(cat "$1/run.json")"; }

# What ran stands beside what it recorded
run run net.toml --seed 8 --set population.exc.noise_stddev=5.5 --duration 300ms --threads 1 --out told --format gdf --json
expect_code 0
hash=$(json 'r["spike_hash"]')
expect_json 'r["files"] == ["told/spikes.gdf", "told/trace-some.csv", "told/run.json"]'
expect_record told 'r["files"] == ["spikes.gdf", "trace-some.csv"] and r["complete"] is True and "ended_by" not in r'
expect_record told "r['spike_hash'] == '$hash' and r['seed'] == 8 and r['steps'] == r['steps_asked'] == 300"
expect_record told 'r["command_line"][1:5] == ["run", "net.toml", "--seed", "8"] and r["notes"] == []'
expect_record told "r['izhi_version'] == '$("$izhi" --version | sed 's/izhi //')' and r['threads'] == 1"
expect_record told 'r["isa"] in r["host"]["isas"] and r["started"] <= r["ended"] and r["started"].endswith("Z")'
# The network in it gives the same spikes without any option
in_record told 'r["network"]' >again.toml
run run again.toml --duration 300ms --json
expect_json "r['spike_hash'] == '$hash' and r['seed'] == 8"

# A run that is stopped says so, and a run that fails
"$izhi" run net.toml --duration 1000min --out stopped --quiet >"$logs/out" 2>"$logs/err" </dev/null &
child=$!
while [ -z "$(find stopped -name 'spikes.h5.*' 2>/dev/null)" ]; do sleep 0.02; done
kill -INT "$child"
wait "$child"
code=$?
what="izhi run, interrupted"
expect_code 130
expect_record stopped 'r["complete"] is False and r["ended_by"] == "interrupted" and r["steps"] < r["steps_asked"]'

# SONATA files carry it too
if h5py=$(python_with_h5py); then
    run run net.toml --duration 100ms --out attributes --json
    "$h5py" - attributes "$(json 'r["spike_hash"]')" "$("$izhi" --version | sed 's/izhi //')" <<'PYTHON' || fail "attributes"
import h5py, sys
folder, spike_hash, version = sys.argv[1:]
for name in ("spikes.h5", "trace-some-v.h5"):
    at = h5py.File(f"{folder}/{name}", "r").attrs
    assert (at["izhi_version"], int(at["seed"]), at["spike_hash"]) == (version, 3, spike_hash), dict(at)
PYTHON
fi

# A second run leaves nothing of the first, whatever it writes
run run net.toml --duration 50ms --out one --format sonata
[ "$(cd one && echo *)" = "run.json spikes.h5 trace-some-v.h5" ] || fail "$what: $(ls one)"
sed 's/trace.some/trace.other/' net.toml >other.toml
run run other.toml --duration 50ms --out one --format csv
expect_code 0
[ "$(cd one && echo *)" = "run.json spikes.csv trace-other.csv" ] || fail "$what: $(ls one)"
# What is none of izhi's stays, whatever run.json says
echo mine >one/notes.txt
echo mine >elsewhere.csv
"$python" -c 'import json
r = json.load(open("one/run.json"))
r["files"] += ["notes.txt", "../elsewhere.csv", "../trace-x.csv", "trace-/../../elsewhere.csv", "/etc/passwd", 3]
json.dump(r, open("one/run.json", "w"))'
run run net.toml --duration 50ms --out one --format gdf
expect_code 0
[ "$(cd one && echo *)" = "notes.txt run.json spikes.gdf trace-some.csv" ] || fail "$what: $(ls one)"
[ -e elsewhere.csv ] || fail "$what: removed a file outside"
# Reports too, whose names the network gives; a file of such a name that no recorder wrote stays
sed '/^interval_ms/a report = "mem pot"' net.toml >report.toml
run run report.toml --duration 50ms --out named
expect_code 0
[ "$(cd named && echo *)" = "mem pot.h5 run.json spikes.h5" ] || fail "$what: $(ls named)"
expect_record named 'r["files"] == ["spikes.h5", "mem pot.h5"]'
expect_record named 'r["recordings"] == {"format": "sonata", "spikes_file": "spikes.h5", "order": "by_time"}'
printf '\211HDF\r\n\032\nmine' >named/mine.h5
sed -i 's/"mem pot.h5"/"mem pot.h5", "mine.h5", ".mem.h5"/' named/run.json
run run net.toml --duration 50ms --out named --format gdf
expect_code 0
[ "$(cd named && echo *)" = "mine.h5 run.json spikes.gdf trace-some.csv" ] || fail "$what: $(ls named)"
expect_record named 'r["recordings"] == {"format": "gdf"}'
# A file that nobody tells of is refused, before anything runs; its own names may be taken
mkdir strange
echo mine >strange/weights-mine.csv
refused "which holds weights-mine.csv of another run" run net.toml --duration 50ms --out strange
rm one/run.json
refused "which holds spikes.gdf of another run" run net.toml --duration 50ms --out one --format sonata
run run net.toml --duration 50ms --out one --format gdf
expect_code 0
# A run that fails leaves the one before as it was
before=$(find one -type f -exec sha256sum {} + | sort)
(trap '' XFSZ && ulimit -f 1 && exec "$izhi" run net.toml --duration 100s --out one --format csv) >"$logs/out" 2>"$logs/err"
code=$?
what="izhi run --out on a full disk"
err=$(cat "$logs/err")
expect_code 1
expect_err "cannot be written: File too large"
[ "$(find one -type f -exec sha256sum {} + | sort)" = "$before" ] || fail "$what: changed what was there: $(ls one)"

# Networks as text: the same spikes, with and without what is set
for network in cortex-1k polychrony distal-reward net.toml; do
    for set in "" "--seed 12 --set population.exc.noise_stddev=4.5"; do
        # shellcheck disable=SC2086
        run show "$network" $set
        expect_code 0
        expect_silent_err
        cp "$logs/out" shown.toml
        run check shown.toml
        expect_code 0
        # shellcheck disable=SC2086
        run run "$network" $set --duration 60ms --json
        hash=$(json 'r["spike_hash"], r["seed"], r["network"]')
        run run shown.toml --duration 60ms --json
        expect_json "(r['spike_hash'], r['seed'], r['network']) == $hash"
    done
done
run show cortex-100k --storage procedural
grep -c '^storage = "procedural"' "$logs/out" | grep -qx 2 || fail "$what: storage is not in it: $out"
mkdir below
printf 'source,target,weight,delay_ms\n0,1,2.5,1\n1,0,2.5,2\n' >below/list.csv
printf '[population.a]\nsize = 2\n[projection.p]\nsource = "a"\ntarget = "a"\nrule = "explicit"\nsynapses_file = "list.csv"\n' \
    >below/listed.toml
run show below/listed.toml
expect_out "synapses_file = \"$(realpath below/list.csv)\""

# Wiring as files: networks that read them have the same spikes
populations='[population.exc]
size = 200
noise_stddev = 5
[population.inh]
size = 50
cell = "FS"
noise_stddev = 3
'
first='[projection.first]
source = "exc"
target = "inh"
source_count = 150
'
second='[projection.second]
source = "inh"
target = "exc"
'
printf '%s%srule = "fixed-total"\ntotal = 900\nweight = { lognormal = [1, 0.5] }\ndelay_ms = { uniform = [1, 5] }\n' \
    "$populations" "$first" >drawn.toml
printf '%srule = "pairwise-poisson"\nmean = 0.1\nweight = { exponential = -2 }\n' "$second" >>drawn.toml
printf '%s%srule = "explicit"\nsynapses_file = "wiring-first.csv"\n' "$populations" "$first" >listed.toml
printf '%srule = "explicit"\nsynapses_file = "wiring-second.csv"\n' "$second" >>listed.toml
run show drawn.toml --synapses wiring.csv
expect_code 0
expect_silent_err
expect_out "wiring-first.csv"
expect_out "wiring-second.csv"
head -1 wiring-first.csv | grep -qx 'source,target,weight,delay_ms' || fail "$what: $(head -1 wiring-first.csv)"
[ "$(wc -l <wiring-first.csv)" = 901 ] || fail "$what: $(wc -l <wiring-first.csv) lines"
run run drawn.toml --duration 100ms --json
hash=$(json 'r["spike_hash"], r["spikes"] > 20')
run run listed.toml --duration 100ms --json
expect_json "(r['spike_hash'], True) == $hash"
run show drawn.toml --synapses one.csv --projection first
cmp one.csv wiring-first.csv || fail "$what: another file for one projection"
run show drawn.toml --synapses other.csv --projection first --seed 9
cmp -s one.csv other.csv && fail "$what: the same synapses by another seed"
refused "is given without --synapses" show drawn.toml --projection first
refused "frst" show drawn.toml --synapses x.csv --projection frst
refused "nowhere" show drawn.toml --synapses nowhere/x.csv
refused "there is no" show no-such-network
refused "names the population 'excc'" show net.toml --set population.excc.size=3
refused "is 'x'" show net.toml --seed x
finish
