// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "commands.hpp"
#include "intervention_log.hpp"
#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/realtime.hpp"
#include "izhi/wire/server.hpp"
#include "json_text.hpp"
#include "networks.hpp"
#include "output_paths.hpp"
#include "signals.hpp"
#include "summary.hpp"
#include "text_table.hpp"
#include "units.hpp"

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
        throw Error("", "--io", "is '" + text + "'", "PORT, ADDRESS:PORT (0 to 65535; 0: any that is free), unix:PATH");
    }
    return endpoint;
}

wire::ServerOptions server_options(const ServeIoOptions& options) {
    constexpr std::string_view unix_prefix = "unix:";
    wire::ServerOptions server{
        .token = options.token, .lockstep = options.lockstep, .ended = [] { return interrupted(); }};
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

/// Where clients find the server, as they are told it. On stderr, so that stdout holds results only.
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

nlohmann::ordered_json realtime_json(const RealtimeReport& report) {
    const auto of = [](const RealtimeReport::Distribution& d) {
        return nlohmann::ordered_json{
            {"p50_us", d.p50_us}, {"p99_us", d.p99_us}, {"p999_us", d.p999_us}, {"max_us", d.max_us}};
    };
    return {{"missed", report.missed}, {"step_time", of(report.step_time)}, {"lateness", of(report.lateness)}};
}

}  // namespace

int serve_io(const ServeIoOptions& options) {
    const NetworkSource source = find_network(options.network);
    const Network network =
        io::parse_network(source.text, source.origin, {.seed = options.seed, .storage = options.storage});
    const std::uint64_t steps = options.duration_ms ? network.steps(*options.duration_ms) : std::uint64_t{1} << 62U;
    if (options.log) require_writable_file("--io-log", *options.log);
    handle_interrupts();
    const wire::ServerOptions server_options = apps::server_options(options);
    wire::Server server(network, server_options);
    SimulationOptions simulation_options{.threads = options.threads, .isa = options.isa};
    std::optional<InterventionLog> log;
    if (options.log)
        simulation_options.on_intervention = [&log](std::uint64_t step, const Intervention& what) {
            log->add(step, what);
        };
    Simulation simulation(network, simulation_options);
    if (options.log) log.emplace(*options.log, network);
    // In lockstep the clients set the pace: a schedule that is always behind them never waits.
    RealtimeRunner runner(simulation, {.speed = options.lockstep ? 1000.0 : options.speed});
    print_endpoints(server_options, server);
    RealtimeReport report;
    {
        const InterruptGuard guard(simulation);
        report = runner.run(steps, &server);
    }
    RunSummary summary = summarise(simulation, steps, report.wall_s);
    if (log) {
        log->finish(simulation);
        summary.files.push_back(*options.log);
    }
    if (options.json) {
        nlohmann::ordered_json json = json_of(summary);
        json["io"] = io_json(server);
        if (!options.lockstep) json["realtime"] = realtime_json(report);
        std::cout << json_text(json);
    } else {
        std::cout << text_of(summary) << '\n' << io_text(server);
    }
    return interrupted() ? kInterrupted : kDone;
}

}  // namespace izhi::apps
