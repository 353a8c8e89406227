// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/stepper.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

using UpdateKernel = void (*)(const simd::UpdateArgs&);

UpdateKernel of_numerics(const simd::FormKernels& form, Numerics numerics) {
    switch (numerics) {
        case Numerics::euler: return form.euler;
        case Numerics::forward_euler: return form.forward_euler;
        case Numerics::accurate: return form.accurate;
        case Numerics::published: break;
    }
    return form.published;
}

std::array<UpdateKernel, 4> update_kernels(const simd::Kernels& k, Numerics numerics) {
    const simd::FormKernels simple{k.update_published, k.update_euler, k.update_forward_euler, k.update_accurate};
    const auto of = [&](const simd::FormKernels& form) { return of_numerics(form, numerics); };
    return {of(simple), of(k.alt), of(k.acc), of(k.nine_parameter)};
}

void (*noise_kernel(const simd::Kernels& kernels, NoiseLaw law))(const simd::NoiseArgs&) {
    switch (law) {
        case NoiseLaw::exact: return kernels.noise_exact;
        case NoiseLaw::uniform: return kernels.noise_uniform;
        case NoiseLaw::table: break;
    }
    return kernels.noise;
}

void (*deliver_kernel(const simd::Kernels& kernels, bool wide, bool near, bool scaled))(const simd::DeliverArgs&) {
    if (wide) return scaled ? kernels.deliver_wide_scaled : kernels.deliver_wide;
    if (near) return scaled ? kernels.deliver_near_scaled : kernels.deliver_near;
    return scaled ? kernels.deliver_packed_scaled : kernels.deliver_packed;
}

/// Cache lines to fetch ahead for a row. Rows are about equally long; one line more, since they begin anywhere in a line.
std::size_t lines_of_rows(const Connectome& rows, std::uint32_t neurons) {
    constexpr std::size_t words_per_line = 16, most_lines = 8;
    return std::min<std::size_t>(most_lines, rows.row_words() / rows.part_count() / neurons / words_per_line + 2);
}

/// Whether rows are fetched from memory rather than from the third-level cache.
bool in_memory(const Connectome& rows) {
    constexpr std::uint64_t cache_bytes = std::uint64_t{8} << 20;
    return rows.row_words() * sizeof(std::uint32_t) > cache_bytes;
}

/// Bias and noise where each neuron of a block has a scale of its own: what the kernel does, in two passes.
void draw_noise(void (*kernel)(const simd::NoiseArgs&), const simd::NoiseArgs& args, const float* scales) noexcept {
    simd::NoiseArgs drawn = args;
    drawn.scale = 1.0f;
    drawn.bias = nullptr;
    drawn.uniform_bias = 0.0f;
    kernel(drawn);
    float* const __restrict current = args.current;
    const float* const __restrict bias = args.bias;
    const float* const __restrict scale = scales;
    if (bias)
        for (std::size_t i = 0; i < args.count; ++i) current[i] = bias[i] + scale[i] * current[i];
    else
        for (std::size_t i = 0; i < args.count; ++i) current[i] = args.uniform_bias + scale[i] * current[i];
}

/// A sum of weights in quanta 2^finer times finer, cut to the half of 32 bits that scaled networks leave for it.
std::int32_t in_quanta(std::int64_t sum, int finer) noexcept {
    constexpr std::int64_t most = std::int64_t{1} << 30;
    constexpr int most_shift = 31;  // of sums below 2^32: anything more is beyond `most`
    if (finer >= 0)
        return static_cast<std::int32_t>(
            std::clamp(sum * (std::int64_t{1} << std::min(finer, most_shift)), -most, most));
    const int coarser = std::min(-finer, 2 * most_shift);
    const std::int64_t half = std::int64_t{1} << (coarser - 1);
    const std::int64_t magnitude = (std::abs(sum) + half) >> coarser;
    return static_cast<std::int32_t>(std::clamp(sum < 0 ? -magnitude : magnitude, -most, most));
}

/// By how much an arrival is multiplied so that what a spike brings in all does not hang on the length of a step: delta
/// currents act for one step, and a sum over steps of what decays is more than the integral.
double input_of_arrival(const Plan& plan, std::size_t channel) {
    const double dt = plan.description.spec.dt_ms;
    const auto share = [&](double tau_ms) { return tau_ms / dt * (1.0 - portable_exp_minus(dt / tau_ms)); };
    const SynapseDynamics& dynamics = plan.channels[channel];
    if (const auto* exponential = std::get_if<ExponentialCurrent>(&dynamics)) return share(exponential->tau_ms);
    if (const auto* conductance = std::get_if<Conductance>(&dynamics)) return share(conductance->tau_ms);
    if (const auto* alpha = std::get_if<AlphaCurrent>(&dynamics)) {
        const double once = share(alpha->tau_ms);
        return once * once / portable_exp_minus(dt / alpha->tau_ms);
    }
    return 1.0 / dt;
}

}  // namespace

Stepper::Stepper(const Plan& plan, const std::vector<Block>& blocks, const std::vector<PartBlocks>& parts,
                 const Wiring& wiring, Columns& columns, SynapseState& synapses, LiveInput& live,
                 const simd::Kernels& kernels, Delivery delivery, std::uint32_t window, std::size_t workers,
                 PhaseLog& log, Profiler* profiler)
    : plan_(plan), blocks_(blocks), parts_(parts), columns_(columns), synapses_(synapses), live_(live),
      kernels_(kernels), noise_(noise_kernel(kernels, plan.description.spec.noise)),
      update_(update_kernels(kernels, plan.description.spec.numerics)), delivery_(delivery),
      synapse_count_(wiring.synapse_count() + synapses.plastic_synapses()), has_synapses_(synapse_count_ > 0),
      resets_in_kernel_(plan.description.spec.numerics == Numerics::accurate), substeps_(substeps(plan)),
      dt_(static_cast<float>(plan.description.spec.dt_ms)), stimuli_(plan, blocks, kernels), log_(log),
      profiler_(profiler) {
    sightings_.assign(parts_.size(), std::vector<Sightings>(plan_.populations.size()));
    floors_ = std::any_of(plan_.description.populations.begin(), plan_.description.populations.end(),
                          [](const PopulationSpec& p) { return p.v_min_mv.has_value(); });
    if (resets_in_kernel_) fired_before_ = AlignedArray<std::uint64_t>(plan_.slots / 64);
    make_channels(window, workers);
    make_routes(wiring, workers);
    make_probes();
    make_cuts();
    if (!cuts_.empty()) spike_lists_.assign(workers, std::vector<std::span<const std::uint32_t>>(parts_.size()));
    sums_in_kernel_ = channels_.size() == 1 && !channels_.front().rings.empty() && delivery_ == Delivery::partition &&
                      plan.description.spec.numerics != Numerics::accurate;
}

