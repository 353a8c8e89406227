// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "engine/network/nearest_name.hpp"
#include "gnuplot.hpp"
#include "izhi/error.hpp"
#include "izhi/version.hpp"
#include "neuron_input.hpp"
#include "signals.hpp"
#include "units.hpp"

namespace izhi::apps {
namespace {

/// Options as text. CLI11 only splits the arguments: numbers and words are read here, so that every fault sounds the
/// same and says what is allowed.
struct RawOptions {
    std::string network, duration, seed, threads, isa, delivery, storage, memory_limit, out, format, plot, trace,
        trace_window;
    bool json = false, quiet = false, profile = false;
    std::string replay, realtime, late, slack, pin, fifo, latency_plot;
    bool lock_memory = false;
    std::vector<std::string> io;
    std::string io_token, io_timeout, io_log;
    bool io_lockstep = false;
    std::string repeats, json_file, compare;
    std::string host, port, token, speed, log;
    std::vector<std::string> networks;
    std::string file, from, until, dt;
    std::vector<std::string> populations, settings;
    std::string neuron, model, a, b, c, d, v0, u0, capacitance, k, vr, vt, vpeak, dc, input, numerics, precision, csv;
    std::vector<std::string> steps, ramps, pulses;
};

constexpr const char* kMainFooter = R"(
Examples:
  izhi run cortex-10k --duration 10s --plot raster.png
  izhi neuron RS --plot rs.png
  izhi list
  izhi run --help

Exit codes: 0 done, 1 failed while running, 2 something in the input, 130 interrupted.)";

constexpr const char* kRunFooter = R"(
Examples:
  izhi run cortex-10k                            one second of the paper's network
  izhi run cortex-10k --duration 10s --plot raster.png
  izhi run my-network.toml --seed 7 --out results
  izhi run cortex-1k --duration 1min --json | python3 -m json.tool
  izhi run cortex-100k --profile --trace trace.json
  izhi run cortex-10k --realtime --duration 1min --latency-plot latency.png
  izhi run cortex-10k --replay live.jsonl        the spikes of a live run again

The spikes depend on the network, its seed and the duration only. Threads, instruction set,
delivery and storage change the speed and not one spike: compare the spike hash.
Ctrl-C stops at a step, keeps what was recorded and prints the summary of what ran.)";

constexpr const char* kCheckFooter = R"(
Examples:
  izhi check my-network.toml
  izhi check my-network.toml && izhi run my-network.toml
  izhi check cortex-1m --storage stored          what it would need in memory

Each fault is a line FILE:LINE: what is wrong; what is allowed. Exit code 2 if there is any.
Keys that are unknown or missing and values of a wrong kind are told all at once; once these are
mended, of values that are out of range or do not fit together the first is told.)";

constexpr const char* kBenchFooter = R"(
Examples:
  izhi bench                                     the usual networks, one thread and all
  izhi bench cortex-10k my-network.toml --threads 1,2,4 --repeats 5
  izhi bench --json today.json                   the table, and a file to keep
  izhi bench --compare today.json                faster or slower than then?

Networks run in turns, each as often as --repeats says; the best and the median time are shown.
Other work on the machine makes them longer and never shorter: trust the best.)";

constexpr const char* kSweepFooter = R"(
Examples:
  izhi sweep cortex-1k --set 'projection.*.weight.scale=0.25:2:8' --plot scale.png
  izhi sweep cortex-1k --set population.inh.size=50:400:8 --set 'projection.*.weight.scale=0.25:2:8' \
      --out regimes --plot regimes.png
  izhi sweep my-network.toml --set network.dt_ms=0.1,0.5,1 --repeats 5 --json
  izhi sweep my-network.toml --set population.exc.bias_current=0.1:10:9:log

VALUES: a list 1,2,5, or FROM:TO:COUNT with both ends, evenly or with :log in equal ratios. KEY: any
number of a network file, as in engine/io/NETWORK_FILE.md; * is every population or projection. The
last --set changes fastest. --out gets sweep.csv and sweep.jsonl, a row per point in this order; until
they are complete a journal there keeps what is done: after Ctrl-C, a kill or a failure the same
command goes on from it. Each point runs on one thread and gives the spikes of
izhi run NETWORK --set KEY=VALUE ...: compare the spike hash. Measures: apps/analysis/README.md.)";

constexpr const char* kAnalyzeFooter = R"(
Examples:
  izhi analyze recordings/spikes.h5
  izhi analyze recordings/spikes.h5 --from 500ms --plot analysis.png
  izhi analyze spikes.gdf --network cortex-1k    names and sizes are those of this network
  izhi analyze nest.dat --population exc=1-800 --population inh=801-1000 --until 10s
  izhi analyze spikes.csv --json

FILE is SONATA (.h5), .csv or .gdf as izhi writes them, or the .gdf or .dat of NEST; its content
decides. Measures: mean rates, variation of inter-spike intervals, synchrony, spectrum, regime.
What each one is, and where it comes from: apps/analysis/README.md.)";

constexpr const char* kNeuronFooter = R"(
Examples:
  izhi neuron RS                                 a cell type under a direct current
  izhi neuron "tonic bursting" --plot c.png      a pattern of 2004, by name or letter (C)
  izhi neuron CH --step 10:100:600 --numerics accurate --duration 800ms
  izhi neuron TC --compare euler:0.1,accurate --plot tc.svg
  izhi neuron --a 0.02 --b 0.25 --c=-65 --d 6 --pulses 5:3:20,60,90
  izhi neuron RS-2007 --ramp 0:400:100:900 --csv ramp.csv

