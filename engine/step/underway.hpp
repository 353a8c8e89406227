// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/memory.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// Rows of spikes that are still on their way to one part, by the step in which their next group is due. A row is in the queue
/// once, whatever its delays. There could be one per neuron and step of the longest delay, six times what a ring of sums for
/// all delays takes; so a queue has room for what is likely, and says when it is full.
class UnderwayQueue {
public:
    /// @param buckets steps in which rows may be due, a power of two @param rows room for at least this many
    UnderwayQueue(std::uint32_t buckets, std::uint64_t rows);

    /// @return false if there is no room
    [[nodiscard]] bool add(const simd::UnderwayRow& row) noexcept {
        std::uint32_t& head = heads_[row.due & mask_];
        if (head == kNone || chunks_[head].count == kChunkRows) {
            const std::uint32_t fresh = take();
            if (fresh == kNone) return false;
            chunks_[fresh].next = head;
            chunks_[fresh].count = 0;
            head = fresh;
        }
        Chunk& chunk = chunks_[head];
        chunk.rows[chunk.count++] = row;
        return true;
    }
    /// Calls consume(rows of a chunk) for those due in a step, and forgets them.
    template <class Consume>
    void drain(std::uint32_t step, const Consume& consume) noexcept {
        std::uint32_t index = heads_[step & mask_];
        heads_[step & mask_] = kNone;
        while (index != kNone) {
            Chunk& chunk = chunks_[index];
            const std::uint32_t next = chunk.next;
            if (next != kNone)
                for (std::size_t line = 0; line < 4; ++line)
                    __builtin_prefetch(reinterpret_cast<const char*>(&chunks_[next]) + line * 64);
            consume(std::span<const simd::UnderwayRow>(chunk.rows, chunk.count));
            chunk.next = free_;
            free_ = index;
            index = next;
        }
    }
    /// Calls look(rows of a chunk) for all.
    template <class Look>
    void look_at_all(const Look& look) const {
        for (std::uint32_t head : heads_)
            for (; head != kNone; head = chunks_[head].next)
                look(std::span<const simd::UnderwayRow>(chunks_[head].rows, chunks_[head].count));
    }
    void clear() noexcept;
    /// At most.
    [[nodiscard]] static constexpr std::uint64_t bytes(std::uint32_t buckets, std::uint64_t rows) noexcept {
        return chunk_count(buckets, rows) * sizeof(Chunk);
    }

private:
    static constexpr std::uint32_t kNone = 0xffffffffu, kChunkRows = 42;
    struct alignas(64) Chunk {
        std::uint32_t next, count;
        simd::UnderwayRow rows[kChunkRows];
    };
    /// Every bucket may have one that is not full.
    [[nodiscard]] static constexpr std::uint64_t chunk_count(std::uint32_t buckets, std::uint64_t rows) noexcept {
        return rows / kChunkRows + buckets + 1;
    }
    [[nodiscard]] std::uint32_t take() noexcept {
        if (free_ == kNone) return used_ < chunks_.size() ? used_++ : kNone;
        const std::uint32_t taken = free_;
        free_ = chunks_[taken].next;
        return taken;
    }
    LazyArray<Chunk> chunks_;
    std::uint32_t free_ = kNone, used_ = 0, mask_;
    std::vector<std::uint32_t> heads_;
};

}  // namespace izhi::detail
