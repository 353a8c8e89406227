#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# --storage: the same spikes from stored and from procedural synapses, and both told as what they are.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml

run run net.toml --json
expect_json 'r["storage"] == "stored" and r["bytes_per_synapse"] in (4, 8) and r["connectome_bytes"] > 2 * r["synapses"]'
hash=$(json 'r["spike_hash"]')
run run net.toml --storage procedural --json
expect_code 0
expect_json 'r["storage"] == "procedural" and r["bytes_per_synapse"] == 0 and r["synapses"] == 800'
expect_json "r['spike_hash'] == '$hash'"
run run net.toml --storage procedural --quiet
expect_out "800, drawn while running"
run run net.toml --quiet
expect_out "800 in "

# A rule whose rows cannot be drawn alone keeps its own
cat >>net.toml <<'TOML'
[projection.inh-to-exc]
source = "inh"
target = "exc"
rule = "fixed-indegree"
indegree = 2
weight = -1.0
TOML
run run net.toml --storage procedural --json
expect_code 0
expect_json 'r["storage"] == "mixed" and r["synapses"] == 960'
run run net.toml --storage procedural --quiet
expect_out "some drawn while running"
run check net.toml --storage procedural
expect_code 0
expect_out "some drawn while running"
run check net.toml --json
expect_json 'r["storage"] == "stored"'

# The largest network draws its synapses; in memory they would take over 400 MB
run check cortex-1m --json
expect_code 0
expect_json 'r["storage"] == "procedural" and r["memory_bytes"] < 3e8'
run check cortex-1m --storage stored --json
expect_json 'r["storage"] == "stored" and r["memory_bytes"] > 4e8'
refused "MB" run cortex-1m --storage stored --memory-limit 300MB --quiet

refused "stored, procedural" run net.toml --storage disk
refused "stored, procedural" check net.toml --storage ""
refused "did you mean --storage?" check net.toml --storag stored
finish
