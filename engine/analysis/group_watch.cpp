// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/analysis/group_watch.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace izhi::analysis {
namespace {

/// Starts are looked at this many at a time, so that memory does not depend on the length of a recording.
constexpr std::int64_t kStarts = 1 << 15;

/// Joins starts to firings.
class Firings {
public:
    explicit Firings(std::int64_t apart) : apart_(apart) {}
    void add(std::int64_t start, int there) {
        if (steps_.empty() || start - latest_ > apart_) {
            steps_.push_back(static_cast<std::uint64_t>(start));
            most_ = there;
        } else if (there > most_) {
            steps_.back() = static_cast<std::uint64_t>(start);
            most_ = there;
        }
        latest_ = start;
    }
    [[nodiscard]] std::vector<std::uint64_t> steps() && { return std::move(steps_); }

private:
    std::vector<std::uint64_t> steps_;
    std::int64_t apart_, latest_ = 0;
    int most_ = 0;
};

}  // namespace

void SpikeTrains::sort() {
    for (auto& train : trains_) {
        std::sort(train.begin(), train.end());
        if (train.empty()) continue;
        first_ = empty() ? train.front() : std::min(first_, train.front());
        last_ = std::max(last_, train.back());
    }
}

std::vector<std::uint64_t> firings_of(std::span<const GroupSpike> spikes, const SpikeTrains& recording,
                                      const WatchRules& rules) {
    if (recording.empty() || spikes.empty()) return {};
    const auto needed =
        std::max(1, static_cast<int>(std::ceil(rules.share * static_cast<double>(spikes.size()) - 1e-9)));
    const auto jitter = static_cast<std::int64_t>(rules.jitter_steps);
    const auto begin = static_cast<std::int64_t>(recording.first_step()),
               end = static_cast<std::int64_t>(recording.last_step()) + 1;
    /// The starts at which a spike is there are stretches; each is entered where it begins and where it ends.
    std::vector<int> change(static_cast<std::size_t>(kStarts) + 1);
    std::vector<std::size_t> next(spikes.size());
    std::vector<std::int64_t> counted(spikes.size(), begin);  // starts before this one have been entered
    Firings firings(2 * jitter + 1);
    for (std::int64_t from = begin; from < end; from += kStarts) {
        const std::int64_t until = std::min(end, from + kStarts);
        std::fill(change.begin(), change.end(), 0);
        for (std::size_t i = 0; i < spikes.size(); ++i) {
            const auto train = recording.of(spikes[i].neuron);
            while (next[i] < train.size()) {
                const std::int64_t middle = static_cast<std::int64_t>(train[next[i]]) - spikes[i].step;
                // Stretches of one train may overlap; a start counts once.
                const std::int64_t first = std::max(middle - jitter, counted[i]), last = middle + jitter + 1;
                if (first >= until) break;
                const std::int64_t stop = std::min(last, until);
                if (stop > first) {
                    ++change[static_cast<std::size_t>(first - from)];
                    --change[static_cast<std::size_t>(stop - from)];
                    counted[i] = stop;
                }
                if (last > until) break;  // the rest of it belongs to the next starts
                ++next[i];
            }
        }
        int there = 0;
        for (std::int64_t start = from; start < until; ++start) {
            there += change[static_cast<std::size_t>(start - from)];
            if (there >= needed) firings.add(start, there);
        }
    }
    return std::move(firings).steps();
}

}  // namespace izhi::analysis
