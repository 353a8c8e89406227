// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "summary.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "apps/networks/networks.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/notes.hpp"
#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

/// The kernel's maximum of resident memory. getrusage() is not used, because its value is inherited from the parent
/// process.
double peak_rss_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with("VmHWM:")) continue;
        std::uint64_t kib = 0;
        std::istringstream(line.substr(6)) >> kib;
        return static_cast<double>(kib) * 1024.0 / 1e6;
    }
    return 0.0;
}

class Rows {
public:
    void add(std::string_view name, std::string_view value) {
        text_ += "  " + padded(std::string(name), 14) + ' ' + std::string(value) + '\n';
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

/// All populations, right-aligned like a table.
void add_rates(Rows& rows, const RunSummary& summary) {
    std::size_t name_width = 0, count_width = 0;
    for (const auto& population : summary.populations) {
        name_width = std::max(name_width, population.name.size());
        count_width = std::max(count_width, grouped(population.neurons).size());
    }
    std::string_view title = "rates";
    for (const auto& population : summary.populations) {
        rows.add(title, padded(population.name, name_width) + "  " + padded(fixed(population.rate_hz, 2), 7, true) +
                            " Hz   of " + padded(grouped(population.neurons), count_width, true) +
                            (population.neurons == 1 ? " neuron" : " neurons"));
        title = "";
    }
}

/// The text after the number of synapses.
std::string storage_text(const RunSummary& summary) {
    if (summary.synapses == 0) return "";
    if (summary.storage == "procedural") return ", drawn while running";
    const std::string bytes = " in " + bytes_text(summary.connectome_bytes);
    return summary.storage == "mixed" ? bytes + ", some drawn while running" : bytes;
}

}  // namespace

RunSummary summarise(const Simulation& simulation, std::uint64_t steps_asked, double wall_s) {
    const NetworkDescription& description = simulation.network().description();
    RunSummary summary;
    summary.network = description.spec.name;
    summary.neurons = simulation.network().neuron_count();
    summary.synapses = simulation.synapse_count();
    summary.steps = simulation.steps_done();
    summary.steps_asked = steps_asked;
    summary.dt_ms = simulation.network().dt_ms();
    summary.build_s = simulation.build_seconds();
    summary.run_s = wall_s;
    summary.spikes = simulation.spike_count();
    summary.spike_hash = simulation.spike_hash();
    for (std::uint32_t p = 0; p < description.populations.size(); ++p) {
        const PopulationSpec& spec = description.populations[p];
        const double neuron_s = summary.biological_s() * spec.size;
        const auto count = static_cast<double>(simulation.spike_count(PopulationId{p}));
        summary.populations.push_back({spec.name, spec.size, neuron_s > 0.0 ? count / neuron_s : 0.0});
    }
    summary.threads = simulation.threads();
    summary.ranks = simulation.ranks();
    summary.storage = storage_of(description);
    summary.bytes_per_synapse = summary.storage == "procedural" ? 0 : simulation.network().bytes_per_synapse();
    for (std::size_t p = 0; p < description.projections.size(); ++p)
        summary.quanta.emplace_back(description.projections[p].spec.name, simulation.weight_quantum(ProjectionId(p)));
    summary.notes = simulation.network().notes();
    for (Note& note : simulation.network().notes_beyond(steps_asked)) summary.notes.push_back(std::move(note));
    for (Note& note : simulation.notes()) summary.notes.push_back(std::move(note));
    summary.connectome_bytes = simulation.connectome_bytes();
    summary.isa = to_string(simulation.isa());
    summary.delivery = to_string(simulation.delivery());
    summary.numerics = to_string(description.spec.numerics);
    summary.seed = description.spec.seed;
    summary.peak_rss_mb = peak_rss_mb();
    if (const auto bytes = huge_page_bytes()) summary.huge_pages_mb = static_cast<double>(*bytes) / 1e6;
    summary.stopped = summary.steps < steps_asked;
    return summary;
}

std::string text_of(const RunSummary& summary) {
    Rows rows;
    const std::string steps =
        counted(summary.steps, "step") + " of " + plain(summary.dt_ms, 6) + " ms, " + summary.numerics;
    rows.add("neurons", grouped(summary.neurons));
    rows.add("synapses", grouped(summary.synapses) + storage_text(summary));
    if (summary.stopped)
        rows.add("duration",
                 seconds_text(summary.biological_s()) +
                     (summary.steps_asked > 0
                          ? " of " + seconds_text(static_cast<double>(summary.steps_asked) * summary.dt_ms / 1e3)
                          : "") +
                     (summary.stopped_late ? ", then stopped late (" : ", then interrupted (") + steps + ")");
    else rows.add("duration", seconds_text(summary.biological_s()) + " (" + steps + ")");
    if (summary.steps_before > 0)
        rows.add("resumed at", seconds_text(static_cast<double>(summary.steps_before) * summary.dt_ms / 1e3));
    rows.add("build time", seconds_text(summary.build_s));
    rows.add("run time", seconds_text(summary.run_s));
    rows.add("speed", times_text(summary.times_real_time()) + " x real time");
    rows.add("spikes", grouped(summary.spikes));
    add_rates(rows, summary);
    rows.add("spike hash", hash_text(summary.spike_hash));
    rows.add("seed", std::to_string(summary.seed));
    const std::string ranks =
        summary.ranks > 1 ? counted(static_cast<std::uint64_t>(summary.ranks), "rank") + " of " : "";
    rows.add("machine", ranks + counted(static_cast<std::uint64_t>(summary.threads), "thread") + ", " + summary.isa +
                            ", " + summary.delivery + " delivery");
    std::string memory = bytes_text(static_cast<std::uint64_t>(summary.peak_rss_mb * 1e6)) + " at the peak" +
                         (summary.ranks > 1 ? " of rank 0" : "");
    if (summary.huge_pages_mb)
        memory += ", " + bytes_text(static_cast<std::uint64_t>(*summary.huge_pages_mb * 1e6)) + " in pages of 2 MiB";
    rows.add("memory", memory);
    std::string_view title = "files";
    for (const auto& file : summary.files) {
        rows.add(title, file.string());
        title = "";
    }
    if (!summary.checkpoint.empty()) rows.add("checkpoint", summary.checkpoint);
    return summary.network + '\n' + rows.text();
}

nlohmann::ordered_json json_of(const RunSummary& summary) {
    nlohmann::ordered_json rates = nlohmann::ordered_json::object();
    for (const auto& population : summary.populations) rates[population.name] = population.rate_hz;
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const auto& file : summary.files) files.push_back(file.string());
    nlohmann::ordered_json quanta = nlohmann::ordered_json::object();
    for (const auto& [projection, quantum] : summary.quanta) quanta[projection] = quantum;
    return {
        {"network", summary.network},
        {"neurons", summary.neurons},
        {"synapses", summary.synapses},
        {"steps", summary.steps},
        {"dt_ms", summary.dt_ms},
        {"biological_s", summary.biological_s()},
        {"build_s", summary.build_s},
        {"run_s", summary.run_s},
        {"times_real_time", summary.times_real_time()},
        {"spikes", summary.spikes},
        {"rates_hz", rates},
        {"spike_hash", hash_text(summary.spike_hash)},
        {"threads", summary.threads},
        {"ranks", summary.ranks},
        {"isa", summary.isa},
        {"delivery", summary.delivery},
        {"numerics", summary.numerics},
        {"storage", summary.storage},
        {"bytes_per_synapse", summary.bytes_per_synapse},
        {"connectome_bytes", summary.connectome_bytes},
        {"seed", summary.seed},
        {"peak_rss_mb", summary.peak_rss_mb},
        {"huge_pages_mb", summary.huge_pages_mb ? nlohmann::ordered_json(*summary.huge_pages_mb) : nullptr},
        {"stopped", summary.stopped},
        {"resumed_at_step", summary.steps_before},
        {"weight_quanta", quanta},
        {"notes", json_of(summary.notes)},
        {"files", files},
    };
}

}  // namespace izhi::apps
