// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/io/network_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/base/nearest_name.hpp"
#include "engine/base/pending_folder.hpp"
#include "engine/base/text_file.hpp"
#include "engine/io/sonata/config.hpp"
#include "engine/io/sonata/translate.hpp"
#include "faults.hpp"
#include "network_data.hpp"
#include "network_sections.hpp"
#include "section.hpp"
#include "settings.hpp"
#include "text.hpp"
#include "toml_document.hpp"
#include "toml_text.hpp"

namespace izhi::io {
namespace {

using namespace detail;

// A network file is written by hand. The tree of a file of this length takes about 600 MB; long lists of synapses
// belong into a synapses_file.
constexpr std::size_t kLargestFile = std::size_t{8} << 20;
constexpr const char* kTooLarge = "more than 8 MiB; put long lists of synapses into a synapses_file";

std::string read_text(const std::filesystem::path& file) {
    const std::string name = file.string();
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error || !std::filesystem::exists(status))
        throw Error(name + ": there is no such file, or it cannot be reached");
    if (std::filesystem::is_directory(status)) throw Error(name + ": is a folder; allowed: a network file");
    std::optional<std::string> text = izhi::detail::read_text_file(file, kLargestFile + 1);
    if (!text) throw Error(name + ": cannot be opened for reading");
    if (text->size() > kLargestFile) throw Error(name + ": " + kTooLarge);
    return std::move(*text);
}

/// TOML has no larger integers.
constexpr std::uint64_t kLargestSeed = std::numeric_limits<std::int64_t>::max();

NetworkSpec read_network_section(const TomlEntry* entry, Faults& faults, SourceMap& map) {
    NetworkSpec spec;
    if (entry == nullptr) return spec;
    if (entry->value.table() == nullptr) {
        faults.add(entry->line, Error("", "network", "is " + describe(entry->value), "the table [network]"));
        return spec;
    }
    Section section(entry->value, entry->line, "network", faults, map);
    spec.name = section.text("name", spec.name);
    spec.seed = section.integer("seed", spec.seed, kLargestSeed);
    section.read("dt_ms", spec.dt_ms);
    spec.numerics = read_choice(section, "numerics", spec.numerics,
                                {Numerics::published, Numerics::euler, Numerics::forward_euler, Numerics::accurate});
    spec.noise = read_choice(section, "noise", spec.noise, {NoiseLaw::table, NoiseLaw::exact, NoiseLaw::uniform});
    section.read("dopamine_tau_ms", spec.dopamine_tau_ms);
    section.refuse_unknown();
    return spec;
}

/// @throws Error if the caller has data for something that the text does not have
void require_names_of_data(const NetworkReading& reading) {
    const auto require = [](const std::string& what, const std::string& name, const std::vector<std::string>& known) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw Error("there is no " + what + " '" + printable(name) + "' for the given data; " +
                        izhi::detail::suggest_name(name, known));
    };
    const std::vector<std::string> populations = reading.population_names();
    std::vector<std::string> projections;
    for (const auto& projection : reading.builder.description().projections)
        projections.push_back(projection.spec.name);
    for (const PopulationValues& given : reading.options.values) require("population", given.population, populations);
    for (const PopulationSpikes& given : reading.options.spikes) require("population", given.population, populations);
    for (const PopulationIds& given : reading.options.node_ids) require("population", given.population, populations);
    for (const ProjectionSynapses& given : reading.options.synapses)
        require("projection", given.projection, projections);
}

