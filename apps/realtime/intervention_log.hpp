// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "izhi/live.hpp"
#include "izhi/realtime.hpp"
#include "izhi/simulation.hpp"

/// The log of a live run: each change and the number of steps before it, so that `izhi run NETWORK --replay LOG` gives
/// the same spikes. It is text with one JSON object per line (apps/README.md has the keys):
///
///     {"izhi_interventions":1,"network":"cortex-10k","seed":1,"neurons":10000,"dt_ms":1.0}
///     {"step":1200,"kind":"noise-scale","population":"exc","factor":2.0}
///     {"steps":60000,"spike_hash":"0123456789abcdef"}
///
/// The last line is missing if the run was killed.
namespace izhi::apps {

/// The lines of a log, without line ends.
[[nodiscard]] std::string intervention_log_header(const Network& network);
[[nodiscard]] std::string intervention_log_line(const Network& network, std::uint64_t step, const Intervention& what);
[[nodiscard]] std::string intervention_log_end(const Simulation& simulation);

/// Writes a log during a run; every line is passed to the system at once. SimulationOptions::on_intervention may call
/// add().
class InterventionLog {
public:
    /// @throws RunError
    InterventionLog(std::filesystem::path file, Network network);
    void add(std::uint64_t step, const Intervention& what);
    void finish(const Simulation& simulation);

private:
    void write(const std::string& line);
    std::filesystem::path file_;
    Network network_;
    std::ofstream stream_;
};

struct InterventionLogContents {
    std::vector<LoggedIntervention> interventions;  ///< in order of steps; each fits the network
    std::optional<std::uint64_t> steps;             ///< steps of the logged run, and the hash of its spikes
    std::optional<std::uint64_t> spike_hash;
};
/// Reads a log. @throws Error "FILE:LINE: ..." for the first error, also if the log belongs to another network
[[nodiscard]] InterventionLogContents read_intervention_log(const std::filesystem::path& file, const Network& network);

/// Repeats the interventions of a log in a run.
class Replay final : public StepClient {
public:
    /// @param made how many of them the run has had already
    explicit Replay(std::vector<LoggedIntervention> interventions, std::uint64_t made = 0)
        : interventions_(std::move(interventions)), next_(made) {}
    /// How many interventions the run has had, including those before it was resumed.
    [[nodiscard]] std::uint64_t made() const noexcept { return next_; }
    void before_step(std::uint64_t step, Simulation& simulation) override;
    /// Runs as fast as possible to step `last`, or until stopped.
    RunReport run(Simulation& simulation, std::uint64_t last, Observer* observer);

private:
    std::vector<LoggedIntervention> interventions_;
    std::uint64_t next_;
};

}  // namespace izhi::apps
