// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "checkpoints.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <set>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/cli/signals.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kPrefix = "checkpoint-", kSuffix = ".izhi";
constexpr const char* kSpoolName = "recording.spool";

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

/// The number of steps in the name "checkpoint-40000.izhi".
std::optional<std::uint64_t> step_of(const fs::path& file) {
    const std::string name = file.filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix) || name.size() <= kPrefix.size() + kSuffix.size())
        return std::nullopt;
    const char* const end = name.data() + name.size() - kSuffix.size();
    std::uint64_t step = 0;
    const auto [stop, fault] = std::from_chars(name.data() + kPrefix.size(), end, step);
    if (fault != std::errc{} || stop != end) return std::nullopt;
    return step;
}

std::vector<fs::path> files_of(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) files.push_back(entry.path());
    return files;
}

/// Removes incomplete checkpoints of killed runs.
void remove_parts(const fs::path& folder) {
    for (const fs::path& file : files_of(folder)) {
        const std::string name = file.filename().string();
        std::error_code ignored;
        if (name.starts_with(kPrefix) && name.ends_with(".part")) fs::remove(file, ignored);
    }
}

bool same_records(const TraceSpec& x, const TraceSpec& y) {
    return x.population == y.population && x.neurons == y.neurons && x.variables == y.variables &&
           x.interval_ms == y.interval_ms && x.projection == y.projection && x.start_ms == y.start_ms &&
           x.stop_ms == y.stop_ms;
}
bool same_records(const WeightRecordSpec& x, const WeightRecordSpec& y) {
    return x.projection == y.projection && x.source == y.source && x.number == y.number && x.sample == y.sample &&
           x.interval_ms == y.interval_ms && x.eligibility == y.eligibility;
}

/// Checks that settings of a resumed run can have an effect: the start is past, and recordings have begun.
void require_meaningful(const Network& changed, const RunNote& note) {
    const auto refuse = [](const std::string& key, const std::string& why, const std::string& allowed) {
        throw Error("", "--set", "changes " + key + ", " + why, allowed);
    };
    const Network network = io::parse_network(note.source.text, note.source.origin,
                                              {.seed = note.seed, .storage = note.storage, .settings = note.settings});
    const NetworkDescription &was = network.description(), &is = changed.description();
    for (std::size_t p = 0; p < is.populations.size(); ++p)
        if (is.populations[p].v0_mv != was.populations[p].v0_mv || is.populations[p].u0_mv != was.populations[p].u0_mv)
            refuse("population." + is.populations[p].name + ".v0_mv or u0_mv",
                   "the state at the start of the run: the checkpoint has the present state", "other keys");
    for (std::size_t p = 0; p < is.projections.size(); ++p) {
        const ProjectionSpec& spec = is.projections[p].spec;
        if (spec.plasticity && spec.weight != was.projections[p].spec.weight)
            refuse("projection." + spec.name + ".weight", "of plastic synapses: the checkpoint has their weights",
                   "--set-weight, other keys");
    }
    if (!note.spool) return;
    const auto require_same = [&](const auto& records, const auto& before, const std::string& section) {
        for (std::size_t i = 0; i < records.size(); ++i)
            if (!same_records(records[i], before[i]))
                refuse(section + "." + records[i].name, "which has been recorded in another way up to the checkpoint",
                       "other keys; or a run from its start");
    };
    require_same(is.traces, was.traces, "trace");
    require_same(is.weight_records, was.weight_records, "weights");
}

Json json_of(const PictureStyle& style) {
    Json json{{"points", style.points}};
    if (style.title) json["title"] = *style.title;
    if (style.size) json["size_in"] = {style.size->width_in, style.size->height_in};
    if (style.window) json["window_ms"] = {style.window->from_ms, style.window->to_ms};
    if (style.data) json["data"] = style.data->string();
    return json;
}

PictureStyle parse_style(const Json& json) {
    PictureStyle style{.points = json.at("points")};
    if (json.contains("title")) style.title = json["title"].get<std::string>();
    if (json.contains("size_in")) style.size = {json["size_in"].at(0), json["size_in"].at(1)};
    if (json.contains("window_ms")) style.window = {json["window_ms"].at(0), json["window_ms"].at(1)};
    if (json.contains("data")) style.data = json["data"].get<std::string>();
    return style;
}

