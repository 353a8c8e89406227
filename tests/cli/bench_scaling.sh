#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi bench --scaling, --predict and --growth: tables, JSON, pictures, wrong input. What the model says is in step_model.cpp.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
small_network net.toml

run bench net.toml cortex-1k --scaling --threads 1,2,3 --duration 40ms --isa scalar --repeats 2
expect_code 0
expect_silent_err
for text in net.toml cortex-1k scalar threads efficiency predicted barrier "ns per neuron and step" "The model assumes that" "2 runs each"; do
    expect_out "$text"
done

run bench net.toml --scaling --threads 2,3 --duration 40ms --json -
expect_code 0
expect_silent_err
expect_json 'r["izhi_scaling"] == 1 and r["repeats"] == 3 and r["barrier_s"] >= 0 and len(r["assumptions"]) > 3'
expect_json '[w["threads"] for w in r["networks"][0]["rows"]] == [1, 2, 3]'
expect_json 'all(len(w["run_s"]) == 3 and min(w["run_s"]) == w["best_s"] <= w["median_s"] for w in r["networks"][0]["rows"])'
expect_json 'r["networks"][0]["rows"][0]["efficiency"] == 1'
expect_json 'abs(r["networks"][0]["rows"][0]["predicted_times_real_time"] / r["networks"][0]["rows"][0]["times_real_time"] - 1) < 1e-6'
expect_json 'all(0 < w["predicted_efficiency"] <= 1.000001 for w in r["networks"][0]["rows"])'
expect_json 'r["networks"][0]["neurons"] == 100 and r["networks"][0]["constants"]["blocks"] >= 1'
hash=$(json 'r["networks"][0]["spike_hash"]')
run run net.toml --duration 40ms --json
expect_json "r['spike_hash'] == '$hash'"

# One number is how far to go
run bench net.toml --scaling --threads 4 --duration 20ms --repeats 1 --json scaling.json
expect_code 0
expect_out "efficiency"
[ "$("$python" -c 'import json; print([w["threads"] for w in json.load(open("scaling.json"))["networks"][0]["rows"]])')" = "[1, 2, 3, 4]" ] ||
    fail "$what: not 1 to 4"

run bench net.toml cortex-1k --scaling --predict --duration 20ms --repeats 1
expect_code 0
for text in "1 core" 64 "barrier > 10 %" "counter > 10 %" "The model assumes that"; do expect_out "$text"; done
run bench net.toml --scaling --predict --duration 20ms --repeats 1 --json -
expect_json '[p["cores"] for p in r["networks"][0]["predictions"]] == [4, 8, 16, 32, 64]'
expect_json 'all(0 < p["efficiency"] <= 1.000001 and 0 <= p["barrier_share"] <= 1 for p in r["networks"][0]["predictions"])'
expect_json 'all(p["counter_step_s"] >= p["step_s"] for p in r["networks"][0]["predictions"])'
expect_json '[w["threads"] for w in r["networks"][0]["rows"]] == [1]'

# The smallest sizes only; the others are left out with a word
run bench --growth --memory-limit 8MB --duration 20ms --repeats 1
expect_code 0
expect_silent_err
for text in "10,000 " "ns per neuron and step" "ns per synaptic event" "10,000,000 neurons: left out, because they need" "there are 8 MB"; do
    expect_out "$text"
done
run bench --growth --memory-limit 8MB --duration 20ms --repeats 1 --isa scalar --json -
expect_json 'r["izhi_growth"] == 1 and r["isa"] == "scalar" and r["memory_limit_bytes"] == 8000000'
expect_json 'r["rows"][0]["neurons"] == 10000 and r["rows"][0]["synapses"] == 1000000 and r["rows"][0]["steps"] == 20'
expect_json 'all(w["neuron_ns"] > 0 and w["memory_bytes"] <= 8e6 for w in r["rows"])'
expect_json 'all(w["memory_bytes"] > 8e6 for w in r["left_out"]) and r["left_out"][-1]["neurons"] == 10000000'
expect_json 'len(r["rows"]) + len(r["left_out"]) == 10'

if command -v gnuplot >/dev/null; then
    run bench net.toml --scaling --threads 1,2 --duration 20ms --repeats 1 --plot scaling.png
    expect_code 0
    [ "$(head -c 4 scaling.png | tail -c 3)" = PNG ] || fail "$what: no picture"
    run bench --growth --memory-limit 8MB --duration 20ms --repeats 1 --plot growth.svg
    expect_code 0
    grep -q '<svg' growth.svg || fail "$what: no picture"
fi

# Wrong input
refused "--predict needs --scaling" bench net.toml --predict
refused "--plot needs --scaling or --growth" bench net.toml --plot x.png
refused "--memory-limit needs --growth" bench net.toml --memory-limit 1GB
refused "--compare does not go with --scaling" bench net.toml --scaling --compare then.json
refused "--memory-limit does not go with --scaling" bench net.toml --scaling --memory-limit 1GB
refused "--threads does not go with --predict" bench net.toml --scaling --predict --threads 2
refused "--plot draws measurements on several threads" bench net.toml --scaling --predict --plot x.png
for option in --scaling --predict; do refused "$option does not go with --growth" bench --growth "$option"; done
refused "--threads does not go with --growth" bench --growth --threads 2
refused "--compare does not go with --growth" bench --growth --compare then.json
refused "does not take 'cortex-1k'" bench --growth cortex-1k
refused "leaves no size" bench --growth --memory-limit 100kB
refused "less than one step" bench --growth --duration 0.1ms
refused "less than one step" bench net.toml --scaling --duration 0.1ms
refused "did you mean cortex-1k?" bench cortex1k --scaling
refused "'net.toml' is given more than once" bench net.toml net.toml --scaling
refused "--threads is" bench net.toml --scaling --threads 0
refused "twice" bench net.toml --scaling --threads 2,2
refused "scalar" bench net.toml --scaling --isa fast
refused "scalar" bench --growth --isa scalar,scalar
refused "--repeats is '0'" bench --growth --repeats 0
for picture in x.gif x; do refused ".png, .svg" bench net.toml --scaling --plot "$picture"; done
refused "--plot is 'missing/x.png'" bench --growth --plot missing/x.png
refused "--json is 'missing/x.json'" bench --growth --json missing/x.json
finish
