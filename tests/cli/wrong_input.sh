#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# Whatever a user gets wrong: exit code 2, one line that names it and the mend, nothing written.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml
{ cat net.toml && printf '[trace.t]\npopulation = "exc"\nneurons = [0]\n'; } >traced.toml
{ cat traced.toml && printf 'variables = ["conductance"]\nprojection = "exc-to-all"\n'; } >no-conductance.toml
{ cat traced.toml && printf 'variables = ["synaptic-current"]\n'; } >of-none.toml
echo text >plain-file
mkdir folder.png

# Commands and arguments
refused "give a command"
refused "did you mean run?" rn
refused "izhi --help" frobnicate
refused "did you mean --help?" --hlep
refused "give a network" run
refused "give a network file" check
refused "one argument too many" run net.toml other.toml
refused "did you mean --seed?" run net.toml --sed 3
# nothing is near enough to be what was meant
refused "there is no option '--time'; it is called --duration" run net.toml --time 5s
refused "there is no option '--output'; it is called --out" run net.toml --output x
refused "there is no option '-d'; it is called --duration" run net.toml -d 5s
refused "--realtime is '2x'; allowed: a speed from 0.001 to 1000" run net.toml --realtime 2x
refused "one argument too many" run net.toml --realtime other.toml
refused "there is no option '--trace'; it is called --timeline" run net.toml --trace v
refused "izhi run --help" run net.toml --frobnicate
refused "--duration needs a value" run net.toml --duration
refused "--duration needs a value" run net.toml --duration=
refused "--seed is given more than once" run net.toml --seed 1 --seed 2
refused "one argument too many" list everything
refused "did you mean --json?" info --jsn
refused "there is no option '--realtime';" bench --realtime
refused "there is no option '--realtime';" check net.toml --realtime

# The network
refused "did you mean cortex-10k?" run cortex10k
refused "did you mean cortex-1k?" run Cortex-1k
refused "'xyzzy'" run xyzzy
refused "there is no such file" run missing.toml
refused 'trace.t.variables holds conductance, and "exc-to-all" has the dynamics delta; allowed: synaptic-current' run no-conductance.toml
refused "trace.t.projection is missing, and synaptic-current is of one; allowed: a projection" run of-none.toml
refused "there is no such file" check missing/net.toml
refused "is a folder" run folder.png
refused "is a folder" check folder.png
refused "plain-file:1" run plain-file
sed 's/^size = 80/sise = 80/' net.toml >unknown-key.toml
refused "unknown-key.toml:" run unknown-key.toml
sed 's/^size = 80/size = -1/' net.toml >no-size.toml
refused "no-size.toml:5" run no-size.toml
: >empty.toml
refused "empty.toml" run empty.toml
head -c 3000 /dev/urandom >noise.toml
refused "noise.toml" run noise.toml

# Numbers, each out of its range or without its unit
for duration in 10 0s -1s 1h s nans infs 1e999s 10sec "1s s"; do
    refused "--duration is '$duration'" run net.toml "--duration=$duration"
done
refused "less than one step" run net.toml --duration 0.1ms
for seed in x 1.5 99999999999999999999; do refused "--seed is '$seed'" run net.toml --seed "$seed"; done
refused "--seed" run net.toml --seed -1
for threads in 0 1025 two 1.5; do refused "--threads is '$threads'" run net.toml --threads "$threads"; done
refused "4GB" run net.toml --memory-limit 4
refused "--memory-limit is '-4GB'" run net.toml --memory-limit=-4GB
# what this CPU has, whichever that is
run info --json
isas=$(json '", ".join(r["isas"])')
if [ "$(json '"neon" in r["isas"]')" = True ]; then other=avx2; else other=neon; fi
refused "allowed: auto, $isas" run net.toml --isa fastest
refused "$other" run net.toml --isa "$other"
export IZHI_ISA=fastest
refused "fastest" run net.toml --quiet
unset IZHI_ISA
refused "auto, reduce, partition" run net.toml --delivery fast

# Memory: refused with the figure, before building
refused "MB" run cortex-10k --memory-limit 1kB --quiet

# Where to write
refused "sonata" run net.toml --out results --format hdf
refused "needs --out" run net.toml --format gdf
refused "is not a folder" run net.toml --out plain-file
refused "is not a folder" run net.toml --out plain-file/results
refused "empty" run net.toml --out ""
refused "--out is '/proc/results'" run net.toml --out /proc/results
refused ".png, .svg or .pdf" run net.toml --plot raster.jpg
refused ".png, .svg or .pdf" run net.toml --plot ""
refused "is a folder" run net.toml --plot folder.png
refused "--plot is 'missing/raster.png'" run net.toml --plot missing/raster.png
refused "--plot is 'missing/raster.png'" run net.toml --out new/folder --plot missing/raster.png
refused "--plot is '/proc/raster.png'" run net.toml --plot /proc/raster.png

# What to read
refused "--replay cannot read 'nope' (No such file or directory); allowed: a log" run net.toml --replay nope
refused "--replay cannot read 'folder.png' (Is a directory)" run net.toml --replay folder.png

head -c 140000000 /dev/zero >endless
refused "endless:1: is longer than 128 MiB; allowed: a log" run net.toml --replay endless
rm endless
header=$(printf '{"izhi_interventions":1,"network":"small","seed":3,"neurons":100,"dt_ms":1.0}')
{
    echo "$header"
    echo '{"step":1,"kind":"neuron-currents","target":"everyone","first":0,"currents":[[1.0,4000000000]]}'
} >repeated
refused "repeated:2: currents is longer than 50,000,000" run net.toml --replay repeated
for item in '[1.0]' '[1.0,0]' '[1.0,-1]' '[1.0,2,3]' '[]' '"x"'; do
    {
        echo "$header"
        echo '{"step":1,"kind":"neuron-currents","target":"everyone","first":0,"currents":['"$item"']}'
    } >repeated
    refused "repeated:2: currents " run net.toml --replay repeated
done
rm repeated

# What would take more memory than any machine has, before it is taken
cat >many.toml <<'TOML'
population.a.size = 2000000000
trace.t.population = "a"
trace.t.neurons = {}
TOML
for command in check run; do
    run $command many.toml
    expect_code 2
    expect_err "trace.t.neurons are 2000000000, too many for traces; allowed: at most 50000000 in all traces of a network"
done
cat >many.toml <<'TOML'
population.a.size = 30000000
trace.t.population = "a"
trace.t.neurons = {}
trace.s.population = "a"
trace.s.neurons = {}
TOML
refused "many.toml:5: trace.s.neurons are 30000000, too many for traces" run many.toml
# The same with --json: the fault is on stderr, and stdout stays empty.
refused "--threads is '0'" run net.toml --threads 0 --json
finish
