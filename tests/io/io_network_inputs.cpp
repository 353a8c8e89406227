// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Network files: integrate-and-fire cells, spike sources, and input that comes from lists and files.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "tests/io/network_texts.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

bool says(const std::string& message, std::string_view part) {
    CAPTURE(message);
    return message.find(part) != std::string::npos;
}

const std::string kCells = "[population.exc]\nsize = 3\n";

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("network file: integrate-and-fire cells") {
    const NetworkDescription d = described(R"([population.cells]
size = 4
model = "lif"
capacitance = 200
tau_m_ms = 20
e_l_mv = -60
v_th_mv = -50
v_reset_mv = { uniform = [-62, -58] }
refractory_ms = 5
bias_current = 100
[population.usual]
size = 1
model = "lif"
[population.driven]
size = 1
model = "lif"
e_l_mv = -49
v_th_mv = -50
)");
    const PopulationSpec& cells = d.populations[0];
    CHECK(cells.cell.model.form == ModelForm::lif);
    CHECK(cells.cell.model.capacitance == 200.0);
    CHECK(cells.cell.model.tau_m_ms == 20.0);
    CHECK(cells.cell.model.vr == -60.0);
    CHECK(cells.cell.model.vt == -50.0);
    CHECK(cells.cell.model.refractory_ms == 5.0);
    CHECK(cells.cell.c == uniform(-62.0, -58.0));
    CHECK(cells.v0_mv == rest_or(-60.0));
    CHECK(d.populations[1].cell == leaky_integrate_and_fire());
    CHECK(d.populations[1].v0_mv == rest_or(-70.0));
    CHECK(d.populations[2].v0_mv == Distribution(-70.0));  // it never rests: from its reset value

    const std::string lif = "[population.p]\nsize = 1\nmodel = \"lif\"\n";
    CHECK(says(refusal(lif + "a = 0.02\n"), "net.toml:4: population.p.a is a parameter of Izhikevich's neuron"));
    CHECK(says(refusal(lif + "cell = \"RS\"\n"), "net.toml:4: population.p.cell is a type of Izhikevich's neuron"));
    CHECK(says(refusal(lif + "vpeak = 30\n"), "net.toml:4: population.p.vpeak goes with"));
    CHECK(says(refusal(lif + "u0_mv = 0\n"), "net.toml:4: population.p.u0_mv"));
    CHECK(says(refusal(lif + "v0_mv = -55\n"), "net.toml:4: population.p.v0_mv is -55"));
    CHECK(says(refusal(lif + "v_reset_mv = -50\n"), "net.toml:4: population.p.v_reset_mv"));
    CHECK(says(refusal(lif + "tau_m_ms = 0\n"), "net.toml:4: population.p.tau_m_ms is 0"));
    CHECK(says(refusal(kCells + "tau_m_ms = 10\n"), "net.toml:3: population.exc.tau_m_ms goes with model = \"lif\""));
    CHECK(says(refusal("[population.p]\nsize = 1\nmodel = \"liff\"\n"), "did you mean lif?"));
}