void Stepper::make_channels(std::uint32_t window, std::size_t workers) {
    channels_.resize(plan_.channels.size());
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        Channel& channel = channels_[c];
        std::vector<bool> reaches;
        for (std::size_t p = 0; p < plan_.populations.size(); ++p) reaches.push_back(plan_.channel_reaches(c, p));
        for (const Block& block : blocks_)
            channel.reaches.push_back(std::find(reaches.begin() + block.populations.begin,
                                                reaches.begin() + block.populations.end,
                                                true) != reaches.begin() + block.populations.end);
        for (std::size_t p = 0; p < plan_.populations.size(); ++p)
            channel.quanta.push_back(static_cast<float>(plan_.quantum(c, p) * input_of_arrival(plan_, c)));
        for (const Block& block : blocks_) {
            const auto first = channel.quanta.begin() + block.populations.begin;
            const auto last = channel.quanta.begin() + block.populations.end;
            channel.mixed.push_back(std::any_of(first, last, [&](float quantum) { return quantum != *first; }));
        }
        if (!has_synapses_ || std::find(channel.reaches.begin(), channel.reaches.end(), true) == channel.reaches.end())
            continue;
        channel.whole = ring_slots(plan_, delivery_, c);
        channel.slots = window_slots(plan_, delivery_, parts_.size(), c, window);
        channel.late = channel.slots < channel.whole;
        channel.rings.resize(delivery_ == Delivery::partition ? parts_.size() : workers);
        for (std::size_t r = 0; r < channel.rings.size(); ++r) {
            channel.rings[r].stride = delivery_ == Delivery::partition ? parts_[r].slots.size() : plan_.slots;
            channel.rings[r].sums = AlignedArray<std::int32_t>(channel.rings[r].stride * std::size_t{channel.slots});
            if (channel.late)
                channel.beyond.push_back({LazyArray<std::int32_t>(channel.rings[r].stride * std::size_t{channel.whole}),
                                          std::vector<std::uint8_t>(channel.whole)});
        }
        if (c == 0) continue;
        channel.state = synapses_.channels[c].state.data();
        channel.rise = synapses_.channels[c].rise.data();
        channel.args.dt = dt_;
        const auto decays_in = [&](double tau_ms) {
            channel.args.decay = Decay(plan_.description.spec.dt_ms, tau_ms).one_step();
        };
        if (const auto* exponential = std::get_if<ExponentialCurrent>(&plan_.channels[c])) {
            decays_in(exponential->tau_ms);
            channel.kernel = kernels_.exponential;
        } else if (const auto* alpha = std::get_if<AlphaCurrent>(&plan_.channels[c])) {
            decays_in(alpha->tau_ms);
            constexpr double e = 2.718281828459045;
            channel.args.gain = static_cast<float>(e / alpha->tau_ms);
            channel.kernel = kernels_.alpha;
        } else if (const auto* conductance = std::get_if<Conductance>(&plan_.channels[c])) {
            decays_in(conductance->tau_ms);
            channel.args.reversal = static_cast<float>(conductance->reversal_mv);
            channel.kernel = conductance->factor == VoltageFactor::nmda ? kernels_.nmda : kernels_.conductance;
        }
    }
}

void Stepper::make_routes(const Wiring& wiring, std::size_t workers) {
    for (std::size_t r = 0; r < plan_.routes.size(); ++r) {
        const RoutePlan& plan = plan_.routes[r];
        const Connectome& rows = wiring.route(r);
        if (rows.synapse_count() == 0) continue;
        const ShortTerm* const short_term =
            plan.short_term ? synapses_.short_term[plan.projections.front()].get() : nullptr;
        // named: Clang 14 makes no aggregate from parentheses
        Route& route =
            routes_.emplace_back(Route{&rows, ProceduralRows(plan_, plan, kernels_), plan.channel, short_term,
                                       deliver_kernel(kernels_, plan.wide, rows.near(), short_term != nullptr),
                                       lines_of_rows(rows, plan_.neurons), in_memory(rows)});
        if (channels_[plan.channel].late && rows.groups() > 0) make_late(route, plan.wide);
        if (route.procedural.empty()) continue;
        for (std::size_t w = 0; w < workers; ++w) route.scratch.emplace_back(route.procedural);
    }
}

void Stepper::make_late(Route& route, bool wide) {
    const Channel& channel = channels_[route.channel];
    const std::size_t scaled = route.short_term ? 1 : 0;
    route.push_due = wide                 ? kernels_.underway_wide[scaled]
                     : route.rows->near() ? kernels_.underway_near[scaled]
                                          : kernels_.underway_packed[scaled];
    // what a visit reads: all groups of a window, of which there are more the more delays there are
    const double groups =
        static_cast<double>(route.rows->groups()) / static_cast<double>(parts_.size()) / plan_.neurons;
    const double words = static_cast<double>(route.rows->row_words()) / static_cast<double>(route.rows->groups());
    const double visits =
        std::max(1.0, std::min(groups, std::ceil(static_cast<double>(channel.whole) / channel.slots)));
    constexpr double words_per_line = 16.0;
    constexpr std::size_t most_lines = 8;
    route.prefetch_lines =
        std::min(most_lines, static_cast<std::size_t>(words * groups / visits / words_per_line * 1.25) + 2);
    for (std::size_t p = 0; p < parts_.size(); ++p)
        route.underway.emplace_back(channel.whole, underway_rows(plan_, channel.whole));
}

