#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi groups: the group of a small network, the same from a checkpoint and from a file of weights, on any number of threads;
# files, pictures, a watched recording, wrong input.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

# The chain of tests/analysis/groups.cpp: 0, 1, 2 meet at 3, and each anchor helps one of 4, 5, 6.
cat >chain.toml <<'TOML'
[network]
name = "chain"
seed = 1
[population.exc]
size = 8
cell = "RS"
v0_mv = "rest"
[projection.all]
source = "exc"
target = "exc"
rule = "explicit"
synapses = [[0, 3, 10.0, 5.0], [1, 3, 10.0, 3.0], [2, 3, 10.0, 1.0], [3, 4, 15.0, 2.0], [0, 4, 15.0, 9.0],
    [4, 5, 15.0, 4.0], [1, 5, 15.0, 13.0], [5, 6, 15.0, 1.0], [2, 6, 15.0, 14.0]]
TOML
chain=(chain.toml --threshold 0.6 --path 4)
run groups "${chain[@]}" --out found
expect_code 0
expect_silent_err
expect_out "groups    1 with a path of at least 4"
expect_out "triplets  1 of 1 mother"
cat >table.csv <<'CSV'
group,mother,anchor1,anchor2,anchor3,time1_ms,time2_ms,time3_ms,size,span_ms,longest_path
0,3,0,1,2,0,2,4,7,20,4
CSV
cmp table.csv found/groups.csv || fail "$what: another table: $(cat found/groups.csv)"
"$python" - <<'PYTHON' || fail "$what: another group in groups.jsonl"
import json
g, = (json.loads(line) for line in open("found/groups.jsonl"))
assert g["spikes"] == [[0, 0, 0], [2, 1, 0], [4, 2, 0], [7, 3, 1], [11, 4, 2], [17, 5, 3], [20, 6, 4]], g
assert g["links"] == [[0, 3, 5], [1, 3, 5], [2, 3, 5], [0, 4, 9], [3, 4, 9], [1, 5, 15], [4, 5, 15], [2, 6, 18], [5, 6, 18]], g
assert g["path"] == [0, 3, 4, 5, 6] and g["anchors"] == [0, 1, 2] and g["anchor_times_ms"] == [0, 2, 4]
assert g["mother"] == 3 and g["size"] == 7 and g["span_ms"] == 20 and g["longest_path"] == 4
PYTHON
run groups "${chain[@]}" --json
expect_json 'r["groups"] == 1 and r["groups_by_path"] == {"4": 1} and r["triplets"] == 1 and r["mothers"] == 1'
expect_json 'r["network"] == "chain" and r["seed"] == 1 and r["shuffle"] is None and r["synapses_followed"] == 9'
expect_json 'r["size"] == {"least": 7, "mean": 7, "most": 7} and r["span_ms"]["most"] == 20 and r["threshold"] == 0.6'
for no in "--path 5" "--size 8" "--duration 20ms" "--window 2ms" "--threshold 0.95"; do
    # shellcheck disable=SC2086
    run groups chain.toml --threshold 0.6 --path 4 --size 7 --duration 21ms --window 3ms --json
    expect_json 'r["groups"] == 1'
    # shellcheck disable=SC2086
    run groups chain.toml $(for each in "--threshold 0.6" "--path 4" "--size 7" "--duration 21ms" "--window 3ms"; do
        [ "${each%% *}" = "${no%% *}" ] && echo "$no" || echo "$each"; done) --json
    expect_code 0
    expect_json 'r["groups"] == 0 and r["size"] is None and r["longest_path"] is None'
done
run groups chain.toml --out nothing
expect_code 0
expect_out "groups    0 with"
expect_out "triplets  none: no neuron has strong synapses from three others"
[ "$(wc -l <nothing/groups.csv) $(wc -l <nothing/groups.jsonl)" = "1 0" ] || fail "$what: rows without groups"

# A recording: the group at 40 ms, all of it; and half of it at 300 ms.
# Half of its seven spikes are four.
printf '%s\n' "time_ms,population,neuron" 40,exc,0 42,exc,1 44,exc,2 47,exc,3 51,exc,4 57,exc,5 60,exc,6 \
    300,exc,0 302,exc,1 304,exc,2 308,exc,3 400,exc,7 >watched.csv
