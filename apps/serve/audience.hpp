// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "frames.hpp"
#include "viewer.hpp"

namespace izhi::apps::serve {

/// All viewers, and the frames of the last seconds, so that a viewer who comes late or comes back starts with a full picture.
class Audience {
public:
    void add(const std::shared_ptr<Viewer>& viewer) { viewers_.push_back(viewer); }
    void remove(const Viewer& viewer);
    [[nodiscard]] const std::vector<std::shared_ptr<Viewer>>& all() const noexcept { return viewers_; }
    [[nodiscard]] std::size_t entered() const noexcept;

    /// Sends to every viewer who has entered; slow viewers lose it.
    void send(const MessagePtr& message) const;
    /// Sends a frame, and keeps it for later viewers.
    void send_frame(const MessagePtr& frame);
    /// The kept frames in one message; null if there are none.
    [[nodiscard]] MessagePtr past() const;
    /// Drops the kept frames, because a new run begins.
    void forget();

private:
    static constexpr std::size_t kMostKeptBytes = std::size_t{3} << 20U;
    static constexpr std::size_t kMostKeptFrames = 360;  ///< six seconds

    std::vector<std::shared_ptr<Viewer>> viewers_;
    std::deque<MessagePtr> kept_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace izhi::apps::serve
