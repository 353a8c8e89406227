// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace izhi::apps {

enum class Shell { bash, zsh, fish };

/// What the names of the built-in things are, in the order in which they are offered.
struct CompletionNames {
    std::vector<std::string> networks, neurons;
};

/// A script that lets a shell complete the commands, options, words, names and files of the program. Everything comes from
/// the declarations of the commands: an option whose help lists words ("Format: sonata, gdf, csv [sonata]") offers these.
[[nodiscard]] std::string completion_script(const CLI::App& program, Shell shell, const CompletionNames& names);

}  // namespace izhi::apps
