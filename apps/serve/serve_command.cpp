// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "serve_command.hpp"

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "address.hpp"
#include "apps/cli/exit_codes.hpp"
#include "apps/cli/signals.hpp"
#include "apps/networks/networks.hpp"
#include "apps/ranks/ranks.hpp"
#include "apps/realtime/intervention_log.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/notes.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "io_server.hpp"
#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/wire/server.hpp"
#include "live_run.hpp"
#include "served_checkpoints.hpp"
#include "server.hpp"
#include "token.hpp"

namespace izhi::apps {
namespace {

/// @throws Error if other machines could reach the server and --token is missing
std::string token_of(const ServeOptions::Page& page, const serve::Address& address) {
    if (page.token && *page.token != "new") {
        serve::require_valid_token("--token", *page.token);
        return *page.token;
    }
    if (!address.loopback && !page.token)
        throw Error("--host " + page.host +
                    " is open to other machines and needs --token: a word of your own, or new for a random one");
    return serve::make_token();
}

void print_link(const serve::Address& address, const std::string& token) {
    std::cout << serve::link_to(address) << "#token=" << token << '\n' << std::flush;
}

void print_counts(const serve::Server::Counts& counts) {
    std::cout << "viewers      " << counted(counts.viewers, "viewer") << "; " << counted(counts.messages, "message")
              << " obeyed, " << grouped(counts.refused) << " refused, " << grouped(counts.dropped) << " dropped, "
              << counted(counts.wrong_tokens, "wrong token") << '\n';
}

std::string microseconds(const RealtimeReport::Distribution& times) {
    return "p50 " + plain(times.p50_us) + " us, p99 " + plain(times.p99_us) + " us, p99.9 " + plain(times.p999_us) +
           " us, at most " + plain(times.max_us) + " us";
}

/// Writes the log and the checkpoints of each run, and prints how it ended.
class Keeper {
public:
    /// @param io programs in the loop; may be null
    Keeper(const ServeOptions& options, const NetworkSource& source, StepClient* io)
        : options_(options), source_(source), io_(io) {}

    StepClient* begins(const Simulation& simulation) {
        ++run_;
        interventions_ = 0;
        stolen_ = StolenTime();
        const Network& network = simulation.network();
        if (options_.log) log_ = std::make_unique<InterventionLog>(log_file(), network);
        if (!options_.checkpoints) return io_;
        checkpoints_ = std::make_unique<ServedCheckpoints>(
            options_, source_, simulation, io_, [this] { return interventions_; }, run_);
        return &checkpoints_->client();
    }

    void intervened(std::uint64_t step, const Intervention& what) {
        ++interventions_;
        if (log_) log_->add(step, what);
    }

    void ended(const Simulation& simulation, const RealtimeReport& report) {
        if (log_) log_->finish(simulation);
        log_.reset();
        if (checkpoints_) checkpoints_->client().finish();
        print_result(simulation);
        std::cout << "step time    " << microseconds(report.step_time) << "\nlateness     "
                  << microseconds(report.lateness) << "\nmissed       " << counted(report.missed, "deadline");
        if (const std::string stolen = stolen_text(stolen_.ms()); !stolen.empty()) std::cout << "; " << stolen;
        std::cout << '\n';
        if (checkpoints_) std::cout << "checkpoint   " << checkpoints_->client().text() << '\n';
        print_replay(simulation);
        std::cout << std::flush;
    }

    void failed(const Simulation& simulation, const RunError& why) {
        if (log_) log_->finish(simulation);
        log_.reset();
        print_result(simulation);
        if (checkpoints_) std::cout << "checkpoint   " << checkpoints_->client().text() << '\n';
        print_replay(simulation);
        std::cout << std::flush;
        std::cerr << "izhi: " << why.what() << '\n' << std::flush;
        if (!options_.duration_ms)
            std::cout << "failed       after " << counted(simulation.steps_done(), "step")
                      << "; restart it on the page, or end it with Ctrl-C\n"
                      << std::flush;
    }

