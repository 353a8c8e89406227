// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Network files: what is read, what is refused and with which line, and that no text can do worse than be refused.
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/single_neuron.hpp"

namespace fs = std::filesystem;
using namespace izhi;

namespace {

constexpr std::string_view kOrigin = "net.toml";

/// A folder of its own that goes with the test.
struct Folder {
    fs::path path = fs::temp_directory_path() / ("izhi-network-file-" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    fs::path write(const std::string& name, std::string_view text) const {
        std::ofstream(path / name, std::ios::binary) << text;
        return path / name;
    }
};

/// The message with which a text is refused; empty if it is not.
std::string refusal(std::string_view text, std::string_view origin = kOrigin) {
    try {
        (void)io::parse_network(text, origin);
    } catch (const Error& error) { return error.what(); }
    return {};
}

NetworkDescription described(std::string_view text) { return io::parse_network(text, kOrigin).description(); }

/// A sound network whose lines are 1 to 12, to hang further sections on.
constexpr std::string_view kSound = R"([network]
name = "small"

[population.exc]
size = 8
cell = "RS"

[population.inh]
size = 2
cell = "FS"

# line 12
)";

std::string with(std::string_view more) { return std::string(kSound) + std::string(more); }

}  // namespace

TEST_CASE("network file: every key reaches the description") {
    const NetworkDescription d = described(R"(
[network]
name = "all"
seed = 7
dt_ms = 0.5
numerics = "euler"
noise = "exact"

[population.zebra]      # first in the file, so neurons from 0, whatever the alphabet says
size = 10
cell = "CH"
d = 3
c = { shared = [-65, 1, 15] }
v0_mv = { uniform = [-70, -60] }
u0_mv = { normal = [-13, 2], clip = [-20, -5] }
bias_current = 4
noise_stddev = 1.5

[population.ant]
size = 10
a = 0.05
b = { constant = 0.25 }

[projection.wild-wood_1]
source = "zebra"
target = "everyone"
rule = "fixed-probability"
probability = 0.25
weight = { uniform = [-1, 2], scale = -3 }
delay_ms = { normal = [5, 2], clip = [1, 9] }
autapses = false
multapses = false

[projection.one]
source = "everyone"
target = "everyone"
rule = "one-to-one"
weight = { normal = [1, 0.5], clip = [0, 2], scale = 2 }

[projection.in]
source = "ant"
target = "zebra"
rule = "fixed-indegree"
indegree = 3
weight = 1

[projection.out]
source = "ant"
target = "zebra"
rule = "fixed-outdegree"
outdegree = 4
strata = 2
weight = 1

[projection.all]
source = "ant"
target = "zebra"
rule = "all-to-all"
weight = { constant = 2, scale = 0.5 }
storage = "procedural"

[projection.list]
source = "zebra"
target = "ant"
rule = "explicit"
synapses = [
    [0, 1, 2.5, 3],
    [9, 0, -1, 1.5],
]

[stimulus.a]
target = "zebra"
first = 2
count = 3
type = "dc"
amplitude = 1
[stimulus.b]
target = "ant"
type = "step"
amplitude = 2
start_ms = 10
stop_ms = 20
[stimulus.c]
target = "everyone"
type = "ramp"
from = 1
to = 5
start_ms = 2
stop_ms = 12
[stimulus.d]
target = "ant"
type = "pulses"
amplitude = 3
start_ms = 1
width_ms = 2
period_ms = 4
pulses = 5
[stimulus.e]
target = "ant"
type = "poisson"
rate_hz = 20
weight = 4
start_ms = 1
stop_ms = 9
[stimulus.f]
target = "ant"
type = "spikes"
weight = 6
times_ms = [1, 2.5, 100]

[record]
spikes = ["ant"]

[trace.t1]
population = "ant"
neurons = [3, 0]
variables = ["u", "current"]
interval_ms = 2
[trace.t2]
population = "zebra"
neurons = { first = 4, count = 2 }
[trace.t3]
population = "zebra"
neurons = { first = 8 }
)");
    CHECK(d.spec.name == "all");
    CHECK(d.spec.seed == 7);
    CHECK(d.spec.dt_ms == 0.5);
    CHECK(d.spec.numerics == Numerics::euler);
    CHECK(d.spec.noise == NoiseLaw::exact);

    REQUIRE(d.populations.size() == 2);
    const PopulationSpec& zebra = d.populations[0];
    CHECK(zebra.name == "zebra");
    CHECK(zebra.size == 10);
    CHECK(zebra.cell.a == chattering().a);
    CHECK(zebra.cell.d == Distribution(3.0));
    CHECK(zebra.cell.c == shared(-65, 1, 15));
    CHECK(zebra.v0_mv == uniform(-70, -60));
    REQUIRE(zebra.u0_mv.has_value());
    CHECK(*zebra.u0_mv == clipped_normal(-13, 2, -20, -5));
    CHECK(zebra.bias_current == Distribution(4.0));
    CHECK(zebra.noise_stddev == 1.5);
    const PopulationSpec& ant = d.populations[1];
    CHECK(ant.name == "ant");
    CHECK(ant.cell.a == Distribution(0.05));
    CHECK(ant.cell.b == Distribution(0.25));
    CHECK(ant.cell.c == regular_spiking().c);
    CHECK_FALSE(ant.u0_mv.has_value());

    REQUIRE(d.projections.size() == 6);
    const auto& wild = d.projections[0];
    CHECK(wild.spec.name == "wild-wood_1");
    CHECK(wild.source == Selection(PopulationId{0}));
    CHECK(wild.target == everyone);
    CHECK(std::get<FixedProbability>(wild.spec.rule).probability == 0.25);
    CHECK(wild.spec.weight == uniform(-6, 3));  // a negative scale turns the interval round
    CHECK(wild.spec.delay_ms == clipped_normal(5, 2, 1, 9));
    CHECK_FALSE(wild.spec.autapses);
    CHECK_FALSE(wild.spec.multapses);
    CHECK(std::holds_alternative<OneToOne>(d.projections[1].spec.rule));
    CHECK(d.projections[1].spec.weight == clipped_normal(2, 1, 0, 4));
    CHECK(std::get<FixedIndegree>(d.projections[2].spec.rule).count == 3);
    CHECK(d.projections[2].spec.autapses);
    CHECK(std::get<FixedOutdegree>(d.projections[3].spec.rule).count == 4);
    CHECK(std::get<FixedOutdegree>(d.projections[3].spec.rule).strata == 2);
    CHECK(std::holds_alternative<AllToAll>(d.projections[4].spec.rule));
    CHECK(d.projections[4].spec.weight == Distribution(1.0));
    CHECK(d.projections[3].spec.storage == Storage::stored);
    CHECK(d.projections[4].spec.storage == Storage::procedural);
    const auto& synapses = std::get<ExplicitList>(d.projections[5].spec.rule).synapses;
    REQUIRE(synapses.size() == 2);
    CHECK(synapses[1].source == 9);
    CHECK(synapses[1].target == 0);
    CHECK(synapses[1].weight == -1.0);
    CHECK(synapses[1].delay_ms == 1.5);

    REQUIRE(d.stimuli.size() == 6);
    CHECK(d.stimuli[0].spec.first == 2);
    CHECK(d.stimuli[0].spec.count == 3U);
    const auto& dc = std::get<DirectCurrent>(d.stimuli[0].spec.stimulus);
    CHECK(dc.amplitude == 1.0);
    CHECK(dc.stop_ms == kForever);
    const auto& step = std::get<DirectCurrent>(d.stimuli[1].spec.stimulus);
    CHECK(step.start_ms == 10.0);
    CHECK(step.stop_ms == 20.0);
    const auto& ramp = std::get<Ramp>(d.stimuli[2].spec.stimulus);
    CHECK(ramp.from == 1.0);
    CHECK(ramp.to == 5.0);
    CHECK(ramp.start_ms == 2.0);
    CHECK(ramp.stop_ms == 12.0);
    const auto& pulses = std::get<Pulses>(d.stimuli[3].spec.stimulus);
    CHECK(pulses.amplitude == 3.0);
    CHECK(pulses.width_ms == 2.0);
    CHECK(pulses.period_ms == 4.0);
    CHECK(pulses.count == 5);
    const auto& poisson = std::get<PoissonTrains>(d.stimuli[4].spec.stimulus);
    CHECK(poisson.rate_hz == 20.0);
    CHECK(poisson.weight == 4.0);
    CHECK(poisson.start_ms == 1.0);
    CHECK(poisson.stop_ms == 9.0);
    const auto& spikes = std::get<SpikeTimes>(d.stimuli[5].spec.stimulus);
    CHECK(spikes.weight == 6.0);
    CHECK(spikes.times_ms == std::vector<double>{1, 2.5, 100});

    REQUIRE(d.recorded_populations.has_value());
    CHECK(*d.recorded_populations == std::vector<PopulationId>{{1}});
    REQUIRE(d.traces.size() == 3);
    CHECK(d.traces[0].population == PopulationId{1});
    CHECK(d.traces[0].neurons == std::vector<std::uint32_t>{3, 0});
    CHECK(d.traces[0].variables == std::vector<Variable>{Variable::u, Variable::current});
    CHECK(d.traces[0].interval_ms == 2.0);
    CHECK(d.traces[1].neurons == std::vector<std::uint32_t>{4, 5});
    CHECK(d.traces[2].neurons == std::vector<std::uint32_t>{8, 9});
    CHECK(d.traces[2].variables == std::vector<Variable>{Variable::v});
}

