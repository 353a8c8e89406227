#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# Populations of size 0 in every command: nothing fails, no number is nan, and what names a neuron of them is refused.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml
cat >>net.toml <<'TOML'
[projection.inh-to-exc]
source = "inh"
target = "exc"
rule = "fixed-indegree"
indegree = 5
weight = -2.0
[stimulus.jolts]
target = "inh"
type = "poisson"
rate_hz = 50
weight = 4.0
TOML
# The same without inh, which comes last
sed '/^\[population.inh\]/,/^noise/d; /^\[projection.inh-to-exc\]/,$d' net.toml >alone.toml
sed '/^\[population.inh\]/,/^noise/ s/^size = .*/size = 0/' net.toml >off.toml
note="note: population.inh.size: is 0: no stimulus acts on it, and no projection from or to it has a synapse"
# Python would read NaN and Infinity, which are not JSON.
expect_sound_json() { grep -qE 'NaN|nan|Infinity|inf[^a-z]' "$logs/out" && fail "$what: a number that is none: $out"; }

run check off.toml
expect_code 0
expect_out "80 neurons in 2 populations, about 800 synapses in 2 projections"
expect_err "$note"
run check off.toml --json
expect_sound_json
expect_json '(r["neurons"], r["synapses"], [n["subject"] for n in r["notes"]]) == (80, 800, ["population.inh"])'
run check off.toml --strict
expect_code 2

run run alone.toml --duration 500ms --json
hash=$(json 'r["spike_hash"]')
for way in "off.toml" "net.toml --set population.inh.size=0"; do
    # shellcheck disable=SC2086
    run run $way --duration 500ms --json
    expect_code 0
    expect_err "$note"
    expect_sound_json
    expect_json "r['spike_hash'] == '$hash' and r['neurons'] == 80 and r['rates_hz']['inh'] == 0"
done
run run off.toml --duration 100ms --profile
expect_code 0
grep -qE '\bnan\b|\binf\b' "$logs/out" && fail "$what: a number that is none: $out"

run run off.toml --duration 200ms --realtime --json
expect_code 0
expect_json 'all(s["events"] is not None and s["events"] >= 0 for s in r["realtime"]["worst_steps"])'
for way in "--port 0" "--io 0"; do
    # shellcheck disable=SC2086
    run serve off.toml $way --duration 100ms
    expect_code 0
    expect_err "$note"
done
run bench off.toml --threads 1 --repeats 1 --duration 100ms --json - --quiet
expect_code 0
expect_sound_json
printf '[projection.onto]\nsource = "exc"\ntarget = "inh"\nrule = "all-to-all"\nweight = 1\n' | cat off.toml - >dense.toml
run realtime-check dense.toml  # whether it is held is the machine's matter
[ "$code" != 2 ] || fail "$what: refused: $err"

# Files list the population, and read back with the network and without it
for format in sonata gdf csv; do
    run run off.toml --duration 500ms --out "$format" --format "$format" --json
    expect_code 0
    ending=$format
    [ "$format" = sonata ] && ending=h5
    told=$format/spikes.$ending
    for options in "--network off.toml" "--population exc=80 --population inh=0"; do
        # shellcheck disable=SC2086
        run analyze "$told" $options --until 500ms --json
        expect_code 0
        expect_sound_json
        expect_json "r['populations']['inh']['neurons'] == 0 and r['populations']['inh']['rate_hz'] == 0"
        expect_json "r['populations']['exc']['neurons'] == 80 and r['network']['neurons'] == 80"
    done
done
run analyze sonata/spikes.h5 --json
expect_json "r['sizes_guessed'] is False and r['populations']['inh']['neurons'] == 0"
run analyze sonata/spikes.h5
expect_code 0
grep -qE '\bnan\b|\binf\b' "$logs/out" && fail "$what: a number that is none: $out"
# One that is not last, in a file that numbers all neurons in a row
sed '/^\[population.exc\]/,/^noise/ s/^size = .*/size = 0/; /^outdegree/ s/10/5/' net.toml >first-off.toml
run run first-off.toml --duration 500ms --out row --format gdf --json
expect_code 0
run analyze row/spikes.gdf --network first-off.toml --until 500ms --json
expect_code 0
expect_json "r['populations']['exc']['neurons'] == 0 and r['populations']['inh']['spikes'] == r['network']['spikes'] > 0"

