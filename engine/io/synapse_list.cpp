// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "synapse_list.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/text.hpp"
#include "izhi/error.hpp"
#include "izhi/network.hpp"
#include "table_reader.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

using izhi::detail::index_range;

enum SynapseColumn : std::size_t { kSource, kTarget, kWeight, kDelay };

constexpr std::string_view kSourceNames[] = {
    "source",      "sources", "source_id", "source_node_id", "source_neuron",  "pre", "pre_id",      "pre_gid",
    "presynaptic", "from",    "i",         "pre_index",      "presynaptic_id", "src", "source_index"};
constexpr std::string_view kTargetNames[] = {
    "target",       "targets", "target_id", "target_node_id", "target_neuron",   "post", "post_id",     "post_gid",
    "postsynaptic", "to",      "j",         "post_index",     "postsynaptic_id", "tgt",  "target_index"};
constexpr std::string_view kWeightNames[] = {"weight", "weights", "w", "syn_weight"};
constexpr std::string_view kDelayNames[] = {"delay", "delays", "d", "syn_delay"};
constexpr ColumnKind kSynapseColumns[] = {{"the source", kSourceNames},
                                          {"the target", kTargetNames},
                                          {"the weight", kWeightNames},
                                          {"the delay", kDelayNames, {}, true}};
constexpr std::string_view kSynapseForm = "source,target,weight,delay_ms, in any order";

/// The columns of a row of names, all of which must be known.
TableColumns columns_of_synapses(const TableReader& reader, const SynapseDefaults& defaults) {
    const std::string is = "is \"" + shortened(reader.line(), 60) + "\"";
    std::string twice;
    TableColumns columns = columns_of(reader.heading(), kSynapseColumns, &twice);
    if (!twice.empty()) reader.fail(is + " and names " + twice + "; allowed: each once");
    if (!columns.has(kSource) || !columns.has(kTarget))
        reader.fail(is + " and names no " + (columns.has(kSource) ? "target" : "source") +
                    "; allowed: a first line that names the columns " + std::string(kSynapseForm));
    if (!columns.others.empty())
        reader.fail(is + " and names \"" + shortened(columns.others.front(), 40) +
                    "\"; allowed: " + std::string(kSynapseForm));
    const auto check = [&](SynapseColumn kind, const char* key, bool given) {
        if (columns.has(kind) && given)
            reader.fail(is + " and names " + std::string(kSynapseColumns[kind].name) +
                        ", which the section gives, too, as " + key + "; allowed: one of them");
        if (!columns.has(kind) && !given)
            reader.fail(is + " and names no " + key + ", and the section gives none; allowed: one of them");
    };
    check(kWeight, "weight", defaults.weight.has_value());
    check(kDelay, "delay_ms", defaults.delay_ms.has_value());
    return columns;
}

}  // namespace

SynapseList read_inline_synapses(Section& section, const TomlValue& value, const SynapseBounds& bounds) {
    const std::string form = "[[source, target, weight, delay_ms], ...]";
    if (value.array() == nullptr) {
        section.fault("synapses", "is " + describe(value), form);
        return {};
    }
    std::vector<ExplicitSynapse> synapses;
    std::vector<int> lines;
    int faults_left = 20;  // a list with a fault in every line is not reported in full
    for (const TomlValue& item : *value.array()) {
        if (faults_left == 0) break;
        const auto fault = [&](const std::string& problem, const std::string& allowed) {
            --faults_left;
            section.fault("synapses", problem, allowed, item.line);
        };
        const TomlValue::Array* terms = item.array();
        if (terms == nullptr || terms->size() != 4) {
            fault("holds " + (terms == nullptr ? describe(item) : "a list of " + std::to_string(terms->size())), form);
            continue;
        }
        const auto index = [&](const TomlValue& term, std::uint64_t size) -> std::optional<std::uint64_t> {
            const auto number = size == 0 ? std::nullopt : whole_number(term, bounds.base + size - 1);
            if (!number || *number < bounds.base) return std::nullopt;
            return *number - bounds.base;
        };
        const auto source = index((*terms)[0], bounds.sources);
        const auto target = index((*terms)[1], bounds.targets);
        const auto weight = finite_number((*terms)[2]);
        const auto delay_ms = finite_number((*terms)[3]);
        if (!source) fault("holds the source " + describe((*terms)[0]), index_range(bounds.sources, bounds.base));
        if (!target) fault("holds the target " + describe((*terms)[1]), index_range(bounds.targets, bounds.base));
        if (!weight) fault("holds the weight " + describe((*terms)[2]), "a finite number");
        if (!delay_ms) fault("holds the delay " + describe((*terms)[3]), "a finite number");
        if (!source || !target || !weight || !delay_ms) continue;
        synapses.push_back(
            {static_cast<std::uint32_t>(*source), static_cast<std::uint32_t>(*target), *weight, *delay_ms});
        lines.push_back(item.line);
    }
    section.map().add_synapse_lines(section.subject(), std::move(lines));
    return synapses;
}

