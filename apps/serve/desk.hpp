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

/// The knobs: where they stand, and what is to be passed on to the run. However fast they are turned, the run gets at most
/// one value of a noise in a frame and one of the weights in a quarter of a second, the last. All calls on one thread.
class Desk {
public:
    explicit Desk(LiveRun& run);

    // Each says in a line why it cannot be done, or nothing.
    std::string act(const ControlMessage& message);
    /// Passes on what waits. Called with every frame.
    void pass_on(std::chrono::steady_clock::time_point now);
    /// A run began: all as described, nobody watched.
    void begin();

    /// A slot for a neuron that one more viewer watches, or none if as many as there are slots are watched already.
    std::optional<std::size_t> watch(std::uint32_t neuron);
    void unwatch(std::size_t slot);

    struct Knobs {
        std::vector<double> noise, weights;
    };
    [[nodiscard]] const Knobs& knobs() const noexcept { return shown_; }

private:
    struct Watched {
        std::uint32_t neuron = 0, viewers = 0;
    };
    LiveRun& run_;
    Knobs shown_, passed_;
    std::array<Watched, kWatchSlots> watched_{};
    RateLimit pulses_{20.0, 20.0}, restarts_{1.0, 2.0}, rewirings_{4.0, 1.0};
    std::size_t next_projection_ = 0;
};

}  // namespace izhi::apps::serve
