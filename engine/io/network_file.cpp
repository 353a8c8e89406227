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
#include "engine/base/text_file.hpp"
#include "faults.hpp"
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
    return map.place_of(error, faults.origin()) + printable(error.what());
}

}  // namespace

Network parse_network(std::string_view text, std::string_view origin, const NetworkFileOptions& options) {
    Faults faults(origin);
    SourceMap map;
    NetworkBuilder builder = read_sections(text, options, faults, map);
    if (!faults.empty()) throw Error(faults.sentences().front());
    try {
        return std::move(builder).build();
    } catch (const Error& error) { throw Error(located(error, faults, map)); }
}

Network load_network(const std::filesystem::path& file, const NetworkFileOptions& options) {
    return parse_network(read_text(file), file.string(), options);
}

std::vector<std::string> check_network(std::string_view text, std::string_view origin,
                                       const NetworkFileOptions& options) {
    Faults faults(origin);
    SourceMap map;
    try {
        NetworkBuilder builder = read_sections(text, options, faults, map);
        if (!faults.empty()) return faults.sentences();
        try {
            (void)std::move(builder).build();
        } catch (const Error& error) { return {located(error, faults, map)}; }
    } catch (const Error& error) { return {error.what()}; }
    return {};
}

std::string network_text(std::string_view text, std::string_view origin, const NetworkFileOptions& options) {
    const Network network = parse_network(text, origin, options);
    TomlValue document = parse_toml(text, origin);
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
    return toml_text(document);
}

}  // namespace izhi::io
