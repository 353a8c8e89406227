#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi sweep: the table equals single runs, survives what ends the program, and refuses what makes no grid.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml
grid=(--set 'projection.*.weight.scale=0.5:2:3' --set population.inh.size=10,20)

# Point by point the same as a run with the same numbers, recorded and analysed
run sweep net.toml "${grid[@]}" --repeats 2 --duration 1s --from 200ms --out swept --threads 3
expect_code 0
expect_out "points    12 (3 x 2 x 2 seeds)"
expect_silent_err
[ "$(ls -A swept | sort | tr '\n' ' ')" = "sweep.csv sweep.jsonl " ] || fail "$what: left $(ls -A swept)"
cat >compare.py <<'PYTHON'
import csv, json, subprocess, sys
izhi = sys.argv[1]
rows = [json.loads(line) for line in open("swept/sweep.jsonl")]
table = list(csv.DictReader(open("swept/sweep.csv")))
assert len(rows) == len(table) == 12
order = [(s, i, r) for s in (0.5, 1.25, 2.0) for i in (10, 20) for r in (0, 1)]
def text(v): return "" if v is None else v if isinstance(v, str) else json.dumps(v)
for n, (row, line, (scale, size, repeat)) in enumerate(zip(rows, table, order)):
    p = row["parameters"]
    assert row["point"] == n == int(line["point"]) and row["seed"] == 3 + repeat == int(line["seed"])
    assert (p["projection.*.weight.scale"], p["population.inh.size"]) == (scale, size), p
    assert float(line["projection.*.weight.scale"]) == scale and line["population.inh.size"] == str(size)
    sets = [a for k, v in p.items() for a in ("--set", f"{k}={v}")]
    ran = json.loads(subprocess.check_output([izhi, "run", "net.toml", *sets, "--seed", str(row["seed"]), "--duration", "1s",
                                              "--out", f"run{n}", "--json", "--quiet"]))
    assert ran["spike_hash"] == row["spike_hash"] == line["spike_hash"] and ran["neurons"] == 80 + size
    told = json.loads(subprocess.check_output([izhi, "analyze", f"run{n}/spikes.h5", "--from", "200ms", "--json"]))
    assert told["network"] == row["network"] and told["populations"] == row["populations"], (told, row)
    assert told["regime"] == row["regime"] == line["regime"]
    assert row["fault"] is None and line["fault"] == ""
    for key in ("neurons", "spikes", "rate_hz", "isi_cv", "synchrony", "correlation", "peak_hz", "peak_ratio"):
        assert line[key] == text(row["network"][key]), key
    for band, power in row["network"]["band_powers_hz2"].items(): assert line[band + "_hz2"] == text(power)
    for name, m in row["populations"].items():
        for key in ("rate_hz", "isi_cv", "synchrony", "correlation", "peak_hz"): assert line[f"{name}.{key}"] == text(m[key])
assert len({row["spike_hash"] for row in rows}) == 12
PYTHON
"$python" compare.py "$izhi" || fail "the table does not equal single runs"

# The same on one thread, in another folder, on stdout
run sweep net.toml "${grid[@]}" --repeats 2 --duration 1s --from 200ms --out alone --threads 1 --quiet
cmp swept/sweep.csv alone/sweep.csv && cmp swept/sweep.jsonl alone/sweep.jsonl || fail "$what: another table on one thread"
run sweep net.toml "${grid[@]}" --repeats 2 --duration 1s --from 200ms --json
expect_code 0
cmp "$logs/out" swept/sweep.jsonl || fail "$what: other lines on stdout"
run sweep net.toml --set network.seed=5,6 --duration 100ms
expect_code 0
expect_out "network.seed"
expect_out "points    2 (2)"
# Little memory: one point after the other
run sweep net.toml "${grid[@]}" --repeats 2 --duration 1s --from 200ms --out little --memory-limit 2MB
expect_code 0
cmp swept/sweep.csv little/sweep.csv || fail "$what: another table in little memory"

# What runs at once stays within the limit: one network of 28 MB at a time, where four would be at work
cat >large.toml <<'TOML'
[population.exc]
size = 20000
noise_stddev = 5.0
[projection.all]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 300
weight = 0.1
TOML
peak_mb=$("$python" -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000)' \
    "$izhi" sweep large.toml --set network.seed=1:8:8 --duration 20ms --threads 4 --memory-limit 40MB)
[ "$peak_mb" -lt 90 ] || fail "a sweep within 40 MB took $peak_mb MB"