/// Reads the text into a builder, and all faults of the text into `faults`. Throws Error only for errors of syntax.
NetworkBuilder read_sections(std::string_view text, const NetworkFileOptions& options, Faults& faults, SourceMap& map) {
    if (text.size() > kLargestFile) throw Error(faults.origin() + ": " + kTooLarge);
    TomlValue document = parse_toml(text, faults.origin());
    for (const Setting& setting : options.settings) apply_setting(document, setting);
    Section root(document, 1, "", faults, map);
    const auto entry_of = [&](const char* key) -> const TomlEntry* {
        (void)root.find(key);
        for (const TomlEntry& entry : *document.table()) {
            if (entry.key == key) return &entry;
        }
        return nullptr;
    };

    NetworkSpec spec = read_network_section(entry_of("network"), faults, map);
    if (options.seed) {
        spec.seed = *options.seed;
        // network_text() writes it.
        if (spec.seed > kLargestSeed)
            faults.add(1, Error("network", "seed", "is " + std::to_string(spec.seed),
                                "an integer from 0 to " + std::to_string(kLargestSeed)));
    }
    NetworkReading reading{faults, map, std::filesystem::path(faults.origin()).parent_path(),
                           NetworkBuilder(std::move(spec)), options};
    for (const TomlEntry* entry : named_tables(root, "population", faults)) read_population(*entry, reading);
    for (const TomlEntry* entry : named_tables(root, "projection", faults)) read_projection(*entry, reading);
    for (const TomlEntry* entry : named_tables(root, "stimulus", faults)) read_stimulus(*entry, reading);
    for (const TomlEntry* entry : named_tables(root, "trace", faults)) read_trace(*entry, reading);
    for (const TomlEntry* entry : named_tables(root, "reward", faults)) read_reward(*entry, reading);
    for (const TomlEntry* entry : named_tables(root, "weights", faults)) read_weights(*entry, reading);
    if (const TomlEntry* record = entry_of("record")) read_record(*record, reading);
    root.refuse_unknown();
    if (faults.empty()) require_names_of_data(reading);
    if (reading.builder.description().populations.empty() && faults.empty()) {
        faults.add(1, Error({}, "network", "has no neurons", "at least one [population.NAME]"));
    }
    return std::move(reading.builder);
}

/// Makes the paths of all files that a text names absolute.
void make_paths_whole(TomlValue& value, const std::filesystem::path& folder) {
    static constexpr std::string_view keys[] = {"file", "synapses_file", "spikes_file", "rates_file"};
    auto* const table = std::get_if<TomlValue::Table>(&value.data);
    if (table == nullptr) return;
    for (TomlEntry& entry : *table) {
        std::string* const file = std::get_if<std::string>(&entry.value.data);
        if (file != nullptr && std::find(std::begin(keys), std::end(keys), entry.key) != std::end(keys))
            *file = std::filesystem::absolute(folder / *file).string();
        make_paths_whole(entry.value, folder);
    }
}

/// Gives a fault that build() found its place in the text.
std::string located(const Error& error, const Faults& faults, const SourceMap& map) {
    return (faults.has_lines() ? map.place_of(error, faults.origin()) : faults.place(0)) + printable(error.what());
}

/// A text that is read, with what belongs to it: of a SONATA config its translation.
struct NetworkSourceText {
    std::string_view given;
    NetworkFileOptions options;
    std::optional<std::string> translated{};
    std::vector<Note> notes{};
    [[nodiscard]] std::string_view text() const noexcept { return translated ? std::string_view(*translated) : given; }
    /// Whether its lines are those that the user knows.
    [[nodiscard]] bool has_lines() const noexcept { return !translated; }
};

/// @throws Error for a SONATA config that cannot be translated
NetworkSourceText source_text(std::string_view text, std::string_view origin, const NetworkFileOptions& options) {
    NetworkSourceText source{text, options};
    if (!is_json(text)) return source;
    SonataTranslation translation = translate_sonata(text, origin);
    source.translated = std::move(translation.text);
    source.notes = std::move(translation.notes);
    // What the caller gives comes after what the config gives, or first where the first one counts.
    NetworkFileOptions& own = translation.data;
    const auto append = [](auto& first, auto& then) {
        first.insert(first.end(), std::make_move_iterator(then.begin()), std::make_move_iterator(then.end()));
        then = std::move(first);
    };
    if (!source.options.seed) source.options.seed = own.seed;
    if (!source.options.storage) source.options.storage = own.storage;
    append(own.settings, source.options.settings);
    append(own.values, source.options.values);
    append(own.node_ids, source.options.node_ids);
    append(source.options.synapses, own.synapses);
    append(source.options.spikes, own.spikes);
    source.options.synapses = std::move(own.synapses);
    source.options.spikes = std::move(own.spikes);
    return source;
}