Json json_of(const Recordings::Wanted& wanted) {
    Json json = Json::object();
    if (wanted.out) json["out"] = wanted.out->string();
    if (wanted.out_of_config) json["out_of_config"] = true;
    json["format"] = to_string(wanted.recorder.format);
    json["spikes_file"] = wanted.recorder.spikes_file;
    if (wanted.recorder.spikes_csv_file) json["spikes_csv_file"] = *wanted.recorder.spikes_csv_file;
    json["order"] = to_string(wanted.recorder.order);
    if (wanted.plot) {
        json["plot"] = wanted.plot->string();
        json["plot_style"] = json_of(wanted.plot_style);
    }
    return json;
}

io::RecorderOptions parse_recorder(const Json& json) {
    io::RecorderOptions options{.format = io::format_from_string(json.at("format").get<std::string>())};
    options.spikes_file = json.value("spikes_file", options.spikes_file);
    if (json.contains("spikes_csv_file")) options.spikes_csv_file = json["spikes_csv_file"].get<std::string>();
    if (json.contains("order")) options.order = io::spike_order_from_string(json["order"].get<std::string>());
    return options;
}

}  // namespace

CheckpointOptions parse_checkpoint_options(const std::string& text) {
    const auto refuse = [&](const std::string& problem) {
        throw Error("", "--checkpoint", "is '" + text + "', " + problem,
                    "every=TIME,dir=DIR and perhaps keep=N, such as every=10s,dir=checkpoints");
    };
    CheckpointOptions options;
    std::set<std::string> given;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        begin = end + 1;
        const std::size_t equals = part.find('=');
        const std::string key = part.substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
        if (!given.insert(key).second) refuse("and gives " + key + " twice");
        if (key == "every") {
            options.every_ms = parse_duration_ms("--checkpoint every", value);
            options.every_text = value;
        } else if (key == "dir") {
            options.folder = value;
        } else if (key == "keep") {
            options.keep = parse_whole("--checkpoint keep", value, 1, 1'000'000);
        } else {
            refuse("and there is no '" + part + "' in it");
        }
    }
    if (options.every_text.empty()) refuse("without every=TIME");
    if (options.folder.empty()) refuse("without dir=DIR");
    return options;
}

std::uint64_t interval_steps(const Network& network, const CheckpointOptions& options) {
    if (const std::uint64_t steps = network.steps(options.every_ms); steps > 0) return steps;
    throw Error("", "--checkpoint every", "is '" + options.every_text + "', less than one step",
                "at least " + plain(network.dt_ms(), 6) + "ms");
}

std::string text_of(const RunNote& note) {
    Json settings = Json::array();
    for (const io::Setting& setting : note.settings) settings.push_back({setting.key, setting.value});
    Json json = {{"izhi_run", 1},
                 {"origin", note.source.origin},
                 {"built_in", note.source.built_in},
                 {"network", note.source.text},
                 {"settings", std::move(settings)},
                 {"steps", note.steps},
                 {"every_ms", note.every_ms},
                 {"keep", note.keep},
                 {"interventions", note.interventions},
                 {"folder", note.folder.string()},
                 {"recordings", json_of(note.wanted)}};
    if (note.seed) json["seed"] = *note.seed;
    if (note.storage) json["storage"] = to_string(*note.storage);
    if (note.replay) json["replay"] = note.replay->string();
    if (note.spool) json["spool"] = {{"bytes", note.spool->bytes}, {"hash", note.spool->hash}};
    return json_text(json);
}

RunNote parse_run_note(const std::string& text, const fs::path& file) {
    if (text.empty())
        throw Error(file.string() + ": has a state but no run: it was not written by izhi run --checkpoint");
    RunNote note;
    try {
        const Json json = parse_json(text);
        if (json.at("izhi_run") != 1) throw Error("another version");
        note.source = {json.at("network"), json.at("origin"), json.at("built_in")};
        for (const Json& setting : json.at("settings")) note.settings.push_back({setting.at(0), setting.at(1)});
        note.steps = json.at("steps");
        note.every_ms = json.at("every_ms");
        note.keep = std::max<std::uint64_t>(1, json.at("keep"));
        note.interventions = json.at("interventions");
        note.folder = json.value("folder", std::string());
        if (json.contains("replay")) note.replay = json["replay"].get<std::string>();
        const Json& recordings = json.at("recordings");
        if (recordings.contains("out")) note.wanted.out = recordings["out"].get<std::string>();
        note.wanted.out_of_config = recordings.value("out_of_config", false);
        note.wanted.recorder = parse_recorder(recordings);
        if (recordings.contains("plot")) note.wanted.plot = recordings["plot"].get<std::string>();
        if (recordings.contains("plot_style")) note.wanted.plot_style = parse_style(recordings["plot_style"]);
        if (json.contains("seed")) note.seed = json["seed"].get<std::uint64_t>();
        if (json.contains("storage"))
            note.storage = json["storage"] == "procedural" ? Storage::procedural : Storage::stored;
        if (json.contains("spool")) note.spool = {json["spool"].at("bytes"), json["spool"].at("hash")};
    } catch (const std::exception&) {
        throw Error(file.string() +
                    ": the description of its run cannot be read: it comes from another program or version");
    }
    return note;
}