void Stepper::make_probes() {
    std::vector<std::vector<Probe>> by_block(blocks_.size());
    std::uint32_t place = 0;
    for (const TraceSpec& trace : plan_.description.traces) {
        const PopulationPlan& population = plan_.populations[trace.population.index];
        const std::uint64_t interval = to_steps(trace.interval_ms, plan_.description.spec.dt_ms, 1);
        for (const Variable variable : trace.variables)
            for (const std::uint32_t neuron : trace.neurons) {
                const std::uint32_t slot = population.first_slot + neuron;
                const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), slot,
                                                    [](std::uint32_t s, const Block& b) { return s < b.first_slot; });
                const auto block = static_cast<std::size_t>(after - blocks_.begin() - 1);
                by_block[block].push_back({slot - blocks_[block].first_slot, variable, interval, place++});
            }
    }
    probe_offsets_.push_back(0);
    for (const auto& probes : by_block) {
        probes_.insert(probes_.end(), probes.begin(), probes.end());
        probe_offsets_.push_back(static_cast<std::uint32_t>(probes_.size()));
    }
}

void Stepper::make_cuts() {
    if (delivery_ != Delivery::partition || routes_.size() != 1 || plan_.plastic() || steps_per_phase(plan_) != 1)
        return;
    const ProceduralRows& rows = routes_.front().procedural;
    if (!rows.empty() && rows.arrives_next_step()) cuts_ = rows.window_ends();
    if (cuts_.empty() || routes_.front().rows->row_words() > 0) return;
    // slots without targets before and after
    constexpr std::uint32_t most_slots = 65536;
    for (std::size_t i = 0; i <= cuts_.size(); ++i) {
        const std::uint32_t begin = i == 0 ? 0 : cuts_[i - 1], end = i == cuts_.size() ? plan_.slots : cuts_[i];
        if (end - begin > 2 * most_slots)
            cuts_.insert(cuts_.begin() + static_cast<std::ptrdiff_t>(i), begin + most_slots);
    }
    std::uint32_t largest = 0;
    for (std::size_t i = 0; i <= cuts_.size(); ++i)
        largest = std::max(largest, (i == cuts_.size() ? plan_.slots : cuts_[i]) - (i == 0 ? 0 : cuts_[i - 1]));
    for (std::size_t p = 0; p < parts_.size(); ++p)
        near_.push_back({AlignedArray<std::int32_t>(largest + 2 * kBlockSlots)});
}

void Stepper::deliver_strata(std::uint64_t phase, std::size_t part, Range slots, std::size_t worker,
                             std::int32_t* sums) noexcept {
    if (phase <= first_phase_ || slots.begin >= slots.end) return;
    Route& route = routes_.front();
    Channel& channel = channels_[route.channel];
    Ring& ring = ring_of(channel, part, worker);
    const auto slot = static_cast<std::uint32_t>(log_.phase(phase - 1).first_step) & channel.mask();
    if (sums) {
        route.procedural.deliver_sorted({slots, sums, 0, 0, 0}, route.scratch[worker]);
        return;
    }
    std::int32_t* const from_here = ring.sums.data() + (slots.begin - parts_[part].slots.begin);
    route.procedural.deliver_sorted({slots, from_here, ring.stride, channel.mask(), slot}, route.scratch[worker]);
}

void Stepper::sort_spikes(std::uint64_t phase, std::size_t worker) noexcept {
    if (phase <= first_phase_) return;
    std::vector<std::span<const std::uint32_t>>& lists = spike_lists_[worker];
    for (std::size_t i = 0; i < parts_.size(); ++i) lists[i] = log_.fired(phase - 1, i, 0);
    routes_.front().procedural.sort(lists, routes_.front().scratch[worker]);
}

void Stepper::run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept {
    const std::uint64_t begin = profiler_ ? ticks() : 0;
    const bool sampled = profiler_ && Profiler::samples(phase);

    take_in(phase, part, worker);
    const std::uint64_t step = log_.phase(phase).first_step;
    const bool plastic = !synapses_.all_plastic.empty();
    const std::uint64_t delivered = profiler_ ? ticks() : 0;
    if (plastic) arrive(step, part, worker);
    const std::uint64_t arrived = profiler_ && plastic ? ticks() : delivered;

    const std::uint32_t steps = log_.phase(phase).steps;
    NoiseKeys noise_keys;
    for (std::uint32_t s = 0; s < steps; ++s)
        noise_keys[s] = draw_key(plan_.description.spec.seed, Stream::noise, 0, log_.phase(phase).first_step + s);
    for (std::uint32_t s = 0; s < steps; ++s) log_.list(phase, part, s).count = 0;
    // Block by block rather than step by step: a block's state stays in the first-level cache for all steps of the phase.
    const Range blocks = parts_[part].blocks;
    if (sampled) {
        std::uint64_t last = ticks();
        const auto lap = [&](Activity activity) {
            const std::uint64_t now = ticks();
            profiler_->add(worker, activity, now - last);
            last = now;
        };
        update_blocks(blocks, part, worker, phase, noise_keys, lap);
    } else {
        update_blocks(blocks, part, worker, phase, noise_keys, [](Activity) {});
    }
    const std::uint64_t updated = profiler_ ? ticks() : 0;

    fire_short_term(phase, part);
    if (delivery_ == Delivery::reduce) deliver(phase, part, 0, worker);
    const std::uint64_t pushed = profiler_ ? ticks() : 0;
    for (PlasticProjection* projection : synapses_.all_plastic)
        projection->post(part, step, log_.fired(phase, part, 0));
    if (!profiler_) return;
    const std::uint64_t end = plastic ? ticks() : pushed;
    if (sampled) {
        profiler_->add(worker, Activity::deliver, (delivered - begin) + (pushed - updated));
        profiler_->add(worker, Activity::arrive, arrived - delivered);
        profiler_->add(worker, Activity::potentiate, end - pushed);
    }
    profiler_->add_phase(worker, end - begin, sampled);
    profiler_->trace(worker, Activity::deliver, step, begin, delivered);
    if (plastic) profiler_->trace(worker, Activity::arrive, step, delivered, arrived);
    profiler_->trace(worker, Activity::update, step, arrived, updated);
    profiler_->trace(worker, Activity::deliver, step, updated, pushed);
    if (plastic) profiler_->trace(worker, Activity::potentiate, step, pushed, end);
}