/// @throws Error for the first fault
Network network_of(const NetworkSourceText& source, std::string_view origin) {
    Faults faults(origin, source.has_lines());
    SourceMap map;
    NetworkBuilder builder = read_sections(source.text(), source.options, faults, map);
    if (!faults.empty()) throw Error(faults.sentences().front());
    for (const Note& note : source.notes) builder.add_note(note);
    try {
        return std::move(builder).build();
    } catch (const Error& error) { throw Error(located(error, faults, map)); }
}

}  // namespace

Network parse_network(std::string_view text, std::string_view origin, const NetworkFileOptions& options) {
    return network_of(source_text(text, origin, options), origin);
}

Network load_network(const std::filesystem::path& file, const NetworkFileOptions& options) {
    return parse_network(read_text(file), file.string(), options);
}

std::vector<std::string> check_network(std::string_view text, std::string_view origin,
                                       const NetworkFileOptions& options) {
    try {
        const NetworkSourceText source = source_text(text, origin, options);
        Faults faults(origin, source.has_lines());
        SourceMap map;
        NetworkBuilder builder = read_sections(source.text(), source.options, faults, map);
        if (!faults.empty()) return faults.sentences();
        try {
            (void)std::move(builder).build();
        } catch (const Error& error) { return {located(error, faults, map)}; }
    } catch (const Error& error) { return {error.what()}; }
    return {};
}

NetworkAndDocument detail::read_network_and_document(std::string_view text, std::string_view origin,
                                                     const NetworkFileOptions& given) {
    const NetworkSourceText source = source_text(text, origin, given);
    const NetworkFileOptions& options = source.options;
    Network network = network_of(source, origin);
    TomlValue document = parse_toml(source.text(), origin);
    for (const Setting& setting : options.settings) apply_setting(document, setting);
    auto& sections = std::get<TomlValue::Table>(document.data);
    const auto put = [](TomlValue& section, const std::string& key, auto value) {
        auto& entries = std::get<TomlValue::Table>(section.data);
        auto entry = std::find_if(entries.begin(), entries.end(), [&](const TomlEntry& e) { return e.key == key; });
        if (entry == entries.end()) entry = entries.insert(entries.end(), {key, section.line, {}});
        entry->value.data = std::move(value);
    };
    const auto section_of = [&](const std::string& name) {
        return std::find_if(sections.begin(), sections.end(), [&](const TomlEntry& e) { return e.key == name; });
    };
    if (options.seed) {
        if (section_of("network") == sections.end())
            sections.insert(sections.begin(), {"network", 1, TomlValue{TomlValue::Table{}, 1}});
        put(section_of("network")->value, "seed", static_cast<std::int64_t>(*options.seed));
    }
    if (options.storage)
        if (const auto projections = section_of("projection"); projections != sections.end()) {
            std::size_t number = 0;  // the network has these in the order of the text
            for (TomlEntry& projection : std::get<TomlValue::Table>(projections->value.data)) {
                const ProjectionSpec& spec = network.description().projections.at(number++).spec;
                put(projection.value, "storage", std::string(to_string(spec.storage)));
            }
        }
    make_paths_whole(document, std::filesystem::path(origin).parent_path());
    return {std::move(network), std::move(document)};
}

std::string network_text(std::string_view text, std::string_view origin, const NetworkFileOptions& options) {
    if (is_json(text)) {
        (void)parse_network(text, origin, options);
        return sonata_reference(text, origin, options);
    }
    return toml_text(read_network_and_document(text, origin, options).document);
}

void write_network_files(std::string_view text, std::string_view origin, const NetworkFileOptions& options,
                         const std::filesystem::path& folder, const std::function<bool()>& proceed) {
    auto [network, document] = read_network_and_document(text, origin, options);
    izhi::detail::PendingFolder pending(folder);
    const ExportFolder to{pending.path(), folder, proceed};
    write_data_of_network(document, network, to, SynapseTables::written);
    write_text(to, "network.toml", toml_text(document));
    pending.publish();
}

}  // namespace izhi::io
