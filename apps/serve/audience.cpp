// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "audience.hpp"

#include <algorithm>

namespace izhi::apps::serve {

void Audience::remove(const Viewer& viewer) {
    std::erase_if(viewers_, [&](const std::shared_ptr<Viewer>& one) { return one.get() == &viewer; });
}

std::size_t Audience::entered() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(viewers_.begin(), viewers_.end(), [](const auto& viewer) { return viewer->entered; }));
}

void Audience::send(const MessagePtr& message) const {
    for (const auto& viewer : viewers_)
        if (viewer->entered) (void)viewer->send(message);
}

void Audience::send_frame(const MessagePtr& frame) {
    send(frame);
    kept_.push_back(frame);
    kept_bytes_ += frame->bytes.size();
    while (kept_.size() > kMostKeptFrames || kept_bytes_ > kMostKeptBytes) {
        kept_bytes_ -= kept_.front()->bytes.size();
        kept_.pop_front();
    }
}

MessagePtr Audience::past() const {
    if (kept_.empty()) return nullptr;
    auto message = std::make_shared<Message>();
    message->binary = true;
    message->bytes.reserve(kept_bytes_);
    for (const MessagePtr& frame : kept_) message->bytes += frame->bytes;
    return message;
}

void Audience::forget() {
    kept_.clear();
    kept_bytes_ = 0;
}

}  // namespace izhi::apps::serve
