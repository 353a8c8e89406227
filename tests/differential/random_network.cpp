// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "random_network.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

#include "izhi/error.hpp"

namespace izhi::test {
namespace {

/// Builds a network piece by piece. A piece that the library refuses is not taken, so the generator need not know all rules.
class Generator {
public:
    explicit Generator(std::uint64_t seed) : dice_(seed) {
        spec_.name = "random-" + std::to_string(seed);
        spec_.seed = dice_.whole(1, 1'000'000);
        spec_.dt_ms = dice_.chance(0.7) ? 1.0 : dice_.one_of(std::vector<double>{0.5, 0.25, 0.1});
        spec_.numerics = dice_.one_of(std::vector<Numerics>{Numerics::published, Numerics::published, Numerics::euler,
                                                            Numerics::forward_euler, Numerics::accurate});
        spec_.noise = dice_.one_of(std::vector<NoiseLaw>{NoiseLaw::table, NoiseLaw::exact, NoiseLaw::uniform});
        builder_.emplace(spec_);
        otherwise_.emplace(spec_);
    }

    RandomScene scene() {
        const std::uint32_t populations = dice_.number(1, 5), projections = dice_.number(0, 7);
        for (std::uint32_t i = 0; i < populations; ++i) add_population();
        while (neurons_ == 0) add_population();
        for (std::uint32_t i = 0; i < projections; ++i) add_projection();
        for (std::uint32_t i = dice_.number(0, 3); i > 0; --i) add_stimulus();
        if (!plastic_.empty() && dice_.chance(0.6)) add_reward();
        for (std::uint32_t i = dice_.number(0, 2); i > 0; --i) add_trace();
        RandomScene scene{builder_->build(), otherwise_->build(), dice_.whole(60, 260), {}};
        for (std::uint32_t i = dice_.number(0, 6); i > 0; --i)
            add_intervention(scene.network, scene.steps, scene.interventions);
        std::stable_sort(scene.interventions.begin(), scene.interventions.end(),
                         [](const auto& x, const auto& y) { return x.first < y.first; });
        return scene;
    }

private:
    /// @param add adds the piece to a builder. @return whether it was taken
    template <class Add>
    bool take(const Add& add) {
        NetworkBuilder one = *builder_, two = *otherwise_;
        try {
            add(one, false);
            add(two, true);
            (void)one.build();
            (void)two.build();
        } catch (const Error&) { return false; }
        builder_.emplace(std::move(one));
        otherwise_.emplace(std::move(two));
        return true;
    }

    CellType cell() {
        if (dice_.chance(0.15)) return leaky_integrate_and_fire();
        if (dice_.chance(0.2)) {
            const auto& all = nine_parameter_neurons();
            return all[static_cast<std::size_t>(dice_.whole(0, all.size() - 1))].cell();
        }
        CellType type = dice_.one_of(std::vector<CellType>{regular_spiking(), intrinsically_bursting(), chattering(),
                                                           fast_spiking(), low_threshold_spiking(), excitatory_2003(),
                                                           inhibitory_2003()});
        if (dice_.chance(0.2)) type.d = uniform(4.0, 9.0);
        return type;
    }

    void add_population() {
        PopulationSpec spec{.name = "p" + std::to_string(sizes_.size())};
        spec.size = dice_.chance(0.08) ? 0 : dice_.chance(0.4) ? dice_.number(1, 20) : dice_.number(20, 200);
        if (dice_.chance(0.2)) {
            if (dice_.chance(0.5)) {
                spec.source = PoissonSource{.rate_hz = dice_.real(5.0, 120.0)};
            } else {
                SpikeTrains trains;
                for (std::uint32_t n = 0; n < spec.size; n += dice_.number(1, 4))
                    trains.spikes.push_back({dice_.real(1.0, 150.0), n});
                spec.source = std::move(trains);
            }
        } else {
            spec.cell = cell();
            const bool picoamperes = spec.cell.model.in_picoamperes();
            if (dice_.chance(0.8)) spec.noise_stddev = dice_.real(1.0, picoamperes ? 200.0 : 7.0);
            if (dice_.chance(0.15)) spec.noise_stddev = uniform(1.0, 6.0);
        }
        const bool source = spec.source.has_value();
        if (!take([&](NetworkBuilder& net, bool) { (void)net.add_population(spec); })) return;
        sizes_.push_back(spec.size);
        sources_.push_back(source);
        neurons_ += source ? 0 : spec.size;
    }

    PopulationId population() { return {dice_.number(0, static_cast<std::uint32_t>(sizes_.size() - 1))}; }
    Selection target() { return dice_.chance(0.25) ? everyone : Selection(population()); }

