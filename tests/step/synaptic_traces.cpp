// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Traces of what synapses do: excitatory and inhibitory input, currents and conductances of one projection, and short-term
// plasticity; against numbers worked out by hand, and the same for all ways to run a network.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// All samples, in order, one after the other.
struct Samples : Observer {
    std::vector<std::vector<float>> of;  ///< by trace
    void sample(const Sample& sample) override {
        if (of.size() <= sample.trace) of.resize(sample.trace + 1);
        of[sample.trace].insert(of[sample.trace].end(), sample.values.begin(), sample.values.end());
    }
};

std::vector<std::vector<float>> traces_of(const Network& network, std::uint64_t steps) {
    Samples samples;
    Simulation simulation(network, {.threads = 1});
    simulation.run(steps, &samples);
    return samples.of;
}

doctest::Approx near(double x) { return doctest::Approx(x).epsilon(2e-4); }

/// A source that fires at the end of step 4 of 0.5 ms, onto one neuron that it does not fire; a delay of 2 steps.
struct OneSpike {
    NetworkBuilder net{{.dt_ms = 0.5}};
    PopulationId source, target;
    explicit OneSpike(const CellType& cell = regular_spiking(), std::vector<double> times_ms = {2.0}) {
        SpikeTrains trains;
        for (const double t : times_ms) trains.spikes.push_back({t, 0});
        source = net.add_population({.name = "source", .size = 1, .source = trains});
        target = net.add_population({.name = "target", .size = 1, .cell = cell});
    }
    ProjectionId connect(double weight, SynapseDynamics dynamics, std::string name) {
        return net.connect(source, target,
                           {.name = std::move(name), .weight = weight, .delay_ms = 1.0, .dynamics = dynamics});
    }
    void trace(std::vector<Variable> variables, std::optional<ProjectionId> projection = {}) {
        net.record_trace({.population = target,
                          .neurons = {0},
                          .variables = std::move(variables),
                          .interval_ms = 0.5,
                          .projection = projection});
    }
};

