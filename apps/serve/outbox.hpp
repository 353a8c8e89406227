// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

#include "frames.hpp"

namespace izhi::apps::serve {

/// What waits to be sent to one viewer, in bounded memory: a frame for which there is no room is lost to this viewer and
/// counted, so that a slow browser costs nobody anything. Text is rare and small, and is lost only beyond a bound of its own.
class Outbox {
public:
    static constexpr std::size_t kMostBytes = std::size_t{8} << 20U;
    static constexpr std::size_t kMostFrames =
        64;  ///< a second of them: who is later than that sees a gap, not the past
    static constexpr std::size_t kMostMessages = 128;

    /// Is there room for it? If not, it is lost.
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
    /// The oldest, which stays counted until it is sent and taken off.
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
