// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/connectome.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/network/parallel.hpp"
#include "engine/network/text.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

constexpr std::uint32_t kChunkRows = 1u << simd::kRowChunkShift;
constexpr std::size_t kLargestSlabWords = (std::size_t{64} << 20) / sizeof(std::uint32_t);
/// Consecutive targets from which on a dense group pays: a header more, then half the memory and a tenth of the time.
constexpr std::size_t kDenseRun = 64;

/// Sorts and encodes pack a synapse into one word: delay, slot and weight, the order in which rows are stored. Weights
/// of 16 bits are all there is in a packed row.
constexpr std::uint64_t pack(std::uint32_t delay, std::uint32_t slot, std::int32_t weight) {
    return std::uint64_t{delay} << 48 | std::uint64_t{slot} << 16 | (static_cast<std::uint32_t>(weight) + 0x8000u);
}

/// Sorts packed synapses by delay and slot. Rows are some hundred long and differ in two or three bytes of their place:
/// a radix sort over those takes a fifth of the time of std::sort.
void sort_packed(std::vector<std::uint64_t>& keys, std::vector<std::uint64_t>& scratch) {
    constexpr std::size_t few = 32;
    if (keys.size() < few) {
        std::sort(keys.begin(), keys.end());
        return;
    }
    std::uint64_t differing = 0;
    for (const std::uint64_t key : keys) differing |= key ^ keys.front();
    scratch.resize(keys.size());
    for (unsigned shift = 16; shift < 64; shift += 8) {
        if ((differing >> shift & 0xff) == 0) continue;
        std::uint32_t begin[256] = {};
        for (const std::uint64_t key : keys) ++begin[key >> shift & 0xff];
        std::uint32_t sum = 0;
        for (std::uint32_t& b : begin) sum += std::exchange(b, sum);
        for (const std::uint64_t key : keys) scratch[begin[key >> shift & 0xff]++] = key;
        keys.swap(scratch);
    }
}

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
    RowWriter(const Plan& plan, const Connectome& connectome)
        : plan_(plan), connectome_(connectome), drawer_(plan), words_(connectome.parts_.size()),
          synapses_from_(plan.populations.size()) {}

    void clear() {
        for (auto& words : words_) words.clear();
    }
    [[nodiscard]] const std::vector<std::uint32_t>& words(std::size_t part) const { return words_[part]; }
    [[nodiscard]] const std::vector<std::uint64_t>& synapses_from() const { return synapses_from_; }
    [[nodiscard]] std::uint64_t groups() const { return groups_; }

    void write_row(std::uint32_t source) {
        drawn_.clear();
        std::uint64_t& synapses = synapses_from_[plan_.population_of(source)];
        for (const std::size_t p : connectome_.projections_) {
            const ProjectionPlan& projection = plan_.projections[p];
            if (!projection.source.contains(source)) continue;
            if (projection.procedural) {
                synapses += count_procedural(p, source);
                continue;
            }
            const GatheredProjection& gathered = connectome_.gathered_[p];
            if (gathered.offsets.empty()) {
                drawer_.draw_row(p, source, drawn_);
            } else {
                const auto* const all = gathered.synapses.data();
                const std::size_t row = source - projection.source.begin;
                drawn_.insert(drawn_.end(), all + gathered.offsets[row], all + gathered.offsets[row + 1]);
            }
        }
        synapses += drawn_.size();
        plan_.wide ? write_wide() : write_packed();
    }

