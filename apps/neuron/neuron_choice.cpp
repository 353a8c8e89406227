// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "neuron_choice.hpp"

#include <cctype>
#include <cmath>
#include <optional>
#include <string_view>

#include "apps/text/units.hpp"
#include "engine/base/nearest_name.hpp"
#include "izhi/error.hpp"
#include "neuron_command.hpp"

namespace izhi::apps {
namespace {

/// The most samples: four columns of doubles take 160 MB.
constexpr double kMostSteps = 5e6;

/// A current at which all cell types of the form fire.
double usual_current(const NeuronParameters& neuron) {
    return neuron.model.form == ModelForm::nine_parameter ? 500.0 : 10.0;
}

/// "Spike freq. adapt." as "spikefreqadapt": names are compared by their letters and digits.
std::string bare(std::string_view text) {
    std::string result;
    for (const char c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

/// A neuron with everything that belongs to it, before options change it.
struct Start {
    std::string name, title;
    NeuronRun run{};
    double duration_ms = 1000.0;
    bool own_current = false;  ///< it has its own current
};

Start start_of(std::string name, std::string title, const NeuronParameters& neuron) {
    const RestingState rest = resting_state(neuron);
    return {std::move(name), std::move(title), {.neuron = neuron, .v0 = rest.v, .u0 = rest.u}};
}

bool is_number(const CellType& cell) {
    for (const Distribution& value : {cell.a, cell.b, cell.c, cell.d})
        if (value.kind != Distribution::Kind::constant) return false;
    return true;
}

std::optional<Start> find_cell_type(const std::string& text) {
    for (const NamedCellType& type : named_cell_types())
        if (is_number(type.cell) && bare(type.name) == bare(text))
            return start_of(std::string(type.name), std::string(type.name) + ", " + std::string(type.title),
                            {type.cell.a.p0, type.cell.b.p0, type.cell.c.p0, type.cell.d.p0, {}});
    for (const NamedNeuron& named : nine_parameter_neurons())
        if (bare(named.name) == bare(text))
            return start_of(std::string(named.name), std::string(named.name) + ", " + std::string(named.title),
                            named.neuron);
    return std::nullopt;
}

std::optional<Start> find_pattern(const std::string& text) {
    for (const FiringPattern& pattern : firing_patterns()) {
        const std::string letter(1, pattern.letter);
        if (bare(letter) != bare(text) && bare(pattern.name) != bare(text) && bare(pattern.abbreviation) != bare(text))
            continue;
        return Start{letter, letter + ", " + std::string(pattern.name), pattern.run(), pattern.duration_ms, true};
    }
    return std::nullopt;
}

Start find_neuron(const std::string& text) {
    if (auto start = find_cell_type(text)) return *start;
    if (auto start = find_pattern(text)) return *start;
    std::vector<std::string> known;
    for (const NamedCellType& type : named_cell_types())
        if (is_number(type.cell)) known.emplace_back(type.name);
    for (const NamedNeuron& named : nine_parameter_neurons()) known.emplace_back(named.name);
    known.emplace_back("A to T");
    for (const FiringPattern& pattern : firing_patterns()) known.emplace_back(pattern.name);
    throw Error("there is no cell type or pattern '" + text + "'; " + izhi::detail::suggest_name(text, known));
}

void take(const std::optional<double>& from, double& to) {
    if (from) to = *from;
}

/// Replaces the parameters of the name by those of the options.
NeuronParameters parameters_of(const NeuronOptions& options, NeuronParameters neuron) {
    if (options.form) neuron.model.form = *options.form;
    take(options.a, neuron.a);
    take(options.b, neuron.b);
    take(options.c, neuron.c);
    take(options.d, neuron.d);
    const bool nine = neuron.model.form == ModelForm::nine_parameter;
    const auto take_nine = [&](const char* name, const std::optional<double>& from, double& to) {
        if (from && !nine)
            throw Error(std::string(name) + " is a parameter of the nine-parameter neuron: add --model nine-parameter");
        take(from, to);
    };
    take_nine("--capacitance", options.capacitance, neuron.model.capacitance);
    take_nine("--k", options.k, neuron.model.k);
    take_nine("--vr", options.vr, neuron.model.vr);
    take_nine("--vt", options.vt, neuron.model.vt);
    take_nine("--vpeak", options.vpeak, neuron.model.vpeak);
    check_parameters(neuron, "option");
    return neuron;
}

void check_start(const NeuronRun& run) {
    const double threshold = run.neuron.model.threshold();
    const auto number = [](double value) { return plain(value, 9); };
    if (!(run.v0 >= -200.0 && run.v0 < threshold))
        throw Error("", "--v0", "is " + number(run.v0), "-200 to below the threshold of " + number(threshold));
    if (!(std::abs(run.u0) <= 1e5)) throw Error("", "--u0", "is " + number(run.u0), "-100000 to 100000");
}

/// The usual step of a numerics [ms]: that of the 2003 paper, that of the 2004 figures, and one so short that two
/// spikes do not fall into one step.
double usual_dt_ms(Numerics numerics) {
    switch (numerics) {
        case Numerics::published:
        case Numerics::forward_euler: return 1.0;
        case Numerics::euler: return 0.25;
        case Numerics::accurate: return 0.1;
    }
    return 1.0;
}

NeuronRun with_scheme(NeuronRun run, const NeuronOptions::Scheme& scheme, double duration_ms,
                      const std::string& duration_text) {
    // The step of a pattern belongs to the numerics of the pattern.
    if (scheme.numerics && *scheme.numerics != run.numerics) {
        run.numerics = *scheme.numerics;
        run.dt_ms = usual_dt_ms(run.numerics);
    }
    if (scheme.dt_ms) run.dt_ms = *scheme.dt_ms;
    if (scheme.precision) run.precision = *scheme.precision;
    const double steps = std::floor(duration_ms / run.dt_ms + 1e-9);
    if (steps < 1.0 || steps > kMostSteps)
        throw Error("", "--duration", "is " + duration_text, "1 to 5,000,000 steps of " + plain(run.dt_ms, 6) + " ms");
    const std::uint64_t last = run.stamps == TimeStamps::step_start ? 1 : 0;
    run.steps = static_cast<std::uint64_t>(steps) + last;
    return run;
}

}  // namespace

NeuronChoice choose_neuron(const NeuronOptions& options) {
    const bool own = options.name.empty();
    Start start = own ? start_of("", "",
                                 options.form == ModelForm::nine_parameter ? nine_parameter_neurons()[0].neuron
                                                                           : NeuronParameters{})
                      : find_neuron(options.name);
    const NeuronParameters neuron = parameters_of(options, start.run.neuron);
    const bool changed = !(neuron == start.run.neuron);
    start.run.neuron = neuron;
    if (changed && !start.own_current) {
        const RestingState rest = resting_state(neuron);
        start.run.v0 = rest.v;
        start.run.u0 = rest.u;
    }
    if (options.v0) {
        start.run.v0 = *options.v0;
        // u0 is b v0, unless it is given.
        const bool follows = neuron.model.form == ModelForm::simple || neuron.model.form == ModelForm::alt;
        if (follows && !start.own_current) start.run.u0 = neuron.b * start.run.v0;
    }
    take(options.u0, start.run.u0);
    check_start(start.run);

    if (!options.currents.empty()) {
        start.run.current.clear();
        for (const Current& current : options.currents)
            start.run.current.insert(start.run.current.end(), current.begin(), current.end());
    } else if (!start.own_current) {
        start.run.current = {{.value = usual_current(neuron)}};
    }

    NeuronChoice choice;
    choice.name = start.name;
    choice.title =
        own ? std::string(to_string(neuron.model.form)) + " neuron" : start.title + (changed ? ", changed" : "");
    choice.duration_ms = options.duration_ms.value_or(start.duration_ms);
    const std::string duration =
        options.duration_ms ? "'" + options.duration_text + "'" : plain(choice.duration_ms, 6) + " ms";
    choice.runs.push_back(with_scheme(start.run, options.scheme, choice.duration_ms, duration));
    for (const NeuronOptions::Scheme& scheme : options.compare)
        choice.runs.push_back(with_scheme(start.run, scheme, choice.duration_ms, duration));
    return choice;
}

std::string scheme_text(const NeuronRun& run) {
    return std::string(to_string(run.numerics)) + ", " + plain(run.dt_ms, 6) + " ms" +
           (run.precision == Precision::single_precision ? ", single precision" : "");
}

std::string parameters_text(const NeuronParameters& n) {
    std::string text = "a " + plain(n.a, 6) + ", b " + plain(n.b, 6) + ", c " + plain(n.c, 6) + ", d " + plain(n.d, 6);
    const Model& m = n.model;
    if (m.form == ModelForm::nine_parameter)
        text += ", C " + plain(m.capacitance, 6) + ", k " + plain(m.k, 6) + ", vr " + plain(m.vr, 6) + ", vt " +
                plain(m.vt, 6) + ", vpeak " + plain(m.vpeak, 6);
    else if (m.form != ModelForm::simple) text += ", " + std::string(to_string(m.form));
    return text;
}

std::string current_unit(const NeuronParameters& neuron) {
    return neuron.model.form == ModelForm::nine_parameter ? "pA" : "mV/ms";
}

std::string recovery_unit(const NeuronParameters& neuron) {
    return neuron.model.form == ModelForm::nine_parameter ? "pA" : "mV";
}

}  // namespace izhi::apps
