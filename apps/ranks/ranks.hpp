// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "apps/networks/networks.hpp"
#include "izhi/exchange.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/simulation.hpp"

/// The program on several ranks. Rank 0 runs the command line and has all files, sockets and signals. The others wait for
/// what it asks for: to take part in a simulation, or to run their share of a sweep.
namespace izhi::apps {

/// Sets the connection to the other ranks, before anything else of the program. @param exchange null: one rank
void use_ranks(std::shared_ptr<Exchange> exchange);
/// Null if there is one rank.
[[nodiscard]] const std::shared_ptr<Exchange>& program_ranks() noexcept;
[[nodiscard]] int rank_count() noexcept;
/// The processors for this rank.
[[nodiscard]] int own_processors() noexcept;

/// Rank 0: asks the others to make the simulation that it makes next, and puts the exchange into its options.
void share_network(const NetworkSource& source, const io::NetworkFileOptions& file, SimulationOptions& options);

/// Rank 0: what the others are to do. @param work has a key "work": "network", "sweep" or "end"
void ask_ranks(const nlohmann::ordered_json& work);
/// Rank 0, at the end of the program: the others end.
void end_ranks();

/// Other ranks: do what rank 0 asks for until it ends. @return the exit code
[[nodiscard]] int follow_rank_0();

/// The share of a sweep that another rank has. In apps/sweep.
void follow_sweep(const nlohmann::ordered_json& work);

}  // namespace izhi::apps
