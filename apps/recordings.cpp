// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "recordings.hpp"

#include <utility>

#include "gnuplot.hpp"
#include "raster_plot.hpp"

namespace izhi::apps {

Recordings::Recordings(Network network, Wanted wanted) : network_(std::move(network)), wanted_(std::move(wanted)) {
    open();
}

Recordings::Recordings(Network network, Wanted wanted, std::unique_ptr<io::Spool> spool, std::filesystem::path file)
    : network_(std::move(network)), wanted_(std::move(wanted)), spool_(std::move(spool)), spool_file_(std::move(file)) {
}

void Recordings::open() {
    if (wanted_.out) recorder_ = std::make_unique<io::Recorder>(network_, *wanted_.out, wanted_.format);
    if (wanted_.plot) raster_ = std::make_unique<RasterData>(network_, most_dots(picture_kind(*wanted_.plot)));
}

/// @param tell passes something on to an observer
template <class Tell>
void Recordings::record(const Tell& tell) {
    sound_ = false;
    if (spool_) tell(*spool_);
    if (recorder_) tell(*recorder_);
    sound_ = true;
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

std::optional<io::SpoolMark> Recordings::mark() {
    if (!spool_) return std::nullopt;
    return spool_->mark();
}

std::vector<std::filesystem::path> Recordings::finish(std::uint64_t steps_done) {
    if (const std::optional<io::SpoolMark> all = mark()) {
        spool_.reset();
        open();
        io::play_spool(spool_file_, *all, network_, *this);
    }
    if (!recorder_) return {};
    return recorder_->finish(steps_done);
}

}  // namespace izhi::apps
