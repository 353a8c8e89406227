// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace izhi::apps::serve {

/// A message to viewers: text (JSON) or bytes, shared by all viewers that receive it.
struct Message {
    std::string bytes;
    bool binary = false;
};
using MessagePtr = std::shared_ptr<const Message>;

/// The record of one step, which goes from the engine's thread to the server's; frames are made of these.
///
///     word 0       words of the record, this one included
///     words 1, 2   the step, low word first
///     word 3       the run: 0, and one more at each restart
///     words 4, 5   duration and lateness of the last step, as bits of floats [us]
///     word 6       number of watched neurons W (kWatchSlots at most)
///     P words      spikes of each population
///     3 W words    neuron, bits of v, bits of u
///     the rest     rows of the view that fired, ascending
namespace step_record {
inline constexpr std::size_t kStep = 1, kRun = 3, kStepTime = 4, kLateness = 5, kWatched = 6, kHead = 7;
}
/// The most neurons whose v and u all frames can have, over the choices of all viewers.
inline constexpr std::size_t kWatchSlots = 8;

/// Gathers steps that follow one another into one binary frame; PROTOCOL.md has its layout.
class FrameWriter {
public:
    /// The most dots in one frame. Further dots are left out and counted in the frame: nobody could see them.
    static constexpr std::size_t kMostDots = 100'000;
    static constexpr std::size_t kMostSteps = 4096;

    explicit FrameWriter(std::size_t populations) : populations_(populations) {}

    /// Whether this step can join those gathered so far: not after a gap, with other watched neurons, or if the frame is full.
    [[nodiscard]] bool takes(std::span<const std::uint32_t> step) const noexcept;
    void add(std::span<const std::uint32_t> step);
    [[nodiscard]] bool empty() const noexcept { return steps_ == 0; }
    /// Returns the frame of the steps gathered so far, and begins the next.
    [[nodiscard]] MessagePtr finish();

private:
    std::size_t populations_;
    std::uint64_t first_step_ = 0;
    std::uint32_t run_ = 0, steps_ = 0, dots_left_out_ = 0;
    std::vector<std::uint32_t> watched_;
    std::vector<std::uint32_t> counts_;  ///< of each step and population
    std::vector<std::uint32_t> states_;  ///< of each step and watched neuron: bits of v, bits of u
    std::vector<std::uint32_t> dot_counts_;
    std::vector<std::uint16_t> dots_;
};

}  // namespace izhi::apps::serve