void Stepper::take_in(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept {
    if (phase > first_phase_ && delivery_ == Delivery::partition)
        for (std::size_t i = 1; i < parts_.size(); ++i)
            for (std::uint32_t s = 0; s < log_.phase(phase - 1).steps; ++s)
                log_.prefetch(phase - 1, (part + i) % parts_.size(), s);
    for (Channel& channel : channels_)
        if (channel.late) add_beyond(channel, part, static_cast<std::uint32_t>(log_.phase(phase).first_step));
    for (Route& route : routes_)
        if (!route.underway.empty()) {
            const Phase& when = log_.phase(phase);
            deliver_late(route, phase, part, static_cast<std::uint32_t>(when.first_step), when.steps,
                         phase > first_phase_);
        }
    if (phase > first_phase_) take_in_at_once(phase, part, worker);
}

void Stepper::take_in_at_once(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept {
    if (delivery_ == Delivery::partition) {
        // Its own spikes first: those of others are on their way meanwhile. Sums do not hang on the order.
        for (std::size_t i = 0; i < parts_.size(); ++i) deliver(phase - 1, (part + i) % parts_.size(), part, worker);
    }
    for (std::size_t p = 0; p < synapses_.plastic.size(); ++p) {
        if (!synapses_.plastic[p]) continue;
        const std::int32_t* const factors =
            synapses_.short_term[p] ? synapses_.short_term[p]->factors(phase - 1, 0) : nullptr;
        for (std::size_t from = 0; from < parts_.size(); ++from)
            synapses_.plastic[p]->depart(part, log_.phase(phase - 1).first_step, log_.fired(phase - 1, from, 0),
                                         factors);
    }
}

void Stepper::arrive(std::uint64_t step, std::size_t part, std::size_t worker) noexcept {
    for (std::size_t p = 0; p < synapses_.plastic.size(); ++p) {
        PlasticProjection* const projection = synapses_.plastic[p].get();
        if (!projection) continue;
        const auto scale = static_cast<float>(1.0 / plan_.quantum_of(plan_.projections[p]));
        Channel& channel = channels_[projection->channel()];
        Ring& ring = ring_of(channel, part, worker);
        std::int32_t* const sums = ring.sums.data() + (static_cast<std::uint32_t>(step) & channel.mask()) * ring.stride;
        const bool whole = delivery_ == Delivery::reduce;
        projection->arrive(part, step, whole ? sums + parts_[part].slots.begin : sums, scale);
        projection->apply(part, step, static_cast<float>(synapses_.modulator.level()));
    }
}

void Stepper::fire_short_term(std::uint64_t phase, std::size_t part) noexcept {
    const Phase& when = log_.phase(phase);
    for (const auto& short_term : synapses_.short_term) {
        if (!short_term) continue;
        for (std::uint32_t s = 0; s < when.steps; ++s)
            short_term->fire(phase, s, when.first_step + s, log_.fired(phase, part, s));
    }
}

void Stepper::deliver(std::uint64_t phase, std::size_t from_part, std::size_t row_part, std::size_t worker) noexcept {
    for (Route& route : routes_)
        if (route.underway.empty()) deliver_route(route, phase, from_part, row_part, worker);
}

void Stepper::deliver_late(Route& route, std::uint64_t phase, std::size_t part, std::uint32_t now, std::uint32_t steps,
                           bool fresh) noexcept {
    constexpr std::size_t batch = 256;
    simd::UnderwayRow rows[batch];
    std::size_t count = 0;
    const auto push = [&] {
        push_late(route, part, now, {rows, count});
        count = 0;
    };
    // Those on their way first: they go on to later steps, and no new one is due before.
    for (std::uint32_t s = 0; s < steps; ++s)
        route.underway[part].drain(now + s, [&](std::span<const simd::UnderwayRow> due) {
            if (count + due.size() > batch) push();
            std::copy(due.begin(), due.end(), rows + count);
            count += due.size();
        });
    if (fresh) {
        const simd::RowIndex index = route.rows->rows(part);
        const Phase& before = log_.phase(phase - 1);
        for (std::size_t i = 0; i < parts_.size(); ++i)
            for (std::uint32_t s = 0; s < before.steps; ++s) {
                const auto step = static_cast<std::uint32_t>(before.first_step + s);
                const std::int32_t* const factors =
                    route.short_term ? route.short_term->factors(phase - 1, s) : nullptr;
                for (const std::uint32_t source : log_.fired(phase - 1, (part + i) % parts_.size(), s)) {
                    const std::uint32_t chunk = source >> simd::kRowChunkShift;
                    const std::uint32_t* const offsets = index.offsets + source + chunk;
                    if (count == batch) push();
                    rows[count] = {index.chunks[chunk] + offsets[0], offsets[1] - offsets[0], step, step,
                                   factors ? factors[source] : 0};
                    count += offsets[1] != offsets[0] ? 1 : 0;
                }
            }
    }
    push();
}

simd::UnderwayArgs Stepper::underway_args(const Route& route, std::span<simd::UnderwayRow> rows, std::uint32_t now,
                                          std::uint32_t window, std::int32_t* sums, std::size_t stride) {
    simd::UnderwayArgs args{};
    args.rows = rows.data();
    args.count = rows.size();
    args.now = now;
    args.window = window;
    args.ring = sums;
    args.stride = stride;
    args.slot_mask = window - 1;
    args.prefetch_lines = route.prefetch_lines;
    args.prefetch_rows = route.rows_in_memory ? 8 : 3;
    return args;
}

void Stepper::push_late(Route& route, std::size_t part, std::uint32_t now, std::span<simd::UnderwayRow> rows) noexcept {
    Channel& channel = channels_[route.channel];
    Ring& ring = channel.rings[part];
    const std::size_t left =
        route.push_due(underway_args(route, rows, now, channel.slots, ring.sums.data(), ring.stride));
    std::size_t kept = 0;
    while (kept < left && route.underway[part].add(rows[kept])) ++kept;
    if (kept < left) push_beyond(route, part, now, rows.subspan(kept, left - kept));
}

void Stepper::push_beyond(Route& route, std::size_t part, std::uint32_t now,
                          std::span<simd::UnderwayRow> rows) noexcept {
    Channel& channel = channels_[route.channel];
    Beyond& beyond = channel.beyond[part];
    route.push_due(underway_args(route, rows, now, channel.whole, beyond.sums.data(), channel.rings[part].stride));
    // Anything in the window has been pushed already.
    for (std::uint32_t later = channel.slots; later < channel.whole; ++later)
        beyond.used[(now + later) & (channel.whole - 1)] = 1;
}

void Stepper::deliver_route(Route& route, std::uint64_t phase, std::size_t from_part, std::size_t row_part,
                            std::size_t worker) noexcept {
    const Phase& when = log_.phase(phase);
    const std::uint32_t mask = channels_[route.channel].mask();
    Ring& ring = ring_of(channels_[route.channel], row_part, worker);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const auto fired = log_.fired(phase, from_part, s);
        if (fired.empty()) continue;
        const std::uint32_t slot = static_cast<std::uint32_t>(when.first_step + s) & mask;
        if (route.rows->row_words() > 0) {
            simd::DeliverArgs args{};
            args.spikes = fired.data();
            args.spike_count = fired.size();
            args.rows = route.rows->rows(row_part);
            args.ring = ring.sums.data();
            args.stride = ring.stride;
            args.slot_mask = mask;
            args.slot = slot;
            args.factors = route.short_term ? route.short_term->factors(phase, s) : nullptr;
            args.prefetch_lines = route.prefetch_lines;
            args.prefetch_spikes = route.rows_in_memory ? 8 : 3;
            args.rows_in_memory = route.rows_in_memory;
            route.deliver(args);
        }
        if (!route.procedural.empty() && cuts_.empty()) {
            const Range slots = delivery_ == Delivery::partition ? parts_[row_part].slots : Range{0, plan_.slots};
            route.procedural.deliver(fired, {slots, ring.sums.data(), ring.stride, mask, slot}, route.scratch[worker]);
        }
    }
}

void Stepper::deliver_pending(std::uint64_t phase) noexcept {
    // of late channels new spikes only: the steps of this phase are not yet known
    if (phase <= first_phase_) return;
    const Phase& before = log_.phase(phase - 1);
    const auto now = static_cast<std::uint32_t>(before.first_step + before.steps);
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        for (Route& route : routes_)
            if (!route.underway.empty()) deliver_late(route, phase, part, now, 0, true);
        take_in_at_once(phase, part, 0);
        if (cuts_.empty()) continue;
        if (part == 0) sort_spikes(phase, 0);
        deliver_strata(phase, part, parts_[part].slots, 0, nullptr);
    }
}

