// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
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
/// The last line is missing if the run was killed. In a list, [value, count] is a value that is repeated, and in a list of
/// neurons [first, count] is a row of neurons.
namespace izhi::apps {

/// The lines of a log, without line ends.
[[nodiscard]] std::string intervention_log_header(const Network& network);
[[nodiscard]] std::string intervention_log_line(const Network& network, std::uint64_t step, const Intervention& what);
[[nodiscard]] std::string intervention_log_end(const Simulation& simulation);

/// Writes a log during a run, on a thread of its own, which passes every line to the system as soon as it can.
/// SimulationOptions::on_intervention may call add(): it only copies, and waits only if the disk is very far behind.
class InterventionLog {
public:
    /// @throws RunError
    InterventionLog(std::filesystem::path file, Network network);
    ~InterventionLog();
    InterventionLog(const InterventionLog&) = delete;
    InterventionLog& operator=(const InterventionLog&) = delete;

    /// @throws RunError if an earlier line could not be written
    void add(std::uint64_t step, const Intervention& what);
    /// Writes what is left and the last line. @throws RunError
    void finish(const Simulation& simulation);

private:
    void write(const std::string& line);
    void write_all();
    void stop();

    std::filesystem::path file_;
    Network network_;
    std::ofstream stream_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<LoggedIntervention> waiting_;
    std::exception_ptr failure_;
    bool stopping_ = false;
    std::thread thread_;
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
