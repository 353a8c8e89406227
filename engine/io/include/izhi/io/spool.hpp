// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "izhi/simulation.hpp"

/// What a run produces, kept as it comes in a file that is only ever added to, so that a run that was killed goes on with
/// its recordings whole: a checkpoint remembers how far the file was, and whatever the file has beyond that is written
/// again. The formats of recording.hpp, which cannot be trusted after a kill, are made from it at the end.
namespace izhi::io {

/// How far a spool was.
struct SpoolMark {
    std::uint64_t bytes = 0;
    std::uint64_t hash = 0;  ///< over them
};

/// A thread of low priority writes it, see BatchWriter. All calls are for one thread at a time, but for mark(place).
class Spool final : public Observer {
public:
    /// A new one, in the place of any that was there. @throws Error
    explicit Spool(const std::filesystem::path& file);
    /// Goes on from a mark. What the file has beyond it stays until it is written over, which a run that repeats itself
    /// does with the same bytes: later marks stay right meanwhile.
    /// @throws Error if the file is not what it was at that mark
    Spool(const std::filesystem::path& file, const SpoolMark& mark);
    ~Spool() override;

    void spikes(std::span<const Spike> spikes) override;
    void sample(const Sample& sample) override;
    void weights(const WeightSample& sample) override;

    /// Puts all that came so far onto the disk. @throws RunError if that refuses
    SpoolMark mark() { return mark(place()); }
    /// Where it is: what comes later comes behind it. Waits for nothing, unless the disk is 16 MB behind. Each place is to be
    /// marked once, or the spool remembers it. @throws RunError if the disk refused what came before
    [[nodiscard]] std::uint64_t place();
    /// Puts all up to a place onto the disk. On any thread, while more comes. @throws RunError if that refuses
    SpoolMark mark(std::uint64_t place);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Whether a file is what it was at a mark. @throws Error
void check_spool(const std::filesystem::path& file, const SpoolMark& mark);

/// Gives an observer what a spool holds up to a mark, in the order it came.
/// @throws Error if the file is not what it was at that mark, or is of another network; the observer may have got some then
void play_spool(const std::filesystem::path& file, const SpoolMark& mark, const Network& network, Observer& into);

}  // namespace izhi::io