Currents add up; given any, those of a pattern fall away. Without any, cell types get 10 mV/ms (500 pA
with nine parameters) from the start. Patterns run as the paper's program does: euler at
their own step, a spike has the time at which its step begins. All else: the end of the step.
Parameters that are given replace those of the name.)";

constexpr const char* kRealtimeCheckFooter = R"(
Examples:
  izhi realtime-check cortex-10k
  izhi realtime-check my-network.toml --speed 2

Takes about ten seconds: the network paced by the clock with an empty loop beside it, whose
lateness is the machine's own; then larger networks of its kind, until one is too slow. Leave the
machine alone meanwhile. Exit code 0 if the network missed no deadline, 1 if it did.)";

constexpr const char* kFiguresFooter = R"(
Examples:
  izhi figures
  izhi figures --out print

Figures 1 to 3 of the 2003 paper, the twenty patterns of 2004 and what a neuron costs, as .png (300
dots per inch) and .svg, and beside them the data of each as .csv. The cost is as it was measured on the
machine that the figure names; build/bin/izhi_cost measures anew.)";

constexpr const char* kServeFooter = R"(
Examples:
  izhi serve cortex-10k                          live in the browser: open the link that is printed
  izhi serve my-network.toml --speed 0.1 --log today.jsonl
  izhi serve cortex-1k --host 0.0.0.0 --token new      from other machines too
  izhi serve cortex-1k --io 7700                 for programs instead, UDP on this machine
  izhi serve my-network.toml --io unix:/tmp/izhi --io-lockstep
  izhi serve cortex-1k --io 0.0.0.0:7700 --io-token WORD

The link holds a token, which opens the controls; who comes without it can watch. On an address
that other machines reach, nothing is shown without it.
Programs receive spikes and rates and send currents and spikes: engine/wire/PROTOCOL.md, and clients in
C++ and Python beside it. Nothing is encrypted. Ctrl-C ends it with exit code 130, the end of --duration with 0.)";

constexpr const char* kListFooter = R"(
Examples:
  izhi list
  izhi list --json)";

constexpr const char* kInfoFooter = R"(
Examples:
  izhi info
  IZHI_ISA=scalar izhi info          what a run would use if forced)";

/// CLI11's layout with a usage line of ours and single blank lines.
class HelpFormatter final : public CLI::Formatter {
public:
    HelpFormatter() { column_width(26); }
    std::string make_usage(const CLI::App* app, std::string name) const override {
        if (app->get_parent() == nullptr) return "Usage: izhi COMMAND [OPTIONS]\n";
        std::string usage = "Usage: " + name;
        for (const CLI::Option* argument : app->get_options([](const CLI::Option* o) { return o->get_positional(); }))
            usage += ' ' + argument->get_type_name();
        return usage + " [OPTIONS]\n";
    }
    /// The arguments are in the usage line and in the examples.
    std::string make_positionals(const CLI::App* app) const override {
        std::string text;
        for (const CLI::Option* argument : app->get_options([](const CLI::Option* o) { return o->get_positional(); }))
            text += argument->get_type_name() + ": " + argument->get_description() + '\n';
        return text.empty() ? text : '\n' + text;
    }
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
        for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) text.erase(at, 1);
        return text;
    }
};

constexpr const char* kStorageHelp =
    "Synapses in memory or drawn while running: stored, procedural [the network's own]";

void add_run(CLI::App& app, RawOptions& raw) {
    CLI::App* const run = app.add_subcommand("run", "Run a network and show its rates, speed and picture");
    run->add_option("network", raw.network, "A built-in network (see 'izhi list') or a .toml file")
        ->type_name("NETWORK");
    run->add_option("--duration", raw.duration, "Biological time, with its unit ms, s or min [1s]")->type_name("TIME");
    run->add_option("--seed", raw.seed, "Seed of every random draw [the network's own]")->type_name("N");
    run->add_option("--set", raw.settings, "A number over that of the network, such as population.exc.size=900")
        ->type_name("KEY=NUMBER")
        ->allow_extra_args(false);
    run->add_option("--out", raw.out, "Record spikes and traces into files in this folder")->type_name("DIR");
    run->add_option("--format", raw.format, "Of the recordings: sonata, gdf, csv [sonata]")->type_name("WORD");
    run->add_option("--plot", raw.plot, "Draw spikes and rates: a .png, .svg or .pdf")->type_name("FILE");
    run->add_flag("--json", raw.json, "Print the results as one JSON object and nothing else");
    run->add_flag("--quiet", raw.quiet, "No forecast and no progress on stderr");
    run->add_option("--threads", raw.threads,
                    "At most so many, 1 to 1024; small networks use fewer [all of the machine]")
        ->type_name("N")
        ->group("Speed");
    run->add_option("--isa", raw.isa, "auto, scalar, sse4.2, avx2, avx512, neon [auto]")
        ->type_name("WORD")
        ->group("Speed");
    run->add_option("--delivery", raw.delivery, "How spikes reach synapses: auto, reduce, partition [auto]")
        ->type_name("WORD")
        ->group("Speed");
    run->add_option("--storage", raw.storage, kStorageHelp)->type_name("WORD")->group("Speed");
    run->add_option("--memory-limit", raw.memory_limit, "Refuse networks that need more, such as 4GB [what is free]")
        ->type_name("SIZE")
        ->group("Speed");
    run->add_flag("--profile", raw.profile, "Show where the time went, and how close that is to this machine's limits")
        ->group("Profile");
    run->add_option("--trace", raw.trace, "What each thread did in some steps, as JSON for ui.perfetto.dev")
        ->type_name("FILE")
        ->group("Profile");
    run->add_option("--trace-window", raw.trace_window, "Of which steps [200 in the middle]")
        ->type_name("FIRST:STEPS")
        ->group("Profile");
    const auto realtime = [&](const char* name, std::string& value, const char* help, const char* type) {
        run->add_option(name, value, help)->type_name(type)->group("Real time");
    };
    realtime("--realtime", raw.realtime, "Each step at its time by the clock; a speed as in --realtime=2 [1]", "SPEED");
    realtime("--late", raw.late, "After a missed deadline: catch-up, skip, stop [catch-up]", "WORD");
    realtime("--slack", raw.slack, "Steps after its start within which a step must be done, 1 to 1000000 [1]", "N");
    realtime("--pin", raw.pin, "Processors for the threads in turn, such as 2,3 [left to the system]", "LIST");
    realtime("--fifo", raw.fifo, "Priority under SCHED_FIFO, 1 to 99 [the usual scheduling]", "N");
    run->add_flag("--lock-memory", raw.lock_memory, "Keep all memory from being paged out")->group("Real time");
    realtime("--latency-plot", raw.latency_plot, "Draw step times and lateness: a .png, .svg or .pdf", "FILE");
    run->add_option("--replay", raw.replay, "Repeat the interventions of a live run from its log")->type_name("FILE");
    run->footer(kRunFooter);
}