TEST_CASE("network file: spike sources") {
    const Folder folder;
    folder.write("rates.csv", "left,right\n10,0\n20,5\n0,7\n");
    folder.write("spikes.gdf", "7\t1.5\n8\t2.5\n7\t10\n");
    folder.write("bad.csv", "1,2\n3\n");
    const fs::path origin = folder.path / "net.toml";
    const NetworkDescription d = described(R"([population.steady]
size = 3
model = "poisson"
rate_hz = { uniform = [5, 20] }
[population.course]
size = 2
model = "poisson"
rates_file = "rates.csv"
rates_interval_ms = 100
rates_start_ms = 50
rates_interpolation = "linear"
[population.given]
size = 2
model = "spikes"
times_ms = [[1, 2.5], []]
[population.read]
size = 2
model = "spikes"
spikes_file = "spikes.gdf"
spikes_first_id = 7
)",
                                           origin.string());
    CHECK(std::get<PoissonSource>(*d.populations[0].source).rate_hz == uniform(5.0, 20.0));
    const Waveform course = std::get<PoissonSource>(*d.populations[1].source).course.value();
    CHECK(course.samples == std::vector<double>{10, 0, 20, 5, 0, 7});
    CHECK(course.columns == 2);
    CHECK(course.interval_ms == 100.0);
    CHECK(course.start_ms == 50.0);
    CHECK(course.interpolation == Interpolation::linear);
    using Event = SpikeTrains::Event;
    CHECK(std::get<SpikeTrains>(*d.populations[2].source).spikes == std::vector<Event>{{1.0, 0}, {2.5, 0}});
    CHECK(std::get<SpikeTrains>(*d.populations[3].source).spikes == std::vector<Event>{{1.5, 0}, {2.5, 1}, {10.0, 0}});

    const std::string poisson = "[population.p]\nsize = 3\nmodel = \"poisson\"\n",
                      spikes = "[population.p]\nsize = 1\nmodel = \"spikes\"\n";
    const auto refused = [&](const std::string& text) { return refusal(text, origin.string()); };
    CHECK(says(refused(poisson), "population.p.rate_hz is missing"));
    CHECK(says(refused(poisson + "rate_hz = -1\n"), "net.toml:4: population.p.rate_hz is -1"));
    CHECK(says(refused(poisson + "rate_hz = 5\nbias_current = 1\n"),
               "net.toml:5: population.p.bias_current is of neurons"));
    CHECK(says(refused(poisson + "rate_hz = 5\ntimes_ms = [[]]\n"), "goes with model = \"spikes\""));
    CHECK(says(refused(poisson + "rates_file = \"rates.csv\"\nrates_interval_ms = 1\n"), "2 columns"));
    CHECK(says(refused(poisson + "rates_file = \"bad.csv\"\nrates_interval_ms = 1\n"), "bad.csv:2"));
    CHECK(says(refused(poisson + "rates_file = \"none.csv\"\nrates_interval_ms = 1\n"), "none.csv"));
    CHECK(says(refused(spikes), "population.p.times_ms is missing"));
    CHECK(says(refused(spikes + "times_ms = [[1], [2]]\n"), "has 2 lists"));
    CHECK(says(refused(spikes + "times_ms = [[1, \"x\"]]\n"), "net.toml:4"));
    CHECK(says(refused(spikes + "times_ms = [[1, 1.2]]\n"), "two of neuron 0"));
    CHECK(says(refused(spikes + "spikes_file = \"spikes.gdf\"\n"), "neuron 7"));
    CHECK(says(refused(spikes + "spikes_file = \"none.h5\"\n"), "none.h5"));
    CHECK(says(refused(kCells + "rate_hz = 5\n"), "net.toml:3: population.exc.rate_hz goes with model = \"poisson\""));
    CHECK(says(
        refused(poisson +
                "rate_hz = 5\n[projection.x]\nsource = \"p\"\ntarget = \"p\"\nweight = 1\nrule = \"all-to-all\"\n"),
        "spike sources"));
}

