// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <nlohmann/json_fwd.hpp>

#include "checkpoints.hpp"
#include "izhi/checkpoint.hpp"
#include "izhi/realtime.hpp"

namespace izhi::apps {

/// The checkpoints of a run in real time, which are written while it runs. After a step whose checkpoint is due, when
/// all clients have been called, the state is copied into memory; a thread of low priority writes the copy to a file.
/// The run never waits: if a checkpoint is still being written, the next one is left out and counted. A checkpoint has
/// the state before the interventions of its step.
class CheckpointsBeside final : public StepClient {
public:
    /// Sets the number of interventions so far; called by the thread that steps.
    using Interventions = std::function<std::uint64_t()>;

    /// Also allocates the memory. @param inner a client that is called first in each step; may be null
    /// @throws Error if no thread can be started
    CheckpointsBeside(Checkpoints& checkpoints, const Simulation& simulation, StepClient* inner,
                      Interventions interventions);
    /// Waits for a checkpoint that is being written.
    ~CheckpointsBeside() override;
    CheckpointsBeside(const CheckpointsBeside&) = delete;
    CheckpointsBeside& operator=(const CheckpointsBeside&) = delete;

    // What the writer throws is thrown by the next step.
    void before_step(std::uint64_t step, Simulation& simulation) override;
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override;
    void while_paused(Simulation& simulation) override;
    void run_failed(const RunError& why) noexcept override;

    /// After the run: writes the last checkpoint. @throws RunError
    void finish();

    /// After the run: the bytes and times of the checkpoints and copies, and the number of those left out.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] nlohmann::ordered_json json() const;

private:
    enum class Copy : std::uint32_t { free, to_write, none_more };  ///< who has the copy: the run, or the writer
    void work();
    void wait_for_writer() const { state_.wait(Copy::to_write); }
    void take(std::uint64_t step);
    /// @throws RunError if the writer failed
    void look_at_writer();

    Checkpoints& checkpoints_;
    const Simulation& simulation_;
    StepClient* inner_;
    Interventions interventions_;
    Snapshot copy_;
    Checkpoints::Moment moment_;  ///< moment of the copy
    std::exception_ptr failure_;  ///< of the writer; set before it releases the copy
    std::atomic<bool> failed_{false};
    std::atomic<Copy> state_{Copy::free};
    std::uint64_t taken_ = 0, left_out_ = 0, last_left_out_ = 0;  ///< the last is a step
    double sum_us_ = 0.0, longest_us_ = 0.0;                      ///< times of copying
    std::thread thread_;
};

}  // namespace izhi::apps