/// Excitatory and inhibitory projections that share dynamics, of every kind, and those that are stored, procedural, plastic or
/// have short-term plasticity; in shared blocks too.
NetworkBuilder busy(bool traced, bool noisy = true, double shortest_ms = 0.5) {
    NetworkBuilder net{{.seed = 21, .dt_ms = 0.5}};
    const double noise = noisy ? 4.0 : 0.0;
    const auto exc = net.add_population(
        {.name = "exc", .size = 700, .cell = excitatory_2003(), .bias_current = 3.5, .noise_stddev = noise});
    const auto inh = net.add_population(
        {.name = "inh", .size = 90, .cell = inhibitory_2003(), .bias_current = 3.5, .noise_stddev = noise});
    const auto few = net.add_population({.name = "few", .size = 60, .cell = fast_spiking(), .bias_current = 4.0});
    const Distribution delay = uniform(shortest_ms, 9.0);
    net.connect(exc, everyone,
                {.name = "jumps", .rule = fixed_outdegree(30), .weight = uniform(0.0, 1.5), .delay_ms = delay});
    const auto faint =
        net.connect(inh, everyone,
                    {.name = "faint", .rule = fixed_outdegree(40), .weight = uniform(-3e-4, 0.0), .delay_ms = delay});
    net.connect(inh, exc,
                {.name = "stops",
                 .rule = fixed_probability(0.1),
                 .weight = -2.0,
                 .delay_ms = delay,
                 .storage = Storage::procedural});
    const auto slow = net.connect(exc, few,
                                  {.name = "slow",
                                   .rule = fixed_indegree(50),
                                   .weight = 0.1,
                                   .delay_ms = delay,
                                   .dynamics = ExponentialCurrent{6.0}});
    net.connect(inh, few,
                {.name = "slow-stops",
                 .rule = fixed_indegree(20),
                 .weight = -0.3,
                 .delay_ms = delay,
                 .dynamics = ExponentialCurrent{6.0}});
    net.connect(
        inh, inh,
        {.name = "alpha", .rule = fixed_indegree(9), .weight = -0.2, .delay_ms = delay, .dynamics = AlphaCurrent{4.0}});
    const auto depressing = net.connect(exc, exc,
                                        {.name = "ampa",
                                         .rule = fixed_indegree(10),
                                         .weight = 0.01,
                                         .delay_ms = delay,
                                         .dynamics = ampa(),
                                         .short_term = excitatory_short_term()});
    net.connect(few, exc,
                {.name = "ampa-few", .rule = fixed_indegree(5), .weight = 0.01, .delay_ms = delay, .dynamics = ampa()});
    const auto magnesium = net.connect(
        exc, inh, {.name = "nmda", .rule = fixed_indegree(10), .weight = 0.001, .delay_ms = delay, .dynamics = nmda()});
    net.connect(inh, exc,
                {.name = "gaba", .rule = fixed_indegree(10), .weight = 0.02, .delay_ms = delay, .dynamics = gaba_a()});
    net.stimulate(exc, {.stimulus = PoissonTrains{.rate_hz = 300.0, .weight = 0.4}});
    net.stimulate(few,
                  {.stimulus = PoissonTrains{.rate_hz = 300.0, .weight = -0.4, .dynamics = ExponentialCurrent{6.0}},
                   .first = 20});
    net.stimulate(everyone, {.stimulus = SpikeTimes{.weight = 0.02, .times_ms = {3.0, 30.0}, .dynamics = ampa()}});
    net.stimulate(few, {.stimulus = OrnsteinUhlenbeck{.mean = 0.0, .stddev = noise, .tau_ms = 6.0}});
    if (!traced) return net;
    const std::vector<Variable> all{Variable::current, Variable::excitatory, Variable::inhibitory};
    net.record_trace({.population = exc, .neurons = {0, 511, 512, 699}, .variables = all, .interval_ms = 0.5});
    net.record_trace({.population = inh, .neurons = {89, 3}, .variables = all, .interval_ms = 0.5});
    net.record_trace({.population = few, .neurons = {0, 19, 20, 59}, .variables = all, .interval_ms = 0.5});
    net.record_trace({.population = exc,
                      .neurons = {0, 600},
                      .variables = {Variable::conductance, Variable::synaptic_current, Variable::short_term_u,
                                    Variable::short_term_x},
                      .interval_ms = 1.5,
                      .projection = depressing});
    net.record_trace({.population = inh,
                      .neurons = {3},
                      .variables = {Variable::synaptic_current, Variable::conductance, Variable::v},
                      .interval_ms = 0.5,
                      .projection = magnesium});
    net.record_trace({.population = few,
                      .neurons = {5},
                      .variables = {Variable::synaptic_current},
                      .interval_ms = 0.5,
                      .projection = slow});
    net.record_trace({.population = few,
                      .neurons = {7},
                      .variables = {Variable::synaptic_current},
                      .interval_ms = 0.5,
                      .projection = faint});
    return net;
}

/// One projection whose rows are drawn stratum by stratum, right before the blocks that they reach.
NetworkBuilder in_strata(bool traced) {
    NetworkBuilder net{{.seed = 23}};
    const auto p = net.add_population({.name = "p", .size = 6000, .cell = excitatory_2003(), .noise_stddev = 6.0});
    const auto all = net.connect(
        p, p,
        {.name = "all", .rule = fixed_outdegree(40, 8), .weight = uniform(0.0, 0.5), .storage = Storage::procedural});
    if (!traced) return net;
    net.record_trace({.population = p,
                      .neurons = {0, 5999},
                      .variables = {Variable::excitatory, Variable::synaptic_current},
                      .projection = all});
    return net;
}

