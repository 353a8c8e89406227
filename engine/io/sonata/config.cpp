// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/config.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>
#include <system_error>
#include <utility>

#include "engine/io/text.hpp"
#include "izhi/error.hpp"

namespace izhi::io::detail {
namespace {

namespace fs = std::filesystem;
using Variables = std::vector<std::pair<std::string, std::string>>;

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

const std::string* find_variable(const Variables& variables, std::string_view name) {
    for (const auto& [known, value] : variables)
        if (known == name) return &value;
    return nullptr;
}

/// Replaces $NAME and ${NAME}. Without braces a name may be followed by letters: the longest known one counts.
/// @param replace(name) the value, or null if it is unknown
template <class Replace>
std::string replaced(const JsonNode& value, const std::string& text, const Replace& replace) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '$') {
            result += text[i++];
            continue;
        }
        const bool braces = i + 1 < text.size() && text[i + 1] == '{';
        const std::size_t begin = i + (braces ? 2 : 1);
        std::size_t end = begin;
        while (end < text.size() && (braces ? text[end] != '}' : is_name(text[end]))) ++end;
        if (braces && end == text.size())
            value.fail("has a ${ without }; allowed: ${NAME} with a NAME of the manifest");
        const std::string* found = nullptr;
        std::size_t length = end - begin;
        for (; length > 0; --length) {
            found = replace(text.substr(begin, length));
            if (found != nullptr || braces) break;
        }
        if (found == nullptr)
            value.fail("uses the variable " + shortened(text.substr(begin, end - begin), 60) +
                       ", which no manifest has; allowed: those of the manifest, ${configdir}, ${workingdir}");
        result += *found;
        i = begin + length + (braces ? 1 : 0);
    }
    return result;
}

/// The variables of a manifest, each with its own variables replaced.
Variables read_manifest(const JsonNode& config, const fs::path& folder) {
    struct Entry {
        std::string name;
        JsonNode value;
        bool open = false;
    };
    std::error_code no_folder;
    Variables done{{"configdir", folder.string()}, {"workingdir", fs::current_path(no_folder).string()}};
    const auto manifest = config.find("manifest");
    if (!manifest) return done;
    std::vector<Entry> entries;
    for (auto& [key, value] : manifest->members()) {
        std::string name = key;
        if (name.starts_with("${") && name.ends_with('}')) name = name.substr(2, name.size() - 3);
        else if (name.starts_with('$')) name.erase(0, 1);
        if (name.empty() || !std::all_of(name.begin(), name.end(), is_name))
            value.fail("has a name that is no variable; allowed: $NAME of letters, digits and _");
        entries.push_back({std::move(name), value});
    }
    constexpr std::size_t kDeepest = 64, kLongest = 4096;
    const auto resolve = [&](const auto& self, const std::string& name, std::size_t depth) -> const std::string* {
        if (const std::string* known = find_variable(done, name)) return known;
        const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
        if (entry == entries.end()) return nullptr;
        if (entry->open || depth > kDeepest)
            entry->value.fail("leads back to itself; allowed: variables that are defined by others");
        entry->open = true;
        std::string text = replaced(entry->value, entry->value.text(),
                                    [&](const std::string& inner) { return self(self, inner, depth + 1); });
        if (text.size() > kLongest) entry->value.fail("becomes longer than a path can be");
        entry->open = false;
        done.emplace_back(name, std::move(text));
        return &done.back().second;
    };
    done.reserve(entries.size() + 2);  // pointers into it stay
    for (const Entry& entry : entries) (void)resolve(resolve, entry.name, 0);
    return done;
}

fs::path complete(const JsonNode& value, const Variables& variables, const fs::path& folder) {
    const std::string text = value.text();
    if (text.empty()) value.fail("is empty; allowed: a path");
    if (text.find('\0') != std::string::npos) value.fail("is no path");
    const fs::path path =
        replaced(value, text, [&](const std::string& name) { return find_variable(variables, name); });
    return (path.is_absolute() ? path : folder / path).lexically_normal();
}

bool is_enabled(const JsonNode& value) {
    const auto enabled = value.find("enabled");
    return !enabled || enabled->boolean();
}

std::vector<std::pair<std::string, JsonNode>> enabled_members(const JsonNode& config, const char* key) {
    std::vector<std::pair<std::string, JsonNode>> all;
    if (const auto section = config.find(key))
        for (auto& member : section->members())
            if (is_enabled(member.second)) all.push_back(std::move(member));
    return all;
}

std::vector<SonataTables> read_tables(const JsonNode& networks, const char* key, const char* data, const char* types,
                                      const Variables& variables, const fs::path& folder) {
    std::vector<SonataTables> all;
    const auto list = networks.find(key);
    if (!list) return all;
    for (const JsonNode& entry : list->items()) {
        if (!is_enabled(entry)) continue;
        SonataTables tables;
        tables.data = complete(entry.require(data, std::string("the HDF5 file of ") + key), variables, folder);
        if (const auto file = entry.find(types)) tables.types = complete(*file, variables, folder);
        all.push_back(std::move(tables));
    }
    return all;
}