TEST_CASE("network file: a value for each neuron, from a list or from a column of a file") {
    const Folder folder;
    folder.write("cells.csv", "cell,I,noise\n1,4.5,0\n2,-1,2\n3,0,9\n");
    folder.write("v.txt", "-60\n-61\n-62\n");
    const fs::path origin = folder.path / "net.toml";
    const Network network = io::parse_network(kCells + R"(a = [0.02, 0.03, 0.1]
v0_mv = { file = "v.txt" }
bias_current = { file = "cells.csv", column = "I" }
noise_stddev = { file = "cells.csv", column = "noise" }
u0_mv = [-10, -11, -12]
)",
                                              origin.string());
    Simulation simulation(network);
    const PopulationId exc = network.find_population("exc");
    std::vector<float> values(3);
    const auto is = [&](std::vector<float> expected) { return values == expected; };
    simulation.read_parameter('a', exc, values);
    CHECK(is({0.02f, 0.03f, 0.1f}));
    simulation.read_parameter('I', exc, values);
    CHECK(is({4.5f, -1.0f, 0.0f}));
    simulation.read(Variable::v, exc, values);
    CHECK(is({-60.0f, -61.0f, -62.0f}));
    simulation.read(Variable::u, exc, values);
    CHECK(is({-10.0f, -11.0f, -12.0f}));

    const auto refused = [&](const std::string& text) { return refusal(kCells + text, origin.string()); };
    CHECK(says(refused("a = [0.02, 0.03]\n"), "net.toml:3: population.exc.a has 2 values; allowed: 3"));
    CHECK(says(refused("a = [0.02, 0.03, 50]\n"), "population.exc.a holds 50 for neuron 2"));
    CHECK(says(refused("a = [0.02, \"x\", 1]\n"), "net.toml:3: population.exc.a"));
    CHECK(says(refused("bias_current = { file = \"cells.csv\" }\n"), "3 columns"));
    CHECK(says(refused("bias_current = { file = \"cells.csv\", column = \"J\" }\n"), "has no column"));
    CHECK(says(refused("bias_current = { file = \"none.csv\" }\n"), "none.csv"));
    CHECK(says(refused("noise_stddev = [1, -1, 1]\n"), "population.exc.noise_stddev holds -1 for neuron 1"));
}

