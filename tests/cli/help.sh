#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# --help teaches, list and info answer, both also as JSON.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

for command in "" $("$izhi" --help | sed -n 's/^  \([a-z][a-z-]*\)  *[A-Z].*/\1/p'); do
    arguments="$command --help"
    # shellcheck disable=SC2086
    run $arguments
    expect_code 0
    expect_silent_err
    expect_out "Usage: izhi"
    expect_out "Examples:"
done
run run --help
for option in --duration --seed --threads --isa --delivery --out --format --plot --json --quiet --memory-limit --storage \
    --profile --timeline --timeline-window --realtime --late --slack --pin --fifo --lock-memory --latency-plot --replay \
    --checkpoint; do
    expect_out " $option"
done
run resume --help
for option in --duration --set --set-weight --out --format --plot --checkpoint --json --threads --isa --realtime --replay; do
    expect_out " $option"
done
for command in run resume analyze neuron sweep groups bench figures; do
    run $command --help
    for option in --plot-size --plot-font; do expect_out " $option"; done
done
# not where it would be refused
grep -q -- --plot-window "$logs/out" && fail "$what: tells of --plot-window"
run serve --help
for option in --io --io-token --io-lockstep --io-timeout --page --log --checkpoint --speed --duration --json; do expect_out " $option"; done
run --version
expect_code 0
grep -qE '^izhi [0-9]+\.[0-9]+\.[0-9]+$' "$logs/out" || fail "$what: no version: $out"

run list
expect_code 0
expect_silent_err
for name in cortex-1k cortex-10k cortex-100k cortex-1m storm-10k RS IB CH FS LTS TC RZ; do expect_out " $name "; done
expect_out "in (0, 1)"
for name in RS-2007 "tonic bursting" accommodation; do expect_out "$name"; done
run list --json
expect_code 0
expect_json '{n["name"]: (n["neurons"], n["synapses"]) for n in r["networks"]}["cortex-10k"] == (10000, 1000000)'
expect_json 'all(n["title"] for n in r["networks"])'
expect_json '[t for t in r["cell_types"] if t["name"] == "FS"][0]["a"] == 0.1'
expect_json '[p["letter"] for p in r["patterns"]] == list("ABCDEFGHIJKLMNOPQRST") and r["patterns"][17]["model"] == "acc"'

run info
expect_code 0
expect_silent_err
expect_out "izhi "
# On one of the processors it is "1 hardware thread"
cpu=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)
what="izhi info on one processor"
taskset -c "$cpu" "$izhi" info >"$logs/out" 2>"$logs/err" || fail "$what: $(cat "$logs/err")"
expect_out ", 1 hardware thread, "
run info --json
expect_code 0
expect_json 'r["isas"][0] == "scalar" and r["isa"] in r["isas"] and r["hardware_threads"] >= 1'
expect_json 'all(r[key] for key in ("version", "cpu", "memory_bytes", "kernel", "build_type", "compiler", "gnuplot"))'
expect_json 'r["huge_pages"] in ("always", "madvise", "never", "unknown")'
export IZHI_ISA=scalar
run info --json
expect_json 'r["isa"] == "scalar"'
unset IZHI_ISA

# Output that cannot be written is a failure, not a success.
for arguments in list info "run cortex-1k --duration 1ms --quiet"; do
    # shellcheck disable=SC2086
    "$izhi" $arguments >/dev/full 2>"$logs/err"
    code=$?
    what="izhi $arguments >/dev/full"
    err=$(cat "$logs/err")
    expect_code 1
    expect_err "standard output"
done
finish
