// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "izhi/network.hpp"

namespace izhi::wire {

inline constexpr std::size_t kMostSessions = 16;

/// Whether the neurons of a population have rates that clients may set.
[[nodiscard]] bool has_rates(const Network& network, std::uint32_t population);

/// The rates that clients have set for Poisson sources. Each neuron has the rate that was set last, by whichever client,
/// until its time is over, or the session of that client ends; then the rate is as described again. For the stepping
/// thread; sized once.
class HeldRates {
public:
    /// Neurons whose rates are to be set in a step, as izhi::SourceRates.
    struct Change {
        std::uint32_t population = 0, first = 0;  ///< the first neuron, within the population
        std::span<const float> rates_hz;          ///< kRateAsDescribed where no client has set one
    };

    explicit HeldRates(const Network& network);

    /// The session of a slot, from now on; 0: none. The rates of other sessions of the slot end.
    void set_session(std::size_t slot, std::uint32_t serial) noexcept;
    /// A rate for neurons of a population with rates, from a session that has a slot.
    /// @param until the first step without it; at least the step of the next changes()
    void set(std::uint32_t population, std::uint32_t first, std::uint32_t count, float rate_hz, std::uint32_t serial,
             std::uint64_t until) noexcept;
    /// What must be set in `step`, at most one change for each population; valid until the next call.
    [[nodiscard]] std::span<const Change> changes(std::uint64_t step) noexcept;
    /// Another run begins, in which all rates are as described.
    void clear() noexcept;

private:
    struct Holder {
        std::uint64_t until = 0;   ///< the first step without the rate
        std::uint32_t serial = 0;  ///< of the session that set it; 0: as described
    };
    struct Population {
        std::uint32_t index = 0, size = 0;
        std::size_t offset = 0;            ///< of its first neuron in rates_ and holders_
        std::uint32_t begin = 0, end = 0;  ///< the neurons whose rates must be set
        std::uint64_t next_end = 0;        ///< no rate ends before this step
        bool any = false;                  ///< whether a client may have set a rate
    };
    static void mark(Population& population, std::uint32_t begin, std::uint32_t end) noexcept;
    void drop_ended(Population& population, std::uint64_t step) noexcept;

    std::vector<Population> populations_;  ///< those with rates
    std::vector<std::size_t> places_;      ///< by population of the network: its place in populations_
    std::vector<float> rates_;             ///< [Hz] by neuron of populations_
    std::vector<Holder> holders_;
    std::array<std::uint32_t, kMostSessions> serials_{};
    bool someone_left_ = false;
    std::vector<Change> changes_;
};

}  // namespace izhi::wire