TEST_CASE("network file: the name and the numbers that recordings have for neurons") {
    const Folder folder;
    folder.write("ids.csv", "node_id,half\n7,0.5\n9007199254740992,1.5\n0,2.5\n");
    folder.write("plain.txt", "7\n8\n9\n");
    const fs::path origin = folder.path / "net.toml";
    const NetworkDescription d = described(R"([population.a]
size = 3
recorded_as = "v1 \u00e4"
node_ids = { file = "ids.csv", column = "Node_ID" }
[population.b]
size = 2
recorded_as = "v1 \u00e4"
node_ids = [1, 5]
[population.c]
size = 3
model = "poisson"
rate_hz = 5
node_ids = { file = "plain.txt" }
[population.d]
size = 2
recorded_as = "other"
[population.e]
size = 1
)",
                                           origin.string());
    const auto& p = d.populations;
    CHECK(p[0].recorded_as->population == "v1 \xc3\xa4");
    CHECK(p[0].recorded_as->node_ids == std::vector<std::uint64_t>{7, kMaxNodeId, 0});
    CHECK(p[1].recorded_as->node_ids == std::vector<std::uint64_t>{1, 5});
    CHECK(p[2].recorded_as->population == "c");  // its own
    CHECK(p[2].recorded_as->node_ids == std::vector<std::uint64_t>{7, 8, 9});
    CHECK(p[3].recorded_as->population == "other");
    CHECK(p[3].recorded_as->node_ids.empty());
    CHECK_FALSE(p[4].recorded_as.has_value());

    const auto refused = [&](const std::string& text) { return refusal(kCells + text, origin.string()); };
    CHECK(says(refused("recorded_as = 3\n"), "net.toml:3: population.exc.recorded_as is 3; allowed: text in quotes"));
    CHECK(says(refused("recorded_as = \"a/b\"\n"), "net.toml:3: population.exc.recorded_as is \"a/b\", with a '/'"));
    CHECK(says(refused("recorded_as = \"\"\n"), "net.toml:3: population.exc.recorded_as is empty"));
    CHECK(says(refused("\nnode_ids = [1, 2]\n"), "net.toml:4: population.exc.node_ids has 2 values; allowed: 3"));
    const std::string whole = "; allowed: whole numbers from 0 to 9007199254740992";
    CHECK(says(refused("node_ids = [1,\n2.5, 3]\n"), "net.toml:4: population.exc.node_ids holds 2.5" + whole));
    CHECK(says(refused("node_ids = [1, -2, 3]\n"), "net.toml:3: population.exc.node_ids holds -2" + whole));
    CHECK(says(refused("node_ids = [1, 9007199254740993, 3]\n"), "node_ids holds 9007199254740993" + whole));
    CHECK(says(refused("node_ids = [1, 2, 1]\n"), "net.toml:3: population.exc.node_ids holds 1 twice"));
    CHECK(
        says(refused("node_ids = 5\n"), "net.toml:3: population.exc.node_ids is 5; allowed: a list of whole numbers"));
    CHECK(says(refused("node_ids = { file = \"ids.csv\" }\n"), "2 columns"));
    CHECK(says(refused("node_ids = { file = \"ids.csv\", column = \"half\" }\n"), "node_ids holds 0.5" + whole));
    CHECK(says(refused("node_ids = { file = \"none.csv\" }\n"), "none.csv"));
    CHECK(says(refused("node_ids = { fil = \"x\" }\n"), "population.exc.node_ids.fil is unknown; did you mean file?"));
    CHECK(says(refused("[population.more]\nsize = 1\nrecorded_as = \"exc\"\n"),
               "net.toml:5: population.more.recorded_as gives a neuron number 0 of \"exc\", as population.exc"));

    // The same from memory, in place of what the text says.
    const auto given = [&](const std::string& text, std::vector<io::PopulationIds> ids) {
        return io::parse_network(text, origin.string(), {.node_ids = std::move(ids)}).description().populations[0];
    };
    const std::vector<std::uint64_t> ids{4, 3, 70};
    CHECK(given(kCells, {{"exc", ids}}).recorded_as->population == "exc");
    CHECK(given(kCells + "recorded_as = \"v1\"\n", {{"exc", ids}}).recorded_as->population == "v1");
    CHECK(given(kCells + "node_ids = [1, 2, 3]\n", {{"exc", ids}}).recorded_as->node_ids == ids);
    std::string told;
    try {
        (void)given(kCells, {{"ex", ids}});
    } catch (const Error& error) { told = error.what(); }
    CHECK(says(told, "there is no population 'ex' for the given data; did you mean exc?"));

    // Written as it was read.
    const std::string text = io::network_text(
        kCells + "recorded_as = \"a \\\"b\\\"\"\nnode_ids = { file = \"plain.txt\" }\n", origin.string());
    const PopulationSpec again = io::parse_network(text, "elsewhere/net.toml").description().populations[0];
    CHECK(again.recorded_as->population == "a \"b\"");
    CHECK(again.recorded_as->node_ids == std::vector<std::uint64_t>{7, 8, 9});
}

