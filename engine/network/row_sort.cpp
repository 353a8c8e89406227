// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/row_sort.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace izhi::detail {
namespace {

/// Longer rows go through radix(): counters would leave the first-level cache.
constexpr std::size_t kMostDistributed = 4096;
/// Moves per synapse from which on buckets are taken for crowded.
constexpr std::size_t kMostMoves = 8;
constexpr std::size_t kBucketsPerSynapse = 2;

/// Turns counters into where each bucket begins. @param buckets a multiple of 8
template <class Counter>
void sum_up(Counter* counters, std::size_t buckets) {
    if constexpr (std::endian::native == std::endian::little) {  // as many at a time as 64 bits hold
        constexpr std::size_t bits = 8 * sizeof(Counter), together = 64 / bits;
        constexpr std::uint64_t each = ~std::uint64_t{0} / ((std::uint64_t{1} << bits) - 1);
        std::uint64_t before = 0;
        for (std::size_t b = 0; b < buckets; b += together) {
            std::uint64_t some = 0;
            std::memcpy(&some, counters + b, sizeof(some));
            const std::uint64_t up_to_each = some * each, begins = (up_to_each << bits) + before * each;
            std::memcpy(counters + b, &begins, sizeof(begins));
            before += up_to_each >> (64 - bits);
        }
    } else {
        Counter before = 0;
        for (std::size_t b = 0; b < buckets; ++b) {
            const Counter here = std::exchange(counters[b], before);
            before = static_cast<Counter>(before + here);
        }
    }
}

}  // namespace

std::span<const std::uint64_t> RowSorter::sort(const DrawnRow& row, const Range& slots) {
    const std::size_t count = row.size();
    if (sorted_.size() < count) {
        sorted_.resize(2 * count);
        scratch_.resize(2 * count);
        buckets_.resize(2 * count);
    }
    if (count < kFewSynapses) {
        pack(row);
        std::sort(sorted_.begin(), sorted_.begin() + static_cast<std::ptrdiff_t>(count));
    } else if (count > kMostDistributed || !find_buckets(row, slots)) {
        pack(row);
        radix(count);
    } else {
        count < 256 ? distribute(row, small_) : distribute(row, large_);
        if (!finish(count)) radix(count);
    }
    return {sorted_.data(), count};
}

void RowSorter::pack(const DrawnRow& row) {
    for (std::size_t i = 0; i < row.size(); ++i)
        sorted_[i] = PackedSynapse::pack(row.delays()[i], row.targets()[i], row.weights()[i]);
}

bool RowSorter::find_buckets(const DrawnRow& row, const Range& range) {
    const std::size_t count = row.size();
    const std::uint32_t* const __restrict slots = row.targets();
    const std::uint32_t* const __restrict delays = row.delays();
    std::uint32_t other_delays = 0;
    for (std::size_t i = 0; i < count; ++i) other_delays |= delays[i] ^ delays[0];
    std::uint32_t lowest_delay = delays[0], highest_delay = delays[0];
    for (std::size_t i = 0; other_delays != 0 && i < count; ++i) {
        lowest_delay = std::min(lowest_delay, delays[i]);
        highest_delay = std::max(highest_delay, delays[i]);
    }
    const std::uint64_t places = (std::uint64_t{highest_delay} - lowest_delay + 1) * range.size();
    if (places > 0xffffffffu) return false;
    const std::size_t buckets = std::bit_ceil(kBucketsPerSynapse * count);
    if (places != places_ || buckets != bucket_count_) {
        places_ = places;
        bucket_count_ = buckets;
        scale_ =
            static_cast<std::uint32_t>(std::min<std::uint64_t>((std::uint64_t{buckets} << 32) / places, 0xffffffffu));
    }
    const std::uint32_t scale = scale_, lowest_slot = range.begin, width = range.size();
    std::uint32_t* const __restrict bucket = buckets_.data();
    const auto bucket_of = [&](std::uint32_t place) {
        return static_cast<std::uint32_t>(std::uint64_t{place} * scale >> 32);
    };
    if (other_delays == 0)
        for (std::size_t i = 0; i < count; ++i) bucket[i] = bucket_of(slots[i] - lowest_slot);
    else
        for (std::size_t i = 0; i < count; ++i)
            bucket[i] = bucket_of((delays[i] - lowest_delay) * width + (slots[i] - lowest_slot));
    return true;
}

template <class Counter>
void RowSorter::distribute(const DrawnRow& row, std::vector<Counter>& counters) {
    const std::size_t count = row.size();
    const std::uint32_t* const __restrict slots = row.targets();
    const std::uint32_t* const __restrict delays = row.delays();
    const std::int32_t* const __restrict weights = row.weights();
    const std::uint32_t* const __restrict bucket = buckets_.data();
    counters.assign(bucket_count_, 0);
    Counter* const __restrict begins = counters.data();
    for (std::size_t i = 0; i < count; ++i) ++begins[bucket[i]];
    sum_up(begins, bucket_count_);
    std::uint64_t* const __restrict sorted = sorted_.data();
    for (std::size_t i = 0; i < count; ++i)
        sorted[begins[bucket[i]]++] = PackedSynapse::pack(delays[i], slots[i], weights[i]);
}

bool RowSorter::finish(std::size_t count) {
    std::uint64_t* const __restrict sorted = sorted_.data();
    std::size_t moves = 0;
    for (std::size_t i = 1; i < count; ++i) {
        const std::uint64_t synapse = sorted[i], place = PackedSynapse::place(synapse);
        if (PackedSynapse::place(sorted[i - 1]) <= place) continue;
        std::size_t to = i;
        do {
            sorted[to] = sorted[to - 1];
            --to;
        } while (to > 0 && PackedSynapse::place(sorted[to - 1]) > place);
        sorted[to] = synapse;
        moves += i - to;
        if (moves > kMostMoves * count) return false;
    }
    return true;
}

void RowSorter::radix(std::size_t count) {
    const std::span<std::uint64_t> row(sorted_.data(), count);
    std::uint64_t differing = 0;
    for (const std::uint64_t synapse : row) differing |= synapse ^ row.front();
    for (unsigned shift = 16; shift < 64; shift += 8) {
        if ((differing >> shift & 0xff) == 0) continue;
        std::uint32_t begin[256] = {};
        for (std::size_t i = 0; i < count; ++i) ++begin[sorted_[i] >> shift & 0xff];
        std::uint32_t sum = 0;
        for (std::uint32_t& b : begin) sum += std::exchange(b, sum);
        for (std::size_t i = 0; i < count; ++i) scratch_[begin[sorted_[i] >> shift & 0xff]++] = sorted_[i];
        sorted_.swap(scratch_);
    }
}

}  // namespace izhi::detail
