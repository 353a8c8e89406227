// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/analysis/groups.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

namespace izhi::analysis {
namespace {

constexpr std::uint32_t kNone = 0xffffffffu;
constexpr float kPeakMv = 30.0f;
/// Neurons of more kinds than this are not found to stay silent.
constexpr std::size_t kMostKinds = 256;

/// One step of a neuron, with the operations of the networks' kernels (simd/body_update.hpp).
template <Numerics Method>
struct Step {
    float dt, step, quadratic, linear;
    explicit Step(float dt_ms)
        : dt(dt_ms), step(Method == Numerics::published ? 0.5f * dt_ms : dt_ms), quadratic(0.04f * step),
          linear(5.0f * step + 1.0f) {}
    void operator()(float& v, float& u, float input, float a, float b) const {
        const float rest = step * ((140.0f - u) + input);
        float slope = a * (b * v - u);
        v = v * (quadratic * v + linear) + rest;
        if constexpr (Method == Numerics::published) v = v * (quadratic * v + linear) + rest;
        if constexpr (Method != Numerics::forward_euler) slope = a * (b * v - u);
        u = u + dt * slope;
    }
};

/// One step of all lanes. Clears the input. @return whether one of them fired
template <Numerics Method>
bool advance(const Step<Method>& step, float* __restrict v, float* __restrict u, float* __restrict input,
             const float* __restrict a, const float* __restrict b, std::size_t lanes) {
    int fired = 0;
    for (std::size_t i = 0; i < lanes; ++i) {
        float v_now = v[i], u_now = u[i];
        step(v_now, u_now, input[i], a[i], b[i]);
        v[i] = v_now;
        u[i] = u_now;
        input[i] = 0.0f;
        fired |= static_cast<int>(v_now >= kPeakMv);
    }
    return fired != 0;
}

/// Calls use(Step) for the numerics of a network.
template <class Use>
decltype(auto) with_step(const GroupNetwork& network, const Use& use) {
    const auto dt_ms = static_cast<float>(network.dt_ms());
    switch (network.numerics()) {
        case Numerics::euler: return use(Step<Numerics::euler>(dt_ms));
        case Numerics::forward_euler: return use(Step<Numerics::forward_euler>(dt_ms));
        case Numerics::published:
        case Numerics::accurate: break;
    }
    return use(Step<Numerics::published>(dt_ms));
}

}  // namespace

GroupNetwork::GroupNetwork(std::vector<GroupNeuron> neurons, std::vector<GroupSynapse> synapses, double dt_ms,
                           Numerics numerics)
    : neurons_(std::move(neurons)), synapses_(std::move(synapses)), dt_ms_(dt_ms), numerics_(numerics) {
    std::sort(synapses_.begin(), synapses_.end(), [](const GroupSynapse& x, const GroupSynapse& y) {
        return std::tie(x.source, x.delay_steps, x.target, x.weight, x.strong) <
               std::tie(y.source, y.delay_steps, y.target, y.weight, y.strong);
    });
    first_.assign(neurons_.size() + 1, 0);
    for (const GroupSynapse& synapse : synapses_) ++first_[synapse.source + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    const auto gather = [&](const auto& wanted, std::vector<Incoming>& incoming, std::vector<std::size_t>& first) {
        first.assign(neurons_.size() + 1, 0);
        for (const GroupSynapse& synapse : synapses_)
            if (wanted(synapse)) ++first[synapse.target + 1];
        std::partial_sum(first.begin(), first.end(), first.begin());
        incoming.resize(first.back());
        std::vector<std::size_t> next(first.begin(), first.end() - 1);
        for (const GroupSynapse& synapse : synapses_)
            if (wanted(synapse)) incoming[next[synapse.target]++] = {synapse.source, synapse.delay_steps};
    };
    gather(
        [&](const GroupSynapse& synapse) {
            const GroupNeuron &source = neurons_[synapse.source], &target = neurons_[synapse.target];
            return synapse.strong && synapse.weight > 0.0f && synapse.source != synapse.target && !source.inhibitory &&
                   !target.inhibitory && source.has_membrane;
        },
        candidates_, first_candidate_);
    gather([](const GroupSynapse& synapse) { return synapse.weight > 0.0f; }, excitation_, first_excitation_);
}

std::uint64_t GroupNetwork::triplets_of(std::uint32_t mother) const noexcept {
    // Of n sources with k1, k2... candidates each: the elementary symmetric polynomial of degree three.
    std::uint64_t one = 0, two = 0, three = 0;
    const auto candidates = candidates_of(mother);
    for (std::size_t i = 0; i < candidates.size();) {
        std::size_t end = i;
        while (end < candidates.size() && candidates[end].neuron == candidates[i].neuron) ++end;
        const std::uint64_t same = end - i;
        three += two * same;
        two += one * same;
        one += same;
        i = end;
    }
    return three;
}

std::vector<std::uint32_t> Group::path() const {
    std::vector<std::uint32_t> found;
    if (spikes.empty()) return found;
    const auto longest = std::max_element(spikes.begin(), spikes.end(),
                                          [](const GroupSpike& x, const GroupSpike& y) { return x.path < y.path; });
    auto at = static_cast<std::uint32_t>(longest - spikes.begin());
    found.push_back(at);
    while (spikes[at].path > 0) {
        const auto link = std::find_if(links.begin(), links.end(), [&](const GroupLink& each) {
            return each.to == at && spikes[each.from].path + 1 == spikes[at].path;
        });
        if (link == links.end()) break;
        at = link->from;
        found.push_back(at);
    }
    std::reverse(found.begin(), found.end());
    return found;
}

GroupFinder::GroupFinder(const GroupNetwork& network, const GroupRules& rules)
    : network_(network), rules_(rules), lane_(network.size(), kNoLane), arriving_(rules.duration_steps),
      last_spike_(network.size(), kNone) {
    if (network.size() > 0) synapses_ = network.synapses_of(0).data();
    for (auto* column : {&lanes_.v, &lanes_.u, &lanes_.input, &lanes_.a, &lanes_.b}) column->resize(network.size());
    lanes_.neuron.resize(network.size());
    const auto dt = network.dt_ms();
    const double step = network.numerics() == Numerics::published ? 0.5 * dt : dt;
    quiet_.resize(network.size());
    dormant_.resize(network.size());
    for (std::uint32_t i = 0; i < network.size(); ++i) {
        // With x = v - rest and y = u - rest: x' = 0.04 x^2 - s x - y, y' = a (b x - y). For y above -s^2 / 0.16 there is a
        // state of balance, and x falls to it from anywhere below 12.5 s; x below 0 lowers y by at most a b |x| / s until it is
        // back. The bounds here are half of these. They hold for steps in which x does not overshoot.
        const GroupNeuron& n = network.neuron(i);
        const double s = -(0.08 * static_cast<double>(n.rest_v) + 5.0), a = n.a, b = n.b;
        constexpr double kDeepest = 20.0;
        const bool known = s > 0.0 && a >= 0.0 && b >= 0.0 && step * (s + 0.04 * kDeepest) <= 1.0 && dt * a <= 1.0;
        if (!known) continue;
        quiet_[i] = Quiet{static_cast<float>(static_cast<double>(n.rest_v) + 6.25 * s),
                          static_cast<float>(static_cast<double>(n.rest_v) - kDeepest),
                          static_cast<float>(static_cast<double>(n.rest_u) - s * s / 0.64),
                          static_cast<float>(2.0 * a * b / s)};
        // If the neuron does not swing (its eigenvalues are real), input above 0 alone never brings y below 0, so that x falls at
        // least as x' = 0.04 x^2 - s x makes it, below the 25 s at which this changes its sign. Inhibition of Z mV lowers y by
        // at most Y = a b Z / s, which moves both points of balance towards each other, by about Y / s each.
        if (s > a && (s - a) * (s - a) >= 4.0 * a * b) dormant_[i].kind = kind_of(s * dt, 2.0 * a * b / (s * s));
    }
}

std::uint32_t GroupFinder::kind_of(double decay, double rebound) {
    const auto same = std::find_if(kinds_.begin(), kinds_.end(),
                                   [&](const Kind& kind) { return kind.decay == decay && kind.rebound == rebound; });
    const auto found = static_cast<std::uint32_t>(same - kinds_.begin());
    if (same != kinds_.end()) return found;
    if (kinds_.size() >= kMostKinds) return kNone;
    Kind kind{.decay = decay, .rebound = rebound, .unstable = static_cast<float>(25.0 * decay / network_.dt_ms())};
    for (std::size_t step = 0; step < kind.left.size(); ++step)
        kind.left[step] = static_cast<float>(std::exp(-decay * static_cast<double>(step)));
    kinds_.push_back(kind);
    return found;
}

bool GroupFinder::stays_silent(Dormant& dormant, float weight, std::uint32_t step) const {
    if (dormant.kind == kNone) return false;
    const Kind& kind = kinds_[dormant.kind];
    if (weight < 0.0f) {
        dormant.rebound -= weight * static_cast<float>(kind.rebound);
    } else {
        if (dormant.highest > 0.0f) {
            // The solution of x' = 0.04 x^2 - s x, with 0.04 = s / unstable.
            const std::size_t steps = step - dormant.since;
            const float left = steps < kind.left.size() ? kind.left[steps] : 0.0f;
            dormant.highest *= left / (1.0f - dormant.highest / kind.unstable * (1.0f - left));
        }
        dormant.highest += weight;
        dormant.since = step;
    }
    // The rest is for the steps, which are not infinitely short, and for a slower fall after inhibition.
    return dormant.highest + dormant.rebound <= 0.85f * kind.unstable && dormant.rebound <= 0.025f * kind.unstable;
}

std::uint32_t GroupFinder::wake(std::uint32_t neuron, std::uint32_t until) {
    const auto lane = static_cast<std::uint32_t>(used_++);
    const GroupNeuron& n = network_.neuron(neuron);
    float v = n.rest_v, u = n.rest_u, input = 0.0f;
    std::uint32_t next = dormant_[neuron].first;
    if (next != kNone)
        with_step(network_, [&](const auto& step) {
            for (std::uint32_t at = events_[next].step;; ++at) {
                input = 0.0f;
                for (; next != kNone && events_[next].step == at; next = events_[next].next)
                    input += events_[next].input;
                if (at >= until) return;
                step(v, u, input, n.a, n.b);
            }
        });
    lanes_.v[lane] = v;
    lanes_.u[lane] = u;
    lanes_.input[lane] = input;
    lanes_.a[lane] = n.a;
    lanes_.b[lane] = n.b;
    lanes_.neuron[lane] = neuron;
    lane_[neuron] = lane;
    return lane;
}

void GroupFinder::deliver(std::uint32_t step) {
    const auto per_ms = static_cast<float>(1.0 / network_.dt_ms());
    for (const Segment& segment : arriving_[step])
        for (std::uint32_t i = segment.begin; i < segment.end; ++i) {
            const std::uint32_t target = synapses_[i].target;
            const float weight = synapses_[i].weight;
            std::uint32_t lane = lane_[target];
            if (lane == kNoLane) {
                Dormant& dormant = dormant_[target];
                if (stays_silent(dormant, weight, step)) {
                    const auto event = static_cast<std::uint32_t>(events_.size());
                    events_.push_back({step, kNone, weight * per_ms});
                    if (dormant.first == kNone) {
                        dormant.first = event;
                        touched_.push_back(target);
                    } else {
                        events_[dormant.last].next = event;
                    }
                    dormant.last = event;
                    continue;
                }
                if (dormant.first == kNone) touched_.push_back(target);
                lane = wake(target, step);
            }
            lanes_.input[lane] += weight * per_ms;
        }
    arriving_[step].clear();
}

bool GroupFinder::update() {
    return with_step(network_, [&](const auto& step) {
        return advance(step, lanes_.v.data(), lanes_.u.data(), lanes_.input.data(), lanes_.a.data(), lanes_.b.data(),
                       used_);
    });
}

void GroupFinder::fire(std::uint32_t neuron, std::uint32_t step) {
    const GroupNeuron& n = network_.neuron(neuron);
    // One that is made to fire may be dormant: its step is made up for.
    const std::uint32_t lane = lane_[neuron] != kNoLane ? lane_[neuron] : wake(neuron, step + 1);
    lanes_.v[lane] = n.c;
    lanes_.u[lane] += n.d;
    spikes_.push_back({step, neuron, 0});
    const auto row = network_.synapses_of(neuron);
    const auto base = static_cast<std::uint32_t>(row.data() - synapses_);
    for (std::uint32_t i = 0; i < row.size();) {
        std::uint32_t end = i;
        const std::uint32_t delay = row[i].delay_steps;
        while (end < row.size() && row[end].delay_steps == delay) ++end;
        if (delay >= rules_.duration_steps - step) break;  // rows are in order of delay
        arriving_[step + delay].push_back({base + i, base + end});
        last_arrival_ = std::max(last_arrival_, step + delay);
        i = end;
    }
}

bool GroupFinder::all_quiet() {
    const auto is_quiet = [&](std::size_t i) {
        const std::uint32_t neuron = lanes_.neuron[i];
        const Quiet& quiet = quiet_[neuron];
        const float v = lanes_.v[i], below = std::max(0.0f, network_.neuron(neuron).rest_v - v);
        return v <= quiet.highest_v && v >= quiet.lowest_v && lanes_.u[i] >= quiet.lowest_u + quiet.u_per_v * below;
    };
    // The one that was not quiet in the last step is the likeliest in this one.
    if (loud_ < used_ && !is_quiet(loud_)) return false;
    for (loud_ = 0; loud_ < used_; ++loud_)
        if (!is_quiet(loud_)) return false;
    return true;
}

void GroupFinder::simulate(const std::array<std::uint32_t, 3>& anchors, const std::array<std::uint32_t, 3>& steps) {
    spikes_.clear();
    last_arrival_ = 0;
    const std::uint32_t last_anchor = *std::max_element(steps.begin(), steps.end());
    for (std::uint32_t step = 0; step < rules_.duration_steps; ++step) {
        deliver(step);
        fired_.clear();
        if (update())
            for (std::size_t i = 0; i < used_; ++i)
                if (lanes_.v[i] >= kPeakMv) fired_.push_back(lanes_.neuron[i]);
        for (std::size_t k = 0; k < 3; ++k)
            if (steps[k] == step && std::find(fired_.begin(), fired_.end(), anchors[k]) == fired_.end())
                fired_.push_back(anchors[k]);
        std::sort(fired_.begin(), fired_.end());
        for (const std::uint32_t neuron : fired_) fire(neuron, step);
        if (step >= last_anchor && step >= last_arrival_ && all_quiet()) break;
    }
    for (std::size_t i = 0; i < used_; ++i) lane_[lanes_.neuron[i]] = kNoLane;
    used_ = 0;
    for (const std::uint32_t neuron : touched_) {
        dormant_[neuron].highest = dormant_[neuron].rebound = 0.0f;
        dormant_[neuron].first = kNone;
    }
    touched_.clear();
    events_.clear();
}

void GroupFinder::explain(Group& group) {
    group.spikes = spikes_;
    auto& spikes = group.spikes;
    earlier_spike_.resize(spikes.size());
    for (std::uint32_t to = 0; to < spikes.size(); ++to) {
        const std::size_t first = group.links.size();
        for (const GroupNetwork::Incoming& synapse : network_.excitation_of(spikes[to].neuron))
            // Those of the source so far, from the latest on.
            for (std::uint32_t from = last_spike_[synapse.neuron]; from != kNone; from = earlier_spike_[from]) {
                const std::uint32_t arrival = spikes[from].step + synapse.delay_steps;
                if (arrival >= spikes[to].step) continue;
                if (spikes[to].step - arrival >= rules_.window_steps) break;
                group.links.push_back({from, to, arrival});
                spikes[to].path = std::max(spikes[to].path, spikes[from].path + 1);
            }
        std::sort(group.links.begin() + static_cast<std::ptrdiff_t>(first), group.links.end(),
                  [](const GroupLink& x, const GroupLink& y) {
                      return std::tie(x.from, x.arrival_step) < std::tie(y.from, y.arrival_step);
                  });
        group.longest_path = std::max(group.longest_path, spikes[to].path);
        earlier_spike_[to] = std::exchange(last_spike_[spikes[to].neuron], to);
    }
    for (const GroupSpike& spike : spikes) last_spike_[spike.neuron] = kNone;
}

Group GroupFinder::follow(const std::array<std::uint32_t, 3>& anchors, const std::array<std::uint32_t, 3>& steps) {
    Group group{.anchors = anchors, .anchor_steps = steps};
    simulate(anchors, steps);
    explain(group);
    return group;
}

bool GroupFinder::is_group(const Group& group) const {
    if (group.spikes.size() < rules_.least_size || group.longest_path < rules_.least_path) return false;
    // An anchor whose only effect is the mother's spike is not needed for what follows.
    return std::all_of(group.anchors.begin(), group.anchors.end(), [&](std::uint32_t anchor) {
        return std::count_if(group.links.begin(), group.links.end(),
                             [&](const GroupLink& link) { return group.spikes[link.from].neuron == anchor; }) >= 2;
    });
}

bool GroupFinder::groups_of(std::uint32_t mother, const std::function<bool(Group&&)>& use) {
    const auto candidates = network_.candidates_of(mother);
    const std::size_t fewest = std::max<std::size_t>(rules_.least_size, std::size_t{rules_.least_path} + 1);
    for (std::size_t i = 0; i < candidates.size(); ++i)
        for (std::size_t j = i + 1; j < candidates.size(); ++j)
            for (std::size_t k = j + 1; k < candidates.size(); ++k) {
                const auto &x = candidates[i], &y = candidates[j], &z = candidates[k];
                if (x.neuron == y.neuron || y.neuron == z.neuron) continue;
                const std::uint32_t longest = std::max({x.delay_steps, y.delay_steps, z.delay_steps});
                Group group{
                    .mother = mother,
                    .anchors = {x.neuron, y.neuron, z.neuron},
                    .anchor_steps = {longest - x.delay_steps, longest - y.delay_steps, longest - z.delay_steps}};
                simulate(group.anchors, group.anchor_steps);
                if (spikes_.size() < fewest) continue;  // of most triplets, and quickly
                explain(group);
                if (is_group(group) && !use(std::move(group))) return false;
            }
    return true;
}

}  // namespace izhi::analysis
