// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Network files: what is refused and with which line, and that no text can do worse than be refused.
#include <doctest/doctest.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "izhi/io/network_file.hpp"
#include "network_texts.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

struct Fault {
    std::string text;
    int line;
    std::vector<std::string> says;
};

/// Each text is refused at its line, in one sentence that says these things.
void judge(const std::vector<Fault>& faults) {
    REQUIRE(refusal(kValid) == "");
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

}  // namespace

TEST_CASE("network faults: one fault of each kind, with its line") {
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
        {"[population.exc]\n\nsize = 0\n", 1, {"network has no neurons", "the size of every population is 0"}},
        {"[population.p]\nsize = 2\n\n[network]\n[population.exc]\nsize = -1\n",
         6,
         {"population.exc.size is -1", "allowed: an integer from 0 to 2000000000"}},
        {"[population.p]\nsize = 2\n[population.exc]\nsize = 0\n[trace.t]\npopulation = \"exc\"\nneurons = [0]\n",
         6,
         {"trace.t.population is \"exc\", which has no neurons"}},
        {"[population.p]\nsize = 2\n[population.exc]\nsize = 0\n[projection.l]\nsource = \"exc\"\ntarget = \"p\"\n"
         "rule = \"explicit\"\nsynapses = [\n[0, 1, 2.0, 1.0]]\n",
         10,
         {"projection.l.synapses holds the source 0", "allowed: none, the population is empty"}},
        {"[population.exc]\nsize = -5\n", 2, {"population.exc.size is -5", "an integer from 0"}},
        {"[population.exc]\nsize = 5000000000\n",
         2,
         {"population.exc.size is 5000000000", "an integer from 0 to 2000000000"}},
        {"[population.exc]\nsize = 4000000000\n", 2, {"population.exc.size is 4000000000"}},
        {"[population.exc]\nsize = 10.0\n", 2, {"population.exc.size is 10.0", "an integer from 0 to 2000000000"}},
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
        {"[population.exc]\nsize = 1\nc = { }\n", 3, {"population.exc.c is not a distribution"}},
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
         {"projection.p.weight does not go with synapses"}},
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
        {with(pulse + "type = \"sine\"\n"), 15, {"stimulus.s.type is \"sine\"", "known: "}},
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
    judge(faults);
}

