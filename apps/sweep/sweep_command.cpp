// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sweep_command.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/progress.hpp"
#include "apps/cli/signals.hpp"
#include "apps/networks/networks.hpp"
#include "apps/ranks/ranks.hpp"
#include "apps/plot/gnuplot.hpp"
#include "apps/text/notes.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "izhi/analysis/measures.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/network.hpp"
#include "izhi/version.hpp"
#include "sweep_journal.hpp"
#include "sweep_plot.hpp"
#include "sweep_run.hpp"
#include "sweep_table.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

/// FNV-1a.
class Hash {
public:
    void add(const void* data, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            value_ = (value_ ^ static_cast<const unsigned char*>(data)[i]) * 0x100000001B3U;
    }
    void add(double value) { add(&value, sizeof value); }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_ = 0xCBF29CE484222325U;
};

/// A hash over the text of a network and the synapses that it reads from other files.
std::uint64_t hash_of(const NetworkSource& source, const Network& network) {
    Hash hash;
    hash.add(source.text.data(), source.text.size());
    for (const auto& projection : network.description().projections) {
        const auto* const list = std::get_if<ExplicitList>(&projection.spec.rule);
        if (list == nullptr) continue;
        for (const ExplicitSynapse s : list->synapses)
            for (const double value :
                 {static_cast<double>(s.source), static_cast<double>(s.target), s.weight, s.delay_ms})
                hash.add(value);
    }
    for (const auto& population : network.description().populations) {
        const auto* const listed =
            population.position ? std::get_if<ListedPositions>(&population.position->where) : nullptr;
        if (listed == nullptr) continue;
        for (const Point& point : listed->points)
            for (const double x : point) hash.add(x);
    }
    return hash.value();
}

Sweep sweep_of(const SweepOptions& options, NetworkSource source, const Network& network) {
    Sweep sweep{.source = std::move(source),
                .plan = {.axes = options.axes, .repeats = options.repeats, .seed = options.seed},
                .first_seed = options.seed.value_or(network.description().spec.seed),
                .duration_ms = options.duration_ms,
                .from_ms = options.from_ms.value_or(0.1 * options.duration_ms)};
    sweep.plan.check();
    sweep.seed_is_swept = std::any_of(options.axes.begin(), options.axes.end(),
                                      [](const SweepAxis& axis) { return axis.key == "network.seed"; });
    if (sweep.seed_is_swept && (options.seed || options.repeats > 1))
        throw Error("--set network.seed gives the seeds; do not give --seed or --repeats with it");
    constexpr std::uint64_t last = std::numeric_limits<std::int64_t>::max();
    if (sweep.first_seed > last - (options.repeats - 1))
        throw Error("", "--repeats", "leads to seeds beyond the largest", "seeds up to " + std::to_string(last));
    if (sweep.from_ms >= sweep.duration_ms)
        throw Error("", "--from", "is " + plain(sweep.from_ms, 9) + " ms",
                    "less than the duration, " + plain(sweep.duration_ms, 9) + " ms");
    return sweep;
}

/// Plans every point, so that all errors in the input are found before anything runs.
/// @param notes gets the notes of all points, each once
std::vector<SweepPoint> points_of(const Sweep& sweep, const SweepOptions& options, std::uint64_t memory_bytes,
                                  std::vector<Note>& notes) {
    std::vector<SweepPoint> points;
    for (std::size_t i = 0; i < sweep.plan.points(); ++i) {
        // Seeds change neither the size of a network nor whether it is valid.
        if (sweep.plan.repeat(i) > 0) {
            points.push_back(points.back());
            continue;
        }
        const Network network = sweep.network(i);
        for (const Note& note : network.notes())
            if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
        SweepPoint point{.steps = network.steps(sweep.duration_ms)};
        const analysis::Window window =
            analysis::window_of(sweep.from_ms, static_cast<double>(point.steps) * network.dt_ms(), network.dt_ms());
        if (point.steps == 0 || window.end_ms <= window.begin_ms)
            throw Error("", "--duration", "is '" + options.duration_text + "', which leaves no step to measure",
                        "longer than --from by " + plain(network.dt_ms(), 6) + "ms at least");
        point.bytes = network.memory(1).total() +
                      analysis::Meter::bytes(network.neuron_count(), network.population_count(), window);
        if (point.bytes > memory_bytes)
            throw Error("point " + std::to_string(i) + " of the sweep needs " + bytes_text(point.bytes) +
                        " of memory; allowed: " + bytes_text(memory_bytes));
        points.push_back(point);
    }
    return points;
}

/// Everything that identifies a sweep.
nlohmann::ordered_json identity_of(const Sweep& sweep, const Network& network) {
    nlohmann::ordered_json axes = nlohmann::ordered_json::object();
    for (const SweepAxis& axis : sweep.plan.axes) axes[axis.key] = axis.values;
    return {{"izhi_sweep", 1},
            {"version", kVersion},
            {"network", network.description().spec.name},
            {"network_hash", hash_text(hash_of(sweep.source, network))},
            {"set", axes},
            {"repeats", sweep.plan.repeats},
            {"seed", sweep.first_seed},
            {"duration_ms", sweep.duration_ms},
            {"from_ms", sweep.from_ms}};
}

