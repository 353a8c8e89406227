#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi neuron: patterns against the published spike times, cell types, currents, numerics side by side, files, pictures,
# wrong input.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
patterns=$source_top/tests/data/patterns20.json

# The twenty patterns, by letter and by name
for letter in A B C D E F G H I J K L M N O P Q R S T; do
    run neuron $letter --json
    expect_code 0
    expect_silent_err
    expect_json "(lambda p: r['spike_times_ms'] == p['spike_times'] and r['spikes'] == p['n_spikes'] and r['final_v'] == p['final_v'] and r['final_u'] == p['final_u'])([p for p in json.load(open('$patterns')) if p['id'] == '$letter'][0])"
    run neuron $letter --precision single --json
    expect_json "(lambda p: r['spikes'] == p['n_spikes'])([p for p in json.load(open('$patterns')) if p['id'] == '$letter'][0])"
done
run neuron "Tonic Bursting" --json
expect_json 'r["neuron"] == "C" and r["time_stamps"] == "step start" and r["firing_class"] == "tonic bursting"'
run neuron "spike freq. adapt." --json
expect_json 'r["neuron"] == "F"'

# For people
run neuron C
expect_code 0
for text in "C, tonic bursting" "a 0.02, b 0.2, c -50, d 2" "15 from 22 ms" "28, the first at 25 ms" "CV" "25 26.5 28.25"; do
    expect_out "$text"
done

# Cell types under the usual current; numerics beside each other
run neuron RS --compare published:0.1,accurate,euler:0.5:single --json
expect_code 0
expect_json 'r["numerics"] == "published" and r["dt_ms"] == 1 and r["spikes"] == 20 and r["time_stamps"] == "step end"'
expect_json '[c["numerics"] for c in r["compare"]] == ["published", "accurate", "euler"]'
expect_json '[c["spikes"] for c in r["compare"]][:2] == [23, 23] and r["compare"][2]["precision"] == "single"'
run neuron TC --numerics accurate --json
expect_json 'r["spikes"] == 277 and r["dt_ms"] == 0.1'
run neuron CH-2007 --numerics accurate --json
expect_json 'r["model"] == "nine-parameter" and r["parameters"]["vpeak"] == 25 and r["firing_class"] == "tonic bursting"'

# Parameters of one's own, on their own and over a name's
run neuron --a 0.1 --b 0.2 --c=-65 --d 2 --numerics accurate --json
expect_json 'r["neuron"] == "" and r["spikes"] == 137 and r["u0"] == -13'
run neuron RS --a 0.1 --d 2 --numerics accurate --json
expect_json 'r["spikes"] == 137 and r["title"].endswith("changed")'
run neuron --model nine-parameter --capacitance 50 --vr=-60 --v0=-59 --dc 0 --json
expect_json 'r["v0"] == -59 and r["u0"] == 0 and r["parameters"]["capacitance"] == 50 and r["spikes"] == 0'
run neuron RS --v0=-70 --json
expect_json 'r["u0"] == -14'

# Currents: a step is a file of one; they add up; the pulses of a pattern can be given by hand
printf '# t I\n0 0\n100 10\n400 0\n' >current.txt
run neuron --step 10:100:400 FS --json
by_step=$(json 'r["spike_times_ms"]')
run neuron FS --input current.txt --json
[ "$(json 'r["spike_times_ms"]')" = "$by_step" ] || fail "$what: other spikes than by --step"
run neuron FS --dc 4 --step 6:0 --json
both=$(json 'r["spike_times_ms"]')
run neuron FS --dc 10 --json
[ "$(json 'r["spike_times_ms"]')" = "$both" ] || fail "$what: other spikes than by a sum"
run neuron A --pulses=-15:5:20,60 --json
expect_json 'r["spikes"] == 0'
run neuron RS --ramp 0:20:100:900 --numerics accurate --json
expect_json 'r["firing_class"] == "accelerating" and 100 < r["first_spike_ms"] < 900'
run neuron RS --dc 0 --json
expect_json 'r["spikes"] == 0 and r["first_spike_ms"] is None and r["interval_cv"] is None and r["firing_class"] == "silent"'

