// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// izhi_wire_perf [SECONDS]: round trips over the wire on this machine, each measured for SECONDS (default 2).
//
//     ping       a message to the server's thread and its answer
//     lockstep   input -> step of the network -> its spikes, as a robot's simulator measures it, with the step
//     real time  during a paced run: from the end of a step until the answer to its spikes is in the engine's ring, and
//                the number of answers that missed the second step after it
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "engine/wire/link.hpp"
#include "izhi/realtime.hpp"
#include "izhi/wire/client.hpp"
#include "izhi/wire/server.hpp"
#include "perf/networks.hpp"

namespace {

using namespace izhi;
using namespace izhi::wire;
using Clock = std::chrono::steady_clock;

double us(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

void report(const std::string& what, std::vector<double> times_us, const std::string& note = "") {
    if (times_us.empty()) return;
    std::sort(times_us.begin(), times_us.end());
    const auto at = [&](double share) {
        return times_us[static_cast<std::size_t>(share * static_cast<double>(times_us.size() - 1))];
    };
    std::printf("%-34s %8zu %9.1f %9.1f %9.1f %9.1f  %s\n", what.c_str(), times_us.size(), at(0.5), at(0.99), at(0.999),
                times_us.back(), note.c_str());
    std::fflush(stdout);
}

struct Both {
    explicit Both(const Network& network, bool lockstep)
        : path((std::filesystem::temp_directory_path() / ("izhi-perf-" + std::to_string(::getpid()))).string()),
          server(network, {.udp = UdpEndpoint{}, .unix_path = path, .lockstep = lockstep}) {}
    Client client(bool udp) { return udp ? Client::udp("127.0.0.1", server.udp_port()) : Client::unix_socket(path); }
    std::string path;
    Server server;
};

void measure_pings(double seconds) {
    Both both(perf::cortex_1k(), false);
    for (const bool udp : {true, false}) {
        Client client = both.client(udp);
        std::vector<double> times;
        for (const auto end = Clock::now() + std::chrono::duration<double>(seconds); Clock::now() < end;)
            times.push_back(us(client.ping()));
        report(udp ? "ping, UDP" : "ping, Unix socket", std::move(times));
    }
}

void measure_lockstep(const std::string& name, const Network& network, double seconds) {
    for (const bool udp : {true, false}) {
        Both both(network, true);
        Simulation simulation(network);
        std::thread engine([&] { RealtimeRunner(simulation, {.speed = 1000.0}).run(1U << 30U, &both.server); });
        {
            Client client = both.client(udp);
            client.subscribe({.everyone = true, .lockstep = true});
            std::vector<double> times;
            for (const auto end = Clock::now() + std::chrono::duration<double>(seconds); Clock::now() < end;) {
                const auto begin = Clock::now();
                client.input().current("exc", 1.0F + static_cast<float>(times.size() % 2)).go();
                (void)client.receive(std::chrono::seconds(5));
                times.push_back(us(Clock::now() - begin));
            }
            report("lockstep " + name + (udp ? ", UDP" : ", Unix socket"), std::move(times));
        }
        simulation.request_stop();
        both.server.link().interrupt();
        engine.join();
    }
}

/// Records when steps end.
class Timed final : public StepClient {
public:
    Timed(Server& server, std::size_t steps) : ends(steps + 1), server_(server) {}
    void before_step(std::uint64_t step, Simulation& simulation) override { server_.before_step(step, simulation); }
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override {
        ends[step] = Clock::now();
        server_.after_step(step, spikes);
    }
    std::vector<Clock::time_point> ends;

private:
    Server& server_;
};

void measure_real_time(const std::string& name, const Network& network, double seconds) {
    for (const bool udp : {true, false}) {
        Both both(network, false);
        Simulation simulation(network);
        const auto steps = static_cast<std::uint64_t>(seconds * 1000.0);
        Timed timed(both.server, steps);
        Client client = both.client(udp);
        client.subscribe({.everyone = true});
        std::vector<double> times;
        RealtimeReport paced;
        std::thread engine([&] { paced = RealtimeRunner(simulation).run(steps, &timed); });
        std::uint64_t seen = 0;
        while (seen < steps) {
            const auto event = client.receive(std::chrono::seconds(2));
            if (!event) break;
            seen = std::get<StepSpikes>(*event).step;
            client.input(seen + 1).current("exc", static_cast<float>(seen % 2), {.hold = 10}).send();
            times.push_back(us(Clock::now() - timed.ends[seen]));
        }
        engine.join();
        const auto counters = both.server.counters();
        const auto of = [&](Counter counter) { return counters[static_cast<std::size_t>(counter)]; };
        report("real time " + name + (udp ? ", UDP" : ", Unix socket"), std::move(times),
               "late " + std::to_string(of(Counter::late)) + " of " +
                   std::to_string(of(Counter::late) + of(Counter::applied)) + ", lost " +
                   std::to_string(client.lost()) + ", deadlines missed " + std::to_string(paced.missed));
    }
}

}  // namespace

int main(int count, char** arguments) {
    const double seconds = count > 1 ? std::clamp(std::atof(arguments[1]), 0.1, 60.0) : 2.0;
    std::printf("%-34s %8s %9s %9s %9s %9s\n", "round trips [us]", "number", "p50", "p99", "p99.9", "max");
    measure_pings(seconds);
    measure_lockstep("cortex-1k", perf::cortex_1k(), seconds);
    measure_lockstep("cortex-10k", perf::cortex_10k(), seconds);
    measure_real_time("cortex-10k", perf::cortex_10k(), seconds);
}
