// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/plastic/modulator.hpp"
#include "engine/plastic/plastic_projection.hpp"
#include "engine/state/archive.hpp"
#include "engine/state/channel_state.hpp"
#include "engine/step/short_term.hpp"

namespace izhi::detail {

/// All that synapses remember from step to step, but for what is in the rings. Outlives a stepper.
struct SynapseState {
    /// @param parts slots of each part of this rank @param ranks outlives this
    SynapseState(const Plan& plan, const std::vector<Range>& parts, const Ranks& ranks, Executor& executor,
                 const simd::Kernels& kernels);
    /// What needs the synapses of all ranks: their number, and those that rewards depend on. To be called once, by all
    /// ranks, before anything below. @throws Error if a reward names a synapse that does not exist
    void complete(const Plan& plan);

    std::vector<ChannelState> channels;                       ///< by channel, then by buffer that is apart
    std::vector<std::unique_ptr<ShortTerm>> short_term;       ///< by projection; null where there is none
    std::vector<std::unique_ptr<PlasticProjection>> plastic;  ///< by projection; null where it is not
    std::vector<PlasticProjection*> all_plastic;              ///< those that are, in order
    Modulator modulator;

    /// Writing, spikes must have departed already.
    void transfer(Archive& a, const Plan& plan);
    /// What has been learnt, of which there may be much. @param now steps done
    void transfer_learnt(Archive& a, std::uint64_t now);
    /// A copy of it, to be written later. @param into whose memory is used again
    struct Learnt {
        std::vector<PlasticProjection::State> plastic;  ///< as all_plastic
        std::optional<Modulator> modulator;
    };
    void copy_learnt(Learnt& into) const;
    /// Writes the copy as transfer_learnt() would have written it then. Touches nothing that changes while the network runs.
    void write_learnt(Archive& a, std::uint64_t now, Learnt& learnt) const;

    [[nodiscard]] std::uint64_t plastic_synapses() const noexcept;
    [[nodiscard]] std::uint64_t plastic_bytes() const noexcept;
};

}  // namespace izhi::detail
