// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace izhi::io::detail {

/// Takes bytes from one thread, in batches, and gives them in the same order to a function that runs on a thread of its own.
/// That thread has a low priority, so that it does not take a processor from those that compute. What waits to be written is
/// bounded: whoever adds more than the function can take is held until there is room. Nothing is lost but by an error.
class BatchWriter {
public:
    struct Limits {
        std::size_t batch_bytes = std::size_t{256} << 10;
        std::size_t batches = 64;  ///< in all, at least 2; so that 16 MiB are on their way at most
    };
    using Write = std::function<void(std::span<const std::byte>)>;

    /// @param write is called with whole records, as they were added. What it throws ends the writing, and is thrown again
    ///        to whoever adds. @throws Error if there is no thread to be had
    explicit BatchWriter(Write write) : BatchWriter(std::move(write), Limits{}) {}
    BatchWriter(Write write, Limits limits);
    /// Drops what was not written.
    ~BatchWriter();
    BatchWriter(const BatchWriter&) = delete;
    BatchWriter& operator=(const BatchWriter&) = delete;

    /// A place for a record that is never cut: to be filled before the next call. @param bytes whole eights, at most those of
    /// a batch. Aligned for words of 8 bytes. @throws what the function threw
    [[nodiscard]] std::byte* add(std::size_t bytes) {
        if (failed_.load(std::memory_order_relaxed)) throw_again();
        if (bytes > limits_.batch_bytes - filled_) hand_over();
        std::byte* const place = current_.get() + filled_;
        filled_ += bytes;
        return place;
    }
    [[nodiscard]] std::size_t batch_bytes() const noexcept { return limits_.batch_bytes; }

    /// Sends off what was added: the function is called with a batch that ends here. @throws what the function threw
    void cut();
    /// Waits until all that was added is written. @throws what the function threw
    void drain();

private:
    using Bytes = std::unique_ptr<std::byte[]>;
    struct Batch {
        Bytes bytes;
        std::size_t size = 0;
    };

    /// Queues the current batch and gets an empty one; waits for it if all are on their way.
    void hand_over();
    [[noreturn]] void throw_again();
    void work();

    const Write write_;
    const Limits limits_;
    Bytes current_;  ///< being filled
    std::size_t filled_ = 0;
    std::size_t made_ = 1;  ///< batches
    std::atomic<bool> failed_{false};

    std::mutex mutex_;
    std::condition_variable queued_, freed_;
    std::vector<Batch> queue_;  ///< a ring of all batches
    std::size_t first_ = 0, waiting_ = 0;
    bool writing_ = false, stopping_ = false;
    std::vector<Bytes> free_;  ///< the one used last comes first: it may still be in the caches
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace izhi::io::detail
