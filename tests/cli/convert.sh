#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi convert: what it refuses, and that nothing half-written remains; then convert_check.py, by a Python that has h5py.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

small_network net.toml
refused "give --sonata DIR" convert net.toml
refused "--sonata and --out are both given" convert net.toml --sonata a --out b
refused "give a network" convert --sonata a
refused "is empty" convert net.toml --sonata ""
refused "--duration is given without --sonata" convert net.toml --out a --duration 1s
refused "with its unit" convert net.toml --sonata a --duration 10
refused "did you mean exc" convert net.toml --sonata a --set population.ex.size=3
refused "storage" convert net.toml --sonata a --storage tape
refused "there is no built-in network" convert cortex-2k --sonata a
mkdir full && touch full/file
for option in --sonata --out; do
    refused "full: is a folder that holds other things" convert net.toml $option full
    refused "net.toml: is not a folder" convert net.toml $option net.toml
    refused "nowhere/a" convert net.toml $option nowhere/a
    refused "/proc/a" convert net.toml $option /proc/a
done
echo 'x = 1' >bad.toml
refused "bad.toml:1: x is unknown" convert bad.toml --sonata a

# More than any disk has room for.
printf '[population.all]\nsize = 3000000\n[projection.p]\nsource = "all"\ntarget = "all"\nrule = "all-to-all"\nweight = 1\n' >huge.toml
refused "free, and the network takes about 216 TB; allowed: a folder on a larger disk" convert huge.toml --sonata a
refused "izhi: a: has " convert huge.toml --sonata a

# A disk that fills up: files end at a limit. Nothing remains, beside the folder or in one that was empty.
{
    cat net.toml
    printf '[projection.list]\nsource = "exc"\ntarget = "inh"\nrule = "explicit"\nsynapses_file = "list.csv"\nweight = 1\ndelay_ms = 1\n'
} >list.toml
{
    echo source,target
    for source in $(seq 0 79); do for target in $(seq 0 19); do echo "$source,$target"; done; done
} >list.csv
for option in --sonata --out; do
    for folder in made empty; do
        mkdir -p empty
        what="izhi convert $option $folder with a limit on files"
        before=$(find . | sort)
        (trap '' XFSZ && ulimit -f 4 && exec "$izhi" convert list.toml $option $folder) >"$logs/out" 2>"$logs/err"
        code=$? err=$(cat "$logs/err")
        expect_code 1
        expect_err "izhi: $folder/"
        expect_err "cannot be written: File too large"
        expect_silent_out
        [ "$(find . | sort)" = "$before" ] || fail "$what: leaves something behind: $(find . | sort)"
    done
done

# Ctrl-C, long before it is complete: nothing remains.
what="izhi convert, interrupted"
before=$(find . | sort)
"$izhi" convert cortex-1m --sonata made >"$logs/out" 2>"$logs/err" &
pid=$!
while kill -0 $pid && ! ls made.*.part/network/*edges.h5; do sleep 0.05; done >/dev/null 2>&1
kill -INT $pid
wait $pid
code=$? err=$(cat "$logs/err")
expect_code 130
expect_err "izhi: made: is not written, because this was stopped"
[ "$(find . | sort)" = "$before" ] || fail "$what: leaves something behind: $(find . | sort)"

# New and empty folders; one with a slash at its end; the folder of the network itself.
mkdir there
run convert net.toml --sonata there/
expect_code 0
expect_silent_err
expect_out "there/simulation_config.json: 100 nodes in 2 populations, 800 edges in 2 populations, "
expect_out "  population.exc.noise_stddev: the noise"
[ "$(ls there | tr '\n' ' ')" = "circuit_config.json components izhi_network.toml network node_sets.json simulation_config.json " ] ||
    fail "$what: the folder has $(ls there)"
run convert net.toml --sonata there
expect_code 2

# --out: the same network from another folder, with settings and seed in it.
run convert net.toml --out moved --seed 9 --set population.exc.noise_stddev=7
expect_code 0
expect_out "moved/network.toml"
run run net.toml --seed 9 --set population.exc.noise_stddev=7 --duration 500ms --json
expected=$(json 'r["spike_hash"]')
mkdir elsewhere && mv moved elsewhere/
run run elsewhere/moved/network.toml --duration 500ms --json
expect_json "r['spike_hash'] == '$expected'"

if h5py=$(python_with_h5py); then
    mkdir checked && cd checked || exit 1
    IZHI=$izhi "$h5py" "$source_top/tests/cli/convert_check.py" || fail "another reader disagrees"
fi
finish
