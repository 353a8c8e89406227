// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control_message.hpp"
#include "live_run.hpp"
#include "rate_limit.hpp"

namespace izhi::apps::serve {

/// The controls of the page: their values, and which of them still have to be passed on to the run. However fast they change,
/// the run gets at most one value per frame for a noise and one value per quarter of a second for weights: the latest. All
/// calls must be on one thread.
class Controls {
public:
    explicit Controls(LiveRun& run);

    /// Does what a message asks for. @return one line that says why it is not possible, or an empty string
    std::string act(const ControlMessage& message);
    /// Passes waiting values on to the run. Called with every frame.
    void pass_on(std::chrono::steady_clock::time_point now);
    /// A run began: all values are those of the network. Watched neurons stay watched.
    void begin();

    /// The slot of a neuron that one more viewer watches; none if all slots have other neurons.
    std::optional<std::size_t> watch(std::uint32_t neuron);
    void unwatch(std::size_t slot);

    struct Values {
        std::vector<double> noise, weights;
    };
    [[nodiscard]] const Values& values() const noexcept { return shown_; }

private:
    struct Watched {
        std::uint32_t neuron = 0, viewers = 0;
    };
    LiveRun& run_;
    Values shown_, passed_;
    std::array<Watched, kWatchSlots> watched_{};
    RateLimit pulses_{20.0, 20.0}, restarts_{1.0, 2.0}, rewirings_{4.0, 1.0};
    std::size_t next_projection_ = 0;
};

}  // namespace izhi::apps::serve
