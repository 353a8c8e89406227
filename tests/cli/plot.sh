#!/bin/bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# What may be chosen of pictures: --plot-title, --plot-size, --plot-font, --plot-window, --plot-data, in every command that draws.
. "$(dirname "$0")/support.bash"
small_network net.toml
run run net.toml --duration 300ms --out recorded --format csv
expect_code 0
cp recorded/spikes.csv spikes.csv

# Wrong input: one line, exit code 2, and nothing is written. Of each command, for each reads its options by itself.
sweep=(sweep net.toml --set population.exc.size=70,80 --duration 300ms)
for value in 7x5 7in 1x5in 7x50in 7x5mm ""; do refused "--plot-size is '$value'" neuron RS --plot a.png --plot-size "$value"; done
for value in 3 40 large ""; do refused "--plot-font" neuron RS --plot a.png --plot-font "$value"; done
for value in 1s 2s:1s 1:2 0:0 ""; do refused "--plot-window is '$value'" run net.toml --plot a.png --plot-window "$value"; done
refused "--plot-data is ''" neuron RS --plot a.png --plot-data ""
refused "--plot-data is 'missing/a-v.csv'" neuron RS --plot a.png --plot-data missing/a.csv
refused "'net.toml' is not a folder" neuron RS --plot a.png --plot-data net.toml
for option in "--plot-title x" "--plot-size 7x5in" "--plot-font 9" "--plot-data d"; do
    name=${option% *}
    # shellcheck disable=SC2086
    {
        refused "$name needs --plot or --latency-plot" run net.toml $option
        refused "$name needs --plot or --latency-plot" resume checkpoint.izhi $option
        refused "$name needs --plot" analyze spikes.csv $option
        refused "$name needs --plot" neuron RS $option
        refused "$name needs --plot" "${sweep[@]}" $option
        refused "$name needs --plot" bench net.toml --scaling $option
        refused "$name needs --plot" bench --growth $option
        refused "$name needs --plot" bench net.toml $option
    }
done
for command in "run net.toml" "analyze spikes.csv" "neuron RS"; do
    # shellcheck disable=SC2086
    refused "--plot-window needs --plot" $command --plot-window 0:1s
done
refused "--plot-window needs --plot" run net.toml --realtime --latency-plot a.png --plot-window 0:1s
refused "--plot-window does not go with this command" "${sweep[@]}" --plot a.png --plot-window 0:1s
refused "--plot-window does not go with this command" bench --growth --plot a.png --plot-window 0:1s
refused "--plot-title does not go with this command" figures --plot-title x
refused "--plot-window does not go with this command" figures --plot-window 0:1s
refused "--plot-data does not go with this command" figures --plot-data d
refused "--plot-size is '7x5'" figures --plot-size 7x5
# files that would take the place of others
refused "the same file as that of --csv" neuron RS --csv x-u.csv --plot a.png --plot-data x.csv
cp spikes.csv a-rates.csv
refused "the same file as that of" analyze a-rates.csv --plot a.png --plot-data .
rm a-rates.csv

if ! command -v gnuplot >/dev/null; then
    echo "skipped: pictures (no gnuplot)"
    finish
fi

# Windows of which there is nothing
refused "--plot-window is from 2 s to 3 s" run net.toml --plot a.png --plot-window 2s:3s
refused "allowed: times from 0 to 1 s" neuron RS --plot a.png --plot-window 2s:3s
refused "--plot-window is from 2 s to 3 s" analyze spikes.csv --plot a.png --plot-window 2s:3s

# size_of FILE.png: its width and height in dots
size_of() { "$python" -c 'import struct, sys; print(*struct.unpack(">II", open(sys.argv[1], "rb").read(24)[16:]))' "$1"; }
expect_size() { [ "$(size_of "$1")" = "$2" ] || fail "$what: $1 has $(size_of "$1") dots, expected $2"; }
# titled TEXT FILE.svg
titled() { grep -qF ">$1<" "$2" || fail "$what: no '$1' in $2"; }

