// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "apps/plot/picture_style.hpp"
#include "apps/text/machine.hpp"
#include "izhi/simulation.hpp"
#include "step_model.hpp"

/// The results of `izhi bench --scaling` and `--growth`: as text, as JSON, as a picture.
namespace izhi::apps {

/// The biological time that takes about a second.
[[nodiscard]] double usual_duration_ms(const Network& network, const SimulationOptions& options);

/// A network on 1, 2... threads.
struct ScalingRow {
    int threads = 1;
    std::vector<double> run_s;  ///< of each repeat
    [[nodiscard]] double best_s() const;
    [[nodiscard]] double median_s() const;
};
struct ScalingNetwork {
    std::string name;
    std::uint64_t neurons = 0, synapses = 0, steps = 0;
    double dt_ms = 1.0;
    std::string isa;
    std::uint64_t spike_hash = 0;
    StepCosts costs;
    std::vector<ScalingRow> rows;  ///< one thread first

    [[nodiscard]] double biological_s() const { return static_cast<double>(steps) * dt_ms / 1e3; }
    /// The speed of a run whose step takes this many ns.
    [[nodiscard]] double times_real_time(double step_ns) const { return dt_ms * 1e6 / step_ns; }
};
struct ScalingReport {
    Machine machine;
    std::uint64_t repeats = 1;
    double barrier_s = 0.0;
    bool barrier_measured = false;  ///< otherwise assumed, because there is one processor
    bool predict = false;           ///< a table of predictions instead of measurements
    std::vector<ScalingNetwork> networks{};
};
/// The numbers of cores of --predict.
inline constexpr int kPredictedCores[] = {4, 8, 16, 32, 64};

[[nodiscard]] std::string text_of(const ScalingReport& report);
[[nodiscard]] nlohmann::ordered_json json_of(const ScalingReport& report);
/// Draws speed over threads: measured, predicted, and in proportion to the threads. @throws RunError
void draw_scaling(const ScalingReport& report, const std::filesystem::path& file, const PictureStyle& style = {});

/// The results of cortex-1m at one size.
struct GrowthRow {
    std::uint64_t neurons = 0, synapses = 0, memory_bytes = 0;
    bool left_out = false;  ///< left out for lack of memory; then the other values are not set
    std::uint64_t steps = 0;
    double rate_hz = 0.0;
    double step_ns = 0.0, neuron_ns = 0.0, event_ns = 0.0;  ///< the minimum over all repeats
};
struct GrowthReport {
    Machine machine;
    std::string isa{};
    std::uint64_t repeats = 1, memory_limit_bytes = 0;
    double dt_ms = 1.0;
    std::vector<GrowthRow> rows{};
};
[[nodiscard]] std::string text_of(const GrowthReport& report);
[[nodiscard]] nlohmann::ordered_json json_of(const GrowthReport& report);
/// Draws ns per neuron and step, and per synaptic event, over the number of neurons. @throws RunError
void draw_growth(const GrowthReport& report, const std::filesystem::path& file, const PictureStyle& style = {});

}  // namespace izhi::apps
