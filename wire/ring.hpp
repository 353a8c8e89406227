// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace izhi::wire {

/// A bounded queue from one thread to one other: no locks, no allocation after construction. What does not fit is not
/// taken, in whole: the producer never waits.
template <class T>
class Ring {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    /// @param capacity is rounded up to a power of two
    explicit Ring(std::size_t capacity)
        : mask_(std::bit_ceil(std::max<std::size_t>(capacity, 2)) - 1), items_(new T[mask_ + 1]) {}

    /// All of these or none. Producer only.
    bool push(std::span<const T> items) noexcept {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (items.size() > mask_ + 1 - (tail - head_seen_)) {
            head_seen_ = head_.load(std::memory_order_acquire);
            if (items.size() > mask_ + 1 - (tail - head_seen_)) return false;
        }
        const std::size_t at = tail & mask_, before_wrap = std::min(items.size(), mask_ + 1 - at);
        std::copy_n(items.begin(), before_wrap, items_.get() + at);
        std::copy(items.begin() + static_cast<std::ptrdiff_t>(before_wrap), items.end(), items_.get());
        tail_.store(tail + items.size(), std::memory_order_release);
        return true;
    }
    /// Fills a part of `into` and returns how many that were. Consumer only.
    std::size_t pop(std::span<T> into) noexcept {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        const std::size_t count = std::min(into.size(), tail_.load(std::memory_order_acquire) - head);
        const std::size_t at = head & mask_, before_wrap = std::min(count, mask_ + 1 - at);
        std::copy_n(items_.get() + at, before_wrap, into.begin());
        std::copy_n(items_.get(), count - before_wrap, into.begin() + static_cast<std::ptrdiff_t>(before_wrap));
        head_.store(head + count, std::memory_order_release);
        return count;
    }
    /// How many the consumer would find now, at least. Consumer only.
    [[nodiscard]] std::size_t size() const noexcept {
        return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

private:
    std::size_t mask_;
    std::unique_ptr<T[]> items_;
    // Lines of their own: the two threads write them all the time.
    alignas(64) std::atomic<std::size_t> tail_{0};
    std::size_t head_seen_ = 0;  ///< the producer's last look at head_
    alignas(64) std::atomic<std::size_t> head_{0};
};

}  // namespace izhi::wire
