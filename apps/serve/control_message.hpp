// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "izhi/network.hpp"

/// The messages of viewers, as JSON text; PROTOCOL.md describes each. Reading one checks all of it, so a message that is returned
/// can be acted on without further checks.
namespace izhi::apps::serve {

inline constexpr std::size_t kMostControlBytes = 4096;

/// The first message of a viewer, with the token if it has one.
struct Enter {
    std::string token;
};
/// Asks for v and u of a neuron, numbered over the network. Does not change the run.
struct Watch {
    std::uint32_t neuron = 0;
};
struct ScaleNoise {
    PopulationId population;
    double scale = 1.0;  ///< factor on the noise of the network, 0 to kMostScale
};
struct ScaleWeights {
    ProjectionId projection;
    double scale = 1.0;  ///< factor on the weights of the network, 0 to kMostScale
};
struct Pulse {
    Selection target;
    double amplitude = 0.0;    ///< [mV/ms], at most kMostAmplitude either way
    double duration_ms = 0.0;  ///< at most kMostPulse_ms
};
struct Pause {};
struct Resume {};
/// Runs this many steps of a paused run.
struct StepOnce {
    std::uint32_t count = 1;  ///< at most kMostStepsAtOnce
};
struct SetSpeed {
    double times = 1.0;  ///< times real time, kLeastSpeed to kMostSpeed
};
struct Restart {
    std::uint64_t seed = 1;
};
using ControlMessage =
    std::variant<Enter, Watch, ScaleNoise, ScaleWeights, Pulse, Pause, Resume, StepOnce, SetSpeed, Restart>;

inline constexpr double kMostScale = 10.0, kMostAmplitude = 1000.0, kMostPulse_ms = 10'000.0;
inline constexpr double kLeastSpeed = 0.01, kMostSpeed = 100.0;
inline constexpr std::uint32_t kMostStepsAtOnce = 1000;

/// @throws Error that says in one short line what is wrong with it
[[nodiscard]] ControlMessage read_control_message(std::string_view text, const NetworkDescription& network);

/// Whether the message requires the token. Entering and watching do not.
[[nodiscard]] bool needs_token(const ControlMessage& message) noexcept;

}  // namespace izhi::apps::serve
