// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "control_message.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "apps/text/json_text.hpp"
#include "engine/base/text.hpp"
#include "izhi/error.hpp"

namespace izhi::apps::serve {
namespace {

[[noreturn]] void refuse(const std::string& field, const std::string& problem, const std::string& allowed) {
    throw Error("", field, problem, allowed);
}

const nlohmann::json& value_of(const nlohmann::json& message, const char* field) {
    const auto found = message.find(field);
    if (found == message.end()) refuse(field, "is missing", "");
    return *found;
}

double number(const nlohmann::json& message, const char* field, double least, double most) {
    const nlohmann::json& value = value_of(message, field);
    const std::string allowed = detail::number_text(least) + " to " + detail::number_text(most);
    if (!value.is_number()) refuse(field, "is not a number", allowed);
    const double number = value.get<double>();
    if (!(number >= least && number <= most)) refuse(field, "is " + detail::number_text(number), allowed);
    return number;
}

std::uint64_t whole(const nlohmann::json& message, const char* field, std::uint64_t least, std::uint64_t most) {
    const nlohmann::json& value = value_of(message, field);
    // JSON numbers that are written with a sign are signed, even if they are not negative.
    if (value.is_number_unsigned() && value.get<std::uint64_t>() >= least && value.get<std::uint64_t>() <= most)
        return value.get<std::uint64_t>();
    refuse(field, "is not a whole number in this range", std::to_string(least) + " to " + std::to_string(most));
}

std::string word(const nlohmann::json& message, const char* field) {
    const nlohmann::json& value = value_of(message, field);
    if (!value.is_string()) refuse(field, "is not text", "");
    return value.get<std::string>();
}

PopulationId population(const nlohmann::json& message, const NetworkDescription& network) {
    const std::string name = word(message, "population");
    for (std::uint32_t index = 0; index < network.populations.size(); ++index)
        if (network.populations[index].name == name) return {index};
    refuse("population", "is not a population of this network", "");
}

ProjectionId projection(const nlohmann::json& message, const NetworkDescription& network) {
    const std::string name = word(message, "projection");
    for (std::size_t index = 0; index < network.projections.size(); ++index)
        if (network.projections[index].spec.name == name) return ProjectionId(index);
    refuse("projection", "is not a projection of this network", "");
}

std::uint64_t neuron_count(const NetworkDescription& network) {
    std::uint64_t count = 0;
    for (const PopulationSpec& spec : network.populations) count += spec.size;
    return count;
}

ControlMessage read(const nlohmann::json& message, const NetworkDescription& network) {
    const std::string what = word(message, "do");
    if (what == "enter") return Enter{message.contains("token") ? word(message, "token") : std::string()};
    if (what == "watch")
        return Watch{static_cast<std::uint32_t>(whole(message, "neuron", 0, neuron_count(network) - 1))};
    if (what == "noise") return ScaleNoise{population(message, network), number(message, "scale", 0.0, kMostScale)};
    if (what == "weights") {
        const ProjectionId which = projection(message, network);
        if (network.projections[which.index].spec.plasticity)
            refuse("projection", "is plastic: its weights follow their rule", "a projection without plasticity");
        return ScaleWeights{which, number(message, "scale", 0.0, kMostScale)};
    }
    if (what == "pulse")
        return Pulse{message.contains("population") ? Selection(population(message, network)) : everyone,
                     number(message, "amplitude", -kMostAmplitude, kMostAmplitude),
                     number(message, "duration_ms", network.spec.dt_ms, kMostPulse_ms)};
    if (what == "pause") return Pause{};
    if (what == "resume") return Resume{};
    if (what == "step")
        return StepOnce{
            message.contains("count") ? static_cast<std::uint32_t>(whole(message, "count", 1, kMostStepsAtOnce)) : 1};
    if (what == "speed") return SetSpeed{number(message, "times", kLeastSpeed, kMostSpeed)};
    if (what == "restart")
        return Restart{whole(message, "seed", 0, std::uint64_t{std::numeric_limits<std::int64_t>::max()})};
    refuse("do", "is not a control", "enter, watch, noise, weights, pulse, pause, resume, step, speed, restart");
}

}  // namespace

ControlMessage read_control_message(std::string_view text, const NetworkDescription& network) {
    if (text.size() > kMostControlBytes) throw Error("the message is too long");
    const nlohmann::json message = parse_json<nlohmann::json>(text);
    if (!message.is_object()) throw Error("the message is not a JSON object");
    return read(message, network);
}

bool needs_token(const ControlMessage& message) noexcept {
    return !std::holds_alternative<Enter>(message) && !std::holds_alternative<Watch>(message);
}

}  // namespace izhi::apps::serve
