// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "batch_writer.hpp"

#include <string>
#include <system_error>
#include <utility>

#include "engine/base/low_priority.hpp"
#include "izhi/error.hpp"

namespace izhi::io::detail {

BatchWriter::BatchWriter(Write write, Limits limits)
    : write_(std::move(write)), limits_(limits), current_(new std::byte[limits.batch_bytes]), queue_(limits.batches) {
    free_.reserve(limits.batches);
    try {
        thread_ = std::thread([this] { work(); });
    } catch (const std::system_error& error) {
        throw Error(std::string("there is no thread for writing recordings: ") + error.code().message());
    }
}

BatchWriter::~BatchWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        waiting_ = 0;
    }
    queued_.notify_one();
    thread_.join();
}

void BatchWriter::hand_over() {
    const auto take_free = [&] {
        current_ = std::move(free_.back());
        free_.pop_back();
    };
    bool make = false;
    {
        const std::lock_guard lock(mutex_);
        queue_[(first_ + waiting_++) % queue_.size()] = {std::move(current_), std::exchange(filled_, 0)};
        if (!free_.empty()) take_free();
        else if (made_ < limits_.batches) make = true;
    }
    queued_.notify_one();
    if (make) {
        current_.reset(new std::byte[limits_.batch_bytes]);
        ++made_;
    } else if (!current_) {
        std::unique_lock lock(mutex_);
        freed_.wait(lock, [&] { return !free_.empty(); });
        take_free();
    }
    if (failed_.load(std::memory_order_relaxed)) throw_again();
}

void BatchWriter::cut() {
    if (filled_ > 0) hand_over();
}

void BatchWriter::drain() {
    cut();
    {
        std::unique_lock lock(mutex_);
        freed_.wait(lock, [&] { return waiting_ == 0 && !writing_; });
    }
    if (failed_.load(std::memory_order_relaxed)) throw_again();
}

void BatchWriter::throw_again() {
    const std::lock_guard lock(mutex_);
    std::rethrow_exception(failure_);
}

void BatchWriter::work() {
    izhi::detail::lower_priority_of_this_thread();
    std::unique_lock lock(mutex_);
    while (true) {
        queued_.wait(lock, [&] { return waiting_ > 0 || stopping_; });
        if (waiting_ == 0) return;
        Batch batch = std::move(queue_[first_]);
        first_ = (first_ + 1) % queue_.size();
        --waiting_;
        writing_ = true;
        lock.unlock();
        std::exception_ptr failure;
        try {
            if (!failed_.load(std::memory_order_relaxed)) write_({batch.bytes.get(), batch.size});
        } catch (...) { failure = std::current_exception(); }
        lock.lock();
        if (failure) {
            failure_ = std::move(failure);
            failed_.store(true, std::memory_order_relaxed);
        }
        writing_ = false;
        free_.push_back(std::move(batch.bytes));
        freed_.notify_one();
    }
}

}  // namespace izhi::io::detail
