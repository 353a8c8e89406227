// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/underway.hpp"

#include <algorithm>

namespace izhi::detail {

UnderwayQueue::UnderwayQueue(std::uint32_t buckets, std::uint64_t rows)
    : chunks_(static_cast<std::size_t>(chunk_count(buckets, rows))), mask_(buckets - 1), heads_(buckets, kNone) {
    static_assert(sizeof(Chunk) == 1024);
}

void UnderwayQueue::clear() noexcept {
    std::fill(heads_.begin(), heads_.end(), kNone);
    free_ = kNone;
    used_ = 0;
}

}  // namespace izhi::detail
