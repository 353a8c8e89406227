// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "izhi/export.hpp"

/// Checkpoints: the complete state of a Simulation between two steps. Simulation::save() writes it, and
/// Simulation::restore() continues from it, on any number of threads, any instruction set and any little-endian
/// machine.
namespace izhi {

class Network;
class Simulation;

/// The header of a checkpoint.
struct CheckpointInfo {
    std::string network;  ///< name of the network
    std::uint32_t neurons = 0;
    double dt_ms = 1.0;
    std::uint64_t seed = 0;
    std::uint64_t step = 0;  ///< steps done
    std::string note;        ///< text of the program that saved it; at most 1 GiB
};

/// Reads the header of a file. @throws Error unless it is a checkpoint of this version, complete and unaltered
[[nodiscard]] IZHI_API CheckpointInfo read_checkpoint_info(const std::filesystem::path& file);
/// The same for a checkpoint in memory.
[[nodiscard]] IZHI_API CheckpointInfo read_checkpoint_info(std::span<const std::byte> checkpoint);

/// Checks, before the network is wired, whether Simulation::restore() would accept a file. @throws Error that names
/// what does not fit
IZHI_API void check_checkpoint(const Network& network, const std::filesystem::path& file);

/// The complete state of a Simulation, copied into memory by Simulation::snapshot() in less time than a checkpoint
/// takes. Any thread can make a checkpoint from it later, while the simulation continues; the simulation must outlive
/// the snapshot.
class IZHI_API Snapshot {
public:
    Snapshot();
    ~Snapshot();
    Snapshot(Snapshot&&) noexcept;
    Snapshot& operator=(Snapshot&&) noexcept;

    [[nodiscard]] std::uint64_t step() const noexcept;  ///< steps done when it was taken
    /// The checkpoint that Simulation::checkpoint() would have given at that step, byte for byte. @throws Error if no
    /// snapshot was taken
    [[nodiscard]] std::vector<std::byte> checkpoint(std::string note = {}) const;
    /// Writes the checkpoint to a file, like Simulation::save(). @throws Error and RunError like Simulation::save()
    void save(const std::filesystem::path& file, std::string note = {}) const;

private:
    friend class Simulation;
    struct IZHI_LOCAL Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi
