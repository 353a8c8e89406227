// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "signals.hpp"
#include "apps/text/output_paths.hpp"
#include "exit_codes.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string_view>

namespace izhi::apps {
namespace {

// A signal handler can use only globals. All of them are lock-free, as handlers require.
std::atomic<Simulation*> running{nullptr};
enum class Phase { nothing_written, files_open, last_touches };
std::atomic<Phase> phase{Phase::nothing_written};
std::atomic<std::int64_t> first_ms{0};  ///< when the first signal came, on the monotonic clock; 0: none yet
static_assert(std::atomic<Simulation*>::is_always_lock_free && std::atomic<Phase>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000 + 1;
}

constexpr std::array kHandled{SIGINT, SIGTERM, SIGHUP, SIGXCPU};

/// Whether a signal at this time after the first one is a second request. `timeout` sends its signal twice within
/// microseconds, to the program and to its group, and a service manager may repeat SIGTERM; a second Ctrl-C of a user
/// takes longer. The system repeats SIGXCPU every second, and SIGKILL follows it.
bool is_impatience(int signal, std::int64_t after_ms) {
    constexpr std::int64_t keyboard_ms = 50, others_ms = 1000;
    return signal != SIGXCPU && after_ms >= (signal == SIGINT ? keyboard_ms : others_ms);
}

void say(std::string_view line) {
    // On a terminal a progress line may be half written.
    constexpr std::string_view clear_row = "\r\033[K";
    if (::isatty(STDERR_FILENO) == 1) [[maybe_unused]]
        const ssize_t cleared = ::write(STDERR_FILENO, clear_row.data(), clear_row.size());
    // A terminal that was closed must not keep the program from ending.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

extern "C" void on_interrupt(int signal) {
    const int saved_errno = errno;
    const Phase now = phase.load();
    if (now == Phase::nothing_written) {
        say("izhi: interrupted; nothing was written\n");
        ::_exit(kInterrupted);
    }
    const std::int64_t time = now_ms();
    std::int64_t first = 0;
    const bool again = !first_ms.compare_exchange_strong(first, time);
    if (again && now == Phase::files_open && is_impatience(signal, time - first)) {
        say("izhi: interrupted twice; unfinished files keep their temporary names\n");
        ::_exit(kInterrupted);
    }
    if (Simulation* const simulation = running.load()) simulation->request_stop();
    errno = saved_errno;
}

}  // namespace

void handle_interrupts() {
    end_waiting_when(interrupted);
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    for (const int signal : kHandled) sigaddset(&action.sa_mask, signal);
    action.sa_flags = SA_RESTART;  // writes of the recorder continue instead of failing with EINTR
    for (const int signal : kHandled) {
        struct sigaction before {};
        // `nohup` ignores SIGHUP so that a run outlives its terminal. SIGINT is ignored in programs that a shell starts in
        // the background, but whoever sends it then means it.
        if (signal == SIGHUP && sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
        sigaction(signal, &action, nullptr);
    }
    // A limit of the size of files (ulimit -f) is an error of a write, as a full disk is.
    ::signal(SIGXFSZ, SIG_IGN);
}

InterruptGuard::InterruptGuard(Simulation& simulation) {
    running.store(&simulation);
    phase.store(Phase::files_open);
}

InterruptGuard::~InterruptGuard() { running.store(nullptr); }

void stop_when_asked() noexcept { phase.store(Phase::files_open); }

void finish_undisturbed() noexcept { phase.store(Phase::last_touches); }

bool interrupted() noexcept { return first_ms.load() != 0; }

}  // namespace izhi::apps
