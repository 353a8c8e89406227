// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "notes.hpp"

#include <iostream>

#include <nlohmann/json.hpp>

namespace izhi::apps {

void print_notes(const std::vector<Note>& notes) {
    for (const Note& note : notes) std::cerr << "note: " << sentence(note) << '\n';
}

nlohmann::ordered_json json_of(const std::vector<Note>& notes) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Note& note : notes)
        list.push_back(
            {{"kind", to_string(note.kind)}, {"subject", note.subject}, {"field", note.field}, {"text", note.text}});
    return list;
}

}  // namespace izhi::apps