void add_neuron(CLI::App& app, RawOptions& raw) {
    CLI::App* const neuron = app.add_subcommand("neuron", "Run one neuron under a current and show what it does");
    neuron->add_option("neuron", raw.neuron, "A cell type or one of the 20 patterns (see 'izhi list')")
        ->type_name("[NEURON]");
    neuron->add_option("--duration", raw.duration, "Biological time, with its unit ms, s or min [1s; a pattern's own]")
        ->type_name("TIME");
    neuron->add_option("--plot", raw.plot, "Draw v, u, I and the phase plane: a .png, .svg or .pdf")->type_name("FILE");
    neuron->add_option("--csv", raw.csv, "Write time, v, u, input of every step")->type_name("FILE");
    neuron->add_flag("--json", raw.json, "Print the results as one JSON object and nothing else");
    const auto add = [neuron](const char* group, const char* name, auto& value, const char* help, const char* type) {
        neuron->add_option(name, value, help)
            ->type_name(type)
            ->group(group)
            ->multi_option_policy(std::is_same_v<std::decay_t<decltype(value)>, std::string>
                                      ? CLI::MultiOptionPolicy::Throw
                                      : CLI::MultiOptionPolicy::TakeAll);
    };
    add("Current", "--dc", raw.dc, "All the time", "I");
    add("Current", "--step", raw.steps, "From START ms until before STOP ms, or the end", "I:START[:STOP]");
    add("Current", "--ramp", raw.ramps, "Rising or falling from START to STOP ms", "FROM:TO:START:STOP");
    add("Current", "--pulses", raw.pulses, "For WIDTH ms at each TIME ms", "I:WIDTH:TIME,...");
    add("Current", "--input", raw.input, "Lines of a time in ms and the current from then on", "FILE");
    add("Numerics", "--numerics", raw.numerics, "published, euler, accurate [published; patterns: euler]", "WORD");
    add("Numerics", "--dt", raw.dt, "Step, 0.001 to 10 ms [published 1, euler 0.25, accurate 0.1]", "MS");
    add("Numerics", "--precision", raw.precision, "double, single [double]", "WORD");
    add("Numerics", "--compare", raw.compare, "Others beside it: NUMERICS[:DT][:single],...", "LIST");
    add("Parameters", "--model", raw.model, "simple, alt, acc, nine-parameter [simple]", "WORD");
    add("Parameters", "--a", raw.a, "Rate of recovery [1/ms]", "X");
    add("Parameters", "--b", raw.b, "How strongly u follows v", "X");
    add("Parameters", "--c", raw.c, "v after a spike [mV]", "X");
    add("Parameters", "--d", raw.d, "Jump of u at a spike", "X");
    add("Parameters", "--v0", raw.v0, "v at the start [mV] [-65; vr]", "X");
    add("Parameters", "--u0", raw.u0, "u at the start [b v0; 0 with nine parameters]", "X");
    add("Parameters", "--capacitance", raw.capacitance, "C [pF], of nine parameters", "X");
    add("Parameters", "--k", raw.k, "[nS/mV], of nine parameters", "X");
    add("Parameters", "--vr", raw.vr, "Resting potential [mV], of nine parameters", "X");
    add("Parameters", "--vt", raw.vt, "Threshold [mV], of nine parameters", "X");
    add("Parameters", "--vpeak", raw.vpeak, "Where a spike ends [mV], of nine parameters", "X");
    neuron->footer(kNeuronFooter);
}

/// What belongs to --io: the network without a page, for programs.
void add_serve_io(CLI::App& serve, RawOptions& raw) {
    serve
        .add_option("--io", raw.io,
                    "Speak with programs: PORT or ADDRESS:PORT for UDP, unix:PATH; may be given for one of each")
        ->type_name("WHERE")
        ->group("Closed loop");
    serve.add_option("--io-token", raw.io_token, "What UDP clients must know, 16 to 64 characters [nothing]")
        ->type_name("WORD")
        ->group("Closed loop");
    serve.add_flag("--io-lockstep", raw.io_lockstep, "Each step waits for the clients that ask for it")
        ->group("Closed loop");
    serve.add_option("--io-timeout", raw.io_timeout, "How long a step waits for a client [1s]")
        ->type_name("TIME")
        ->group("Closed loop");
    serve.add_option("--io-log", raw.io_log, "What clients do to the network and when, for izhi run --replay")
        ->type_name("FILE")
        ->group("Closed loop");
    serve.add_flag("--json", raw.json, "With --io: print the results as one JSON object")->group("Closed loop");
}

