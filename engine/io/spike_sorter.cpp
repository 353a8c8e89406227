// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "spike_sorter.hpp"

#include <fcntl.h>

#include <algorithm>
#include <numeric>
#include <queue>
#include <string>
#include <utility>

#include "izhi/error.hpp"

namespace izhi::io::detail {

/// A sorted run of the file that is being read.
class SpikeSorter::Run {
public:
    /// @param begin, end its entries in the file. @param most that are in memory
    Run(SpikeSorter& sorter, std::uint64_t begin, std::uint64_t end, std::size_t most)
        : sorter_(&sorter), next_(begin), end_(end), most_(most) {
        refill();
    }
    [[nodiscard]] const Entry& front() const { return buffer_[at_]; }
    /// Goes to the next one. False at the end.
    bool advance() {
        if (++at_ == buffer_.size()) refill();
        return at_ < buffer_.size();
    }

private:
    void refill() {
        buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(most_, end_ - next_)));
        at_ = 0;
        const auto bytes = std::as_writable_bytes(std::span(buffer_));
        if (!sorter_->file_.seek(next_ * sizeof(Entry)) || sorter_->file_.read(bytes) != bytes.size())
            sorter_->fail("cannot be read");
        next_ += buffer_.size();
    }

    SpikeSorter* sorter_;
    std::uint64_t next_, end_;
    std::size_t most_, at_ = 0;
    std::vector<Entry> buffer_;
};

SpikeSorter::SpikeSorter(const RecordingPlan& plan, const std::filesystem::path& beside, std::size_t run_spikes)
    : plan_(&plan), run_spikes_(run_spikes), pending_(beside.string() + ".unsorted"),
      file_(pending_.part_path(), O_RDWR | O_CLOEXEC) {
    if (!file_.is_open()) throw Error(part_path().string() + ": cannot be opened: " + izhi::detail::message_of_errno());
    rank_neurons();
}

void SpikeSorter::fail(const char* what) const {
    throw RunError(part_path().string() + ": " + what + ": " + izhi::detail::message_of_errno());
}

void SpikeSorter::rank_neurons() {
    const auto& populations = plan_->network.description().populations;
    struct Numbered {
        std::size_t group;
        std::uint64_t id;
        std::uint32_t neuron;
    };
    const auto before = [](const Numbered& x, const Numbered& y) {
        return x.group != y.group ? x.group < y.group : x.id < y.id;
    };
    std::vector<Numbered> neurons;
    bool as_in_network = true;
    for (std::uint32_t p = 0; p < populations.size(); ++p) {
        const std::size_t group = plan_->group_of[p];
        const std::uint64_t* const ids = plan_->node_ids({p});
        // Populations of their own, counted from 0, come in the order of the network.
        as_in_network = as_in_network && (!plan_->recorded[p] ||
                                          (ids == nullptr && plan_->groups[group].neurons == populations[p].size));
    }
    if (as_in_network) return;
    for (std::uint32_t p = 0; p < populations.size(); ++p) {
        if (!plan_->recorded[p]) continue;
        const std::uint32_t first = plan_->network.first_neuron({p});
        for (std::uint32_t n = 0; n < populations[p].size; ++n)
            neurons.push_back({plan_->group_of[p], populations[p].recorded_id(n), first + n});
    }
    std::sort(neurons.begin(), neurons.end(), before);
    rank_.resize(plan_->network.neuron_count());
    for (const Numbered& each : neurons) {
        rank_[each.neuron] = static_cast<std::uint32_t>(order_.size());
        order_.push_back(each.neuron);
    }
}

void SpikeSorter::add(std::uint64_t step, std::span<const std::uint32_t> neurons) {
    plan_->by_recorded_population(neurons, [&](PopulationId, std::span<const std::uint32_t> own) {
        for (const std::uint32_t neuron : own) {
            entries_.push_back({step, rank_.empty() ? neuron : rank_[neuron]});
            if (entries_.size() == run_spikes_) write_run();
        }
    });
}

void SpikeSorter::write_run() {
    std::sort(entries_.begin(), entries_.end());
    if (!file_.write(std::as_bytes(std::span(entries_)))) fail("cannot be written");
    run_ends_.push_back((run_ends_.empty() ? 0 : run_ends_.back()) + entries_.size());
    entries_.clear();
}

void SpikeSorter::finish(const Take& take) {
    if (!run_ends_.empty()) {
        if (!entries_.empty()) write_run();
        std::vector<Entry>().swap(entries_);
        return merge(take);
    }
    std::sort(entries_.begin(), entries_.end());
    for (const Entry& entry : entries_) take(entry.step, neuron_of(entry.rank));
}

void SpikeSorter::merge(const Take& take) {
    // All runs together have as much memory as one had, but not so little that the disk does nothing but seek.
    constexpr std::size_t least = 256;
    const std::size_t most = std::max(least, run_spikes_ / run_ends_.size());
    std::vector<Run> runs;
    std::uint64_t begin = 0;
    for (const std::uint64_t end : run_ends_) runs.emplace_back(*this, std::exchange(begin, end), end, most);
    const auto later = [&](std::size_t x, std::size_t y) { return runs[y].front() < runs[x].front(); };
    std::vector<std::size_t> all(runs.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> heap(later, std::move(all));
    while (!heap.empty()) {
        const std::size_t run = heap.top();
        heap.pop();
        take(runs[run].front().step, neuron_of(runs[run].front().rank));
        if (runs[run].advance()) heap.push(run);
    }
}

}  // namespace izhi::io::detail
