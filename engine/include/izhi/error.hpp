// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

#include "izhi/export.hpp"

namespace izhi {

/// An error in the input: a field of a network, an option, a file. Every such error is found before the first
/// step, and nothing has been built or written when it is thrown. The command line prints what() and exits with 2.
///
/// what() reads "population.exc.size is 0; allowed: 1 to 2000000000".
class IZHI_API Error : public std::invalid_argument {
public:
    /// An error in one field. `allowed` may be empty if the problem says it all.
    /// @param subject what the field belongs to: "network", "population.exc", "projection.exc-inh", "option"; may be empty
    /// @param field   the name of the field in the API and the network file; may be empty
    /// @param problem what is wrong, including the value: "is 0"
    /// @param allowed the values that would have been accepted
    Error(std::string subject, std::string field, std::string problem, std::string allowed = {});

    /// An error given as one complete sentence (files: "net.toml:12: ...").
    explicit Error(const std::string& sentence);

    [[nodiscard]] const std::string& subject() const noexcept { return subject_; }
    [[nodiscard]] const std::string& field() const noexcept { return field_; }
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    [[nodiscard]] const std::string& allowed() const noexcept { return allowed_; }

private:
    std::string subject_, field_, problem_, allowed_;
};

/// A failure while running that is not an error in the input: a full disk, a neuron that left the range of
/// single precision. The command line prints what() and exits with 1.
class IZHI_API RunError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace izhi