/// Jumps of v alone, of which one projection is shown in one of three blocks.
NetworkBuilder jumps(bool traced) {
    NetworkBuilder net{{.seed = 24}};
    const auto p = net.add_population({.name = "p", .size = 1500, .cell = excitatory_2003(), .noise_stddev = 6.0});
    const auto shown = net.connect(p, p, {.name = "shown", .rule = fixed_outdegree(20), .weight = 0.7});
    net.connect(p, p, {.name = "other", .rule = fixed_outdegree(20), .weight = -0.5});
    if (traced)
        net.record_trace(
            {.population = p, .neurons = {0}, .variables = {Variable::synaptic_current}, .projection = shown});
    return net;
}

/// A network whose weights change.
NetworkBuilder learning(bool traced) {
    NetworkBuilder net{{.seed = 22}};
    const auto exc = net.add_population({.name = "exc", .size = 300, .cell = excitatory_2003(), .noise_stddev = 6.0});
    const auto inh = net.add_population({.name = "inh", .size = 80, .cell = inhibitory_2003(), .noise_stddev = 5.0});
    const auto learns = net.connect(exc, everyone,
                                    {.name = "learns",
                                     .rule = fixed_outdegree(30),
                                     .weight = uniform(0.5, 1.5),
                                     .delay_ms = uniform(1.0, 8.0),
                                     .plasticity = Plasticity{.highest = 2.0}});
    net.connect(inh, exc, {.name = "stops", .rule = fixed_outdegree(20), .weight = -1.0});
    if (!traced) return net;
    net.record_trace({.population = exc,
                      .neurons = {1, 299},
                      .variables = {Variable::excitatory, Variable::inhibitory, Variable::synaptic_current},
                      .projection = learns});
    return net;
}

bool same_bits(const std::vector<std::vector<float>>& x, const std::vector<std::vector<float>>& y) {
    if (x.size() != y.size()) return false;
    for (std::size_t t = 0; t < x.size(); ++t)
        if (x[t].size() != y[t].size() || std::memcmp(x[t].data(), y[t].data(), x[t].size() * sizeof(float)) != 0)
            return false;
    return true;
}

}  // namespace

TEST_SUITE_BEGIN("synaptic traces");

TEST_CASE("one spike through an exponential conductance") {
    OneSpike s;
    const auto g = s.connect(0.01, Conductance{5.0, 0.0}, "g");
    s.trace(
        {Variable::conductance, Variable::synaptic_current, Variable::v, Variable::excitatory, Variable::inhibitory},
        g);
    const std::vector<float> values = traces_of(s.net.build(), 30).front();
    double v = -65.0;
    for (std::size_t n = 1; n <= 30; ++n) {
        const float* const at = values.data() + 5 * (n - 1);
        // emitted at the end of step 4, it arrives in step 6; 0.951626 = 10 (1 - exp(-0.1)), the mean over the first step
        const double expected = n < 6 ? 0.0 : 0.01 * 0.951626 * std::exp(-0.1 * static_cast<double>(n - 6));
        CHECK(at[0] == near(expected));
        CHECK(at[1] == near(expected * (0.0 - v)));  // v at the beginning of the step
        CHECK(at[3] == at[1]);
        CHECK(at[4] == 0.0f);
        v = at[2];
    }
}

TEST_CASE("what reverses below the threshold inhibits, whatever the sign of its current") {
    OneSpike s;
    s.net = NetworkBuilder{{.dt_ms = 0.5}};
    s.source = s.net.add_population({.name = "source", .size = 1, .source = SpikeTrains{{{2.0, 0}}}});
    s.target = s.net.add_population({.name = "target", .size = 1, .v0_mv = -80.0});
    const auto g = s.connect(0.01, gaba_a(), "g");  // at -70 mV
    s.connect(0.001, nmda(), "slow");
    s.net.stimulate(s.target, {.stimulus = DirectCurrent{.amplitude = -14.0}});  // keeps it near -80 mV
    s.trace({Variable::excitatory, Variable::inhibitory, Variable::conductance, Variable::v}, g);
    const std::vector<float> values = traces_of(s.net.build(), 8).front();
    const double v = values[4 * 4 + 3];
    const float* const at = values.data() + 4 * 5;
    CHECK(v < -71.0);
    CHECK(at[1] > 0.0f);
    CHECK(at[1] == near(static_cast<double>(at[2]) * (-70.0 - v)));
    const double x = (v + 80.0) / 60.0 * ((v + 80.0) / 60.0);
    CHECK(at[0] == doctest::Approx(0.001 * 150.0 / 0.5 * -std::expm1(-0.5 / 150.0) * x / (1.0 + x) * -v).epsilon(2e-3));
}

