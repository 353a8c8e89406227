# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#
# What the scripts of this folder share. Each takes the izhi program as its argument (or in IZHI), works in an empty
# folder of its own, goes on after a failed check, and exits with 1 if any failed.
set -u

source_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
izhi=$(realpath -- "${1:-${IZHI:?give the izhi program as the argument}}")
python=${IZHI_PYTHON:-python3}
logs=$(mktemp -d)
work=$(mktemp -d)
trap 'rm -rf "$logs" "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

# run ARGUMENT...: runs izhi; its exit code in $code, what it said in $out and $err.
run() {
    # shellcheck disable=SC2086
    ${limit:-} "$izhi" "$@" >"$logs/out" 2>"$logs/err" </dev/null
    code=$?
    out=$(cat "$logs/out")
    err=$(cat "$logs/err")
    what="izhi $*"
}

# expect_code N, expect_out TEXT, expect_err TEXT: of the last run.
expect_code() { [ "$code" = "$1" ] || fail "$what: exit code $code, expected $1; stderr: $err"; }
expect_out() { grep -qF -- "$1" "$logs/out" || fail "$what: no '$1' in its output: $out"; }
expect_err() { grep -qF -- "$1" "$logs/err" || fail "$what: no '$1' in its complaint: $err"; }
expect_silent_out() { [ ! -s "$logs/out" ] || fail "$what: wrote on stdout: $out"; }
expect_silent_err() { [ ! -s "$logs/err" ] || fail "$what: wrote on stderr: $err"; }

# refused TEXT ARGUMENT...: izhi must exit with 2 and one line on stderr that holds TEXT, and write nothing.
refused() {
    # What is not refused may be a server, which would run for ever.
    local text=$1 before limit="timeout 60"
    shift
    before=$(find "$work" | sort)
    run "$@"
    expect_code 2
    expect_err "$text"
    expect_silent_out
    [ "$(wc -l <"$logs/err")" = 1 ] || fail "$what: not one line of complaint: $err"
    [ "$(find "$work" | sort)" = "$before" ] || fail "$what: left files behind: $(find "$work" | sort)"
}

# python_with_h5py: prints a Python that can import h5py; fails if there is none. Debian's python3-h5py belongs to
# Debian's interpreter, whatever else the PATH finds first.
python_with_h5py() {
    local candidate
    for candidate in "$python" /usr/bin/python3; do
        "$candidate" -c 'import h5py' 2>/dev/null && echo "$candidate" && return
    done
    echo "skipped: reading HDF5: h5py is not installed (Debian: python3-h5py)" >&2
    return 1
}

# json EXPRESSION: a Python expression over the object r that the last run printed.
json() { "$python" -c 'import json, sys; r = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$logs/out" "$1"; }
# expect_json EXPRESSION: must be true of that object.
expect_json() { [ "$(json "$1" 2>&1)" = True ] || fail "$what: not so: $1; output: $out"; }

# state_of CHECKPOINT: a hash of the state in it, whatever was noted beside it.
state_of() {
    "$python" - "$1" <<'PYTHON'
import hashlib, struct, sys
data = open(sys.argv[1], "rb").read()
name, = struct.unpack_from("<H", data, 40)  # the first section has the note
assert data[42:42 + name] == b"about"
size, = struct.unpack_from("<Q", data, 42 + name)
print(hashlib.sha256(data[50 + name + size:-8]).hexdigest())
PYTHON
}

# small_network FILE: 100 neurons that fire.
small_network() {
    cat >"$1" <<'TOML'
[network]
name = "small"
seed = 3
[population.exc]
size = 80
cell = "RS"
noise_stddev = 6.0
[population.inh]
size = 20
cell = "FS"
noise_stddev = 3.0
[projection.exc-to-all]
source = "exc"
target = "everyone"
rule = "fixed-outdegree"
outdegree = 10
weight = { uniform = [0.0, 3.0] }
TOML
}

finish() {
    [ "$failures" = 0 ] || { echo "$failures checks failed" >&2; exit 1; }
    echo "all checks passed"
    exit 0
}
