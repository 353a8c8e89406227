// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "values.hpp"

#include <charconv>
#include <limits>
#include <system_error>

#include "apps/plot/gnuplot.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {

std::vector<std::string> split_list(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator) parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

const std::string& network_of(const Arguments& arguments) {
    const std::string& network = arguments.text("network");
    if (network.empty())
        refuse(arguments.command(),
               "give a network: a built-in name, such as cortex-10k, a .toml file or a SONATA config");
    return network;
}

std::optional<double> duration_ms_of(const Arguments& arguments, const char* name) {
    if (!arguments.given(name)) return std::nullopt;
    return parse_duration_ms(name, arguments.text(name));
}

std::optional<std::uint64_t> whole_of(const Arguments& arguments, const char* name, std::uint64_t low,
                                      std::uint64_t high) {
    if (!arguments.given(name)) return std::nullopt;
    return parse_whole(name, arguments.text(name), low, high);
}

std::optional<std::uint64_t> seed_of(const Arguments& arguments) {
    // Network files hold 64-bit signed integers, and a seed must fit into either.
    return whole_of(arguments, "--seed", 0, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

std::optional<Storage> storage_of(const Arguments& arguments) {
    if (!arguments.given("--storage")) return std::nullopt;
    return choice("--storage", arguments.text("--storage"), {Storage::stored, Storage::procedural});
}

std::optional<std::filesystem::path> picture_of(const Arguments& arguments, const char* name) {
    if (!arguments.given(name)) return std::nullopt;
    std::filesystem::path file = arguments.text(name);
    (void)picture_kind(file, name);
    return file;
}

int threads_of(const Arguments& arguments) {
    return static_cast<int>(whole_of(arguments, "--threads", 1, 1024).value_or(0));
}

Isa isa_of(const Arguments& arguments) {
    return arguments.given("--isa") ? isa_from_string(arguments.text("--isa")) : Isa::automatic;
}

std::uint64_t memory_limit_of(const Arguments& arguments) {
    return arguments.given("--memory-limit") ? parse_bytes("--memory-limit", arguments.text("--memory-limit")) : 0;
}

double parse_speed(const std::string& option, const std::string& text) {
    double speed = 0.0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), speed);
    if (fault != std::errc{} || end != text.data() + text.size() || !(speed >= 0.001 && speed <= 1000.0))
        throw Error("", option, "is '" + text + "'", "a speed from 0.001 to 1000, such as 1 or 2.5");
    return speed;
}

}  // namespace izhi::apps