# Pictures, where there is gnuplot
if command -v gnuplot >/dev/null; then
    for network in off.toml first-off.toml; do
        run run "$network" --duration 300ms --plot "$network.svg"
        expect_code 0
        grep -qi '>[^<]*\bnan\b' "$network.svg" && fail "$what: a number that is none in the picture"
    done
    run analyze sonata/spikes.h5 --plot measures.svg
    expect_code 0
    grep -qi '>[^<]*\bnan\b' measures.svg && fail "$what: a number that is none in the picture"
fi

# A sweep from none on: the first point is the run above
run sweep net.toml --set population.inh.size=0,10,20 --duration 500ms --out swept --json
expect_code 0
[ "$(grep -cF "$note" "$logs/err")" = 1 ] || fail "$what: not one note: $err"
grep -qE 'NaN|nan|Infinity|,inf' swept/sweep.csv swept/sweep.jsonl && fail "$what: a number that is none"
first=$("$python" -c 'import json; print(json.loads(open("swept/sweep.jsonl").readline())["spike_hash"])')
[ "$first" = "$hash" ] || fail "$what: point 0 has $first, the network without inh $hash"

# A checkpoint goes on; one of another size is refused
run run off.toml --duration 500ms --checkpoint every=250ms,dir=saved --json
expect_code 0
run resume saved/checkpoint-250.izhi --json
expect_code 0
expect_json "r['spike_hash'] == '$hash' and r['resumed_at_step'] == 250"
for format in gdf csv; do
    run run off.toml --duration 300ms --out "part-$format" --format "$format" --checkpoint "every=100ms,dir=kept-$format"
    run resume "kept-$format" --duration 500ms
    expect_code 0
    cmp -s "$format/spikes.$format" "part-$format/spikes.$format" || fail "$what: other spikes than in one run"
done
refused "size" resume saved/checkpoint-250.izhi --set population.inh.size=3
run show off.toml
expect_code 0
expect_out "size = 0"

# Without any neuron: one line, whatever the command
sed 's/^size = .*/size = 0/' net.toml >void.toml
none="has no neurons: the size of every population is 0"
run check void.toml
expect_code 2
expect_err "void.toml:1: network $none"
refused "$none" run void.toml
refused "$none" serve void.toml
refused "$none" sweep net.toml --set population.exc.size=0,10 --set population.inh.size=0,10 --duration 10ms --out void
# Neurons that are not there
{ cat off.toml && printf '[trace.probe]\npopulation = "inh"\nneurons = [0]\n'; } >traced.toml
refused "traced.toml:30: trace.probe.population is \"inh\", which has no neurons" run traced.toml
{ cat off.toml && printf '[projection.list]\nsource = "exc"\ntarget = "inh"\nrule = "explicit"\nsynapses = [\n[1, 0, 1.0, 1.0]]\n'; } >listed.toml
refused "listed.toml:34: projection.list.synapses holds the target 0; allowed: none, the population is empty" run listed.toml
sed 's/^type = "poisson"/first = 2\n&/' off.toml >part.toml
refused "stimulus.jolts.first is 2; allowed: none, the population is empty" run part.toml

# Nine lines that are valid: nothing is drawn, in a network without other synapses
cat >nothing.toml <<'TOML'
[population.exc]
size = 50
noise_stddev = 6.0
[projection.learning]
source = "exc"
target = "exc"
rule = "fixed-probability"
probability = 0.0
weight = 1.0
plasticity = { rule = "pair" }
TOML
for threads in 1 3; do
    run run nothing.toml --duration 100ms --threads "$threads" --json
    expect_code 0
    expect_json 'r["synapses"] == 0 and r["spikes"] > 0'
done
run sweep nothing.toml --set projection.learning.probability=0,0.1 --duration 100ms --out learned --json
expect_code 0
run run nothing.toml --duration 100ms --weights weighed
expect_code 0
[ "$(wc -l <weighed/synapses-learning.csv)" = 1 ] || fail "$what: $(ls weighed): $(cat weighed/*)"
finish
