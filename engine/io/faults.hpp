// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "izhi/error.hpp"

namespace izhi::io::detail {

/// The faults of one network text. They are collected, so that a user can fix all of them at once.
class Faults {
public:
    /// @param has_lines whether the text is what the user wrote, so that its lines mean something
    explicit Faults(std::string_view origin, bool has_lines = true) : origin_(origin), has_lines_(has_lines) {}

    /// Adds a fault of a field at a line of the text.
    void add(int line, const Error& fault) { add_sentence(line, place(line) + fault.what()); }
    /// Adds a complete sentence with its own place (another file); `line` sorts it among the others.
    void add_sentence(int line, const std::string& sentence);

    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
    /// All sentences in the order of lines.
    [[nodiscard]] std::vector<std::string> sentences() const;
    [[nodiscard]] const std::string& origin() const noexcept { return origin_; }
    [[nodiscard]] bool has_lines() const noexcept { return has_lines_; }
    /// "ORIGIN:LINE: "
    [[nodiscard]] std::string place(int line) const {
        return origin_ + (has_lines_ ? ":" + std::to_string(line) : "") + ": ";
    }

private:
    struct Fault {
        int line;
        std::string sentence;
    };
    std::string origin_;
    bool has_lines_;
    std::vector<Fault> list_;
};

/// The lines of sections and fields in the text, for faults that are found after parsing. Subjects and fields are
/// spelled as in izhi::Error: "population.exc", "size".
class SourceMap {
public:
    void add_subject(const std::string& subject, int line) { subjects_[subject].line = line; }
    void add_field(const std::string& subject, const std::string& field, int line) {
        subjects_[subject].fields[field] = line;
    }
    /// Adds the line of each synapse of an explicit projection.
    void add_synapse_lines(const std::string& subject, std::vector<int> lines) {
        subjects_[subject].synapse_lines = std::move(lines);
    }
    /// Adds the file with the synapses of an explicit projection, in which their lines are found.
    void add_synapse_file(const std::string& subject, std::string file) {
        subjects_[subject].synapse_file = std::move(file);
    }

    /// The line of the field; without it that of its section, or 1.
    [[nodiscard]] int line_of(const std::string& subject, const std::string& field) const;
    /// "ORIGIN:LINE: " for a fault that build() found.
    [[nodiscard]] std::string place_of(const Error& fault, const std::string& origin) const;

private:
    struct Subject {
        int line = 1;
        std::map<std::string, int> fields;
        std::vector<int> synapse_lines;
        std::string synapse_file;
    };
    std::map<std::string, Subject> subjects_;
};

}  // namespace izhi::io::detail
