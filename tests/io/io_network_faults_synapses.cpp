// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Network files: what is refused of synapses, learning and lists of synapses, with its line.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "izhi/io/network_file.hpp"
#include "network_faults.hpp"
#include "network_texts.hpp"

using namespace izhi;
using namespace izhi::test;

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
        {plasticity("rule = \"pair\"\nmu_plus = 1\n"), 21, {"plasticity.mu_plus goes with dependence = \"power\""}},
        {plasticity("rule = \"pair\"\ndependence = \"power\"\nmu_minus = -1\n"),
         22,
         {"projection.p.plasticity.mu_minus is -1", "0 to 10"}},
        {plasticity("rule = \"triplet\"\nset = \"cortex\"\n"),
         21,
         {"plasticity.set is \"cortex\"", "visual-cortex-minimal"}},
        {plasticity("rule = \"pair\"\nset = \"hippocampus\"\n"), 21, {"plasticity.set goes with rule = \"triplet\""}},
        {plasticity("rule = \"triplet\"\na2_plus = 1\nscale = 2\n"), 22, {"scale goes with a set of amplitudes"}},
        {plasticity("rule = \"triplet\"\nset = \"hippocampus\"\nscale = 0\n"), 20, {"all its amplitudes are 0"}},
        {plasticity("rule = \"pair\"\neta = 1\n"), 21, {"plasticity.eta goes with rule = \"symmetric\""}},
        {plasticity("rule = \"symmetric\"\npairing = \"nearest\"\n"), 21, {"pairing does not go with", "symmetric"}},
        {plasticity("rule = \"symmetric\"\na_plus = 1\n"), 21, {"a_plus goes with pairs"}},
        {plasticity("rule = \"symmetric\"\neta = 2e4\n"), 21, {"projection.p.plasticity.eta is 20000"}},
        {plasticity("rule = \"symmetric\"\ntarget_rate_hz = -1\n"), 21, {"target_rate_hz is -1"}},
        {plasticity("rule = \"symmetric\"\ntau_ms = 0\n"), 21, {"projection.p.plasticity.tau_ms is 0"}},
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
        {with(head + "weight_quantum = 0.3\n"), 18, {"projection.p.weight_quantum is 0.3", "a power of two"}},
        {with(head + "weight_quantum = \"fine\"\n"), 18, {"projection.p.weight_quantum is \"fine\""}},
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
        {with(learning + "[weights.w]\nprojection = \"p\"\neligibility = 1\n"),
         21,
         {"weights.w.eligibility is 1", "true"}},
        {with(learning + "[weights.w]\nprojection = \"p\"\neligibility = true\n"),
         21,
         {"weights.w.eligibility is true, and the weights of \"p\" change at once; allowed: false; or a projection "
          "whose "
          "changes are accumulated or rewarded"}},
        {with(learning + "[weights.w]\nprojection = \"p\"\ninterval = 1\n"),
         21,
         {"weights.w.interval is unknown", "did you mean interval_ms?"}},
    });
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
