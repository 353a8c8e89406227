// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <iostream>
#include <optional>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/signals.hpp"
#include "apps/networks/networks.hpp"
#include "apps/ranks/ranks.hpp"
#include "apps/realtime/intervention_log.hpp"
#include "apps/run/summary.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/notes.hpp"
#include "apps/text/output_paths.hpp"
#include "io_server.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/realtime.hpp"
#include "izhi/wire/server.hpp"
#include "serve_command.hpp"
#include "served_checkpoints.hpp"

namespace izhi::apps {
namespace {

nlohmann::ordered_json realtime_json(const RealtimeReport& report, const std::optional<double>& stolen_ms) {
    const auto of = [](const RealtimeReport::Distribution& d) {
        return nlohmann::ordered_json{
            {"p50_us", d.p50_us}, {"p99_us", d.p99_us}, {"p999_us", d.p999_us}, {"max_us", d.max_us}};
    };
    return {{"missed", report.missed},
            {"stolen_ms", json_of(stolen_ms)},
            {"step_time", of(report.step_time)},
            {"lateness", of(report.lateness)}};
}

}  // namespace

int serve_io(const ServeOptions& options) {
    const NetworkSource source = find_network(options.network);
    const Network network =
        io::parse_network(source.text, source.origin, {.seed = options.seed, .storage = options.storage});
    const std::uint64_t steps = options.duration_ms ? network.steps(*options.duration_ms) : std::uint64_t{1} << 62U;
    if (options.log) require_writable_file("--log", *options.log);
    if (options.checkpoints) require_checkpoints(network, *options.checkpoints);
    handle_interrupts();
    print_notes(network.notes());
    const wire::ServerOptions server_options = io_server_options(*options.io, [] { return interrupted(); });
    wire::Server server(network, server_options);
    SimulationOptions simulation_options{
        .threads = options.threads, .isa = options.isa, .snapshots = options.checkpoints.has_value()};
    std::optional<InterventionLog> log;
    std::uint64_t interventions = 0;
    simulation_options.on_intervention = [&](std::uint64_t step, const Intervention& what) {
        ++interventions;
        if (log) log->add(step, what);
    };
    share_network(source, {.seed = options.seed, .storage = options.storage}, simulation_options);
    Simulation simulation(network, simulation_options);
    if (options.log) log.emplace(*options.log, network);
    RealtimeRunner runner(simulation, {.speed = paced_speed(options)});
    std::optional<ServedCheckpoints> checkpoints;
    if (options.checkpoints)
        checkpoints.emplace(options, source, simulation, &server, [&interventions] { return interventions; });
    print_endpoints(server_options, server);
    RealtimeReport report;
    std::optional<double> stolen_ms;
    std::string fault;  // a neuron left the range of single precision; log and summary have what came before
    {
        const InterruptGuard guard(simulation);
        const StolenTime stolen;
        try {
            report = runner.run(steps, checkpoints ? static_cast<StepClient*>(&checkpoints->client()) : &server);
            if (checkpoints) checkpoints->client().finish();
        } catch (const RunError& error) { fault = error.what(); }
        stolen_ms = stolen.ms();
    }
    RunSummary summary = summarise(simulation, options.duration_ms ? steps : 0, report.wall_s);
    summary.stopped = summary.stopped || interrupted();
    if (checkpoints) summary.checkpoint = checkpoints->client().text();
    if (log) {
        log->finish(simulation);
        summary.files.push_back(*options.log);
    }
    print_notes(simulation.notes());
    if (options.json) {
        nlohmann::ordered_json json = json_of(summary);
        json["io"] = io_json(server);
        if (checkpoints) json["checkpoints"] = checkpoints->client().json();
        if (!options.io->lockstep) json["realtime"] = realtime_json(report, stolen_ms);
        std::cout << json_text(json);
    } else {
        std::cout << text_of(summary) << '\n' << io_text(server);
    }
    if (!fault.empty()) throw RunError(fault);
    return interrupted() ? kInterrupted : kDone;
}

}  // namespace izhi::apps
