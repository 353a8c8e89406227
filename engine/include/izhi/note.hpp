// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace izhi {

/// Something that is no fault, and still should be known before results are believed: values that are rounded away, input
/// that can never act, a method outside the range in which it is exact. `izhi check` and `izhi run` print it as
/// "note: population.exc.noise_stddev: ...".
struct Note {
    enum class Kind {
        weights,   ///< weights that are lost or rounded coarsely
        input,     ///< input that never acts
        numerics,  ///< a method of integration used where it is not exact
        state,     ///< what neurons did during a run
    };
    Kind kind = Kind::input;
    std::string subject;  ///< what it is about, as in Error: "population.exc", "projection.exc-inh"
    std::string field;    ///< as the API and the network file spell it; may be empty
    std::string text;     ///< what, how much, and what to do
    friend bool operator==(const Note&, const Note&) = default;
};

/// "weights", "input", "numerics", "state"
[[nodiscard]] std::string_view to_string(Note::Kind kind) noexcept;
/// One line: "projection.exc-inh.weight: ..."
[[nodiscard]] std::string sentence(const Note& note);

}  // namespace izhi
