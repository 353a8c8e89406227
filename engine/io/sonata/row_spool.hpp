// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/file_descriptor.hpp"
#include "engine/io/sonata/export_files.hpp"
#include "izhi/network.hpp"

namespace izhi::io::detail {

/// The drawn synapses of a projection, row by row in the order of sources, to be read several times. More than a few million
/// lie in a file without a name, so memory does not grow with their number.
class RowSpool {
public:
    struct Edge {
        std::uint32_t target = 0;  ///< within the projection's target
        std::uint32_t delay_steps = 1;
        double weight = 0.0;
    };
    /// @param folder where the file would be; it outlives the spool @param most_kept edges in memory, before they go into the file
    RowSpool(const Network& network, ProjectionId projection, const ExportFolder& folder, std::size_t most_kept);

    [[nodiscard]] std::uint64_t edges() const noexcept { return first_.back(); }
    /// Of all edges, if there are any.
    [[nodiscard]] std::uint32_t shortest_delay_steps() const noexcept { return shortest_; }
    [[nodiscard]] std::uint32_t longest_delay_steps() const noexcept { return longest_; }
    /// Visits the rows of sources [begin, end), each in order of target, then delay, then weight. @throws RunError
    void each_row(std::uint32_t begin, std::uint32_t end,
                  const std::function<void(std::uint32_t source, std::span<const Edge>)>& visit);

private:
    void add(std::span<const ExplicitSynapse> row, double dt_ms);
    void spill();

    const ExportFolder& folder_;
    std::size_t most_kept_;
    std::vector<std::uint64_t> first_;  ///< the first edge of each source, and the end
    std::vector<Edge> kept_;            ///< those that are not in the file
    std::optional<izhi::detail::FileDescriptor> file_;
    std::uint64_t filed_ = 0;
    std::uint32_t shortest_ = ~0u, longest_ = 0;
};

}  // namespace izhi::io::detail
