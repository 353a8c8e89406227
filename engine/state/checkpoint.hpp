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

/// How messages name a checkpoint that is in no file.
inline constexpr const char* kInMemory = "checkpoint";

/// What is to be known of a checkpoint before any of its state is taken: of which network it is, and which weights sent
/// what is in flight.
struct CheckpointHead {
    CheckpointInfo info;
    std::vector<double> weight_factors, largest_weights;  ///< by projection; the latter without the factor
    std::vector<int> sum_exponents;                       ///< as in Plan
    bool live = false;                                    ///< see Plan::live

    CheckpointHead() = default;
    /// That of a network whose weights are those of `plan`.
    CheckpointHead(const Plan& plan, std::uint64_t step, std::string note);

    /// @param plan the network that the checkpoint has to fit: the same neurons, wired by the same draws
    void transfer(Archive& a, const Plan& plan);
};

/// @throws Error if it cannot be read or, from its first bytes, is no checkpoint
[[nodiscard]] std::vector<std::byte> read_checkpoint_file(const std::filesystem::path& file);
/// Under a temporary name until it is whole and on the disk: a kill or a power cut leaves the file that was there.
/// @throws Error if it cannot be created, RunError if it cannot be written
void write_checkpoint_file(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace izhi::detail
