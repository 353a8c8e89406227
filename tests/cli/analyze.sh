#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi analyze: the measures of a run, of signals whose answer is known, of other simulators' files.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

# A run, recorded in every format: one network, one answer
run run cortex-1k --duration 2s --json
spikes=$(json 'r["spikes"]')
exc=$(json 'r["rates_hz"]["exc"]')
inh=$(json 'r["rates_hz"]["inh"]')
for format in sonata csv gdf; do
    run run cortex-1k --duration 2s --out $format --format $format --json
    file=$(json 'r["files"][0]')
    run analyze "$file" --network cortex-1k --until 2s --json
    expect_code 0
    expect_silent_err
    expect_json "r['network']['spikes'] == $spikes and r['network']['neurons'] == 1000 and r['spikes_left_out'] == 0"
    expect_json "r['populations']['exc']['rate_hz'] == $exc and r['populations']['inh']['rate_hz'] == $inh"
    expect_json 'list(r["populations"]) == ["exc", "inh"] and r["sizes_from"] == "--network" and r["until_from"] == "--until"'
    [ $format = sonata ] && first=$(json 'dict(r, file=0, files=0)')
    [ "$(json 'dict(r, file=0, files=0)')" = "$first" ] || fail "$what: other measures than of sonata: $out"
done
# Our SONATA files say all that is needed
run analyze sonata/spikes.h5 --json
expect_json 'r["until_ms"] == 2000 and r["until_from"] == "the file" and r["sizes_from"] == "the file"'
expect_json "r['populations']['exc']['rate_hz'] == $exc and r['populations']['inh']['neurons'] == 200"
run analyze sonata/spikes.h5
expect_out "regime: asynchronous"
expect_out "0 to 2 s, the end of the file"
# A window
run analyze sonata/spikes.h5 --from 500ms --until 1500ms --json
expect_json "r['network']['spikes'] + r['spikes_left_out'] == $spikes and r['network']['spikes'] < 0.6 * $spikes"

# Signals whose answer is known, and the flavours of NEST
"$python" - <<'PYTHON'
import math, random
random.seed(7)
def poisson(neurons, most, seconds, share):
    for neuron in range(1, neurons + 1):
        t = 0.0
        while (t := t + random.expovariate(most) * 1e3) < seconds * 1e3:
            if random.random() < share(t): yield neuron, t
with open("poisson.dat", "w") as f:  # NEST 3; each thread's spikes together, so times go up and down
    print("# NEST version: 3.3\n# RecordingBackendASCII version: 2\nsender\ttime_ms", file=f)
    for neuron, t in poisson(40, 30.0, 20, lambda t: 1.0): print(f"{neuron}\t{t:.3f}", file=f)
with open("gamma.gdf", "w") as f:  # NEST 2: a tab at the end of lines
    for neuron, t in sorted(poisson(100, 40.0, 10, lambda t: 0.5 + 0.5 * math.cos(2 * math.pi * 0.04 * t)), key=lambda s: s[1]):
        print(f"{neuron}\t{t:.3f}\t", file=f)
with open("regular.csv", "w") as f:
    print("time_ms,population,neuron", file=f)
    for k in range(1, 101): print(f"{20 * k},clock,0", file=f)
open("silent.gdf", "w").close()
PYTHON
run analyze poisson.dat --population cells=1-40 --json
expect_code 0
expect_json 'abs(r["populations"]["cells"]["isi_cv"] - 1) < 0.05 and r["populations"]["cells"]["neurons"] == 40'
expect_json 'abs(r["network"]["rate_hz"] - 30) < 1.5 and r["regime"] == "asynchronous" and r["until_from"] == "the last spike"'
run analyze gamma.gdf --population a=1-80 --population b=81-100 --until 10s --json
expect_json 'r["network"]["peak_hz"] == 40 and r["populations"]["b"]["peak_hz"] == 40 and r["populations"]["b"]["neurons"] == 20'
expect_json 'r["network"]["band_powers_hz2"]["gamma"] > 100 > 10 > r["network"]["band_powers_hz2"]["beta"]'
run analyze regular.csv --json
expect_json 'r["populations"]["clock"]["isi_cv"] == 0 and r["populations"]["clock"]["rate_hz"] == 50 and r["sizes_from"] == "the numbers that occur" and r["sizes_guessed"] and r["regime"] is None'
run analyze regular.csv
expect_out "sizes guessed from the numbers that occur"
expect_out "regime: not given, because it depends on the number of neurons"
run analyze regular.csv --population clock=1
expect_out "regime: unknown (there is no mean correlation of two neurons: one neuron)"
run analyze regular.csv --population clock=40 --until 24ms --from 19ms --json
expect_json 'r["regime"] == "unknown" and r["network"]["spikes"] == 1 and r["network"]["correlation"] is None'
run analyze silent.gdf --population quiet=10 --until 1s --json
expect_json 'r["regime"] == "silent" and r["network"]["spikes"] == 0 and r["network"]["isi_cv"] is None and r["network"]["peak_hz"] is None'
# A population that never fired is in the network and not in the file
run analyze regular.csv --population clock=4 --population quiet=4 --json
expect_json 'r["network"]["neurons"] == 8 and r["populations"]["quiet"]["rate_hz"] == 0 and r["populations"]["clock"]["rate_hz"] == 12.5'