void add_serve(CLI::App& app, RawOptions& raw) {
    CLI::App* const serve = app.add_subcommand("serve", "Run a network in real time, live in the browser or for programs");
    serve->add_option("network", raw.network, "A built-in network (see 'izhi list') or a .toml file")
        ->type_name("NETWORK");
    serve->add_option("--speed", raw.speed, "Times real time, 0.01 to 100 [1]")->type_name("X");
    serve->add_option("--duration", raw.duration, "Biological time to end after [until Ctrl-C]")->type_name("TIME");
    serve->add_option("--seed", raw.seed, "Seed of every random draw [the network's own]")->type_name("N");
    serve->add_option("--log", raw.log, "Every intervention with its step, for izhi run --replay")->type_name("FILE");
    serve->add_option("--host", raw.host, "Address to listen at [127.0.0.1, this machine only]")
        ->type_name("ADDRESS")
        ->group("Network");
    serve->add_option("--port", raw.port, "0 to 65535; 0: any that is free [8765]")->type_name("N")->group("Network");
    serve->add_option("--token", raw.token, "What opens the controls: a word of yours, or new [new]")
        ->type_name("WORD")
        ->group("Network");
    serve->add_option("--threads", raw.threads, "1 to 1024 [chosen for network and machine]")
        ->type_name("N")
        ->group("Speed");
    serve->add_option("--isa", raw.isa, "auto, scalar, sse4.2, avx2, avx512, neon [auto]")
        ->type_name("WORD")
        ->group("Speed");
    serve->add_option("--storage", raw.storage, kStorageHelp)->type_name("WORD")->group("Speed");
    add_serve_io(*serve, raw);
    serve->footer(kServeFooter);
}

void add_others(CLI::App& app, RawOptions& raw) {
    CLI::App* const check = app.add_subcommand("check", "Find the faults of a network file without running it");
    check->add_option("network", raw.network, "A .toml file or a built-in network")->type_name("FILE");
    check->add_option("--storage", raw.storage, kStorageHelp)->type_name("WORD");
    check->add_flag("--json", raw.json, "Print the network's size, or its faults, as one JSON object");
    check->footer(kCheckFooter);

    CLI::App* const realtime =
        app.add_subcommand("realtime-check", "Say whether this machine holds a network in real time");
    realtime->add_option("network", raw.network, "A built-in network or a .toml file")->type_name("NETWORK");
    realtime->add_option("--speed", raw.realtime, "Biological over wall time, 0.001 to 1000 [1]")->type_name("SPEED");
    realtime->add_option("--threads", raw.threads, "1 to 1024 [chosen for network and machine]")->type_name("N");
    realtime->add_flag("--json", raw.json, "Print the results as one JSON object and nothing else");
    realtime->add_flag("--quiet", raw.quiet, "No progress on stderr");
    realtime->footer(kRealtimeCheckFooter);

    CLI::App* const bench = app.add_subcommand("bench", "Measure how fast networks run on this machine");
    bench
        ->add_option("networks", raw.networks,
                     "Built-in networks and .toml files [cortex-1k, cortex-10k, storm-10k, cortex-100k]")
        ->type_name("[NETWORK...]");
    bench->add_option("--threads", raw.threads, "Numbers of threads, such as 1,2,4 [1 and all of the machine]")
        ->type_name("LIST");
    bench->add_option("--isa", raw.isa, "Instruction sets, such as avx2,avx512 [the widest]")->type_name("LIST");
    bench->add_option("--repeats", raw.repeats, "Runs of each, 1 to 1000 [3]")->type_name("N");
    bench->add_option("--duration", raw.duration, "Biological time of each run [what takes about a second]")
        ->type_name("TIME");
    bench
        ->add_option("--json", raw.json_file, "Write the results into a file, or with - on stdout instead of the table")
        ->type_name("FILE");
    bench->add_option("--compare", raw.compare, "Show how much faster than in an earlier --json file")
        ->type_name("FILE");
    bench->add_flag("--quiet", raw.quiet, "No progress on stderr");
    bench->footer(kBenchFooter);

    CLI::App* const sweep =
        app.add_subcommand("sweep", "Run a network over a grid of its numbers and measure each run");
    sweep->add_option("network", raw.network, "A built-in network (see 'izhi list') or a .toml file")
        ->type_name("NETWORK");
    sweep->add_option("--set", raw.settings, "What changes, once for each key of the grid")
        ->type_name("KEY=VALUES")
        ->allow_extra_args(false);
    sweep->add_option("--repeats", raw.repeats, "Seeds at each point: N, N + 1, ... [1]")->type_name("COUNT");
    sweep->add_option("--seed", raw.seed, "The first seed [the network's own]")->type_name("N");
    sweep->add_option("--duration", raw.duration, "Biological time of each run [5s]")->type_name("TIME");
    sweep->add_option("--from", raw.from, "Measures leave out what comes before [a tenth of the duration]")
        ->type_name("TIME");
    sweep->add_option("--out", raw.out, "Write the table as .csv and as JSON lines into this folder")->type_name("DIR");
    sweep->add_option("--plot", raw.plot, "Heat maps of two keys, curves of one: a .png, .svg or .pdf")
        ->type_name("FILE");
    sweep->add_flag("--json", raw.json, "Print the rows as JSON lines and nothing else");
    sweep->add_flag("--quiet", raw.quiet, "No progress on stderr");
    sweep->add_option("--threads", raw.threads, "Points at once, 1 to 1024 [the processors of the machine]")
        ->type_name("N")
        ->group("Speed");
    sweep->add_option("--isa", raw.isa, "auto, scalar, sse4.2, avx2, avx512, neon [auto]")
        ->type_name("WORD")
        ->group("Speed");
    sweep->add_option("--memory-limit", raw.memory_limit, "Of all points at once, such as 4GB [what is free]")
        ->type_name("SIZE")
        ->group("Speed");
    sweep->footer(kSweepFooter);

    CLI::App* const analyze = app.add_subcommand("analyze", "Measure and draw the spikes of a file");
    analyze->add_option("file", raw.file, "Recorded spikes: .h5 (SONATA), .csv, .gdf, .dat")->type_name("FILE");
    analyze->add_option("--plot", raw.plot, "Draw a sheet of five plots: a .png, .svg or .pdf")->type_name("FILE");
    analyze->add_flag("--json", raw.json, "Print the measures as one JSON object and nothing else");
    analyze->add_option("--from", raw.from, "Leave out what comes before, such as 500ms [nothing]")->type_name("TIME");
    analyze->add_option("--until", raw.until, "The end of the recording [as the file says, or the last spike]")
        ->type_name("TIME");
    analyze->add_option("--network", raw.network, "The network that was run, for populations and sizes")
        ->type_name("NETWORK")
        ->group("What the file does not say");
    analyze->add_option("--population", raw.populations, "exc=800, or as numbered in the file exc=1-800; once for each")
        ->type_name("NAME=SIZE")
        ->allow_extra_args(false)
        ->group("What the file does not say");
    analyze->add_option("--dt", raw.dt, "The step of the simulation, so that bins are whole steps [1ms]")
        ->type_name("TIME")
        ->group("What the file does not say");
    analyze->footer(kAnalyzeFooter);

    CLI::App* const figures = app.add_subcommand("figures", "Draw the figures of the papers of 2003 and 2004");
    figures->add_option("--out", raw.out, "Where to [figures]")->type_name("DIR");
    figures->add_flag("--json", raw.json, "Print the files as one JSON object");
    figures->footer(kFiguresFooter);

    CLI::App* const list = app.add_subcommand("list", "Show the built-in networks, the cell types and the patterns");
    list->add_flag("--json", raw.json, "Print one JSON object");
    list->footer(kListFooter);

    CLI::App* const info = app.add_subcommand("info", "Show version, CPU, instruction sets, threads and the build");
    info->add_flag("--json", raw.json, "Print one JSON object");
    info->footer(kInfoFooter);
}

/// One of these words. @throws Error naming them all
template <class Enum>
Enum choice(const std::string& option, const std::string& text, std::initializer_list<Enum> values) {
    std::string allowed;
    for (const Enum value : values) {
        if (to_string(value) == text) return value;
        allowed += (allowed.empty() ? "" : ", ") + std::string(to_string(value));
    }
    throw Error("", option, "is '" + text + "'", allowed);
}

Storage parse_storage(const std::string& text) {
    return choice("--storage", text, {Storage::stored, Storage::procedural});
}

CheckOptions check_options(const RawOptions& raw, const CLI::App& command) {
    CheckOptions options{.network = raw.network, .json = raw.json};
    if (command.count("--storage") > 0) options.storage = parse_storage(raw.storage);
    return options;
}

/// "400:200": 200 steps from step 400 on.
RunOptions::TraceWindow parse_trace_window(const std::string& text) {
    // A million steps fill more than any viewer opens.
    constexpr std::uint64_t most_steps = 1'000'000, last = std::uint64_t{1} << 62U;
    const auto colon = text.find(':');
    try {
        if (colon == std::string::npos) throw Error("no colon");
        return {parse_whole("", text.substr(0, colon), 0, last),
                parse_whole("", text.substr(colon + 1), 1, most_steps)};
    } catch (const Error&) {
        throw Error("", "--trace-window", "is '" + text + "'",
                    "FIRST:STEPS, the first step from 0 on and 1 to 1000000 steps, such as 400:200");
    }
}

/// "1,2,4" in its parts.
std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == ',') parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

BenchOptions bench_options(const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    BenchOptions options;
    options.networks = raw.networks;
    const auto keep = [](auto& list, auto value, const char* name) {
        if (std::find(list.begin(), list.end(), value) != list.end())
            throw Error("", name, "names something twice", "each once");
        list.push_back(value);
    };
    if (given("--threads"))
        for (const std::string& part : split_list(raw.threads))
            keep(options.threads, static_cast<int>(parse_whole("--threads", part, 1, 1024)), "--threads");
    if (given("--isa"))
        for (const std::string& part : split_list(raw.isa)) keep(options.isas, isa_from_string(part), "--isa");
    if (given("--repeats")) options.repeats = parse_whole("--repeats", raw.repeats, 1, 1000);
    if (given("--duration")) {
        options.duration_text = raw.duration;
        options.duration_ms = parse_duration_ms("--duration", raw.duration);
    }
    if (given("--json")) options.json = raw.json_file;
    if (given("--compare")) options.compare = raw.compare;
    options.quiet = raw.quiet;
    return options;
}

