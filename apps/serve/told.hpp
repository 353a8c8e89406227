// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "desk.hpp"
#include "frames.hpp"
#include "live_run.hpp"

/// What the server tells viewers in JSON; PROTOCOL.md has every field.
namespace izhi::apps::serve {

/// Times of the steps of the last second [us].
class StepTimes {
public:
    void add(float step_us, float late_us);
    struct Figures {
        double p50 = 0.0, p99 = 0.0, max = 0.0;
    };
    struct Both {
        Figures step, late;
    };
    /// Of what was added since the last time.
    [[nodiscard]] Both take();

private:
    std::vector<float> step_us_, late_us_;
};

[[nodiscard]] MessagePtr hello_message(const LiveRun& run, const LiveRun::Status& status, bool may_control);
[[nodiscard]] MessagePtr status_message(const LiveRun& run, const LiveRun::Status& status, const Desk& desk,
                                        const StepTimes::Both& times, std::size_t viewers);
[[nodiscard]] MessagePtr neuron_message(const LiveRun& run, std::uint32_t neuron);
[[nodiscard]] MessagePtr refused_message(std::string_view why);
[[nodiscard]] MessagePtr lost_message(std::uint64_t frames);
[[nodiscard]] MessagePtr end_message();

}  // namespace izhi::apps::serve
