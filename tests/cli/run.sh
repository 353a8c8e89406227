#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi run: the summary, the JSON object, recordings, pictures, progress.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml

# For people: a summary on stdout, the forecast of memory on stderr
run run net.toml --duration 500ms
expect_code 0
expect_err "100 neurons"
expect_err "of memory"
for text in small neurons synapses "500 ms" "x real time" "spike hash" exc inh Hz thread seed; do expect_out "$text"; done
run run net.toml --quiet
expect_code 0
expect_silent_err

# For programs: one object with these keys and nothing else
run run net.toml --duration 0.5s --json
expect_code 0
expect_silent_err
"$python" -m json.tool <"$logs/out" >/dev/null || fail "$what: no JSON"
for key in network neurons synapses steps dt_ms biological_s build_s run_s times_real_time spikes rates_hz spike_hash \
    threads isa seed peak_rss_mb files delivery numerics bytes_per_synapse stopped; do
    expect_json "'$key' in r"
done
expect_json 'r["network"] == "small" and r["neurons"] == 100 and r["synapses"] == 800 and r["seed"] == 3'
expect_json 'r["steps"] == 500 and r["dt_ms"] == 1 and r["biological_s"] == 0.5 and r["stopped"] is False'
expect_json 'r["spikes"] > 0 and len(r["spike_hash"]) == 16 and int(r["spike_hash"], 16) > 0 and r["files"] == []'
expect_json 'abs(r["rates_hz"]["exc"] * 80 * 0.5 + r["rates_hz"]["inh"] * 20 * 0.5 - r["spikes"]) < 1e-6'
expect_json 'abs(r["biological_s"] / r["run_s"] - r["times_real_time"]) < 1e-6 * r["times_real_time"]'
expect_json '1 < r["peak_rss_mb"] < 4000'
expect_json 'r["huge_pages_mb"] is None or 0 <= r["huge_pages_mb"] <= r["peak_rss_mb"] + 4'
# A network file costs memory by its length and not by the longest that would be read
run run cortex-1k --duration 1ms --threads 1 --json
built_in=$(json 'r["peak_rss_mb"]')
run run "$source_top/engine/networks/cortex-1k.toml" --duration 1ms --threads 1 --json
expect_json "r['peak_rss_mb'] < $built_in + 6"
run run net.toml --seed 4 --json
expect_json 'r["seed"] == 4 and r["steps"] == 1000'

# Recordings: as many spikes in the file as were counted
for format in gdf csv sonata; do
    run run net.toml --out "results/$format" --format "$format" --json
    expect_code 0
    expect_json 'len(r["files"]) == 2 and all(__import__("os").path.getsize(f) > 0 for f in r["files"])'
    count=$(json 'r["spikes"]')
    file=$(json 'r["files"][0]')
    case $format in
        gdf) written=$(wc -l <"$file") ;;
        csv) written=$(($(wc -l <"$file") - 1)) ;;
        sonata)
            written=$count
            [ "$(head -c 8 "$file" | tail -c 7 | head -c 3)" = HDF ] || fail "$what: $file is not an HDF5 file"
            ;;
    esac
    [ "$written" = "$count" ] || fail "$what: $written spikes in $file, $count were counted"
    [ "$(find "results/$format" -type f | wc -l)" = 2 ] || fail "$what: stray files: $(ls -A "results/$format")"
done

# A run that comes to nonsense keeps its recording: it shows how
sed 's/scale = 6.5/scale = 1e6/; s/uniform = \[0.0, 3.0\]/uniform = [9e4, 1e5]/' net.toml >wild.toml
run run wild.toml --duration 100ms --out wild --format csv --json
expect_code 1
expect_json 'r["stopped"] and 0 < r["steps"] < 100 and r["spikes"] > 0 and "single precision" in r["ended_by"]'
expect_json 'r["files"] == ["wild/spikes.csv", "wild/run.json"]'
expect_err "single precision"
expect_err "kept in wild/spikes.csv"
[ "$(wc -l <"$logs/err")" = 1 ] || fail "$what: not one line of complaint: $err"
[ "$(wc -l <wild/spikes.csv)" -gt 10 ] || fail "$what: nothing in wild/spikes.csv"
[ "$(cd wild && echo *)" = "run.json spikes.csv" ] || fail "$what: stray files: $(ls -A wild)"

# So does a live input that is in range, in a log that is replayed; with and without a recording, also in real time
printf '[network]\nname = "calm"\n[population.a]\nsize = 5\n' >calm.toml
{
    echo '{"izhi_interventions":1,"network":"calm","seed":1,"neurons":5,"dt_ms":1.0}'
    echo '{"step":150,"kind":"neuron-currents","target":"a","first":0,"currents":[[-100000.0,5]]}'
} >wild.jsonl
for how in "" "--realtime" "--out wild-live --format csv"; do
    # shellcheck disable=SC2086
    run run calm.toml --replay wild.jsonl --duration 1s --json $how
    expect_code 1
    expect_json 'r["stopped"] and 150 < r["steps"] < 400 and "single precision" in r["ended_by"]'
    expect_err "neuron 0 of population.a left the range of single precision"
done