TEST_CASE("network file: defaults, the caller's seed, and recording of all, some and none") {
    const NetworkDescription d = described("[population.p]\nsize = 1\n");
    CHECK(d.spec.name == "network");
    CHECK(d.spec.seed == 1);
    CHECK(d.spec.dt_ms == 1.0);
    CHECK(d.spec.numerics == Numerics::published);
    CHECK(d.spec.noise == NoiseLaw::table);
    CHECK(d.populations[0].cell == regular_spiking());
    CHECK_FALSE(d.recorded_populations.has_value());
    CHECK(io::parse_network("[network]\nseed = 3\n[population.p]\nsize = 1", kOrigin, {.seed = 9})
              .description()
              .spec.seed == 9);
    CHECK_FALSE(described(with("[record]\nspikes = true\n")).recorded_populations.has_value());
    CHECK(described(with("[record]\nspikes = false\n")).recorded_populations->empty());
    CHECK(described(with("[record]\nspikes = [\"inh\", \"exc\"]\n")).recorded_populations->size() == 2);
}

TEST_CASE("network file: every named cell type is known under its name") {
    for (const NamedCellType& type : named_cell_types()) {
        const auto d = described("[population.p]\nsize = 1\ncell = \"" + std::string(type.name) + "\"\n");
        CHECK_MESSAGE(d.populations[0].cell == type.cell, type.name);
    }
}

