// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "izhi/network.hpp"

/// What viewers may say, as JSON text; PROTOCOL.md has every message. Reading one checks all of it: a message that comes
/// out of here can be acted on.
namespace izhi::apps::serve {

inline constexpr std::size_t kMostControlBytes = 4096;

/// The first message of a viewer, with the token if it has one.
struct Enter {
    std::string token;
};
/// Show v and u of this neuron, over the network. Changes nothing of the run.
struct Watch {
    std::uint32_t neuron = 0;
};
struct ScaleNoise {
    PopulationId population;
    double scale = 1.0;  ///< of the noise as described, 0 to kMostScale
};
struct ScaleWeights {
    ProjectionId projection;
    double scale = 1.0;  ///< of the weights as wired, 0 to kMostScale
};
struct Pulse {
    Selection target;
    double amplitude = 0.0;    ///< [mV/ms], at most kMostAmplitude either way
    double duration_ms = 0.0;  ///< at most kMostPulse_ms
};
struct Pause {};
struct Resume {};
/// So many steps of a paused run
struct StepOnce {
    std::uint32_t count = 1;  ///< at most kMostStepsAtOnce
};
struct SetSpeed {
    double times = 1.0;  ///< of real time, kLeastSpeed to kMostSpeed
};
struct Restart {
    std::uint64_t seed = 1;
};
using ControlMessage =
    std::variant<Enter, Watch, ScaleNoise, ScaleWeights, Pulse, Pause, Resume, StepOnce, SetSpeed, Restart>;

inline constexpr double kMostScale = 10.0, kMostAmplitude = 1000.0, kMostPulse_ms = 10'000.0;
inline constexpr double kLeastSpeed = 0.01, kMostSpeed = 100.0;
inline constexpr std::uint32_t kMostStepsAtOnce = 1000;

/// @throws Error saying what is wrong with it, in one short line
[[nodiscard]] ControlMessage read_control_message(std::string_view text, const NetworkDescription& network);

/// Does it take the token? Entering and watching do not.
[[nodiscard]] bool needs_token(const ControlMessage& message) noexcept;

}  // namespace izhi::apps::serve
