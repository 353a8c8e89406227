// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "completion.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <CLI/CLI.hpp>

namespace izhi::apps {
namespace {

/// What may stand at one place.
struct Choice {
    std::vector<std::string> words;
    bool files = false, folders = false;
    [[nodiscard]] bool nothing() const { return words.empty() && !files && !folders; }
};

struct OptionChoice {
    std::string name;  ///< with its dashes
    std::string help;
    bool takes_value = false;
    Choice value;
};

struct CommandChoices {
    std::string name, help;
    std::vector<OptionChoice> options;
    Choice positional;
};

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
    return all;
}

/// The words that the help of an option lists: "Format of the recordings: sonata, gdf, csv [sonata]".
std::vector<std::string> listed_words(std::string_view help) {
    help = help.substr(0, help.rfind(" ["));
    if (const auto colon = help.rfind(": "); colon != std::string_view::npos) help.remove_prefix(colon + 2);
    std::vector<std::string> words;
    while (!help.empty()) {
        const auto comma = std::min(help.find(", "), help.size());
        const std::string_view word = help.substr(0, comma);
        const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
            return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-' || c == '.';
        });
        if (!plain) return {};
        words.emplace_back(word);
        help.remove_prefix(std::min(comma + 2, help.size()));
    }
    return words;
}

Choice choice_of(const CLI::Option& option, const CompletionNames& names) {
    std::string type = option.get_type_name();
    std::erase(type, '[');  // around what may be left out
    const std::string& help = option.get_description();
    if (type.starts_with("NETWORK")) return {names.networks, true, false};
    if (type.starts_with("NEURON")) return {names.neurons, false, false};
    if (type.starts_with("DIR")) return {{}, false, true};
    if (type.starts_with("FILE"))
        return {help.find("built-in") != std::string::npos ? names.networks : std::vector<std::string>{}, true, false};
    if (type.starts_with("WORD") || option.get_positional()) return {listed_words(help), false, false};
    return {};
}

CommandChoices choices_of(const CLI::App& command, const CompletionNames& names) {
    CommandChoices choices{command.get_name(), command.get_description(), {}, {}};
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_positional()) {
            choices.positional = choice_of(*option, names);
            continue;
        }
        if (option->get_group().empty()) continue;  // hidden in the help, too
        const bool takes_value = option->get_items_expected_max() > 0;
        for (const std::string& name : option->get_lnames())
            choices.options.push_back({"--" + name, option->get_description(), takes_value,
                                       takes_value ? choice_of(*option, names) : Choice{}});
    }
    return choices;
}

/// In single quotes of bash and zsh.
std::string quoted(const std::string& text) {
    std::string all = "'";
    for (const char c : text) all += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return all + "'";
}

std::vector<std::string> option_names(const CommandChoices& command) {
    std::vector<std::string> names;
    for (const OptionChoice& option : command.options) names.push_back(option.name);
    return names;
}

/// bash and zsh differ in how words, files and folders are offered: the three functions at the top.
std::string posix_script(const std::vector<CommandChoices>& commands, const std::string& head,
                         const std::string& foot) {
    const auto offer = [](const Choice& choice) {
        std::string does;
        if (!choice.words.empty()) does += " _izhi_words " + quoted(joined(choice.words)) + ";";
        if (choice.files) does += " _izhi_files;";
        if (choice.folders) does += " _izhi_folders;";
        return does.empty() ? std::string(" :;") : does;
    };
    std::string script = head;
    script += "    if [ \"$place\" -eq 1 ]; then\n        _izhi_words '";
    for (const CommandChoices& command : commands) script += command.name + " ";
    script += "--help --version'\n        return\n    fi\n    case \"$command $previous\" in\n";
    for (const CommandChoices& command : commands)
        for (const OptionChoice& option : command.options)
            if (option.takes_value)
                script +=
                    "        " + quoted(command.name + " " + option.name) + ")" + offer(option.value) + " return ;;\n";
    script += "    esac\n    case \"$command\" in\n";
    for (const CommandChoices& command : commands) {
        script += "        " + command.name + ")\n            case \"$current\" in\n                -*) _izhi_words " +
                  quoted(joined(option_names(command))) + " ;;\n                *)" + offer(command.positional) +
                  " ;;\n            esac ;;\n";
    }
    return script + "    esac\n}\n" + foot;
}