TEST_CASE("currents of one kind are told apart: jumps, exponential and alpha currents") {
    OneSpike s;
    s.connect(0.3, DeltaCurrent{}, "up");
    const auto down = s.connect(-0.2, DeltaCurrent{}, "down");
    s.connect(0.4, ExponentialCurrent{4.0}, "slow-up");
    const auto slow = s.connect(-0.1, ExponentialCurrent{4.0}, "slow-down");
    const auto alpha = s.connect(0.05, AlphaCurrent{2.0}, "alpha");
    s.net.stimulate(s.target, {.stimulus = DirectCurrent{.amplitude = -1.0}});
    s.net.stimulate(s.target, {.stimulus = SpikeTimes{.weight = -0.6, .times_ms = {5.0}}});
    s.trace({Variable::excitatory, Variable::inhibitory, Variable::current});
    for (const auto projection : {down, slow, alpha}) s.trace({Variable::synaptic_current}, projection);
    const auto traces = traces_of(s.net.build(), 20);
    const double share = 8.0 * -std::expm1(-0.125);  // tau / dt (1 - exp(-dt / tau))
    const double quarter = 4.0 * -std::expm1(-0.25);
    for (std::size_t n = 1; n <= 20; ++n) {
        const double since = static_cast<double>(n) - 6.0;
        const double decay = n < 6 ? 0.0 : share * std::exp(-0.125 * since);
        const double rise =
            n < 7 ? 0.0 : quarter * quarter * 0.05 * since * 0.25 * std::exp(1.0 - 0.25 * (since - 1.0));
        const double jump = n == 6 ? 2.0 : 0.0;  // 1 ms / dt
        const float* const at = traces[0].data() + 3 * (n - 1);
        CAPTURE(n);
        CHECK(at[0] == near(0.3 * jump + 0.4 * decay + rise));
        CHECK(at[1] == near(-0.2 * jump - 0.1 * decay - (n == 11 ? 1.2 : 0.0)));
        CHECK(at[2] == near(static_cast<double>(at[0]) + static_cast<double>(at[1]) - 1.0));
        CHECK(traces[1][n - 1] == near(-0.2 * jump));
        CHECK(traces[2][n - 1] == near(-0.1 * decay));
        CHECK(traces[3][n - 1] == near(rise));
    }
}

TEST_CASE("integrate-and-fire neurons: conductances are shown with the current at v") {
    OneSpike s(leaky_integrate_and_fire());
    const auto g = s.connect(2.0, Conductance{5.0, 0.0}, "g");  // nS
    const auto i = s.connect(-10.0, ExponentialCurrent{5.0}, "i");
    s.trace({Variable::conductance, Variable::synaptic_current, Variable::v}, g);
    s.trace({Variable::synaptic_current, Variable::current}, i);
    const auto traces = traces_of(s.net.build(), 20);
    for (std::size_t n = 2; n <= 20; ++n) {
        const double expected = n < 6 ? 0.0 : 2.0 * 0.951626 * std::exp(-0.1 * static_cast<double>(n - 6));
        CHECK(traces[0][3 * (n - 1)] == near(expected));
        CHECK(traces[0][3 * (n - 1) + 1] == near(expected * -static_cast<double>(traces[0][3 * (n - 2) + 2])));
    }
    CHECK(traces[1][2 * 5] < -8.0f);
    CHECK(traces[1][2 * 5] > -10.0f);
    CHECK(traces[1][2 * 6] / traces[1][2 * 5] == near(std::exp(-0.1)));
}

