// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "apps/cli/command.hpp"
#include "apps/cli/completion.hpp"
#include "apps/cli/exit_codes.hpp"
#include "apps/cli/values.hpp"
#include "engine/networks/builtin_networks.hpp"
#include "izhi/neuron.hpp"
#include "izhi/single_neuron.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kCompletionExamples = R"(
Examples:
  izhi completion bash > ~/.local/share/bash-completion/completions/izhi
  izhi completion zsh > "${fpath[1]}/_izhi"
  izhi completion fish > ~/.config/fish/completions/izhi.fish)";

int completion_command(const Arguments& arguments) {
    const std::string& given = arguments.text("shell");
    if (given.empty()) refuse(arguments.command(), "give a shell: bash, zsh or fish");
    Shell shell = Shell::bash;
    if (given == "zsh") shell = Shell::zsh;
    else if (given == "fish") shell = Shell::fish;
    else if (given != "bash") refuse(arguments.command(), "the shell is '" + given + "'; allowed: bash, zsh, fish");
    CompletionNames names;
    for (const networks::BuiltinNetwork& network : networks::builtin_networks())
        names.networks.emplace_back(network.name);
    for (const NamedCellType& type : named_cell_types()) names.neurons.emplace_back(type.name);
    for (const NamedNeuron& type : nine_parameter_neurons()) names.neurons.emplace_back(type.name);
    std::cout << completion_script(*arguments.command().get_parent(), shell, names);
    return kDone;
}

}  // namespace

Command completion_options(CLI::App& program) {
    Arguments arguments(program, "completion", "Print a script that lets a shell complete izhi's arguments",
                        kCompletionExamples);
    arguments.value("shell", "SHELL", "The shell: bash, zsh, fish");
    return {std::move(arguments), completion_command};
}

}  // namespace izhi::apps
