// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/simulation.hpp"

/// Ctrl-C (SIGINT) and SIGTERM, one policy for the program:
///
///     before a run    nothing has been written yet: the program ends at once with 130
///     during a run    the simulation is asked to stop at the next step; what was recorded is kept and closed
///     after that      a second signal ends the program at once; files then keep their temporary names
namespace izhi::apps {

/// 128 + SIGINT, what shells report of an interrupted program.
inline constexpr int kInterrupted = 130;

/// Installs the policy. Once, at the start of a command that runs a network.
void handle_interrupts();

/// While alive, a signal stops this simulation. The simulation must outlive it by a moment: another thread may just be
/// inside the handler, so destroy the guard as soon as run() has returned and the simulation later.
class InterruptGuard {
public:
    explicit InterruptGuard(Simulation& simulation);
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
};

/// Did a signal arrive?
[[nodiscard]] bool interrupted() noexcept;

}  // namespace izhi::apps
