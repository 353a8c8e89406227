// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/nearest_name.hpp"
#include "network_sections.hpp"

namespace izhi::io::detail {
namespace {

constexpr const char* kPlastic = "the name of a projection with plasticity";

RewardCoincidence read_coincidence(Section& section, const NetworkReading& reading) {
    RewardCoincidence reward;
    reward.synapse.projection = read_projection_name(section, kPlastic, reading);
    reward.synapse.source = static_cast<std::uint32_t>(section.integer("source", 0));
    reward.synapse.number = static_cast<std::uint32_t>(section.integer("number", 0));
    section.read("window_ms", reward.window_ms);
    section.read("shortest_delay_ms", reward.shortest_delay_ms);
    section.read("longest_delay_ms", reward.longest_delay_ms);
    if (section.find("start_weight") != nullptr) reward.start_weight = section.number("start_weight", 0.0);
    return reward;
}

}  // namespace

ProjectionId read_projection_name(Section& section, const std::string& allowed, const NetworkReading& reading) {
    const TomlValue* value = section.require("projection", allowed);
    if (value == nullptr) return {};
    if (value->text() == nullptr) {
        section.fault("projection", "is " + describe(*value), allowed);
        return {};
    }
    const auto& projections = reading.builder.description().projections;
    const auto& known = reading.index().projections;
    if (const auto found = known.find(*value->text()); found != known.end()) return ProjectionId(found->second);
    std::vector<std::string> names;
    for (const auto& projection : projections) names.push_back(projection.spec.name);
    section.fault("projection", "names no projection: " + describe(*value) + "; " +
                                    izhi::detail::suggest_name(*value->text(), names));
    return {};
}

void read_reward(const TomlEntry& entry, NetworkReading& reading) {
    Section section(entry.value, entry.line, "reward." + entry.key, reading.faults, reading.map);
    RewardSpec spec;
    spec.name = entry.key;
    section.read("amount", spec.amount);
    (void)section.require("type", "times, coincidence");
    const std::string type = section.word("type", {"times", "coincidence"}, {});
    if (type.empty()) return;  // the other keys have no meaning without a type
    const std::string but = ", and the type is \"" + type + "\"";
    if (type == "times") {
        (void)section.require("times_ms", "a list of numbers");
        spec.when = RewardTimes{section.numbers("times_ms")};
        for (const char* key :
             {"projection", "source", "number", "window_ms", "shortest_delay_ms", "longest_delay_ms", "start_weight"})
            section.refuse(key, "goes with type = \"coincidence\"" + but);
    } else {
        spec.when = read_coincidence(section, reading);
        section.refuse("times_ms", "goes with type = \"times\"" + but);
    }
    section.refuse_unknown();
    reading.builder.reward(std::move(spec));
}

void read_weights(const TomlEntry& entry, NetworkReading& reading) {
    Section section(entry.value, entry.line, "weights." + entry.key, reading.faults, reading.map);
    WeightRecordSpec spec;
    spec.name = entry.key;
    spec.projection = read_projection_name(section, kPlastic, reading);
    const auto index = [&](const char* key, std::optional<std::uint32_t>& into) {
        if (section.find(key) != nullptr)
            into = static_cast<std::uint32_t>(section.integer(key, 0, std::numeric_limits<std::uint32_t>::max()));
    };
    index("source", spec.source);
    index("number", spec.number);
    if (section.find("sample") != nullptr)
        spec.sample =
            static_cast<std::uint32_t>(section.integer("sample", 1, std::numeric_limits<std::uint32_t>::max(), 1));
    section.read("interval_ms", spec.interval_ms);
    spec.eligibility = section.flag("eligibility", spec.eligibility);
    section.refuse_unknown();
    reading.builder.record_weights(std::move(spec));
}

}  // namespace izhi::io::detail