std::string summary_of(const Sweep& sweep, const Network& network, const std::vector<std::string>& rows,
                       std::size_t found, int workers, double seconds, const std::vector<fs::path>& files) {
    std::string grid;
    for (const SweepAxis& axis : sweep.plan.axes)
        grid += (grid.empty() ? "" : " x ") + std::to_string(axis.values.size());
    if (sweep.plan.repeats > 1) grid += " x " + counted(sweep.plan.repeats, "seed");
    std::map<std::string, std::size_t> regimes;
    std::size_t failed = 0;
    for (const std::string& row : rows) {
        const auto json = nlohmann::ordered_json::parse(row);
        ++regimes[json["regime"].get<std::string>()];
        failed += json["fault"].is_null() ? 0 : 1;
    }
    std::string text = network.description().spec.name + "\n  points    " + grouped(rows.size()) + " (" + grid + ")";
    if (found > 0) text += ", " + grouped(found) + " of them found done";
    text += "\n  run time  " + seconds_text(seconds) + " on " + counted(static_cast<std::uint64_t>(workers), "thread") +
            "\n  regimes   ";
    bool first = true;
    for (const auto& [regime, count] : regimes) {
        text += (first ? "" : ", ") + grouped(count) + ' ' + regime;
        first = false;
    }
    if (failed > 0) text += " (" + grouped(failed) + " of them failed: see the column fault)";
    std::string_view title = "files";
    for (const fs::path& file : files) {
        text += "\n  " + std::string(title) + std::string(10 - title.size(), ' ') + file.string();
        title = "";
    }
    return text + '\n';
}

}  // namespace

int sweep_network(const SweepOptions& options) {
    NetworkSource source = find_network(options.network);
    std::vector<NamedPath> paths{{"NETWORK", source.file()}, {"--plot", options.plot}};
    add_data_files(paths, options.plot, options.plot_style, kSweepPanels);
    require_distinct(paths);
    const Network network = io::parse_network(source.text, source.origin);
    const Sweep sweep = sweep_of(options, std::move(source), network);
    const SweepMachine machine{
        .workers = options.threads > 0 ? options.threads : own_processors(),
        .isa = options.isa,
        .memory_bytes = options.memory_limit_bytes > 0 ? options.memory_limit_bytes : available_memory()};
    if (options.plot && sweep.plan.axes.size() > 2)
        throw Error("--plot draws sweeps of one or two keys, and there are " + std::to_string(sweep.plan.axes.size()));
    std::vector<Note> notes;
    const std::vector<SweepPoint> points = points_of(sweep, options, machine.memory_bytes, notes);
    if (options.out) require_writable_folder("--out", *options.out);
    if (options.plot) require_picture("--plot", *options.plot, options.plot_style, kSweepPanels);
    handle_interrupts();
    print_notes(notes);

    std::vector<std::string> rows(points.size());
    std::unique_ptr<SweepJournal> journal;
    if (options.out) {
        // With a journal, stopping loses nothing; without one there is nothing to keep.
        stop_when_asked();
        fs::create_directories(*options.out);
        journal =
            std::make_unique<SweepJournal>(*options.out / "sweep.journal", identity_of(sweep, network), points.size());
        for (const auto& [point, row] : journal->rows()) rows[point] = row;
    }
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].empty()) open.push_back(i);
    const std::size_t found = rows.size() - open.size();

    Progress progress(!options.quiet);
    const auto began = std::chrono::steady_clock::now();
    run_sweep(sweep, points, open, machine, progress, [&](std::size_t point, const std::string& row) {
        rows[point] = row;
        if (journal) journal->append(row);
    });
    progress.clear();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();

    const auto missing = static_cast<std::size_t>(std::count(rows.begin(), rows.end(), ""));
    if (missing > 0) {
        std::cerr << "izhi: interrupted after " << grouped(rows.size() - missing) << " of "
                  << counted(rows.size(), "point") << "; the same command continues from there\n";
        return kInterrupted;
    }
    finish_undisturbed();
    std::vector<fs::path> files;
    if (options.out) {
        std::vector<std::string> populations;
        for (const PopulationSpec& population : network.description().populations)
            populations.push_back(population.name);
        files = {*options.out / "sweep.csv", *options.out / "sweep.jsonl"};
        write_file(files[0], [&](std::ostream& stream) { write_csv(stream, sweep.plan, populations, rows); });
        write_file(files[1], [&](std::ostream& stream) { write_json_lines(stream, rows); });
    }
    if (options.plot)
        for (fs::path& file : draw_sweep(sweep.plan, rows, network.description().spec.name,
                                         sweep.duration_ms - sweep.from_ms, *options.plot, options.plot_style))
            files.push_back(std::move(file));
    if (journal) journal->remove();
    if (options.json) {
        write_json_lines(std::cout, rows);
        return kDone;
    }
    if (!options.out) std::cout << text_of(sweep.plan, rows) << '\n';
    std::cout << summary_of(sweep, network, rows, found, machine.workers * rank_count(), seconds, files);
    return kDone;
}

}  // namespace izhi::apps