/// Network files hold 64-bit signed integers, and a seed must fit into either.
std::uint64_t parse_seed(const std::string& text) {
    return parse_whole("--seed", text, 0, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

SweepOptions sweep_options(const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    SweepOptions options;
    options.network = raw.network;
    for (const std::string& text : raw.settings) options.axes.push_back(parse_axis(text));
    if (options.axes.empty()) throw Error("give at least one --set KEY=VALUES: what the sweep changes");
    if (given("--repeats")) options.repeats = parse_whole("--repeats", raw.repeats, 1, 100'000);
    if (given("--seed")) options.seed = parse_seed(raw.seed);
    if (given("--duration")) {
        options.duration_text = raw.duration;
        options.duration_ms = parse_duration_ms("--duration", raw.duration);
    }
    if (given("--from")) options.from_ms = parse_duration_ms("--from", raw.from);
    if (given("--threads")) options.threads = static_cast<int>(parse_whole("--threads", raw.threads, 1, 1024));
    if (given("--isa")) options.isa = isa_from_string(raw.isa);
    if (given("--memory-limit")) options.memory_limit_bytes = parse_bytes("--memory-limit", raw.memory_limit);
    if (given("--out")) options.out = raw.out;
    if (given("--plot")) options.plot = raw.plot;
    if (options.plot) (void)picture_kind(*options.plot);
    options.json = raw.json;
    options.quiet = raw.quiet;
    return options;
}

AnalyzeOptions analyze_options(const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    AnalyzeOptions options;
    options.file = raw.file;
    options.populations = raw.populations;
    if (given("--network")) options.network = raw.network;
    if (options.network && !options.populations.empty())
        throw Error("--network and --population both say what the sizes are; give one of them");
    if (given("--from")) options.from_ms = parse_duration_ms("--from", raw.from);
    if (given("--until")) options.until_ms = parse_duration_ms("--until", raw.until);
    if (given("--dt")) options.dt_ms = parse_duration_ms("--dt", raw.dt);
    if (given("--plot")) options.plot = raw.plot;
    if (options.plot) (void)picture_kind(*options.plot);
    options.json = raw.json;
    return options;
}

Numerics parse_numerics(const std::string& option, const std::string& text) {
    return choice(option, text, {Numerics::published, Numerics::euler, Numerics::accurate});
}

/// "accurate", "euler:0.1", "euler:0.1:single"
NeuronOptions::Scheme parse_scheme(const std::string& text) {
    NeuronOptions::Scheme scheme;
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == ':') parts.emplace_back();
        else parts.back() += c;
    }
    scheme.numerics = parse_numerics("--compare", parts.front());
    for (std::size_t p = 1; p < parts.size(); ++p) {
        if (parts[p] == "single" || parts[p] == "double")
            scheme.precision = parts[p] == "single" ? Precision::single_precision : Precision::double_precision;
        else scheme.dt_ms = parse_step_ms("--compare", parts[p]);
    }
    return scheme;
}

NeuronOptions neuron_options(const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    const auto number = [&](const char* name, const std::string& text) -> std::optional<double> {
        if (!given(name)) return std::nullopt;
        return parse_number(name, text, "a number");
    };
    NeuronOptions options;
    options.name = raw.neuron;
    if (given("--duration")) {
        options.duration_text = raw.duration;
        options.duration_ms = parse_duration_ms("--duration", raw.duration);
    }
    if (given("--model"))
        options.form = choice("--model", raw.model,
                              {ModelForm::simple, ModelForm::alt, ModelForm::acc, ModelForm::nine_parameter});
    options.a = number("--a", raw.a);
    options.b = number("--b", raw.b);
    options.c = number("--c", raw.c);
    options.d = number("--d", raw.d);
    options.v0 = number("--v0", raw.v0);
    options.u0 = number("--u0", raw.u0);
    options.capacitance = number("--capacitance", raw.capacitance);
    options.k = number("--k", raw.k);
    options.vr = number("--vr", raw.vr);
    options.vt = number("--vt", raw.vt);
    options.vpeak = number("--vpeak", raw.vpeak);
    if (given("--dc")) options.currents.push_back(parse_dc(raw.dc));
    for (const std::string& text : raw.steps) options.currents.push_back(parse_step(text));
    for (const std::string& text : raw.ramps) options.currents.push_back(parse_ramp(text));
    for (const std::string& text : raw.pulses) options.currents.push_back(parse_pulses(text));
    if (given("--input")) options.currents.push_back(read_current_file(raw.input));
    if (given("--numerics")) options.scheme.numerics = parse_numerics("--numerics", raw.numerics);
    if (given("--dt")) options.scheme.dt_ms = parse_step_ms("--dt", raw.dt);
    if (given("--precision"))
        options.scheme.precision =
            choice("--precision", raw.precision, {Precision::double_precision, Precision::single_precision});
    // As many as there are colours.
    constexpr std::size_t most = 7;
    if (given("--compare"))
        for (const std::string& part : split_list(raw.compare)) {
            if (options.compare.size() == most) throw Error("", "--compare", "names more than 7", "1 to 7");
            options.compare.push_back(parse_scheme(part));
        }
    if (given("--csv")) options.csv = raw.csv;
    if (given("--plot")) options.plot = raw.plot;
    if (options.plot) (void)picture_kind(*options.plot);
    options.json = raw.json;
    return options;
}

/// "2", "0.5"
double parse_speed(const std::string& option, const std::string& text) {
    double speed = 0.0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), speed);
    if (fault != std::errc{} || end != text.data() + text.size() || !(speed >= 0.001 && speed <= 1000.0))
        throw Error("", option, "is '" + text + "'", "a speed from 0.001 to 1000, such as 1 or 2.5");
    return speed;
}

/// "0,2-3" as processors.
std::vector<int> parse_processors(const std::string& text) {
    constexpr std::uint64_t most = 4095;
    std::vector<int> processors;
    for (const std::string& part : split_list(text)) {
        const auto dash = part.find('-');
        try {
            const std::uint64_t first = parse_whole("", part.substr(0, dash), 0, most);
            const std::uint64_t last =
                dash == std::string::npos ? first : parse_whole("", part.substr(dash + 1), first, most);
            for (std::uint64_t p = first; p <= last; ++p) processors.push_back(static_cast<int>(p));
        } catch (const Error&) {
            throw Error("", "--pin", "is '" + text + "'", "numbers of processors, such as 2,3 or 0-3");
        }
    }
    return processors;
}