    Rule rule(std::uint32_t sources) {
        switch (dice_.whole(0, 8)) {
            case 0: return all_to_all();
            case 1: return one_to_one();
            case 2: return fixed_probability(dice_.real(0.0, 0.3));
            case 3: return fixed_indegree(dice_.number(0, 15));
            case 4: return fixed_total(dice_.whole(0, 800));
            case 5: return pairwise_poisson(dice_.real(0.0, 0.2));
            case 6: {
                std::vector<ExplicitSynapse> synapses;
                for (std::uint32_t i = dice_.number(0, 60); i > 0 && sources > 0; --i)
                    synapses.push_back({dice_.number(0, sources - 1), dice_.number(0, 3), dice_.real(-2.0, 2.0),
                                        dice_.real(1.0, 12.0)});
                return explicit_list(std::move(synapses));
            }
            default: return fixed_outdegree(dice_.number(0, 25), dice_.chance(0.15) ? 2 : 1);
        }
    }

    Distribution weight(bool conductance, bool plastic) {
        const double most = conductance ? 0.2 : plastic ? 4.0 : 6.0;
        const double sign = conductance || plastic || dice_.chance(0.7) ? 1.0 : -1.0;
        switch (dice_.whole(0, 3)) {
            case 0: return sign * dice_.real(0.0, most);
            case 1: return sign > 0.0 ? clipped_normal(0.5 * most, 0.2 * most, 0.0, most) : uniform(-most, 0.0);
            case 2: return sign > 0.0 && !plastic ? lognormal(-1.0, 0.5) : Distribution(sign * 0.5 * most);
            default: return sign > 0.0 ? uniform(0.0, most) : uniform(-most, 0.0);
        }
    }

    Plasticity plasticity() {
        Plasticity plastic{.lowest = 0.0, .highest = 4.0};
        using enum WeightDependence;
        switch (dice_.whole(0, 3)) {
            case 0: plastic.rule = TripletStdp{.a2_plus = 0.01, .a2_minus = 0.02, .a3_plus = 0.05}; break;
            case 1: plastic.rule = SymmetricStdp{.eta = 0.05}; break;
            default:
                plastic.rule =
                    PairStdp{.pairing = dice_.chance(0.5) ? Pairing::all_to_all : Pairing::nearest,
                             .dependence = dice_.one_of(std::vector<WeightDependence>{additive, multiplicative, power}),
                             .mu_plus = 0.4,
                             .mu_minus = 0.7};
        }
        const double interval = dice_.real(2.0, 40.0);
        if (dice_.chance(0.3)) plastic.change = AccumulatedChange{interval, 0.9, 0.01};
        else if (dice_.chance(0.4)) plastic.change = RewardedChange{interval, 0.95, 0.01};
        return plastic;
    }

    void add_projection() {
        const PopulationId from = population();
        const Selection to = target();
        ProjectionSpec spec{.name = "j" + std::to_string(projections_), .rule = rule(sizes_[from.index])};
        const bool plastic = dice_.chance(0.3);
        switch (dice_.whole(0, 7)) {
            case 0: spec.dynamics = ExponentialCurrent{dice_.real(1.0, 10.0)}; break;
            case 1: spec.dynamics = AlphaCurrent{dice_.real(1.0, 10.0)}; break;
            case 2: spec.dynamics = dice_.one_of(std::vector<Conductance>{ampa(), nmda(), gaba_a(), gaba_b()}); break;
            default: break;
        }
        spec.weight = weight(std::holds_alternative<Conductance>(spec.dynamics), plastic);
        if (plastic) spec.plasticity = plasticity();
        if (dice_.chance(0.6)) {
            const double shortest = dice_.real(1.0, 4.0);
            spec.delay_ms =
                dice_.chance(0.6) ? uniform(shortest, shortest + dice_.real(0.0, 25.0)) : Distribution(shortest);
        }
        if (dice_.chance(0.15)) spec.short_term = dice_.chance(0.5) ? excitatory_short_term() : inhibitory_short_term();
        spec.autapses = !dice_.chance(0.2);
        spec.multapses = !dice_.chance(0.2);
        if (std::holds_alternative<ExplicitList>(spec.rule)) spec.weight = spec.delay_ms = {};
        const bool procedural = dice_.chance(0.3);
        const auto with = [&](Storage storage) {
            ProjectionSpec made = spec;
            made.storage = storage;
            return made;
        };
        const Storage first = procedural ? Storage::procedural : Storage::stored;
        const Storage second = procedural ? Storage::stored : Storage::procedural;
        const bool taken =
            take([&](NetworkBuilder& net, bool other) { (void)net.connect(from, to, with(other ? second : first)); }) ||
            take([&](NetworkBuilder& net, bool) { (void)net.connect(from, to, with(Storage::stored)); });
        if (!taken) return;
        if (plastic) plastic_.push_back(projections_);
        else scaled_.push_back(projections_);
        ++projections_;
    }

