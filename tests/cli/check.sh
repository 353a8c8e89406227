#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi check: every fault with its line, or one line that says what the network is.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml

run check net.toml
expect_code 0
expect_silent_err
[ "$(wc -l <"$logs/out")" = 2 ] || fail "$what: not a line and one for the projection: $out"
for text in "net.toml" "100 neurons" "2 populations" "800 synapses" "1 projection" "kB of memory" "weights in units of"; do expect_out "$text"; done
run check cortex-1m
expect_code 0
expect_out "100,000,000 synapses"

# A pipe has no size and cannot be read twice.
"$izhi" check /dev/stdin <net.toml >"$logs/out" 2>"$logs/err" || fail "check /dev/stdin: $(cat "$logs/err")"

sed -e 's/^size = 80/size = "many"/' -e 's/^cell = "FS"/cell = "FZ"/' -e 's/^outdegree/outdegre/' net.toml >faulty.toml
run check faulty.toml
expect_code 2
expect_silent_out
for place in faulty.toml:5: faulty.toml:10: faulty.toml:16:; do expect_err "$place"; done
run check faulty.toml --json
expect_code 2
expect_silent_err
expect_json 'r["sound"] is False and r["file"] == "faulty.toml" and {f["line"] for f in r["faults"]} >= {5, 10, 16}'
expect_json 'all(f["file"] == "faulty.toml" and f["message"] for f in r["faults"])'
run check net.toml --json
expect_code 0
expect_silent_err
expect_json 'r["sound"] is True and r["faults"] == [] and r["network"] == "small" and r["memory_bytes"] > 1000'
expect_json 'r["notes"] == [] and r["weights"][0]["quantum"] > 0 and r["weights"][0]["bytes_per_synapse"] == 4'
expect_json '(r["neurons"], r["populations"], r["synapses"], r["projections"]) == (100, 2, 800, 1)'
# What is allowed but should be known
printf '[stimulus.never]\ntarget = "exc"\ntype = "dc"\namplitude = 1\nstart_ms = 5.2\nstop_ms = 5.9\n' | cat net.toml - >noted.toml
run check noted.toml
expect_code 0
expect_err "note: stimulus.never: never acts"
run check noted.toml --strict
expect_code 2
run check net.toml --strict
expect_code 0
run check noted.toml --json
expect_json '[(n["kind"], n["subject"]) for n in r["notes"]] == [("input", "stimulus.never")]'
run run noted.toml --duration 5ms --json
expect_code 0
expect_err "note: stimulus.never: never acts"
expect_json 'len(r["notes"]) == 2 and r["notes"][1]["text"].endswith("beyond the run, which ends at 5 ms")'
run sweep noted.toml --set network.dt_ms=1,0.5 --repeats 2 --duration 50ms
[ "$(grep -c "note: stimulus.never: never acts: no step" "$logs/err")" = 1 ] || fail "$what: not one note: $err"
# A file of another name that a fault lies in, and a fault of the whole file
printf '[projection.p]\nsource = "exc"\ntarget = "inh"\nrule = "explicit"\nsynapses_file = "list.csv"\n' |
    cat net.toml - >listed.toml
printf 'source,target,weight,delay_ms\n0,0,x,1\n' >list.csv
run check listed.toml --json
expect_code 2
expect_json '(r["faults"][0]["file"], r["faults"][0]["line"]) == ("list.csv", 2)'
head -c 9000000 /dev/zero | tr '\0' '#' >large.toml
run check large.toml --json
expect_code 2
expect_json 'r["faults"][0]["line"] is None and "8 MiB" in r["faults"][0]["message"]'

run check faulty.toml
grep -qvE '^faulty\.toml:[0-9]+: ' "$logs/err" && fail "$what: a line without FILE:LINE: $err"
finish
