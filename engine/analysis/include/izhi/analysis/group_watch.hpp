// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "izhi/analysis/groups.hpp"
#include "izhi/export.hpp"

/// How often a polychronous group fires in a recording. apps/groups/README.md has the definition.
namespace izhi::analysis {

/// Spikes of a recording by neuron, in steps.
class IZHI_API SpikeTrains {
public:
    explicit SpikeTrains(std::uint32_t neurons) : trains_(neurons) {}
    /// @param neuron below the number of neurons; in any order of steps until sort()
    void add(std::uint32_t neuron, std::uint64_t step) { trains_[neuron].push_back(step); }
    /// Puts each train in order of steps; to be called once, after the last add().
    void sort();
    [[nodiscard]] std::span<const std::uint64_t> of(std::uint32_t neuron) const noexcept { return trains_[neuron]; }
    [[nodiscard]] bool empty() const noexcept { return last_ < first_; }
    /// The steps of the first and the last spike; only if it is not empty.
    [[nodiscard]] std::uint64_t first_step() const noexcept { return first_; }
    [[nodiscard]] std::uint64_t last_step() const noexcept { return last_; }

private:
    std::vector<std::vector<std::uint64_t>> trains_;
    std::uint64_t first_ = 1, last_ = 0;
};

/// What counts as a firing of a group.
struct WatchRules {
    double share = 0.5;              ///< of the group's spikes that must be there, in (0, 1]
    std::uint32_t jitter_steps = 1;  ///< a spike counts up to this many steps before or after its time
};

/// The steps at which a group begins to fire. At a start s, a spike of the group is there if its neuron fires within the jitter of
/// s plus the step of the spike. The group fires where at least the share of its spikes is there. Starts that are at most
/// 2 jitter + 1 steps apart are one firing, at the first of those with the most spikes. Starts lie between the first and the last
/// spike of the recording.
[[nodiscard]] IZHI_API std::vector<std::uint64_t> firings_of(std::span<const GroupSpike> spikes,
                                                             const SpikeTrains& recording, const WatchRules& rules);

}  // namespace izhi::analysis
