// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "faults.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "line_reader.hpp"
#include "synapse_list.hpp"
#include "text.hpp"

namespace izhi::io::detail {
void Faults::add_sentence(int line, const std::string& sentence) {
    constexpr std::size_t kLongest = 600;
    list_.push_back({line, printable(shortened(sentence, kLongest))});
}

std::vector<std::string> Faults::sentences() const {
    std::vector<Fault> sorted = list_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Fault& a, const Fault& b) { return a.line < b.line; });
    std::vector<std::string> sentences;
    for (Fault& fault : sorted) sentences.push_back(std::move(fault.sentence));
    return sentences;
}

int SourceMap::line_of(const std::string& subject, const std::string& field) const {
    const auto found = subjects_.find(subject);
    if (found == subjects_.end()) return 1;
    const auto& fields = found->second.fields;
    if (const auto exact = fields.find(field); exact != fields.end()) return exact->second;
    // "plasticity.a_plus" is a field of the table "plasticity".
    if (const auto dot = field.find('.'); dot != std::string::npos) {
        const auto table = subjects_.find(subject + "." + field.substr(0, dot));
        if (table != subjects_.end()) {
            const auto inner = table->second.fields.find(field.substr(dot + 1));
            if (inner != table->second.fields.end()) return inner->second;
        }
    }
    // "neurons[3]" and "weight.p1" are on the lines of "neurons" and "weight".
    const auto part = fields.find(field.substr(0, field.find_first_of(".[ ")));
    return part == fields.end() ? found->second.line : part->second;
}

std::string SourceMap::place_of(const Error& fault, const std::string& origin) const {
    const auto place = [](const std::string& file, std::size_t line) {
        return file + ":" + std::to_string(line) + ": ";
    };
    const std::string own = place(origin, static_cast<std::size_t>(line_of(fault.subject(), fault.field())));
    const auto found = subjects_.find(fault.subject());
    // Faults of single synapses have the form "synapse 12 has weight nan".
    constexpr std::string_view kMark = "synapse ";
    if (found == subjects_.end() || fault.field() != "synapses" || fault.problem().rfind(kMark, 0) != 0) return own;
    const std::string rest = fault.problem().substr(kMark.size());
    const auto index = to_whole(rest.substr(0, rest.find(' ')));
    if (!index) return own;
    const Subject& subject = found->second;
    if (!subject.synapse_file.empty()) {
        const std::size_t line = line_of_synapse(subject.synapse_file, *index);
        return line == 0 ? own : place(subject.synapse_file, line);
    }
    if (*index < subject.synapse_lines.size()) {
        return place(origin, static_cast<std::size_t>(subject.synapse_lines[*index]));
    }
    return own;
}

}  // namespace izhi::io::detail
