// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "izhi/simulation.hpp"

namespace izhi::detail {

/// Says when the steps of a run begin. A paced run has one step to a phase; between two of them, with no worker at work,
/// the worker that completed a step asks for the next one, and the pacing returns when it is due.
class Pacing {
public:
    virtual ~Pacing() = default;
    /// Around the life of a worker in a run, on its thread.
    virtual void enter(std::size_t worker) noexcept = 0;
    virtual void leave(std::size_t worker) noexcept = 0;
    /// A step is done and its spikes are recorded.
    virtual void after_step(std::uint64_t steps_done, std::span<const Spike> spikes) noexcept = 0;
    /// Waits until step number `step` is due. Returns whether to do it.
    virtual bool await_step(std::uint64_t step) noexcept = 0;
    /// A worker has nothing to do until the next step: returns about when that is due, or at once.
    virtual void rest(std::size_t worker) noexcept = 0;
};

}  // namespace izhi::detail
