// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/realtime/scheduling.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "engine/base/text.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

/// "0 to 3, 6"
std::string list_of(const cpu_set_t& set) {
    std::string text;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &set)) continue;
        int last = cpu;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &set)) ++last;
        text += (text.empty() ? "" : ", ") + std::to_string(cpu) + (last > cpu ? " to " + std::to_string(last) : "");
        cpu = last;
    }
    return text;
}

void check_cpus(const std::vector<int>& cpus) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    for (const int cpu : cpus)
        if (cpu < 0 || cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &allowed))
            throw Error("option", "pin", "names processor " + std::to_string(cpu) + ", which this process may not use",
                        list_of(allowed));
}

void check_fifo(int priority) {
    if (priority == 0) return;
    if (priority < 1 || priority > 99) throw Error("option", "fifo", "is " + std::to_string(priority), "1 to 99");
    sched_param before{};
    const int policy = ::sched_getscheduler(0);
    ::sched_getparam(0, &before);
    sched_param wanted{};
    wanted.sched_priority = priority;
    if (::sched_setscheduler(0, SCHED_FIFO, &wanted) != 0) {
        const int fault = errno;
        rlimit limit{};
        ::getrlimit(RLIMIT_RTPRIO, &limit);
        if (fault == EPERM)
            throw Error("option", "fifo",
                        "is " + std::to_string(priority) + ", but this user may not run under SCHED_FIFO",
                        limit.rlim_cur == 0 ? "root, CAP_SYS_NICE, or a real-time priority limit (ulimit -r)"
                                            : "1 to " + std::to_string(limit.rlim_cur) + " (ulimit -r)");
        throw Error("option", "fifo", "is refused by the system: " + std::string(std::strerror(fault)));
    }
    ::sched_setscheduler(0, policy, &before);
}

/// The struct sched_attr of sched_setattr(2). On some systems its header cannot be included together with <sched.h>.
struct SchedulingAttributes {
    std::uint32_t size = sizeof(SchedulingAttributes), policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0, deadline = 0, period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

/// The time slice of the calling thread; 0 unless it has the usual policy.
std::optional<SchedulingAttributes> usual_attributes() {
    SchedulingAttributes attributes;
    if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return std::nullopt;
    if (attributes.policy != SCHED_OTHER) return std::nullopt;
    attributes.size = sizeof attributes;
    return attributes;
}

/// Sets how long the calling thread may run without interruption while others wait. Linux prefers threads that ask for
/// shorter slices (EEVDF), so a thread that sleeps between short steps gets a processor as soon as it wakes, without a
/// larger share. Systems before Linux 6.12 ignore this.
void set_slice(std::uint64_t ns) {
    std::optional<SchedulingAttributes> attributes = usual_attributes();
    if (!attributes) return;
    attributes->runtime = ns;
    (void)::syscall(SYS_sched_setattr, 0, &*attributes, 0);
}

/// The shortest slice that Linux accepts.
constexpr std::uint64_t kSliceNs = 100'000;

}  // namespace

Scheduling::Scheduling(const RealtimeOptions& options) : cpus_(options.cpus), fifo_priority_(options.fifo_priority) {
    check_cpus(cpus_);
    check_fifo(fifo_priority_);
}

Scheduling::Before Scheduling::take(std::size_t worker) const noexcept {
    Before before{};
    CPU_ZERO(&before.cpus);
    ::sched_getaffinity(0, sizeof before.cpus, &before.cpus);
    before.policy = ::sched_getscheduler(0);
    sched_param parameter{};
    ::sched_getparam(0, &parameter);
    before.priority = parameter.sched_priority;
    before.timer_slack_ns = ::prctl(PR_GET_TIMERSLACK);
    if (const auto attributes = usual_attributes()) before.slice_ns = attributes->runtime;
    // The system may wake a thread up to 50 us late to save power, which is most of the lateness of a sleep.
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    if (!cpus_.empty()) {
        cpu_set_t own;
        CPU_ZERO(&own);
        CPU_SET(cpus_[worker % cpus_.size()], &own);
        ::sched_setaffinity(0, sizeof own, &own);
    }
    if (fifo_priority_ > 0) {
        parameter.sched_priority = fifo_priority_;
        ::sched_setscheduler(0, SCHED_FIFO, &parameter);
    } else if (before.slice_ns > 0) {
        set_slice(kSliceNs);
    }
    return before;
}

void Scheduling::put_back(const Before& before) const noexcept {
    if (fifo_priority_ > 0) {
        sched_param parameter{};
        parameter.sched_priority = before.priority;
        ::sched_setscheduler(0, before.policy, &parameter);
    } else if (before.slice_ns > 0) {
        set_slice(before.slice_ns);
    }
    if (!cpus_.empty()) ::sched_setaffinity(0, sizeof before.cpus, &before.cpus);
    ::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(before.timer_slack_ns));
}

MemoryLock::MemoryLock(bool wanted) {
    if (!wanted) return;
    if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        const int fault = errno;
        ::munlockall();
        rlimit limit{};
        ::getrlimit(RLIMIT_MEMLOCK, &limit);
        const bool little = fault == ENOMEM || fault == EPERM || fault == EAGAIN;
        throw Error(
            "option", "lock-memory",
            little ? "asks for more than this user may lock"
                   : "is refused by the system: " + std::string(std::strerror(fault)),
            limit.rlim_cur == RLIM_INFINITY ? "CAP_IPC_LOCK" : "up to " + bytes_text(limit.rlim_cur) + " (ulimit -l)");
    }
    locked_ = true;
}

MemoryLock::~MemoryLock() {
    if (locked_) ::munlockall();
}

}  // namespace izhi::detail
