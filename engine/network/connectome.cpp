// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/connectome.hpp"
#include "engine/network/counts.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "engine/base/parallel.hpp"
#include "engine/base/text.hpp"
#include "engine/network/row_sort.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

constexpr std::uint32_t kChunkRows = 1u << simd::kRowChunkShift;
constexpr std::size_t kLargestSlabWords = (std::size_t{64} << 20) / sizeof(std::uint32_t);
/// Consecutive targets from which on a dense group pays: a header more, then half the memory and a tenth of the time.
constexpr std::size_t kDenseRun = 64;

struct WideSynapse {
    std::uint64_t place;  ///< delay << 32 | slot
    std::int32_t weight;
    friend auto operator<=>(const WideSynapse&, const WideSynapse&) = default;
};

}  // namespace

std::uint32_t* Connectome::Arena::take(std::size_t words, std::size_t next_slab_words) {
    if (slabs.empty() || used_words + words > slab_words) {
        slab_words = std::max(words, next_slab_words);
        slabs.emplace_back(static_cast<std::uint32_t*>(allocate_aligned(slab_words * sizeof(std::uint32_t))));
        used_words = 0;
    }
    total_words += words;  // what is never written to takes no memory
    std::uint32_t* const taken = slabs.back().get() + used_words;
    used_words += words;
    return taken;
}

/// Turns the synapses of a source into rows, one per part. One per thread.
class Connectome::RowWriter {
public:
    RowWriter(const Plan& plan, const Connectome& connectome, const simd::Kernels& kernels)
        : plan_(plan), connectome_(connectome), drawer_(plan, kernels), segments_(plan.projections.size()),
          words_(connectome.parts_.size()), synapses_from_(plan.populations.size()),
          gathered_from_(plan.populations.size()) {
        for (const std::size_t p : connectome.projections_)
            segments_[p] = target_segments(plan, plan.projections[p].target);
    }

    void clear() {
        for (auto& words : words_) words.clear();
    }
    [[nodiscard]] const std::vector<std::uint32_t>& words(std::size_t part) const { return words_[part]; }
    [[nodiscard]] const std::vector<std::uint64_t>& synapses_from() const { return synapses_from_; }
    [[nodiscard]] const std::vector<std::uint64_t>& gathered_from() const { return gathered_from_; }
    [[nodiscard]] std::uint64_t groups() const { return groups_; }

    void write_row(std::uint32_t source) {
        drawn_.clear();
        slots_ = {0xffffffffu, 0};
        const std::uint32_t population = plan_.population_of(source);
        std::uint64_t& synapses = synapses_from_[population];
        for (const std::size_t p : connectome_.projections_) {
            const ProjectionPlan& projection = plan_.projections[p];
            if (!projection.source.contains(source)) continue;
            if (projection.procedural) {
                synapses += count_procedural(p, source);
                continue;
            }
            const GatheredProjection& gathered = connectome_.gathered_[p];
            const std::size_t first = drawn_.size();
            if (gathered.offsets.empty()) {
                drawer_.draw_row(p, source, drawn_);
            } else {
                const std::size_t row = source - projection.source.begin;
                for (std::uint64_t i = gathered.offsets[row]; i < gathered.offsets[row + 1]; ++i)
                    drawn_.add(gathered.synapses[i]);
                gathered_from_[population] += drawn_.size() - first;
            }
            synapses += drawn_.size() - first;
            turn_into_slots(p, first);
            if (!connectome_.keeps_all_) drawn_.keep(first, connectome_.kept_);
            const std::vector<simd::TargetSegment>& segments = segments_[p];
            slots_.begin = std::min(slots_.begin, segments.front().first_slot);
            slots_.end = std::max(slots_.end, shift_of(segments.back()) + segments.back().end_index);
        }
        if (!connectome_.keeps_all_ && drawn_.size() > 0) {
            slots_.begin = std::max(slots_.begin, connectome_.kept_.begin);
            slots_.end = std::min(slots_.end, connectome_.kept_.end);
        }
        connectome_.wide_ ? write_wide() : write_packed();
    }

private:
    /// Synapses of a row that will be drawn while running: only their number is wanted here.
    std::uint64_t count_procedural(std::size_t projection, std::uint32_t source) {
        const ProjectionSpec& spec = plan_.description.projections[projection].spec;
        if (const auto* outdegree = std::get_if<FixedOutdegree>(&spec.rule)) return outdegree->count;
        const ProjectionPlan& planned = plan_.projections[projection];
        if (planned.row_lengths) return planned.row_lengths->get()[source - planned.source.begin];
        counted_.clear();
        drawer_.draw_row(projection, source, counted_);
        return counted_.size();
    }