TEST_CASE("excitatory, inhibitory and what else there is make the whole input") {
    const Network network = busy(true, false).build();
    const auto traces = traces_of(network, 300);
    const double others[] = {3.5, 3.5, 4.0};  // bias
    const std::size_t neurons[] = {4, 2, 4};
    for (std::size_t t = 0; t < 3; ++t) {
        double excited = 0.0, inhibited = 0.0;
        std::size_t wrong = 0;
        for (std::size_t row = 0; row < 300; ++row)
            for (std::size_t n = 0; n < neurons[t]; ++n) {
                const float* const at = traces[t].data() + 3 * neurons[t] * row + n;
                const double up = at[neurons[t]], down = at[2 * neurons[t]];
                wrong += std::abs(static_cast<double>(at[0]) - up - down - others[t]) > 1e-4 ? 1 : 0;
                excited += up;
                inhibited += down;
            }
        CAPTURE(t);
        CHECK(wrong == 0);
        CHECK(excited > 10.0);
        CHECK(inhibited < -1.0);
    }
}

TEST_CASE("a current that fluctuates is no synapse, though it may share the dynamics of some") {
    NetworkBuilder net{{.seed = 4}};
    const auto p = net.add_population({.name = "p", .size = 3});
    const auto i = net.connect(p, p, {.weight = 0.1, .dynamics = ExponentialCurrent{5.0}});
    net.stimulate(p, {.stimulus = OrnsteinUhlenbeck{.mean = 0.0, .stddev = 1.0, .tau_ms = 5.0}});
    net.record_trace(
        {.population = p,
         .neurons = {0},
         .variables = {Variable::excitatory, Variable::inhibitory, Variable::synaptic_current, Variable::current},
         .projection = i});
    const std::vector<float> values = traces_of(net.build(), 20).front();
    for (std::size_t n = 0; n < 20; ++n) {
        for (std::size_t v = 0; v < 3; ++v) CHECK(values[4 * n + v] == 0.0f);
        CHECK(values[4 * n + 3] != 0.0f);
    }
}

TEST_CASE("short-term plasticity of sources, also of those without a membrane") {
    // U = 0.5: two spikes, 10 steps of 0.5 ms apart
    for (const double shortest_ms : {0.5, 4.0}) {  // one step to a phase, and eight
        NetworkBuilder net{{.dt_ms = 0.5}};
        const auto source =
            net.add_population({.name = "source", .size = 2, .source = SpikeTrains{{{2.0, 1}, {7.0, 1}}}});
        const auto target = net.add_population({.name = "target", .size = 4});
        const auto p =
            net.connect(source, target,
                        {.weight = 0.1, .delay_ms = shortest_ms, .short_term = ShortTermPlasticity{0.5, 20.0, 100.0}});
        net.record_trace({.population = source,
                          .neurons = {1, 0},
                          .variables = {Variable::short_term_x, Variable::short_term_u},
                          .interval_ms = 0.5,
                          .projection = p});
        const std::vector<float> values = traces_of(net.build(), 20).front();
        double u = 0.0, x = 1.0;
        for (std::size_t n = 1; n <= 20; ++n) {
            u *= std::exp(-0.5 / 20.0);
            x = 1.0 - (1.0 - x) * std::exp(-0.5 / 100.0);
            if (n == 4 || n == 14) {
                u += 0.5 * (1.0 - u);
                x -= u * x;
            }
            const float* const at = values.data() + 4 * (n - 1);
            CHECK(at[0] == near(x));
            CHECK(at[1] == 1.0f);
            CHECK(at[2] == near(u));
            CHECK(at[3] == 0.0f);
        }
        CHECK(values[4 * 3] == near(0.5));  // right after the first spike
        CHECK(values[4 * 3 + 2] == near(0.5));
    }
}

