// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "run_record.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string_view>
#include <system_error>

#include <nlohmann/json.hpp>

#include "apps/text/json_text.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/notes.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "engine/base/text.hpp"
#include "engine/base/text_file.hpp"
#include "izhi/error.hpp"
#include "izhi/simulation.hpp"
#include "izhi/version.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

/// Whether a recorder gives files this name.
bool is_recording(std::string_view name) {
    for (const std::string_view spikes : {"spikes.h5", "spikes.gdf", "spikes.csv"})
        if (name == spikes) return true;
    const bool table = name.ends_with(".h5") || name.ends_with(".csv");
    return table && (name.starts_with("trace-") || name.starts_with("weights-")) &&
           name.find('/') == std::string_view::npos;
}

/// NAME of NAME.PROCESS-COUNT.part and of NAME.unsorted.PROCESS-COUNT.part; empty for any other name.
std::string name_of_part(std::string name) {
    const auto drop = [&](std::string_view end) {
        const bool has = name.ends_with(end);
        if (has) name.resize(name.size() - end.size());
        return has;
    };
    const auto drop_digits = [&] {
        const std::size_t before = name.size();
        while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.pop_back();
        return name.size() < before;
    };
    if (!drop(".part") || !drop_digits() || !drop("-") || !drop_digits() || !drop(".")) return "";
    (void)drop(".unsorted");
    return name;
}

/// Whether a recorder wrote a file, whatever its name: SONATA with our attributes, or spikes as text with SONATA's heading.
bool was_recorded(const fs::path& file) {
    constexpr std::streamoff part = 64 << 10;  // the attributes are near the end, which follows the data
    std::ifstream stream(file, std::ios::binary | std::ios::ate);
    const std::streamoff size = stream.tellg();
    const auto read = [&](std::streamoff from) {
        std::string bytes(static_cast<std::size_t>(std::min(part, size - from)), '\0');
        stream.seekg(from);
        stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return bytes;
    };
    if (!stream || size <= 0) return false;
    const std::string head = read(0);
    if (head.starts_with("timestamps population node_ids\n")) return true;
    return head.starts_with("\x89HDF\r\n\x1a\n") &&
           (head + read(std::max(size - part, std::streamoff{0}))).find("izhi_version") != std::string::npos;
}

/// The command line as it was typed; empty if the system does not give it.
nlohmann::ordered_json command_line() {
    nlohmann::ordered_json words = nlohmann::ordered_json::array();
    std::ifstream stream("/proc/self/cmdline", std::ios::binary);
    for (std::string word; std::getline(stream, word, '\0');) words.push_back(word);
    return words;
}

nlohmann::ordered_json json_of(const io::RecorderOptions& options) {
    nlohmann::ordered_json json{{"format", to_string(options.format)}};
    if (options.format != io::Format::sonata) return json;
    json["spikes_file"] = options.spikes_file;
    if (options.spikes_csv_file) json["spikes_csv_file"] = *options.spikes_csv_file;
    json["order"] = to_string(options.order);
    return json;
}

/// The contents of run.json; discarded if it is missing or is no JSON.
nlohmann::json read_run_record(const fs::path& folder) {
    constexpr std::size_t most_bytes = std::size_t{64} << 20U;
    std::error_code ignored;
    const fs::path file = folder / kRunRecordName;
    if (!fs::is_regular_file(file, ignored)) return parse_json<nlohmann::json>("");
    const std::optional<std::string> text = detail::read_text_file(file, most_bytes);
    return parse_json<nlohmann::json>(text.value_or(""));
}

}  // namespace

std::string utc_text(RunRecord::Time time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

fs::path write_run_record(const fs::path& folder, const RunRecord& record, const RunSummary& summary,
                          const std::vector<fs::path>& files) {
    const Machine machine = this_machine();
    nlohmann::ordered_json names = nlohmann::ordered_json::array(), isas = nlohmann::ordered_json::array();
    for (const fs::path& file : files) names.push_back(file.filename().string());
    for (const Isa isa : available_isas()) isas.push_back(to_string(isa));
    nlohmann::ordered_json json{{"izhi_version", kVersion},
                                {"command_line", command_line()},
                                {"started", utc_text(record.started)},
                                {"ended", utc_text(record.ended)},
                                {"complete", record.ended_by.empty()}};
    if (!record.ended_by.empty()) json["ended_by"] = record.ended_by;
    json.update({{"files", std::move(names)},
                 {"recordings", json_of(record.recorder)},
                 {"notes", json_of(summary.notes)},
                 {"seed", summary.seed},
                 {"spike_hash", hash_text(summary.spike_hash)},
                 {"spikes", summary.spikes},
                 {"steps", summary.steps},
                 {"steps_asked", summary.steps_asked},
                 {"resumed_at_step", summary.steps_before},
                 {"dt_ms", summary.dt_ms},
                 {"duration_s", summary.biological_s()},
                 {"run_s", summary.run_s},
                 {"threads", summary.threads},
                 {"ranks", summary.ranks},
                 {"isa", summary.isa},
                 {"host", {{"cpu", machine.cpu}, {"hardware_threads", machine.hardware_threads}, {"isas", isas}}},
                 {"network", record.network_text}});
    const fs::path file = folder / kRunRecordName;
    write_file(file, [&](std::ostream& out) { out << json_text(json); });
    return file;
}

void remove_parts_of_killed_runs(const fs::path& folder, const std::vector<std::string>& names) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = name_of_part(entry.path().filename().string());
        const bool ours = is_recording(name) || std::find(names.begin(), names.end(), name) != names.end();
        if (ours && entry.is_regular_file(ignored)) fs::remove(entry.path(), ignored);
    }
}

std::optional<std::string> recorded_network(const fs::path& folder) {
    const nlohmann::json json = read_run_record(folder);
    if (!json.is_object() || !json.contains("network") || !json["network"].is_string()) return std::nullopt;
    return json["network"].get<std::string>();
}

std::vector<fs::path> earlier_recordings(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ignored;
    const nlohmann::json json = read_run_record(folder);
    if (!json.is_object() || !json.contains("izhi_version") || !json.contains("files")) return files;
    for (const auto& entry : json["files"]) {
        const std::string name = entry.is_string() ? entry.get<std::string>() : std::string();
        if (!izhi::detail::fault_of_file_name(name).empty() || !fs::is_regular_file(folder / name, ignored)) continue;
        if (is_recording(name) || was_recorded(folder / name)) files.push_back(folder / name);
    }
    files.push_back(folder / kRunRecordName);
    return files;
}

void require_no_other_recordings(const fs::path& folder, const std::vector<std::string>& names) {
    const std::vector<fs::path> earlier = earlier_recordings(folder);
    std::vector<std::string> others;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (is_recording(name) && std::find(names.begin(), names.end(), name) == names.end() &&
            std::find(earlier.begin(), earlier.end(), folder / name) == earlier.end())
            others.push_back(name);
    }
    if (others.empty()) return;
    throw Error("", "--out",
                "is '" + folder.string() + "', which holds " + *std::min_element(others.begin(), others.end()) +
                    " of another run, and no run.json that lists it",
                "another folder; or move that file away");
}

}  // namespace izhi::apps
