// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "bench_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include <nlohmann/json.hpp>

#include "apps/text/json_text.hpp"
#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"
#include "engine/base/text_file.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

using Json = nlohmann::ordered_json;

/// This key identifies the format among other JSON; its value counts breaking changes.
constexpr const char* kFormatKey = "izhi_bench";
constexpr int kFormat = 1;

std::string thread_words(int threads) {
    if (threads == 1) return "one thread";
    if (threads == 2) return "two threads";
    return std::to_string(threads) + " threads";
}

/// A member of this type. @throws Error that names it
template <class T>
T member(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || found == object.end()) throw Error("it has no '" + std::string(key) + "'");
    const bool valid = std::is_same_v<T, std::string> ? found->is_string()
                       : std::is_floating_point_v<T>  ? found->is_number()
                                                      : found->is_number_unsigned();
    if (!valid) throw Error("its '" + std::string(key) + "' is " + found->type_name());
    return found->get<T>();
}

/// A time or a length of time.
double positive(double value, const char* key) {
    if (std::isfinite(value) && value > 0.0) return value;
    throw Error("its '" + std::string(key) + "' is " + plain(value));
}

BenchRow parse_row(const Json& json) {
    BenchRow row;
    row.network = member<std::string>(json, "network");
    row.neurons = member<std::uint64_t>(json, "neurons");
    row.synapses = member<std::uint64_t>(json, "synapses");
    row.storage = member<std::string>(json, "storage");
    row.threads = static_cast<int>(std::min<std::uint64_t>(member<std::uint64_t>(json, "threads"), 1 << 20));
    row.isa = member<std::string>(json, "isa");
    row.biological_s = positive(member<double>(json, "biological_s"), "biological_s");
    row.spikes = member<std::uint64_t>(json, "spikes");
    row.spike_hash = std::strtoull(member<std::string>(json, "spike_hash").c_str(), nullptr, 16);
    row.build_s = member<double>(json, "build_s");
    const auto runs = json.find("run_s");
    if (runs == json.end() || !runs->is_array() || runs->empty()) throw Error("it has no list 'run_s'");
    for (const Json& run : *runs) {
        if (!run.is_number()) throw Error("its 'run_s' holds " + std::string(run.type_name()));
        row.run_s.push_back(positive(run.get<double>(), "run_s"));
    }
    return row;
}

/// Speed now over speed before: 2 is twice as fast.
double speed_ratio(const BenchRow& row, const BenchRow& before) {
    return row.times_real_time() / before.times_real_time();
}

bool same_work(const BenchRow& row, const BenchRow& before) {
    return std::fabs(row.biological_s - before.biological_s) < 1e-9 * row.biological_s &&
           row.synapses == before.synapses;
}

std::string comparison_text(const BenchReport& report, const EarlierBench& earlier) {
    const std::string file = earlier.file.string();
    std::string text = "  x then: " + file + " of " + earlier.report.machine.date + ", izhi " +
                       earlier.report.machine.version + "; ratio: speed now over speed then, above 1 is faster\n";
    std::vector<std::string> changed;
    std::size_t missing = 0;
    for (const BenchRow& row : report.rows) {
        const BenchRow* const before = earlier.report.find(row);
        if (before == nullptr) ++missing;
        else if (same_work(row, *before) && row.spike_hash != before->spike_hash &&
                 std::find(changed.begin(), changed.end(), row.network) == changed.end())
            changed.push_back(row.network);
    }
    if (missing > 0) text += "  -: not in " + file + '\n';
    for (const std::string& network : changed)
        text += "  " + network + ": its spikes differ from those then: izhi or the network gives other results now\n";
    const auto differences = machine_differences(earlier.report.machine, report.machine);
    if (!differences.empty()) {
        text +=
            "\n  WARNING: " + file + " comes from another machine: the ratios compare machines, not versions of izhi\n";
        for (const std::string& difference : differences) text += "    " + difference + '\n';
    }
    return text;
}

}  // namespace