    /// Targets of a projection, from number `first` of the row on: neurons become slots.
    void turn_into_slots(std::size_t projection, std::size_t first) {
        const std::vector<simd::TargetSegment>& segments = segments_[projection];
        const std::uint32_t begin = plan_.projections[projection].target.begin;
        std::uint32_t* const __restrict targets = drawn_.targets();
        const std::size_t end = drawn_.size();
        constexpr std::size_t few = 8;
        if (segments.size() > few) {
            for (std::size_t i = first; i < end; ++i) targets[i] = slot_of(targets[i]);
            return;
        }
        for (std::size_t g = segments.size(); g-- > 1;) {  // the last first: what was moved is beyond all others
            const std::uint32_t from = begin + segments[g].first_index;
            const std::uint32_t padding = shift_of(segments[g]) - shift_of(segments[g - 1]);
            for (std::size_t i = first; i < end; ++i) targets[i] += targets[i] >= from ? padding : 0;
        }
        const std::uint32_t shift = shift_of(segments[0]) - begin;
        for (std::size_t i = first; i < end; ++i) targets[i] += shift;
    }
    static std::uint32_t shift_of(const simd::TargetSegment& segment) {
        return segment.first_slot - segment.first_index;
    }
    std::uint32_t slot_of(std::uint32_t neuron) {
        const PopulationPlan& last = plan_.populations[population_];
        if (neuron - last.first_neuron >= last.size) population_ = plan_.population_of(neuron);
        const PopulationPlan& p = plan_.populations[population_];
        return neuron - p.first_neuron + p.first_slot;
    }

    /// Walks synapses sorted by place (delay << 32 | slot) and cuts them into groups of one delay and one part.
    template <class PlaceOf, class Encode>
    void write_groups(std::size_t count, PlaceOf place_of, Encode encode) {
        for (std::size_t i = 0; i < count;) {
            const std::uint64_t place = place_of(i);
            const auto slot = static_cast<std::uint32_t>(place);
            std::size_t part = 0;
            while (slot >= connectome_.parts_[part].slots.end) ++part;
            const Range slots = connectome_.parts_[part].slots;
            const std::uint64_t group_end = place - slot + slots.end;  // the place after the last that belongs to it
            std::size_t end = count;
            if (place_of(count - 1) >= group_end) {  // the first beyond
                std::size_t within = i;
                while (end - within > 1) {
                    const std::size_t middle = within + (end - within) / 2;
                    (place_of(middle) < group_end ? within : end) = middle;
                }
            }
            encode(i, end, static_cast<std::uint32_t>(place >> 32), slots.begin, words_[part]);
            ++groups_;
            i = end;
        }
    }

    void write_packed() {
        packed_ = sorter_.sort(drawn_, slots_);
        write_groups(
            packed_.size(), [&](std::size_t i) { return PackedSynapse::place(packed_[i]); },
            [&](std::size_t begin, std::size_t end, std::uint32_t delay, std::uint32_t origin,
                std::vector<std::uint32_t>& words) {
                std::size_t sparse = begin;  // synapses from here to the next dense run go into a packed group
                for (std::size_t i = may_have_dense_run(begin, end) ? begin : end; i < end;) {
                    const std::size_t run = run_length(i, end);
                    if (run >= kDenseRun) {
                        write_sparse(sparse, i, delay, origin, words);
                        write_dense(i, run, delay, origin, words);
                        sparse = i + run;
                    }
                    i += run;
                }
                write_sparse(sparse, end, delay, origin, words);
            });
    }

