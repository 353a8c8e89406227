// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "help_layout.hpp"

#include <string>
#include <utility>

#include <CLI/CLI.hpp>

namespace izhi::apps {
namespace {

/// CLI11's layout with our own usage line and single blank lines.
class HelpLayout final : public CLI::Formatter {
public:
    HelpLayout() { column_width(26); }
    std::string make_usage(const CLI::App* app, std::string name) const override {
        if (app->get_parent() == nullptr) return "Usage: izhi COMMAND [OPTIONS]\n";
        std::string usage = "Usage: " + name;
        for (const CLI::Option* argument : app->get_options([](const CLI::Option* o) { return o->get_positional(); }))
            usage += ' ' + argument->get_type_name();
        return usage + " [OPTIONS]\n";
    }
    /// The arguments are in the usage line and in the examples.
    std::string make_positionals(const CLI::App* app) const override {
        std::string text;
        for (const CLI::Option* argument : app->get_options([](const CLI::Option* o) { return o->get_positional(); }))
            text += argument->get_type_name() + ": " + argument->get_description() + '\n';
        return text.empty() ? text : '\n' + text;
    }
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
        for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) text.erase(at, 1);
        return text;
    }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_layout() { return std::make_shared<HelpLayout>(); }

}  // namespace izhi::apps
