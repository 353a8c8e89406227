// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "izhi/export.hpp"
#include "izhi/simulation.hpp"

/// A spool keeps the results of a run in a file to which data are only added, so that a killed run can continue with
/// complete recordings: a checkpoint stores the length of the file, and everything after that is written
/// again. The formats of recording.hpp, which are not reliable after a kill, are made from the spool at the end.
namespace izhi::io {

/// A position in a spool.
struct SpoolMark {
    std::uint64_t bytes = 0;
    std::uint64_t hash = 0;  ///< over these bytes
};

/// A thread of low priority writes the file, see BatchWriter. All calls except mark(place) are for one thread at a
/// time.
class IZHI_API Spool final : public Observer {
public:
    /// Makes a new file, which replaces an existing one. @throws Error
    explicit Spool(const std::filesystem::path& file);
    /// Continues from a mark. Data after the mark remain until they are overwritten; a repeated run
    /// overwrites them with the same bytes, so later marks stay valid.
    /// @throws Error if the file has changed before that mark
    Spool(const std::filesystem::path& file, const SpoolMark& mark);
    ~Spool() override;

    void spikes(std::span<const Spike> spikes) override;
    void sample(const Sample& sample) override;
    void weights(const WeightSample& sample) override;

    /// Writes everything so far to the disk. @throws RunError if the disk fails
    SpoolMark mark() { return mark(place()); }
    /// The current place: later data come after it. Does not wait, unless 16 MB have not been written yet. Mark each
    /// place once, because the spool remembers it until then. @throws RunError if the disk failed before
    [[nodiscard]] std::uint64_t place();
    /// Writes everything up to a place to the disk. May be called on any thread, while data are added. @throws RunError
    /// if the disk fails
    SpoolMark mark(std::uint64_t place);

private:
    struct IZHI_LOCAL Impl;
    std::unique_ptr<Impl> impl_;
};

/// Checks that a file has not changed before a mark. @throws Error if it has
IZHI_API void check_spool(const std::filesystem::path& file, const SpoolMark& mark);

/// Passes the content of a spool up to a mark to an observer, in the original order.
/// @throws Error if the file has changed before that mark, or belongs to another network; the observer may have
/// received a part by then
IZHI_API void play_spool(const std::filesystem::path& file, const SpoolMark& mark, const Network& network,
                         Observer& into);

}  // namespace izhi::io