    [[nodiscard]] std::uint32_t packed_slot(std::size_t i) const { return PackedSynapse::slot(packed_[i]); }
    [[nodiscard]] std::uint32_t packed_weight(std::size_t i) const { return PackedSynapse::weight(packed_[i]); }

    /// Whether as many synapses as a dense run has span as many slots anywhere: a look at each that asks no jump.
    [[nodiscard]] bool may_have_dense_run(std::size_t begin, std::size_t end) const {
        bool found = false;
        for (std::size_t i = begin; i + kDenseRun <= end; ++i)
            found |= packed_slot(i + kDenseRun - 1) - packed_slot(i) == kDenseRun - 1;
        return found;
    }

    /// How many synapses from i on have consecutive targets, as many as a group may hold.
    [[nodiscard]] std::size_t run_length(std::size_t i, std::size_t end) const {
        std::size_t length = 1;
        while (i + length < end && length < simd::kLargestGroup && packed_slot(i + length) == packed_slot(i) + length)
            ++length;
        return length;
    }

    void write_dense(std::size_t begin, std::size_t count, std::uint32_t delay, std::uint32_t origin,
                     std::vector<std::uint32_t>& words) {
        words.push_back(delay | static_cast<std::uint32_t>(count) << 16 | simd::kDenseGroup);
        words.push_back(packed_slot(begin) - origin);
        for (std::size_t i = 0; i < count; i += 2)
            words.push_back(packed_weight(begin + i) | (i + 1 < count ? packed_weight(begin + i + 1) << 16 : 0));
    }

    void write_sparse(std::size_t begin, std::size_t end, std::uint32_t delay, std::uint32_t origin,
                      std::vector<std::uint32_t>& words) {
        if (begin == end) return;
        if (connectome_.near_) return write_near(begin, end, delay, origin, words);
        if (write_distances(begin, end, delay, origin, words)) return;
        std::size_t header = words.size();
        std::uint32_t size = 0, previous = origin;
        words.push_back(0);
        const auto add = [&](std::uint32_t distance, std::uint32_t weight) {
            words.push_back(distance | weight << 16);
            ++size;
        };
        for (std::size_t i = begin; i < end; ++i) {
            const std::uint32_t slot = packed_slot(i);
            // a group that may overflow its counter is continued in another, counted from the origin again
            if (size + (slot - previous) / simd::kFillerDistance + 1 > simd::kLargestGroup) {
                close_sparse(header, delay, size, words);
                header = words.size();
                words.push_back(0);
                size = 0;
                previous = origin;
            }
            for (; slot - previous >= simd::kFillerDistance; previous += simd::kFillerDistance)
                add(simd::kFillerDistance, 0);
            add(slot - previous, packed_weight(i));
            previous = slot;
        }
        close_sparse(header, delay, size, words);
    }

    /// A group without fillers, the usual case. @return false, and nothing written, if it needs some or is too large
    bool write_distances(std::size_t begin, std::size_t end, std::uint32_t delay, std::uint32_t origin,
                         std::vector<std::uint32_t>& words) {
        const std::size_t size = end - begin, header = words.size();
        if (size > simd::kLargestGroup) return false;
        const auto count = static_cast<std::uint32_t>(size);
        words.resize(header + 1 + simd::packed_words(count));
        words[header] = delay | count << 16;
        const std::uint64_t* const __restrict synapses = packed_.data() + begin;
        std::uint32_t* const __restrict out = words.data() + header + 1;
        bool far = PackedSynapse::slot(synapses[0]) - origin >= simd::kFillerDistance;
        out[0] = (PackedSynapse::slot(synapses[0]) - origin) | PackedSynapse::weight(synapses[0]) << 16;
        for (std::size_t i = 1; i < size; ++i) {
            const std::uint32_t distance = PackedSynapse::slot(synapses[i]) - PackedSynapse::slot(synapses[i - 1]);
            far |= distance >= simd::kFillerDistance;
            out[i] = distance | PackedSynapse::weight(synapses[i]) << 16;
        }
        if (far) words.resize(header);
        return !far;
    }

