// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/low_priority.hpp"

#include <sched.h>
#include <sys/resource.h>

namespace izhi::detail {

void lower_priority_of_this_thread() noexcept {
    const sched_param none{};
    (void)::sched_setscheduler(0, SCHED_BATCH, &none);
    (void)::setpriority(PRIO_PROCESS, 0, 10);  // on Linux for the calling thread only
}

}  // namespace izhi::detail
