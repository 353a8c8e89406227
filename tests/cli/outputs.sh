#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# Outputs onto symbolic links, FIFOs, devices and folders: what is no regular file is never replaced.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml

# Commands that write a file by an option of their own
bench() { run bench net.toml --duration 20ms --repeats 1 --json "$1" --quiet; }
neuron() { run neuron RS --duration 50ms --csv "$1"; }
timeline() { run run net.toml --duration 300ms --timeline "$1" --quiet; }
picture() { run run net.toml --duration 300ms --plot "$1" --quiet; }
commands="bench neuron timeline"
endings() { case $1 in picture) echo .png ;; *) echo .txt ;; esac; }
command -v gnuplot >/dev/null && commands="$commands picture"

for command in $commands; do
    ending=$(endings "$command")

    # A link stays, and the file behind it is replaced; also one that is not there yet, and one in another folder
    mkdir -p "$command/far"
    echo before >"$command/far/file$ending"
    ln -s "far/file$ending" "$command/link$ending"
    ln -s "$work/$command/link$ending" "$command/chain$ending"
    ln -s "far/new$ending" "$command/dangling$ending"
    for name in link chain dangling; do
        echo before >"$command/far/file$ending"
        "$command" "$command/$name$ending"
        expect_code 0
        [ -L "$command/$name$ending" ] || fail "$what: the link is gone"
        [ "$(wc -c <"$command/$name$ending")" -gt 10 ] || fail "$what: nothing behind the link"
    done
    [ "$(cd "$command" && find . -type f | sort | xargs)" = "./far/file$ending ./far/new$ending" ] ||
        fail "$what: stray files: $(find "$command")"

    # A FIFO is written into, once something reads
    mkfifo "$command/fifo$ending"
    timeout 60 cat "$command/fifo$ending" >"$command/read" &
    reader=$!
    "$command" "$command/fifo$ending"
    expect_code 0
    [ -p "$command/fifo$ending" ] || fail "$what: the FIFO is gone"
    wait "$reader"
    [ "$(wc -c <"$command/read")" -gt 10 ] || fail "$what: nothing came through the FIFO"

    # A loop of links, a folder and a socket are refused before anything is run
    ln -s "loop$ending" "$command/loop$ending"
    mkdir "$command/folder$ending"
    "$python" -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$command/socket$ending"
    for kind in loop folder socket; do
        before=$(find "$work" | sort)
        "$command" "$command/$kind$ending"
        expect_code 2
        expect_err "'$command/$kind$ending', which is a"
        [ "$(wc -l <"$logs/err")" = 1 ] || fail "$what: not one line of complaint: $err"
        [ "$(find "$work" | sort)" = "$before" ] || fail "$what: left files behind"
    done

    # Devices, of our own, so that a mistake here costs nothing: one that takes everything, and one that is full
    if mknod "$command/null$ending" c 1 3 2>/dev/null && mknod "$command/full$ending" c 1 7 2>/dev/null &&
        : 2>/dev/null >"$command/null$ending"; then
        "$command" "$command/null$ending"
        expect_code 0
        [ -c "$command/null$ending" ] || fail "$what: the device is gone"
        "$command" "$command/full$ending"
        expect_code 1
        expect_err "No space left"
        [ -c "$command/full$ending" ] || fail "$what: the full device is gone"
    else
        echo "skipped: devices cannot be made here"
    fi
done

# Standard output by its name
neuron /dev/stdout
expect_code 0
expect_out "t_ms,v,u,input,fired"
"$izhi" neuron RS --duration 50ms --csv /dev/stdout | grep -q "t_ms,v,u,input,fired" || fail "nothing in the pipe"

# Recordings are files: links are followed, also by the next run, and everything else is refused before the run
mkdir out far
ln -s ../far/spikes.gdf out/spikes.gdf
for again in 1 2; do
    run run net.toml --duration 200ms --seed $again --out out --format gdf --json
    expect_code 0
    [ -L out/spikes.gdf ] || fail "$what: the link is gone"
    [ "$(wc -l <far/spikes.gdf)" = "$(json 'r["spikes"]')" ] || fail "$what: not these spikes behind the link"
done
[ "$(find out far | sort | xargs)" = "far far/spikes.gdf out out/run.json out/spikes.gdf" ] || fail "$what: $(find out far)"
for format in sonata gdf csv; do
    mkdir "fifos-$format"
    name=spikes.$format
    [ "$format" = sonata ] && name=spikes.h5
    mkfifo "fifos-$format/$name"
    refused "in which $name is a FIFO" run net.toml --out "fifos-$format" --format "$format"
done
mkdir weights
mkfifo weights/run.json
refused "in which run.json is a FIFO" run net.toml --out weights
mkfifo synapses.csv
refused "synapses.csv: is a FIFO; allowed: a regular file" show net.toml --synapses synapses.csv --projection exc-to-all

# A run that is to end does not wait for a reader that never comes
mkfifo alone.json
"$izhi" neuron RS --duration 50ms --csv alone.json >"$logs/out" 2>"$logs/err" </dev/null &
child=$!
sleep 0.3
kill -0 "$child" || fail "izhi neuron --csv FIFO: does not wait for a reader"
kill -TERM "$child"
wait "$child"
[ -p alone.json ] || fail "izhi neuron --csv FIFO: the FIFO is gone"
finish
