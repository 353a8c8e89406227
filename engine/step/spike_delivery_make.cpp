// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// How delivery is made: its buffers, its routes and the windows of their strata.
#include <algorithm>
#include <cmath>

#include "engine/network/leak.hpp"
#include "engine/network/random.hpp"
#include "engine/step/spike_delivery.hpp"

namespace izhi::detail {
namespace {

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

}  // namespace

SpikeDelivery::SpikeDelivery(const Setting& setting, const Wiring& wiring, Delivery delivery, std::uint32_t window,
                             std::size_t workers)
    : plan_(setting.plan), own_(setting.ranks.own_slots()), ranks_(setting.ranks.count()), blocks_(setting.blocks),
      parts_(setting.parts), synapses_(setting.synapses), stimuli_(setting.stimuli), kernels_(setting.kernels),
      log_(setting.log), delivery_(delivery), pushes_apart_(delivery == Delivery::reduce && !setting.ranks.alone()),
      synapse_count_(wiring.synapse_count() + synapses_.plastic_synapses()), has_synapses_(synapse_count_ > 0) {
    make_channels(window, workers);
    make_routes(wiring, workers);
    make_cuts();
    if (!cuts_.empty()) spike_lists_.assign(workers, std::vector<std::span<const std::uint32_t>>(log_.list_count()));
}

bool SpikeDelivery::is_one_sum() const noexcept {
    const bool others = std::any_of(channels_.begin() + 1, channels_.end(),
                                    [](const Channel& channel) { return channel.kernel != nullptr; });
    return !others && plan_.apart.empty() && !channels_.front().rings.empty() && delivery_ == Delivery::partition;
}

void SpikeDelivery::make_channels(std::uint32_t window, std::size_t workers) {
    channels_.resize(plan_.buffers());
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        Channel& channel = channels_[c];
        channel.number = plan_.channel_of_buffer(c);
        if (channel.number != c) channels_[channel.number].apart.push_back(c);
        std::vector<bool> reaches;
        for (std::size_t p = 0; p < plan_.populations.size(); ++p) reaches.push_back(plan_.buffer_reaches(c, p));
        for (const Block& block : blocks_)
            channel.reaches.push_back(std::find(reaches.begin() + block.populations.begin,
                                                reaches.begin() + block.populations.end,
                                                true) != reaches.begin() + block.populations.end);
        for (std::size_t p = 0; p < plan_.populations.size(); ++p)
            channel.quanta.push_back(static_cast<float>(plan_.quantum(channel.number, p) *
                                                        input_of_arrival(plan_.channels[channel.number],
                                                                         plan_.description.populations[p].cell.model,
                                                                         plan_.description.spec.dt_ms)));
        for (const Block& block : blocks_) {
            bool mixed = false;  // the first population of a block has neurons
            for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p)
                mixed = mixed ||
                        (plan_.populations[p].size > 0 && channel.quanta[p] != channel.quanta[block.populations.begin]);
            channel.mixed.push_back(mixed);
        }
        if (std::find(channel.reaches.begin(), channel.reaches.end(), true) == channel.reaches.end()) continue;
        if (channel.number > 0) make_dynamics(c);
        if (!has_synapses_ || !plan_.is_filled(c)) continue;
        channel.whole = ring_slots(plan_, delivery_, c);
        channel.slots = window_slots(plan_, delivery_, parts_.size() * ranks_, c, window);
        channel.late = channel.slots < channel.whole;
        channel.rings.resize(delivery_ == Delivery::partition ? parts_.size() : workers);
        for (std::size_t r = 0; r < channel.rings.size(); ++r) {
            channel.rings[r].stride = delivery_ == Delivery::partition ? parts_[r].slots.size() : own_.size();
            channel.rings[r].sums = AlignedArray<std::int32_t>(channel.rings[r].stride * std::size_t{channel.slots});
            if (channel.late)
                channel.beyond.push_back({LazyArray<std::int32_t>(channel.rings[r].stride * std::size_t{channel.whole}),
                                          std::vector<std::uint8_t>(channel.whole)});
        }
    }
}

void SpikeDelivery::make_dynamics(std::size_t c) {
    Channel& channel = channels_[c];
    const SynapseDynamics& dynamics = plan_.channels[channel.number];
    channel.state = synapses_.channels[c].state.data();
    channel.rise = synapses_.channels[c].rise.data();
    channel.args.dt = static_cast<float>(plan_.description.spec.dt_ms);
    const auto decays_in = [&](double tau_ms) {
        channel.args.decay = Decay(plan_.description.spec.dt_ms, tau_ms).one_step();
    };
    channel.leaky.resize(plan_.populations.size());
    if (const auto* exponential = std::get_if<ExponentialCurrent>(&dynamics)) {
        decays_in(exponential->tau_ms);
        channel.kernel = channel.leaky_kernel = kernels_.exponential;
    } else if (const auto* alpha = std::get_if<AlphaCurrent>(&dynamics)) {
        decays_in(alpha->tau_ms);
        constexpr double e = 2.718281828459045;
        channel.args.gain = static_cast<float>(e / alpha->tau_ms);
        channel.kernel = kernels_.alpha;
        channel.leaky_kernel = kernels_.alpha_leaky;
    } else if (const auto* conductance = std::get_if<Conductance>(&dynamics)) {
        decays_in(conductance->tau_ms);
        channel.args.reversal = static_cast<float>(conductance->reversal_mv);
        channel.conductance = true;
        const bool nmda = conductance->factor == VoltageFactor::nmda;
        channel.kernel = nmda ? kernels_.nmda : kernels_.conductance;
        channel.leaky_kernel = nmda ? kernels_.nmda_leaky : kernels_.conductance_leaky;
    }
    for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
        const Model& model = plan_.description.populations[p].cell.model;
        if (model.form != ModelForm::lif) continue;
        channel.leaky[p].rest = static_cast<float>(model.vr);
        const auto* alpha = std::get_if<AlphaCurrent>(&dynamics);
        if (alpha == nullptr) continue;
        const Leak leak(model, plan_.description.spec.dt_ms);
        channel.leaky[p].of_state = static_cast<float>(leak.of_exponential(alpha->tau_ms));
        channel.leaky[p].of_rise = static_cast<float>(leak.of_rise(alpha->tau_ms));
    }
}

void SpikeDelivery::make_routes(const Wiring& wiring, std::size_t workers) {
    for (std::size_t r = 0; r < plan_.routes.size(); ++r) {
        const RoutePlan& plan = plan_.routes[r];
        const Connectome& rows = wiring.route(r);
        if (rows.synapse_count() == 0) continue;
        const ShortTerm* const short_term =
            plan.short_term ? synapses_.short_term[plan.projections.front()].get() : nullptr;
        // named: Clang 14 makes no aggregate from parentheses
        Route& route =
            routes_.emplace_back(Route{&rows, ProceduralRows(plan_, plan, kernels_), plan.buffer, short_term,
                                       deliver_kernel(kernels_, plan.wide, rows.near(), short_term != nullptr),
                                       lines_of_rows(rows, plan_.neurons), in_memory(rows)});
        if (channels_[plan.buffer].late && rows.groups() > 0) make_late(route, plan.wide);
        if (route.procedural.empty()) continue;
        for (std::size_t w = 0; w < workers; ++w) route.scratch.emplace_back(route.procedural);
    }
}

void SpikeDelivery::make_late(Route& route, bool wide) {
    const Channel& channel = channels_[route.buffer];
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

void SpikeDelivery::make_cuts() {
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

}  // namespace izhi::detail