TEST_CASE("samples are the same for all threads, deliveries, windows and instruction sets, and after a checkpoint") {
    constexpr std::uint64_t steps = 160, half = 71;
    for (int scene = 0; scene < 4; ++scene) {
        const Network network = scene == 0   ? busy(true).build()
                                : scene == 1 ? busy(true, true, 2.5).build()
                                : scene == 2 ? learning(true).build()
                                             : in_strata(true).build();
        CAPTURE(scene);
        Samples plain;
        Simulation first(network, {.threads = 1, .isa = Isa::scalar, .delivery = Delivery::partition});
        first.run(half, &plain);
        const std::vector<std::byte> checkpoint = first.checkpoint();
        first.run(steps - half, &plain);
        const auto compare = [&](const SimulationOptions& options) {
            Samples other;
            Simulation second(network, options);
            second.run(half, &other);
            Simulation third(network, options);
            third.restore(checkpoint);
            Samples restored = other;
            third.run(steps - half, &restored);
            second.run(steps - half, &other);
            CHECK(same_bits(plain.of, other.of));
            CHECK(same_bits(plain.of, restored.of));
        };
        for (const int threads : {1, 3})
            for (const Delivery delivery : {Delivery::partition, Delivery::reduce})
                for (const std::uint32_t window : {0u, 8u}) {
                    CAPTURE(threads);
                    CAPTURE(window);
                    compare({.threads = threads,
                             .delivery = delivery,
                             .delivery_window = window,
                             .executor = thread_executor(threads)});
                }
        for (const Isa isa : available_isas()) {
            CAPTURE(std::string(to_string(isa)));
            compare({.threads = 1, .isa = isa});
        }
    }
}

TEST_CASE("traces of synapses change nothing") {
    for (const double shortest_ms : {0.5, 2.5})
        for (const int threads : {1, 2})
            for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
                const Network traced = busy(true, true, shortest_ms).build();
                const Network plain = busy(false, true, shortest_ms).build();
                for (std::size_t p = 0; p < plain.description().projections.size(); ++p) {
                    CHECK(traced.weight_quantum(ProjectionId(p)) == plain.weight_quantum(ProjectionId(p)));
                    CHECK(traced.bytes_per_synapse(ProjectionId(p)) == plain.bytes_per_synapse(ProjectionId(p)));
                }
                const SimulationOptions options{
                    .threads = threads, .delivery = delivery, .executor = thread_executor(threads)};
                Simulation with(traced, options), without(plain, options);
                with.run(300);
                without.run(300);
                CHECK(with.spike_count() > 100);
                CHECK(with.spike_hash() == without.spike_hash());
                CHECK(with.state_hash() == without.state_hash());
            }
    for (const auto& scene : {learning, in_strata, jumps}) {
        const SimulationOptions options{.threads = 2, .executor = thread_executor(2)};
        Simulation with(scene(true).build(), options), without(scene(false).build(), options);
        with.run(300);
        without.run(300);
        CHECK(with.spike_count() > 100);
        CHECK(with.spike_hash() == without.spike_hash());
        CHECK(with.state_hash() == without.state_hash());
    }
}

TEST_CASE("what is shown keeps the quanta that it has with the projections of other populations") {
    const auto quantum_and_bytes = [](bool traced) {
        NetworkBuilder net;
        const auto a = net.add_population({.name = "a", .size = 100}),
                   b = net.add_population({.name = "b", .size = 100});
        net.connect(a, a, {.rule = fixed_outdegree(5), .weight = 5.0});
        net.connect(a, a, {.rule = fixed_outdegree(5), .weight = 1e-4});  // takes 32 bits, beside the others
        const auto shown = net.connect(a, b, {.rule = fixed_outdegree(5), .weight = 0.3});
        if (traced)
            net.record_trace(
                {.population = b, .neurons = {0}, .variables = {Variable::synaptic_current}, .projection = shown});
        const Network network = net.build();
        return std::pair{network.weight_quantum(shown), network.bytes_per_synapse(shown)};
    };
    CHECK(quantum_and_bytes(false).second == 8);
    CHECK(quantum_and_bytes(true) == quantum_and_bytes(false));
}

