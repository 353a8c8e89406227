// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "faults.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

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
    // "neurons[3]" and "weight.p1" stand where "neurons" and "weight" do.
    const auto part = fields.find(field.substr(0, field.find_first_of(".[ ")));
    return part == fields.end() ? found->second.line : part->second;
}

}  // namespace izhi::io::detail
