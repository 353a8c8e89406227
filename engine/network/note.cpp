// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/note.hpp"

namespace izhi {

std::string_view to_string(Note::Kind kind) noexcept {
    switch (kind) {
        case Note::Kind::weights: return "weights";
        case Note::Kind::numerics: return "numerics";
        case Note::Kind::state: return "state";
        case Note::Kind::ignored: return "ignored";
        case Note::Kind::input: break;
    }
    return "input";
}

std::string sentence(const Note& note) {
    if (note.subject.empty()) return note.text;
    std::string line = note.subject;
    if (!note.field.empty()) line += '.' + note.field;
    return line + ": " + note.text;
}

}  // namespace izhi
