// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "io_server.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"
#include "izhi/error.hpp"
#include "serve_command.hpp"

namespace izhi::apps {
namespace {

/// "7700", "192.168.1.5:7700", "[::1]:7700"
wire::UdpEndpoint udp_endpoint(const std::string& text) {
    const auto colon = text.rfind(':');
    wire::UdpEndpoint endpoint;
    std::string port = text;
    if (colon != std::string::npos) {
        endpoint.address = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (endpoint.address.starts_with('[') && endpoint.address.ends_with(']'))
            endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
    }
    try {
        endpoint.port = static_cast<std::uint16_t>(parse_whole("--io", port, 0, 65535));
    } catch (const Error&) {
        throw Error("", "--io", "is '" + text + "'", "PORT, ADDRESS:PORT (0 to 65535; 0: any free port), unix:PATH");
    }
    return endpoint;
}

}  // namespace

wire::ServerOptions io_server_options(const ServeOptions::Io& options, std::function<bool()> ended) {
    constexpr std::string_view unix_prefix = "unix:";
    wire::ServerOptions server{.token = options.token, .lockstep = options.lockstep, .ended = std::move(ended)};
    if (options.timeout_ms)
        server.lockstep_timeout =
            std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(*options.timeout_ms, 1e9) * 1e6));
    for (const std::string& endpoint : options.endpoints) {
        const bool is_unix = endpoint.starts_with(unix_prefix);
        if (is_unix ? server.unix_path.has_value() : server.udp.has_value())
            throw Error("", "--io", is_unix ? "names two Unix sockets" : "names two UDP ports", "one of each");
        if (is_unix) server.unix_path = endpoint.substr(unix_prefix.size());
        else server.udp = udp_endpoint(endpoint);
    }
    return server;
}

double paced_speed(const ServeOptions& options) { return options.io && options.io->lockstep ? 1000.0 : options.speed; }

void print_endpoints(const wire::ServerOptions& options, const wire::Server& server) {
    if (options.udp) {
        const std::string& address = options.udp->address;
        const bool ip6 = address.find(':') != std::string::npos;
        std::cerr << "io: " << (ip6 ? '[' + address + ']' : address) << ':' << server.udp_port()
                  << (options.token.empty() ? "" : " (with the token)") << '\n';
    }
    if (options.unix_path) std::cerr << "io: unix:" << options.unix_path->string() << '\n';
    std::cerr << std::flush;
}

std::string io_text(const wire::Server& server) {
    TextTable table({{"over the wire", TextTable::Align::left}, {"count"}});
    const auto counters = server.counters();
    for (std::size_t index = 0; index < counters.size(); ++index)
        if (counters[index] > 0)
            table.add({std::string(to_string(static_cast<wire::Counter>(index))), grouped(counters[index])});
    return table.text();
}

nlohmann::ordered_json io_json(const wire::Server& server) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    const auto counters = server.counters();
    for (std::size_t index = 0; index < counters.size(); ++index)
        json[std::string(to_string(static_cast<wire::Counter>(index)))] = counters[index];
    return json;
}

}  // namespace izhi::apps