TEST_CASE("network file: one fault of each kind, with its line") {
    struct Fault {
        std::string text;
        int line;
        std::vector<std::string> says;
    };
    const std::string projection = "[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\n";
    const std::string weighted = projection + "weight = 1\n";
    const std::string pulse = "[stimulus.s]\ntarget = \"exc\"\n";
    const std::string trace = "[trace.t]\npopulation = \"exc\"\n";
    const std::vector<Fault> faults{
        // Syntax.
        {with("[population.exc]\n"), 13, {"redefine"}},
        {with("[population.new]\nsize = 1\nsize = 2\n"), 15, {"size"}},
        {with("key"), 13, {"key-value pair"}},
        {"x = \"\xff\xfe\"\n", 1, {"utf-8"}},
        {"[network]\ndt_ms = 1e400\n", 2, {"1e400"}},
        {"[network]\nseed = 99999999999999999999\n", 2, {"99999999999999999999"}},
        {"[network]\nname = \"open\n", 2, {}},
        // Sections.
        {"", 1, {"network has no neurons", "[population.NAME]"}},
        {"# nothing but a comment\n", 1, {"no neurons"}},
        {with("[populaton.x]\nsize = 1\n"), 13, {"populaton is unknown", "did you mean population?"}},
        {with("[zzzzzzzzzzzz]\n"), 13, {"zzzzzzzzzzzz is unknown", "known: network, population"}},
        {"population = 5\n", 1, {"population is 5", "[population.NAME]"}},
        {"[[population]]\nsize = 1\n", 1, {"population is a list", "[population.NAME]"}},
        {"[[population.exc]]\nsize = 1\n", 1, {"population.exc is a list"}},
        {"population.exc = 7\n", 1, {"population.exc is 7"}},
        {"network = 3\n", 1, {"network is 3", "[network]"}},
        {"record = 3\n" + with(""), 1, {"record is 3", "[record]"}},
        {"[population.\"a b\"]\nsize = 1\n", 1, {"\"a b\"", "letters, digits"}},
        {"[population.\"\"]\nsize = 1\n", 1, {"letters, digits"}},
        {"[population." + std::string(65, 'x') + "]\nsize = 1\n", 1, {"1 to 64 letters"}},
        {"[population.everyone]\nsize = 1\n", 1, {"everyone", "any other name"}},
        // [network]
        {"[network]\nnam = \"x\"\n", 2, {"network.nam is unknown", "did you mean name?"}},
        {"[network]\nname = 5\n", 2, {"network.name is 5", "text in quotes"}},
        {"[network]\nname = 2020-01-01\n", 2, {"network.name is a date or time"}},
        {"[network]\nseed = -1\n", 2, {"network.seed is -1"}},
        {"[network]\nseed = 1.5\n", 2, {"network.seed is 1.5", "an integer"}},
        {"[network]\nnumerics = \"publish\"\n", 2, {"network.numerics is \"publish\"", "did you mean published?"}},
        {"[network]\nnumerics = true\n", 2, {"network.numerics is true", "\"euler\""}},
        {"[network]\ndt_ms = \"1\"\n", 2, {"network.dt_ms is \"1\"", "a finite number"}},
        {"[network]\ndt_ms = nan\n", 2, {"network.dt_ms is nan", "a finite number"}},
        {"[network]\ndt_ms = inf\n", 2, {"network.dt_ms is inf"}},
        {"[network]\ndt_ms = 0\n[population.p]\nsize = 1\n", 2, {"network.dt_ms is 0", "allowed: 0.001 to 10"}},
        {"[network]\nname = \"\"\n[population.p]\nsize = 1\n", 2, {"network.name is empty"}},
        {"[network]\nnoise = \"exat\"\n", 2, {"network.noise is \"exat\"", "did you mean exact?"}},
        // [population]
        {"[population.exc]\ncell = \"RS\"\n", 1, {"population.exc.size is missing"}},
        {"[population.exc]\n\nsize = 0\n", 3, {"population.exc.size is 0", "allowed: 1 to "}},
        {"[population.exc]\nsize = -5\n", 2, {"population.exc.size is -5", "an integer from 1"}},
        {"[population.exc]\nsize = 5000000000\n", 2, {"population.exc.size is 5000000000", "4294967295"}},
        {"[population.exc]\nsize = 4000000000\n", 2, {"population.exc.size is 4000000000"}},
        {"[population.exc]\nsize = 10.0\n", 2, {"population.exc.size is 10", "an integer"}},
        {"[population.exc]\nsize = 1\nsise = 2\n", 3, {"population.exc.sise is unknown", "did you mean size?"}},
        {"[population.exc]\nsize = 1\ncell = \"rs\"\n", 3, {"population.exc.cell is \"rs\"", "did you mean RS?"}},
        {"[population.exc]\nsize = 1\ncell = \"pyramidal\"\n", 3, {"\"pyramidal\"", "known: RS, IB"}},
        {"[population.exc]\nsize = 1\na = 11\n", 3, {"population.exc.a is 11", "allowed: -10 to 10"}},
        {"[population.exc]\nsize = 1\nb = \"x\"\n", 3, {"population.exc.b is \"x\"", "uniform", "shared"}},
        {"[population.exc]\nsize = 1\nb = [1, 2]\n", 3, {"population.exc.b is a list"}},
        {"[population.exc]\nsize = 1\nc = { uniform = [1] }\n",
         3,
         {"population.exc.c.uniform has 1 item", "[low, high]"}},
        {"[population.exc]\nsize = 1\nc = { uniform = 3 }\n", 3, {"population.exc.c.uniform is 3"}},
        {"[population.exc]\nsize = 1\nc = { uniform = [1, true] }\n", 3, {"population.exc.c.uniform holds true"}},
        {"[population.exc]\nsize = 1\nc = { uniform = [-50, -60] }\n", 3, {"population.exc.c", "low bound first"}},
        {"[population.exc]\nsize = 1\nc = { }\n", 3, {"population.exc.c says no distribution"}},
        {"[population.exc]\nsize = 1\nc = { unifrm = [1, 2] }\n", 3, {"no distribution"}},
        {"[population.exc]\nsize = 1\nc = { uniform = [1, 2], normal = [1, 2] }\n", 3, {"both uniform and normal"}},
        {"[population.exc]\nsize = 1\nc = { normal = [1, 2] }\n", 3, {"population.exc.c.clip is missing"}},
        {"[population.exc]\nsize = 1\nc = { uniform = [-60, -50], clip = [1, 2] }\n", 3, {"clip goes with normal"}},
        {"[population.exc]\nsize = 1\nc = { uniform = [-60, -50], scale = 2 }\n", 3, {"scale goes with weight only"}},
        {"[population.exc]\nsize = 1\nc = { shared = [1, 2, 3, 4] }\n", 3, {"shared has 4 items"}},
        {"[population.exc]\nsize = 1\nc = { shared = [-60, 0, 600] }\n", 3, {"population.exc.c"}},
        {"[population.exc]\nsize = 1\nv0_mv = 50\n", 3, {"population.exc.v0_mv is 50"}},
        {"[population.exc]\nsize = 1\nu0_mv = 1e9\n", 3, {"population.exc.u0_mv"}},
        {"[population.exc]\nsize = 1\nbias_current = 1e6\n", 3, {"population.exc.bias_current"}},
        {"[population.exc]\nsize = 1\nnoise_stddev = -1\n", 3, {"population.exc.noise_stddev is -1"}},
        {"[population.exc]\nsize = 1\nnoise_stddev = { uniform = [0, 1] }\n", 3, {"noise_stddev is a table"}},
        // [projection]
        {with("[projection.p]\ntarget = \"inh\"\nrule = \"all-to-all\"\nweight = 1\n"),
         13,
         {"projection.p.source is missing"}},
        {with("[projection.p]\nsource = \"exc\"\nrule = \"all-to-all\"\nweight = 1\n"),
         13,
         {"projection.p.target is missing"}},
        {with("[projection.p]\nsource = \"ex\"\ntarget = \"inh\"\nrule = \"all-to-all\"\nweight = 1\n"),
         14,
         {"projection.p.source names no population: \"ex\"", "did you mean exc?"}},
        {with("[projection.p]\nsource = \"exc\"\ntarget = \"evryone\"\nrule = \"all-to-all\"\nweight = 1\n"),
         15,
         {"projection.p.target", "did you mean everyone?"}},
        {with("[projection.p]\nsource = 5\ntarget = \"inh\"\nrule = \"all-to-all\"\nweight = 1\n"),
         14,
         {"projection.p.source is 5"}},
        {with(weighted), 13, {"projection.p.rule is missing", "all-to-all"}},
        {with(weighted + "rule = \"fixed-outdgree\"\n"), 17, {"fixed-outdgree", "did you mean fixed-outdegree?"}},
        {with(projection + "rule = \"all-to-all\"\n"), 13, {"projection.p.weight is missing"}},
        {with(weighted + "rule = \"fixed-probability\"\n"), 13, {"projection.p.probability is missing"}},
        {with(weighted + "rule = \"fixed-probability\"\nprobability = 1.5\n"),
         18,
         {"projection.p.probability is 1.5", "0 to 1"}},
        {with(weighted + "rule = \"fixed-indegree\"\n"), 13, {"projection.p.indegree is missing"}},
        {with(weighted + "rule = \"fixed-indegree\"\nindegree = -2\n"), 18, {"projection.p.indegree is -2"}},
        {with(weighted + "rule = \"fixed-indegree\"\nindegree = 0\n"), 18, {"projection.p.indegree is 0"}},
        {with(weighted + "rule = \"fixed-indegree\"\nindegree = 2\noutdegree = 3\n"),
         19,
         {"projection.p.outdegree goes with rule = \"fixed-outdegree\""}},
        {with(weighted + "rule = \"fixed-outdegree\"\noutdegree = 3\nmultapses = false\n"),
         18,
         {"projection.p.outdegree is 3"}},
        {with(weighted + "rule = \"one-to-one\"\n"), 17, {"projection.p.rule", "equal size"}},
        {with(weighted + "rule = \"all-to-all\"\nautapses = 1\n"), 18, {"projection.p.autapses is 1", "true or false"}},
        {with(weighted + "rule = \"all-to-all\"\ndelay_ms = 0\n"), 18, {"projection.p.delay_ms is 0"}},
        {with(weighted + "rule = \"all-to-all\"\ndelay_ms = { uniform = [1, 2], scale = 2 }\n"),
         18,
         {"scale goes with weight only"}},
        {with(weighted + "rule = \"all-to-all\"\ndelay = 1\n"),
         18,
         {"projection.p.delay is unknown", "did you mean delay_ms?"}},
        {with(projection + "rule = \"all-to-all\"\nweight = { shared = [1, 2] }\n"),
         17,
         {"projection.p.weight.shared", "no r of its own"}},
        {with(projection + "rule = \"all-to-all\"\nweight = { uniform = [1, 2], scale = 1e300 }\n"),
         17,
         {"projection.p.weight"}},
        {with(projection + "rule = \"all-to-all\"\nweight = { constant = \"x\" }\n"),
         17,
         {"projection.p.weight.constant is \"x\""}},
        {with(weighted + "rule = \"all-to-all\"\nstorage = \"memory\"\n"),
         18,
         {"projection.p.storage is \"memory\"", "stored"}},
        {with(weighted + "rule = \"fixed-indegree\"\nindegree = 1\nstorage = \"procedural\"\n"),
         19,
         {"projection.p.storage"}},
        {with(projection + "rule = \"explicit\"\n"), 13, {"projection.p.synapses is missing", "synapses_file"}},
        {with(weighted + "rule = \"explicit\"\nsynapses = []\n"),
         16,
         {"projection.p.weight does not go with rule = \"explicit\""}},
        {with(projection + "rule = \"explicit\"\nsynapses = []\nsynapses_file = \"x\"\n"), 17, {"both given"}},
        {with(projection + "rule = \"explicit\"\nsynapses = 5\n"), 17, {"projection.p.synapses is 5"}},
        {with(projection + "rule = \"explicit\"\nsynapses = [\n[0, 1, 1, 1],\n[0, 1, 1]]\n"), 19, {"a list of 3"}},
        {with(projection + "rule = \"explicit\"\nsynapses = [\n[0, 1, 1, 1],\n[8, 1, 1, 1]]\n"),
         19,
         {"the source 8", "0 to 7"}},
        {with(projection + "rule = \"explicit\"\nsynapses = [\n[0, 1, 1, 1],\n[0, -1, 1, 1]]\n"),
         19,
         {"the target -1", "0 to 1"}},
        {with(projection + "rule = \"explicit\"\nsynapses = [\n[0, 1, 1, 1],\n[0, 1, nan, 1]]\n"),
         19,
         {"the weight nan"}},
        {with(projection + "rule = \"explicit\"\nsynapses = [\n[0, 1, 1, 1],\n[0, 1, 1, \"1\"]]\n"),
         19,
         {"the delay \"1\""}},
        {with(projection + "rule = \"explicit\"\nsynapses = [\n[0, 1, 1, 1],\n[0, 1, 1e9, 1]]\n"),
         19,
         {"projection.p", "1e+09"}},
        {with(projection + "rule = \"explicit\"\nsynapses_file = \"\"\n"), 17, {"synapses_file is empty"}},
        {with(projection + "rule = \"explicit\"\nsynapses_file = 3\n"), 17, {"synapses_file is 3"}},
        {with(projection + "rule = \"explicit\"\nsynapses_file = \"no-such-file.csv\"\n"),
         17,
         {"no-such-file.csv", "no such file"}},
        {with(projection + "rule = \"explicit\"\nsynapses_file = \"/\"\n"), 17, {"is not a file"}},
        {with(projection + "rule = \"explicit\"\nsynapses_file = \"/dev/zero\"\n"), 17, {"is not a file"}},
        // [stimulus]
        {with("[stimulus.s]\ntype = \"dc\"\namplitude = 1\n"), 13, {"stimulus.s.target is missing"}},
        {with(pulse), 13, {"stimulus.s.type is missing", "pulses"}},
        {with(pulse + "type = \"puls\"\n"), 15, {"stimulus.s.type is \"puls\"", "did you mean pulses?"}},
        {with(pulse + "type = \"dc\"\n"), 13, {"stimulus.s.amplitude is missing"}},
        {with(pulse + "type = \"step\"\namplitude = 1\n"), 13, {"stimulus.s.start_ms is missing"}},
        {with(pulse + "type = \"dc\"\namplitude = 1\nrate_hz = 3\n"),
         17,
         {"stimulus.s.rate_hz goes with type = \"poisson\""}},
        {with(pulse + "type = \"dc\"\namplitude = 1e6\n"), 16, {"stimulus.s.amplitude is 1e+06"}},
        {with(pulse + "type = \"dc\"\namplitude = 1\nfirst = 8\n"), 17, {"stimulus.s.first is 8", "0 to 7"}},
        {with(pulse + "type = \"dc\"\namplitude = 1\ncount = 9\n"), 17, {"stimulus.s.count is 9"}},
        {with(pulse + "type = \"dc\"\namplitude = 1\nstart_ms = 5\nstop_ms = 4\n"), 18, {"stimulus.s.stop_ms is 4"}},
        {with(pulse + "type = \"pulses\"\namplitude = 1\npulses = 0\n"), 17, {"stimulus.s.pulses is 0"}},
        {with(pulse + "type = \"poisson\"\nweight = 1\nrate_hz = -1\n"), 17, {"stimulus.s.rate_hz is -1"}},
        {with(pulse + "type = \"spikes\"\nweight = 1\ntimes_ms = 5\n"), 17, {"stimulus.s.times_ms is 5", "a list"}},
        {with(pulse + "type = \"spikes\"\nweight = 1\ntimes_ms = [1, -5]\n"), 17, {"stimulus.s.times_ms holds -5"}},
        // [record], [trace]
        {with("[record]\nspikes = 1\n"), 14, {"record.spikes is 1", "true, false"}},
        {with("[record]\nspikes = [\"exc\",\n\"inhh\"]\n"),
         15,
         {"record.spikes names no population: \"inhh\"", "did you mean inh?"}},
        {with("[record]\nspike = true\n"), 14, {"record.spike is unknown", "did you mean spikes?"}},
        {with("[trace.t]\nneurons = [1]\n"), 13, {"trace.t.population is missing"}},
        {with("[trace.t]\npopulation = \"everyone\"\nneurons = [1]\n"), 14, {"trace.t.population names no population"}},
        {with(trace), 13, {"trace.t.neurons is missing"}},
        {with(trace + "neurons = 5\n"), 15, {"trace.t.neurons is 5"}},
        {with(trace + "neurons = []\n"), 15, {"trace.t.neurons is empty"}},
        {with(trace + "neurons = [0, 8]\n"), 15, {"trace.t.neurons holds 8", "0 to 7"}},
        {with(trace + "neurons = [0, -1]\n"), 15, {"trace.t.neurons holds -1"}},
        {with(trace + "neurons = { first = 0, count = 9 }\n"), 15, {"trace.t.neurons reaches to neuron 8", "0 to 7"}},
        {with(trace + "neurons = { first = 0, count = 4000000000 }\n"), 15, {"trace.t.neurons reaches to"}},
        {with(trace + "neurons = { frst = 0 }\n"), 15, {"trace.t.neurons.frst is unknown", "did you mean first?"}},
        {with(trace + "neurons = [0]\nvariables = [\"w\"]\n"), 16, {"trace.t.variables holds \"w\"", "v, u, current"}},
        {with(trace + "neurons = [0]\nvariables = \"v\"\n"), 16, {"trace.t.variables is \"v\""}},
        {with(trace + "neurons = [0]\nvariables = []\n"), 16, {"trace.t.variables is empty"}},
        {with(trace + "neurons = [0]\nvariables = [\"v\", \"v\"]\n"), 16, {"trace.t.variables"}},
        {with(trace + "neurons = [0]\ninterval_ms = 0\n"), 16, {"trace.t.interval_ms is 0"}},
    };
    REQUIRE(refusal(kSound) == "");
    for (const Fault& fault : faults) {
        CAPTURE(fault.text);
        const std::string said = refusal(fault.text);
        CAPTURE(said);
        CHECK(said.rfind(std::string(kOrigin) + ":" + std::to_string(fault.line) + ":", 0) == 0);
        for (const std::string& part : fault.says) {
            CAPTURE(part);
            CHECK(said.find(part) != std::string::npos);
        }
        CHECK(said.find('\n') == std::string::npos);
        const auto all = io::check_network(fault.text, kOrigin);
        REQUIRE_FALSE(all.empty());
        CHECK(all.front() == said);
    }
}

