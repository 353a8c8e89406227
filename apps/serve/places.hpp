// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace izhi::apps::serve {

/// The places of a server, each held by a connection. One that does not show who it is must leave when somebody else comes
/// and all places are taken, so that strangers cannot keep out those who have the token. All calls are on one thread.
class Places {
public:
    enum class Rank { stranger, watcher, controller };
    struct Place {
        Rank rank = Rank::stranger;
        std::function<void()> leave{};  ///< ends the connection that holds the place; empty after it was called
    };

    /// @param most places at a time @param most_watching of them, for viewers without the controls
    Places(std::size_t most, std::size_t most_watching) : most_(most), most_watching_(most_watching) {}

    /// A place for a new connection: a free one, or that of the stranger who came first. Null if there is none.
    std::shared_ptr<Place> take() {
        forget_gone();
        if (taken_.size() >= most_ && !send_away(Rank::stranger)) return nullptr;
        auto place = std::make_shared<Place>();
        taken_.push_back(place);
        return place;
    }
    /// Whether there is room for one more who watches.
    [[nodiscard]] bool may_watch() const {
        return static_cast<std::size_t>(std::count_if(taken_.begin(), taken_.end(), [](const auto& taken) {
                   const auto place = taken.lock();
                   return place && place->rank == Rank::watcher;
               })) < most_watching_;
    }

private:
    void forget_gone() {
        std::erase_if(taken_, [](const auto& taken) { return taken.expired(); });
    }
    bool send_away(Rank rank) {
        const auto first = std::find_if(taken_.begin(), taken_.end(), [&](const auto& taken) {
            const auto place = taken.lock();
            return place && place->rank == rank && place->leave;
        });
        if (first == taken_.end()) return false;
        const auto place = first->lock();
        taken_.erase(first);  // it is free from now on, although the connection takes a moment to end
        std::exchange(place->leave, nullptr)();
        return true;
    }

    std::size_t most_, most_watching_;
    std::vector<std::weak_ptr<Place>> taken_;  ///< in the order in which they came
};

}  // namespace izhi::apps::serve
