// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controls.hpp"
#include "frames.hpp"
#include "live_run.hpp"

/// The JSON messages from the server to viewers; PROTOCOL.md has every field.
namespace izhi::apps::serve {

/// Collects the times of steps [us] and summarises them.
class StepTimes {
public:
    void add(float step_us, float late_us);
    struct Figures {
        double p50 = 0.0, p99 = 0.0, max = 0.0;
    };
    struct Both {
        Figures step, late;
    };
    /// The figures of all times that were added since the last call.
    [[nodiscard]] Both take();

private:
    std::vector<float> step_us_, late_us_;
};

[[nodiscard]] MessagePtr hello_message(const LiveRun& run, const LiveRun::Status& status, bool may_control);
[[nodiscard]] MessagePtr status_message(const LiveRun& run, const LiveRun::Status& status, const Controls& controls,
                                        const StepTimes::Both& times, std::size_t viewers);
[[nodiscard]] MessagePtr neuron_message(const LiveRun& run, std::uint32_t neuron);
[[nodiscard]] MessagePtr refused_message(std::string_view why);
[[nodiscard]] MessagePtr lost_message(std::uint64_t frames);

}  // namespace izhi::apps::serve