std::vector<Stepper::Ring> Stepper::whole_rings(const Channel& channel) const {
    std::vector<Ring> rings(parts_.size());
    for (std::size_t r = 0; r < rings.size(); ++r) {
        rings[r].stride = parts_[r].slots.size();
        rings[r].sums = AlignedArray<std::int32_t>(rings[r].stride * std::size_t{channel.whole});
    }
    return rings;
}

std::vector<Stepper::Ring> Stepper::in_flight(const Channel& channel, std::size_t number, std::uint32_t now) const {
    std::vector<Ring> whole = whole_rings(channel);
    const std::uint32_t whole_mask = channel.whole - 1;
    for (std::size_t r = 0; r < whole.size(); ++r) {
        const Ring& ring = channel.rings[r];
        const Beyond& beyond = channel.beyond[r];
        for (std::uint32_t later = 0; later < channel.whole; ++later) {
            const std::uint32_t step = now + later, slot = step & whole_mask;
            std::int32_t* const to = whole[r].sums.data() + slot * ring.stride;
            for (std::size_t i = 0; later < channel.slots && i < ring.stride; ++i)
                to[i] += ring.sums[(step & channel.mask()) * ring.stride + i];
            for (std::size_t i = 0; beyond.used[slot] && i < ring.stride; ++i)
                to[i] += beyond.sums[slot * ring.stride + i];
        }
    }
    for (const Route& route : routes_) {
        if (route.channel != number) continue;
        for (std::size_t r = 0; r < route.underway.size(); ++r)
            route.underway[r].look_at_all([&](std::span<const simd::UnderwayRow> rows) {
                std::vector<simd::UnderwayRow> copies(rows.begin(), rows.end());
                route.push_due(underway_args(route, copies, now, channel.whole, whole[r].sums.data(), whole[r].stride));
            });
    }
    return whole;
}

void Stepper::carry(Channel& channel, const std::vector<Ring>& sums, std::uint32_t now) noexcept {
    for (std::size_t r = 0; r < sums.size(); ++r) {
        Beyond& beyond = channel.beyond[r];
        beyond.next = now;
        for (std::size_t slot = 0; slot < channel.whole; ++slot) {
            const std::int32_t* const from = sums[r].sums.data() + slot * sums[r].stride;
            const bool any = std::any_of(from, from + sums[r].stride, [](std::int32_t sum) { return sum != 0; });
            if (any || beyond.used[slot]) std::copy_n(from, sums[r].stride, beyond.sums.data() + slot * sums[r].stride);
            beyond.used[slot] = any ? 1 : 0;
        }
    }
}

void Stepper::add_beyond(Channel& channel, std::size_t part, std::uint32_t now) noexcept {
    Ring& ring = channel.rings[part];
    Beyond& beyond = channel.beyond[part];
    for (; beyond.next - now < channel.slots; ++beyond.next) {
        const std::uint32_t slot = beyond.next & (channel.whole - 1);
        if (!beyond.used[slot]) continue;
        beyond.used[slot] = 0;
        std::int32_t* const from = beyond.sums.data() + slot * ring.stride;
        std::int32_t* const to = ring.sums.data() + (beyond.next & channel.mask()) * ring.stride;
        for (std::size_t i = 0; i < ring.stride; ++i) to[i] += std::exchange(from[i], 0);
    }
}

