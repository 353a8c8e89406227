// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "engine/io/sonata/export_files.hpp"
#include "engine/io/sonata/export_forms.hpp"
#include "izhi/network.hpp"

namespace izhi::io::detail {

/// The edges of a projection between two populations, as they were written.
struct WrittenEdges {
    std::string population;                             ///< of edges
    std::int64_t source_offset = 0, target_offset = 0;  ///< added to node ids, these count within the projection
    double weight_factor = 1.0;                         ///< see NodeForm
    std::uint32_t delay_steps = 0;
    std::uint64_t edges = 0;
};
/// A projection, as it was written; without synapses it has no files.
struct WrittenProjection {
    std::string edges_file, types_file;  ///< below the folder of networks
    std::vector<WrittenEdges> edges;
};

/// Edges of 16 bytes that are in memory at once. What is written does not depend on them.
struct EdgeLimits {
    std::size_t kept = std::size_t{4} << 20;    ///< as they are drawn; more go into a temporary file
    std::size_t sorted = std::size_t{8} << 20;  ///< sorted by target, or the edges of one target
};

/// Writes projections: the synapses as they are drawn, in order of target, then source, with both indices.
class EdgeExport {
public:
    /// All outlive it.
    EdgeExport(const Network& network, const std::vector<NodeForm>& nodes, const ExportFolder& folder, Unseen& unseen,
               EdgeLimits limits = {})
        : network_(network), nodes_(nodes), folder_(folder), unseen_(unseen), limits_(limits) {}

    /// Its files are NAME_edges.h5 and NAME_edge_types.csv in network/, and its synapse models in components/synapses/.
    /// @throws RunError
    [[nodiscard]] WrittenProjection write(ProjectionId projection);

private:
    [[nodiscard]] std::string unique_name(const std::string& source, const std::string& target,
                                          const std::string& projection);

    const Network& network_;
    const std::vector<NodeForm>& nodes_;
    const ExportFolder& folder_;
    Unseen& unseen_;
    EdgeLimits limits_;
    std::set<std::string> names_;
};

}  // namespace izhi::io::detail