bool Resumption::continues_in(const fs::path& folder) const {
    std::error_code ignored;
    return same_run && fs::equivalent(folder_of(file), folder, ignored);
}
fs::path Resumption::spool_file() const { return folder_of(file) / kSpoolName; }
bool Resumption::at_home() const {
    std::error_code error;
    const fs::path folder = fs::canonical(folder_of(file), error);
    return !error && folder == note.folder;
}
bool Resumption::has_within(const fs::path& path) const {
    std::error_code error;
    const fs::path folder = fs::canonical(folder_of(file), error);
    if (error) return false;
    const fs::path place = fs::weakly_canonical(fs::absolute(path, error), error);
    return !error && std::mismatch(folder.begin(), folder.end(), place.begin(), place.end()).first == folder.end();
}

void require_resumable(const Network& network, const Resumption& resumed) {
    check_checkpoint(network, resumed.file);
    if (resumed.note.spool) io::check_spool(resumed.spool_file(), *resumed.note.spool);
    if (!resumed.same_run) require_meaningful(network, resumed.note);
}

fs::path newest_checkpoint(const fs::path& folder) {
    std::error_code error;
    if (fs::directory_iterator(folder, error); error)
        throw Error(folder.string() + ": cannot be read: " + error.message());
    std::optional<std::pair<std::uint64_t, fs::path>> newest;
    for (const fs::path& file : files_of(folder))
        if (const auto step = step_of(file); step && (!newest || *step > newest->first)) newest.emplace(*step, file);
    if (!newest)
        throw Error(folder.string() +
                    ": has no checkpoint; allowed: a folder that izhi run --checkpoint wrote to, or one "
                    "of its files checkpoint-STEP.izhi");
    return newest->second;
}

FolderLock::FolderLock(std::string_view option, const fs::path& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    const auto refuse = [&](const std::string& problem, const std::string& allowed) {
        if (descriptor_ >= 0) ::close(descriptor_);
        throw Error("", std::string(option), "is '" + folder.string() + "', which " + problem, allowed);
    };
    if (descriptor_ < 0) refuse("cannot be opened", "a folder that can be read and written");
    held_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    // File systems without locks give other errors; then nothing can be checked.
    if (!held_ && errno == EWOULDBLOCK)
        refuse("another run is using", "another folder, or this one when that run has ended");
}

FolderLock::~FolderLock() { ::close(descriptor_); }

namespace {

constexpr std::string_view kCheckpointFolder = "--checkpoint dir";

/// @throws Error if the folder has checkpoints of another run
void require_own_checkpoints(const fs::path& folder, const std::optional<Resumption>& resumed) {
    if (resumed && resumed->continues_in(folder)) return;
    for (const fs::path& file : files_of(folder))
        if (step_of(file))
            throw Error("", std::string(kCheckpointFolder),
                        "is '" + folder.string() + "', which has checkpoints of another run, such as " +
                            file.filename().string(),
                        "a folder without checkpoints; or izhi resume " + folder.string());
}

}  // namespace

void require_unused_folder(std::string_view option, const fs::path& folder) {
    std::error_code ignored;
    if (fs::exists(folder, ignored)) (void)FolderLock(option, folder);
}

void require_checkpoint_folder(const fs::path& folder, const std::optional<Resumption>& resumed) {
    require_writable_folder(kCheckpointFolder, folder);
    require_unused_folder(kCheckpointFolder, folder);
    require_own_checkpoints(folder, resumed);
}

std::unique_ptr<FolderLock> make_checkpoint_folder(const fs::path& folder, const std::optional<Resumption>& resumed) {
    fs::create_directories(folder);
    auto lock = std::make_unique<FolderLock>(kCheckpointFolder, folder);
    require_own_checkpoints(folder, resumed);
    return lock;
}

