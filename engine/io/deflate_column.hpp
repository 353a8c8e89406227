// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace izhi::io::detail {

/// Compresses a column of 64-bit numbers as they come, into a zlib stream (RFC 1950) that every reader of HDF5 takes. It
/// knows one thing: a number begins with other bytes than the one before and ends with the same, or is the same. That is
/// what times and neurons of spikes are like. A fixed code for it has nothing to search for
/// (3 ns per spike, perf/README.md). A neuron takes 2.75 bytes then, and a time of many spikes next to nothing.
class DeflateColumn {
public:
    /// Adds a number, `count` times.
    void add(std::uint64_t value, std::size_t count = 1);
    /// Adds numbers, each less `less`.
    void add_each(std::span<const std::uint32_t> values, std::uint32_t less);
    /// Numbers in the stream.
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    /// Ends the stream. It is good until the next call, which begins another one.
    [[nodiscard]] std::span<const std::byte> finish();

private:
    void begin();
    void make_room(std::size_t numbers);
    void add_one(std::uint64_t value);
    void repeat(std::size_t count);
    void put(std::uint64_t bits, unsigned count);

    std::vector<std::byte> bytes_;
    std::size_t size_ = 0;
    std::uint64_t pending_ = 0;  ///< bits that are no whole bytes yet
    unsigned pending_bits_ = 0;
    std::uint64_t last_ = 0;
    std::size_t rows_ = 0;
    std::uint64_t sum_ = 1, sum_of_sums_ = 0;  ///< of Adler-32, not yet reduced
};

}  // namespace izhi::io::detail
