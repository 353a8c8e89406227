// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>

namespace izhi::apps {
namespace {

// A handler can reach nothing but globals. All are lock-free, as handlers demand.
std::atomic<Simulation*> running{nullptr};
enum class Phase { nothing_written, files_open, last_touches };
std::atomic<Phase> phase{Phase::nothing_written};
std::atomic<bool> signalled{false};
static_assert(std::atomic<Simulation*>::is_always_lock_free && std::atomic<Phase>::is_always_lock_free &&
              std::atomic<bool>::is_always_lock_free);

void say(std::string_view line) {
    // On a terminal a progress line may be half-way across.
    constexpr std::string_view clear_row = "\r\033[K";
    if (::isatty(STDERR_FILENO) == 1) [[maybe_unused]]
        const ssize_t cleared = ::write(STDERR_FILENO, clear_row.data(), clear_row.size());
    // A terminal that is gone must not keep the program from ending.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

extern "C" void on_interrupt(int) {
    const int saved_errno = errno;
    const Phase now = phase.load();
    if (now == Phase::nothing_written) {
        say("izhi: interrupted; nothing was written\n");
        ::_exit(kInterrupted);
    }
    if (signalled.exchange(true) && now == Phase::files_open) {
        say("izhi: interrupted twice; unfinished files keep their temporary names\n");
        ::_exit(kInterrupted);
    }
    if (Simulation* const simulation = running.load()) simulation->request_stop();
    errno = saved_errno;
}

}  // namespace

void handle_interrupts() {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    action.sa_flags = SA_RESTART;  // writes of the recorder go on instead of failing with EINTR
    // SIGINT may come ignored from a shell that started the program in the background; asking for it again is right:
    // who sends one means it.
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

InterruptGuard::InterruptGuard(Simulation& simulation) {
    running.store(&simulation);
    phase.store(Phase::files_open);
}

InterruptGuard::~InterruptGuard() { running.store(nullptr); }

void stop_when_asked() noexcept { phase.store(Phase::files_open); }

void finish_undisturbed() noexcept { phase.store(Phase::last_touches); }

bool interrupted() noexcept { return signalled.load(); }

}  // namespace izhi::apps