std::unique_ptr<Recordings> open_recordings(const Network& network, const Recordings::Wanted& wanted,
                                            const std::optional<CheckpointOptions>& checkpoints,
                                            const std::optional<Resumption>& resumed) {
    if (!wanted.any()) return nullptr;
    const bool has_past = resumed && resumed->note.spool;
    const auto play_past = [&](Observer& into) {
        if (has_past) io::play_spool(resumed->spool_file(), *resumed->note.spool, network, into);
    };
    if (!checkpoints) {
        auto recordings = std::make_unique<Recordings>(network, wanted);
        play_past(*recordings);
        return recordings;
    }
    const fs::path file = checkpoints->folder / kSpoolName;
    std::unique_ptr<io::Spool> spool;
    if (has_past && resumed->continues_in(checkpoints->folder)) {
        spool = std::make_unique<io::Spool>(file, *resumed->note.spool);
    } else {
        spool = std::make_unique<io::Spool>(file);
        play_past(*spool);
    }
    return std::make_unique<Recordings>(network, wanted, std::move(spool), file);
}

Checkpoints::Checkpoints(const CheckpointOptions& options, std::uint64_t every_steps, RunNote note,
                         Recordings* recordings)
    : folder_(options.folder), every_(every_steps), keep_(options.keep), note_(std::move(note)),
      recordings_(recordings) {
    for (std::optional<fs::path>* path :
         {&note_.wanted.out, &note_.wanted.plot, &note_.wanted.plot_style.data, &note_.replay})
        if (*path) *path = fs::absolute(**path);
    if (!note_.source.built_in) note_.source.origin = fs::absolute(note_.source.origin).string();
    std::error_code ignored;
    note_.folder = fs::canonical(folder_, ignored);
    note_.every_ms = options.every_ms;
    note_.keep = options.keep;
    remove_parts(folder_);
}

RunReport Checkpoints::run(Simulation& simulation, std::uint64_t last, Replay& replay, Observer* observer) {
    RunReport all;
    while (simulation.steps_done() < last && !all.stopped) {
        const std::uint64_t done = simulation.steps_done(), next = std::min(last, (done / every_ + 1) * every_);
        const RunReport part = replay.run(simulation, next, observer);
        all.steps += part.steps;
        all.spikes += part.spikes;
        all.wall_s += part.wall_s;
        all.stopped = part.stopped || interrupted();
        // Before the first step there is only the start to save; the spool already has what is recorded at the start.
        if (simulation.steps_done() > 0)
            write(moment(simulation.steps_done(), replay.made()),
                  [&](const fs::path& file, std::string note) { simulation.save(file, std::move(note)); });
    }
    all.stopped = simulation.steps_done() < last;
    return all;
}

Checkpoints::Moment Checkpoints::moment(std::uint64_t step, std::uint64_t interventions) {
    return {step, interventions, recordings_ != nullptr ? recordings_->place() : std::nullopt};
}

void Checkpoints::write(const Moment& moment, const std::function<void(const fs::path&, std::string)>& save) {
    const auto start = std::chrono::steady_clock::now();
    // The spool is written first, because a checkpoint must never be ahead of it.
    if (recordings_ != nullptr) note_.spool = recordings_->mark(moment.place);
    note_.interventions = moment.interventions;
    latest_ = folder_ / (std::string(kPrefix) + std::to_string(moment.step) + std::string(kSuffix));
    try {
        save(latest_, text_of(note_));
    } catch (const Error& error) { throw RunError(error.what()); }  // it could be written when the run began
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++written_;
    std::error_code ignored;
    bytes_ = fs::file_size(latest_, ignored);
    prune(moment.step);
}

void Checkpoints::prune(std::uint64_t step) const {
    // Checkpoints of later steps come from before the run was resumed at an earlier step; this run will overwrite them.
    std::vector<std::pair<std::uint64_t, fs::path>> found;
    for (const fs::path& file : files_of(folder_))
        if (const auto at = step_of(file); at && *at <= step) found.emplace_back(*at, file);
    std::sort(found.begin(), found.end());
    for (std::size_t i = 0; i + keep_ < found.size(); ++i) {
        std::error_code ignored;
        fs::remove(found[i].second, ignored);
    }
}

std::string Checkpoints::text() const {
    if (written_ == 0) return "none";
    return latest_.string() + ", the last of " + grouped(written_) + "; " + bytes_text(bytes_) + " and " +
           seconds_text(seconds_ / static_cast<double>(std::max<std::uint64_t>(written_, 1))) + " each";
}

Json Checkpoints::json() const {
    return {{"written", written_}, {"last", latest_.string()}, {"bytes", bytes_}, {"seconds", seconds_}};
}

}  // namespace izhi::apps
