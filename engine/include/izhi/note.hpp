// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "izhi/export.hpp"

namespace izhi {

/// Something that is allowed but may not be intended, and that you should know before you trust results: rounded
/// values, input that can never act, a method outside the range in which it is accurate. `izhi check` and `izhi run`
/// print it as "note: population.exc.noise_stddev: ...".
struct Note {
    enum class Kind {
        weights,   ///< weights that are lost or rounded coarsely
        input,     ///< input that never acts
        numerics,  ///< a method of integration used where it is not accurate
        state,     ///< something that neurons did during a run
        ignored,   ///< parts of a file of another program that mean nothing to izhi
    };
    Kind kind = Kind::input;
    std::string subject;  ///< as in Error: "population.exc", "projection.exc-inh"; empty if the text says all
    std::string field;    ///< its name in the API and the network file; may be empty
    std::string text;     ///< what was found, how much, and what to do
    friend bool operator==(const Note&, const Note&) = default;
};

/// "weights", "input", "numerics", "state", "ignored"
[[nodiscard]] IZHI_API std::string_view to_string(Note::Kind kind) noexcept;
/// One line: "projection.exc-inh.weight: ...", or the text alone without a subject
[[nodiscard]] IZHI_API std::string sentence(const Note& note);

}  // namespace izhi