fs::path folder_of(const fs::path& file) {
    const fs::path folder = file.parent_path();
    return fs::absolute(folder.empty() ? fs::path(".") : folder).lexically_normal();
}

}  // namespace

bool is_json(std::string_view text) noexcept {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{';
}

fs::path SonataConfig::path(const JsonNode& value) const { return complete(value, variables, folder); }

SonataConfig read_sonata_config(std::string_view text, std::string_view origin) {
    const std::string file(origin);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const JsonNode top = JsonNode::parse(text, file);
    // The simulation: this file, or another one that it names.
    JsonNode config = top;
    fs::path folder = folder_of(file);
    Variables variables = read_manifest(config, folder);
    std::optional<fs::path> circuit_file;  // named by the first file
    if (const auto simulation = top.find("simulation")) {
        if (const auto network = top.find("network")) circuit_file = complete(*network, variables, folder);
        const fs::path other = complete(*simulation, variables, folder);
        config = JsonNode::read(other);
        if (const auto again = config.find("simulation"))
            again->fail("names a further config; allowed: the simulation itself, \"run\", \"inputs\", ...");
        folder = folder_of(other);
        variables = read_manifest(config, folder);
    }
    SonataConfig all{.file = file,
                     .nodes = {},
                     .edges = {},
                     .cell_folder = {},
                     .synapse_folder = {},
                     .step = {},
                     .duration = {},
                     .inputs = enabled_members(config, "inputs"),
                     .reports = enabled_members(config, "reports"),
                     .node_sets = JsonNode::nothing(file),
                     .output = config.find("output").value_or(JsonNode::nothing(file)),
                     .extra = config.find("izhi").value_or(JsonNode::nothing(file)),
                     .target_simulator = {},
                     .ignored = {},
                     .variables = {},
                     .folder = folder};

    // The circuit: in this file, or in another one with a manifest of its own.
    JsonNode circuit = config;
    Variables circuit_variables = variables;
    fs::path circuit_folder = folder;
    if (const auto network = config.find("network"); network && !circuit_file)
        circuit_file = complete(*network, variables, folder);
    if (circuit_file) {
        if (const auto both = config.find("networks"))
            both->fail("is given, and so is network, which names another config; allowed: one of them");
        circuit = JsonNode::read(*circuit_file);
        if (const auto again = circuit.find("network"))
            again->fail("names a further config; allowed: the circuit itself, \"networks\"");
        circuit_folder = folder_of(*circuit_file);
        circuit_variables = read_manifest(circuit, circuit_folder);
    }
    const JsonNode networks =
        circuit.require("networks", "{\"nodes\": [...], \"edges\": [...]}, or network with the circuit's config");
    all.nodes = read_tables(networks, "nodes", "nodes_file", "node_types_file", circuit_variables, circuit_folder);
    all.edges = read_tables(networks, "edges", "edges_file", "edge_types_file", circuit_variables, circuit_folder);
    if (all.nodes.empty())
        networks.require("nodes", "a list with at least one nodes_file")
            .fail("has no nodes_file; allowed: at least one");

    // Components and node sets may stand in either; the simulation's come first.
    const auto components = [&](const JsonNode& from, const Variables& known, const fs::path& at) {
        const auto section = from.find("components");
        if (!section) return;
        const auto take = [&](const char* key, std::optional<fs::path>& into) {
            if (const auto value = section->find(key); value && !into) into = complete(*value, known, at);
        };
        take("point_neuron_models_dir", all.cell_folder);
        take("synaptic_models_dir", all.synapse_folder);
    };
    components(config, variables, folder);
    components(circuit, circuit_variables, circuit_folder);
    if (const auto sets = config.find("node_sets_file"))
        all.node_sets = JsonNode::read(complete(*sets, variables, folder));
    else if (const auto own = circuit.find("node_sets_file"))
        all.node_sets = JsonNode::read(complete(*own, circuit_variables, circuit_folder));
    else if (const auto inside = config.find("node_sets")) all.node_sets = *inside;
    if (!all.node_sets.is_object()) all.node_sets.fail("is " + all.node_sets.shown() + "; allowed: an object, {...}");

    if (const auto run = config.find("run")) {
        all.step = run->find("dt");
        all.duration = run->find("tstop");
    }
    for (const JsonNode* from : {&std::as_const(config), &std::as_const(circuit)})
        if (const auto target = from->find("target_simulator"); target && all.target_simulator.empty())
            all.target_simulator = target->text();
    static const std::set<std::string> known{"manifest",   "run",       "target_simulator", "conditions", "inputs",
                                             "output",     "reports",   "network",          "networks",   "version",
                                             "components", "node_sets", "node_sets_file",   "izhi",       "simulation"};
    std::set<std::string> others;
    for (const JsonNode* from : {&std::as_const(config), &std::as_const(circuit)})
        for (const auto& [key, value] : from->members())
            if (!known.contains(key) && others.insert(key).second) all.ignored.push_back("section " + in_quotes(key));
    if (config.find("conditions")) all.ignored.emplace_back("conditions (v begins at V_m of the cells)");
    all.variables = std::move(variables);
    return all;
}

}  // namespace izhi::io::detail
