// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "izhi/wire/server.hpp"
#include "serve_command.hpp"

/// Programs in the loop, over sockets: makes a server from --io and its options, and reports what the server counted.
namespace izhi::apps {

/// @param ended returns true when the server must not wait for clients any more @throws Error for an endpoint that is not valid
[[nodiscard]] wire::ServerOptions io_server_options(const ServeOptions::Io& options, std::function<bool()> ended);
/// In lockstep the clients set the pace: with these options the schedule is always behind them, so the run never waits for it.
[[nodiscard]] double paced_speed(const ServeOptions& options);
/// Prints the addresses of the server for clients. They go to stderr, so that stdout has results only.
void print_endpoints(const wire::ServerOptions& options, const wire::Server& server);
/// The counters of the server, as text and as JSON.
[[nodiscard]] std::string io_text(const wire::Server& server);
[[nodiscard]] nlohmann::ordered_json io_json(const wire::Server& server);

}  // namespace izhi::apps
