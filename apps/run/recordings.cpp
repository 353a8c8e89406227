// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "recordings.hpp"

#include <system_error>
#include <utility>

#include "apps/plot/gnuplot.hpp"
#include "raster_plot.hpp"
#include "run_record.hpp"

namespace izhi::apps {

Recordings::Recordings(Network network, Wanted wanted) : network_(std::move(network)), wanted_(std::move(wanted)) {
    open();
}

Recordings::Recordings(Network network, Wanted wanted, std::unique_ptr<io::Spool> spool, std::filesystem::path file)
    : network_(std::move(network)), wanted_(std::move(wanted)), spool_(std::move(spool)), spool_file_(std::move(file)) {
}

void Recordings::open() {
    if (wanted_.out) recorder_ = std::make_unique<io::Recorder>(network_, *wanted_.out, wanted_.recorder);
    if (wanted_.plot) raster_ = std::make_unique<RasterData>(network_, most_dots(picture_kind(*wanted_.plot)));
}

/// @param tell passes something on to an observer
template <class Tell>
void Recordings::record(const Tell& tell) {
    complete_ = false;
    if (spool_) tell(*spool_);
    if (recorder_) tell(*recorder_);
    complete_ = true;
}

void Recordings::spikes(std::span<const Spike> spikes) {
    record([&](Observer& to) { to.spikes(spikes); });
    if (raster_) raster_->add(spikes);
}
void Recordings::sample(const Sample& sample) {
    record([&](Observer& to) { to.sample(sample); });
}
void Recordings::weights(const WeightSample& sample) {
    record([&](Observer& to) { to.weights(sample); });
}

std::optional<std::uint64_t> Recordings::place() {
    if (!spool_) return std::nullopt;
    return spool_->place();
}
std::optional<io::SpoolMark> Recordings::mark(std::optional<std::uint64_t> place) {
    if (!place) return std::nullopt;
    return spool_->mark(*place);
}

std::uint64_t Recordings::bytes_so_far() const {
    if (recorder_) return recorder_->bytes_so_far();
    std::error_code error;
    const std::uintmax_t bytes = spool_ ? std::filesystem::file_size(spool_file_, error) : 0;
    return error ? 0 : bytes;
}

std::filesystem::path Recordings::growing_folder() const {
    return spool_ ? std::filesystem::absolute(spool_file_).parent_path() : wanted_.out.value_or(".");
}

Recordings::Kept Recordings::keep_written() {
    if (!recorder_ || spool_) return {};
    Kept kept;
    kept.files = recorder_->keep_written(kept.step, earlier_recordings(*wanted_.out));
    return kept;
}

std::vector<std::filesystem::path> Recordings::finish(const Simulation& simulation) {
    if (const std::optional<io::SpoolMark> all = mark(place())) {
        spool_.reset();
        open();
        io::play_spool(spool_file_, *all, network_, *this);
    }
    if (!recorder_) return {};
    return recorder_->finish(simulation.steps_done(), simulation.spike_hash(), earlier_recordings(*wanted_.out));
}

}  // namespace izhi::apps