TEST_CASE("network faults: synapses, learning, rewards and recorded weights") {
    const std::string head = "[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"all-to-all\"\nweight = 1\n";
    const std::string learning = head + "plasticity = { rule = \"pair\" }\n";
    const std::string listed = "[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"explicit\"\nsynapses = [";
    const auto dynamics = [&](const std::string& keys) { return with(head + "dynamics = { " + keys + " }\n"); };
    const auto plasticity = [&](const std::string& keys) {
        return with(head + "[projection.p.plasticity]\nlowest = 0\n" + keys);
    };
    judge({
        // dynamics
        {with(head + "dynamics = \"ampa\"\n"), 18, {"projection.p.dynamics is \"ampa\"", "type = \"exponential\""}},
        {dynamics("tau_ms = 5"), 18, {"projection.p.dynamics.type is missing", "delta, exponential, alpha", "gaba-b"}},
        {dynamics("type = \"exponental\""), 18, {"dynamics.type is \"exponental\"", "did you mean exponential?"}},
        {dynamics("type = \"delta\", tau_ms = 5"), 18, {"dynamics.tau_ms does not go with type = \"delta\""}},
        {dynamics("type = \"alpha\", reversal_mv = 5"), 18, {"dynamics.reversal_mv goes with conductances"}},
        {dynamics("type = \"ampa\", tau = 5"), 18, {"dynamics.tau is unknown", "did you mean tau_ms?"}},
        {dynamics("type = \"ampa\", tau_ms = \"5\""), 18, {"dynamics.tau_ms is \"5\"", "a finite number"}},
        {dynamics("type = \"ampa\", voltage_factor = \"ndma\""), 18, {"\"ndma\"", "did you mean nmda?"}},
        {dynamics("type = \"alpha\", tau_ms = 0.1"), 18, {"projection.p.dynamics.tau_ms is 0.1", "0.5 to 1e+05"}},
        {dynamics("type = \"ampa\", reversal_mv = 500"), 18, {"projection.p.dynamics.reversal_mv is 500"}},
        {with("[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"all-to-all\"\nweight = -1\n"
              "dynamics = { type = \"gaba-a\" }\n"),
         17,
         {"projection.p.weight can be -1", "reversal potential"}},
        {dynamics("type = \"ampa\" }\nplasticity = { rule = \"pair\", lowest = -1"),
         19,
         {"projection.p.plasticity.lowest is -1", "reversal potential"}},
        {with(listed + "[0, 1, 1, 1],\n[1, 1, -2, 1]]\ndynamics = { type = \"ampa\" }\n"),
         18,
         {"projection.p.synapses synapse 1 has weight -2", "reversal potential"}},
        {with(listed + "[0, 1, 1, 1],\n[1, 1, 11, 1]]\nplasticity = { rule = \"pair\" }\n"),
         18,
         {"projection.p.synapses synapse 1 has weight 11; allowed: 0 to 10, the bounds"}},
        // short_term
        {with(head + "short_term = true\n"), 18, {"projection.p.short_term is true", "utilisation"}},
        {with(head + "short_term = { u = 1 }\n"), 18, {"short_term.u is unknown"}},
        {with(head + "short_term = { type = \"exc\" }\n"), 18, {"short_term.type is \"exc\"", "excitatory"}},
        {with(head + "short_term = { utilisation = 2 }\n"), 18, {"projection.p.short_term.utilisation is 2"}},
        {with(head + "short_term = { utilisation = 0.0009 }\n"),
         18,
         {"projection.p.short_term.utilisation is 9e-04", "allowed: 0.001 to 1"}},
        {with(head + "plasticity = { rule = \"triplet\" }\n"),
         18,
         {"projection.p.plasticity.rule is triplet, and all its amplitudes are 0", "at least one of a2_plus"}},
        {with(listed + "[0, 1, 1, 1],\n[3, 1, 1, 1],\n[0, 1, 2, 1]]\nmultapses = false\n"),
         19,
         {"projection.p.synapses synapse 2 leads from source 0 to target 1, as synapse 0 does, and multapses is "
          "false"}},
        {with(
             "[projection.p]\nsource = \"inh\"\ntarget = \"everyone\"\nrule = \"explicit\"\nautapses = false\nsynapses "
             "= [[0, 0, 1, 1],\n[1, 9, 1, 1]]\n"),
         19,
         {"synapse 1 leads from source 1 to target 9, which are one neuron, and autapses is false"}},
        {with(head + "storage = \"procedural\"\nshort_term = {}\n"), 18, {"projection.p.storage", "short_term"}},
        // plasticity, in a table of its own: line by line
        {with(head + "plasticity = \"pair\"\n"), 18, {"projection.p.plasticity is \"pair\""}},
        {plasticity(""), 18, {"projection.p.plasticity.rule is missing", "triplet", "polychronization-2006"}},
        {plasticity("rule = \"pairs\"\n"), 20, {"plasticity.rule is \"pairs\"", "did you mean pair?"}},
        {plasticity("rule = \"pair\"\na3_plus = 1\n"), 21, {"plasticity.a3_plus goes with rule = \"triplet\""}},
        {plasticity("rule = \"triplet\"\na_plus = 1\n"), 21, {"plasticity.a_plus goes with pairs", "\"triplet\""}},
        {plasticity("rule = \"pair\"\ninterval_ms = 1\n"), 21, {"interval_ms goes with change = \"accumulated\""}},
        {plasticity("rule = \"pair\"\nchange = \"rewarded\"\ndrift = 1\n"), 22, {"drift goes with", "\"rewarded\""}},
        {plasticity("rule = \"polychronization-2006\"\nbaseline = 1\n"), 21, {"baseline goes with", "\"accumulated\""}},
        {plasticity("rule = \"pair\"\nchange = \"reward\"\n"), 21, {"change is \"reward\"", "did you mean rewarded?"}},
        {plasticity("rule = \"pair\"\npairing = \"near\"\n"), 21, {"plasticity.pairing is \"near\""}},
        {plasticity("rule = \"pair\"\ndependence = 1\n"), 21, {"dependence is 1", "\"multiplicative\""}},
        {plasticity("rule = \"pair\"\ntau_plus = 1\n"), 21, {"plasticity.tau_plus is", "did you mean tau_plus_ms?"}},
        {plasticity("rule = \"pair\"\nhigest = 1\n"), 21, {"plasticity.higest is unknown", "did you mean highest?"}},
        {plasticity("rule = \"pair\"\na_plus = 1e9\n"), 21, {"projection.p.plasticity.a_plus is 1e+09"}},
        {plasticity("rule = \"pair\"\na_plus = 1\ntau_minus_ms = 0\n"),
         22,
         {"projection.p.plasticity.tau_minus_ms is 0"}},
        {plasticity("rule = \"pair\"\nhighest = 0\n"), 19, {"lowest is 0", "below highest"}},
        {plasticity("rule = \"pair\"\nhighest = 0.5\n"), 17, {"projection.p.weight can be 1", "0 to 0.5"}},
        {plasticity("rule = \"pair\"\ndendritic_delay_ms = 2\n"), 21, {"dendritic_delay_ms is 2", "0 to 1"}},
        // Both have a tau_x_ms.
        {with(head + "short_term = { tau_x_ms = 10 }\nplasticity = { rule = \"triplet\", tau_x_ms = 0 }\n"),
         19,
         {"projection.p.plasticity.tau_x_ms is 0"}},
        // The table's `rule` is not the projection's.
        {with("[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"one-to-one\"\nweight = 1\n"
              "[projection.p.plasticity]\nrule = \"pair\"\n"),
         16,
         {"projection.p.rule", "equal size"}},
        // spread delays
        {with(head + "delay_ms = { spread = [1, 20] }\n"), 18, {"projection.p.delay_ms is spread", "fixed-outdegree"}},
        {with(head + "delay_ms = { spread = [1] }\n"), 18, {"projection.p.delay_ms.spread has 1 item"}},
        {with(head + "delay_ms = { even = [1, 2] }\n"), 18, {"is not a distribution", "spread = [low, high]"}},
        {"[population.p]\nsize = 1\nc = { spread = [1, 2] }\n", 3, {"spread is for the delays of a projection"}},
        // [network], [stimulus]
        {"[network]\ndopamine_tau_ms = 0\n[population.p]\nsize = 1\n", 2, {"network.dopamine_tau_ms is 0"}},
        {with("[stimulus.s]\ntarget = \"exc\"\ntype = \"random-neurons\"\n"), 13, {"amplitude is missing"}},
        {with("[stimulus.s]\ntarget = \"exc\"\ntype = \"random-neurons\"\namplitude = 1\nneurons = 0\n"),
         17,
         {"stimulus.s.neurons is 0"}},
        {with("[stimulus.s]\ntarget = \"exc\"\ntype = \"dc\"\namplitude = 1\nneurons = 1\n"),
         17,
         {"neurons goes with type = \"random-neurons\""}},
        // [reward]
        {with("[reward.r]\namount = 1\n"), 13, {"reward.r.type is missing", "times, coincidence"}},
        {with("[reward.r]\ntype = \"time\"\n"), 14, {"reward.r.type is \"time\"", "did you mean times?"}},
        {with("[reward.r]\ntype = \"times\"\n"), 13, {"reward.r.times_ms is missing"}},
        {with("[reward.r]\ntype = \"times\"\ntimes_ms = [1, -1]\n"), 15, {"reward.r.times_ms holds -1"}},
        {with("[reward.r]\ntype = \"times\"\ntimes_ms = [1]\nwindow_ms = 3\n"),
         16,
         {"window_ms goes with type = \"coincidence\""}},
        {with("[reward.r]\ntype = \"times\"\ntimes_ms = [1]\namount = 1e9\n"), 16, {"reward.r.amount is 1e+09"}},
        {with("[reward.r]\ntype = \"times\"\ntimes_ms = [1]\n"), 13, {"reward.r has no effect", "plasticity"}},
        {with("[reward.r]\ntype = \"coincidence\"\n"), 13, {"reward.r.projection is missing"}},
        {with(learning + "[reward.r]\ntype = \"coincidence\"\nprojection = \"q\"\n"),
         21,
         {"reward.r.projection names no projection: \"q\"", "p"}},
        {with(head + "[reward.r]\ntype = \"coincidence\"\nprojection = \"p\"\n"),
         20,
         {"reward.r.projection", "plasticity"}},
        {with(learning + "[reward.r]\ntype = \"coincidence\"\nprojection = \"p\"\nsource = 8\n"),
         22,
         {"reward.r.source is 8", "0 to 7"}},
        {with(learning + "[reward.r]\ntype = \"coincidence\"\nprojection = \"p\"\nstart_weight = 11\n"),
         22,
         {"reward.r.start_weight is 11", "0 to 10"}},
        {with(learning + "[reward.r]\ntype = \"coincidence\"\nprojection = \"p\"\ntimes_ms = [1]\n"),
         22,
         {"times_ms goes with type = \"times\""}},
        {with("[reward]\ntype = \"times\"\n"), 14, {"reward.type is \"times\"", "[reward.NAME]"}},
        // [weights]
        {with("[weights.w]\nsample = 1\n"), 13, {"weights.w.projection is missing"}},
        {with(learning + "[weights.w]\nprojection = 3\n"), 20, {"weights.w.projection is 3"}},
        {with(head + "[weights.w]\nprojection = \"p\"\n"),
         19,
         {"weights.w.projection is \"p\", which has no plasticity", "the network has none"}},
        {with(learning + "[projection.q]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"all-to-all\"\nweight = 1\n" +
              "[weights.w]\nprojection = \"q\"\n"),
         25,
         {"weights.w.projection is \"q\", which has no plasticity; allowed: one of p"}},
        {with(learning + "[weights.w]\nprojection = \"p\"\nsample = 0\n"), 21, {"weights.w.sample is 0"}},
        {with(learning + "[weights.w]\nprojection = \"p\"\ninterval_ms = 0\n"), 21, {"weights.w.interval_ms is 0"}},
        {with(learning + "[weights.w]\nprojection = \"p\"\ninterval = 1\n"),
         21,
         {"weights.w.interval is unknown", "did you mean interval_ms?"}},
    });
}

