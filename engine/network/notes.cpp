// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/notes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "engine/base/text.hpp"
#include "engine/network/law.hpp"
#include "engine/network/leak.hpp"

namespace izhi::detail {
namespace {

template <class... Calls>
struct Overloaded : Calls... {
    using Calls::operator()...;
};
template <class... Calls>
Overloaded(Calls...) -> Overloaded<Calls...>;

struct Window {
    double start_ms, stop_ms;
};

Window window_of(const Stimulus& stimulus) {
    return std::visit(
        Overloaded{[](const Pulses& p) {
                       return Window{p.start_ms, p.start_ms + (p.count - 1) * p.period_ms + p.width_ms};
                   },
                   [](const SpikeTimes& s) {
                       if (s.times_ms.empty()) return Window{0.0, 0.0};
                       const auto [first, last] = std::minmax_element(s.times_ms.begin(), s.times_ms.end());
                       return Window{*first, *last};
                   },
                   [](const PulsePacket& s) {
                       if (s.times_ms.empty()) return Window{0.0, 0.0};
                       const auto [first, last] = std::minmax_element(s.times_ms.begin(), s.times_ms.end());
                       const double reach = 4.0 * s.spread_ms;
                       return Window{std::max(*first - reach, 0.0), *last + reach};
                   },
                   [](const Waveform& s) {
                       return Window{s.start_ms, s.stop_ms()};
                   },
                   [](const auto& s) {
                       return Window{s.start_ms, s.stop_ms};
                   }},
        stimulus);
}

/// Steps that begin in [start, stop), as stimuli count them.
bool has_step(const Window& window, double dt_ms) {
    constexpr double slack = 1e-6;
    const double first = std::ceil(window.start_ms / dt_ms - slack);
    return (first + slack) * dt_ms < window.stop_ms;
}

bool is_zero(const Stimulus& stimulus) {
    return std::visit(Overloaded{[](const DirectCurrent& s) { return s.amplitude == 0.0; },
                                 [](const Ramp& s) { return s.from == 0.0 && s.to == 0.0; },
                                 [](const Pulses& s) { return s.amplitude == 0.0; },
                                 [](const PoissonTrains& s) { return s.weight == 0.0 || s.rate_hz == 0.0; },
                                 [](const SpikeTimes& s) { return s.weight == 0.0 || s.times_ms.empty(); },
                                 [](const RandomNeurons& s) { return s.amplitude == 0.0; },
                                 [](const PulsePacket& s) { return s.weight == 0.0 || s.times_ms.empty(); },
                                 [](const Sine& s) { return s.amplitude == 0.0 && s.offset == 0.0; },
                                 [](const OrnsteinUhlenbeck& s) { return s.mean == 0.0 && s.stddev == 0.0; },
                                 [](const Waveform& s) {
                                     return std::all_of(s.samples.begin(), s.samples.end(),
                                                        [](double x) { return x == 0.0; });
                                 }},
                      stimulus);
}

/// The strongest inhibition that a stimulus brings in a step [mV/ms].
double lowest_input(const Stimulus& stimulus, double dt_ms) {
    const auto arrival = [&](const auto& s) {
        return std::holds_alternative<DeltaCurrent>(s.dynamics) ? s.weight / dt_ms : s.weight;
    };
    return std::visit(
        Overloaded{[](const DirectCurrent& s) { return s.amplitude; },
                   [](const Ramp& s) { return std::min(s.from, s.to); }, [](const Pulses& s) { return s.amplitude; },
                   [&](const PoissonTrains& s) { return arrival(s); }, [&](const SpikeTimes& s) { return arrival(s); },
                   [](const RandomNeurons& s) { return s.amplitude; }, [&](const PulsePacket& s) { return arrival(s); },
                   [](const Sine& s) { return s.offset - std::abs(s.amplitude); },
                   [](const OrnsteinUhlenbeck& s) { return s.mean - 4.0 * s.stddev; },
                   [](const Waveform& s) { return *std::min_element(s.samples.begin(), s.samples.end()); }},
        stimulus);
}

void note_stimuli(Plan& plan) {
    const NetworkSpec& network = plan.description.spec;
    const bool simple =
        std::all_of(plan.description.populations.begin(), plan.description.populations.end(),
                    [](const PopulationSpec& p) { return p.size == 0 || !p.cell.model.in_picoamperes(); });
    for (const NetworkDescription::Input& input : plan.description.stimuli) {
        const Stimulus& stimulus = input.spec.stimulus;
        const auto note = [&](Note::Kind kind, const std::string& text) {
            plan.notes.push_back({kind, "stimulus." + input.spec.name, {}, text});
        };
        const Window window = window_of(stimulus);
        if (is_zero(stimulus)) note(Note::Kind::input, "never acts: it is 0");
        else if (!std::holds_alternative<SpikeTimes>(stimulus) && !std::holds_alternative<PulsePacket>(stimulus) &&
                 !has_step(window, network.dt_ms))
            note(Note::Kind::input, "never acts: no step begins between its start, " + number_text(window.start_ms) +
                                        " ms, and its stop, " + number_text(window.stop_ms) + " ms (dt_ms is " +
                                        number_text(network.dt_ms) + ")");
        constexpr double strong = -100.0;
        const double lowest = lowest_input(stimulus, network.dt_ms);
        if (simple && lowest < strong && network.numerics != Numerics::accurate)
            note(Note::Kind::numerics, "inhibits by " + number_text(-lowest) + " mV/ms, under which a step of \"" +
                                           std::string(to_string(network.numerics)) +
                                           "\" can make a neuron fire; take numerics = \"accurate\"");
    }
}

/// Only the four-parameter neuron was ever published with two half steps.
void note_numerics(Plan& plan) {
    if (plan.description.spec.numerics != Numerics::published) return;
    for (const PopulationSpec& p : plan.description.populations)
        if (p.size > 0 && p.cell.model.form == ModelForm::nine_parameter)
            plan.notes.push_back(
                {Note::Kind::numerics, "population." + p.name, "model",
                 "nine-parameter, and no results of this form were published with numerics = \"published\": its "
                 "rates can be half of those of the equations; take numerics = \"accurate\""});
}

/// The countdown of an integrate-and-fire neuron is of whole steps.
void note_refractory(Plan& plan) {
    const double dt = plan.description.spec.dt_ms;
    for (const PopulationSpec& p : plan.description.populations) {
        if (p.size == 0 || p.cell.model.form != ModelForm::lif) continue;
        const double given = p.cell.model.refractory_ms;
        const double kept = static_cast<double>(refractory_steps(p.cell.model, dt)) * dt;
        if (std::abs(kept - given) > 1e-6 * dt)
            plan.notes.push_back(
                {Note::Kind::input, "population." + p.name, "refractory_ms",
                 number_text(given) + " is not a multiple of dt_ms; " + number_text(kept) + " is used"});
    }
}

void note_empty(Plan& plan) {
    for (const PopulationSpec& p : plan.description.populations)
        if (p.size == 0)
            plan.notes.push_back({Note::Kind::input, "population." + p.name, "size",
                                  "is 0: no stimulus acts on it, and no projection from or to it has a synapse"});
}

/// How many of a projection's synapses are expected to have weights below 0, and above.
struct Signs {
    double negative = 0.0, positive = 0.0;
};

Signs signs_of(const ProjectionSpec& spec, const ProjectionPlan& planned) {
    if (const auto* list = std::get_if<ExplicitList>(&spec.rule)) {
        Signs signs;
        for (const ExplicitSynapse s : list->synapses) {
            signs.negative += s.weight < 0.0 ? 1.0 : 0.0;
            signs.positive += s.weight > 0.0 ? 1.0 : 0.0;
        }
        return signs;
    }
    const Distribution& d = spec.weight;
    double below = d.p0 < 0.0 ? 1.0 : 0.0, above = d.p0 > 0.0 ? 1.0 : 0.0;
    if (d.kind == Distribution::Kind::uniform && d.p1 > d.p0) {
        below = std::clamp(-d.p0 / (d.p1 - d.p0), 0.0, 1.0);
        above = 1.0 - below;
    } else if (has_tails(d.kind)) {
        const Law law(d);
        below = law.below(0.0);
        above = 1.0 - law.below(std::numeric_limits<double>::min());
    }
    return {below * planned.expected_synapses, above * planned.expected_synapses};
}

/// Neurons excite or inhibit, as a rule: weights of both signs in one projection, or of the sign that the name of their
/// source denies, are mistakes more often than not.
void note_signs(Plan& plan) {
    for (std::size_t p = 0; p < plan.projections.size(); ++p) {
        const ProjectionSpec& spec = plan.description.projections[p].spec;
        const ProjectionPlan& planned = plan.projections[p];
        if (planned.expected_synapses == 0.0 || std::holds_alternative<Conductance>(spec.dynamics)) continue;
        const Signs signs = signs_of(spec, planned);
        const bool listed = std::holds_alternative<ExplicitList>(spec.rule);
        const auto note = [&](const std::string& text) {
            plan.notes.push_back(
                {Note::Kind::weights, "projection." + spec.name, listed ? "synapses" : "weight", text});
        };
        if (std::min(signs.negative, signs.positive) >= 0.5) {
            const double all = signs.negative + signs.positive;
            note("mixes signs: " + number_text(std::round(1000.0 * signs.negative / all) / 10.0) +
                 " % of its synapses inhibit and the others excite" +
                 (listed || !has_tails(spec.weight.kind)
                      ? ""
                      : "; redraw = [low, high] with a bound of 0 keeps the law on one side"));
            continue;
        }
        const std::optional<PopulationId>& source = plan.description.projections[p].source.population;
        if (!source) continue;
        const std::string& name = plan.description.populations[source->index].name;
        if (name.starts_with("inh") && signs.positive >= 0.5)
            note("is positive, so that " + name + " excites; weights that inhibit are negative");
        if (name.starts_with("exc") && signs.negative >= 0.5)
            note("is negative, so that " + name + " inhibits; weights that excite are positive");
    }
}

}  // namespace

void note_use(Plan& plan) {
    note_signs(plan);
    note_empty(plan);
    note_numerics(plan);
    note_refractory(plan);
    note_stimuli(plan);
}

std::vector<Note> notes_beyond(const Plan& plan, std::uint64_t steps) {
    std::vector<Note> notes;
    const double dt = plan.description.spec.dt_ms, end_ms = static_cast<double>(steps) * dt;
    const auto note = [&](const std::string& subject, const std::string& field, const std::string& text) {
        notes.push_back({Note::Kind::input, subject, field, text});
    };
    const std::string run = "the run, which ends at " + number_text(end_ms) + " ms";
    // The first time that is too late: spikes act in the step that contains them, rewards are paid at the nearest end of one.
    const auto times = [&](const std::string& subject, const std::vector<double>& all, double too_late) {
        const auto late = std::count_if(all.begin(), all.end(), [&](double t) { return t >= too_late; });
        if (late > 0)
            note(subject, "times_ms",
                 std::to_string(late) + " of " + std::to_string(all.size()) + " never act: they lie beyond " + run);
    };
    for (const NetworkDescription::Input& input : plan.description.stimuli) {
        const std::string subject = "stimulus." + input.spec.name;
        if (const auto* spikes = std::get_if<SpikeTimes>(&input.spec.stimulus))
            times(subject, spikes->times_ms, end_ms - 1e-6 * dt);
        else if (const Window window = window_of(input.spec.stimulus); window.start_ms >= end_ms)
            note(subject, "start_ms",
                 "never acts: it starts at " + number_text(window.start_ms) + " ms, beyond " + run);
    }
    for (const RewardSpec& reward : plan.description.rewards)
        if (const auto* given = std::get_if<RewardTimes>(&reward.when))
            times("reward." + reward.name, given->times_ms, end_ms + dt / 2);
    const auto interval = [&](const std::string& subject, const std::string& field, double ms) {
        if (to_steps(ms, dt, 1) > steps)
            note(subject, field, number_text(ms) + " ms, longer than " + run + ": nothing of it happens");
    };
    for (const TraceSpec& trace : plan.description.traces) {
        interval("trace." + trace.name, "interval_ms", trace.interval_ms);
        if (steps_of(trace, dt).begin > steps)
            note("trace." + trace.name, "start_ms",
                 number_text(trace.start_ms) + " ms, beyond " + run + ": nothing is recorded");
    }
    for (const WeightRecordSpec& record : plan.description.weight_records)
        interval("weights." + record.name, "interval_ms", record.interval_ms);
    for (const NetworkDescription::Projection& projection : plan.description.projections) {
        if (!projection.spec.plasticity) continue;
        const WeightChange& change = projection.spec.plasticity->change;
        const std::string subject = "projection." + projection.spec.name;
        if (const auto* accumulated = std::get_if<AccumulatedChange>(&change))
            interval(subject, "plasticity.interval_ms", accumulated->interval_ms);
        if (const auto* rewarded = std::get_if<RewardedChange>(&change))
            interval(subject, "plasticity.interval_ms", rewarded->interval_ms);
    }
    for (std::size_t p = 0; p < plan.projections.size(); ++p)
        if (static_cast<std::uint64_t>(plan.projections[p].delay.low) > steps &&
            plan.projections[p].expected_synapses > 0)
            note("projection." + plan.description.projections[p].spec.name, "delay_ms",
                 "at least " + number_text(static_cast<double>(plan.projections[p].delay.low) * dt) + ", longer than " +
                     run + ": no spike arrives");
    return notes;
}

}  // namespace izhi::detail