private:
    /// Synapses of a row that will be drawn while running: only their number is wanted here.
    std::uint64_t count_procedural(std::size_t projection, std::uint32_t source) {
        const ProjectionSpec& spec = plan_.description.projections[projection].spec;
        if (const auto* outdegree = std::get_if<FixedOutdegree>(&spec.rule)) return outdegree->count;
        counted_.clear();
        drawer_.draw_row(projection, source, counted_);
        return counted_.size();
    }

    std::uint32_t slot_of(std::uint32_t neuron) {
        const PopulationPlan& last = plan_.populations[population_];
        if (neuron - last.first_neuron >= last.size) population_ = plan_.population_of(neuron);
        const PopulationPlan& p = plan_.populations[population_];
        return neuron - p.first_neuron + p.first_slot;
    }

    /// Walks synapses sorted by (delay, slot) and cuts them into groups of one delay and one part.
    template <class PlaceOf, class Encode>
    void write_groups(std::size_t count, PlaceOf place_of, Encode encode) {
        std::size_t i = 0;
        while (i < count) {
            const auto [delay, first_slot] = place_of(i);
            std::size_t part = 0;
            while (first_slot >= connectome_.parts_[part].slots.end) ++part;
            const Range slots = connectome_.parts_[part].slots;
            std::size_t end = i;
            for (; end < count; ++end) {
                const auto [other_delay, slot] = place_of(end);
                if (other_delay != delay || slot >= slots.end) break;
            }
            encode(i, end, delay, slots.begin, words_[part]);
            ++groups_;
            i = end;
        }
    }

    void write_packed() {
        packed_.clear();
        for (const DrawnSynapse& s : drawn_) packed_.push_back(pack(s.delay, slot_of(s.target), s.weight));
        sort_packed(packed_, scratch_);
        const auto place_of = [&](std::size_t i) {
            return std::pair{static_cast<std::uint32_t>(packed_[i] >> 48),
                             static_cast<std::uint32_t>(packed_[i] >> 16)};
        };
        write_groups(packed_.size(), place_of,
                     [&](std::size_t begin, std::size_t end, std::uint32_t delay, std::uint32_t origin,
                         std::vector<std::uint32_t>& words) {
                         std::size_t sparse = begin;  // synapses from here to the next dense run go into a packed group
                         for (std::size_t i = begin; i < end;) {
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

    [[nodiscard]] std::uint32_t packed_slot(std::size_t i) const {
        return static_cast<std::uint32_t>(packed_[i] >> 16);
    }
    [[nodiscard]] std::uint32_t packed_weight(std::size_t i) const {
        return static_cast<std::uint32_t>(packed_[i] & 0xffffu) ^ 0x8000u;
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

    void write_near(std::size_t begin, std::size_t end, std::uint32_t delay, std::uint32_t origin,
                    std::vector<std::uint32_t>& words) {
        while (begin < end) {
            const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(end - begin, simd::kLargestGroup));
            words.push_back(delay | size << 16);
            for (std::size_t i = begin; i < begin + size; ++i)
                words.push_back((packed_slot(i) - origin) | packed_weight(i) << 16);
            for (std::uint32_t pad = 0; size + pad < simd::packed_words(size); ++pad)
                words.push_back(packed_slot(begin + pad) - origin);
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
        for (const DrawnSynapse& s : drawn_)
            wide_.push_back({std::uint64_t{s.delay} << 32 | slot_of(s.target), s.weight});
        std::sort(wide_.begin(), wide_.end());
        const auto place_of = [&](std::size_t i) {
            return std::pair{static_cast<std::uint32_t>(wide_[i].place >> 32),
                             static_cast<std::uint32_t>(wide_[i].place)};
        };
        write_groups(wide_.size(), place_of,
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
    std::vector<DrawnSynapse> drawn_, counted_;
    std::vector<std::uint64_t> packed_, scratch_;
    std::vector<WideSynapse> wide_;
    std::vector<std::vector<std::uint32_t>> words_;  ///< of the chunk, by part
    std::uint32_t population_ = 0;                   ///< of the last target
    std::vector<std::uint64_t> synapses_from_;       ///< by population of the source
    std::uint64_t groups_ = 0;
};

Connectome::Connectome(const Plan& plan, const RoutePlan& route, const std::vector<Range>& parts, Executor& executor,
                       const std::function<void(double)>& progress)
    : projections_(route.projections), gathered_(plan.projections.size()), synapses_from_(plan.populations.size()),
      wide_(plan.wide) {
    const std::uint32_t chunks = (plan.neurons + kChunkRows - 1) / kChunkRows;
    parts_.resize(parts.size());
    near_ = !wide_;
    for (std::size_t p = 0; p < parts.size(); ++p) {
        near_ = near_ && parts[p].size() <= simd::kNearSlots;
        parts_[p].slots = parts[p];
        parts_[p].chunks.resize(chunks);
        parts_[p].offsets.resize(std::size_t{plan.neurons} + chunks);
    }
    double expected = plan.neurons;
    for (const std::size_t p : projections_)
        expected += plan.projections[p].procedural ? 0.0 : plan.projections[p].synapse_bound * (plan.wide ? 2.0 : 1.0);
    expected_words_ = static_cast<std::uint64_t>(expected);

    for (const std::size_t p : projections_)
        if (needs_gathering(plan, p)) gathered_[p] = gather(plan, p, executor);
    std::atomic<std::uint32_t> done{0};
    parallel_tasks(executor, chunks, [&](auto next_task) {
        RowWriter writer(plan, *this);
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
            synapses_ += writer.synapses_from()[p];
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
                        {first + i, delay, static_cast<std::int32_t>(word[i / 2] << (i % 2 ? 0 : 16)) >> 16});
                word += (count + 1) / 2;
                continue;
            }
            if (wide_) {
                for (std::uint32_t i = 0; i < count; ++i, word += 2)
                    into.push_back({part.slots.begin + word[0], delay, static_cast<std::int32_t>(word[1])});
                continue;
            }
            std::uint32_t slot = part.slots.begin;
            for (std::uint32_t i = 0; near_ && i < count; ++i)
                into.push_back(
                    {part.slots.begin + (word[i] & 0xffffu), delay, static_cast<std::int32_t>(word[i]) >> 16});
            for (std::uint32_t i = 0; !near_ && i < count; ++i) {
                const std::uint32_t distance = word[i] & 0xffffu;
                slot += distance;
                if (distance != simd::kFillerDistance)
                    into.push_back({slot, delay, static_cast<std::int32_t>(word[i]) >> 16});
            }
            word += simd::packed_words(count);
        }
    }
}

Wiring::Wiring(const Plan& plan, const std::vector<Range>& parts, Executor& executor,
               const std::function<void(double)>& progress) {
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
        routes_.emplace_back(plan, route, parts, executor, of_all);
        done += share;
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