void Stepper::take_over(Stepper& other, std::uint64_t phase) noexcept {
    other.deliver_pending(phase);
    first_phase_ = phase;
    sightings_ = other.sightings_;
    // Rounded once only, after all workers' shares are together, or the result would depend on how many there are.
    const bool together = delivery_ == Delivery::reduce;
    const Phase& before = log_.phase(phase == 0 ? 0 : phase - 1);
    const auto now = static_cast<std::uint32_t>(phase == 0 ? 0 : before.first_step + before.steps);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        if (channels_[c].late && !channels_[c].rings.empty()) {
            std::vector<Ring> sums = other.in_flight(other.channels_[c], c, now);
            for (std::size_t r = 0; r < sums.size(); ++r)
                for (std::size_t slot = 0; slot < channels_[c].whole; ++slot) {
                    std::int32_t* const to = sums[r].sums.data() + slot * sums[r].stride;
                    const auto in_new = [&](std::size_t i, int finer) { to[i] = in_quanta(to[i], finer); };
                    for_finer(c, other.plan_.sum_exponents, {first_slot_of(r), sums[r].stride}, in_new);
                }
            carry(channels_[c], sums, now);
            continue;
        }
        std::vector<Ring>& rings = channels_[c].rings;
        const std::vector<Ring>& others = other.channels_[c].rings;
        for (std::size_t r = 0; r < (together ? std::min<std::size_t>(rings.size(), 1) : rings.size()); ++r) {
            for (std::size_t slot = 0; slot < channels_[c].slots; ++slot) {
                const std::size_t first = slot * rings[r].stride;
                const auto in_new = [&](std::size_t i, int finer) {
                    std::int64_t sum = others[r].sums[first + i];
                    for (std::size_t q = 1; together && q < others.size(); ++q) sum += others[q].sums[first + i];
                    rings[r].sums[first + i] = in_quanta(sum, finer);
                };
                for_finer(c, other.plan_.sum_exponents, {first_slot_of(r), rings[r].stride}, in_new);
            }
        }
    }
}

template <class Use>
void Stepper::for_finer(std::size_t channel, const std::vector<int>& then, Slots slots, const Use& use) const {
    for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
        const PopulationPlan& population = plan_.populations[p];
        const std::size_t begin = std::max<std::size_t>(slots.first, population.first_slot);
        const std::size_t end =
            std::min<std::size_t>(slots.first + slots.count, population.first_slot + population.slots);
        const int finer = plan_.sum_exponent(channel, p) - then[channel * plan_.populations.size() + p];
        for (std::size_t slot = begin; slot < end; ++slot) use(slot - slots.first, finer);
    }
}

void Stepper::transfer(Archive& a, std::uint64_t phase, std::uint64_t now, const std::vector<int>& then) {
    a.section("in flight");
    if (a.reading()) left_range_.store(false, std::memory_order_relaxed);
    a.agree("synapses", synapse_count_);
    if (!has_synapses_) return;
    a.agree("a longest delay in steps", plan_.max_delay);
    if (a.writing()) deliver_pending(phase);
    if (a.writing() || a.reading()) first_phase_ = phase;
    AlignedArray<std::int32_t> sums(plan_.slots);
    for (Channel& channel : channels_) {
        if (channel.rings.empty()) continue;
        if (a.reading())
            for (Ring& ring : channel.rings) std::fill_n(ring.sums.data(), ring.sums.size(), 0);
        std::vector<Ring> whole;
        const auto number = static_cast<std::size_t>(&channel - channels_.data());
        if (channel.late)
            whole = a.writing() ? in_flight(channel, number, static_cast<std::uint32_t>(now)) : whole_rings(channel);
        std::vector<Ring>& rings = channel.late ? whole : channel.rings;
        for (std::uint32_t later = 0; later < plan_.max_delay; ++later) {
            const std::size_t slot = static_cast<std::uint32_t>(now + later) & (channel.whole - 1);
            if (a.writing())
                later < channel.whole ? gather(rings, slot, sums) : (void)std::fill_n(sums.data(), sums.size(), 0);
            a.by_neuron(plan_, sums);
            if (!a.reading() || later >= channel.whole) continue;
            if (!then.empty())
                for_finer(number, then, {0, sums.size()},
                          [&](std::size_t i, int finer) { sums[i] = in_quanta(sums[i], finer); });
            scatter(rings, slot, sums);
        }
        if (!channel.late || !a.reading()) continue;
        for (Route& route : routes_)
            if (route.channel == number)
                for (UnderwayQueue& queue : route.underway) queue.clear();
        carry(channel, whole, static_cast<std::uint32_t>(now));
    }
}

void Stepper::gather(const std::vector<Ring>& rings, std::size_t ring_slot,
                     AlignedArray<std::int32_t>& sums) const noexcept {
    std::fill_n(sums.data(), sums.size(), 0);
    for (std::size_t r = 0; r < rings.size(); ++r) {
        const Ring& ring = rings[r];
        const std::size_t first = first_slot_of(r);
        const std::int32_t* const from = ring.sums.data() + ring_slot * ring.stride;
        for (std::size_t i = 0; i < ring.stride; ++i) sums[first + i] += from[i];
    }
}

void Stepper::scatter(std::vector<Ring>& rings, std::size_t ring_slot,
                      const AlignedArray<std::int32_t>& sums) noexcept {
    // reduce: the first worker's ring is as good as any
    const std::size_t count = delivery_ == Delivery::partition ? rings.size() : 1;
    for (std::size_t r = 0; r < count; ++r) {
        Ring& ring = rings[r];
        const std::size_t first = first_slot_of(r);
        std::copy_n(sums.data() + first, ring.stride, ring.sums.data() + ring_slot * ring.stride);
    }
}

template <class Lap>
void Stepper::update_blocks(Range blocks, std::size_t part, std::size_t worker, std::uint64_t phase,
                            const NoiseKeys& noise_keys, const Lap& lap) noexcept {
    Resets resets;
    auto cut = std::upper_bound(cuts_.begin(), cuts_.end(), parts_[part].slots.begin);
    std::uint32_t delivered = cuts_.empty() ? parts_[part].slots.end : parts_[part].slots.begin;
    if (!cuts_.empty()) sort_spikes(phase, worker);
    Near* const near = near_.empty() || phase <= first_phase_ ? nullptr : &near_[part];
    if (!near_.empty()) near_[part].used = near != nullptr;
    if (near) near->first_slot = delivered;
    for (std::uint32_t block = blocks.begin; block < blocks.end; ++block) {
        const std::uint32_t block_end = blocks_[block].first_slot + blocks_[block].slots;
        while (delivered < block_end) {
            const std::uint32_t end =
                cut == cuts_.end() ? parts_[part].slots.end : std::min(*cut++, parts_[part].slots.end);
            std::int32_t* sums = nullptr;
            if (near) {
                const std::uint32_t first = blocks_[block].first_slot;
                if (near->first_slot != first) {  // what the windows before added to this block moves to the front
                    std::int32_t* const from = near->sums.data() + (first - near->first_slot);
                    for (std::uint32_t i = 0; i < delivered - first; ++i) near->sums[i] = std::exchange(from[i], 0);
                    near->first_slot = first;
                }
                sums = near->sums.data() + (delivered - first);
            }
            deliver_strata(phase, part, {delivered, end}, worker, sums);
            delivered = end;
            lap(Activity::deliver);
        }
        update_block(block, part, phase, noise_keys, resets, lap);
    }
    reset(resets);
    if (!resets.in_range) left_range_.store(true, std::memory_order_relaxed);
}