# Title, size and letters, of every command
chosen=(--plot-size 3x2in --plot-font 6)
run run net.toml --duration 300ms --realtime=100 --plot r.png --latency-plot l.png "${chosen[@]}"; expect_code 0
expect_size r.png "900 600"; expect_size l.png "900 600"
run analyze spikes.csv --plot a.png "${chosen[@]}"; expect_code 0; expect_size a.png "900 600"
run neuron RS --plot n.png "${chosen[@]}"; expect_code 0; expect_size n.png "900 600"
run "${sweep[@]}" --plot s.png "${chosen[@]}"; expect_code 0; expect_size s.png "900 600"
run bench net.toml --scaling --threads 1 --duration 20ms --repeats 1 --plot b.png "${chosen[@]}"; expect_code 0; expect_size b.png "900 600"
run bench --growth --memory-limit 8MB --duration 20ms --repeats 1 --plot g.png "${chosen[@]}"; expect_code 0; expect_size g.png "900 600"
run figures --out figures "${chosen[@]}"; expect_code 0
for figure in figures/*.png; do expect_size "$figure" "900 600"; done
run neuron RS --plot n.png --plot-size 5.08x7.62cm; expect_code 0; expect_size n.png "600 900"
title="It's \`no\` <command>"
run neuron RS --plot n.svg --plot-title "$title" --plot-font 10; expect_code 0
titled "It's \`no\` &lt;command>" n.svg
grep -q 'font-size="21.00"' n.svg || fail "$what: no title of 14 points"
grep -qF "RS, regular spiking" n.svg && fail "$what: the usual title is there too"
run neuron RS --plot n.svg --plot-title none; expect_code 0
grep -qE "RS, regular spiking|>none<" n.svg && fail "$what: there is a title"
run run net.toml --duration 100ms --plot r.svg --plot-title Mine; expect_code 0; titled Mine r.svg
run analyze spikes.csv --plot a.svg --plot-title Mine; expect_code 0; titled Mine a.svg
run "${sweep[@]}" --plot s.svg --plot-title Mine; expect_code 0; titled Mine s.svg
run bench --growth --memory-limit 8MB --duration 20ms --repeats 1 --plot g.svg --plot-title Mine; expect_code 0; titled Mine g.svg
# the smallest page and the largest letters
run run net.toml --duration 100ms --plot r.png --plot-size 2x2in --plot-font 32; expect_code 0

# Data, and what a window leaves of it
run run net.toml --duration 300ms --plot r.png --plot-data data --plot-window 100ms:200ms --json; expect_code 0
expect_json 'r["files"] == ["r.png", "data/r-raster.csv", "data/r-rates.csv"]'
run analyze spikes.csv --population exc=80 --population inh=20 --plot a.png --plot-data a.csv --plot-window 100ms:200ms; expect_code 0
run analyze spikes.csv --population exc=80 --population inh=20 --plot a.png --plot-data whole.csv; expect_code 0
run neuron RS --plot n.png --plot-data data --plot-window 100ms:200ms --json; expect_code 0
expect_json 'r["files"] == ["n.png"] + [f"data/n-{panel}.csv" for panel in ("v", "u", "input", "phase-plane")]'
run "${sweep[@]}" --out swept --plot s.png --plot-data data; expect_code 0
run sweep net.toml --set population.exc.size=70,80 --set population.inh.size=10,20,30 --duration 300ms --plot m.png --plot-data data; expect_code 0
run run net.toml --duration 300ms --realtime=100 --latency-plot l.png --plot-data l.csv --json; expect_code 0
expect_json 'r["files"] == ["l.png", "l.csv"]'
run bench net.toml --scaling --threads 1,2 --duration 20ms --repeats 1 --plot b.png --plot-data b.csv; expect_code 0
"$python" - <<'PYTHON' || fail "the data of the pictures"
import csv

def table(file, *titles):
    rows = list(csv.reader(open(file)))
    assert rows[0] == list(titles), (file, rows[0])
    assert len(rows) > 1 and all(len(row) == len(titles) for row in rows), file
    return rows[1:]

recorded = list(csv.reader(line for line in open("spikes.csv") if not line.startswith("#")))
columns = recorded[0]
time = next(i for i, title in enumerate(columns) if "time" in title or title == "t_ms")
within = sum(100 <= float(row[time]) <= 200 for row in recorded[1:])
spikes = table("data/r-raster.csv", "population", "time [ms]", "neuron")
assert len(spikes) == within > 0, (len(spikes), within)
assert all(100 <= float(t) <= 200 for _, t, _ in spikes)
assert all((int(n) < 80) == (p == "exc") for p, _, n in spikes)
rates = table("data/r-rates.csv", "population", "time [ms]", "rate [Hz]")
assert all(98 <= float(t) <= 202 for _, t, _ in rates) and {p for p, _, _ in rates} == {"exc", "inh"}

assert len(table("a-raster.csv", "population", "time [ms]", "neuron")) == within
assert all(99 <= float(t) <= 201 for _, t, _ in table("a-rates.csv", "population", "time [ms]", "rate [Hz]"))
# intervals and spectra are of all that was measured
for whole in (("intervals", "population", "intervals up to [ms]", "share [%]"),
              ("spectrum", "population", "frequency [Hz]", "power [Hz²/Hz]")):
    assert table(f"a-{whole[0]}.csv", *whole[1:]) == table(f"whole-{whole[0]}.csv", *whole[1:]), whole[0]

for panel, title in (("v", "v [mV]"), ("u", "u [mV]"), ("input", "I [mV/ms]")):
    trace = table(f"data/n-{panel}.csv", "run", "time [ms]", title)
    assert all(99 <= float(t) <= 201 for _, t, _ in trace) and len(trace) > 100, panel
assert any(name.startswith("v' = 0") for name, _, _ in table("data/n-phase-plane.csv", "curve", "v [mV]", "u [mV]"))

swept = list(csv.DictReader(open("swept/sweep.csv")))
curve = table("data/s-rate_hz.csv", "seed", "population.exc.size", "mean rate [Hz]")
assert [float(rate) for seed, _, rate in curve if seed == "1"] == [float(row["rate_hz"]) for row in swept]
cells = table("data/m-regime.csv", "population.exc.size", "population.inh.size", "regime")
assert [row[:2] for row in cells] == [[e, i] for e in ("70", "80") for i in ("10", "20", "30")]
assert all(row[2] in ("silent", "asynchronous", "synchronous", "pathological") for row in cells)

steps = table("l.csv", "histogram", "time [µs]", "share of steps [%]")
assert 199 < sum(float(share) for name, _, share in steps if name == "step time") < 201  # at both ends of each bin
scaling = table("b.csv", "curve", "threads", "speed [times real time]")
assert [threads for name, threads, _ in scaling if name.endswith("measured")] == ["1", "2"]
PYTHON

# A run that is resumed draws the picture that was asked for, as it was asked for.
run run net.toml --duration 100ms --plot c.svg --plot-title Whole --plot-size 4x3in --plot-font 9 --plot-window 20ms:90ms \
    --plot-data c.csv --checkpoint every=50ms,dir=saved
expect_code 0
mv c-raster.csv whole.csv
rm c.svg c-*.csv
run resume saved/checkpoint-50.izhi
expect_code 0
titled Whole c.svg
grep -q 'width="480" height="360"' c.svg || fail "$what: the picture has another size"
cmp -s whole.csv c-raster.csv || fail "$what: other data"
finish