    void write_near(std::size_t begin, std::size_t end, std::uint32_t delay, std::uint32_t origin,
                    std::vector<std::uint32_t>& words) {
        while (begin < end) {
            const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(end - begin, simd::kLargestGroup));
            const std::uint32_t room = simd::packed_words(size);
            const std::size_t header = words.size();
            words.resize(header + 1 + room);
            words[header] = delay | size << 16;
            const std::uint64_t* const __restrict synapses = packed_.data() + begin;
            std::uint32_t* const __restrict out = words.data() + header + 1;
            for (std::size_t i = 0; i < size; ++i)
                out[i] = (PackedSynapse::slot(synapses[i]) - origin) | PackedSynapse::weight(synapses[i]) << 16;
            for (std::uint32_t i = size; i < room; ++i) out[i] = PackedSynapse::slot(synapses[i - size]) - origin;
            begin += size;
        }
    }

    static void close_sparse(std::size_t header, std::uint32_t delay, std::uint32_t size,
                             std::vector<std::uint32_t>& words) {
        words[header] = delay | size << 16;
        words.resize(header + 1 + simd::packed_words(size), 0);
    }

    void write_wide() {
        wide_.clear();
        for (std::size_t i = 0; i < drawn_.size(); ++i)
            wide_.push_back({std::uint64_t{drawn_.delays()[i]} << 32 | drawn_.targets()[i], drawn_.weights()[i]});
        std::sort(wide_.begin(), wide_.end());
        write_groups(
            wide_.size(), [&](std::size_t i) { return wide_[i].place; },
            [&](std::size_t begin, std::size_t end, std::uint32_t delay, std::uint32_t origin,
                std::vector<std::uint32_t>& words) {
                while (begin < end) {
                    const std::size_t size = std::min<std::size_t>(end - begin, simd::kLargestGroup);
                    words.push_back(delay | static_cast<std::uint32_t>(size) << 16);
                    for (std::size_t i = begin; i < begin + size; ++i) {
                        words.push_back(static_cast<std::uint32_t>(wide_[i].place) - origin);
                        words.push_back(static_cast<std::uint32_t>(wide_[i].weight));
                    }
                    begin += size;
                }
            });
    }

    const Plan& plan_;
    const Connectome& connectome_;
    RowDrawer drawer_;
    DrawnRow drawn_, counted_;
    Range slots_;  ///< that targets of drawn_ are in
    RowSorter sorter_;
    std::span<const std::uint64_t> packed_;                   ///< of the row
    std::vector<std::vector<simd::TargetSegment>> segments_;  ///< by projection
    std::vector<WideSynapse> wide_;
    std::vector<std::vector<std::uint32_t>> words_;  ///< of the chunk, by part
    std::uint32_t population_ = 0;                   ///< of the last target
    std::vector<std::uint64_t> synapses_from_;       ///< by population of the source, wherever they end
    std::vector<std::uint64_t> gathered_from_;       ///< those of them that were gathered, all of which are kept
    std::uint64_t groups_ = 0;
};

