// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/io/spool.hpp"
#include "izhi/simulation.hpp"
#include "raster_data.hpp"

namespace izhi::apps {

/// The recordings of `izhi run`: the files of --out and the data of --plot. A run with checkpoints keeps them in a
/// spool, and makes the files at its end, because a kill would spoil a file in its final format.
class Recordings final : public Observer {
public:
    struct Wanted {
        std::optional<std::filesystem::path> out;
        bool out_of_config = false;  ///< whether a SONATA config gave `out`, and not --out
        io::RecorderOptions recorder{};
        std::optional<std::filesystem::path> plot;
        PictureStyle plot_style{};
        [[nodiscard]] bool any() const { return out || plot; }
    };

    /// Opens the files, under temporary names. @throws Error
    Recordings(Network network, Wanted wanted);
    /// Opens no files before finish(). @param file the file of the spool
    Recordings(Network network, Wanted wanted, std::unique_ptr<io::Spool> spool, std::filesystem::path file);

    void spikes(std::span<const Spike> spikes) override;
    void sample(const Sample& sample) override;
    void weights(const WeightSample& sample) override;

    /// Whether files and spool took everything that they were given.
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    /// The place of the spool, and its mark when everything up to that place is on the disk, see io::Spool. Nothing
    /// without a spool.
    [[nodiscard]] std::optional<std::uint64_t> place();
    [[nodiscard]] std::optional<io::SpoolMark> mark(std::optional<std::uint64_t> place);
    /// Bytes on the disk so far, and their folder.
    [[nodiscard]] std::uint64_t bytes_so_far() const;
    [[nodiscard]] std::filesystem::path growing_folder() const;
    /// Whether the files of --out are made only at the end, from the spool.
    [[nodiscard]] bool spooled() const noexcept { return spool_ != nullptr; }
    /// Gives the files of --out their names, and removes the files of an earlier run that run.json lists. @return the
    /// files
    [[nodiscard]] std::vector<std::filesystem::path> finish(const Simulation& simulation);
    /// What a full disk took, under its names.
    struct Kept {
        std::vector<std::filesystem::path> files;  ///< empty if nothing could be kept, and with a spool
        std::uint64_t step = 0;                    ///< the last one that is in all of them
    };
    /// Instead of finish(), and after it if it threw.
    [[nodiscard]] Kept keep_written();
    /// The data of the picture, after finish(); null without --plot.
    [[nodiscard]] const RasterData* raster() const noexcept { return raster_.get(); }

private:
    void open();
    template <class Tell>
    void record(const Tell& tell);

    Network network_;
    Wanted wanted_;
    std::unique_ptr<io::Spool> spool_;
    std::filesystem::path spool_file_;
    std::unique_ptr<io::Recorder> recorder_;
    std::unique_ptr<RasterData> raster_;
    bool complete_ = true;
};

}  // namespace izhi::apps
