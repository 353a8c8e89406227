// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "network_sections.hpp"
#include "synapse_list.hpp"

namespace izhi::io::detail {
namespace {

const std::vector<std::string>& rule_names() {
    static const std::vector<std::string> names{"all-to-all",       "one-to-one",      "fixed-probability",
                                                "fixed-indegree",   "fixed-outdegree", "fixed-total",
                                                "pairwise-poisson", "distance",        "explicit"};
    return names;
}

/// Keys that belong to some of the rules only.
struct RuleKey {
    const char* key;
    const char* rule;
    const char* other = "";
    const char* third = "";
    [[nodiscard]] bool goes_with(const std::string& chosen) const {
        return chosen == rule || chosen == other || chosen == third;
    }
};
constexpr RuleKey kRuleKeys[] = {{"probability", "fixed-probability", "fixed-total", "distance"},
                                 {"total", "fixed-total"},
                                 {"mean", "pairwise-poisson"},
                                 {"kernel", "distance"},
                                 {"scale_mm", "distance"},
                                 {"cutoff_mm", "distance"},
                                 {"indegree", "fixed-indegree"},
                                 {"outdegree", "fixed-outdegree"},
                                 {"strata", "fixed-outdegree"},
                                 {"synapses", "explicit"},
                                 {"synapses_file", "explicit"},
                                 {"index_base", "explicit"}};

/// The weight or delay that a section gives for all synapses of a list. It must be a number, because nothing is drawn.
std::optional<double> read_for_all(Section& section, const char* key, DistributionUse use) {
    const TomlValue* value = section.find(key);
    if (value == nullptr) return std::nullopt;
    const Distribution distribution = read_distribution(section, key, {}, use);
    if (distribution.kind == Distribution::Kind::constant) return distribution.p0;
    section.fault(key, "is " + describe(*value), "a number, because rule = \"explicit\" draws nothing");
    return 0.0;
}

/// Synapses that the caller has.
ExplicitList take_synapses(Section& section, const ProjectionSynapses& given) {
    for (const char* key : {"synapses", "synapses_file", "index_base"})
        section.refuse(key, "is given, and so are synapses in memory");
    if (!given.list.empty() || section.find("synapses") != nullptr) {
        for (const char* key : {"weight", "delay_ms"})
            section.refuse(key, "does not go with a list of synapses in memory, each of which has its own");
        return {given.list};
    }
    const std::size_t count = given.sources.size();
    const auto require = [&](const char* what, std::size_t found, bool optional) {
        if (found == count || (optional && found == 0)) return true;
        section.fault("synapses",
                      "in memory have " + std::to_string(count) + " sources and " + std::to_string(found) + " " + what,
                      "the same number of all");
        return false;
    };
    if (!require("targets", given.targets.size(), false) || !require("weights", given.weights.size(), true) ||
        !require("delays", given.delays_ms.size(), true))
        return {};
    const auto of_all = [&](const std::vector<double>& each, const char* key, DistributionUse use, double otherwise) {
        if (each.empty() && use == DistributionUse::weight) (void)section.require(key, "a number [mV/ms]");
        if (each.empty()) return read_for_all(section, key, use).value_or(otherwise);
        section.refuse(key, "is given, and so is one in memory for each synapse");
        return otherwise;
    };
    const double weight = of_all(given.weights, "weight", DistributionUse::weight, ProjectionSpec{}.weight.p0);
    const double delay_ms = of_all(given.delays_ms, "delay_ms", DistributionUse::delay, ProjectionSpec{}.delay_ms.p0);
    return {{given.sources, given.targets, given.weights.empty() ? std::vector<double>{weight} : given.weights,
             given.delays_ms.empty() ? std::vector<double>{delay_ms} : given.delays_ms}};
}

/// The synapses of rule = "explicit", from `synapses` or `synapses_file`.
ExplicitList read_explicit(Section& section, const std::string& projection, NetworkReading& reading,
                           SynapseBounds bounds) {
    const auto& in_memory = reading.options.synapses;
    const auto given = std::find_if(in_memory.begin(), in_memory.end(),
                                    [&](const ProjectionSynapses& data) { return data.projection == projection; });
    if (given != in_memory.end()) return take_synapses(section, *given);
    bounds.base = section.integer("index_base", 0, 1);
    const TomlValue* list = section.find("synapses");
    const TomlValue* file = section.find("synapses_file");
    if ((list == nullptr) == (file == nullptr)) {
        section.fault("synapses", list == nullptr ? "is missing" : "and synapses_file are both given",
                      "one of synapses = [[source, target, weight, delay_ms], ...] and synapses_file = \"FILE.csv\"");
        return {};
    }
    if (list != nullptr) {
        for (const char* key : {"weight", "delay_ms"})
            section.refuse(key, "does not go with synapses, each of which has its own");
        return {read_inline_synapses(section, *list, bounds)};
    }
    const SynapseDefaults defaults{read_for_all(section, "weight", DistributionUse::weight),
                                   read_for_all(section, "delay_ms", DistributionUse::delay)};
    const std::string name = section.text("synapses_file", {});
    if (name.empty()) {
        if (file->text() != nullptr) section.fault("synapses_file", "is empty", "a path relative to this file");
        return {};
    }
    const std::filesystem::path path = reading.folder / name;
    reading.map.add_synapse_file(section.subject(), path.string());
    try {
        return {read_synapse_file(path, bounds, defaults)};
    } catch (const Error& error) {
        // An error in the synapse file has its own line; a missing file is a fault of this one.
        const std::string what = error.what();
        const bool missing = what.rfind(path.string() + ": ", 0) == 0;
        const int line = reading.map.line_of(section.subject(), "synapses_file");
        reading.faults.add_sentence(
            line, missing ? reading.faults.place(line) + section.subject() + ".synapses_file: " + what : what);
        return {};
    }
}

/// A kernel of distance with its scale.
DistanceProfile read_profile(Section& section) {
    DistanceProfile profile;
    (void)section.require("kernel", "gaussian, exponential, disc");
    profile.kernel = read_choice(section, "kernel", profile.kernel,
                                 {DistanceKernel::gaussian, DistanceKernel::exponential, DistanceKernel::disc});
    (void)section.require("scale_mm", "the standard deviation, the decay length or the radius");
    section.read("scale_mm", profile.scale_mm);
    if (section.find("cutoff_mm") != nullptr) section.read("cutoff_mm", profile.cutoff_mm);
    return profile;
}

Rule read_total(Section& section) {
    if (section.has("probability") == section.has("total")) {
        for (const char* key : {"probability", "total"}) (void)section.find(key);
        section.fault("total", section.has("total") ? "and probability are both given" : "is missing",
                      "one of total = N and probability = C, that a pair has at least one synapse");
        return fixed_total(0);
    }
    if (section.has("probability")) return fixed_total_of(section.number("probability", 0.0));
    constexpr std::uint64_t most = 100'000'000'000;
    return fixed_total(section.integer("total", 0, most));
}

/// A part of one side.
void read_part(Section& section, const std::string& side, std::uint32_t& first, std::optional<std::uint32_t>& count) {
    first = static_cast<std::uint32_t>(section.integer(side + "_first", 0));
    if (section.find(side + "_count") != nullptr)
        count = static_cast<std::uint32_t>(section.integer(side + "_count", 1));
}

}  // namespace

void read_projection(const TomlEntry& entry, NetworkReading& reading) {
    Section section(entry.value, entry.line, "projection." + entry.key, reading.faults, reading.map);
    const Selection source = read_selection(section, "source", reading);
    const Selection target = read_selection(section, "target", reading);
    ProjectionSpec spec;
    spec.name = entry.key;

    const TomlValue* given_rule = section.find("rule");
    if (given_rule == nullptr) {
        std::string names;
        for (const std::string& name : rule_names()) names += (names.empty() ? "" : ", ") + name;
        section.fault("rule", "is missing", names);
    }
    const std::string rule = section.word("rule", rule_names(), {});
    for (const RuleKey& only : kRuleKeys) {
        if (only.goes_with(rule)) continue;
        if (rule.empty()) {
            (void)section.find(only.key);  // the key is known, although it cannot be checked without a rule
        } else {
            std::string rules = "\"" + std::string(only.rule) + "\"";
            if (*only.other != '\0') rules += ", \"" + std::string(only.other) + "\"";
            if (*only.third != '\0') rules += ", \"" + std::string(only.third) + "\"";
            section.refuse(only.key, "goes with rule = " + rules + ", and the rule is \"" + rule + "\"");
        }
    }
    if (rule == "one-to-one") {
        spec.rule = one_to_one();
    } else if (rule == "fixed-probability") {
        (void)section.require("probability", "0 to 1");
        spec.rule = fixed_probability(section.number("probability", 0.0));
    } else if (rule == "fixed-indegree") {
        (void)section.require("indegree", "the number of sources that each target draws");
        spec.rule = fixed_indegree(static_cast<std::uint32_t>(section.integer("indegree", 0)));
    } else if (rule == "fixed-outdegree") {
        (void)section.require("outdegree", "the number of targets that each source draws");
        spec.rule = fixed_outdegree(static_cast<std::uint32_t>(section.integer("outdegree", 0)),
                                    static_cast<std::uint32_t>(section.integer("strata", 1)));
    } else if (rule == "fixed-total") {
        spec.rule = read_total(section);
    } else if (rule == "pairwise-poisson") {
        (void)section.require("mean", "the mean number of synapses of a pair");
        spec.rule = pairwise_poisson(section.number("mean", 0.0));
    } else if (rule == "distance") {
        spec.rule = distance_probability(section.number("probability", 1.0), read_profile(section));
    }
    read_part(section, "source", spec.source_first, spec.source_count);
    read_part(section, "target", spec.target_first, spec.target_count);
    if (rule == "explicit") {
        const auto size = [&](const Selection& side, std::uint32_t first, const std::optional<std::uint32_t>& count) {
            const std::uint64_t all = reading.size_of(side), rest = all - std::min<std::uint64_t>(first, all);
            return count ? std::min<std::uint64_t>(*count, rest) : rest;
        };
        spec.rule = read_explicit(
            section, spec.name, reading,
            {size(source, spec.source_first, spec.source_count), size(target, spec.target_first, spec.target_count)});
    }

    if (rule != "explicit") {
        (void)section.require("weight", "a number or a distribution [mV/ms]");
        spec.weight = read_distribution(section, "weight", spec.weight, DistributionUse::weight);
        spec.delay_ms = read_distribution(section, "delay_ms", spec.delay_ms, DistributionUse::delay);
    }
    spec.autapses = section.flag("autapses", spec.autapses);
    spec.multapses = section.flag("multapses", spec.multapses);
    spec.symmetric = section.flag("symmetric", spec.symmetric);
    if (section.find("weight_quantum") != nullptr) spec.weight_quantum = section.number("weight_quantum", 1.0);
    if (section.find("velocity") != nullptr) spec.velocity_mm_per_ms = section.number("velocity", 1.0);
    if (const TomlValue* const profile = section.find("weight_profile"); profile != nullptr) {
        if (profile->table() == nullptr) {
            section.fault("weight_profile", "is " + describe(*profile),
                          "a table such as { kernel = \"gaussian\", scale_mm = 0.3 }");
        } else {
            Section table(*profile, profile->line, section.subject() + ".weight_profile", section.faults(),
                          section.map());
            spec.weight_profile = read_profile(table);
            table.refuse_unknown();
        }
    }
    spec.storage = read_choice(section, "storage", spec.storage, {Storage::stored, Storage::procedural});
    // For rules that cannot be procedural, the choice in the file remains, so that an error in it is still found.
    if (reading.options.storage &&
        (*reading.options.storage == Storage::stored || (can_be_procedural(spec.rule) && !spec.symmetric)))
        spec.storage = *reading.options.storage;
    read_synapses(section, spec);
    section.refuse_unknown();
    reading.builder.connect(source, target, std::move(spec));
}

}  // namespace izhi::io::detail