TEST_CASE("network file: storage set over the file, for the projections whose rule allows it") {
    const auto projection = [](const std::string& name, const std::string& rule) {
        return "[projection." + name + "]\nsource = \"exc\"\ntarget = \"exc\"\nweight = 1\n" + rule;
    };
    const std::string text =
        with(projection("all", "rule = \"all-to-all\"\n") + projection("one", "rule = \"one-to-one\"\n") +
             projection("maybe", "rule = \"fixed-probability\"\nprobability = 0.5\n") +
             projection("in", "rule = \"fixed-indegree\"\nindegree = 2\n") +
             projection("out", "rule = \"fixed-outdegree\"\noutdegree = 2\nstorage = \"procedural\"\n"));
    const auto storages = [&](const io::NetworkFileOptions& options) {
        std::string list;
        const Network network = io::parse_network(text, kOrigin, options);
        for (const auto& p : network.description().projections) list += p.spec.storage == Storage::stored ? 's' : 'p';
        return list;
    };
    CHECK(storages({}) == "ssssp");
    CHECK(storages({.storage = Storage::stored}) == "sssss");
    CHECK(storages({.storage = Storage::procedural}) == "pspsp");
    CHECK(io::check_network(text, kOrigin, {.storage = Storage::procedural}).empty());
    CHECK(io::parse_network(text, kOrigin, {.storage = Storage::procedural}).memory().synapse_bytes <
          io::parse_network(text, kOrigin, {.storage = Storage::stored}).memory().synapse_bytes);
}

