// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/state/ranks.hpp"
#include "engine/step/phase_log.hpp"

namespace izhi::detail {

/// What ranks tell each other when they have completed a phase: who fired, the samples of traces, and whether to go on.
///
/// A message has a byte of flags; for each step the number of spikes and their neurons, ascending, as differences; and
/// for each trace that is due the values of the rank's neurons. Whole numbers are in LEB128, one or two bytes for most
/// spikes. All ranks send pieces of the same size, which grows to hold the largest message so far. A message that is
/// longer is completed in a second round; every rank sees all lengths, so all know that there is one.
class PhaseExchange {
public:
    /// All of it outlives this. @param parts of this rank
    PhaseExchange(const Plan& plan, const Ranks& ranks, PhaseLog& log, std::size_t parts);

    /// Of any rank. Only rank 0 says `stop`.
    struct Flags {
        bool left_range = false, unreadable = false, stop = false;
    };
    /// Fills the lists of other ranks in the log, and on all ranks the samples. With no worker at work.
    /// @return the flags of all ranks together
    Flags exchange(std::uint64_t phase, const Flags& own) noexcept;

    /// Bytes in the messages of this rank so far, and how often there was a second round.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t second_rounds() const noexcept { return second_rounds_; }

private:
    struct Trace {
        TraceSteps steps;
        std::vector<std::vector<std::uint32_t>> places;  ///< by rank, among the samples of a step
    };
    void write(std::uint64_t phase, const Flags& own);
    void read(std::uint64_t phase, std::size_t rank, const std::byte* from, const std::byte* end, Flags& all);
    /// The messages of all ranks, after one or two rounds.
    void gather();

    const Ranks& ranks_;
    PhaseLog& log_;
    std::size_t parts_;
    std::vector<Trace> traces_;
    std::vector<std::byte> message_, piece_, pieces_, rest_, rests_;
    std::vector<std::byte> whole_;  ///< a message that came in two rounds
    std::size_t piece_bytes_ = 256;
    std::uint64_t bytes_ = 0, second_rounds_ = 0;
};

}  // namespace izhi::detail
