// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "network_sections.hpp"
#include "number_file.hpp"

namespace izhi::io::detail {
namespace {

struct StimulusType {
    std::string name;
    Stimulus stimulus;  ///< of this type, with its defaults
    std::vector<std::string> required, optional;
};

/// The keys of each type, besides target, first and count.
const std::vector<StimulusType>& stimulus_types() {
    static const std::vector<StimulusType> types{
        {"dc", DirectCurrent{}, {"amplitude"}, {"start_ms", "stop_ms"}},
        {"step", DirectCurrent{}, {"amplitude", "start_ms"}, {"stop_ms"}},
        {"ramp", Ramp{}, {"from", "to", "stop_ms"}, {"start_ms"}},
        {"pulses", Pulses{}, {"amplitude"}, {"start_ms", "width_ms", "period_ms", "pulses"}},
        {"poisson", PoissonTrains{}, {"rate_hz", "weight"}, {"start_ms", "stop_ms", "dynamics"}},
        {"spikes", SpikeTimes{}, {"weight", "times_ms"}, {"dynamics"}},
        {"pulse-packet", PulsePacket{}, {"weight", "times_ms", "spikes"}, {"spread_ms", "dynamics"}},
        {"sine", Sine{}, {"amplitude", "frequency_hz"}, {"phase_degrees", "offset", "start_ms", "stop_ms"}},
        {"ou", OrnsteinUhlenbeck{}, {"stddev"}, {"mean", "tau_ms", "start_ms", "stop_ms"}},
        {"waveform", Waveform{}, {"interval_ms"}, {"samples", "file", "start_ms", "interpolation"}},
        {"random-neurons", RandomNeurons{}, {"amplitude"}, {"neurons", "start_ms", "stop_ms"}},
    };
    return types;
}

/// The rows of `samples = [x, ...]` or `[[x, ...], ...]`.
void read_samples(Section& section, const TomlValue& value, Waveform& wave) {
    const std::string form = "[x, ...], or [[x, ...], ...] with a number for each neuron";
    if (value.array() == nullptr) {
        section.fault("samples", "is " + describe(value), form);
        return;
    }
    const bool rows = !value.array()->empty() && value.array()->front().array() != nullptr;
    if (!rows) {
        wave.samples = section.numbers("samples");
        return;
    }
    wave.columns = static_cast<std::uint32_t>(value.array()->front().array()->size());
    for (const TomlValue& row : *value.array()) {
        if (row.array() == nullptr || row.array()->size() != wave.columns) {
            section.fault("samples",
                          row.array() == nullptr ? "holds " + describe(row)
                                                 : "holds a row of " + std::to_string(row.array()->size()),
                          "rows of " + std::to_string(wave.columns) + " numbers, as the first", row.line);
            return;
        }
        for (const TomlValue& item : *row.array()) {
            const auto number = finite_number(item);
            if (!number) {
                section.fault("samples", "holds " + describe(item), "finite numbers", item.line);
                return;
            }
            wave.samples.push_back(*number);
        }
    }
}

void read(Section& section, DirectCurrent& current) {
    section.read("amplitude", current.amplitude);
    section.read("start_ms", current.start_ms);
    section.read("stop_ms", current.stop_ms);
}
void read(Section& section, Ramp& ramp) {
    section.read("from", ramp.from);
    section.read("to", ramp.to);
    section.read("start_ms", ramp.start_ms);
    section.read("stop_ms", ramp.stop_ms);
}
void read(Section& section, Pulses& pulses) {
    section.read("amplitude", pulses.amplitude);
    section.read("start_ms", pulses.start_ms);
    section.read("width_ms", pulses.width_ms);
    section.read("period_ms", pulses.period_ms);
    pulses.count = static_cast<std::uint32_t>(section.integer("pulses", pulses.count));
}
void read(Section& section, PoissonTrains& trains) {
    section.read("rate_hz", trains.rate_hz);
    section.read("weight", trains.weight);
    section.read("start_ms", trains.start_ms);
    section.read("stop_ms", trains.stop_ms);
    trains.dynamics = read_dynamics(section);
}
void read(Section& section, SpikeTimes& spikes) {
    section.read("weight", spikes.weight);
    spikes.times_ms = section.numbers("times_ms");
    spikes.dynamics = read_dynamics(section);
}
void read(Section& section, PulsePacket& packet) {
    section.read("weight", packet.weight);
    packet.times_ms = section.numbers("times_ms");
    packet.count = static_cast<std::uint32_t>(section.integer("spikes", packet.count));
    section.read("spread_ms", packet.spread_ms);
    packet.dynamics = read_dynamics(section);
}
void read(Section& section, Sine& sine) {
    section.read("amplitude", sine.amplitude);
    section.read("frequency_hz", sine.frequency_hz);
    section.read("phase_degrees", sine.phase_degrees);
    section.read("offset", sine.offset);
    section.read("start_ms", sine.start_ms);
    section.read("stop_ms", sine.stop_ms);
}
void read(Section& section, OrnsteinUhlenbeck& ou) {
    section.read("mean", ou.mean);
    section.read("stddev", ou.stddev);
    section.read("tau_ms", ou.tau_ms);
    section.read("start_ms", ou.start_ms);
    section.read("stop_ms", ou.stop_ms);
}
void read(Section& section, RandomNeurons& random) {
    section.read("amplitude", random.amplitude);
    random.count = static_cast<std::uint32_t>(section.integer("neurons", random.count));
    section.read("start_ms", random.start_ms);
    section.read("stop_ms", random.stop_ms);
}
void read(Section& section, const NetworkReading& reading, Waveform& wave) {
    section.read("interval_ms", wave.interval_ms);
    section.read("start_ms", wave.start_ms);
    wave.interpolation =
        read_choice(section, "interpolation", wave.interpolation, {Interpolation::held, Interpolation::linear});
    const TomlValue* const samples = section.find("samples");
    const std::string file = section.text("file", {});
    if ((samples == nullptr) == file.empty()) {
        section.fault("samples", samples == nullptr ? "is missing" : "and file are both given",
                      "one of samples = [x, ...] and file = \"FILE.csv\"");
    } else if (samples != nullptr) {
        read_samples(section, *samples, wave);
    } else if (auto table = read_number_file(section, "file", reading.folder / file)) {
        wave.samples = std::move(table->values);
        wave.columns = static_cast<std::uint32_t>(table->columns);
    }
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
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    (void)section.require("type", known);
    const std::string chosen = section.word("type", names, {});
    const auto type = std::find_if(stimulus_types().begin(), stimulus_types().end(),
                                   [&](const StimulusType& candidate) { return candidate.name == chosen; });
    if (type == stimulus_types().end()) return;  // what the other keys mean is open
    for (const std::string& key : type->required) (void)section.require(key, "see [stimulus.NAME] of type " + chosen);
    spec.stimulus = type->stimulus;
    std::visit(
        [&](auto& stimulus) {
            if constexpr (std::is_same_v<std::decay_t<decltype(stimulus)>, Waveform>) read(section, reading, stimulus);
            else read(section, stimulus);
        },
        spec.stimulus);
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