Connectome::Connectome(const Plan& plan, const RoutePlan& route, const std::vector<Range>& parts, const Range& targets,
                       Executor& executor, const simd::Kernels& kernels, const std::function<void(double)>& progress)
    : gathered_(plan.projections.size()), synapses_from_(plan.populations.size()),
      gathered_from_(plan.populations.size()),
      kept_(parts.empty() ? Range{} : Range{parts.front().begin, parts.back().end}),
      keeps_all_(kept_.size() == plan.slots), channel_(route.channel), wide_(route.wide) {
    for (const std::size_t p : route.projections)
        if (!plan.projections[p].empty()) projections_.push_back(p);
    const std::uint32_t chunks = (plan.neurons + kChunkRows - 1) / kChunkRows;
    parts_.resize(parts.size());
    near_ = !wide_;
    for (std::size_t p = 0; p < parts.size(); ++p) {
        near_ = near_ && parts[p].size() <= simd::kNearSlots;
        parts_[p].slots = parts[p];
        parts_[p].chunks.resize(chunks);
        parts_[p].offsets = AlignedArray<std::uint32_t>(std::size_t{plan.neurons} + chunks);
    }
    const double share = plan.slots == 0 ? 1.0 : static_cast<double>(kept_.size()) / plan.slots;
    double expected = plan.neurons;
    for (const std::size_t p : projections_)
        expected +=
            plan.projections[p].procedural ? 0.0 : plan.projections[p].synapse_bound * share * (wide_ ? 2.0 : 1.0);
    expected_words_ = static_cast<std::uint64_t>(expected);

    for (const std::size_t p : projections_)
        if (needs_gathering(plan, p)) gathered_[p] = gather(plan, p, targets, executor, kernels);
    std::atomic<std::uint32_t> done{0};
    parallel_tasks(executor, chunks, [&](auto next_task) {
        RowWriter writer(plan, *this, kernels);
        for (std::size_t chunk; next_task(chunk);) {
            wire_chunk(plan, static_cast<std::uint32_t>(chunk), writer);
            const std::uint32_t now = done.fetch_add(1) + 1;
            if (progress) {
                const std::lock_guard lock(mutex_);
                progress(static_cast<double>(now) / chunks);
            }
        }
        const std::lock_guard lock(mutex_);
        groups_ += writer.groups();
        for (std::size_t p = 0; p < synapses_from_.size(); ++p) {
            synapses_from_[p] += writer.synapses_from()[p];
            gathered_from_[p] += writer.gathered_from()[p];
        }
    });
    gathered_.clear();
    gathered_.shrink_to_fit();
}

void Connectome::wire_chunk(const Plan& plan, std::uint32_t chunk, RowWriter& writer) {
    const std::uint32_t begin = chunk * kChunkRows, end = std::min(plan.neurons, begin + kChunkRows);
    writer.clear();
    for (std::uint32_t source = begin; source < end; ++source) {
        writer.write_row(source);
        for (std::size_t p = 0; p < parts_.size(); ++p) {
            const std::size_t words = writer.words(p).size();
            if (words > 0xffffffffu)
                throw Error("network", "",
                            "has rows of more than " + bytes_text(std::uint64_t{4} << 32) + " for " +
                                std::to_string(kChunkRows) + " neurons",
                            "fewer synapses per neuron");
            parts_[p].offsets[std::size_t{source} + chunk + 1] = static_cast<std::uint32_t>(words);
        }
    }
    for (std::size_t p = 0; p < parts_.size(); ++p) {
        const std::vector<std::uint32_t>& words = writer.words(p);
        std::uint32_t* place = nullptr;
        {
            const std::lock_guard lock(mutex_);
            const std::size_t slab =
                std::min<std::size_t>(kLargestSlabWords, expected_words_ / parts_.size() / 4 + 1024);
            row_words_ += words.size();
            place =
                parts_[p].arena.take(words.size() + 1, slab);  // one more, so that an empty chunk has an address too
        }
        if (!words.empty()) std::memcpy(place, words.data(), words.size() * sizeof(std::uint32_t));
        parts_[p].chunks[chunk] = place;
    }
}

std::uint64_t Connectome::bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (const Part& p : parts_)
        bytes += p.arena.total_words * sizeof(std::uint32_t) + p.offsets.size() * sizeof(std::uint32_t) +
                 p.chunks.size() * sizeof(void*);
    return bytes;
}

