// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include <CLI/CLI.hpp>

#include "izhi/error.hpp"

namespace izhi::apps {

void refuse(const CLI::App& command, const std::string& problem) {
    const std::string name = command.get_parent() == nullptr ? "izhi" : "izhi " + command.get_name();
    throw Error(problem + " (see '" + name + " --help')");
}

Arguments::Arguments(CLI::App& program, const char* command, const char* what_it_does, const char* examples)
    : command_(program.add_subcommand(command, what_it_does)) {
    command_->footer(examples);
}

Arguments& Arguments::group(const char* heading) {
    group_ = heading;
    return *this;
}

Arguments& Arguments::value(const char* name, const char* type, const char* help) {
    command_->add_option(name, texts_[name], help)
        ->type_name(type)
        ->group(group_)
        ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    return *this;
}

Arguments& Arguments::values(const char* name, const char* type, const char* help) {
    lists(name, type, help);
    command_->get_option(name)->allow_extra_args(false);
    return *this;
}

Arguments& Arguments::lists(const char* name, const char* type, const char* help) {
    command_->add_option(name, lists_[name], help)
        ->type_name(type)
        ->group(group_)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return *this;
}

Arguments& Arguments::flag(const char* name, const char* help) {
    command_->add_flag(name, flags_[name], help)->group(group_);
    return *this;
}

bool Arguments::given(const char* name) const { return command_->count(name) > 0; }

const std::string& Arguments::text(const char* name) const { return texts_.at(name); }

std::optional<std::string> Arguments::text_if_given(const char* name) const {
    if (!given(name)) return std::nullopt;
    return text(name);
}

const std::vector<std::string>& Arguments::texts(const char* name) const { return lists_.at(name); }

bool Arguments::flag(const char* name) const { return flags_.at(name); }

}  // namespace izhi::apps
