// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace izhi::apps {

/// Reports an error in the arguments, in one line that names the help of the command. @throws Error always
[[noreturn]] void refuse(const CLI::App& command, const std::string& problem);

/// The arguments of one command. They are declared first, and read by their names after the command line has been
/// parsed. All of them are texts: CLI11 only splits the arguments. The callers read numbers and words, so that all
/// error messages have the same form and say what is allowed.
class Arguments {
public:
    Arguments(CLI::App& program, const char* command, const char* what_it_does, const char* examples);
    Arguments(Arguments&&) = default;
    Arguments& operator=(Arguments&&) = default;

    // Declarations, in the order of the help. `type` is the name of the value in the help.
    /// Sets the heading for the following options; at first, and after group("Options"), it is the usual one.
    Arguments& group(const char* heading);
    /// Positional if the name has no dashes.
    Arguments& value(const char* name, const char* type, const char* help);
    /// An option that may be given several times, each time with a value.
    Arguments& values(const char* name, const char* type, const char* help);
    /// The same, but it takes all values up to the next option: for positional arguments.
    Arguments& lists(const char* name, const char* type, const char* help);
    Arguments& flag(const char* name, const char* help);

    // Values.
    [[nodiscard]] bool given(const char* name) const;
    [[nodiscard]] const std::string& text(const char* name) const;  ///< empty if not given
    [[nodiscard]] std::optional<std::string> text_if_given(const char* name) const;
    [[nodiscard]] const std::vector<std::string>& texts(const char* name) const;
    [[nodiscard]] bool flag(const char* name) const;
    [[nodiscard]] const CLI::App& command() const { return *command_; }

private:
    CLI::App* command_;
    std::string group_ = "Options";
    // CLI11 writes into these. They are maps, whose elements do not move.
    std::map<std::string, std::string> texts_;
    std::map<std::string, std::vector<std::string>> lists_;
    std::map<std::string, bool> flags_;
};

}  // namespace izhi::apps
