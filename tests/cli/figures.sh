#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi figures: every picture, and the data behind each against what is known of it.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

# Wrong input, and no gnuplot: told before anything is written
echo text >plain-file
refused "is not a folder" figures --out plain-file
refused "empty" figures --out ""
refused "one argument too many" figures everything
mkdir empty
before=$(ls -A)
PATH=$work/empty "$izhi" figures --out new >"$logs/out" 2>"$logs/err"
code=$?
what="izhi figures without gnuplot"
err=$(cat "$logs/err")
expect_code 1
expect_err "gnuplot-nox"
[ "$(ls -A)" = "$before" ] || fail "$what: left files behind: $(ls -A)"

if ! command -v gnuplot >/dev/null; then
    echo "skipped: pictures (no gnuplot)"
    finish
fi

run figures --out drawn --json
expect_code 0
expect_silent_err
expect_json 'sorted(r["files"]) == sorted("drawn/" + f for f in __import__("os").listdir("drawn"))'
for name in figure-1 figure-2 figure-3 patterns cost; do
    head -c 4 "drawn/$name.png" | grep -q PNG || fail "$name.png is not a PNG file"
    grep -q "</svg>" "drawn/$name.svg" || fail "$name.svg is not complete"
done
[ "$(find drawn -name '.*' -type f | wc -l)" = 0 ] || fail "stray files: $(ls -A drawn)"

"$python" - "$source_top/tests/data/patterns20.json" <<'PYTHON' || fail "the data of the figures"
import collections, csv, json, sys

def rows(name):
    with open("drawn/" + name) as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))

def check(condition, what):
    if not condition:
        sys.exit("not so: " + what)

# The patterns: the published spike times, in the order of the figure
found = collections.defaultdict(list)
for row in rows("patterns.csv"):
    found[row["pattern"]] += [float(row["t_ms"])] if row["fired"] == "1" else []
for p in json.load(open(sys.argv[1])):
    check(found[p["id"]] == p["spike_times"], "spike times of " + p["id"])

# Figure 1: the types of the 2003 paper; a regular spiking neuron from rest
types = {r["type"]: tuple(float(r[k]) for k in "abcd") for r in rows("figure-1-types.csv")}
check(types == {"RS": (0.02, 0.2, -65, 8), "IB": (0.02, 0.2, -55, 4), "CH": (0.02, 0.2, -50, 2), "FS": (0.1, 0.2, -65, 2),
                "LTS": (0.02, 0.25, -65, 2), "TC": (0.02, 0.25, -65, 0.05), "RZ": (0.1, 0.26, -65, 2)}, "the types")
trace = rows("figure-1-trace.csv")
check(sum(r["fired"] == "1" for r in trace) >= 2, "spikes of figure 1")
check(all(abs(float(r["v"]) + 70) < 1e-6 for r in trace if float(r["t_ms"]) <= 5), "rest before the step")

# Figure 2: quiet before the step; how often each type fires under it
count = collections.Counter(r["type"] for r in rows("figure-2.csv") if r["fired"] == "1")
early = [r for r in rows("figure-2.csv") if r["fired"] == "1" and float(r["t_ms"]) < 20]
check(not early, "quiet before the step")
check(set(count) == {"RS", "IB", "CH", "FS", "LTS", "TC", "TC rebound", "RZ"}, "all types fire: %s" % count)
check(count["RS"] < count["IB"] < count["CH"] and count["FS"] > count["LTS"] > count["RS"], "rates: %s" % count)
rebound = [float(r["t_ms"]) for r in rows("figure-2.csv") if r["type"] == "TC rebound" and r["fired"] == "1"]
check(rebound[0] > 120 and rebound[-1] < 200 and len(rebound) >= 3, "the rebound burst: %s" % rebound)

# Figure 3: the spikes of izhi run; traces of the two neurons that peak where these fired
spikes = [(int(r["t_ms"]), int(r["neuron"])) for r in rows("figure-3-spikes.csv")]
traces = rows("figure-3-traces.csv")
check(len(traces) == 1000 and 6800 < len(spikes) < 8300, "%d spikes in 1000 ms" % len(spikes))
for column, neuron in (("v_exc_0", 0), ("v_inh_800", 800)):
    fired = [t for t, n in spikes if n == neuron]
    check(fired and [int(r["t_ms"]) for r in traces if r[column] == "30"] == fired, "spikes in " + column)
json.dump(len(spikes), open("count.json", "w"))

# The cost: both models, without and with synapses; the paper's counts beside ours
cost = rows("cost.csv")
check({(r["model"], r["synapses_per_neuron"]) for r in cost} ==
      {("Hodgkin-Huxley", "0"), ("Izhikevich", "0"), ("Izhikevich", "100")}, "rows of the cost")
check({r["papers_operations_per_ms"] for r in cost} == {"1200", "13"}, "the paper's counts")
speed = lambda model, isa: max(float(r["neurons_in_real_time"]) for r in cost if r["model"] == model)
check(speed("Izhikevich", "") > 50 * speed("Hodgkin-Huxley", ""), "which is cheaper")
PYTHON
spikes=$(cat count.json)
run run cortex-1k --json
expect_json "r['spikes'] == $spikes"

# Again into the same folder: the same files
cp -r drawn first
run figures --out drawn
expect_code 0
expect_out "the twenty firing patterns of 2004"
for file in first/*.csv; do cmp -s "$file" "drawn/${file#first/}" || fail "$file differs from the second time"; done
finish