template <class Lap>
void Stepper::update_block(std::uint32_t index, std::size_t part, std::uint64_t phase, const NoiseKeys& noise_keys,
                           Resets& resets, const Lap& lap) noexcept {
    alignas(64) float current[kBlockSlots];
    std::uint64_t fired[kBlockSlots / 64];

    const Block& block = blocks_[index];
    const Columns::PopulationParameters& p = parameters_of(block);
    const auto column = [&](const Columns::Parameter& parameter) {
        return parameter.column ? parameter.column + block.first_slot : nullptr;
    };

    simd::NoiseArgs noise{};
    noise.current = current;
    noise.count = block.slots;
    noise.first = block.first_neuron;
    noise.scale = p.noise.value;
    noise.bias = column(p.bias);
    noise.uniform_bias = p.bias.value;
    const float* const own_scales = column(p.noise);

    simd::UpdateArgs update{};
    update.v = columns_.v.data() + block.first_slot;
    update.u = columns_.u.data() + block.first_slot;
    update.current = current;
    update.count = block.slots;
    update.a = column(p.a);
    update.b = column(p.b);
    update.uniform_a = p.a.value;
    update.uniform_b = p.b.value;
    update.c = column(p.c);
    update.d = column(p.d);
    update.dt = dt_;
    update.substeps = substeps_;
    update.fired = fired;
    update.k = static_cast<float>(p.model.k);
    update.vr = static_cast<float>(p.model.vr);
    update.vt = static_cast<float>(p.model.vt);
    update.inverse_capacitance = static_cast<float>(1.0 / p.model.capacitance);
    update.threshold = static_cast<float>(p.model.threshold());
    const UpdateKernel update_kernel = update_[static_cast<std::size_t>(p.model.form)];
    const bool probed = probe_offsets_[index] != probe_offsets_[index + 1];
    // The kernel adds what arrived itself, where it is all there is and nobody asks for the current.
    const bool usually_in_kernel = sums_in_kernel_ && !probed && !channels_.front().mixed[index];
    update.quantum = channels_.front().quanta[block.populations.begin];

    const Phase& when = log_.phase(phase);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const std::uint64_t step = when.first_step + s;
        const bool looked_at = step % kLookEvery == kLookEvery - 1;
        const bool sums_in_kernel = usually_in_kernel && !looked_at;
        update.sums = nullptr;
        noise.key = noise_keys[s];
        if (own_scales) draw_noise(noise_, noise, own_scales);
        else noise_(noise);
        if (stimuli_.reaches(index)) stimuli_.add(index, block, step, current);
        if (live_.reaches(index)) live_.add_to(index, block, step, current);
        lap(Activity::noise);
        if (sums_in_kernel) update.sums = sums_of(channels_.front(), block, part, step);
        else if (has_synapses_) reduce(index, part, step, current);
        lap(Activity::reduce);
        update_kernel(update);
        if (floors_) raise_to_floor(block);
        if (live_.forces(index)) live_.force(index, block, fired, columns_, resets_in_kernel_);
        lap(Activity::update);
        reset(resets);  // of the block before
        if (looked_at) look(block, part, current, fired);
        if (resets_in_kernel_ && step % kLookEvery == kLookEvery - 2)
            std::copy_n(fired, block.slots / 64, fired_before_.data() + block.first_slot / 64);
        scan(block, fired, log_.list(phase, part, s), resets);
        if (probed || when.steps > 1) reset(resets);
        if (probed) sample(index, block, step, current, fired, log_.samples(phase, s));
        lap(Activity::scan);
    }
}

void Stepper::reduce(std::uint32_t index, std::size_t part, std::uint64_t step, float* current) noexcept {
    const Block& block = blocks_[index];
    for (Channel& channel : channels_) {
        if (channel.rings.empty()) continue;
        if (!channel.kernel) {
            reduce_channel(channel, index, part, step, current);
            continue;
        }
        if (!channel.reaches[index]) continue;
        alignas(64) float arrived[kBlockSlots] = {};
        reduce_channel(channel, index, part, step, arrived);
        simd::ChannelArgs args = channel.args;
        args.current = current;
        args.arrived = arrived;
        args.count = block.slots;
        args.state = channel.state + block.first_slot;
        args.rise = channel.rise ? channel.rise + block.first_slot : nullptr;
        args.v = columns_.v.data() + block.first_slot;
        channel.kernel(args);
    }
}

std::int32_t* Stepper::sums_of(Channel& channel, const Block& block, std::size_t part, std::uint64_t step) noexcept {
    if (!near_.empty() && near_[part].used && &channel == &channels_[routes_.front().channel])
        return near_[part].sums.data() + (block.first_slot - near_[part].first_slot);
    const Ring& ring = channel.rings[part];
    return channel.rings[part].sums.data() + (static_cast<std::uint32_t>(step) & channel.mask()) * ring.stride +
           (block.first_slot - parts_[part].slots.begin);
}

void Stepper::reduce_channel(Channel& channel, std::uint32_t index, std::size_t part, std::uint64_t step,
                             float* into) noexcept {
    const Block& block = blocks_[index];
    // All workers at once: the sum becomes a float once only, or its rounding would depend on how many there are.
    constexpr std::size_t kMostWorkers = 1024;
    std::int32_t* buffers[kMostWorkers];
    const std::size_t slot = static_cast<std::uint32_t>(step) & channel.mask();
    simd::ReduceArgs args{};
    args.current = into;
    args.count = block.slots;
    args.quantum = channel.quanta[block.populations.begin];
    if (delivery_ == Delivery::partition) {
        buffers[0] = sums_of(channel, block, part, step);
        args.buffer_count = 1;
    } else {
        for (std::size_t r = 0; r < channel.rings.size(); ++r)
            buffers[r] = channel.rings[r].sums.data() + slot * channel.rings[r].stride + block.first_slot;
        args.buffer_count = channel.rings.size();
    }
    args.buffers = buffers;
    channel.mixed[index] ? reduce_mixed(channel, block, args) : kernels_.reduce(args);
}