TEST_CASE("network file: a check tells all faults, in the order of lines") {
    const auto faults = io::check_network("[trace.t]\npopulation = \"nobody\"\nneurons = [0]\n"
                                          "[network]\nnam = \"x\"\nseed = -1\n"
                                          "[population.exc]\nsize = \"many\"\nsise = 2\n",
                                          "f.toml");
    std::vector<std::string> starts;
    for (const std::string& fault : faults) starts.push_back(fault.substr(0, fault.find(' ')));
    CHECK(starts == std::vector<std::string>{"f.toml:2:", "f.toml:5:", "f.toml:6:", "f.toml:8:", "f.toml:9:"});
    CHECK(io::check_network(kSound, kOrigin).empty());
}

TEST_CASE("network file: synapses from a file, with that file's lines in faults") {
    const Folder folder;
    const std::string head =
        with("[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"explicit\"\nsynapses_file = \"s.csv\"\n");
    const fs::path net = folder.write("net.toml", head);
    const std::string csv = (folder.path / "s.csv").string();
    const std::string columns = "source,target,weight,delay_ms\n";

    folder.write("s.csv", columns + "0,1,2.5,1\r\n 7 , 0 , -1e-3 , 20 \n");
    const auto network = io::load_network(net);
    const auto& synapses = std::get<ExplicitList>(network.description().projections[0].spec.rule).synapses;
    REQUIRE(synapses.size() == 2);
    CHECK(synapses[1].source == 7);
    CHECK(synapses[1].weight == -1e-3);
    CHECK(synapses[1].delay_ms == 20.0);

    struct Fault {
        std::string text, place, says;
    };
    const std::vector<Fault> faults{
        {"", ":0", "header"},
        {"0,1,1,1\n", ":1", "not the header source,target,weight,delay_ms"},
        {columns + "0,1,1\n", ":2", "has 3 columns"},
        {columns + "0,1,1,1\n\n", ":3", "has 1 columns"},
        {columns + "0,1,1,1\n8,1,1,1\n", ":3", "source is 8; allowed: 0 to 7"},
        {columns + "0,1,1,1\n0,-1,1,1\n", ":3", "target is -1; allowed: 0 to 1"},
        {columns + "0,1,x,1\n", ":2", "weight is x; allowed: a finite number"},
        {columns + "0,1,nan,1\n", ":2", "weight is nan"},
        {columns + "0,1,1,1e999\n", ":2", "delay_ms is 1e999"},
        {columns + "0,1,1,1\n0,1,1,0\n", ":3", "delay_ms 0"},
        {columns + "0,1,1,1\n0,1,1e7,1\n", ":3", "1e+07"},
        {std::string("\0\0\0\n", 4), ":1", "header"},
    };
    for (const Fault& fault : faults) {
        folder.write("s.csv", fault.text);
        std::string said;
        try {
            (void)io::load_network(net);
        } catch (const Error& error) { said = error.what(); }
        CAPTURE(fault.text);
        CAPTURE(said);
        CHECK(said.rfind(csv + fault.place, 0) == 0);
        CHECK(said.find(fault.says) != std::string::npos);
    }
}

