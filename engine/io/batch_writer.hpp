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

/// Takes bytes from one thread, in batches, and passes them in the same order to a function that runs on its own
/// thread. That thread has a low priority, so that it does not take a processor from threads that compute. The waiting
/// data are bounded: if the function is too slow, adding waits until there is room. Data are lost only after an error.
class BatchWriter {
public:
    struct Limits {
        std::size_t batch_bytes = std::size_t{256} << 10;
        std::size_t batches = 64;  ///< total number, at least 2; so at most 16 MiB are waiting
    };
    using Write = std::function<void(std::span<const std::byte>)>;

    /// @param write is called with complete records, in order. If it throws, writing ends, and the next call of add()
    /// or another
    ///        function throws the same. @throws Error if no thread can be started
    explicit BatchWriter(Write write) : BatchWriter(std::move(write), Limits{}) {}
    BatchWriter(Write write, Limits limits);
    /// Drops data that were not written.
    ~BatchWriter();
    BatchWriter(const BatchWriter&) = delete;
    BatchWriter& operator=(const BatchWriter&) = delete;

    /// A place for a record, which is never divided. Fill it before the next call. It is aligned to 8 bytes. @param
    /// bytes a multiple of 8, at most the size of a batch @throws what the function threw
    [[nodiscard]] std::byte* add(std::size_t bytes) {
        if (failed_.load(std::memory_order_relaxed)) throw_again();
        if (bytes > limits_.batch_bytes - filled_) hand_over();
        std::byte* const place = current_.get() + filled_;
        filled_ += bytes;
        return place;
    }
    [[nodiscard]] std::size_t batch_bytes() const noexcept { return limits_.batch_bytes; }

    /// Ends the current batch, so that the function is called with it. @throws what the function threw
    void cut();
    /// Waits until everything so far has been written. @throws what the function threw
    void drain();

private:
    using Bytes = std::unique_ptr<std::byte[]>;
    struct Batch {
        Bytes bytes;
        std::size_t size = 0;
    };

    /// Queues the current batch and gets an empty one; waits if all batches are queued.
    void hand_over();
    [[noreturn]] void throw_again();
    void work();

    const Write write_;
    const Limits limits_;
    Bytes current_;  ///< the batch that is being filled
    std::size_t filled_ = 0;
    std::size_t made_ = 1;  ///< number of batches
    std::atomic<bool> failed_{false};

    std::mutex mutex_;
    std::condition_variable queued_, freed_;
    std::vector<Batch> queue_;  ///< a ring of all batches
    std::size_t first_ = 0, waiting_ = 0;
    bool writing_ = false, stopping_ = false;
    std::vector<Bytes> free_;  ///< the one used last comes first, because it may still be in the caches
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace izhi::io::detail
