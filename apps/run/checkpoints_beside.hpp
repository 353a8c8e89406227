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

/// The checkpoints of a run in real time, written beside it. After a step whose checkpoint is due, and once everybody has been
/// told of it, the state is copied into memory; a thread of low priority makes a file of the copy. The run never waits: while
/// one is still being written, the next is left out, and counted. One is of the state before what is done at that step:
/// interventions of it come later.
class CheckpointsBeside final : public StepClient {
public:
    /// How many interventions were made so far; called by the thread that steps.
    using Interventions = std::function<std::uint64_t()>;

    /// Takes the memory, too. @param inner is called first at each step; may be null
    /// @throws Error if there is no thread to be had
    CheckpointsBeside(Checkpoints& checkpoints, const Simulation& simulation, StepClient* inner,
                      Interventions interventions);
    /// Waits for what is being written.
    ~CheckpointsBeside() override;
    CheckpointsBeside(const CheckpointsBeside&) = delete;
    CheckpointsBeside& operator=(const CheckpointsBeside&) = delete;

    // What the writer throws comes out of the step after.
    void before_step(std::uint64_t step, Simulation& simulation) override;
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override;
    void while_paused(Simulation& simulation) override;
    void run_failed(const RunError& why) noexcept override;

    /// The run is over: writes its last one. @throws RunError
    void finish();

    /// After the run: what the checkpoints and the copies took, and how many were left out.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] nlohmann::ordered_json json() const;

private:
    enum class Copy : std::uint32_t { free, to_write, none_more };  ///< who has it: the run, the writer
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
    Checkpoints::Moment moment_;  ///< of the copy
    std::exception_ptr failure_;  ///< of the writer, before it lets go of the copy
    std::atomic<bool> failed_{false};
    std::atomic<Copy> state_{Copy::free};
    std::uint64_t taken_ = 0, left_out_ = 0, last_left_out_ = 0;  ///< the last: its step
    double sum_us_ = 0.0, longest_us_ = 0.0;                      ///< of copying
    std::thread thread_;
};

}  // namespace izhi::apps