# A folder is that of one run at a time, and what a killed run left in it is removed by the next one
"$izhi" run net.toml --duration 1000min --out shared --quiet >"$logs/out" 2>"$logs/err" </dev/null &
child=$!
while [ -z "$(find shared -name '*.part' 2>/dev/null)" ] && kill -0 "$child"; do sleep 0.02; done
refused "--out is 'shared', which another run is using" run net.toml --out shared
refused "--out is 'shared', which another run is using" run net.toml --out shared --format gdf --duration 10ms
kill -9 "$child"
wait "$child" 2>/dev/null
[ -n "$(find shared -name '*.part')" ] || fail "izhi run --out, killed: no temporary file to remove"
: >shared/notes.part
: >shared/spikes.h5.mine.part
run run net.toml --out shared --format gdf
expect_code 0
[ "$(cd shared && echo *)" = "notes.part run.json spikes.gdf spikes.h5.mine.part" ] || fail "$what: left $(ls -A shared)"

# A disk that fills up: what it took is kept under its name, and the exit code says so
for format in gdf csv sonata; do
    what="izhi run --out --format $format on a full disk"
    (ulimit -f 3000 && exec "$izhi" run cortex-10k --duration 100min --out "full-$format" --format "$format" --json --quiet) \
        >"$logs/out" 2>"$logs/err" </dev/null
    code=$?
    err=$(cat "$logs/err")
    expect_code 1
    file=spikes.$format
    [ "$format" = sonata ] && file=spikes.h5
    expect_err "File too large; recorded up to step"
    expect_err "what was recorded is kept in full-$format/$file, full-$format/run.json"
    expect_json 'r["steps"] > 100 and "File too large" in r["ended_by"]'
    [ "$(cd "full-$format" && echo *)" = "run.json $file" ] || fail "$what: $(ls -A "full-$format")"
    run analyze "full-$format/$file" --json
    expect_code 0
    expect_json 'r["network"]["spikes"] > 50000 and 5 < r["network"]["rate_hz"] < 15'
done

# Names are harmless on a terminal
on_terminal() {
    "$python" -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$@" </dev/null
}
printf '[network]\nname = "\\u001b[31mred\\u009b"\n[population.a]\nsize = 1\n' >red.toml
on_terminal "$izhi" run red.toml --duration 10ms --json >"$logs/terminal"
on_terminal "$izhi" run red.toml --duration 10ms >>"$logs/terminal"
on_terminal "$izhi" run $'no\e[31mthing.toml' >>"$logs/terminal"
grep -qF '\x1b[31mred\x9b' "$logs/terminal" || fail "a name on a terminal is not escaped: $(cat -v "$logs/terminal")"
grep -qF 'no\x1b[31mthing' "$logs/terminal" || fail "a path on a terminal is not escaped: $(cat -v "$logs/terminal")"
grep -q $'\e''\[31m' "$logs/terminal" && fail "a name has coloured the terminal: $(cat -v "$logs/terminal")"

# Pictures, in the place that was asked for and nowhere else
if command -v gnuplot >/dev/null; then
    for ending in png svg pdf; do
        run run net.toml --plot "a picture's.$ending" --json
        expect_code 0
        expect_json "r['files'] == [\"a picture's.$ending\"]"
    done
    head -c 4 "a picture's.png" | grep -q PNG || fail "no PNG"
    grep -q "</svg>" "a picture's.svg" || fail "no complete SVG"
    head -c 4 "a picture's.pdf" | grep -q PDF || fail "no PDF"
    # Names are not run as commands: gnuplot runs a text in backquotes.
    sed "s/^name = .*/name = \"it's \`touch pwned\` {x\\\\\\\\}\"/" net.toml >odd.toml
    run run odd.toml --plot odd.png --quiet
    expect_code 0
    # Without a spike, and shorter than any window
    printf '[network]\nname = "one"\n[population.a]\nsize = 1\n' >one.toml
    run run one.toml --duration 1ms --plot one.png --json
    expect_code 0
    expect_json 'r["spikes"] == 0 and r["rates_hz"] == {"a": 0}'
    [ "$(find "$work" -name 'pwned' -o -name '.*.part' -o -name '.izhi*' | wc -l)" = 0 ] || fail "stray files: $(ls -A)"
else
    echo "skipped: pictures (no gnuplot)"
fi

# Without gnuplot: told before the run, and nothing is written
mkdir empty
before=$(ls -A)
PATH=$work/empty "$izhi" run net.toml --plot missing.png --out other >"$logs/out" 2>"$logs/err"
code=$?
what="izhi run --plot without gnuplot"
err=$(cat "$logs/err")
expect_code 1
expect_err "gnuplot-nox"
expect_silent_out
[ "$(ls -A)" = "$before" ] || fail "$what: left files behind: $(ls -A)"

# Progress: not in a log
run run cortex-10k --duration 120s
expect_code 0
grep -q $'\r' "$logs/err" && fail "$what: progress although stderr is not a terminal"
# On a terminal: a progress line with percent, speed and time left; none with --quiet
on_terminal "$izhi" run cortex-10k --duration 120s >"$logs/terminal" || fail "run on a terminal"
grep -qE $'\r''running +[0-9]+ % .* of 2 min .*x real time .* left' "$logs/terminal" || fail "no progress: $(tail -c 600 "$logs/terminal")"
on_terminal "$izhi" run cortex-10k --duration 20s --quiet >"$logs/terminal" || fail "quiet run on a terminal"
grep -q "running" "$logs/terminal" && fail "progress in spite of --quiet"
finish
