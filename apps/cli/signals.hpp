// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/simulation.hpp"

/// Ctrl-C (SIGINT), SIGTERM, SIGHUP (a terminal that was closed, unless `nohup` ignores it) and SIGXCPU (a limit of
/// processor time). The program has one policy for all of them:
///
///     before a run    nothing has been written yet: the program ends at once with 130; so does a bench at any time
///     during a run    the simulation is asked to stop at the next step; the recording is kept and closed, and a run with
///                     checkpoints writes its last one
///     during a sweep  running simulations are stopped; finished points are kept, and the same command continues from
///                     there
///     convert         it ends soon, and removes what it has written
///     again           a second Ctrl-C, or another signal a second or more after the first, while recordings are written or
///                     closed, ends the program at once; unfinished files then keep their temporary names. Signals that
///                     come together count as one, because `timeout` sends two; SIGXCPU, which the system repeats,
///                     never counts as a second one
///     after that      signals no longer end the program, because the picture, the trace and the file of a bench take a
///                     moment only and clean up after themselves. Ctrl-C still ends gnuplot, which receives it too
namespace izhi::apps {

/// Installs the policy. To be called once, before the first simulation of a command that runs networks.
void handle_interrupts();

/// While this object exists, a signal stops the simulation. Another thread may be inside the handler when it is
/// destroyed, so destroy this object as soon as run() has returned, and the simulation later.
class InterruptGuard {
public:
    explicit InterruptGuard(Simulation& simulation);
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
};

/// From here on there are files to close but no single simulation to stop: the work must check interrupted() from time
/// to time.
void stop_when_asked() noexcept;

/// From here on signals no longer end the program, because it writes its last files and ends by itself.
void finish_undisturbed() noexcept;

/// Whether a signal arrived after files were opened.
[[nodiscard]] bool interrupted() noexcept;

}  // namespace izhi::apps