TEST_CASE("network faults: a check tells all faults, in the order of lines") {
    const auto faults = io::check_network("[trace.t]\npopulation = \"nobody\"\nneurons = [0]\n"
                                          "[network]\nnam = \"x\"\nseed = -1\n"
                                          "[population.exc]\nsize = \"many\"\nsise = 2\n",
                                          "f.toml");
    std::vector<std::string> starts;
    for (const std::string& fault : faults) starts.push_back(fault.substr(0, fault.find(' ')));
    CHECK(starts == std::vector<std::string>{"f.toml:2:", "f.toml:5:", "f.toml:6:", "f.toml:8:", "f.toml:9:"});
    CHECK(io::check_network(kValid, kOrigin).empty());
}

TEST_CASE("network faults: synapses from a file, with that file's lines in faults") {
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
        {"", ":0", "holds nothing; allowed: a first line that names the columns"},
        {"0,1,1,1\n", ":1", "allowed: a first line that names the columns source,target,weight,delay_ms"},
        {columns + "0,1,1\n", ":2", "has 3 columns"},
        {columns + "0,1,1,1\n\n7\n", ":4", "has 1 columns"},
        {columns + "0,1,1,1\n8,1,1,1\n", ":3", "source is 8; allowed: 0 to 7"},
        {columns + "0,1,1,1\n0,-1,1,1\n", ":3", "target is -1; allowed: 0 to 1"},
        {columns + "0,1,x,1\n", ":2", "weight is x; allowed: a finite number"},
        {columns + "0,1,nan,1\n", ":2", "weight is nan"},
        {columns + "0,1,1,1e999\n", ":2", "the delay is 1e999"},
        {columns + "0,1,1,1\n0,1,1,0\n", ":3", "delay_ms 0"},
        {columns + "0,1,1,1\n0,1,1e7,1\n", ":3", "1e+07"},
        {std::string("\0\0\0\n", 4), ":1", "allowed"},
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

    // Weights that the rest of the projection forbids.
    folder.write("net.toml", head + "plasticity = { rule = \"pair\" }\n");
    folder.write("s.csv", columns + "0,1,1,1\n0,1,10.5,1\n");
    std::string said;
    try {
        (void)io::load_network(net);
    } catch (const Error& error) { said = error.what(); }
    CAPTURE(said);
    CHECK(said.rfind(csv + ":3: projection.p.synapses synapse 1 has weight 10.5; allowed: 0 to 10", 0) == 0);
}

TEST_CASE("network faults: files that are none") {
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

TEST_CASE("network faults: hostile texts are refused") {
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

TEST_CASE("network faults: broken at random, it is refused or read, never worse") {
    const std::string sound = with(
        "[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"fixed-indegree\"\nindegree = 1\n"
        "weight = { uniform = [0.0, 1.5], scale = 2 }\n[trace.t]\npopulation = \"exc\"\nneurons = { first = 1, "
        "count = 3 }\n"
        "[stimulus.s]\ntarget = \"inh\"\ntype = \"spikes\"\nweight = 1\ntimes_ms = [1, 2.5]\n"
        "[projection.q]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"fixed-outdegree\"\noutdegree = 2\nweight = 1\n"
        "dynamics = { type = \"alpha\", tau_ms = 5 }\nplasticity = { rule = \"pair\", highest = 3 }\n"
        "[reward.r]\ntype = \"coincidence\"\nprojection = \"q\"\n[weights.w]\nprojection = \"q\"\nsample = 2\n");
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