double BenchRow::best_s() const { return *std::min_element(run_s.begin(), run_s.end()); }

double BenchRow::median_s() const {
    std::vector<double> sorted = run_s;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half]);
}

double BenchRow::rate_hz() const {
    return neurons > 0 ? static_cast<double>(spikes) / static_cast<double>(neurons) / biological_s : 0.0;
}

const BenchRow* BenchReport::find(const BenchRow& like) const {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const BenchRow& row) {
        return row.network == like.network && row.threads == like.threads && row.isa == like.isa;
    });
    return found == rows.end() ? nullptr : &*found;
}

BenchReport parse_bench(std::string_view text) {
    const Json json = parse_json(text);
    if (json.is_discarded()) throw Error("it is not JSON");
    if (!json.is_object() || !json.contains(kFormatKey)) throw Error("it was not written by 'izhi bench --json'");
    if (json[kFormatKey] != kFormat) throw Error("it was written by another version of 'izhi bench'");
    BenchReport report;
    const Json machine = json.value("machine", Json());
    report.machine = {.cpu = member<std::string>(machine, "cpu"),
                      .hardware_threads = member<std::uint64_t>(machine, "hardware_threads"),
                      .memory_bytes = member<std::uint64_t>(machine, "memory_bytes"),
                      .kernel = member<std::string>(machine, "kernel"),
                      .version = member<std::string>(machine, "version"),
                      .compiler = member<std::string>(machine, "compiler"),
                      .build_type = member<std::string>(machine, "build_type"),
                      .date = member<std::string>(machine, "date")};
    report.repeats = member<std::uint64_t>(json, "repeats");
    const auto rows = json.find("rows");
    if (rows == json.end() || !rows->is_array()) throw Error("it has no list 'rows'");
    for (const Json& row : *rows) report.rows.push_back(parse_row(row));
    return report;
}

BenchReport read_bench_file(const std::filesystem::path& file) {
    constexpr std::size_t most_bytes = std::size_t{16} << 20U;
    const auto refuse = [&](const std::string& why) {
        return Error("", "--compare", "is '" + file.string() + "', but " + why,
                     "a file that 'izhi bench --json FILE' wrote");
    };
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) throw refuse("that is a folder");
    const std::optional<std::string> text = detail::read_text_file(file, most_bytes);
    if (!text) throw refuse("there is no such file, or it cannot be read");
    try {
        return parse_bench(*text);
    } catch (const Error& error) { throw refuse(error.what()); }
}

std::string heading_of(const Machine& machine) {
    return "izhi " + machine.version + " (" + machine.build_type + ", " + machine.compiler + "), " + machine.date +
           "\n" + machine.cpu + ", " + counted(machine.hardware_threads, "hardware thread") + ", " +
           bytes_text(machine.memory_bytes) + ", " + machine.kernel + "\n";
}

Json json_of(const Machine& machine) {
    return {{"cpu", machine.cpu},
            {"hardware_threads", machine.hardware_threads},
            {"memory_bytes", machine.memory_bytes},
            {"kernel", machine.kernel},
            {"version", machine.version},
            {"compiler", machine.compiler},
            {"build_type", machine.build_type},
            {"date", machine.date}};
}

std::vector<std::string> machine_differences(const Machine& earlier, const Machine& now) {
    std::vector<std::string> differences;
    const auto compare = [&](const char* what, const std::string& there, const std::string& here) {
        if (there != here) differences.push_back(std::string(what) + ": " + there + " there, " + here + " here");
    };
    compare("CPU", earlier.cpu, now.cpu);
    compare("hardware threads", std::to_string(earlier.hardware_threads), std::to_string(now.hardware_threads));
    // To three digits, because the memory that kernels reserve varies a little.
    compare("memory", bytes_text(earlier.memory_bytes), bytes_text(now.memory_bytes));
    compare("kernel", earlier.kernel, now.kernel);
    return differences;
}

