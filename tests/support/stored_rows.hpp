// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "inputs.hpp"
#include "simd/kernels.hpp"

/// Rows of synapses as kernels read them, written here by hand after the description in simd/kernels.hpp.
namespace izhi::test {

struct RowSynapse {
    std::uint32_t delay, target;
    std::int32_t weight;
};
using Rows = std::vector<std::vector<RowSynapse>>;  ///< by source, each sorted by delay, then target

inline void sort_rows(Rows& rows) {
    for (auto& row : rows)
        std::sort(row.begin(), row.end(), [](const RowSynapse& x, const RowSynapse& y) {
            return x.delay != y.delay ? x.delay < y.delay : x.target < y.target;
        });
}

/// How groups are written. The dense ones are dense where targets are consecutive, else packed or near.
enum class RowFormat { packed, dense, near, near_dense, wide };
inline constexpr RowFormat kRowFormats[] = {RowFormat::packed, RowFormat::dense, RowFormat::near, RowFormat::near_dense,
                                            RowFormat::wide};
constexpr bool is_near(RowFormat format) { return format == RowFormat::near || format == RowFormat::near_dense; }

/// The bounds of what a format can hold come often.
inline std::int32_t random_weight(Inputs& inputs, RowFormat format) {
    const std::int32_t bound = format == RowFormat::wide ? 1 << 28 : 32768;
    switch (inputs.below(8)) {
        case 0: return -bound;
        case 1: return bound - 1;
        case 2: return 0;
        case 3: return -1;
        default: return static_cast<std::int32_t>(inputs.below(2 * static_cast<std::uint32_t>(bound))) - bound;
    }
}

/// A weight times a factor in units of 1 / kFactorOne, to the nearest whole number, halves up.
inline std::int32_t scaled_weight(std::int32_t weight, std::int32_t factor) {
    const std::int64_t product = std::int64_t{weight} * factor + simd::kFactorOne / 2;
    const std::int64_t floor =
        product >= 0 ? product / simd::kFactorOne : -((-product + simd::kFactorOne - 1) / simd::kFactorOne);
    return static_cast<std::int32_t>(floor);
}

/// Each chunk is an allocation of just its size, so that reading past its end is seen by AddressSanitizer.
class StoredRows {
public:
    StoredRows(const Rows& rows, RowFormat format) : format_(format) {
        constexpr std::size_t per_chunk = std::size_t{1} << simd::kRowChunkShift;
        for (std::size_t first = 0; first < rows.size(); first += per_chunk) {
            words_.clear();
            offsets_.push_back(0);
            for (std::size_t source = first; source < std::min(first + per_chunk, rows.size()); ++source) {
                const std::vector<RowSynapse>& row = rows[source];
                const std::size_t row_begin = words_.size();
                auto& groups = groups_.emplace_back();
                for (std::size_t i = 0; i < row.size();) {
                    std::size_t end = i;
                    while (end < row.size() && row[end].delay == row[i].delay && end - i < simd::kLargestGroup) ++end;
                    groups.push_back({row[i].delay, static_cast<std::uint32_t>(words_.size() - row_begin)});
                    append_group(row.data() + i, row.data() + end);
                    i = end;
                }
                offsets_.push_back(static_cast<std::uint32_t>(words_.size()));
            }
            auto& chunk = chunks_.emplace_back(new std::uint32_t[words_.size()]);
            std::copy(words_.begin(), words_.end(), chunk.get());
            pointers_.push_back(chunk.get());
        }
    }
    [[nodiscard]] simd::RowIndex index() const { return {pointers_.data(), offsets_.data()}; }
    /// First word of a source's row, and the number of its words.
    [[nodiscard]] const std::uint32_t* row(std::uint32_t source) const {
        return pointers_[source >> simd::kRowChunkShift] + offset(source);
    }
    [[nodiscard]] std::uint32_t words(std::uint32_t source) const {
        return offsets_[source + (source >> simd::kRowChunkShift) + 1] - offset(source);
    }

    /// Words of a row before its first group of at least a delay.
    [[nodiscard]] std::uint32_t words_before(std::uint32_t source, std::uint32_t delay) const {
        for (const Group& group : groups_[source])
            if (group.delay >= delay) return group.words_before;
        return words(source);
    }

private:
    struct Group {
        std::uint32_t delay, words_before;
    };
    [[nodiscard]] std::uint32_t offset(std::uint32_t source) const {
        return offsets_[source + (source >> simd::kRowChunkShift)];
    }
    static bool consecutive(const RowSynapse* begin, const RowSynapse* end) {
        for (const RowSynapse* s = begin; s + 1 < end; ++s)
            if (s[1].target != s[0].target + 1) return false;
        return true;
    }
    void append_dense_group(const RowSynapse* begin, const RowSynapse* end) {
        const auto count = static_cast<std::uint32_t>(end - begin);
        words_.insert(words_.end(), {begin->delay | count << 16 | simd::kDenseGroup, begin->target});
        for (const RowSynapse* s = begin; s < end; s += 2) {
            const auto high = s + 1 < end ? static_cast<std::uint32_t>(s[1].weight) : 0x7ffeu;  // nobody's
            words_.push_back((static_cast<std::uint32_t>(s->weight) & 0xffffu) | high << 16);
        }
    }
    void append_group(const RowSynapse* begin, const RowSynapse* end) {
        const bool dense = format_ == RowFormat::dense || format_ == RowFormat::near_dense;
        if (dense && consecutive(begin, end)) return append_dense_group(begin, end);
        const std::size_t header = words_.size();
        words_.push_back(0);
        std::uint32_t count = 0, place = 0;
        for (const RowSynapse* s = begin; s != end; ++s, ++count) {
            const auto weight = static_cast<std::uint32_t>(s->weight);
            if (format_ == RowFormat::wide) {
                words_.insert(words_.end(), {s->target, weight});
                continue;
            }
            if (is_near(format_)) place = 0;
            else
                for (; s->target - place >= simd::kFillerDistance; place += simd::kFillerDistance, ++count)
                    words_.push_back(simd::kFillerDistance);
            words_.push_back((s->target - place) | weight << 16);
            place = s->target;
        }
        words_[header] = begin->delay | count << 16;
        if (format_ == RowFormat::wide) return;
        for (std::uint32_t i = count; i < simd::packed_words(count); ++i)
            words_.push_back(is_near(format_) ? begin[i - count].target : 0u);
    }

    RowFormat format_;
    std::vector<std::uint32_t> words_;
    std::vector<std::unique_ptr<std::uint32_t[]>> chunks_;
    std::vector<const std::uint32_t*> pointers_;
    std::vector<std::uint32_t> offsets_;
    std::vector<std::vector<Group>> groups_;  ///< of each source
};

}  // namespace izhi::test