# Files: every sample of every run
run neuron A --csv a.csv --json
expect_json 'r["files"] == ["a.csv"]'
[ "$(head -1 a.csv)" = "t_ms,v,u,input,fired" ] || fail "a.csv begins with $(head -1 a.csv)"
[ "$(wc -l <a.csv)" = 402 ] || fail "a.csv has $(wc -l <a.csv) lines"
[ "$(grep -c ',1$' a.csv)" = 5 ] || fail "a.csv has $(grep -c ',1$' a.csv) spikes"
grep -q '^13,30,.*,14,1$' a.csv || fail "a.csv has no spike at 13 ms"
run neuron A --compare accurate --duration 50ms --csv both.csv --quiet
expect_code 2
run neuron A --compare accurate --duration 50ms --csv both.csv
expect_code 0
[ "$(cut -d, -f1 both.csv | sort -u | tr '\n' ' ')" = "accurate euler numerics " ] || fail "both.csv: $(head -2 both.csv)"

if command -v gnuplot >/dev/null; then
    for ending in png svg pdf; do
        run neuron C --compare accurate --plot "a picture's.$ending" --json
        expect_code 0
        expect_json "r['files'] == [\"a picture's.$ending\"]"
    done
    head -c 4 "a picture's.png" | grep -q PNG || fail "no PNG"
    grep -q "</svg>" "a picture's.svg" || fail "no complete SVG"
    for neuron in G R FS-2007 "--dc=0 RS"; do
        # shellcheck disable=SC2086
        run neuron $neuron --plot one.png
        expect_code 0
    done
else
    echo "skipped: pictures (no gnuplot)"
fi

# Wrong input
mkdir folder.png
refused "did you mean tonic spiking?" neuron "tonic spikin"
refused "known: RS" neuron nothing-like-it
refused "one argument too many" neuron RS FS
refused "--a is 'x'" neuron --a x
refused "--a is 11; allowed: -10 to 10" neuron RS --a 11
refused "--c is 30" neuron RS --c 30
refused "--capacitance is a parameter of the nine-parameter" neuron RS --capacitance 10
refused "--capacitance is 0" neuron RS-2007 --capacitance 0
refused "--vpeak is 'nan'" neuron RS-2007 --vpeak nan
refused "--model is 'four'; allowed: simple, alt, acc, nine-parameter" neuron --model four
refused "--v0 is 30" neuron RS --v0 30
refused "--u0 is 1000000000" neuron RS --u0 1e9
refused "--numerics is 'best'; allowed: published, euler, forward-euler, accurate" neuron RS --numerics best
for dt in 0 -1 x 11 1s; do refused "--dt is '$dt'" neuron RS "--dt=$dt"; done
refused "--precision is 'half'" neuron RS --precision half
refused "--compare is 'best'" neuron RS --compare euler,best
refused "--compare is '0'" neuron RS --compare euler:0
refused "more than 7" neuron RS --compare euler,euler,euler,euler,euler,euler,euler,euler
refused "--duration is '10'" neuron RS --duration 10
refused "5,000,000 steps" neuron RS --duration 100min
refused "5,000,000 steps" neuron RS --duration 0.1ms
refused "--dc is 'x'" neuron RS --dc x
refused "--step is '10'" neuron RS --step 10
refused "--ramp is '1:2:3'" neuron RS --ramp 1:2:3
refused "--pulses is '1:2'" neuron RS --pulses 1:2
refused "no such file" neuron RS --input missing.txt
refused "is not a file" neuron RS --input folder.png
printf '0 1\n5 x\n' >bad.txt
refused "bad.txt:2: the current is 'x'" neuron RS --input bad.txt
refused ".png, .svg or .pdf" neuron RS --plot a.jpg
refused "is a folder" neuron RS --plot folder.png
refused "--csv is 'missing/a.csv'" neuron RS --csv missing/a.csv
refused "--dc is given more than once" neuron RS --dc 1 --dc 2
echo "0 10" >in.svg
refused "--plot is 'in.svg', the same file as that of --input" neuron RS --input in.svg --plot in.svg
refused "--plot is 'a.svg', the same file as that of --csv" neuron RS --csv a.svg --plot a.svg
finish