TEST_CASE("weights that are scaled while running scale what is shown") {
    for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
        const Network network = busy(true).build();
        const SimulationOptions options{.threads = 2, .delivery = delivery, .executor = thread_executor(2)};
        Samples samples, serial;
        Simulation simulation(network, options), plain(network, {.threads = 1});
        const auto run = [&](Simulation& s, Samples& to) {
            s.run(60, &to);
            s.apply(WeightScale{.projection = network.find_projection("slow"), .factor = 0.0});
            s.apply(WeightScale{.projection = network.find_projection("faint"), .factor = 2.0});
            s.run(240, &to);
        };
        run(simulation, samples);
        run(plain, serial);
        CHECK(same_bits(samples.of, serial.of));
        CHECK(samples.of[5][50] > 0.0f);
        CHECK(samples.of[5][299] < 1e-7f);  // decayed, and nothing was added
    }
}

TEST_CASE("weight records have eligibility and dopamine") {
    NetworkBuilder net;
    const auto early = net.add_population({.name = "early", .size = 1, .source = SpikeTrains{{{3.0, 0}}}});
    const auto late = net.add_population({.name = "late", .size = 1, .source = SpikeTrains{{{8.0, 0}}}});
    const auto target = net.add_population({.name = "target", .size = 1});
    const auto learns =
        net.connect(early, target,
                    {.name = "learns",
                     .weight = 1.0,
                     .plasticity = Plasticity{.change = RewardedChange{4.0, 0.9, 0.01}, .highest = 4.0}});
    net.connect(late, target, {.weight = 500.0});  // it fires in the step that ends at 9 ms
    net.reward({.when = RewardTimes{{10.0}}, .amount = 0.5});
    net.record_weights({.projection = learns, .interval_ms = 1.0, .eligibility = true});
    struct Weights : Observer {
        std::vector<double> weight, eligibility, dopamine;
        void weights(const WeightSample& sample) override {
            weight.push_back(sample.synapses[0].weight);
            eligibility.push_back(sample.synapses[0].eligibility);
            dopamine.push_back(sample.dopamine);
        }
    } seen;
    Simulation simulation(net.build(), {.threads = 1});
    simulation.run(14, &seen);
    REQUIRE(seen.weight.size() == 15);
    const double change = 0.1 * std::exp(-5.0 / 20.0);  // it arrives in the step that ends at 4 ms
    for (std::size_t ms = 0; ms < 15; ++ms) {
        CAPTURE(ms);
        const double level = ms < 10 ? 0.0 : 0.5 * std::exp(-static_cast<double>(ms - 9) / 200.0);
        CHECK(seen.dopamine[ms] == near(level));
        CHECK(seen.eligibility[ms] == near(ms < 9 ? 0.0 : ms < 12 ? change : 0.9 * change));
        CHECK(seen.weight[ms] == near(ms < 12 ? 1.0 : 1.0 + (0.01 + seen.dopamine[11]) * change));
    }
    CHECK(simulation.plastic_synapses(learns)[0].eligibility == near(0.9 * change));
}

TEST_CASE("a checkpoint of a network that shows other synapses is refused") {
    Simulation plain(learning(false).build(), {.threads = 1}), traced(learning(true).build(), {.threads = 1});
    std::string message;
    try {
        traced.restore(plain.checkpoint());
    } catch (const Error& error) { message = error.what(); }
    CAPTURE(message);
    CHECK(message.find("has a number of groups of synapses that traces show = 0; allowed: 2, as in this network") !=
          std::string::npos);
}

TEST_SUITE_END();