for expected in "2 --match 0.5" "1 --match 0.6" "1 --match 1 --jitter 0" "1 --jitter 0" "2 --match 0.57 --jitter 1ms"; do
    # shellcheck disable=SC2086
    run groups "${chain[@]}" --watch watched.csv ${expected#* } --json
    expect_code 0
    expect_json "r['watch']['firings'] == ${expected%% *} and r['watch']['groups_that_fired'] == 1"
    expect_json 'abs(r["watch"]["recorded_s"] - 0.361) < 1e-9'
done
run groups "${chain[@]}" --watch watched.csv --match 1 --out found
expect_out "firings   1 in 361 ms, of 1 group; with shuffled times 0, of 0 groups"
[ "$(tail -n 1 found/groups.csv)" = "0,3,0,1,2,0,2,4,7,20,4,1,0,40" ] || fail "$what: $(tail -n 1 found/groups.csv)"
# Numbers over the whole network
sed -n '2,$s/\(.*\),exc,\(.*\)/\2\t\1/p' watched.csv >watched.gdf
run groups "${chain[@]}" --watch watched.gdf --json
expect_json 'r["watch"]["firings"] == 2'

# A network that learns: a checkpoint, its folder, and a file of weights give the same groups, on any number of threads.
cat >learns.toml <<'TOML'
[network]
name = "learns"
seed = 5
[population.exc]
size = 80
cell = "RS"
[population.inh]
size = 20
cell = "FS"
[projection.exc-to-all]
source = "exc"
target = "everyone"
rule = "fixed-outdegree"
outdegree = 20
autapses = false
multapses = false
weight = { uniform = [5.0, 10.0] }
delay_ms = { uniform = [1.0, 10.0] }
plasticity = { rule = "polychronization-2006" }
[projection.inh-to-exc]
source = "inh"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
multapses = false
weight = -5.0
[stimulus.thalamus]
type = "random-neurons"
target = "everyone"
amplitude = 20.0
neurons = 1
TOML
run run learns.toml --seed 9 --duration 3s --checkpoint every=1s,dir=saved --weights weights --quiet
expect_code 0
rules=(--threshold 0.5 --path 3)
run groups saved/checkpoint-3000.izhi "${rules[@]}" --threads 1 --out one
expect_code 0
expect_out "checkpoint after 3 s, seed 9"
run groups saved "${rules[@]}" --threads 3 --out three --json
expect_code 0
expect_json 'r["groups"] > 20 and r["steps"] == 3000 and r["seed"] == 9 and r["threads"] == 3'
expect_json 'r["groups"] == sum(r["groups_by_path"].values())'
cmp one/groups.jsonl three/groups.jsonl && cmp one/groups.csv three/groups.csv || fail "$what: other groups on three threads"
run groups learns.toml --seed 9 --weights weights "${rules[@]}" --out folder
expect_code 0
expect_out "weights of weights, seed 9"
run groups learns.toml --seed 9 --weights weights/synapses-exc-to-all.csv "${rules[@]}" --out file
for other in folder file; do
    cmp one/groups.jsonl $other/groups.jsonl || fail "$what: other groups from weights ($other)"
done
run groups saved/checkpoint-1000.izhi "${rules[@]}" --out earlier
cmp -s one/groups.jsonl earlier/groups.jsonl && fail "$what: an earlier checkpoint has the same groups"
run groups saved "${rules[@]}" --shuffle 1 --out shuffled
expect_out "weights shuffled with seed 1"
run groups saved "${rules[@]}" --shuffle 1 --out again
cmp shuffled/groups.jsonl again/groups.jsonl || fail "$what: the same seed shuffles in another way"
run groups saved "${rules[@]}" --shuffle 2 --out others
cmp -s shuffled/groups.jsonl one/groups.jsonl && fail "$what: shuffled weights have the same groups"
cmp -s shuffled/groups.jsonl others/groups.jsonl && fail "$what: two seeds shuffle alike"
# The rules of the published program, by a program of its own: of the mothers with the most groups, and of one without
with_numpy=
for candidate in "$python" /usr/bin/python3; do
    [ -n "$with_numpy" ] || ! "$candidate" -c "import numpy" 2>/dev/null || with_numpy=$candidate
done
if [ -n "$with_numpy" ]; then
    "$izhi" show learns.toml --seed 9 --synapses drawn.csv >/dev/null
    { tail -n +2 one/groups.csv | cut -d, -f2 | sort | uniq -c | sort -k1,1nr -k2,2n | head -n 3 | awk '{ print $2 "," $1 }'
      comm -23 <(seq 0 79 | sort) <(tail -n +2 one/groups.csv | cut -d, -f2 | sort -u) | head -n 1 | sed 's/$/,0/'; } >counted
    "$with_numpy" "$source_top/tests/cli/groups_published.py" 80 100 0.5 3 weights/synapses-exc-to-all.csv drawn-inh-to-exc.csv \
        $(cut -d, -f1 counted) >published
    cmp counted published || fail "the published rules give $(cat published), izhi groups $(cat counted)"
else
    echo "skipped: the published rules: numpy is not installed (Debian: python3-numpy)" >&2
fi
rm -f drawn-*.csv counted published
# What the run recorded itself
run resume saved/checkpoint-2000.izhi --set stimulus.thalamus.amplitude=20 --out recorded --quiet
run groups saved "${rules[@]}" --watch recorded/spikes.h5 --match 0.1 --json
expect_code 0
expect_json 'r["watch"]["recorded_s"] <= 1 and r["watch"]["firings"] > 0'

# Pictures
if command -v gnuplot >/dev/null; then
    run groups "${chain[@]}" --plot group.png --histogram groups.svg --plot-data data --plot-title "a chain"
    expect_code 0
    [ "$(head -c 8 group.png | od -An -c | tr -d ' ')" = '211PNG\r\n032\n' ] || fail "$what: group.png is no PNG"
    grep -q "a chain" groups.svg || fail "$what: no title in groups.svg"
    [ "$(ls data | tr '\n' ' ')" = "group-links.csv group-spikes.csv groups-paths.csv groups-sizes.csv groups-spans.csv " ] ||
        fail "$what: data: $(ls data)"
    [ "$(wc -l <data/group-links.csv) $(grep -c ',1$' data/group-links.csv) $(wc -l <data/group-spikes.csv)" = "10 4 8" ] ||
        fail "$what: links and spikes: $(cat data/group-*.csv)"
    [ "$(tail -n +2 data/groups-paths.csv)" = "4,1,1" ] || fail "$what: paths: $(cat data/groups-paths.csv)"
    run groups saved "${rules[@]}" --plot third.pdf --group 2 --plot-window 0:30ms
    expect_code 0
    run groups chain.toml --plot none.svg --histogram none-either.svg
    expect_code 0
    grep -q "no groups" none.svg && grep -q "no groups" none-either.svg || fail "$what: does not say that there are no groups"
fi
rm -rf data ./*.png ./*.svg ./*.pdf

# Wrong input
refused "give a checkpoint, its folder, or a network" groups
refused "there is no built-in network and no file 'polychroni'" groups polychroni
refused "has no checkpoint" groups weights
refused "table.izhi: cannot be read" groups table.izhi
cp chain.toml no.izhi
refused "no.izhi" groups no.izhi
refused "--seed is given with a checkpoint" groups saved --seed 3
refused "--set is given with a checkpoint" groups saved --set population.exc.size=3
refused "--weights is given with a checkpoint" groups saved --weights weights
refused "has no plastic projection" groups chain.toml --weights weights
refused "synapses-exc-to-all.csv:2: is a synapse from 0 to" groups learns.toml --weights weights
refused "which has no weights of this network; allowed: synapses-exc-to-all.csv" groups learns.toml --weights found
refused "nowhere.csv" groups learns.toml --weights nowhere.csv
sed '3s/,[^,]*,\([^,]*\)$/,11,\1/' weights/synapses-exc-to-all.csv >heavy.csv
refused "heavy.csv:3: weight is 11; allowed: 0 to 10" groups learns.toml --seed 9 --weights heavy.csv
sed '$d' weights/synapses-exc-to-all.csv >short.csv
refused "short.csv: has 1,599 synapses, and projection 'exc-to-all' of 'learns' with seed 9 has 1,600" groups learns.toml --seed 9 \
    --weights short.csv
refused "--path" groups chain.toml --path 0
refused "--size" groups chain.toml --size none
refused "--threshold" groups chain.toml --threshold 1.5
refused "--duration is 0.1 ms, or 0 steps; allowed: 1 to 1000000 steps of 1 ms" groups chain.toml --duration 0.1ms
refused "--window" groups chain.toml --window 0ms
refused "--shuffle" groups chain.toml --shuffle -1
refused "--match needs --watch" groups chain.toml --match 0.5
refused "--jitter needs --watch" groups chain.toml --jitter 1ms
refused "--match" groups chain.toml --watch watched.csv --match 2
sed s/exc/exe/ watched.csv >other.csv
refused "other.csv: holds the population 'exe', which the network has not; did you mean exc?" groups chain.toml --watch other.csv
sed s/exc,7/exc,8/ watched.csv >larger.csv
refused "larger.csv: holds neuron 8 of 'exc'; allowed: the neurons of the network, 8 of them" groups chain.toml --watch larger.csv
head -n 1 watched.csv >silent.csv
refused "silent.csv" groups chain.toml --watch silent.csv
refused "--group needs --plot" groups chain.toml --group 1
refused "--group is 1; allowed: 0 to 0" groups "${chain[@]}" --plot group.svg --group 1
refused "--group is 0; allowed: none, because no group was found" groups chain.toml --plot group.svg --group 0
refused "--plot-font needs --plot or --histogram" groups chain.toml --plot-font 9
refused "--threads" groups chain.toml --threads 0
refused "the same file as that of --plot" groups chain.toml --plot same.svg --histogram same.svg
# Networks that a search cannot follow
sed 's/^seed = 1/seed = 1\nnumerics = "accurate"/' chain.toml >accurate.toml
refused "izhi groups cannot follow the network, which has numerics accurate; allowed: published" groups accurate.toml
sed 's/cell = "RS"/cell = "RS-2007"/; s/^v0_mv.*//' chain.toml >nine.toml
refused "cannot follow population.exc, which has the model nine-parameter; allowed: simple" groups nine.toml
sed 's/cell = "RS"/a = 0.02\nb = 0.3\nc = -65.0\nd = 8.0/; s/^v0_mv.*//' chain.toml >restless.toml
refused "cannot follow population.exc, which has neurons that fire without input, such as number 0" groups restless.toml
sed 's/^rule = "explicit"/rule = "explicit"\ndynamics = { type = "exponential", tau_ms = 5.0 }/' chain.toml >slow.toml
refused "cannot follow projection.all, which has the dynamics exponential; allowed: delta" groups slow.toml
finish
