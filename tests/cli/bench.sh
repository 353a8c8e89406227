#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi bench: the table, the file, the comparison with an earlier one.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml

run bench net.toml cortex-1k --duration 50ms --threads 1,2 --isa scalar --repeats 2
expect_code 0
expect_silent_err
for text in net.toml cortex-1k scalar "50 ms" "x real time" median Hz "2 runs each"; do expect_out "$text"; done
[ "$(tail -n 1 "$logs/out" | grep -cE '^izhi [0-9.]+ runs 100 neurons and 800 synapses at [0-9.,]+ x real time on one thread of .* \(scalar\)\.$')" = 1 ] ||
    fail "$what: no line to quote: $(tail -n 1 "$logs/out")"

run bench net.toml --duration 50ms --threads 1,2 --json -
expect_code 0
expect_silent_err
expect_json 'r["izhi_bench"] == 1 and r["repeats"] == 3 and r["quote"].startswith("izhi ")'
expect_json 'all(r["machine"][k] for k in "cpu hardware_threads memory_bytes kernel version compiler build_type date".split())'
expect_json '[w["threads"] for w in r["rows"]] == [1, 2] and all(w["network"] == "net.toml" for w in r["rows"])'
expect_json 'all(len(w["run_s"]) == 3 and min(w["run_s"]) == w["best_s"] <= w["median_s"] for w in r["rows"])'
expect_json 'all(abs(w["times_real_time"] - 0.05 / w["best_s"]) < 1e-6 * w["times_real_time"] for w in r["rows"])'
hash=$(json 'r["rows"][0]["spike_hash"]')
run run net.toml --duration 50ms --json
expect_json "r['spike_hash'] == '$hash'"

# A file, beside the table; compared with, it gives the same work to do
run bench net.toml --duration 70ms --threads 1 --repeats 1 --json then.json
expect_code 0
expect_out "x real time"
"$python" -m json.tool then.json >/dev/null || fail "$what: then.json is not JSON"
run bench net.toml cortex-1k --threads 1 --repeats 1 --compare then.json --json -
expect_code 0
expect_silent_err
expect_json 'r["rows"][0]["biological_s"] == 0.07 and r["rows"][0]["ratio"] > 0 and r["rows"][1]["ratio"] is None'
expect_json 'abs(r["rows"][0]["ratio"] - r["rows"][0]["times_real_time"] / r["rows"][0]["earlier_times_real_time"]) < 1e-9'
expect_json 'r["compared_with"]["file"] == "then.json" and r["compared_with"]["machine_differences"] == []'
# Without a duration it chooses a round one
expect_json '("%e" % r["rows"][1]["biological_s"])[0] in "125"'
run bench net.toml --threads 1 --compare then.json
expect_code 0
expect_out ratio
grep -q WARNING "$logs/out" && fail "$what: warns of the same machine: $out"
sed 's/"cpu": "/&Abacus /' then.json >other.json
run bench net.toml --threads 1 --compare other.json
expect_code 0
expect_out "WARNING: other.json comes from another machine"
expect_out "CPU: Abacus "
run bench net.toml --threads 1 --compare other.json --json -
expect_err "another machine"
sed -i 's/"spike_hash": "/&f/' then.json
run bench net.toml --threads 1 --compare then.json
expect_out "its spikes differ"
[ "$(find . -name '*.part' -o -name '.*json*' | wc -l)" = 0 ] || fail "stray files: $(ls -A)"

# Wrong input
mkdir folder
echo '{"a": 1}' >foreign.json
echo 'text' >text.json
refused "did you mean cortex-1k?" bench cortex1k
refused "there is no such file" bench missing.toml
refused "'net.toml' is given more than once" bench net.toml net.toml
for threads in 0 1, ,1 two 1,1025 "1 2" ""; do refused "--threads is" bench net.toml "--threads=$threads,"; done
refused "twice" bench net.toml --threads 2,2
refused "scalar" bench net.toml --isa fast
refused "twice" bench net.toml --isa scalar,scalar
for repeats in 0 -1 x 1001; do refused "--repeats is '$repeats'" bench net.toml "--repeats=$repeats"; done
refused "--duration is '10'" bench net.toml --duration 10
refused "less than one step" bench net.toml --duration 0.1ms
refused "--compare is 'missing.json'" bench net.toml --compare missing.json
refused "a folder" bench net.toml --compare folder
refused "izhi bench --json" bench net.toml --compare foreign.json
refused "it is not JSON" bench net.toml --compare text.json
refused "it is not JSON" bench net.toml --compare /dev/null
refused "a folder" bench net.toml --json folder
refused "--json is 'missing/x.json'" bench net.toml --json missing/x.json
refused "did you mean --repeats?" bench net.toml --repeat 3
finish
