// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/state/archive.hpp"
#include "izhi/checkpoint.hpp"

namespace izhi::detail {

/// The name in messages of a checkpoint that is not in a file.
inline constexpr const char* kInMemory = "checkpoint";

/// The head of a checkpoint, which must be known before its state is used: the network, and the weights of the spikes
/// in flight.
struct CheckpointHead {
    CheckpointInfo info;
    std::vector<double> weight_factors, largest_weights;  ///< by projection; the latter without the factor
    std::vector<int> sum_exponents;                       ///< as in Plan
    bool live = false;                                    ///< see Plan::live

    CheckpointHead() = default;
    /// The head for a network with the weights of `plan`.
    CheckpointHead(const Plan& plan, std::uint64_t step, std::string note);

    /// @param plan the network that the checkpoint must fit: the same neurons, wired with the same draws
    void transfer(Archive& a, const Plan& plan);
};

/// @throws Error if it cannot be read, or its first bytes are not those of a checkpoint
[[nodiscard]] std::vector<std::byte> read_checkpoint_file(const std::filesystem::path& file);
/// Writes under a temporary name until the file is complete and on the disk, so a kill or a power failure leaves an
/// earlier file intact.
/// @throws Error if it cannot be created, RunError if it cannot be written
void write_checkpoint_file(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace izhi::detail
