#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi serve: what it refuses, and what it speaks (serve_check.py).
. "$(dirname "$0")/support.bash"

refused "give a network" serve
refused "no built-in network" serve cortex-1x
refused "--host is 'example.org'" serve cortex-1k --host example.org
refused "needs --token" serve cortex-1k --host 0.0.0.0
refused "--token has 5 characters" serve cortex-1k --token short
echo short >token
refused "--token has 5 characters" serve cortex-1k --token-file token
refused "--token-file is 'missing', which cannot be read" serve cortex-1k --token-file missing
refused "--token and --token-file are both given" serve cortex-1k --token new --token-file token
export IZHI_TOKEN=brief
refused "--token has 5 characters" serve cortex-1k
unset IZHI_TOKEN
rm token
refused "--port is '65536'" serve cortex-1k --port 65536
refused "--speed is '0'" serve cortex-1k --speed 0
refused "--duration is" serve cortex-1k --duration 5
refused "--port cannot be used" serve cortex-1k --host 203.0.113.1 --token new
refused "nowhere" serve cortex-1k --log nowhere/live.jsonl
refused "without dir=DIR" serve cortex-1k --checkpoint every=1s
refused "less than one step" serve cortex-1k --checkpoint every=0.1ms,dir=x
refused "--checkpoint dir" serve cortex-1k --checkpoint every=1s,dir=/dev/null
mkdir full && touch full/checkpoint-7.izhi
refused "which has checkpoints of another run" serve cortex-1k --checkpoint every=1s,dir=full
refused "which has checkpoints of another run" serve cortex-1k --io 0 --checkpoint every=1s,dir=full
rm -r full

"$python" "$source_top/tests/cli/serve_check.py" "$izhi" "$work" || fail "serve_check.py"
finish
