// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/underway.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include <sys/mman.h>

namespace izhi::detail {

UnderwayQueue::UnderwayQueue(std::uint32_t longest, std::uint32_t neurons)
    : mask_(std::bit_ceil(longest + 1) - 1), heads_(std::size_t{mask_} + 1, kNone) {
    static_assert(sizeof(Chunk) == 1024);
    const std::uint64_t rows = std::uint64_t{neurons} * longest;
    const std::uint64_t chunks = rows / kChunkRows + heads_.size() + 1;  // every bucket may have one that is not full
    bytes_ = chunks * sizeof(Chunk);
    void* const memory =
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    chunks_ = static_cast<Chunk*>(memory);
}

UnderwayQueue::UnderwayQueue(UnderwayQueue&& other) noexcept
    : chunks_(std::exchange(other.chunks_, nullptr)), bytes_(other.bytes_), free_(other.free_), used_(other.used_),
      mask_(other.mask_), heads_(std::move(other.heads_)) {}

UnderwayQueue::~UnderwayQueue() {
    if (chunks_) munmap(chunks_, bytes_);
}

void UnderwayQueue::clear() noexcept {
    std::fill(heads_.begin(), heads_.end(), kNone);
    free_ = kNone;
    used_ = 0;
}

}  // namespace izhi::detail