std::string bash_script(const std::vector<CommandChoices>& commands) {
    return posix_script(commands,
                        "# bash completion for izhi, written by izhi completion bash\n"
                        "_izhi_words() {\n"
                        "    local IFS=$' \\t\\n'\n"
                        "    COMPREPLY+=($(compgen -W \"$1\" -- \"$current\"))\n"
                        "}\n"
                        "_izhi_files() {\n"
                        "    local IFS=$'\\n'\n"
                        "    COMPREPLY+=($(compgen -f -- \"$current\"))\n"
                        "    compopt -o filenames 2>/dev/null\n"
                        "}\n"
                        "_izhi_folders() {\n"
                        "    local IFS=$'\\n'\n"
                        "    COMPREPLY+=($(compgen -d -- \"$current\"))\n"
                        "    compopt -o filenames 2>/dev/null\n"
                        "}\n"
                        "_izhi() {\n"
                        "    local place=$COMP_CWORD current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
                        "    local previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                        "    COMPREPLY=()\n",
                        "complete -F _izhi izhi\n");
}

std::string zsh_script(const std::vector<CommandChoices>& commands) {
    return posix_script(commands,
                        "#compdef izhi\n"
                        "# zsh completion for izhi, written by izhi completion zsh\n"
                        "_izhi_words() { compadd -- ${(s: :)1} }\n"
                        "_izhi_files() { _files }\n"
                        "_izhi_folders() { _files -/ }\n"
                        "_izhi() {\n"
                        "    local place=$((CURRENT - 1)) current=$words[CURRENT] command=$words[2]\n"
                        "    local previous=$words[CURRENT-1]\n",
                        "if [ \"$funcstack[1]\" = _izhi ]; then _izhi \"$@\"; else compdef _izhi izhi; fi\n");
}

std::string fish_script(const std::vector<CommandChoices>& commands) {
    const auto words = [](const std::vector<std::string>& all) {
        std::string text;
        for (const std::string& word : all) text += (text.empty() ? "" : " ") + word;
        return text;
    };
    std::string script = "# fish completion for izhi, written by izhi completion fish\ncomplete -c izhi -f\n";
    const auto text = [](std::string help) {  // in single quotes of fish
        std::string all = "'";
        for (const char c : help) all += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
        return all + "'";
    };
    const auto offer = [&](const Choice& choice) {
        std::string does;
        if (choice.files) does += " -F";
        std::string list = words(choice.words);
        if (choice.folders) list += (list.empty() ? "" : " ") + std::string("(__fish_complete_directories)");
        if (!list.empty()) does += " -a " + (choice.folders ? "\"" + list + "\"" : text(list));
        return does;
    };
    for (const CommandChoices& command : commands)
        script += "complete -c izhi -n __fish_use_subcommand -a " + command.name + " -d " + text(command.help) + "\n";
    for (const CommandChoices& command : commands) {
        const std::string here = "complete -c izhi -n '__fish_seen_subcommand_from " + command.name + "'";
        if (!command.positional.nothing()) script += here + offer(command.positional) + "\n";
        for (const OptionChoice& option : command.options)
            script += here + " -l " + option.name.substr(2) + (!option.takes_value ? "" : option.value.files ? " -r" : " -x") + offer(option.value) +
                      " -d " + text(option.help) + "\n";
    }
    return script;
}

}  // namespace

std::string completion_script(const CLI::App& program, Shell shell, const CompletionNames& names) {
    std::vector<CommandChoices> commands;
    for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; }))
        commands.push_back(choices_of(*command, names));
    switch (shell) {
        case Shell::bash: return bash_script(commands);
        case Shell::zsh: return zsh_script(commands);
        case Shell::fish: break;
    }
    return fish_script(commands);
}

}  // namespace izhi::apps
