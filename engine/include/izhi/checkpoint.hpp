// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Checkpoints: the complete state of a Simulation between two steps, as Simulation::save() writes it and
/// Simulation::restore() takes it up again, on any number of threads, any instruction set and any little-endian machine.
namespace izhi {

class Network;
class Simulation;

/// What a checkpoint says of itself.
struct CheckpointInfo {
    std::string network;  ///< its name
    std::uint32_t neurons = 0;
    double dt_ms = 1.0;
    std::uint64_t seed = 0;
    std::uint64_t step = 0;  ///< steps done
    std::string note;        ///< what the program that saved it wanted to find again; at most 1 GiB
};

/// @throws Error unless the file is a checkpoint of this version, whole and unaltered
[[nodiscard]] CheckpointInfo read_checkpoint_info(const std::filesystem::path& file);
/// The same of one in memory.
[[nodiscard]] CheckpointInfo read_checkpoint_info(std::span<const std::byte> checkpoint);

/// Whether Simulation::restore() would take it, before the network is wired. @throws Error naming what does not fit
void check_checkpoint(const Network& network, const std::filesystem::path& file);

/// The complete state of a Simulation, copied into memory by Simulation::snapshot() in less time than a checkpoint takes. It
/// becomes one later: on any thread, while the simulation, which must outlive it, runs on.
class Snapshot {
public:
    Snapshot();
    ~Snapshot();
    Snapshot(Snapshot&&) noexcept;
    Snapshot& operator=(Snapshot&&) noexcept;

    [[nodiscard]] std::uint64_t step() const noexcept;  ///< steps done when it was taken
    /// What Simulation::checkpoint() would have given then, byte for byte. @throws Error if nothing was taken
    [[nodiscard]] std::vector<std::byte> checkpoint(std::string note = {}) const;
    /// Writes it to a file, as Simulation::save() would have then. @throws Error, RunError as that does
    void save(const std::filesystem::path& file, std::string note = {}) const;

private:
    friend class Simulation;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi
