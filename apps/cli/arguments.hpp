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

/// What is wrong with the arguments, in one line that names the help of the command. @throws Error always
[[noreturn]] void refuse(const CLI::App& command, const std::string& problem);

/// The arguments of one command: declared first, asked for by their names once the command line was read. All of them
/// are texts: CLI11 only splits the arguments, and numbers and words are read by who asks, so that every fault sounds
/// the same and says what is allowed.
class Arguments {
public:
    Arguments(CLI::App& program, const char* command, const char* what_it_does, const char* examples);
    Arguments(Arguments&&) = default;
    Arguments& operator=(Arguments&&) = default;

    // Declaring, in the order of the help. `type` is how the help calls the value.
    /// The heading of what follows; before the first, and after group("Options"), it is the usual one.
    Arguments& group(const char* heading);
    /// Positional if the name has no dashes.
    Arguments& value(const char* name, const char* type, const char* help);
    /// A value for each time that it is given.
    Arguments& values(const char* name, const char* type, const char* help);
    /// The same, and each time takes all values up to the next option: for positional ones.
    Arguments& lists(const char* name, const char* type, const char* help);
    Arguments& flag(const char* name, const char* help);

    // Asking.
    [[nodiscard]] bool given(const char* name) const;
    [[nodiscard]] const std::string& text(const char* name) const;  ///< empty unless given
    [[nodiscard]] std::optional<std::string> text_if_given(const char* name) const;
    [[nodiscard]] const std::vector<std::string>& texts(const char* name) const;
    [[nodiscard]] bool flag(const char* name) const;
    [[nodiscard]] const CLI::App& command() const { return *command_; }

private:
    CLI::App* command_;
    std::string group_ = "Options";
    // CLI11 writes into these: maps, so that they stay where they are.
    std::map<std::string, std::string> texts_;
    std::map<std::string, std::vector<std::string>> lists_;
    std::map<std::string, bool> flags_;
};

}  // namespace izhi::apps
