// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "engine/base/file_descriptor.hpp"
#include "sink.hpp"

namespace izhi::io::detail {

/// Takes the spikes of a run in order of steps and gives them back in the order of neurons: by population as recorded, then
/// by number as recorded, then by time. Sorted runs of spikes go to a temporary file, which is merged at the end. So memory
/// depends on the number of neurons (8 bytes each, unless their order is that of the network) but not on that of spikes.
class SpikeSorter {
public:
    /// The most spikes that are sorted at once, and the most bytes that all of them take.
    static constexpr std::size_t kRunSpikes = std::size_t{1} << 21;

    /// @param beside the file that the spikes are for: the temporary one has a name like it. `plan` outlives the sorter.
    /// @throws Error
    SpikeSorter(const RecordingPlan& plan, const std::filesystem::path& beside, std::size_t run_spikes = kRunSpikes);

    /// The spikes of a step, like Sink::spikes(). @throws RunError if the disk fails
    void add(std::uint64_t step, std::span<const std::uint32_t> neurons);
    using Take = std::function<void(std::uint64_t step, std::uint32_t neuron)>;
    /// Gives all spikes of recorded populations. To be called once, at the end. @throws RunError
    void finish(const Take& take);

    /// The temporary file.
    [[nodiscard]] const std::filesystem::path& part_path() const noexcept { return pending_.part_path(); }

private:
    struct Entry {
        std::uint64_t step = 0;
        std::uint32_t rank = 0;  ///< of the neuron among all that are recorded
        std::uint32_t unused = 0;
        friend bool operator<(const Entry& x, const Entry& y) {
            return x.rank != y.rank ? x.rank < y.rank : x.step < y.step;
        }
    };
    class Run;

    void rank_neurons();
    void write_run();
    void merge(const Take& take);
    [[nodiscard]] std::uint32_t neuron_of(std::uint32_t rank) const { return order_.empty() ? rank : order_[rank]; }
    [[noreturn]] void fail(const char* what) const;

    const RecordingPlan* plan_;
    std::size_t run_spikes_;
    PendingFile pending_;  ///< never published
    izhi::detail::FileDescriptor file_;
    std::vector<std::uint32_t> order_, rank_;  ///< neuron by rank, and the reverse; empty if they are the same
    std::vector<Entry> entries_;
    std::vector<std::uint64_t> run_ends_;  ///< in the file [entries]
};

}  // namespace izhi::io::detail
