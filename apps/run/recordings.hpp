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

/// What `izhi run` records: the files of --out and what --plot shows. A run with checkpoints keeps it in a spool, and makes
/// the files when it ends: a format that is being written is lost with a kill.
class Recordings final : public Observer {
public:
    struct Wanted {
        std::optional<std::filesystem::path> out;
        io::Format format = io::Format::sonata;
        std::optional<std::filesystem::path> plot;
        PictureStyle plot_style{};
        [[nodiscard]] bool any() const { return out || plot; }
    };

    /// Opens the files, under temporary names. @throws Error
    Recordings(Network network, Wanted wanted);
    /// Opens none before finish(). @param file that of the spool
    Recordings(Network network, Wanted wanted, std::unique_ptr<io::Spool> spool, std::filesystem::path file);

    void spikes(std::span<const Spike> spikes) override;
    void sample(const Sample& sample) override;
    void weights(const WeightSample& sample) override;

    /// Whether files and spool took everything that they were given.
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    /// Where the spool is, and once all up to there is on the disk, its mark: see io::Spool. Nothing without one.
    [[nodiscard]] std::optional<std::uint64_t> place();
    [[nodiscard]] std::optional<io::SpoolMark> mark(std::optional<std::uint64_t> place);
    /// Bytes on the disk so far, and where they are.
    [[nodiscard]] std::uint64_t bytes_so_far() const;
    [[nodiscard]] std::filesystem::path growing_folder() const;
    /// Whether files of --out are made only at the end, out of what grows until then.
    [[nodiscard]] bool spooled() const noexcept { return spool_ != nullptr; }
    /// Gives the files of --out their names, and removes those of a run that its run.json there tells of. @returns them
    [[nodiscard]] std::vector<std::filesystem::path> finish(const Simulation& simulation);
    /// What the picture shows, once finished; null without --plot.
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
