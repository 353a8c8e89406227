// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "network_sections.hpp"

namespace izhi::io::detail {
namespace {

struct StimulusType {
    std::string name;
    std::vector<std::string> required, optional;
};

/// Which keys each type takes, beside target, first and count.
const std::vector<StimulusType>& stimulus_types() {
    static const std::vector<StimulusType> types{
        {"dc", {"amplitude"}, {"start_ms", "stop_ms"}},
        {"step", {"amplitude", "start_ms"}, {"stop_ms"}},
        {"ramp", {"from", "to", "stop_ms"}, {"start_ms"}},
        {"pulses", {"amplitude"}, {"start_ms", "width_ms", "period_ms", "pulses"}},
        {"poisson", {"rate_hz", "weight"}, {"start_ms", "stop_ms"}},
        {"spikes", {"weight", "times_ms"}, {}},
        {"random-neurons", {"amplitude"}, {"neurons", "start_ms", "stop_ms"}},
    };
    return types;
}

Stimulus read_kind(Section& section, const std::string& type) {
    if (type == "ramp") {
        Ramp ramp;
        ramp.from = section.number("from", ramp.from);
        ramp.to = section.number("to", ramp.to);
        ramp.start_ms = section.number("start_ms", ramp.start_ms);
        ramp.stop_ms = section.number("stop_ms", ramp.stop_ms);
        return ramp;
    }
    if (type == "pulses") {
        Pulses pulses;
        pulses.amplitude = section.number("amplitude", pulses.amplitude);
        pulses.start_ms = section.number("start_ms", pulses.start_ms);
        pulses.width_ms = section.number("width_ms", pulses.width_ms);
        pulses.period_ms = section.number("period_ms", pulses.period_ms);
        pulses.count = static_cast<std::uint32_t>(section.integer("pulses", pulses.count));
        return pulses;
    }
    if (type == "poisson") {
        PoissonTrains trains;
        trains.rate_hz = section.number("rate_hz", trains.rate_hz);
        trains.weight = section.number("weight", trains.weight);
        trains.start_ms = section.number("start_ms", trains.start_ms);
        trains.stop_ms = section.number("stop_ms", trains.stop_ms);
        return trains;
    }
    if (type == "spikes") {
        SpikeTimes spikes;
        spikes.weight = section.number("weight", spikes.weight);
        spikes.times_ms = section.numbers("times_ms");
        return spikes;
    }
    if (type == "random-neurons") {
        RandomNeurons random;
        random.amplitude = section.number("amplitude", random.amplitude);
        random.count = static_cast<std::uint32_t>(section.integer("neurons", random.count));
        random.start_ms = section.number("start_ms", random.start_ms);
        random.stop_ms = section.number("stop_ms", random.stop_ms);
        return random;
    }
    DirectCurrent current;
    current.amplitude = section.number("amplitude", current.amplitude);
    current.start_ms = section.number("start_ms", current.start_ms);
    current.stop_ms = section.number("stop_ms", current.stop_ms);
    return current;
}

}  // namespace

void read_stimulus(const TomlEntry& entry, NetworkReading& reading) {
    Section section(entry.value, entry.line, "stimulus." + entry.key, reading.faults, reading.map);
    StimulusSpec spec;
    spec.name = entry.key;
    const Selection target = read_selection(section, "target", reading);
    spec.first = static_cast<std::uint32_t>(section.integer("first", 0));
    if (section.find("count") != nullptr) spec.count = static_cast<std::uint32_t>(section.integer("count", 0));

    std::vector<std::string> names;
    for (const StimulusType& type : stimulus_types()) names.push_back(type.name);
    (void)section.require("type", "dc, step, ramp, pulses, poisson, spikes, random-neurons");
    const std::string chosen = section.word("type", names, {});
    const auto type = std::find_if(stimulus_types().begin(), stimulus_types().end(),
                                   [&](const StimulusType& candidate) { return candidate.name == chosen; });
    if (type == stimulus_types().end()) return;  // what the other keys mean is open
    for (const std::string& key : type->required) (void)section.require(key, "see [stimulus.NAME] of type " + chosen);
    spec.stimulus = read_kind(section, chosen);
    for (const StimulusType& other : stimulus_types()) {
        for (const auto* keys : {&other.required, &other.optional}) {
            for (const std::string& key : *keys) {
                if (section.knows(key)) continue;
                section.refuse(key, "goes with type = \"" + other.name + "\", and the type is \"" + chosen + "\"");
            }
        }
    }
    section.refuse_unknown();
    reading.builder.stimulate(target, std::move(spec));
}

}  // namespace izhi::io::detail
