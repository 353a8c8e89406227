// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The HDF5 files of nodes and edges, read in a child process (apart.hpp).
namespace izhi::io::detail {

/// An attribute of the nodes of a group.
struct SonataColumn {
    std::string name;
    std::vector<double> numbers;     ///< of numbers: one for each row
    std::vector<std::string> texts;  ///< of texts: one for each row
    [[nodiscard]] bool is_text() const noexcept { return !texts.empty(); }
};
struct SonataGroup {
    std::string name;
    std::vector<SonataColumn> attributes, dynamics;  ///< dynamics: of its group dynamics_params
};
/// A population of nodes. All vectors have one value for each node, in the order of the file.
struct SonataNodes {
    std::string file, population;
    std::vector<std::uint64_t> ids;  ///< each once
    std::vector<std::int64_t> types;
    std::vector<std::uint32_t> groups;  ///< number in `group`
    std::vector<std::uint64_t> rows;    ///< within the group
    std::vector<SonataGroup> group;
    [[nodiscard]] std::size_t size() const noexcept { return ids.size(); }
};
/// Reads all populations of a file. @throws Error "FILE: ..."
[[nodiscard]] std::vector<SonataNodes> read_sonata_nodes(const std::filesystem::path& file);

/// A population of edges, without its edges.
struct SonataEdges {
    std::string file, population, source, target;  ///< populations of nodes
    std::uint64_t count = 0;
    std::vector<std::string> models;  ///< what the columns model_template of its groups hold, each once, without NULL
    std::vector<std::string>
        attributes;  ///< names of all columns of all groups, those of dynamics_params as "dynamics_params/NAME"
};
/// Edges in the order of the file. NaN: the group of the edge has no such column.
struct SonataEdgePiece {
    std::uint64_t first = 0;  ///< number of the first edge
    std::vector<std::uint64_t> sources, targets;
    std::vector<std::int64_t> types;
    std::vector<double> weights, delays, nsyns;
};
/// Reads all populations of a file, one after another, in memory that does not depend on their length.
/// @param begin is called before the edges of a population @param take is called with its pieces
/// @throws Error "FILE: ...", and what the functions throw
void read_sonata_edges(const std::filesystem::path& file, const std::function<void(const SonataEdges&)>& begin,
                       const std::function<void(const SonataEdgePiece&)>& take);

}  // namespace izhi::io::detail
