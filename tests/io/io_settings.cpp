// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Numbers set over a network file: the same network as if the file had been edited, or one line that says why not.
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/simulation.hpp"

using namespace izhi;

namespace {

constexpr std::string_view kText = R"(
[network]
name = "small"
[population.exc]
size = 40
a = { uniform = [0.01, 0.03] }
noise_stddev = 6.0
[population.inh]
size = 10
cell = "FS"
bias_current = 8
[projection.up]
source = "exc"
target = "everyone"
rule = "fixed-outdegree"
outdegree = 5
weight = { uniform = [0.0, 2.0], scale = 2.0 }
[projection.down]
source = "inh"
target = "exc"
rule = "all-to-all"
weight = -1.5
[projection.by-hand]
source = "exc"
target = "inh"
rule = "explicit"
synapses = [[0, 5, 2.5, 1.0], [3, 5, 1.0, 2.0]]
)";

std::string replaced(std::string_view from, std::string_view to) {
    std::string text(kText);
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::uint64_t hash_of(const Network& network) {
    Simulation simulation(network, {.threads = 1});
    simulation.run(200);
    return simulation.state_hash();
}

Network with(std::vector<io::Setting> settings) {
    return io::parse_network(kText, "net.toml", {.settings = std::move(settings)});
}

std::string refusal(const std::string& key, double value) {
    try {
        (void)with({{key, value}});
    } catch (const Error& error) { return error.what(); }
    return "";
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("settings: the same network as an edited file") {
    struct Case {
        std::string key;
        double value;
        std::string from, to;
    };
    const std::vector<Case> cases{
        {"population.exc.size", 60, "size = 40", "size = 60"},
        {"population.exc.noise_stddev", 7.5, "noise_stddev = 6.0", "noise_stddev = 7.5"},
        {"population.inh.noise_stddev", 3, "cell = \"FS\"", "cell = \"FS\"\nnoise_stddev = 3"},
        {"population.exc.a.uniform.1", 0.05, "[0.01, 0.03]", "[0.01, 0.05]"},
        {"projection.up.weight.scale", 0.5, "scale = 2.0", "scale = 0.5"},
        {"projection.up.weight.uniform.0", 1, "[0.0, 2.0]", "[1, 2.0]"},
        {"projection.up.outdegree", 9, "outdegree = 5", "outdegree = 9"},
        {"projection.down.weight", -3, "weight = -1.5", "weight = -3.0"},
        {"projection.down.weight.scale", 3, "weight = -1.5", "weight = -4.5"},
        {"projection.down.weight.constant", -4.5, "weight = -1.5", "weight = -4.5"},
        {"projection.down.delay_ms", 4, "weight = -1.5", "weight = -1.5\ndelay_ms = 4"},
        {"projection.by-hand.synapses.1.2", 30, "[3, 5, 1.0, 2.0]", "[3, 5, 30, 2.0]"},
        {"network.dt_ms", 0.5, "name = \"small\"", "name = \"small\"\ndt_ms = 0.5"},
        {"network.seed", 9, "name = \"small\"", "name = \"small\"\nseed = 9"},
    };
    const std::uint64_t untouched = hash_of(with({}));
    for (const Case& c : cases) {
        CAPTURE(c.key);
        const std::uint64_t edited = hash_of(io::parse_network(replaced(c.from, c.to), "net.toml"));
        CHECK(hash_of(with({{c.key, c.value}})) == edited);
        CHECK(edited != untouched);
    }
    // Without a section [network], one is made.
    std::string text = replaced("[network]\nname = \"small\"\n", "");
    CHECK(io::parse_network(text, "net.toml", {.settings = {{"network.dt_ms", 0.25}}}).dt_ms() == 0.25);
}

TEST_CASE("settings: * is every section of the kind, and later settings win") {
    const Network network = with({{"population.*.noise_stddev", 2.5}, {"population.inh.noise_stddev", 1.0}});
    CHECK(network.description().populations[0].noise_stddev == 2.5);
    CHECK(network.description().populations[1].noise_stddev == 1.0);
}

TEST_CASE("settings: what cannot be set is refused in one line that names the mend") {
    struct Case {
        std::string key;
        double value;
        std::string says;
    };
    for (const Case& c : std::vector<Case>{
             {"population.exc.siez", 3, "population.exc.siez is unknown; did you mean size?"},
             {"population.ext.size", 3, "population.ext.size names the population 'ext'; did you mean exc?"},
             {"populatoin.exc.size", 3, "starts with 'populatoin'; did you mean population?"},
             {"stimulus.drive.amplitude", 3, "names the stimulus 'drive'; there are none"},
             {"trace.*.interval_ms", 3, "names the trace '*'; there are none"},
             {"size", 3, "starts with 'size'"},
             {"population.exc", 3, "names no key of a section"},
             {"network", 3, "is a section"},
             {"population..size", 3, "has an empty part"},
             {"", 3, "has an empty part"},
             {"population.inh.cell", 3, "population.inh.cell is \"FS\", not a number"},
             {"population.exc.cell", 3, "population.exc.cell is 3"},
             {"population.inh.cell.a", 3, "leads into \"FS\", which has no keys"},
             {"population.exc.a", 3, "is a table, not a number; allowed: a number in it, such as .uniform"},
             {"population.exc.a.uniform", 3, "is a list, not a number; allowed: one of its items, from .0 on"},
             {"population.exc.a.uniform.2", 3, "leads to item '2' of a list; allowed: 0 to 1"},
             {"population.exc.a.uniform.x", 3, "leads to item 'x' of a list"},
             {"population.exc.a.unifrom.0", 3, "leads through 'unifrom', which the network does not give"},
             {"population.exc.a.scale", 3, "goes with weight only"},
             {"population.exc.size", 2.5, "population.exc.size is 2.5"},
             {"population.exc.noise_stddev", -1, "population.exc.noise_stddev is -1"},
             {"population.exc.size.x", 2, "population.exc.size is a table"},
             {"projection.down.outdegree", 2, "outdegree"},
             {"projection.*.weight.scale", 2, "leads through 'weight', which the network does not give"},
             {"network.dt_ms", 0.0 / 0.0, "is set to no finite number"},
             {"network.seed", -1, "network.seed is -1"},
             {"record.spikes", 1, "starts with 'record'"},
         }) {
        CAPTURE(c.key);
        const std::string told = refusal(c.key, c.value);
        CAPTURE(told);
        CHECK(told.find(c.says) != std::string::npos);
        CHECK(told.find('\n') == std::string::npos);
    }
    CHECK(refusal("population.exc.noise_stddev", -1.0).starts_with("net.toml:"));
}

TEST_CASE("settings: numbers of learning, rewards and recorded weights") {
    const std::string text = std::string(kText) + R"([projection.learning]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 4
weight = 1
dynamics = { type = "alpha" }
plasticity = { rule = "pair", a_plus = 0.1 }
[reward.r]
type = "times"
times_ms = [5, 6]
[weights.w]
projection = "learning"
)";
    const NetworkDescription d = io::parse_network(text, "net.toml",
                                                   {.settings = {{"projection.learning.plasticity.a_plus", 0.3},
                                                                 {"projection.learning.plasticity.highest", 4},
                                                                 {"projection.learning.dynamics.tau_ms", 8},
                                                                 {"reward.r.times_ms.1", 7},
                                                                 {"weights.w.sample", 3},
                                                                 {"network.dopamine_tau_ms", 90}}})
                                     .description();
    const ProjectionSpec& learning = d.projections.back().spec;
    CHECK(learning.plasticity == Plasticity{.rule = PairStdp{.a_plus = 0.3}, .highest = 4.0});
    CHECK(learning.dynamics == SynapseDynamics{AlphaCurrent{8.0}});
    CHECK(std::get<RewardTimes>(d.rewards[0].when).times_ms == std::vector<double>{5.0, 7.0});
    CHECK(d.weight_records[0].sample == 3U);
    CHECK(d.spec.dopamine_tau_ms == 90.0);
}

TEST_SUITE_END();
