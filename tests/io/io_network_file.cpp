// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Network files: what is read from them.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "izhi/io/network_file.hpp"
#include "izhi/single_neuron.hpp"
#include "network_texts.hpp"

using namespace izhi;
using namespace izhi::test;

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
weight_quantum = 0.0009765625

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
start_ms = 3
stop_ms = 40
[trace.t2]
population = "zebra"
neurons = { first = 4, count = 2 }
report = "of some"
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
    CHECK(d.projections[1].spec.weight_quantum == 0.0009765625);
    CHECK_FALSE(d.projections[0].spec.weight_quantum);
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
    CHECK(d.traces[0].start_ms == 3.0);
    CHECK(d.traces[0].stop_ms == 40.0);
    CHECK(d.traces[0].report.empty());
    CHECK(d.traces[1].report == "of some");
    CHECK(d.traces[1].start_ms == 0.0);
    CHECK(d.traces[1].stop_ms == kForever);
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
    const std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    const std::string text = "[population.p]\nsize = 1";
    CHECK(io::parse_network(io::network_text(text, kOrigin, {.seed = most}), kOrigin).description().spec.seed == most);
    CHECK(io::check_network(text, kOrigin, {.seed = most + 1}) ==
          std::vector<std::string>{std::string(kOrigin) +
                                   ":1: network.seed is 9223372036854775808; allowed: an integer "
                                   "from 0 to 9223372036854775807"});
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
    CHECK(d.populations[2].v0_mv == rest_or(-75.0));
    CHECK(d.populations[3].cell ==
          CellType{0.03, -2.0, -50.0, 100.0, {ModelForm::nine_parameter, 90.0, 0.8, -61.0, -41.0, 36.0}});
    CHECK(d.populations[3].v0_mv == Distribution(-70.0));

    CHECK(
        refusal(with("[population.p]\nsize = 1\nmodel = \"nine-parameters\"\n")).find("did you mean nine-parameter?") !=
        std::string::npos);
    CHECK(refusal(with("[population.p]\nsize = 1\nvpeak = 35\n")) ==
          "net.toml:15: population.p.vpeak goes with model = \"nine-parameter\"");
    CHECK(refusal(with("[population.p]\nsize = 1\ncell = \"RS-2007\"\ncapacitance = 0\n"))
              .starts_with("net.toml:16: population.p.capacitance is 0"));
    CHECK(refusal(with("[population.p]\nsize = 1\ncell = \"RS-2007\"\nc = 40\n"))
              .starts_with("net.toml:16: population.p.c is 40; allowed: -200 to 34"));
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
