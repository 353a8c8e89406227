#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi run --profile and --timeline: where the time went, for people, as JSON, and as a trace that viewers open.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml
activities="noise reduce update scan deliver arrive potentiate record wait exchange"

run run cortex-10k --duration 1s --profile --quiet --threads 1
expect_code 0
expect_silent_err
for text in "x real time" "profile of 1,000 steps" noise reduce update scan deliver record ns/neuron-step ns/event \
    GB/s "of memory" "of arithmetic" "slowest steps" "hardware counters" median; do
    expect_out "$text"
done

# The spikes are those of a run without
run run cortex-10k --json
hash=$(json 'r["spike_hash"]')
expect_json '"profile" not in r'
run run cortex-10k --profile --threads 2 --json
expect_code 0
expect_silent_err
expect_json "r['spike_hash'] == '$hash'"
expect_json "list(r['profile']['activities']) == '$activities'.split()"
expect_json 'r["profile"]["steps"] == 1000 and r["profile"]["neuron_steps"] == 10**7'
expect_json 'r["profile"]["spikes"] == r["spikes"] and r["profile"]["synaptic_events"] == 100 * r["spikes"]'
expect_json '0 < r["profile"]["wall_s"] <= r["run_s"]'
expect_json 'all(a["thread_s"] > 0 and a["share"] > 0 for n, a in r["profile"]["activities"].items() if n not in ("wait", "arrive", "potentiate", "exchange"))'
expect_json 'all(r["profile"]["activities"][n]["thread_s"] == 0 for n in ("arrive", "potentiate"))'
expect_json 'r["profile"]["plastic_arrivals"] == 0 and r["profile"]["potentiations"] == 0'
expect_json '0.3 < sum(a["share"] for a in r["profile"]["activities"].values()) < 1.3'
expect_json 'r["profile"]["activities"]["deliver"]["ns_per_synaptic_event"] > 0'
expect_json 'r["profile"]["activities"]["update"]["arithmetic_share"] > 0'
# A worker may come too late to find work, on a machine that is busy: what it leaves the other one does
expect_json 'len(r["profile"]["workers"]) == 2 and all(w["busy_s"] >= 0 for w in r["profile"]["workers"])'
expect_json 'sum(w["busy_s"] for w in r["profile"]["workers"]) > 0.5 * r["profile"]["wall_s"]'
expect_json '0 < r["profile"]["step_us"]["p50"] <= r["profile"]["step_us"]["p99"] <= 1.02 * r["profile"]["step_us"]["max"]'
expect_json 'len(r["profile"]["slowest_steps"]) == 10 and all(0 < s["step"] <= 1000 for s in r["profile"]["slowest_steps"])'
expect_json '(lambda t: t == sorted(t, reverse=True))([s["us"] for s in r["profile"]["slowest_steps"]])'
expect_json 'min(r["profile"]["machine"].values()) > 1e8'
# Counters: numbers, or the reason why there are none
expect_json '(lambda h: bool(h["why_not"]) or h["instructions"] > 10**6)(r["profile"]["hardware_counters"])'

# Plastic synapses have events of their own: 125 synapses of each excitatory neuron, 100 onto each neuron on average
run run brunel-stdp --duration 500ms --threads 1 --profile --quiet
expect_code 0
for text in arrive potentiate "plastic arrivals" potentiations "at synapses without plasticity"; do expect_out "$text"; done
run run brunel-stdp --duration 500ms --threads 2 --profile --json
expect_code 0
expect_json '0.98 < r["profile"]["plastic_arrivals"] / (125 * r["rates_hz"]["exc"] * 8000 * 0.5) < 1.0001'
expect_json '0.95 < r["profile"]["potentiations"] / (100 * r["spikes"]) < 1.1'
expect_json 'abs(r["profile"]["synaptic_events"] - 125 * r["rates_hz"]["inh"] * 2000 * 0.5) < 1'
expect_json 'all(r["profile"]["activities"][n][k] > 0 for n, k in
    (("arrive", "ns_per_plastic_arrival"), ("potentiate", "ns_per_potentiation"), ("deliver", "ns_per_synaptic_event")))'

# Almost nothing to profile
run run net.toml --duration 1ms --profile --quiet
expect_code 0
expect_out "rough"
run run net.toml --duration 1ms --profile --json
expect_code 0
expect_json 'r["profile"]["steps"] == 1'

# trace EXPRESSION: must be true of the events t of trace.json
trace() {
    [ "$("$python" -c 'import json, sys
t = json.load(open("trace.json")); x = [e for e in t if e["ph"] == "X"]; m = [e for e in t if e["ph"] == "M"]
print(eval(sys.argv[1]))' "$1" 2>&1)" = True ] || fail "$what: not so of its trace: $1"
}
run run cortex-10k --threads 2 --timeline trace.json --json
expect_code 0
expect_json 'r["files"] == ["trace.json"] and "profile" not in r'
trace 'len(x) + len(m) == len(t) and x and all(e["pid"] == 1 and e["tid"] in (0, 1) for e in t)'
trace '{e["name"] for e in m} == {"process_name", "thread_name"} and len(m) == 3'
trace '{e["args"]["step"] for e in x} == set(range(400, 600))'
trace "{'update', 'deliver'} <= {e['name'] for e in x} <= set('$activities'.split())"
trace 'all(e["dur"] >= 0 and e["ts"] >= 0 for e in x)'
run run cortex-10k --threads 1 --timeline trace.json --timeline-window 7:3 --quiet
expect_code 0
expect_out "trace.json"
trace '{e["args"]["step"] for e in x} == {7, 8, 9} and {e["tid"] for e in x} == {0}'
# Shorter than the usual window; a name that is not JSON
sed 's/^name = .*/name = "a \\"name\\""/' net.toml >odd.toml
run run odd.toml --duration 50ms --timeline trace.json --quiet
expect_code 0
trace '{e["args"]["step"] for e in x} == set(range(50)) and m[0]["args"]["name"] == "izhi a \"name\""'
[ "$(find . -name '*.part' -o -name '.*json*' | wc -l)" = 0 ] || fail "stray files: $(ls -A)"

# Wrong input
mkdir folder
refused "needs --timeline" run net.toml --timeline-window 1:2
for window in 5 5: :5 5:0 -1:5 5:-1 a:b 5:6:7 "5: 6" ""; do
    refused "--timeline-window is '$window'" run net.toml --timeline x.json "--timeline-window" "$window"
done
refused "at most 1000" run net.toml --timeline x.json --timeline-window 900:200
refused "at most 1000" run net.toml --timeline x.json --timeline-window 4611686018427387904:1
refused "is a folder" run net.toml --timeline folder
refused "--timeline is 'missing/x.json'" run net.toml --timeline missing/x.json
refused "--timeline is ''" run net.toml --timeline ""
cp net.toml one.svg
refused "--timeline is './x.svg', the same file as that of --plot" run net.toml --plot x.svg --timeline ./x.svg
refused "--plot is 'one.svg', the same file as that of NETWORK" run one.svg --plot one.svg
finish