TEST_CASE("network file: files that are none") {
    const Folder folder;
    const auto refused = [](const fs::path& file) -> std::string {
        try {
            (void)io::load_network(file);
        } catch (const Error& error) { return error.what(); }
        return {};
    };
    CHECK(refused(folder.path / "absent.toml").find("absent.toml: there is no such file") != std::string::npos);
    CHECK(refused(folder.path).find("is a folder") != std::string::npos);
    CHECK(refused(folder.write("empty.toml", "")).find("empty.toml:1: network has no neurons") != std::string::npos);
    CHECK(refused("/dev/zero").find("more than 8 MiB") != std::string::npos);
    CHECK(refused(folder.write("nul.toml", std::string_view("a\0b = 1\n", 8))).find("nul.toml:1:") !=
          std::string::npos);
    CHECK_FALSE(refused(folder.write("h5.toml", "\x89HDF\r\n\x1a\n")).empty());
}

TEST_CASE("network file: hostile texts are refused") {
    const auto repeated = [](std::string_view part, std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += part;
        return text;
    };
    std::vector<std::string> texts{
        "a" + repeated(".a", 300000) + " = 1\n",
        "[a" + repeated(".a", 300000) + "]\n",
        "\"\"" + repeated(".''", 300000) + " = 1\n",
        "x = " + repeated("[", 300000),
        "x = " + repeated("{a = ", 300000),
        "x = " + repeated("[", 200) + repeated("]", 200) + "\n",
        "x = " + repeated("{a.a.a.a.a.a.a.a = ", 200) + "1" + repeated("}", 200) + "\n",
        "# \"\"\"\na" + repeated(".a", 300000) + " = 1\n",
        "s = \"\\\"\" # \"\na" + repeated(".a", 300000) + " = 1\n",
        "s = \"\"\"\\\"\"\"\" \"\"\"\"\n\"\"\"\na" + repeated(".a", 300000) + " = 1\n",
        "s = '''x''''\na" + repeated(".a", 300000) + " = 1\n",
        repeated("#", 9 << 20),
        "[population.\"\x1b[31m\"]\nsize = 1\n",
        "[population.p]\nsize = 1\ncell = \"" + repeated("\xc3\xa9", 100000) + "\"\n",
        "[population.p]\nsize = 1\n" + repeated("x", 100000) + " = 1\n",
    };
    for (const std::string& text : texts) {
        const std::string said = refusal(text);
        CAPTURE(text.substr(0, 40));
        CHECK_FALSE(said.empty());
        CHECK(said.size() < 1000);
        CHECK(said.find('\x1b') == std::string::npos);
    }
    // What only looks like a deep key is fine.
    CHECK(refusal(with("# " + repeated(".", 1000) + "\n")) == "");
    CHECK(refusal(with("[stimulus.s]\ntarget = \"exc\"\ntype = \"spikes\"\nweight = 1\ntimes_ms = [" +
                       repeated("0.5, ", 1000) + "]\n")) == "");
    CHECK(refusal("[network]\nname = \"" + repeated("...", 20) + "\"\n[population.p]\nsize = 1\n") == "");
    CHECK(refusal("[network]\nname = \"\"\"\n\"" + repeated("...", 20) + "\"\"\"\"\n[population.p]\nsize = 1\n") == "");
}

