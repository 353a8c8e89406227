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
    };
    Kind kind = Kind::input;
    std::string subject;  ///< as in Error: "population.exc", "projection.exc-inh"
    std::string field;    ///< its name in the API and the network file; may be empty
    std::string text;     ///< what was found, how much, and what to do
    friend bool operator==(const Note&, const Note&) = default;
};

/// "weights", "input", "numerics", "state"
[[nodiscard]] IZHI_API std::string_view to_string(Note::Kind kind) noexcept;
/// One line: "projection.exc-inh.weight: ..."
[[nodiscard]] IZHI_API std::string sentence(const Note& note);

}  // namespace izhi
