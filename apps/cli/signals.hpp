// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/simulation.hpp"

/// Ctrl-C (SIGINT) and SIGTERM, one policy for the program:
///
///     before a run    nothing has been written yet: the program ends at once with 130; so does a bench at any time
///     during a run    the simulation is asked to stop at the next step; what was recorded is kept and closed, and a run with
///                     checkpoints writes its last
///     during a sweep  the simulations that run are stopped; the points that were done are kept, and the same command
///                     goes on from there
///     again           a second Ctrl-C, or another signal a second or more after the first, while recordings are written or
///                     closed, ends the program at once; unfinished files then keep their temporary names. Signals that
///                     come together are one: `timeout` sends two
///     after that      the picture, the trace and a bench's file are a matter of moments and clean up after themselves:
///                     signals no longer end the program. A Ctrl-C still ends gnuplot, which hears it too
namespace izhi::apps {

/// Installs the policy. Once, before the first simulation of a command that runs networks.
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

/// From here on there are files to close, and no single simulation to stop: who works asks interrupted() now and then.
void stop_when_asked() noexcept;

/// From here on signals no longer end the program: it is about to write its last files and end by itself.
void finish_undisturbed() noexcept;

/// Did a signal arrive after files were opened?
[[nodiscard]] bool interrupted() noexcept;

}  // namespace izhi::apps