TEST_CASE("network file: broken at random, it is refused or read, never worse") {
    const std::string sound =
        with("[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"fixed-indegree\"\nindegree = 1\n"
             "weight = { uniform = [0.0, 1.5], scale = 2 }\n[trace.t]\npopulation = \"exc\"\nneurons = { first = 1, "
             "count = 3 }\n"
             "[stimulus.s]\ntarget = \"inh\"\ntype = \"spikes\"\nweight = 1\ntimes_ms = [1, 2.5]\n");
    REQUIRE(refusal(sound) == "");
    std::mt19937 random(1);
    constexpr std::string_view kPieces = "[]{}=.,\"'#\n\\ -+_09eExnaif\t\xff\x01";
    std::size_t refused = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string text = sound;
        for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
                case 0: text[at] = kPieces[random() % kPieces.size()]; break;
                case 1: text.insert(at, 1, kPieces[random() % kPieces.size()]); break;
                case 2: text.erase(at, random() % 9); break;
                default: text.insert(at, text.substr(random() % text.size(), random() % 30)); break;
            }
        }
        const std::string said = refusal(text);
        refused += said.empty() ? 0 : 1;
        CHECK(io::check_network(text, kOrigin).empty() == said.empty());
    }
    CHECK(refused > 1000);
}

TEST_CASE("network file: every built-in network is sound and has the size its name says") {
    const fs::path folder = fs::path(__FILE__).parent_path().parent_path() / "apps" / "networks";
    if (!fs::is_directory(folder)) {
        MESSAGE("skipped: the sources are not where they were built from");
        return;
    }
    struct Expected {
        const char* name;
        std::uint32_t neurons;
        double weight;
    };
    for (const Expected& expected :
         {Expected{"cortex-1k", 1000, 0.5}, Expected{"cortex-10k", 10000, 3.25}, Expected{"cortex-100k", 100000, 3.25},
          Expected{"cortex-1m", 1000000, 3.25}, Expected{"storm-10k", 10000, 5.0}}) {
        CAPTURE(expected.name);
        const Network network = io::load_network(folder / (std::string(expected.name) + ".toml"));
        const NetworkDescription& d = network.description();
        CHECK(d.spec.name == expected.name);
        CHECK(network.neuron_count() == expected.neurons);
        CHECK(d.populations[0].size == 4 * d.populations[1].size);
        CHECK(d.populations[0].cell == excitatory_2003());
        CHECK(d.populations[1].cell == inhibitory_2003());
        CHECK(d.projections[0].spec.weight == uniform(0.0, expected.weight));
        CHECK(d.projections[1].spec.weight == uniform(-2.0 * expected.weight, 0.0));
    }
    const auto count = std::distance(fs::directory_iterator(folder), fs::directory_iterator{});
    std::size_t networks = 0;
    for (const auto& entry : fs::directory_iterator(folder)) networks += entry.path().extension() == ".toml" ? 1 : 0;
    CHECK(count > 0);
    CHECK(networks == 5);
}