std::optional<RunOptions::Realtime> realtime_options(const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    if (!given("--realtime")) {
        for (const char* name : {"--late", "--slack", "--pin", "--fifo", "--lock-memory", "--latency-plot"})
            if (given(name)) throw Error(std::string(name) + " needs --realtime");
        return {};
    }
    RunOptions::Realtime realtime;
    RealtimeOptions& options = realtime.options;
    options.speed = parse_speed("--realtime", raw.realtime);
    if (given("--late"))
        options.late = choice("--late", raw.late, {LatePolicy::catch_up, LatePolicy::skip, LatePolicy::stop});
    if (given("--slack"))
        options.slack_steps = static_cast<std::uint32_t>(parse_whole("--slack", raw.slack, 1, 1'000'000));
    if (given("--pin")) options.cpus = parse_processors(raw.pin);
    if (given("--fifo")) options.fifo_priority = static_cast<int>(parse_whole("--fifo", raw.fifo, 1, 99));
    options.lock_memory = raw.lock_memory;
    if (given("--latency-plot")) {
        realtime.plot = raw.latency_plot;
        (void)picture_kind(*realtime.plot, "--latency-plot");
    }
    return realtime;
}

RealtimeCheckOptions realtime_check_options(const RawOptions& raw, const CLI::App& command) {
    RealtimeCheckOptions options{.network = raw.network, .json = raw.json, .quiet = raw.quiet};
    if (command.count("--speed") > 0) options.speed = parse_speed("--speed", raw.realtime);
    if (command.count("--threads") > 0)
        options.threads = static_cast<int>(parse_whole("--threads", raw.threads, 1, 1024));
    return options;
}

RunOptions run_options(const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    RunOptions options;
    options.network = raw.network;
    if (given("--duration")) {
        options.duration_text = raw.duration;
        options.duration_ms = parse_duration_ms("--duration", raw.duration);
    }
    if (given("--seed")) options.seed = parse_seed(raw.seed);
    for (const std::string& text : raw.settings) options.settings.push_back(parse_setting(text));
    if (given("--threads")) options.threads = static_cast<int>(parse_whole("--threads", raw.threads, 1, 1024));
    if (given("--isa")) options.isa = isa_from_string(raw.isa);
    if (given("--delivery"))
        options.delivery =
            choice("--delivery", raw.delivery, {Delivery::automatic, Delivery::reduce, Delivery::partition});
    if (given("--storage")) options.storage = parse_storage(raw.storage);
    if (given("--memory-limit")) options.memory_limit_bytes = parse_bytes("--memory-limit", raw.memory_limit);
    if (given("--out")) options.out = raw.out;
    if (given("--format")) options.format = io::format_from_string(raw.format);
    if (given("--format") && !options.out)
        throw Error("--format " + raw.format + " needs --out, the folder of the recordings");
    if (given("--plot")) options.plot = raw.plot;
    if (options.plot) (void)picture_kind(*options.plot);
    options.profile = raw.profile;
    if (given("--trace")) options.trace = raw.trace;
    if (given("--trace-window")) {
        if (!options.trace) throw Error("--trace-window " + raw.trace_window + " needs --trace, the file to write");
        options.trace_window = parse_trace_window(raw.trace_window);
        options.trace_window_text = raw.trace_window;
    }
    options.realtime = realtime_options(raw, command);
    if (given("--replay")) options.replay = raw.replay;
    options.duration_given = given("--duration");
    options.json = raw.json;
    options.quiet = raw.quiet;
    return options;
}

