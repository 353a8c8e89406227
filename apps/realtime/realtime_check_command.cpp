// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "realtime_check_command.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/progress.hpp"
#include "apps/cli/signals.hpp"
#include "apps/networks/networks.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/units.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "izhi/io/network_file.hpp"
#include "realtime_report.hpp"

namespace izhi::apps {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kPacedS = 5.0, kSearchS = 4.5;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// A network of the same kind with `scale` times the neurons and the same number of synapses for each. All-to-all
/// becomes a random choice of as many targets as before. Nothing for explicit lists of synapses,
/// parts of populations and distances, which cannot be scaled.
std::optional<Network> scaled(const NetworkDescription& net, double scale) {
    const auto times = [&](std::uint32_t n) {
        const double least = n > 0 ? 1.0 : 0.0;  // an empty population stays empty
        return static_cast<std::uint32_t>(std::max(least, std::min(std::round(n * scale), 2e9)));
    };
    std::uint32_t neurons = 0;
    NetworkBuilder builder{net.spec};
    for (PopulationSpec population : net.populations) {
        neurons += population.size;
        population.size = times(population.size);
        population.position.reset();  // of as many neurons as there were
        builder.add_population(std::move(population));
    }
    for (NetworkDescription::Projection projection : net.projections) {
        Rule& rule = projection.spec.rule;
        const ProjectionSpec& spec = projection.spec;
        if (std::holds_alternative<ExplicitList>(rule) || std::holds_alternative<DistanceProbability>(rule) ||
            spec.velocity_mm_per_ms || spec.weight_profile || spec.source_first > 0 || spec.source_count ||
            spec.target_first > 0 || spec.target_count)
            return std::nullopt;
        if (auto* const total = std::get_if<FixedTotal>(&rule)) {
            if (total->probability) total->probability = std::min(0.999, *total->probability / scale);
            else total->count = static_cast<std::uint64_t>(std::round(static_cast<double>(total->count) * scale));
        }
        if (auto* const poisson = std::get_if<PairwisePoisson>(&rule)) poisson->mean /= scale;
        if (std::holds_alternative<AllToAll>(rule))
            rule = fixed_outdegree(std::max(1u, projection.target.population
                                                    ? net.populations[projection.target.population->index].size
                                                    : neurons));
        if (auto* const fixed = std::get_if<FixedProbability>(&rule))
            fixed->probability = std::min(1.0, fixed->probability / scale);
        builder.connect(projection.source, projection.target, std::move(projection.spec));
    }
    for (NetworkDescription::Input input : net.stimuli) {
        input.spec.first = static_cast<std::uint32_t>(input.spec.first * scale);
        if (input.spec.count) input.spec.count = times(*input.spec.count);
        builder.stimulate(input.target, std::move(input.spec));
    }
    return std::move(builder).build();
}

/// The same loop without work: one neuron at rest.
Network empty_network(double dt_ms) {
    NetworkBuilder net{{.name = "empty", .dt_ms = dt_ms}};
    net.add_population({.name = "one", .size = 1});
    return net.build();
}

struct Paced {
    RealtimeReport network, empty;
    std::optional<double> stolen_ms;
};

/// Runs the network and an empty loop beside it in real time, for some seconds.
Paced run_paced(Simulation& simulation, double speed) {
    const double dt_ms = simulation.network().dt_ms();
    const auto steps = static_cast<std::uint64_t>(std::max(10.0, kPacedS * 1e3 * speed / dt_ms));
    Simulation nothing(empty_network(dt_ms), {.threads = 1});
    RealtimeRunner runner(simulation, {.speed = speed}), empty(nothing, {.speed = speed});
    Paced paced;
    const StolenTime stolen;
    std::thread beside([&] { paced.empty = empty.run(steps); });
    try {
        paced.network = runner.run(steps);
    } catch (...) {  // a neuron left the range of single precision
        empty.stop();
        beside.join();
        throw;
    }
    beside.join();
    paced.stolen_ms = stolen.ms();
    return paced;
}

struct Scale {
    double scale = 0.0, p99_us = 0.0;
    std::uint64_t neurons = 0, synapses = 0;
};

struct Search {
    std::optional<Scale> held, too_slow;  ///< the largest network that was fast enough, and the smallest that was not
    std::string why_none;
};

/// Runs larger networks at full speed; their step times show whether they could run in real time.
Search search_largest(const NetworkDescription& net, double period_us, double step_us, int threads, double speed) {
    constexpr double synapse_build_s = 60e-9;  // on one thread, rounded up
    const auto start = Clock::now();
    Search search;
    double scale = std::max(1e-3, 0.5 * period_us / std::max(step_us, 1e-3));
    while (seconds_since(start) < kSearchS) {
        const double left = kSearchS - seconds_since(start);
        std::optional<Network> network;
        try {
            network = scaled(net, scale);
            if (!network) return {{}, {}, "its synapses are a list, which cannot be made longer"};
            if (static_cast<double>(network->memory(1).synapses) * synapse_build_s > left) {
                if (search.held) break;
                scale *= 0.5;
                continue;
            }
            Simulation simulation(
                *network,
                {.threads = threads > 0 ? threads : realtime_threads(*network, speed, available_processors())});
            constexpr double no_waiting = 1000.0;
            RealtimeRunner runner(simulation, {.speed = no_waiting});
            (void)runner.run(50);  // to get past the start
            const double expected_s = std::max(scale * step_us, 1.0) * 1e-6;
            const auto steps = static_cast<std::uint64_t>(std::clamp(0.2 * left / expected_s, 100.0, 2000.0));
            const Scale tried{scale, runner.run(steps).step_time.p99_us, network->neuron_count(),
                              simulation.synapse_count()};
            (tried.p99_us <= period_us ? search.held : search.too_slow) = tried;
        } catch (const Error&) {  // does not fit in memory
            if (search.held) break;
            scale *= 0.5;
            continue;
        }
        if (search.held && search.too_slow) {
            if (search.too_slow->scale < 1.15 * search.held->scale) break;
            scale = std::sqrt(search.held->scale * search.too_slow->scale);
        } else if (search.held) {
            scale *= std::clamp(1.1 * period_us / search.held->p99_us, 1.15, 4.0);
        } else {
            scale *= std::clamp(0.9 * period_us / search.too_slow->p99_us, 0.1, 0.85);
        }
    }
    if (!search.held) search.why_none = "none was found in the time of the search";
    return search;
}

nlohmann::ordered_json json_of(const std::optional<Scale>& scale) {
    if (!scale) return nullptr;
    return {{"scale", scale->scale},
            {"neurons", scale->neurons},
            {"synapses", scale->synapses},
            {"step_time_p99_us", scale->p99_us}};
}

std::string text_of(const Search& search) {
    if (!search.held) return search.why_none;
    std::string text = plain(search.held->scale) + " times the network: " + counted(search.held->neurons, "neuron") +
                       ", " + counted(search.held->synapses, "synapse") + ", steps of " +
                       seconds_text(search.held->p99_us * 1e-6) + " at p99";
    return text + (search.too_slow ? "; " + plain(search.too_slow->scale) + " times was too slow"
                                   : "; larger ones were not tried");
}

}  // namespace