TEST_CASE("network file: the example of the documentation is sound") {
    const fs::path page = fs::path(__FILE__).parent_path().parent_path() / "engine" / "io" / "NETWORK_FILE.md";
    if (!fs::is_directory(page.parent_path())) {
        MESSAGE("skipped: the sources are not where they were built from");
        return;
    }
    std::ifstream stream(page);
    REQUIRE(stream);
    // Every block marked ```toml is a whole network, or completes the first one.
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    std::vector<std::string> blocks;
    for (std::size_t at = 0; (at = text.find("```toml\n", at)) != std::string::npos;) {
        at += 8;
        const std::size_t end = text.find("```", at);
        REQUIRE(end != std::string::npos);
        blocks.push_back(text.substr(at, end - at));
        at = end + 3;
    }
    REQUIRE(blocks.size() >= 4);
    std::string all;
    for (const std::string& block : blocks) {
        all += block;
        CAPTURE(all);
        CHECK(refusal(all) == "");
    }
}

TEST_CASE("network file: the model of a population, and what goes with it") {
    const NetworkDescription d = described(R"(
[network]
name = "models"
[population.class-1]
size = 3
model = "alt"
b = -0.1
[population.accommodating]
size = 3
model = "acc"
[population.burst]
size = 3
cell = "IB-2007"
vt = -44
[population.own]
size = 3
model = "nine-parameter"
a = 0.03
b = -2
c = -50
d = 100
capacitance = 90
k = 0.8
vr = -61
vt = -41
vpeak = 36
v0_mv = -70
)");
    CHECK(d.populations[0].cell.model.form == ModelForm::alt);
    CHECK(d.populations[1].cell.model.form == ModelForm::acc);
    CellType burst = nine_parameter_neurons()[1].cell();
    burst.model.vt = -44.0;
    CHECK(d.populations[2].cell == burst);
    CHECK(d.populations[2].v0_mv == Distribution(-75.0));
    CHECK(d.populations[3].cell ==
          CellType{0.03, -2.0, -50.0, 100.0, {ModelForm::nine_parameter, 90.0, 0.8, -61.0, -41.0, 36.0}});
    CHECK(d.populations[3].v0_mv == Distribution(-70.0));

    CHECK(refusal(with("[population.p]\nsize = 1\nmodel = \"nine-parameters\"\n")).find("did you mean nine-parameter?") !=
          std::string::npos);
    CHECK(refusal(with("[population.p]\nsize = 1\nvpeak = 35\n")) ==
          "net.toml:15: population.p.vpeak goes with model = \"nine-parameter\"");
    CHECK(refusal(with("[population.p]\nsize = 1\ncell = \"RS-2007\"\ncapacitance = 0\n"))
              .starts_with("net.toml:16: population.p.capacitance is 0"));
    CHECK(refusal(with("[population.p]\nsize = 1\ncell = \"RS-2007\"\nc = 40\n"))
              .starts_with("net.toml:16: population.p.c is 40; allowed: -200 to 34"));
}