# Interrupted and resumed: by Ctrl-C, by SIGTERM, by SIGKILL, several times, the same table as in one go
# (long enough to be interrupted, however fast this machine is).
simulated=1
while :; do
    long=(sweep cortex-1k --set 'projection.*.weight.scale=0.5:1.5:6' --set population.exc.noise_stddev=4,5)
    long+=(--duration ${simulated}s)
    rm -rf whole
    began=$SECONDS
    run "${long[@]}" --out whole
    expect_code 0
    [ $((SECONDS - began)) -lt 4 ] && [ "$failures" = 0 ] || break
    simulated=$((simulated * 4))
done
rows_in() { [ -e "$1" ] && [ "$(wc -l <"$1")" -gt "$2" ]; }
for signal in INT TERM KILL; do
    folder=resumed-$signal
    for stop in 1 4; do
        "$izhi" "${long[@]}" --out "$folder" --threads 2 >"$logs/out" 2>"$logs/err" </dev/null &
        child=$!
        what="izhi ${long[*]}, SIG$signal after $stop"
        while ! rows_in "$folder/sweep.journal" $stop && kill -0 $child 2>/dev/null; do sleep 0.01; done
        kill -$signal $child 2>/dev/null
        wait $child 2>/dev/null
        code=$?
        err=$(cat "$logs/err")
        if [ $signal = KILL ]; then expect_code 137; else expect_code 130; expect_err "the same command continues from there"; fi
        [ ! -e "$folder/sweep.csv" ] || fail "$what: a table of half a sweep"
        [ "$(ls -A "$folder")" = sweep.journal ] || fail "$what: left $(ls -A "$folder")"
    done
    # As if the kill had hit the middle of a line
    printf '{"point":3,"param' >>"$folder/sweep.journal"
    kept=$(grep -c '"point":[0-9]*,"parameters"' "$folder/sweep.journal")
    run "${long[@]}" --out "$folder"
    expect_code 0
    expect_out "$kept of them found done"
    [ "$kept" -ge 4 ] || fail "$what: only $kept points were kept"
    cmp whole/sweep.csv "$folder/sweep.csv" && cmp whole/sweep.jsonl "$folder/sweep.jsonl" || fail "$what: another table"
    [ "$(ls -A "$folder" | sort | tr '\n' ' ')" = "sweep.csv sweep.jsonl " ] || fail "$what: left $(ls -A "$folder")"
done
# A full disk: exit code 1 and the reason, and with room again it goes on
(trap '' XFSZ && ulimit -f 5 && exec "$izhi" "${long[@]}" --out full >"$logs/out" 2>"$logs/err" </dev/null)
code=$?
err=$(cat "$logs/err")
what="izhi ${long[*]}, on a full disk"
expect_code 1
expect_err "cannot write 'full/sweep.journal'"
[ "$(ls -A full)" = sweep.journal ] || fail "$what: left $(ls -A full)"
run "${long[@]}" --out full
expect_code 0
expect_out "of them found done"
cmp whole/sweep.csv full/sweep.csv || fail "$what: another table"

# Without a folder nothing is kept, and it says so
"$izhi" sweep cortex-1k --set network.seed=1:1000:1000 --duration 60s >"$logs/out" 2>"$logs/err" </dev/null &
child=$!
what="izhi sweep without --out, interrupted"
sleep 1
kill -INT $child
wait $child
code=$?
expect_code 130
grep -qF "nothing was written" "$logs/err" || fail "$what: $(cat "$logs/err")"

# A journal of another sweep, network, or of nothing
mkdir other && cat >other/sweep.journal <"$(ls -d resumed-INT)/sweep.csv"
refused "other/sweep.journal: is not a journal of a sweep" "${long[@]}" --out other
small_network changing.toml
half() { "$izhi" sweep changing.toml --set network.seed=1:300:300 --duration 20s --out half "$@" >"$logs/out" 2>"$logs/err" </dev/null & child=$!; }
half
while ! rows_in half/sweep.journal 1 && kill -0 $child 2>/dev/null; do sleep 0.01; done
refused "half/sweep.journal: is in use" sweep changing.toml --set network.seed=1:300:300 --duration 20s --out half
kill -KILL $child
wait $child 2>/dev/null
refused "another sweep: its duration_ms is 20000.0, not 10000.0" sweep changing.toml --set network.seed=1:300:300 --duration 10s --out half
refused "its set is another" sweep changing.toml --set network.seed=1:299:299 --duration 20s --out half
sed -i 's/^size = 80/size = 81/' changing.toml
refused "its network_hash is" sweep changing.toml --set network.seed=1:300:300 --duration 20s --out half

