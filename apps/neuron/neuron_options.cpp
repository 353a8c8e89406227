// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/command.hpp"
#include "apps/cli/plot_options.hpp"
#include "apps/cli/values.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "neuron_command.hpp"
#include "neuron_input.hpp"
#include "neuron_plot.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kNeuronExamples = R"(
Examples:
  izhi neuron RS                                 a cell type under a direct current
  izhi neuron "tonic bursting" --plot c.png      a pattern of 2004, by name or letter (C)
  izhi neuron CH --step 10:100:600 --numerics accurate --duration 800ms
  izhi neuron TC --compare euler:0.1,accurate --plot tc.svg
  izhi neuron --a 0.02 --b 0.25 --c=-65 --d 6 --pulses 5:3:20,60,90
  izhi neuron RS-2007 --ramp 0:400:100:900 --csv ramp.csv

Currents add up; if you give any, they replace that of a pattern. If you give none, cell types get
10 mV/ms (500 pA with nine parameters) from the start. Patterns run as in the program of the paper:
euler with their own step, and a spike has the time at which its step begins; in everything else,
it has the time at which its step ends. Parameters that you give replace those of the name.)";

Numerics parse_numerics(const std::string& option, const std::string& text) {
    return choice(option, text, {Numerics::published, Numerics::euler, Numerics::forward_euler, Numerics::accurate});
}

/// "accurate", "euler:0.1", "euler:0.1:single"
NeuronOptions::Scheme parse_scheme(const std::string& text) {
    NeuronOptions::Scheme scheme;
    const std::vector<std::string> parts = split_list(text, ':');
    scheme.numerics = parse_numerics("--compare", parts.front());
    for (std::size_t p = 1; p < parts.size(); ++p) {
        if (parts[p] == "single" || parts[p] == "double")
            scheme.precision = parts[p] == "single" ? Precision::single_precision : Precision::double_precision;
        else scheme.dt_ms = parse_step_ms("--compare", parts[p]);
    }
    return scheme;
}

void read_model(const Arguments& arguments, NeuronOptions& options) {
    const auto number = [&](const char* name) -> std::optional<double> {
        if (!arguments.given(name)) return std::nullopt;
        return parse_number(name, arguments.text(name), "a number");
    };
    if (arguments.given("--model"))
        options.form = choice("--model", arguments.text("--model"),
                              {ModelForm::simple, ModelForm::alt, ModelForm::acc, ModelForm::nine_parameter});
    options.a = number("--a");
    options.b = number("--b");
    options.c = number("--c");
    options.d = number("--d");
    options.v0 = number("--v0");
    options.u0 = number("--u0");
    options.capacitance = number("--capacitance");
    options.k = number("--k");
    options.vr = number("--vr");
    options.vt = number("--vt");
    options.vpeak = number("--vpeak");
}

std::vector<Current> read_currents(const Arguments& arguments) {
    std::vector<Current> currents;
    if (arguments.given("--dc")) currents.push_back(parse_dc(arguments.text("--dc")));
    for (const std::string& text : arguments.texts("--step")) currents.push_back(parse_step(text));
    for (const std::string& text : arguments.texts("--ramp")) currents.push_back(parse_ramp(text));
    for (const std::string& text : arguments.texts("--pulses")) currents.push_back(parse_pulses(text));
    if (arguments.given("--input")) currents.push_back(read_current_file(arguments.text("--input")));
    return currents;
}

void read_schemes(const Arguments& arguments, NeuronOptions& options) {
    if (arguments.given("--numerics"))
        options.scheme.numerics = parse_numerics("--numerics", arguments.text("--numerics"));
    if (arguments.given("--dt")) options.scheme.dt_ms = parse_step_ms("--dt", arguments.text("--dt"));
    if (arguments.given("--precision"))
        options.scheme.precision = choice("--precision", arguments.text("--precision"),
                                          {Precision::double_precision, Precision::single_precision});
    if (!arguments.given("--compare")) return;
    // The number of colours.
    constexpr std::size_t most = 7;
    for (const std::string& part : split_list(arguments.text("--compare"))) {
        if (options.compare.size() == most) throw Error("", "--compare", "names more than 7", "1 to 7");
        options.compare.push_back(parse_scheme(part));
    }
}

int neuron_command(const Arguments& arguments) {
    NeuronOptions options;
    options.plot_style = plot_style_of(arguments, {"--plot"});
    std::vector<NamedPath> paths{{"--input", arguments.text_if_given("--input")},
                                 {"--csv", arguments.text_if_given("--csv")},
                                 {"--plot", arguments.text_if_given("--plot")}};
    add_data_files(paths, arguments.text_if_given("--plot"), options.plot_style, kNeuronPanels);
    require_distinct(paths);
    options.name = arguments.text("neuron");
    read_duration(arguments, options);
    read_model(arguments, options);
    options.currents = read_currents(arguments);
    read_schemes(arguments, options);
    options.csv = arguments.text_if_given("--csv");
    options.plot = picture_of(arguments);
    options.json = arguments.flag("--json");
    return run_single_neuron(options);
}

}  // namespace

Command neuron_options(CLI::App& program) {
    Arguments arguments(program, "neuron", "Run one neuron under a current and show what it does", kNeuronExamples);
    arguments.value("neuron", "[NEURON]", "A cell type or one of the 20 patterns (see 'izhi list')")
        .value("--duration", "TIME", "Biological time, with its unit ms, s or min [1s; patterns: that of the figure]")
        .value("--plot", "FILE", "Draw v, u, I and the phase plane: a .png, .svg or .pdf")
        .value("--csv", "FILE", "Write time, v, u, input of every step")
        .flag("--json", kJsonHelp);
    arguments.group("Current")
        .value("--dc", "I", "A constant current")
        .values("--step", "I:START[:STOP]", "A current from START ms until STOP ms, or to the end; may be repeated")
        .values("--ramp", "FROM:TO:START:STOP", "A current that rises or falls from START to STOP ms; may be repeated")
        .values("--pulses", "I:WIDTH:TIME,...", "A current for WIDTH ms at each TIME ms; may be repeated")
        .value("--input", "FILE", "Lines with a time in ms and the current from then on");
    arguments.group("Numerics")
        .value("--numerics", "WORD", "published, euler, forward-euler, accurate [published; patterns: euler]")
        .value("--dt", "MS", "Step, 0.001 to 10 ms [published and forward-euler 1, euler 0.25, accurate 0.1]")
        .value("--precision", "WORD", "double, single [double]")
        .value("--compare", "LIST", "Run others too: NUMERICS[:DT][:single],...");
    arguments.group("Parameters")
        .value("--model", "WORD", "simple, alt, acc, nine-parameter [simple]")
        .value("--a", "X", "Rate of recovery [1/ms]")
        .value("--b", "X", "How strongly u follows v")
        .value("--c", "X", "v after a spike [mV]")
        .value("--d", "X", "Jump of u at a spike")
        .value("--v0", "X", "v at the start [mV] [-65; vr]")
        .value("--u0", "X", "u at the start [b v0; 0 with nine parameters]")
        .value("--capacitance", "X", "C [pF], nine-parameter only")
        .value("--k", "X", "k [nS/mV], nine-parameter only")
        .value("--vr", "X", "Resting potential [mV], nine-parameter only")
        .value("--vt", "X", "Threshold [mV], nine-parameter only")
        .value("--vpeak", "X", "Peak of a spike [mV], nine-parameter only");
    declare_plot_options(arguments);
    return {std::move(arguments), neuron_command};
}

}  // namespace izhi::apps
