// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "reference_synapses.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <variant>

namespace izhi::test {
namespace {

double whole_steps(double ms, double dt) { return std::round(ms / dt); }

/// The sum of exp(-age / tau) over the times that are at most `now`; of nearest pairing, the last one's alone.
double trace_up_to(const std::vector<std::uint64_t>& times, std::uint64_t now, double tau_steps, Pairing pairing) {
    double sum = 0.0;
    for (auto t = times.rbegin(); t != times.rend(); ++t) {
        if (*t > now) continue;
        sum += std::exp(-static_cast<double>(now - *t) / tau_steps);
        if (pairing == Pairing::nearest) break;
    }
    return sum;
}

/// The same over the times before `now`.
double trace_before(const std::vector<std::uint64_t>& times, std::uint64_t now, double tau_steps, Pairing pairing) {
    return now == 0 ? 0.0 : std::exp(-1.0 / tau_steps) * trace_up_to(times, now - 1, tau_steps, pairing);
}

template <class Rule>
double size_of_change(const Rule& rule, const Plasticity& plasticity, double weight, bool up) {
    if (rule.dependence == WeightDependence::additive) return 1.0;
    const double range = plasticity.highest - plasticity.lowest;
    const double share = (up ? plasticity.highest - weight : weight - plasticity.lowest) / range;
    if (rule.dependence == WeightDependence::multiplicative) return share;
    return std::pow(std::max(share, 0.0), up ? rule.mu_plus : rule.mu_minus);
}

}  // namespace

ReferenceSynapses::ReferenceSynapses(const Simulation& wired)
    : network_(wired.network()), dt_(network_.dt_ms()), out_(network_.neuron_count()),
      spikes_(network_.neuron_count()) {
    const NetworkDescription& description = network_.description();
    std::vector<std::vector<Simulation::Synapse>> others;
    for (std::uint32_t n = 0; n < network_.neuron_count(); ++n) others.push_back(wired.synapses_of(n));
    for (std::size_t p = 0; p < description.projections.size(); ++p) {
        if (!description.projections[p].spec.plasticity) continue;
        for (const PlasticSynapse& s : wired.plastic_synapses(ProjectionId(p))) {
            auto& row = others[s.source];
            const auto twin = std::find_if(row.begin(), row.end(), [&](const Simulation::Synapse& o) {
                return o.target == s.target && o.delay_steps == s.delay_steps &&
                       std::abs(o.weight - s.weight) <= 0.5 * network_.weight_quantum(ProjectionId(p));
            });
            if (twin == row.end()) throw std::logic_error("a plastic synapse is not among the synapses of its source");
            row.erase(twin);
            add({s.target, s.weight, s.delay_steps}, s.source, p, true);
        }
    }
    for (std::uint32_t n = 0; n < network_.neuron_count(); ++n) {
        for (const Simulation::Synapse& s : others[n]) {
            std::optional<std::size_t> found;
            for (std::size_t p = 0; p < description.projections.size(); ++p) {
                if (spec_of(p).plasticity || !may_be_of(p, n, s)) continue;
                if (found && (spec_of(p).dynamics != spec_of(*found).dynamics ||
                              spec_of(p).short_term != spec_of(*found).short_term))
                    throw std::logic_error("a synapse may be of two projections");
                found = p;
            }
            add(s, n, found.value(), false);
        }
    }
    std::uint32_t longest = 1;
    for (const Synapse& s : synapses_) longest = std::max(longest, s.delay);
    arriving_.resize(longest + 1);
}

void ReferenceSynapses::add(const Simulation::Synapse& synapse, std::uint32_t source, std::size_t projection,
                            bool plastic) {
    if (plastic) plastic_.push_back(synapses_.size());
    out_[source].push_back(synapses_.size());
    synapses_.push_back(
        {synapse.target, synapse.delay_steps, synapse.weight, projection, channel_of(spec_of(projection).dynamics)});
}

bool ReferenceSynapses::may_be_of(std::size_t projection, std::uint32_t source,
                                  const Simulation::Synapse& synapse) const {
    const auto& described = network_.description().projections[projection];
    const auto first = [&](const Selection& s) { return s.population ? network_.first_neuron(*s.population) : 0; };
    const auto size = [&](const Selection& s) {
        return s.population ? network_.description().populations[s.population->index].size : network_.neuron_count();
    };
    const std::uint32_t from = source - first(described.source), to = synapse.target - first(described.target);
    if (from >= size(described.source) || to >= size(described.target)) return false;
    const auto steps = [&](double ms) { return std::max(1.0, whole_steps(ms, dt_)); };
    if (const auto* list = std::get_if<ExplicitList>(&described.spec.rule))
        return std::any_of(list->synapses.begin(), list->synapses.end(), [&](const ExplicitSynapse& e) {
            return e.source == from && e.target == to && steps(e.delay_ms) == synapse.delay_steps;
        });
    const Distribution& d = described.spec.delay_ms;
    const bool clipped = d.kind == Distribution::Kind::normal;
    const double low = steps(clipped ? d.p2 : d.p0);
    const double high = steps(clipped ? d.p3 : d.kind == Distribution::Kind::constant ? d.p0 : d.p1);
    return synapse.delay_steps >= low && synapse.delay_steps <= high;
}

std::size_t ReferenceSynapses::channel_of(const SynapseDynamics& dynamics) {
    for (std::size_t c = 0; c < channels_.size(); ++c)
        if (channels_[c].dynamics == dynamics) return c;
    const std::vector<double> zeros(network_.neuron_count());
    channels_.push_back({dynamics, zeros, zeros, zeros});
    return channels_.size() - 1;
}

const ProjectionSpec& ReferenceSynapses::spec_of(std::size_t projection) const {
    return network_.description().projections[projection].spec;
}

std::uint64_t ReferenceSynapses::dendritic_steps(const Synapse& synapse) const {
    return static_cast<std::uint64_t>(whole_steps(spec_of(synapse.projection).plasticity->dendritic_delay_ms, dt_));
}

void ReferenceSynapses::arrive(std::uint64_t step, std::span<const ReferenceNeuron> neurons, std::span<double> input) {
    dopamine_ *= std::exp(-dt_ / network_.description().spec.dopamine_tau_ms);
    auto& due = arriving_[step % arriving_.size()];
    for (const Arrival& arrival : due) {
        Synapse& s = synapses_[arrival.synapse];
        const bool plastic = spec_of(s.projection).plasticity.has_value();
        double weight = s.weight * arrival.factor;
        if (plastic) {
            const double quantum = network_.weight_quantum(ProjectionId(s.projection));
            weight = std::round(weight / quantum) * quantum;
        }
        channels_[s.channel].arrived[s.target] += weight;
        if (!plastic) continue;
        depress(s, step);
        s.arrivals.push_back(step);
    }
    due.clear();
    for (Channel& channel : channels_) {
        add_currents(channel, neurons, input);
        std::fill(channel.arrived.begin(), channel.arrived.end(), 0.0);
    }
    apply_changes(step);
}

void ReferenceSynapses::add_currents(Channel& channel, std::span<const ReferenceNeuron> neurons,
                                     std::span<double> input) const {
    for (std::size_t n = 0; n < input.size(); ++n) {
        double &g = channel.state[n], &rise = channel.rise[n];
        const double arrived = channel.arrived[n];
        if (std::holds_alternative<DeltaCurrent>(channel.dynamics)) {
            input[n] += arrived / dt_;
        } else if (const auto* exponential = std::get_if<ExponentialCurrent>(&channel.dynamics)) {
            g += arrived * exponential->tau_ms / dt_ * (1.0 - std::exp(-dt_ / exponential->tau_ms));
            input[n] += g;
            g *= std::exp(-dt_ / exponential->tau_ms);
        } else if (const auto* alpha = std::get_if<AlphaCurrent>(&channel.dynamics)) {
            const double p = std::exp(-dt_ / alpha->tau_ms);
            const double share = alpha->tau_ms / dt_ * (1.0 - p);
            rise += arrived * share * share / p * std::numbers::e / alpha->tau_ms;
            input[n] += g;
            g = p * (g + dt_ * rise);
            rise *= p;
        } else if (const auto* conductance = std::get_if<Conductance>(&channel.dynamics)) {
            const double v = neurons[n].v, x = (v + 80.0) / 60.0 * ((v + 80.0) / 60.0);
            g += arrived * conductance->tau_ms / dt_ * (1.0 - std::exp(-dt_ / conductance->tau_ms));
            input[n] +=
                g * (conductance->factor == VoltageFactor::nmda ? x / (1.0 + x) : 1.0) * (conductance->reversal_mv - v);
            g *= std::exp(-dt_ / conductance->tau_ms);
        }
    }
}

void ReferenceSynapses::fire(std::uint64_t step, std::span<const std::uint32_t> fired) {
    for (const std::uint32_t n : fired) {
        spikes_[n].push_back(step);
        for (const std::size_t i : out_[n]) {
            const Synapse& s = synapses_[i];
            const auto& law = spec_of(s.projection).short_term;
            arriving_[(step + s.delay) % arriving_.size()].push_back(
                {i, law ? short_term_factor(*law, spikes_[n]) : 1.0});
        }
    }
    for (const std::size_t i : plastic_) potentiate(synapses_[i], step);
    for (const RewardSpec& reward : network_.description().rewards)
        for (const double t : std::get<RewardTimes>(reward.when).times_ms)
            if (std::max(1.0, whole_steps(t, dt_)) == static_cast<double>(step + 1)) dopamine_ += reward.amount;
}

/// u x of the last spike, from all before it.
double ReferenceSynapses::short_term_factor(const ShortTermPlasticity& law, const Times& spikes) const {
    double u = 0.0, x = 1.0, released = 0.0;
    std::uint64_t last = 0;
    for (const std::uint64_t t : spikes) {
        const double ms = static_cast<double>(t - last) * dt_;
        u *= std::exp(-ms / law.tau_u_ms);
        x = 1.0 - (1.0 - x) * std::exp(-ms / law.tau_x_ms);
        u += law.utilisation * (1.0 - u);
        released = u * x;
        x -= released;
        last = t;
    }
    return released;
}

/// An arrival at the soma in `step`: the synapse had it a dendrite earlier, and target spikes reach the synapse that much later.
void ReferenceSynapses::depress(Synapse& synapse, std::uint64_t step) {
    const std::uint64_t shift = 2 * dendritic_steps(synapse);
    const Plasticity& plasticity = *spec_of(synapse.projection).plasticity;
    const Times& targets = spikes_[synapse.target];
    // What the synapse knows of its target, `shift` steps late.
    const auto of_target = [&](double tau_ms, Pairing pairing) {
        return step < shift ? 0.0 : trace_before(targets, step - shift, tau_ms / dt_, pairing);
    };
    const auto of_source = [&](double tau_ms, Pairing pairing) {
        return trace_before(synapse.arrivals, step, tau_ms / dt_, pairing);
    };
    if (const auto* pair = std::get_if<PairStdp>(&plasticity.rule)) {
        change(synapse, -pair->a_minus * of_target(pair->tau_minus_ms, pair->pairing) *
                            size_of_change(*pair, plasticity, synapse.weight, false));
    } else if (const auto* triplet = std::get_if<TripletStdp>(&plasticity.rule)) {
        const double amount = triplet->a2_minus + triplet->a3_minus * of_source(triplet->tau_x_ms, triplet->pairing);
        change(synapse, -amount * of_target(triplet->tau_minus_ms, triplet->pairing) *
                            size_of_change(*triplet, plasticity, synapse.weight, false));
    } else {
        const auto& symmetric = std::get<SymmetricStdp>(plasticity.rule);
        const double alpha = 2.0 * symmetric.target_rate_hz * symmetric.tau_ms / 1000.0;
        change(synapse, symmetric.eta * (of_target(symmetric.tau_ms, Pairing::all_to_all) - alpha));
    }
}

/// A spike of the target that its synapse sees with the arrivals up to `step`.
void ReferenceSynapses::potentiate(Synapse& synapse, std::uint64_t step) {
    const std::uint64_t shift = 2 * dendritic_steps(synapse);
    const Times& targets = spikes_[synapse.target];
    if (step < shift || !std::binary_search(targets.begin(), targets.end(), step - shift)) return;
    const Plasticity& plasticity = *spec_of(synapse.projection).plasticity;
    const auto of_source = [&](double tau_ms, Pairing pairing) {
        return trace_up_to(synapse.arrivals, step, tau_ms / dt_, pairing);
    };
    if (const auto* pair = std::get_if<PairStdp>(&plasticity.rule)) {
        change(synapse, pair->a_plus * of_source(pair->tau_plus_ms, pair->pairing) *
                            size_of_change(*pair, plasticity, synapse.weight, true));
    } else if (const auto* triplet = std::get_if<TripletStdp>(&plasticity.rule)) {
        const double slow = trace_before(targets, step - shift, triplet->tau_y_ms / dt_, triplet->pairing);
        change(synapse, (triplet->a2_plus + triplet->a3_plus * slow) *
                            of_source(triplet->tau_plus_ms, triplet->pairing) *
                            size_of_change(*triplet, plasticity, synapse.weight, true));
    } else {
        const auto& symmetric = std::get<SymmetricStdp>(plasticity.rule);
        change(synapse, symmetric.eta * of_source(symmetric.tau_ms, Pairing::all_to_all));
    }
}

void ReferenceSynapses::change(Synapse& synapse, double amount) const {
    const Plasticity& plasticity = *spec_of(synapse.projection).plasticity;
    if (std::holds_alternative<ImmediateChange>(plasticity.change))
        synapse.weight = std::clamp(synapse.weight + amount, plasticity.lowest, plasticity.highest);
    else synapse.change += amount;
}

void ReferenceSynapses::apply_changes(std::uint64_t step) {
    for (const std::size_t i : plastic_) {
        Synapse& s = synapses_[i];
        const Plasticity& plasticity = *spec_of(s.projection).plasticity;
        const auto due = [&](double interval_ms) {
            return (step + 1) % static_cast<std::uint64_t>(std::max(1.0, whole_steps(interval_ms, dt_))) == 0;
        };
        const auto set = [&](double weight) { s.weight = std::clamp(weight, plasticity.lowest, plasticity.highest); };
        if (const auto* summed = std::get_if<AccumulatedChange>(&plasticity.change);
            summed && due(summed->interval_ms)) {
            s.change *= summed->decay;
            set(s.weight + summed->drift + s.change);
        }
        if (const auto* rewarded = std::get_if<RewardedChange>(&plasticity.change);
            rewarded && due(rewarded->interval_ms)) {
            set(s.weight + (rewarded->baseline + dopamine_) * s.change);
            s.change *= rewarded->decay;
        }
    }
}

std::vector<double> ReferenceSynapses::plastic_weights(std::size_t projection) const {
    std::vector<double> weights;
    for (const std::size_t i : plastic_)
        if (synapses_[i].projection == projection) weights.push_back(synapses_[i].weight);
    return weights;
}

}  // namespace izhi::test
