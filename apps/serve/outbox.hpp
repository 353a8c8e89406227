// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

#include "frames.hpp"

namespace izhi::apps::serve {

/// Messages that wait to be sent to one viewer, in bounded memory. A frame without room is lost for this viewer and
/// counted, so a slow browser does not slow down anyone else. Text is rare and small, and has a bound of its own.
class Outbox {
public:
    static constexpr std::size_t kMostBytes = std::size_t{8} << 20U;
    /// One second of frames: a viewer that is later than this sees a gap instead of the past.
    static constexpr std::size_t kMostFrames = 64;
    static constexpr std::size_t kMostMessages = 128;

    /// Takes a message if there is room. @return false if there is none, and the message is lost
    bool offer(const MessagePtr& message) {
        const std::size_t most = message->binary ? kMostFrames : kMostMessages;
        if (waiting_.size() >= most || bytes_ + message->bytes.size() > kMostBytes) {
            if (message->binary) ++frames_lost_;
            return false;
        }
        bytes_ += message->bytes.size();
        waiting_.push_back(message);
        return true;
    }
    /// The oldest message. It counts as waiting until pop().
    [[nodiscard]] const MessagePtr& front() const { return waiting_.front(); }
    void pop() {
        bytes_ -= waiting_.front()->bytes.size();
        waiting_.pop_front();
    }
    [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }
    [[nodiscard]] std::uint64_t frames_lost() const noexcept { return frames_lost_; }

private:
    std::deque<MessagePtr> waiting_;
    std::size_t bytes_ = 0;
    std::uint64_t frames_lost_ = 0;
};

}  // namespace izhi::apps::serve