# A point whose neurons leave the range of single precision is a row, and the others are as they are
cat >burst.toml <<'TOML'
[network]
numerics = "euler"
dt_ms = 10
[population.a]
size = 5
bias_current = 10
TOML
run sweep burst.toml --set population.a.bias_current=0,-100000 --duration 1s --out burst --json
if grep -q '"fault":"' burst/sweep.jsonl; then
    expect_code 0
    grep '"fault":"' burst/sweep.jsonl | grep -q '"regime":"pathological","network":null' || fail "$what: $(cat burst/sweep.jsonl)"
    [ "$(wc -l <burst/sweep.csv)" = 3 ] || fail "$what: not a row per point"
else
    fail "$what: no point failed"
fi

# Pictures
if command -v gnuplot >/dev/null; then
    for kind in png svg; do
        run sweep net.toml "${grid[@]}" --duration 1s --plot map.$kind
        expect_code 0
        [ -s map.$kind ] || fail "$what: no picture"
    done
    run sweep net.toml --set population.exc.noise_stddev=0.1:10:4:log --repeats 2 --duration 500ms --plot curve.svg
    expect_code 0
    run sweep burst.toml --set population.a.bias_current=0,-100000 --set population.a.size=1,2 --duration 1s --plot burst.png
    expect_code 0
    for text in 'mean rate \[Hz\]' regime 'population.inh.size' 'gamma power \[Hz²\]'; do
        grep -q "$text" map.svg || fail "$what: no '$text' in the picture"
    done
fi

# run --set
run run net.toml --set population.exc.size=90 --duration 100ms --json
expect_json 'r["neurons"] == 110'

# What can be wrong; nothing is left behind
refused "give a network" sweep
refused "give at least one --set" sweep net.toml
refused "--set is 'population.exc.size'; allowed: KEY=A,B,C" sweep net.toml --set population.exc.size
refused "--set is 'population.exc.size=1:2:3:lug'" sweep net.toml --set population.exc.size=1:2:3:lug
refused "with --set population.exc.siez=1: net.toml:4: population.exc.siez is unknown; did you mean size?" sweep net.toml --set population.exc.siez=1 --out o
refused "names the population 'ecx'; did you mean exc?" sweep net.toml --set population.ecx.size=1,2 --out o
refused "starts with 'populaton'; did you mean population?" sweep net.toml --set populaton.exc.size=1,2
refused "population.exc.cell is \"RS\", not a number" sweep net.toml --set population.exc.cell=1,2
refused "population.exc.size is 10.5" sweep net.toml --set population.exc.size=10,10.5 --out o
refused "with --set population.exc.noise_stddev=-1:" sweep net.toml --set population.exc.noise_stddev=5,-1 --out o
refused "--set gives population.exc.size twice" sweep net.toml --set population.exc.size=10,20 --set population.exc.size=30
refused "more than 100,000 points" sweep net.toml --set population.exc.size=1:1000:1000 --set population.inh.size=1:1000:1000
refused "do not give --seed or --repeats with it" sweep net.toml --set network.seed=1,2 --repeats 2
refused "do not give --seed or --repeats with it" sweep net.toml --set network.seed=1,2 --seed 2
refused "--from is 1000 ms" sweep net.toml --set network.seed=1,2 --duration 1s --from 1s
refused "--duration is '0.1ms', which leaves no step" sweep net.toml --set network.seed=1,2 --duration 0.1ms --out o
refused "--repeats is '0'" sweep net.toml --set population.exc.size=1,2 --repeats 0
refused "point 1 of the sweep needs" sweep net.toml --set population.exc.size=80,80000000 --memory-limit 1GB --out o
refused "--plot draws sweeps of one or two keys" sweep net.toml --set population.exc.size=1,2 --set network.seed=1,2 --set network.dt_ms=1,2 --plot x.png
refused "--plot is 'x.jpg'" sweep net.toml --set population.exc.size=1,2 --plot x.jpg
refused "--out is" sweep net.toml --set population.exc.size=80,90 --out net.toml
refused "did you mean --set?" sweep net.toml --sett population.exc.size=1,2
refused "--set is 'population.exc.size=1,2'; allowed: KEY=NUMBER" run net.toml --set population.exc.size=1,2
refused "did you mean size?" run net.toml --set population.exc.siez=1
refused "which set the same number" sweep net.toml --set population.exc.size=80,90 --set 'population.*.size=50,60'
cp net.toml one.svg
refused "--plot is 'one.svg', the same file as that of NETWORK" sweep one.svg --set population.exc.size=80,90 --plot one.svg
finish
