// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "frames.hpp"
#include "viewer.hpp"

namespace izhi::apps::serve {

/// Those who watch, and the last seconds of what they saw: who comes late or comes back starts with a full picture.
class Audience {
public:
    void add(const std::shared_ptr<Viewer>& viewer) { viewers_.push_back(viewer); }
    void remove(const Viewer& viewer);
    [[nodiscard]] const std::vector<std::shared_ptr<Viewer>>& all() const noexcept { return viewers_; }
    [[nodiscard]] std::size_t entered() const noexcept;

    /// To everyone who has entered; those who are slow lose it.
    void send(const MessagePtr& message) const;
    /// The same, and keeps it for those to come.
    void send_frame(const MessagePtr& frame);
    /// The frames that are kept, in one message; null if there are none.
    [[nodiscard]] MessagePtr past() const;
    /// A new run begins: what was kept is of another.
    void forget();

private:
    static constexpr std::size_t kMostKeptBytes = std::size_t{3} << 20U;
    static constexpr std::size_t kMostKeptFrames = 360;  ///< six seconds

    std::vector<std::shared_ptr<Viewer>> viewers_;
    std::deque<MessagePtr> kept_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace izhi::apps::serve
