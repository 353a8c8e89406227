// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "apps/ranks/ranks.hpp"
#include "command.hpp"
#include "engine/base/nearest_name.hpp"
#include "exit_codes.hpp"
#include "help_layout.hpp"
#include "izhi/error.hpp"
#include "izhi/version.hpp"
#include "signals.hpp"
#include "terminal.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kExamples = R"(
Examples:
  izhi run cortex-10k --duration 10s --plot raster.png
  izhi neuron RS --plot rs.png
  izhi list
  izhi run --help

Exit codes: 0 done, 1 failed while running, 2 an error in the input, 130 interrupted.)";

/// The known names, for suggestions in place of an unknown one.
std::vector<std::string> known_options(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::vector<std::string> known_commands(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

/// Names of our options in other programs, where the spelling is too different for a suggestion.
std::string known_elsewhere(std::string_view unknown, const std::vector<std::string>& known) {
    struct Other {
        std::string_view theirs, ours;
    };
    static constexpr Other kOthers[] = {{"--time", "--duration"},    {"--sim-time", "--duration"},
                                        {"--simtime", "--duration"}, {"--tstop", "--duration"},
                                        {"--t-stop", "--duration"},  {"--length", "--duration"},
                                        {"-t", "--duration"},        {"-d", "--duration"},
                                        {"--output", "--out"},       {"--out-dir", "--out"},
                                        {"--dir", "--out"},          {"-o", "--out"},
                                        {"--cores", "--threads"},    {"--jobs", "--threads"},
                                        {"--workers", "--threads"},  {"-j", "--threads"},
                                        {"--trace", "--timeline"},   {"--simd", "--isa"},
                                        {"--param", "--set"},        {"--parameter", "--set"},
                                        {"--picture", "--plot"},     {"--figure", "--plot"},
                                        {"--raster", "--plot"},      {"-s", "--seed"},
                                        {"--current", "--dc"},       {"--bind", "--host"},
                                        {"--address", "--host"},     {"-p", "--port"},
                                        {"--realtime", "--speed"},   {"--stop", "--until"},
                                        {"--start", "--from"},       {"-n", "--repeats"},
                                        {"--units", "--unit"},       {"--memory", "--memory-limit"}};
    for (const Other& other : kOthers)
        if (other.theirs == unknown && std::find(known.begin(), known.end(), other.ours) != known.end())
            return "it is called " + std::string(other.ours);
    return {};
}

std::string mend_of(const std::string& unknown, const std::vector<std::string>& known) {
    const std::string called = known_elsewhere(unknown, known);
    return called.empty() ? izhi::detail::suggest_name(unknown, known) : called;
}

/// Reports an argument that CLI11 could not place. Only the first is reported, in one line.
void refuse_leftovers(const CLI::App& app, const CLI::App& command) {
    const std::vector<std::string> left = command.remaining();
    if (left.empty()) return;
    const std::string& first = left.front();
    if (first.starts_with('-') && first.size() > 1)
        refuse(command, "there is no option '" + first + "'; " +
                            mend_of(first.substr(0, first.find('=')), known_options(command)));
    if (&app == &command)
        refuse(command,
               "there is no command '" + first + "'; " + izhi::detail::suggest_name(first, known_commands(app)));
    refuse(command, "'" + first + "' is one argument too many");
}

/// CLI11's message in our words: "--seed: At Most 1 required but received 2".
std::string in_our_words(const CLI::ParseError& error) {
    std::string text = error.what();
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
        const std::string option = text.substr(0, text.find(':'));
        return option + (text.find("At Most") != std::string::npos ? " is given more than once" : " needs a value");
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

/// The chosen command; all of its arguments are known. @throws Error
const Command& chosen_command(const CLI::App& app, const std::vector<Command>& commands) {
    refuse_leftovers(app, app);
    const auto chosen = app.get_subcommands();
    if (chosen.empty()) {
        std::string names;
        for (const Command& command : commands) {
            if (!names.empty()) names += &command == &commands.back() ? " or " : ", ";
            names += command.arguments.command().get_name();
        }
        refuse(app, "give a command: " + names);
    }
    refuse_leftovers(app, *chosen.front());
    if (chosen.size() > 1) refuse(*chosen.front(), "'" + chosen[1]->get_name() + "' is one command too many");
    return *std::find_if(commands.begin(), commands.end(),
                         [&](const Command& command) { return &command.arguments.command() == chosen.front(); });
}

/// Whether an argument after --realtime is its speed, or meant to be: it starts like a number, and there is no file of
/// this name.
bool is_speed(std::string_view text) {
    if (text.empty() || (text.front() != '.' && (text.front() < '0' || text.front() > '9'))) return false;
    std::error_code ignored;
    return !text.ends_with(".toml") && !text.ends_with(".json") &&
           !std::filesystem::exists(std::filesystem::path(text), ignored);
}

/// The arguments in reverse order, as CLI11 expects them.
std::vector<std::string> last_first(int argument_count, const char* const* arguments) {
    // A bare --realtime of run or resume means speed 1. Without this, CLI11 would take the network after it for the
    // speed: izhi run --realtime cortex-10k. For other commands the argument is left as it was typed, and is rejected.
    const std::string_view command = argument_count > 1 ? arguments[1] : "";
    const bool has_realtime = command == "run" || command == "resume";
    std::vector<std::string> texts;
    for (int i = 1; i < argument_count; ++i) {
        const bool bare = has_realtime && arguments[i] == std::string_view("--realtime");
        if (!bare) texts.emplace_back(arguments[i]);
        else if (i + 1 < argument_count && is_speed(arguments[i + 1]))
            texts.emplace_back("--realtime=" + std::string(arguments[++i]));
        else texts.emplace_back("--realtime=1");
    }
    std::reverse(texts.begin(), texts.end());
    return texts;
}

int parse_and_dispatch(int argument_count, const char* const* arguments) {
    CLI::App app("izhi: networks of Izhikevich neurons in real time and faster", "izhi");
    app.set_version_flag("--version", "izhi " + std::string(kVersion), "Show the version");
    app.footer(kExamples);
    app.allow_extras();
    app.formatter(help_layout());
    app.set_help_flag("-h,--help", "Show this help");
    std::vector<Command> commands;
    // In the order of the help.
    for (const auto declare : {run_options, resume_options, neuron_options, serve_options, check_options, show_options,
                               convert_options, realtime_check_options, bench_options, sweep_options, analyze_options,
                               groups_options, figures_options, list_options, info_options, completion_options})
        commands.push_back(declare(app));
    for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
        command->group("Commands")->allow_extras();
    try {
        app.parse(last_first(argument_count, arguments));
    } catch (const CLI::Success& help) {
        return app.exit(help, std::cout, std::cerr);
    } catch (const CLI::ParseError& error) {
        const auto chosen = app.get_subcommands();
        refuse(chosen.empty() ? app : *chosen.front(), in_our_words(error));
    }
    const Command& command = chosen_command(app, commands);
    const std::string name = command.arguments.command().get_name();
    constexpr std::string_view uses_ranks[] = {"run", "resume", "serve", "sweep"};
    if (rank_count() > 1 && std::find(std::begin(uses_ranks), std::end(uses_ranks), name) == std::end(uses_ranks))
        std::cerr << "izhi: there are " << rank_count() << " ranks; izhi " << name << " uses one of them\n";
    return command.run(command.arguments);
}

/// The library names options by their field; users type them with two dashes.
std::string sentence_of(const Error& error) {
    if (error.subject() != "option") return error.what();
    return Error("", "--" + error.field(), error.problem(), error.allowed()).what();
}

int complain(std::string_view what, int exit_code) {
    std::cerr << "izhi: " << what << '\n';
    return exit_code;
}

}  // namespace

int run_command_line(int argument_count, const char* const* arguments) {
    const TerminalStream out(std::cout, STDOUT_FILENO), complaints(std::cerr, STDERR_FILENO);
    try {
        const int exit_code = parse_and_dispatch(argument_count, arguments);
        std::cout.flush();
        if (!std::cout) return complain("cannot write on standard output", kFailed);
        return exit_code;
    } catch (const Error& error) { return complain(sentence_of(error), kUserInput); } catch (const std::bad_alloc&) {
        return complain("out of memory", kFailed);
    } catch (const std::exception& error) {
        // Ctrl-C also reaches gnuplot and interrupts the recorder: a failure after it is not reported as a fault.
        return complain(error.what(), interrupted() ? kInterrupted : kFailed);
    }
}

}  // namespace izhi::apps
