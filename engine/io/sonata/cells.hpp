// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/io/sonata/config.hpp"
#include "engine/io/sonata/tables.hpp"
#include "engine/io/sonata/types.hpp"

/// The nodes of a SONATA network as populations of neurons. What their models mean is that of NEST (nest:izhikevich,
/// nest:iaf_psc_delta, nest:iaf_psc_exp, nest:iaf_psc_alpha) and of NEURON (nrn:IntFire1).
namespace izhi::io::detail {

/// A name that a network text allows, and that is not among those that are taken; it is added to them.
/// @param otherwise for an empty one @param number the first that is tried to tell it from others
[[nodiscard]] std::string network_name(std::string name, const char* otherwise, std::set<std::string>& taken,
                                       std::size_t number);

enum class SonataModel { izhikevich, iaf_psc_delta, iaf_psc_exp, iaf_psc_alpha, int_fire1, virtual_node };
[[nodiscard]] std::string_view to_string(SonataModel model) noexcept;

/// What the neurons of a population of izhi have in common.
struct SonataConstants {
    SonataModel model = SonataModel::virtual_node;
    bool consistent_integration = false;
    double capacitance = 0.0, tau_m = 0.0, e_l = 0.0, v_th = 0.0, refractory = 0.0;
    double v_min = -1e300;  ///< none
    double tau_syn_ex = 0.0, tau_syn_in = 0.0, tau_minus = 0.0;
    friend auto operator<=>(const SonataConstants&, const SonataConstants&) = default;
};

/// A population of izhi: the nodes of a population of nodes that have the same constants.
struct SonataNeurons {
    std::string name;            ///< in the network text
    std::size_t population = 0;  ///< of nodes
    SonataConstants constants;
    std::vector<std::uint64_t> ids;                ///< of its nodes, in the order of the file
    std::vector<double> a, b, c, d, v0, u0, bias;  ///< of neurons with a membrane; lif: c is V_reset, no a, b, d, u0
};

/// A population of nodes, with the place of each node among the neurons.
struct SonataNodeSet {
    struct Place {
        std::uint32_t neurons = 0;  ///< number of SonataNeurons
        std::uint32_t index = 0;    ///< within these
    };
    SonataNodes nodes;
    SonataTypes types;
    std::vector<Place> places;  ///< of each node

    /// The number of a node among the nodes of the file; nothing if there is no such id.
    [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t id) const;
    /// An attribute of a node: of its group, or else of its type. Numbers of a group as their shortest text.
    [[nodiscard]] std::optional<std::string> attribute(std::uint32_t node, const std::string& name) const;
    /// Makes find() work.
    void index();

private:
    bool consecutive_ = false;  ///< the id of a node is its number
    std::unordered_map<std::uint64_t, std::uint32_t> numbers_;
};

struct SonataCircuitNodes {
    std::vector<SonataNodeSet> populations;
    std::vector<SonataNeurons> neurons;
    [[nodiscard]] std::optional<std::size_t> find(const std::string& population) const;
};

/// JSON files of dynamics_params, each read once.
class SonataParameterFiles {
public:
    /// @param types, row name the file, for messages @throws Error
    const JsonNode& read(const std::optional<std::filesystem::path>& folder, const std::string& name,
                         const SonataTypes& types, const SonataTypes::Row& row);

private:
    std::map<std::string, JsonNode> read_;
};

/// @throws Error for models and parameters that izhi does not have, with file and row
[[nodiscard]] SonataCircuitNodes read_circuit_nodes(const SonataConfig& config, SonataParameterFiles& files,
                                                    std::vector<std::string>& ignored);

}  // namespace izhi::io::detail