TEST_CASE("network file: input over time") {
    const Folder folder;
    folder.write("wave.csv", "# mV/ms\n0.5\n-1\n2\n");
    const fs::path origin = folder.path / "net.toml";
    const NetworkDescription d = described(kCells + R"([stimulus.sine]
type = "sine"
target = "exc"
amplitude = 3
frequency_hz = 40
phase_degrees = 90
offset = 1
start_ms = 10
[stimulus.ou]
type = "ou"
target = "exc"
mean = 2
stddev = 1.5
tau_ms = 8
[stimulus.packet]
type = "pulse-packet"
target = "exc"
weight = 4
times_ms = [10, 50]
spikes = 20
spread_ms = 1
dynamics = { type = "alpha", tau_ms = 2 }
[stimulus.wave]
type = "waveform"
target = "exc"
interval_ms = 5
file = "wave.csv"
[stimulus.each]
type = "waveform"
target = "exc"
interval_ms = 5
samples = [[1, 2, 3], [4, 5, 6]]
interpolation = "linear"
[stimulus.drive]
type = "poisson"
target = "exc"
rate_hz = 100
weight = 1
dynamics = { type = "exponential", tau_ms = 3 }
)",
                                           origin.string());
    const auto at = [&](std::size_t i) -> const Stimulus& { return d.stimuli[i].spec.stimulus; };
    CHECK(std::get<Sine>(at(0)).phase_degrees == 90.0);
    CHECK(std::get<Sine>(at(0)).offset == 1.0);
    CHECK(std::get<OrnsteinUhlenbeck>(at(1)).tau_ms == 8.0);
    CHECK(std::get<PulsePacket>(at(2)).count == 20);
    CHECK(std::get<PulsePacket>(at(2)).dynamics == SynapseDynamics{AlphaCurrent{2.0}});
    CHECK(std::get<Waveform>(at(3)).samples == std::vector<double>{0.5, -1.0, 2.0});
    CHECK(std::get<Waveform>(at(4)).columns == 3);
    CHECK(std::get<Waveform>(at(4)).samples.size() == 6);
    CHECK(std::get<PoissonTrains>(at(5)).dynamics == SynapseDynamics{ExponentialCurrent{3.0}});

    const auto stimulus = [&](const std::string& text) {
        return refusal(kCells + "[stimulus.s]\ntarget = \"exc\"\n" + text, origin.string());
    };
    CHECK(says(stimulus("type = \"waveform\"\ninterval_ms = 1\n"), "samples is missing"));
    CHECK(says(stimulus("type = \"waveform\"\ninterval_ms = 1\nsamples = [[1, 2], [3]]\n"), "a row of 1"));
    CHECK(says(stimulus("type = \"waveform\"\ninterval_ms = 1\nsamples = [[1, 2], [3, 4]]\n"), "2 columns"));
    CHECK(says(stimulus("type = \"waveform\"\ninterval_ms = 1\nfile = \"no.csv\"\n"), "no.csv"));
    CHECK(says(stimulus("type = \"ou\"\nstddev = 1\ntau_ms = 0.1\n"), "tau_ms is 0.1"));
    CHECK(says(stimulus("type = \"pulse-packet\"\nweight = 1\ntimes_ms = [5]\nspikes = 0\n"), "spikes is 0"));
    CHECK(says(stimulus("type = \"poisson\"\nrate_hz = 5\nweight = -1\ndynamics = { type = \"gaba-a\" }\n"),
               "weight is -1"));
    CHECK(says(stimulus("type = \"sine\"\namplitude = 1\nfrequency_hz = 5\nstddev = 1\n"), "goes with type = \"ou\""));
}

TEST_CASE("network text: every file that a network reads has its whole path, so that the text can be moved") {
    const Folder folder;
    folder.write("rates.csv", "10\n20\n");
    folder.write("spikes.gdf", "0\t1.5\n");
    folder.write("cells.csv", "I\n1\n2\n3\n");
    folder.write("wave.csv", "1\n2\n");
    folder.write("synapses.csv", "source,target,weight\n0,1,2.5\n");
    const std::string text = R"([population.course]
size = 2
model = "poisson"
rates_file = "rates.csv"
rates_interval_ms = 100
[population.given]
size = 2
model = "spikes"
spikes_file = "spikes.gdf"
[population.cells]
size = 3
bias_current = { file = "cells.csv", column = "I" }
[projection.list]
source = "cells"
target = "cells"
rule = "explicit"
synapses_file = "synapses.csv"
delay_ms = 1
[stimulus.wave]
target = "cells"
type = "waveform"
interval_ms = 1
file = "wave.csv"
)";
    const std::string whole = io::network_text(text, (folder.path / "net.toml").string());
    for (const char* file : {"rates.csv", "spikes.gdf", "cells.csv", "wave.csv", "synapses.csv"})
        CHECK(whole.find("\"" + (folder.path / file).string() + "\"") != std::string::npos);
    const Network moved = io::parse_network(whole, "elsewhere/net.toml");
    const Network here = io::parse_network(text, (folder.path / "net.toml").string());
    Simulation one(moved), other(here);
    one.run(300);
    other.run(300);
    CHECK(one.state_hash() == other.state_hash());
}

TEST_SUITE_END();
