// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Network files: synapses with a course in time, plasticity, rewards, recorded weights.
#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "izhi/io/network_file.hpp"
#include "network_texts.hpp"

using namespace izhi;
using namespace izhi::test;

TEST_CASE("network file: what synapses do, how they learn, what rewards them, which weights are recorded") {
    const NetworkDescription d = described(R"(
[network]
noise = "uniform"
dopamine_tau_ms = 150
[population.exc]
size = 80
[population.inh]
size = 20

[projection.exponential]
source = "exc"
target = "inh"
rule = "fixed-outdegree"
outdegree = 10
weight = 1
delay_ms = { spread = [1, 20] }
dynamics = { type = "exponential", tau_ms = 3 }
short_term = { utilisation = 0.3, tau_u_ms = 40, tau_x_ms = 600 }
[projection.alpha]
source = "exc"
target = "inh"
rule = "all-to-all"
weight = 1
dynamics = { type = "alpha", tau_ms = 4 }
short_term = { type = "inhibitory", tau_x_ms = 55 }
[projection.conductance]
source = "exc"
target = "inh"
rule = "all-to-all"
weight = 1
dynamics = { type = "conductance", tau_ms = 7, reversal_mv = -10, voltage_factor = "nmda" }
short_term = {}
[projection.nmda]
source = "exc"
target = "inh"
rule = "all-to-all"
weight = 1
dynamics = { type = "nmda" }
[projection.slow]
source = "inh"
target = "exc"
rule = "all-to-all"
weight = 1
dynamics = { type = "gaba-b", tau_ms = 160 }
[projection.delta]
source = "inh"
target = "exc"
rule = "all-to-all"
weight = 1
dynamics = { type = "delta" }

[projection.pairs]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
weight = 1
delay_ms = 5
[projection.pairs.plasticity]
rule = "pair"
a_plus = 0.2
a_minus = 0.3
tau_plus_ms = 11
tau_minus_ms = 12
pairing = "nearest"
dependence = "multiplicative"
lowest = 0.5
highest = 3
dendritic_delay_ms = 2
[projection.triplets]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
weight = 1
[projection.triplets.plasticity]
rule = "triplet"
a2_plus = 0.1
a2_minus = 0.2
a3_plus = 0.3
a3_minus = 0.4
tau_plus_ms = 21
tau_minus_ms = 22
tau_x_ms = 23
tau_y_ms = 24
change = "accumulated"
interval_ms = 500
decay = 0.8
drift = 0.02
[projection.rewarded]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
weight = 1
plasticity = { rule = "pair", change = "rewarded", interval_ms = 20, decay = 0.95, baseline = 0.01 }
[projection.of-2006]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
weight = 6
plasticity = { rule = "polychronization-2006" }
[projection.of-2007]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
weight = 1
plasticity = { rule = "distal-reward-2007", highest = 5, interval_ms = 5 }
[projection.of-2006-at-once]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
weight = 1
plasticity = { rule = "polychronization-2006", change = "immediate" }
[projection.powers]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
weight = 1
plasticity = { rule = "pair", dependence = "power", mu_plus = 0.4, mu_minus = 2 }
[projection.named-triplets]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 10
weight = 1
plasticity = { rule = "triplet", set = "hippocampus", pairing = "nearest", scale = 5, tau_y_ms = 50 }
[projection.balance]
source = "inh"
target = "exc"
rule = "all-to-all"
weight = 1
plasticity = { rule = "symmetric", eta = 0.3, tau_ms = 30, target_rate_hz = 4, highest = 7 }

[stimulus.random]
target = "exc"
type = "random-neurons"
amplitude = 20
neurons = 2
start_ms = 3
stop_ms = 9

[reward.given]
type = "times"
times_ms = [5, 10.5]
amount = 0.25
[reward.earned]
type = "coincidence"
projection = "of-2007"
source = 3
number = 4
window_ms = 15
shortest_delay_ms = 100
longest_delay_ms = 200
start_weight = 0
[reward.by-default]
type = "coincidence"
projection = "rewarded"

[weights.all]
projection = "of-2006"
[weights.some]
projection = "of-2007"
sample = 50
interval_ms = 250
)");
    CHECK(d.spec.noise == NoiseLaw::uniform);
    CHECK(d.spec.dopamine_tau_ms == 150.0);
    CHECK(d.projections[0].spec.delay_ms == spread(1.0, 20.0));
    const auto dynamics = [&](std::size_t p) { return d.projections[p].spec.dynamics; };
    CHECK(dynamics(0) == SynapseDynamics{ExponentialCurrent{3.0}});
    CHECK(dynamics(1) == SynapseDynamics{AlphaCurrent{4.0}});
    CHECK(dynamics(2) == SynapseDynamics{Conductance{7.0, -10.0, VoltageFactor::nmda}});
    CHECK(dynamics(3) == SynapseDynamics{nmda()});
    CHECK(dynamics(4) == SynapseDynamics{Conductance{160.0, -90.0, VoltageFactor::none}});
    CHECK(dynamics(5) == SynapseDynamics{DeltaCurrent{}});
    CHECK(d.projections[0].spec.short_term == ShortTermPlasticity{0.3, 40.0, 600.0});
    CHECK(d.projections[1].spec.short_term == ShortTermPlasticity{0.15, 750.0, 55.0});
    CHECK(d.projections[2].spec.short_term == excitatory_short_term());
    CHECK_FALSE(d.projections[3].spec.short_term.has_value());
    CHECK_FALSE(d.projections[5].spec.plasticity.has_value());

    const auto plasticity = [&](std::size_t p) { return d.projections[p].spec.plasticity.value(); };
    CHECK(plasticity(6) ==
          Plasticity{PairStdp{0.2, 0.3, 11.0, 12.0, Pairing::nearest, WeightDependence::multiplicative},
                     ImmediateChange{}, 0.5, 3.0, 2.0});
    CHECK(plasticity(7) == Plasticity{TripletStdp{0.1, 0.2, 0.3, 0.4, 21.0, 22.0, 23.0, 24.0},
                                      AccumulatedChange{500.0, 0.8, 0.02}, 0.0, 10.0, 0.0});
    CHECK(plasticity(8) == Plasticity{PairStdp{}, RewardedChange{20.0, 0.95, 0.01}, 0.0, 10.0, 0.0});
    CHECK(plasticity(9) == polychronization_2006());
    Plasticity of_2007 = distal_reward_2007();
    of_2007.highest = 5.0;
    std::get<RewardedChange>(of_2007.change).interval_ms = 5.0;
    CHECK(plasticity(10) == of_2007);
    Plasticity at_once = polychronization_2006();
    at_once.change = ImmediateChange{};
    CHECK(plasticity(11) == at_once);
    PairStdp powers;
    powers.dependence = WeightDependence::power;
    powers.mu_plus = 0.4;
    powers.mu_minus = 2.0;
    CHECK(plasticity(12) == Plasticity{powers, ImmediateChange{}, 0.0, 10.0, 0.0});
    TripletStdp triplets{5 * 4.6e-3, 5 * 3e-3, 5 * 9.1e-3, 5 * 7.5e-9, 16.8, 33.7, 575.0, 50.0};
    triplets.pairing = Pairing::nearest;
    CHECK(plasticity(13) == Plasticity{triplets, ImmediateChange{}, 0.0, 10.0, 0.0});
    CHECK(plasticity(14) == Plasticity{SymmetricStdp{0.3, 30.0, 4.0}, ImmediateChange{}, 0.0, 7.0, 0.0});

    const auto& random = std::get<RandomNeurons>(d.stimuli[0].spec.stimulus);
    CHECK(random.amplitude == 20.0);
    CHECK(random.count == 2);
    CHECK(random.start_ms == 3.0);
    CHECK(random.stop_ms == 9.0);

    REQUIRE(d.rewards.size() == 3);
    CHECK(d.rewards[0].name == "given");
    CHECK(d.rewards[0].amount == 0.25);
    CHECK(std::get<RewardTimes>(d.rewards[0].when).times_ms == std::vector<double>{5.0, 10.5});
    const auto& earned = std::get<RewardCoincidence>(d.rewards[1].when);
    CHECK(earned.synapse == SynapseChoice{ProjectionId(10), 3, 4});
    CHECK(earned.window_ms == 15.0);
    CHECK(earned.shortest_delay_ms == 100.0);
    CHECK(earned.longest_delay_ms == 200.0);
    CHECK(earned.start_weight == 0.0);
    CHECK(d.rewards[1].amount == 0.5);
    const auto& by_default = std::get<RewardCoincidence>(d.rewards[2].when);
    CHECK(by_default.synapse == SynapseChoice{ProjectionId(8), 0, 0});
    CHECK(by_default.longest_delay_ms == 3000.0);
    CHECK_FALSE(by_default.start_weight.has_value());

    REQUIRE(d.weight_records.size() == 2);
    CHECK(d.weight_records[0].name == "all");
    CHECK(d.weight_records[0].projection == ProjectionId(9));
    CHECK_FALSE(d.weight_records[0].sample.has_value());
    CHECK(d.weight_records[0].interval_ms == 1000.0);
    CHECK(d.weight_records[1].projection == ProjectionId(10));
    CHECK(d.weight_records[1].sample == 50U);
    CHECK(d.weight_records[1].interval_ms == 250.0);
}