std::string quote_of(const BenchReport& report) {
    if (report.rows.empty()) return "";
    const BenchRow* usual = nullptr;
    for (const BenchRow& row : report.rows)
        if (row.network == "cortex-10k" && row.threads == 1 && (usual == nullptr || row.best_s() < usual->best_s()))
            usual = &row;
    const BenchRow& row = usual == nullptr ? report.rows.front() : *usual;
    return "izhi " + report.machine.version + " runs " + counted(row.neurons, "neuron") + " and " +
           counted(row.synapses, "synapse") + " at " + times_text(row.times_real_time()) + " x real time on " +
           thread_words(row.threads) + " of " + report.machine.cpu + " (" + row.isa + ").";
}

std::string text_of(const BenchReport& report, const EarlierBench* earlier) {
    std::string text = heading_of(report.machine) + '\n';
    constexpr auto left = TextTable::Align::left;
    std::vector<TextTable::Column> columns{{"network", left}, {"neurons"},     {"synapses"},  {"rate"},
                                           {"threads"},       {"isa", left},   {"simulated"}, {"best"},
                                           {"median"},        {"x real time"}, {"build"}};
    if (earlier != nullptr) columns.insert(columns.end(), {{"x then"}, {"ratio"}});
    TextTable table(columns);
    for (const BenchRow& row : report.rows) {
        std::vector<std::string> cells{row.network,
                                       grouped(row.neurons),
                                       grouped(row.synapses),
                                       fixed(row.rate_hz(), 1) + " Hz",
                                       std::to_string(row.threads),
                                       row.isa,
                                       seconds_text(row.biological_s),
                                       seconds_text(row.best_s()),
                                       seconds_text(row.median_s()),
                                       times_text(row.times_real_time()),
                                       seconds_text(row.build_s)};
        if (earlier != nullptr) {
            const BenchRow* const before = earlier->report.find(row);
            cells.push_back(before != nullptr ? times_text(before->times_real_time()) : "-");
            cells.push_back(before != nullptr ? fixed(speed_ratio(row, *before), 3) : "-");
        }
        table.add(std::move(cells));
    }
    text += table.text();
    text += "\n  " + counted(report.repeats, "run") +
            " each, in turns; x real time is that of the best run. All runs of a network gave the same spikes.\n";
    if (earlier != nullptr) text += comparison_text(report, *earlier);
    return text + '\n' + quote_of(report) + '\n';
}

Json json_of(const BenchReport& report, const EarlierBench* earlier) {
    Json rows = Json::array();
    for (const BenchRow& row : report.rows) {
        Json json{{"network", row.network},
                  {"neurons", row.neurons},
                  {"synapses", row.synapses},
                  {"storage", row.storage},
                  {"threads", row.threads},
                  {"isa", row.isa},
                  {"biological_s", row.biological_s},
                  {"spikes", row.spikes},
                  {"rate_hz", row.rate_hz()},
                  {"spike_hash", hash_text(row.spike_hash)},
                  {"build_s", row.build_s},
                  {"run_s", row.run_s},
                  {"best_s", row.best_s()},
                  {"median_s", row.median_s()},
                  {"times_real_time", row.times_real_time()}};
        if (earlier != nullptr) {
            const BenchRow* const before = earlier->report.find(row);
            json["earlier_times_real_time"] = before != nullptr ? Json(before->times_real_time()) : Json(nullptr);
            json["ratio"] = before != nullptr ? Json(speed_ratio(row, *before)) : Json(nullptr);
        }
        rows.push_back(std::move(json));
    }
    Json json{{kFormatKey, kFormat}, {"machine", json_of(report.machine)}, {"repeats", report.repeats}, {"rows", rows}};
    if (earlier != nullptr)
        json["compared_with"] = {{"file", earlier->file.string()},
                                 {"machine", json_of(earlier->report.machine)},
                                 {"machine_differences", machine_differences(earlier->report.machine, report.machine)}};
    json["quote"] = quote_of(report);
    return json;
}

}  // namespace izhi::apps
