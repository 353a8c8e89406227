// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "group_search.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "apps/text/units.hpp"
#include "engine/base/parallel.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "shuffler.hpp"

namespace izhi::apps {
namespace {

using analysis::Group;
using Clock = std::chrono::steady_clock;

/// The progress line of work on several threads.
class SharedProgress {
public:
    SharedProgress(Progress& progress, std::string_view verb, std::uint64_t total)
        : progress_(progress), verb_(verb), total_(total) {}
    void add(std::uint64_t done, std::uint64_t found = 0) {
        const std::lock_guard lock(mutex_);
        done_ += done;
        found_ += found;
        const Clock::time_point now = Clock::now();
        if (now - last_ < std::chrono::milliseconds(100) || total_ == 0) return;
        last_ = now;
        const double share = static_cast<double>(done_) / static_cast<double>(total_),
                     elapsed = std::chrono::duration<double>(now - began_).count();
        std::string line = std::string(verb_) + ' ' + std::to_string(static_cast<int>(100.0 * share)) + " %";
        if (found_ > 0) line += "   " + counted(found_, "group");
        if (share > 0.0) line += "   " + seconds_text(elapsed / share - elapsed) + " left";
        progress_.note(line);
    }

private:
    Progress& progress_;
    std::string_view verb_;
    std::uint64_t total_, done_ = 0, found_ = 0;
    std::mutex mutex_;
    Clock::time_point began_ = Clock::now(), last_ = began_;
};

std::uint64_t bytes_of(const Group& group) {
    return sizeof group + group.spikes.size() * sizeof(analysis::GroupSpike) +
           group.links.size() * sizeof(analysis::GroupLink);
}

/// The spikes of a group with their steps exchanged among the excitatory neurons, and among the inhibitory ones.
std::vector<analysis::GroupSpike> shuffled_times(const analysis::GroupNetwork& network, const Group& group,
                                                 std::uint64_t number) {
    std::vector<analysis::GroupSpike> spikes = group.spikes;
    for (const bool inhibitory : {false, true}) {
        std::vector<std::size_t> alike;
        for (std::size_t i = 0; i < spikes.size(); ++i)
            if (network.neuron(spikes[i].neuron).inhibitory == inhibitory) alike.push_back(i);
        Shuffler(2 * number + (inhibitory ? 1 : 0)).shuffle(alike.size(), [&](std::size_t i, std::size_t j) {
            std::swap(spikes[alike[i]].step, spikes[alike[j]].step);
        });
    }
    return spikes;
}

}  // namespace

std::vector<Group> search_groups(const analysis::GroupNetwork& network, const analysis::GroupRules& rules,
                                 std::uint64_t triplets, int threads, std::uint64_t memory_bytes, Progress& progress) {
    std::vector<std::vector<Group>> found(network.size());  // [mother]
    std::atomic<std::uint64_t> bytes{0};
    SharedProgress shown(progress, "searching", triplets);
    const auto executor = default_executor(threads);
    izhi::detail::parallel_tasks(*executor, network.size(), [&](const auto& next_task) {
        analysis::GroupFinder finder(network, rules);
        for (std::size_t mother = 0; next_task(mother);) {
            const auto number = static_cast<std::uint32_t>(mother);
            finder.groups_of(number, [&](Group&& group) {
                const std::uint64_t own = bytes_of(group);
                if (bytes.fetch_add(own, std::memory_order_relaxed) + own > memory_bytes)
                    throw Error("the groups need more than " + bytes_text(memory_bytes) +
                                " of memory; allowed: fewer or smaller ones, with a larger --path or --threshold or a "
                                "shorter --duration");
                found[mother].push_back(std::move(group));
                return true;
            });
            shown.add(network.triplets_of(number), found[mother].size());
        }
    });
    std::vector<Group> groups;
    for (std::vector<Group>& of_mother : found)
        for (Group& group : of_mother) groups.push_back(std::move(group));
    return groups;
}

std::vector<WatchedGroup> watch_groups(const analysis::GroupNetwork& network, const std::vector<Group>& groups,
                                       const analysis::SpikeTrains& recording, const analysis::WatchRules& rules,
                                       int threads, Progress& progress) {
    std::vector<WatchedGroup> watched(groups.size());
    SharedProgress shown(progress, "watching", groups.size());
    const auto executor = default_executor(threads);
    izhi::detail::parallel_tasks(*executor, groups.size(), [&](const auto& next_task) {
        for (std::size_t g = 0; next_task(g);) {
            const std::vector<std::uint64_t> firings = firings_of(groups[g].spikes, recording, rules);
            watched[g].firings = firings.size();
            if (!firings.empty()) watched[g].first_step = firings.front();
            watched[g].shuffled = firings_of(shuffled_times(network, groups[g], g), recording, rules).size();
            shown.add(1);
        }
    });
    return watched;
}

}  // namespace izhi::apps