# Numbers that begin anywhere are counted from the smallest, and nobody says that they begin at 0
"$python" - <<'PYTHON'
import random
random.seed(3)
with open("shifted.gdf", "w") as f:  # a common clock for all neurons: 50 neurons in volleys
    for k in range(200):
        for neuron in range(10001, 10051):
            if random.random() < 0.3: print(f"{neuron}\t{50 * k + random.uniform(1, 4):.1f}", file=f)
PYTHON
run analyze shifted.gdf --json
expect_json 'r["network"]["neurons"] == 50 and 5.5 < r["network"]["rate_hz"] < 6.5 and r["sizes_guessed"] and r["regime"] is None'
run analyze shifted.gdf --population all=10001-10050 --json
expect_json 'r["network"]["neurons"] == 50 and r["regime"] == "synchronous" and not r["sizes_guessed"]'

# Files of the threads of one run are one recording; foreign forms are read
foreign=$source_top/tests/data/foreign
run analyze "$foreign/nest3-0.dat" "$foreign/nest3-1.dat" --until 100ms --json
expect_silent_err
expect_json 'r["network"]["spikes"] == 12 and r["network"]["neurons"] == 4 and len(r["files"]) == 2 and r["notes"] == []'
two=$(json 'dict(r, file=0, files=0)')
run analyze "$foreign/nest3-two-threads.dat" --until 100ms --json
[ "$(json 'dict(r, file=0, files=0)')" = "$two" ] || fail "$what: not what the two files give: $out"
run analyze "$foreign/nest3-two-threads.dat" "$foreign/nest3-1.dat" --until 100ms
expect_err "note: 6 spikes of the files are there twice"
expect_out "nest3-two-threads.dat and 1 more"
run analyze "$foreign/brian2-pandas.csv" --unit s --until 100ms --json
expect_silent_err
[ "$(json 'r["network"]')" = "$("$python" -c "print($two['network'])")" ] || fail "$what: other measures: $out"
run analyze "$foreign/brian2-pandas.csv" --json
expect_err "note: $foreign/brian2-pandas.csv: does not give the unit of its times"
expect_json 'len(r["notes"]) == 1'
run analyze "$foreign/carlsim-matlab.txt" --columns time,neuron --json
expect_silent_err
expect_json 'r["network"]["neurons"] == 4'
run analyze "$foreign/nest3-steps.dat" --unit 0.1ms --until 100ms --json
expect_json 'r["network"]["spikes"] == 12'
# A population of a SONATA file that never fired is listed
if h5py=$(python_with_h5py); then
    "$h5py" - <<'PYTHON'
import h5py
with h5py.File("bmtk.h5", "w") as f:
    for name, times, ids in (("v1", [0.5, 12.5, 90.25], [3, 4, 3]), ("lgn", [], [])):
        f[f"/spikes/{name}/timestamps"], f[f"/spikes/{name}/node_ids"] = times, [int(i) for i in ids]
        if not ids: del f[f"/spikes/{name}/node_ids"]; f.create_dataset(f"/spikes/{name}/node_ids", (0,), "u8")
        f[f"/spikes/{name}/timestamps"].attrs["units"] = "milliseconds"
PYTHON
    run analyze bmtk.h5 --until 100ms --json
    expect_code 0
    expect_json 'r["populations"]["lgn"]["neurons"] == 0 and r["populations"]["lgn"]["rate_hz"] == 0 and r["populations"]["v1"]["neurons"] == 2'
    if command -v gnuplot >/dev/null; then
        run analyze bmtk.h5 --until 100ms --plot bmtk.png
        expect_code 0
    fi