    /// The simulation is destroyed next, while a checkpoint of it may still be being written.
    void over() { checkpoints_.reset(); }

private:
    void print_result(const Simulation& simulation) const {
        const NetworkSpec& spec = simulation.network().description().spec;
        std::cout << spec.name << ", seed " << spec.seed << ": " << counted(simulation.steps_done(), "step") << ", "
                  << counted(simulation.spike_count(), "spike") << ", " << counted(interventions_, "intervention")
                  << "\nspike hash   " << hash_text(simulation.spike_hash()) << '\n';
    }
    /// How to repeat the run.
    void print_replay(const Simulation& simulation) const {
        if (!options_.log) return;
        std::cout << "again        izhi run " << options_.network << " --seed "
                  << simulation.network().description().spec.seed << " --replay " << log_file().string() << '\n';
    }

    /// The log of this run; each restart has its own: today.log, today-2.log...
    [[nodiscard]] std::filesystem::path log_file() const {
        if (run_ == 1) return *options_.log;
        std::filesystem::path file = *options_.log;
        return file.replace_filename(file.stem().string() + '-' + std::to_string(run_) + file.extension().string());
    }

    const ServeOptions& options_;
    const NetworkSource& source_;
    StepClient* io_;
    std::unique_ptr<InterventionLog> log_;
    std::unique_ptr<ServedCheckpoints> checkpoints_;
    int run_ = 0;
    std::uint64_t interventions_ = 0;
    StolenTime stolen_;
};

}  // namespace

int serve_page(const ServeOptions& options) {
    const NetworkSource source = find_network(options.network);
    const auto with_seed = [&](std::optional<std::uint64_t> seed) {
        return io::parse_network(source.text, source.origin, {.seed = seed, .storage = options.storage});
    };
    const Network network = with_seed(options.seed);
    const serve::Address address = serve::address_of("--host", options.page->host, options.page->port);
    const std::string token = token_of(*options.page, address);
    if (options.log) require_writable_file("--log", *options.log);
    if (options.checkpoints) require_checkpoints(network, *options.checkpoints);
    handle_interrupts();
    print_notes(network.notes());

    // Programs in the loop, if any. In lockstep the run does not wait for them if the page wants it to end.
    const serve::LiveRun* waited_for = nullptr;
    wire::ServerOptions io_options;
    std::optional<wire::Server> io;
    if (options.io) {
        io_options = io_server_options(*options.io, [&waited_for] { return interrupted() || waited_for->ending(); });
        io.emplace(network, io_options);
    }
    Keeper keeper(options, source, io ? &*io : nullptr);
    serve::LiveRun run(
        network, with_seed,
        {.simulation = {.threads = options.threads, .isa = options.isa, .snapshots = options.checkpoints.has_value()},
         .realtime = {.speed = paced_speed(options)},
         .steps = options.duration_ms ? network.steps(*options.duration_ms) : 0,
         .making =
             [&](std::uint64_t seed, SimulationOptions& engine_options) {
                 share_network(source, {.seed = seed, .storage = options.storage}, engine_options);
             },
         .begins = [&](const Simulation& begun) { return keeper.begins(begun); },
         .intervened = [&](std::uint64_t step, const Intervention& what) { keeper.intervened(step, what); },
         .ended = [&](const Simulation& done, const RealtimeReport& report) { keeper.ended(done, report); },
         .failed = [&](const Simulation& done, const RunError& why) { keeper.failed(done, why); },
         .over = [&] { keeper.over(); }});
    waited_for = &run;
    serve::Server server({address, token}, run);
    print_link(server.address(), token);
    if (io) print_endpoints(io_options, *io);
    const bool good = run.run();
    server.stop();
    print_counts(server.counts());
    if (io) std::cout << io_text(*io);
    if (!good) return kFailed;
    return interrupted() ? kInterrupted : kDone;
}

}  // namespace izhi::apps
