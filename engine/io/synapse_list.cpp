// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "synapse_list.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "line_reader.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

constexpr std::string_view kColumns = "source,target,weight,delay_ms";

std::string index_range(std::uint64_t size) {
    return size == 0 ? "none, the population is empty" : "0 to " + std::to_string(size - 1);
}

}  // namespace

std::vector<ExplicitSynapse> read_inline_synapses(Section& section, const TomlValue& value,
                                                  const SynapseBounds& bounds) {
    const std::string form = "[[source, target, weight, delay_ms], ...]";
    if (value.array() == nullptr) {
        section.fault("synapses", "is " + describe(value), form);
        return {};
    }
    std::vector<ExplicitSynapse> synapses;
    std::vector<int> lines;
    int faults_left = 20;  // a list with a fault in every line need not be told in full
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
        const auto source = bounds.sources == 0 ? std::nullopt : whole_number((*terms)[0], bounds.sources - 1);
        const auto target = bounds.targets == 0 ? std::nullopt : whole_number((*terms)[1], bounds.targets - 1);
        const auto weight = finite_number((*terms)[2]);
        const auto delay_ms = finite_number((*terms)[3]);
        if (!source) fault("holds the source " + describe((*terms)[0]), index_range(bounds.sources));
        if (!target) fault("holds the target " + describe((*terms)[1]), index_range(bounds.targets));
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

std::vector<ExplicitSynapse> read_synapse_file(const std::filesystem::path& file, const SynapseBounds& bounds) {
    LineReader reader(file);
    const auto columns = split(kColumns, ',');
    if (!reader.next() || split(reader.line(), ',') != columns) {
        reader.fail("the first line is not the header " + std::string(kColumns));
    }
    const auto index = [&](std::string_view text, std::string_view name, std::uint64_t size) {
        const auto value = to_whole(text);
        if (!value || *value >= size) {
            reader.fail(std::string(name) + " is " + shortened(text, 40) + "; allowed: " + index_range(size));
        }
        return static_cast<std::uint32_t>(*value);
    };
    const auto number = [&](std::string_view text, std::string_view name) {
        const auto value = to_number(text);
        if (!value) reader.fail(std::string(name) + " is " + shortened(text, 40) + "; allowed: a finite number");
        return *value;
    };
    std::vector<ExplicitSynapse> synapses;
    while (reader.next()) {
        const auto parts = split(reader.line(), ',');
        if (parts.size() != columns.size()) {
            reader.fail("has " + std::to_string(parts.size()) + " columns; allowed: 4, " + std::string(kColumns));
        }
        ExplicitSynapse synapse;
        synapse.source = index(parts[0], columns[0], bounds.sources);
        synapse.target = index(parts[1], columns[1], bounds.targets);
        synapse.weight = number(parts[2], columns[2]);
        synapse.delay_ms = number(parts[3], columns[3]);
        synapses.push_back(synapse);
    }
    return synapses;
}

}  // namespace izhi::io::detail