ServeIoOptions serve_io_options(const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    ServeIoOptions options;
    options.network = raw.network;
    options.endpoints = raw.io;
    options.token = raw.io_token;
    options.lockstep = raw.io_lockstep;
    options.json = raw.json;
    if (given("--io-log")) options.log = raw.io_log;
    if (given("--io-timeout")) options.timeout_ms = parse_duration_ms("--io-timeout", raw.io_timeout);
    if (given("--speed")) options.speed = parse_number("--speed", raw.speed, 0.01, 100.0);
    if (given("--duration")) options.duration_ms = parse_duration_ms("--duration", raw.duration);
    if (given("--seed"))
        options.seed = parse_whole("--seed", raw.seed, 0, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
    if (given("--threads")) options.threads = static_cast<int>(parse_whole("--threads", raw.threads, 1, 1024));
    if (given("--isa")) options.isa = isa_from_string(raw.isa);
    if (given("--storage")) options.storage = parse_storage(raw.storage);
    return options;
}

ServeOptions serve_options(const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const char* name) { return command.count(name) > 0; };
    ServeOptions options;
    options.network = raw.network;
    if (given("--speed")) options.speed = parse_number("--speed", raw.speed, 0.01, 100.0);
    if (given("--duration")) options.duration_ms = parse_duration_ms("--duration", raw.duration);
    if (given("--seed"))
        options.seed = parse_whole("--seed", raw.seed, 0, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
    if (given("--log")) options.log = raw.log;
    if (given("--host")) options.host = raw.host;
    if (given("--port")) options.port = static_cast<std::uint16_t>(parse_whole("--port", raw.port, 0, 65535));
    if (given("--token")) options.token = raw.token;
    if (given("--threads")) options.threads = static_cast<int>(parse_whole("--threads", raw.threads, 1, 1024));
    if (given("--isa")) options.isa = isa_from_string(raw.isa);
    if (given("--storage")) options.storage = parse_storage(raw.storage);
    return options;
}

/// The names that a user could have meant, for those that are not known.
std::vector<std::string> known_options(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::vector<std::string> known_commands(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

[[noreturn]] void refuse(const CLI::App& app, const CLI::App& command, const std::string& problem) {
    const std::string name = &app == &command ? "izhi" : "izhi " + command.get_name();
    throw Error(problem + " (see '" + name + " --help')");
}

/// What CLI11 could not place. It would drop everything after the first; one line is enough to go on with.
void refuse_leftovers(const CLI::App& app, const CLI::App& command) {
    const std::vector<std::string> left = command.remaining();
    if (left.empty()) return;
    const std::string& first = left.front();
    if (first.starts_with('-') && first.size() > 1)
        refuse(app, command,
               "there is no option '" + first + "'; " +
                   izhi::detail::suggest_name(first.substr(0, first.find('=')), known_options(command)));
    if (&app == &command)
        refuse(app, command,
               "there is no command '" + first + "'; " + izhi::detail::suggest_name(first, known_commands(app)));
    refuse(app, command, "'" + first + "' is one argument too many");
}

/// CLI11's message in our words: "--seed: At Most 1 required but received 2".
std::string in_our_words(const CLI::ParseError& error) {
    std::string text = error.what();
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
        const std::string option = text.substr(0, text.find(':'));
        return option + (text.find("At Most") != std::string::npos ? " is given more than once" : " needs a value");
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

int dispatch(const CLI::App& app, const RawOptions& raw) {
    refuse_leftovers(app, app);
    const auto chosen = app.get_subcommands();
    if (chosen.empty()) {
        std::string commands;
        const auto all = app.get_subcommands([](const CLI::App*) { return true; });
        for (const CLI::App* command : all) {
            if (!commands.empty()) commands += command == all.back() ? " or " : ", ";
            commands += command->get_name();
        }
        refuse(app, app, "give a command: " + commands);
    }
    const CLI::App& command = *chosen.front();
    refuse_leftovers(app, command);
    if (chosen.size() > 1) refuse(app, command, "'" + chosen[1]->get_name() + "' is one command too many");

    const std::string name = command.get_name();
    if (name == "list") return list_networks(raw.json);
    if (name == "info") return show_info(raw.json);
    if (name == "figures") {
        FiguresOptions options{.json = raw.json};
        if (command.count("--out") > 0) options.out = raw.out;
        return draw_figures(options);
    }
    if (name == "neuron") return run_single_neuron(neuron_options(raw, command));
    if (name == "bench") return bench_networks(bench_options(raw, command));
    if (name == "analyze") {
        if (raw.file.empty()) refuse(app, command, "give a file of spikes");
        return analyze_file(analyze_options(raw, command));
    }
    if (raw.network.empty())
        refuse(app, command,
               name != "check" ? "give a network: a built-in name, such as cortex-10k, or a .toml file"
                               : "give a network file");
    if (name == "sweep") return sweep_network(sweep_options(raw, command));
    if (name == "realtime-check") return check_realtime(realtime_check_options(raw, command));
    if (name == "serve") {
        if (raw.io.empty()) {
            for (const char* option : {"--io-token", "--io-lockstep", "--io-timeout", "--json"})
                if (command.count(option) > 0) refuse(app, command, std::string(option) + " needs --io, where to listen");
            return serve_network(serve_options(raw, command));
        }
        return serve_io(serve_io_options(raw, command));
    }
    return name == "run" ? run_network(run_options(raw, command)) : check_network_file(check_options(raw, command));
}

int parse_and_dispatch(int argument_count, const char* const* arguments) {
    CLI::App app("izhi: networks of Izhikevich neurons in real time and faster", "izhi");
    app.set_version_flag("--version", "izhi " + std::string(kVersion), "Show the version");
    app.footer(kMainFooter);
    app.allow_extras();
    const auto formatter = std::make_shared<HelpFormatter>();
    app.formatter(formatter);
    app.set_help_flag("-h,--help", "Show this help");
    RawOptions raw;
    add_run(app, raw);
    add_neuron(app, raw);
    add_serve(app, raw);
    add_others(app, raw);
    for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
        command->group("Commands")->allow_extras();
    // CLI11 takes them last first. A bare --realtime is one at speed 1, or CLI11 would take the next argument for its
    // speed: izhi run --realtime cortex-10k.
    std::vector<std::string> last_first;
    for (int i = argument_count - 1; i > 0; --i)
        last_first.emplace_back(arguments[i] == std::string_view("--realtime") ? "--realtime=1" : arguments[i]);
    try {
        app.parse(std::move(last_first));
    } catch (const CLI::Success& help) {
        return app.exit(help, std::cout, std::cerr);
    } catch (const CLI::ParseError& error) {
        const auto chosen = app.get_subcommands();
        refuse(app, chosen.empty() ? app : *chosen.front(), in_our_words(error));
    }
    return dispatch(app, raw);
}

/// The library speaks of options by their field; people typed them with two dashes.
std::string sentence_of(const Error& error) {
    if (error.subject() != "option") return error.what();
    return Error("", "--" + error.field(), error.problem(), error.allowed()).what();
}

int complain(std::string_view what, int exit_code) {
    std::cerr << "izhi: " << what << '\n';
    return exit_code;
}

}  // namespace

int run_command_line(int argument_count, const char* const* arguments) {
    try {
        const int exit_code = parse_and_dispatch(argument_count, arguments);
        std::cout.flush();
        if (!std::cout) return complain("cannot write on standard output", kFailed);
        return exit_code;
    } catch (const Error& error) { return complain(sentence_of(error), kUserInput); } catch (const std::bad_alloc&) {
        return complain("out of memory", kFailed);
    } catch (const std::exception& error) {
        // gnuplot and the recorder hear Ctrl-C too: what fails then is the interruption and not a fault.
        return complain(error.what(), interrupted() ? kInterrupted : kFailed);
    }
}

}  // namespace izhi::apps
