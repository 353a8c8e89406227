// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "commands.hpp"
#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "networks.hpp"
#include "output_paths.hpp"
#include "progress.hpp"
#include "raster_data.hpp"
#include "raster_plot.hpp"
#include "signals.hpp"
#include "summary.hpp"
#include "units.hpp"

namespace izhi::apps {
namespace {

/// Passes what a run produces to those who asked for it.
class RunObserver final : public Observer {
public:
    RunObserver(io::Recorder* recorder, RasterData* raster, Progress& progress, std::uint64_t steps, double dt_ms)
        : recorder_(recorder), raster_(raster), progress_(progress), dt_ms_(dt_ms),
          total_ms_(static_cast<double>(steps) * dt_ms) {}

    void spikes(std::span<const Spike> spikes) override {
        record([&] { recorder_->spikes(spikes); });
        if (raster_ != nullptr) raster_->add(spikes);
    }
    void sample(const Sample& sample) override {
        record([&] { recorder_->sample(sample); });
    }
    bool proceed(std::uint64_t step) override {
        progress_.running(static_cast<double>(step) * dt_ms_, total_ms_);
        // A signal that came between the opening of files and the start of run() has asked nobody to stop.
        return !interrupted();
    }

    /// Did the recorder take all that it was given?
    [[nodiscard]] bool recording_sound() const noexcept { return recording_sound_; }

private:
    template <class Write>
    void record(const Write& write) {
        if (recorder_ == nullptr) return;
        recording_sound_ = false;
        write();
        recording_sound_ = true;
    }

    io::Recorder* recorder_;
    RasterData* raster_;
    Progress& progress_;
    double dt_ms_, total_ms_;
    bool recording_sound_ = true;
};

std::uint64_t steps_of(const Network& network, const RunOptions& options) {
    const std::uint64_t steps = network.steps(options.duration_ms);
    if (steps > 0) return steps;
    throw Error("", "--duration", "is '" + options.duration_text + "', less than one step",
                "at least " + plain(network.dt_ms(), 6) + "ms");
}

void print_forecast(const Network& network, const RunOptions& options) {
    const int threads =
        options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const MemoryForecast memory = network.memory(threads);
    std::cerr << network.description().spec.name << ": " << counted(network.neuron_count(), "neuron") << ", about "
              << counted(memory.synapses, "synapse") << "; building needs up to " << bytes_text(memory.total())
              << " of memory, running " << bytes_text(memory.total() - memory.building_bytes) << '\n';
}

PictureTitle picture_title(const RunSummary& summary) {
    return {summary.network, counted(summary.neurons, "neuron") + ", " + counted(summary.synapses, "synapse") +
                                 ", seed " + std::to_string(summary.seed) + ", " +
                                 seconds_text(summary.biological_s()) + " at " + times_text(summary.times_real_time()) +
                                 " × real time"};
}

std::string list_of(const std::vector<std::filesystem::path>& files) {
    std::string text;
    for (const auto& file : files) text += (text.empty() ? "" : ", ") + file.string();
    return text;
}

}  // namespace

int run_network(const RunOptions& options) {
    const NetworkSource source = find_network(options.network);
    const Network network = io::parse_network(source.text, source.origin, {.seed = options.seed, .storage = options.storage});
    const std::uint64_t steps = steps_of(network, options);
    if (options.out) require_writable_folder("--out", *options.out);
    if (options.plot) {
        require_writable_file("--plot", *options.plot);
        require_gnuplot(picture_kind(*options.plot));
    }
    handle_interrupts();
    if (!options.quiet && !options.json) print_forecast(network, options);

    Progress progress(!options.quiet);
    Simulation simulation(network, {.threads = options.threads,
                                    .isa = options.isa,
                                    .delivery = options.delivery,
                                    .memory_limit_bytes = options.memory_limit_bytes,
                                    .build_progress = [&progress](double share) { progress.building(share); }});

    // From here on there are files, under temporary names.
    std::unique_ptr<io::Recorder> recorder;
    std::unique_ptr<RasterData> raster;
    RunReport report;
    {
        const InterruptGuard guard(simulation);
        if (options.out) recorder = std::make_unique<io::Recorder>(network, *options.out, options.format);
        if (options.plot) raster = std::make_unique<RasterData>(network, most_dots(picture_kind(*options.plot)));
        RunObserver observer(recorder.get(), raster.get(), progress, steps, network.dt_ms());
        progress.begin();
        try {
            report = simulation.run(steps, &observer);
        } catch (const RunError& error) {
            // A neuron that left the range of single precision: the recording shows how.
            progress.clear();
            if (!recorder || !observer.recording_sound()) throw;
            throw RunError(std::string(error.what()) + "; what was recorded is kept in " +
                           list_of(recorder->finish(simulation.steps_done())));
        }
    }
    progress.clear();

    RunSummary summary = summarise(simulation, steps, report.wall_s);
    if (recorder) summary.files = recorder->finish(simulation.steps_done());
    if (raster) {
        draw_raster(*raster, simulation.steps_done(), picture_title(summary), *options.plot);
        summary.files.push_back(*options.plot);
    }
    std::cout << (options.json ? json_of(summary) : text_of(summary));
    return summary.stopped ? kInterrupted : kDone;
}

}  // namespace izhi::apps
