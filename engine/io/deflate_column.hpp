// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace izhi::io::detail {

/// Compresses a column of 64-bit numbers, one by one, into a zlib stream (RFC 1950) that every reader of HDF5 accepts.
/// It uses one property of times and neurons of spikes: a number is equal to the one before, or differs from it only in
/// its first bytes. A fixed code for this needs no search (3 ns per spike, perf/README.md). With it, a neuron takes
/// 2.75 bytes, and a time that many spikes share takes almost nothing.
class DeflateColumn {
public:
    /// Adds a number, `count` times.
    void add(std::uint64_t value, std::size_t count = 1);
    /// Adds numbers, each minus `less`.
    void add_each(std::span<const std::uint32_t> values, std::uint32_t less);
    /// The number of numbers in the stream.
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    /// Ends the stream and returns it. It is valid until the next call, which begins another stream.
    [[nodiscard]] std::span<const std::byte> finish();

private:
    void begin();
    void make_room(std::size_t numbers);
    void add_one(std::uint64_t value);
    void repeat(std::size_t count);
    void put(std::uint64_t bits, unsigned count);

    std::vector<std::byte> bytes_;
    std::size_t size_ = 0;
    std::uint64_t pending_ = 0;  ///< bits that do not fill a byte yet
    unsigned pending_bits_ = 0;
    std::uint64_t last_ = 0;
    std::size_t rows_ = 0;
    std::uint64_t sum_ = 1, sum_of_sums_ = 0;  ///< the sums of Adler-32, not yet reduced
};

}  // namespace izhi::io::detail