int check_realtime(const RealtimeCheckOptions& options) {
    const NetworkSource source = find_network(options.network);
    const Network network = io::parse_network(source.text, source.origin, {});
    handle_interrupts();
    const int threads =
        options.threads > 0 ? options.threads : realtime_threads(network, options.speed, available_processors());
    Progress progress(!options.quiet && !options.json);
    progress.note("building");
    Paced paced;
    {
        Simulation simulation(network, {.threads = threads});
        progress.note("in real time, with an empty loop beside it: " + seconds_text(kPacedS));
        paced = run_paced(simulation, options.speed);
    }
    progress.note("larger networks: " + seconds_text(kSearchS));
    const double period_us = network.dt_ms() * 1e3 / options.speed;
    const Search search = search_largest(network.description(), period_us, paced.network.step_time.mean_us,
                                         options.threads, options.speed);
    progress.clear();

    const bool held = paced.network.missed == 0;
    if (options.json) {
        std::cout << json_text({{"network", network.description().spec.name},
                                {"speed", options.speed},
                                {"dt_ms", network.dt_ms()},
                                {"threads", threads},
                                {"held", held},
                                {"steps", paced.network.steps},
                                {"missed", paced.network.missed},
                                {"step_time_us", apps::json_of(paced.network.step_time)},
                                {"lateness_us", apps::json_of(paced.network.lateness)},
                                {"empty_loop_lateness_us", apps::json_of(paced.empty.lateness)},
                                {"empty_loop_missed", paced.empty.missed},
                                {"stolen_ms", apps::json_of(paced.stolen_ms)},
                                {"largest", json_of(search.held)},
                                {"too_slow", json_of(search.too_slow)}});
        return held ? kDone : kFailed;
    }
    const std::string stolen = stolen_text(paced.stolen_ms);
    std::cout << network.description().spec.name << (held ? " runs" : " does NOT run")
              << " in real time here: " << (held ? "none" : grouped(paced.network.missed)) << " of "
              << counted(paced.network.steps, "deadline") << " missed at speed " << plain(options.speed, 6)
              << ", a step every " << seconds_text(period_us * 1e-6) << ", "
              << counted(static_cast<std::uint64_t>(threads), "thread") << '\n'
              << "  step time       " << apps::text_of(paced.network.step_time) << '\n'
              << "  lateness        " << apps::text_of(paced.network.lateness) << '\n'
              << "  the machine's   " << apps::text_of(paced.empty.lateness) << ": an empty loop beside it, "
              << grouped(paced.empty.missed) << " missed" << (stolen.empty() ? "" : "; " + stolen) << '\n'
              << "  largest scale   " << text_of(search) << '\n';
    return held ? kDone : kFailed;
}

}  // namespace izhi::apps
