#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# Completion: what a shell offers at each place is what the program takes there.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"

run completion bash
expect_code 0
expect_silent_err
cp "$logs/out" izhi.bash
bash -n izhi.bash || fail "the script for bash is not valid"
# shellcheck disable=SC1091
. ./izhi.bash

# offers WORD...: what is offered in place of the last word, one a line, sorted.
offers() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _izhi
    printf '%s\n' "${COMPREPLY[@]}" | sort
}
# offered EXPECTED WORD...: exactly these words, separated by spaces.
offered() {
    local expected=$1 found
    shift
    found=$(offers "$@" | tr '\n' ' ')
    [ "${found% }" = "$expected" ] || fail "$* offers '${found% }' and not '$expected'"
}
commands=$("$izhi" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\)  *[A-Z].*/\1/p' | sort | tr '\n' ' ')
offered "--help --version ${commands% }" izhi ""
offered "realtime-check resume run" izhi r
offered "csv gdf sonata" izhi run cortex-1k --format ""
offered "sonata" izhi run --format so
offered "" izhi run --seed ""
offered "avx2 avx512" izhi run --isa avx
offered "bash fish zsh" izhi completion ""
touch cortex-mine.toml
offered "cortex-100k cortex-10k cortex-1k cortex-1m cortex-mine.toml" izhi run cortex-
mkdir folder
touch file
offered "folder" izhi run --out f
offered "file folder" izhi analyze f
offers izhi neuron "" | grep -qx "RS-2007" || fail "izhi neuron does not offer RS-2007"
# Every option of every command, and nothing else.
for command in $commands; do
    expected=$("$izhi" "$command" --help | grep -oE '^  (-h,)?--[a-z][a-z0-9-]*' | sed 's/.*--/--/' | sort | tr '\n' ' ')
    offered "${expected% }" izhi "$command" "--"
done

run completion zsh
expect_code 0
cp "$logs/out" _izhi
[ "$(head -n 1 _izhi)" = "#compdef izhi" ] || fail "the script for zsh does not begin with #compdef"
if command -v zsh >/dev/null; then
    what="the script for zsh"
    # What zsh would offer, with its own functions replaced by ones that print.
    zsh -f -c 'compadd() { print -l -- ${@[2,-1]} }; _files() { print files }; compdef() { }; . ./_izhi
        words=(izhi run --format ""); CURRENT=4; _izhi
        words=(izhi analyze ""); CURRENT=3; _izhi' >"$logs/out" 2>"$logs/err"
    expect_silent_err
    [ "$(tr '\n' ' ' <"$logs/out")" = "sonata gdf csv files " ] || fail "$what offers $(cat "$logs/out")"
fi
run completion fish
expect_code 0
cp "$logs/out" izhi.fish
grep -qF "complete -c izhi -n '__fish_seen_subcommand_from run' -l format -x -a 'sonata gdf csv'" izhi.fish ||
    fail "the script for fish does not offer the formats"
if command -v fish >/dev/null; then
    what="the script for fish"
    fish --no-config -c "source izhi.fish; complete -C'izhi run --format '" >"$logs/out" 2>"$logs/err"
    expect_silent_err
    [ "$(cut -f1 "$logs/out" | tr '\n' ' ')" = "csv gdf sonata " ] || fail "$what offers $(cat "$logs/out")"
fi

run completion
expect_code 2
expect_err "give a shell"
run completion tcsh
expect_code 2
expect_err "allowed: bash, zsh, fish"
finish