    void add_stimulus() {
        StimulusSpec spec;
        const double start = dice_.real(0.0, 60.0), stop = start + dice_.real(5.0, 150.0);
        switch (dice_.whole(0, 9)) {
            case 0: spec.stimulus = DirectCurrent{dice_.real(-5.0, 12.0), start, stop}; break;
            case 1: spec.stimulus = Ramp{0.0, dice_.real(0.0, 15.0), start, stop}; break;
            case 2: spec.stimulus = Pulses{dice_.real(0.0, 15.0), start, 3.0, 11.0, dice_.number(1, 9)}; break;
            case 3:
                spec.stimulus = PoissonTrains{.rate_hz = dice_.real(10.0, 400.0), .weight = dice_.real(0.0, 5.0)};
                break;
            case 4: spec.stimulus = SpikeTimes{dice_.real(0.0, 20.0), {start, stop, start + 2.0}}; break;
            case 5: spec.stimulus = RandomNeurons{dice_.real(5.0, 25.0), dice_.number(1, 5), start, stop}; break;
            case 6: spec.stimulus = PulsePacket{dice_.real(0.0, 4.0), {start, stop}, dice_.number(1, 20), 2.0}; break;
            case 7: spec.stimulus = Sine{dice_.real(0.0, 9.0), dice_.real(1.0, 40.0), 30.0, 1.0, start, stop}; break;
            case 8:
                spec.stimulus = OrnsteinUhlenbeck{dice_.real(-1.0, 4.0), dice_.real(0.0, 5.0), 6.0, start, stop};
                break;
            default: spec.stimulus = Waveform{.samples = {1.0, 5.0, -3.0, 8.0}, .interval_ms = 7.0, .start_ms = start};
        }
        const Selection to = target();
        (void)take([&](NetworkBuilder& net, bool) { net.stimulate(to, spec); });
    }

    void add_reward() {
        RewardSpec spec{.amount = 0.4};
        if (dice_.chance(0.5)) spec.when = RewardTimes{{dice_.real(1.0, 50.0), dice_.real(50.0, 120.0)}};
        else
            spec.when = RewardCoincidence{.synapse = {ProjectionId(dice_.one_of(plastic_)), 0, 0},
                                          .shortest_delay_ms = 5.0,
                                          .longest_delay_ms = 25.0};
        (void)take([&](NetworkBuilder& net, bool) {
            net.reward(spec);
            (void)Simulation(net.build(), {.threads = 1});  // the synapse may not exist
        });
    }

    void add_trace() {
        const PopulationId of = population();
        TraceSpec spec{.population = of, .neurons = {0}};
        spec.variables = dice_.chance(0.5) ? std::vector{Variable::v, Variable::u}
                                           : std::vector{Variable::excitatory, Variable::inhibitory, Variable::current};
        spec.interval_ms = dice_.real(1.0, 5.0);
        (void)take([&](NetworkBuilder& net, bool) { net.record_trace(spec); });
    }

    void add_intervention(const Network& network, std::uint64_t steps,
                          std::vector<std::pair<std::uint64_t, Intervention>>& all) {
        const PopulationId of = population();
        const std::uint32_t size = sizes_[of.index];
        Intervention what = NoiseScale{of, dice_.real(0.0, 2.0)};
        switch (dice_.whole(0, 9)) {
            case 0: what = PopulationCurrent{of, dice_.real(-3.0, 8.0)}; break;
            case 1: what = NeuronCurrents{of, 0, {3.0f, -1.0f, 4.5f}}; break;
            case 2:
                what =
                    CurrentPulse{.target = target(), .amplitude = dice_.real(-5.0, 10.0), .steps = dice_.whole(1, 40)};
                break;
            case 3: what = InputSpikes{of, dice_.real(0.0, 30.0), {0, 0, size / 2}}; break;
            case 4: what = ForcedSpikes{of, {0, size / 3}}; break;
            case 5:
                if (!scaled_.empty()) what = WeightScale{ProjectionId(dice_.one_of(scaled_)), dice_.real(0.0, 3.0)};
                break;
            case 6: what = Dopamine{dice_.real(0.0, 0.5)}; break;
            case 7: what = SourceRates{of, 0, {dice_.chance(0.3) ? kRateAsDescribed : 90.0f}}; break;
            case 8:
                if (!plastic_.empty()) what = SynapseWeight{{ProjectionId(dice_.one_of(plastic_)), 0, 0}, 1.5};
                break;
            default: break;
        }
        try {
            check_intervention(network, what);
            Simulation trial(network, {.threads = 1});
            trial.apply(what);  // a synapse may not exist
        } catch (const Error&) { return; }
        all.emplace_back(dice_.whole(0, steps - 1), std::move(what));
    }

    Dice dice_;
    NetworkSpec spec_;
    std::optional<NetworkBuilder> builder_, otherwise_;
    std::vector<std::uint32_t> sizes_;
    std::vector<bool> sources_;
    std::uint64_t neurons_ = 0;
    std::size_t projections_ = 0;
    std::vector<std::size_t> plastic_, scaled_;  ///< projections
};

}  // namespace

RandomScene random_scene(std::uint64_t seed) { return Generator(seed).scene(); }

}  // namespace izhi::test
