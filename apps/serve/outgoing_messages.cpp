// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "outgoing_messages.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "control_message.hpp"
#include "izhi/version.hpp"

namespace izhi::apps::serve {
namespace {

using Json = nlohmann::ordered_json;

// Enough times for the percentiles of any second, at any speed.
constexpr std::size_t kMostTimes = 20'000;

MessagePtr message_of(const Json& content) {
    auto message = std::make_shared<Message>();
    message->bytes = content.dump(-1, ' ', false, Json::error_handler_t::replace);
    return message;
}

StepTimes::Figures figures_of(std::vector<float>& values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const auto share = [&](double p) {
        return static_cast<double>(values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))]);
    };
    return {share(0.5), share(0.99), static_cast<double>(values.back())};
}

Json json_of(const StepTimes::Figures& figures) {
    return {{"p50", figures.p50}, {"p99", figures.p99}, {"max", figures.max}};
}

std::string name_of(const Selection& selection, const NetworkDescription& network) {
    return selection.population ? network.populations[selection.population->index].name : "everyone";
}

}  // namespace

void StepTimes::add(float step_us, float late_us) {
    if (step_us_.size() == kMostTimes) return;
    step_us_.push_back(step_us);
    late_us_.push_back(late_us);
}

StepTimes::Both StepTimes::take() {
    const Both both{figures_of(step_us_), figures_of(late_us_)};
    step_us_.clear();
    late_us_.clear();
    return both;
}

MessagePtr hello_message(const LiveRun& run, const LiveRun::Status& status, bool may_control) {
    const NetworkDescription& network = run.network().description();
    const RasterRows& rows = run.rows();
    Json populations = Json::array(), projections = Json::array();
    for (std::uint32_t index = 0; index < network.populations.size(); ++index)
        populations.push_back({{"name", network.populations[index].name},
                               {"first", run.network().first_neuron({index})},
                               {"size", network.populations[index].size},
                               {"first_row", rows.populations[index].first_row},
                               {"rows", rows.populations[index].rows},
                               {"noise_stddev", network.populations[index].noise_stddev.p0}});
    for (const auto& projection : network.projections)
        projections.push_back({{"name", projection.spec.name},
                               {"source", name_of(projection.source, network)},
                               {"target", name_of(projection.target, network)},
                               {"plastic", projection.spec.plasticity.has_value()}});
    return message_of({{"say", "hello"},
                       {"protocol", 1},
                       {"version", kVersion},
                       {"network", network.spec.name},
                       {"dt_ms", network.spec.dt_ms},
                       {"neurons", run.network().neuron_count()},
                       {"synapses", status.synapses},
                       {"every", rows.every},
                       {"rows", rows.rows},
                       {"populations", std::move(populations)},
                       {"projections", std::move(projections)},
                       {"run", status.run},
                       {"seed", status.seed},
                       {"control", may_control},
                       {"most_scale", kMostScale},
                       {"most_amplitude", kMostAmplitude}});
}

MessagePtr status_message(const LiveRun& run, const LiveRun::Status& status, const Controls& controls,
                          const StepTimes::Both& times, std::size_t viewers) {
    const RealtimeStatus& realtime = status.realtime;
    const char* const state = !status.fault.empty() ? "failed"
                              : status.building     ? "building"
                              : realtime.paused     ? "paused"
                                                    : "running";
    return message_of({{"say", "status"},
                       {"run", status.run},
                       {"seed", status.seed},
                       {"state", state},
                       {"fault", status.fault.empty() ? Json(nullptr) : Json(status.fault)},
                       {"step", realtime.steps_done},
                       {"time_ms", static_cast<double>(realtime.steps_done) * run.network().dt_ms()},
                       {"speed", realtime.speed},
                       {"step_us", json_of(times.step)},
                       {"late_us", json_of(times.late)},
                       {"missed", realtime.missed},
                       {"steps_unseen", status.steps_unseen},
                       {"interventions", status.interventions},
                       {"refused", status.refused},
                       {"noise", controls.values().noise},
                       {"weights", controls.values().weights},
                       {"viewers", viewers}});
}

MessagePtr neuron_message(const LiveRun& run, std::uint32_t neuron) {
    const auto parameters = run.parameters_of(neuron);
    const PopulationSpec& spec = run.network().description().populations[run.network().population_of(neuron).index];
    Json json = {{"say", "neuron"},    {"neuron", neuron},   {"population", spec.name}, {"a", parameters[0]},
                 {"b", parameters[1]}, {"c", parameters[2]}, {"d", parameters[3]},      {"bias", nullptr}};
    // Its equations, for the nullclines of the phase plane.
    const Model& model = spec.cell.model;
    json["model"] = to_string(model.form);
    json["peak_mv"] = model.threshold();
    if (model.form == ModelForm::nine_parameter)
        json.update({{"capacitance", model.capacitance}, {"k", model.k}, {"vr", model.vr}, {"vt", model.vt}});
    if (spec.bias_current.kind == Distribution::Kind::constant) json["bias"] = spec.bias_current.p0;
    return message_of(json);
}

MessagePtr refused_message(std::string_view why) { return message_of({{"say", "refused"}, {"why", why}}); }

MessagePtr lost_message(std::uint64_t frames) { return message_of({{"say", "lost"}, {"frames", frames}}); }

}  // namespace izhi::apps::serve