void Stepper::reduce_mixed(const Channel& channel, const Block& block, const simd::ReduceArgs& args) const noexcept {
    for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p) {
        const Range lanes = neurons_in(block, plan_.populations[p]);
        for (std::uint32_t i = lanes.begin; i < lanes.end; ++i) {
            std::int32_t sum = 0;
            for (std::size_t b = 0; b < args.buffer_count; ++b) sum += std::exchange(args.buffers[b][i], 0);
            args.current[i] += channel.quanta[p] * static_cast<float>(sum);
        }
    }
}

void Stepper::raise_to_floor(const Block& block) noexcept {
    float* const v = columns_.v.data() + block.first_slot;
    for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p) {
        const float lowest = columns_.populations[p].v_min;
        const Range lanes = neurons_in(block, plan_.populations[p]);
        for (std::uint32_t i = lanes.begin; i < lanes.end; ++i) v[i] = std::max(v[i], lowest);
    }
}

void Stepper::scan(const Block& block, const std::uint64_t* fired, PhaseLog::List& list, Resets& resets) noexcept {
    // Which words have bits is found without a jump: one that depends on spikes is foreseen badly.
    std::uint32_t words[kBlockSlots / 64];
    std::uint32_t word_count = 0;
    for (std::uint32_t word = 0; word < block.slots / 64; ++word) {
        words[word_count] = word;
        word_count += fired[word] != 0 ? 1 : 0;
    }
    const Columns::PopulationParameters& p = parameters_of(block);
    resets.parameters = &p;
    if (word_count == 0) return;
    std::uint32_t* const __restrict neurons = list.neurons;
    std::uint32_t* const __restrict slots = resets.slots.data();
    std::uint32_t count = list.count, reset_count = resets.count;
    const std::uint32_t resets_each = resets_in_kernel_ ? 0 : 1;
    for (std::uint32_t w = 0; w < word_count; ++w) {
        std::uint64_t bits = fired[words[w]];
        do {
            const std::uint32_t lane = words[w] * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
            const std::uint32_t slot = block.first_slot + lane;
            if (p.c.column) __builtin_prefetch(p.c.column + slot);
            if (p.d.column) __builtin_prefetch(p.d.column + slot);
            slots[reset_count] = slot;
            reset_count += resets_each;
            neurons[count] = block.first_neuron + lane;
            count += lane < block.neurons ? 1 : 0;  // padding fires unheard
            bits &= bits - 1;
        } while (bits != 0);
    }
    list.count = count;
    resets.count = reset_count;
}

void Stepper::reset(Resets& resets) noexcept {
    const std::uint32_t count = resets.count;
    if (count == 0) return;
    resets.count = 0;
    float* const __restrict v = columns_.v.data();
    float* const __restrict u = columns_.u.data();
    const Columns::Parameter c = resets.parameters->c, d = resets.parameters->d;
    bool in_range = true;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t slot = resets.slots[i];
        v[slot] = c.at(slot);
        u[slot] += d.at(slot);
        in_range &= std::abs(u[slot]) <= std::numeric_limits<float>::max();
    }
    resets.in_range = resets.in_range && in_range;
}

void Stepper::look(const Block& block, std::size_t part, const float* current, const std::uint64_t* fired) noexcept {
    const float* const v = columns_.v.data() + block.first_slot;
    const float* const u = columns_.u.data() + block.first_slot;
    const auto& model = parameters_of(block).model;
    const float strong =
        kStrongInhibition * static_cast<float>(model.form == ModelForm::nine_parameter ? model.capacitance : 1.0);
    for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p) {
        const Range lanes = neurons_in(block, plan_.populations[p]);
        std::uint32_t low = 0, in_range = 0;
        for (std::uint32_t i = lanes.begin; i < lanes.end; ++i) {
            low += v[i] < kLowestUsual ? 1 : 0;
            in_range += std::abs(v[i]) + std::abs(u[i]) <= std::numeric_limits<float>::max() ? 1 : 0;
        }
        if (in_range < lanes.size()) left_range_.store(true, std::memory_order_relaxed);
        Sightings& seen = sightings_[part][p];
        seen.looked += lanes.size();
        seen.low += low;
        for (std::uint32_t word = lanes.begin / 64; word * 64 < lanes.end; ++word)
            for (std::uint64_t bits = fired[word]; bits != 0; bits &= bits - 1) {
                const std::uint32_t lane = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
                if (!lanes.contains(lane)) continue;
                if (!resets_in_kernel_) seen.inhibited += current[lane] < strong ? 1 : 0;
                else seen.repeated += fired_before_[block.first_slot / 64 + word] >> (lane % 64) & 1;
            }
    }
}

std::vector<Stepper::Sightings> Stepper::sightings() const {
    std::vector<Sightings> all(plan_.populations.size());
    for (const auto& part : sightings_)
        for (std::size_t p = 0; p < all.size(); ++p) {
            all[p].looked += part[p].looked;
            all[p].low += part[p].low;
            all[p].inhibited += part[p].inhibited;
            all[p].repeated += part[p].repeated;
        }
    return all;
}

void Stepper::sample(std::uint32_t index, const Block& block, std::uint64_t step, const float* current,
                     const std::uint64_t* fired, float* samples) noexcept {
    const auto peak = static_cast<float>(parameters_of(block).model.threshold());
    for (std::uint32_t i = probe_offsets_[index]; i < probe_offsets_[index + 1]; ++i) {
        const Probe& probe = probes_[i];
        if ((step + 1) % probe.interval != 0) continue;
        const bool spiked = (fired[probe.lane / 64] >> (probe.lane % 64) & 1) != 0;
        switch (probe.variable) {
            case Variable::v: samples[probe.place] = spiked ? peak : columns_.v[block.first_slot + probe.lane]; break;
            case Variable::u: samples[probe.place] = columns_.u[block.first_slot + probe.lane]; break;
            case Variable::current: samples[probe.place] = current[probe.lane]; break;
        }
    }
}

}  // namespace izhi::detail