SynapseList read_synapse_file(const std::filesystem::path& file, const SynapseBounds& bounds,
                              const SynapseDefaults& defaults) {
    TableReader reader(file);
    std::vector<std::uint32_t> sources, targets;
    std::vector<double> weights, delays_ms;
    const std::uint64_t memory = available_memory();
    std::size_t looked_at = 0;
    if (!reader.next())
        reader.fail("holds nothing; allowed: a first line that names the columns " + std::string(kSynapseForm));
    TableColumns columns;
    if (reader.is_heading()) {
        columns = columns_of_synapses(reader, defaults);
    } else {
        reader.fail("is \"" + shortened(reader.line(), 60) + "\"; allowed: a first line that names the columns " +
                    std::string(kSynapseForm));
    }
    const auto index = [&](SynapseColumn kind, std::uint64_t size) {
        const std::string_view text = reader.fields()[columns.kinds[kind]->at];
        const auto value = to_count(text);
        if (!value || *value < bounds.base || *value - bounds.base >= size)
            reader.fail(std::string(kSynapseColumns[kind].name) + " is " + shortened(text, 40) +
                        "; allowed: " + index_range(size, bounds.base));
        return static_cast<std::uint32_t>(*value - bounds.base);
    };
    const auto number = [&](SynapseColumn kind) {
        const std::string_view text = reader.fields()[columns.kinds[kind]->at];
        const auto value = to_number(text);
        if (!value)
            reader.fail(std::string(kSynapseColumns[kind].name) + " is " + shortened(text, 40) +
                        "; allowed: a finite number");
        return *value * columns.kinds[kind]->unit_ms.value_or(1.0);
    };
    while (reader.next()) {
        if (reader.is_heading()) {  // the next of several concatenated lists begins
            columns = columns_of_synapses(reader, defaults);
            continue;
        }
        if (!reader.has_fields(columns.count))
            reader.fail("has " + std::to_string(reader.fields().size()) +
                        " columns; allowed: " + std::to_string(columns.count) + ", as named above");
        if (sources.size() == looked_at) {
            // A list that grows is there twice while it is moved.
            constexpr std::size_t look_every = std::size_t{1} << 18U, times = 3;
            const std::size_t synapse = 8 + (defaults.weight ? 0 : 8) + (defaults.delay_ms ? 0 : 8);
            if (looked_at * synapse * times > memory)
                reader.fail("more synapses than fit into memory, of which " + izhi::detail::bytes_text(memory) +
                            " were free");
            looked_at += look_every;
        }
        sources.push_back(index(kSource, bounds.sources));
        targets.push_back(index(kTarget, bounds.targets));
        if (!defaults.weight) weights.push_back(number(kWeight));
        if (!defaults.delay_ms) delays_ms.push_back(number(kDelay));
    }
    if (defaults.weight) weights.assign(1, *defaults.weight);
    if (defaults.delay_ms) delays_ms.assign(1, *defaults.delay_ms);
    return {std::move(sources), std::move(targets), std::move(weights), std::move(delays_ms)};
}

std::size_t line_of_synapse(const std::filesystem::path& file, std::uint64_t index) {
    try {
        TableReader reader(file);
        while (reader.next())
            if (!reader.is_heading() && index-- == 0) return reader.number();
    } catch (const Error&) { return 0; }
    return 0;
}

}  // namespace izhi::io::detail