void Connectome::decode(std::uint32_t source, std::vector<StoredSynapse>& into) const {
    const std::uint32_t chunk = source >> simd::kRowChunkShift;
    for (const Part& part : parts_) {
        const std::uint32_t* const offsets = part.offsets.data() + source + chunk;
        const std::uint32_t* word = part.chunks[chunk] + offsets[0];
        const std::uint32_t* const end = part.chunks[chunk] + offsets[1];
        while (word < end) {
            const std::uint32_t header = *word++, delay = header & 0xffffu, count = header >> 16 & simd::kLargestGroup;
            if (header & simd::kDenseGroup) {
                const std::uint32_t first = part.slots.begin + *word++;
                for (std::uint32_t i = 0; i < count; ++i)
                    into.push_back(
                        {first + i, delay, static_cast<std::int32_t>(word[i / 2] << (i % 2 ? 0 : 16)) >> 16, channel_});
                word += (count + 1) / 2;
                continue;
            }
            if (wide_) {
                for (std::uint32_t i = 0; i < count; ++i, word += 2)
                    into.push_back({part.slots.begin + word[0], delay, static_cast<std::int32_t>(word[1]), channel_});
                continue;
            }
            std::uint32_t slot = part.slots.begin;
            for (std::uint32_t i = 0; near_ && i < count; ++i)
                into.push_back({part.slots.begin + (word[i] & 0xffffu), delay, static_cast<std::int32_t>(word[i]) >> 16,
                                channel_});
            for (std::uint32_t i = 0; !near_ && i < count; ++i) {
                const std::uint32_t distance = word[i] & 0xffffu;
                slot += distance;
                if (distance != simd::kFillerDistance)
                    into.push_back({slot, delay, static_cast<std::int32_t>(word[i]) >> 16, channel_});
            }
            word += simd::packed_words(count);
        }
    }
}

Wiring::Wiring(const Plan& plan, const std::vector<Range>& parts, const Range& targets, Executor& executor,
               const simd::Kernels& kernels, const std::function<void(double)>& progress) {
    double all = 0.0, done = 0.0;
    const auto weight = [&](const RoutePlan& route) {
        double sum = plan.neurons;
        for (const std::size_t p : route.projections) sum += plan.projections[p].expected_synapses;
        return sum;
    };
    for (const RoutePlan& route : plan.routes) all += weight(route);
    for (const RoutePlan& route : plan.routes) {
        const double share = weight(route);
        std::function<void(double)> of_all;
        if (progress) of_all = [&](double of_route) { progress((done + of_route * share) / all); };
        routes_.emplace_back(plan, route, parts, targets, executor, kernels, of_all);
        done += share;
    }
}

void Wiring::count_others(Exchange& exchange) {
    for (Connectome& route : routes_) {
        std::vector<std::uint64_t> more = route.gathered_from();
        const std::vector<std::uint64_t> own = more;
        add_all(exchange, more);
        for (std::size_t p = 0; p < more.size(); ++p) more[p] -= own[p];
        route.count_others(more);
    }
}

std::uint64_t Wiring::synapse_count() const noexcept {
    std::uint64_t sum = 0;
    for (const Connectome& route : routes_) sum += route.synapse_count();
    return sum;
}

std::uint64_t Wiring::synapses_from(std::size_t population) const noexcept {
    std::uint64_t sum = 0;
    for (const Connectome& route : routes_) sum += route.synapses_from(population);
    return sum;
}

std::uint64_t Wiring::row_words() const noexcept {
    std::uint64_t sum = 0;
    for (const Connectome& route : routes_) sum += route.row_words();
    return sum;
}

std::uint64_t Wiring::bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const Connectome& route : routes_) sum += route.bytes();
    return sum;
}

void Wiring::decode(std::uint32_t source, std::vector<Connectome::StoredSynapse>& into) const {
    for (const Connectome& route : routes_) route.decode(source, into);
}

}  // namespace izhi::detail