fi

# Pictures
if command -v gnuplot >/dev/null; then
    for kind in png svg pdf; do
        run analyze sonata/spikes.h5 --plot sheet.$kind
        expect_code 0
        [ -s sheet.$kind ] || fail "$what: no picture"
    done
    head -c 4 sheet.png | grep -q PNG || fail "$what: no PNG"
    for text in 'frequency \[Hz\]' 'interval between spikes of a neuron \[ms\]' 'rate \[Hz\]' 'power \[Hz²/Hz\]'; do
        grep -q "$text" sheet.svg || fail "$what: no '$text' in the picture"
    done
    # Nothing to draw is drawn as nothing
    run analyze silent.gdf --population quiet=10 --until 1s --plot silent.png
    expect_code 0
    run analyze regular.csv --until 5ms --plot short.png
    expect_code 0
fi

# What can be wrong
echo "no spikes" >text
refused "give a file of spikes" analyze
refused "no such file" analyze absent.h5
refused "text:1:" analyze text
refused "holds neuron 40; allowed: those of the populations given; if it counts from 1" analyze poisson.dat --population a=40
refused "holds neuron 0 of 'clock'; allowed: 1 to 4" analyze regular.csv --population clock=1-4
refused "--population is 'exc'; allowed: NAME=SIZE or NAME=FIRST-LAST" analyze poisson.dat --population exc
refused "--population is 'exc=-1'" analyze poisson.dat --population exc=-1
refused "--population is 'exc=9-3'" analyze poisson.dat --population exc=9-3
refused "names 'a' twice" analyze poisson.dat --population a=3 --population a=4
refused "'a' and 'b' overlap" analyze poisson.dat --population a=1-20 --population b=20-40
refused "--population does not name 'clock'" analyze regular.csv --population clokc=3
refused "did you mean" analyze regular.csv --network cortex-1kk
refused "which --network has not" analyze regular.csv --network cortex-1k
refused "give one of them" analyze regular.csv --network cortex-1k --population clock=1
refused "give --until" analyze silent.gdf --population quiet=10
refused "give --network or --population" analyze silent.gdf --until 1s
refused "--from is 2000 ms; allowed: less than the end, 2000 ms" analyze regular.csv --from 2s
refused "--from is '5'" analyze regular.csv --from 5
refused "--dt is '0ms'" analyze regular.csv --dt 0ms
refused "--plot is 'sheet.jpg'" analyze regular.csv --plot sheet.jpg
refused "--plot is 'missing/sheet.png'" analyze regular.csv --plot missing/sheet.png
refused "of memory" analyze regular.csv --until 100000000000000s
refused "did you mean --until?" analyze regular.csv --untill 5s
refused "--population names 'x', which sonata/spikes.h5 has not" analyze sonata/spikes.h5 --population x=3
refused "--columns is 'neuron'; allowed: the columns of the file from left to right" analyze regular.csv --columns neuron
refused "--columns is 'time,nuron'" analyze regular.csv --columns time,nuron
refused "--unit is 'h'; allowed: ms, s, us" analyze regular.csv --unit h
refused "--unit is '0ms'" analyze regular.csv --unit 0ms
refused "gives the unit of times, and another unit was given" analyze regular.csv --unit s
refused "the same file as that of FILE" analyze regular.csv regular.csv
refused "names populations, and another file does not; allowed: the files of one run" analyze gamma.gdf regular.csv
refused "is SONATA, whose columns have names" analyze sonata/spikes.h5 --columns time,neuron
# Numbers of another program: the file has the size of the population, and its numbers need not be below it
small_network named.toml
sed -i 's/^size = 80/&\nrecorded_as = "v1"/; s/^size = 20/&\nrecorded_as = "v1"\nnode_ids = ['"$(seq -s, 1000 1019)"']/' named.toml
run run named.toml --duration 500ms --out named --json
spikes=$(json 'r["spikes"]')
run analyze named/spikes.h5 --json
expect_code 0
expect_json "r['populations']['v1']['neurons'] == 100 and r['network']['spikes'] == $spikes"

# A time that no memory could be measured over
for until in 1e15s 1e12s 1e300min; do
    refused "of memory, and there are" analyze named/spikes.h5 --until "$until"
done
finish
