// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "hardware_counters.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace izhi::apps {
namespace {

struct Kind {
    std::uint64_t config;
    const char* name;
};
constexpr std::array<Kind, 4> kKinds{{{PERF_COUNT_HW_CPU_CYCLES, "cycles"},
                                      {PERF_COUNT_HW_INSTRUCTIONS, "instructions"},
                                      {PERF_COUNT_HW_CACHE_MISSES, "cache misses"},
                                      {PERF_COUNT_HW_BRANCH_MISSES, "branch misses"}}};

int open_counter(std::uint64_t config) {
    perf_event_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.size = sizeof attributes;
    attributes.config = config;
    attributes.inherit = 1;
    attributes.exclude_kernel = 1;  // unprivileged users may count only this
    attributes.exclude_hv = 1;
    // If there are more counters than the processor has, they take turns: the times say how long this counter ran.
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

std::string reason_of(int fault) {
    switch (fault) {
        case EACCES:
        case EPERM: {
            std::string level = "?";
            std::ifstream("/proc/sys/kernel/perf_event_paranoid") >> level;
            return "the kernel does not allow it (kernel.perf_event_paranoid is " + level +
                   "; 2 or less lets everyone count; a container may also forbid it)";
        }
        case ENOENT:
        case ENODEV:
        case EOPNOTSUPP:
            return "this machine does not give access to the counters of its processor (virtual machines often hide "
                   "them)";
        case ENOSYS: return "this kernel has no perf events";
        default: return std::strerror(fault);
    }
}

}  // namespace

HardwareCounters::HardwareCounters() {
    std::string missing;
    int fault = 0;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        counters_[i].file = open_counter(kKinds[i].config);
        if (counters_[i].file >= 0) continue;
        fault = errno;
        missing += (missing.empty() ? "" : ", ") + std::string(kKinds[i].name);
    }
    if (missing.empty()) return;
    bool any = false;
    for (const Counter& counter : counters_) any = any || counter.file >= 0;
    why_not_ = (any ? "no " + missing + ": " : "none: ") + reason_of(fault);
}

HardwareCounters::~HardwareCounters() {
    for (const Counter& counter : counters_)
        if (counter.file >= 0) ::close(counter.file);
}

HardwareCounts HardwareCounters::take() {
    std::array<std::optional<std::uint64_t>, 4> counts;
    for (std::size_t i = 0; i < counters_.size(); ++i) {
        Counter& counter = counters_[i];
        struct {
            std::uint64_t value, enabled, running;
        } reading{};
        if (counter.file < 0 || ::read(counter.file, &reading, sizeof reading) != sizeof reading) continue;
        if (reading.running == 0) continue;  // it never ran
        const auto total =
            static_cast<std::uint64_t>(static_cast<double>(reading.value) * static_cast<double>(reading.enabled) /
                                       static_cast<double>(reading.running));
        counts[i] = total > counter.last ? total - counter.last : 0;
        counter.last = total;
    }
    return {counts[0], counts[1], counts[2], counts[3]};
}

}  // namespace izhi::apps
