#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# The contract, from outside: one network, seed and duration give one spike hash, whatever computes it.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

run run cortex-10k --duration 500ms --threads 1 --isa scalar --json
expect_code 0
expect_json 'r["spikes"] > 10000'
expected=$(json 'r["spike_hash"]')
same() {
    run run cortex-10k --duration 500ms --json "$@"
    expect_code 0
    expect_json "r['spike_hash'] == '$expected'"
}
for threads in 1 2 3 8; do
    same --threads "$threads"
    expect_json "r['threads'] <= $threads"
    for delivery in reduce partition; do
        same --threads "$threads" --delivery "$delivery"
        expect_json "r['delivery'] == '$delivery'"
    done
done
run info --json
for isa in $(json '" ".join(r["isas"])'); do
    same --isa "$isa" --threads 2
    expect_json "r['isa'] == '$isa'"
    IZHI_ISA=$isa same
    expect_json "r['isa'] == '$isa'"
done
same --out results

# A hash that never changes would pass all of the above.
run run cortex-10k --duration 500ms --seed 7 --json
expect_json "r['spike_hash'] != '$expected'"
run run cortex-10k --duration 501ms --json
expect_json "r['spike_hash'] != '$expected'"
finish
