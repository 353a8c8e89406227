// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/network/random.hpp"

/// How many: binomial and Poisson numbers, and the numbers of synapses that the rows of a projection get. Exact laws, pure
/// functions of their draws, the same on every machine.
namespace izhi::detail {

/// Draws in (0, 1), two at a time, of one thing that is to be drawn.
class Units {
public:
    Units(std::uint64_t seed, Stream stream, std::size_t what, std::uint64_t index) noexcept
        : seed_(seed), index_(index), what_(static_cast<std::uint32_t>(what)), stream_(stream) {}
    struct Pair {
        double first, second;
    };
    [[nodiscard]] Pair next() noexcept;

private:
    std::uint64_t seed_, index_;  ///< below 2^40
    std::uint32_t what_, tries_ = 0;
    Stream stream_;
};

/// Successes of `trials` of probability p: by inversion where few are expected, else Hormann's BTRS (1993, J. Stat. Comput.
/// Simul. 46:101). @param trials at most 1e11
[[nodiscard]] std::uint64_t draw_binomial(std::uint64_t trials, double p, Units units) noexcept;
/// By inversion, or Hormann's PTRS (1993, Insur. Math. Econ. 12:39). @param mean at most 4e9
[[nodiscard]] std::uint64_t draw_poisson(double mean, Units units) noexcept;

/// Cuts a fixed total over the sources: the multinomial law, drawn as a binary tree of binomial numbers. Each half
/// of a range of sources gets as many synapses as its share of the pairs says. @returns synapses of each source
[[nodiscard]] std::vector<std::uint32_t> row_lengths(std::uint64_t total, std::uint64_t seed, std::size_t projection,
                                                     const Range& sources, const Range& targets, bool autapses);

/// row_lengths() of a projection, drawn when they are first asked for: to list or check a network nobody needs them. For any thread.
class RowLengths {
public:
    RowLengths(std::uint64_t total, std::uint64_t seed, std::size_t projection, const Range& sources,
               const Range& targets, bool autapses)
        : total_(total), seed_(seed), projection_(projection), sources_(sources), targets_(targets),
          autapses_(autapses) {}
    [[nodiscard]] const std::vector<std::uint32_t>& get() const {
        if (drawn_.load(std::memory_order_acquire)) return lengths_;
        // (std::call_once would put the name of a private class into the symbols of a shared library.)
        const std::lock_guard lock(mutex_);
        if (!drawn_.load(std::memory_order_relaxed)) {
            lengths_ = row_lengths(total_, seed_, projection_, sources_, targets_, autapses_);
            drawn_.store(true, std::memory_order_release);
        }
        return lengths_;
    }

private:
    std::uint64_t total_, seed_;
    std::size_t projection_;
    Range sources_, targets_;
    bool autapses_;
    mutable std::mutex mutex_;
    mutable std::atomic<bool> drawn_{false};
    mutable std::vector<std::uint32_t> lengths_;
};

}  // namespace izhi::detail
