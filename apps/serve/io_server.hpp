// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "izhi/wire/server.hpp"
#include "serve_command.hpp"

/// Programs in the loop, over sockets: from --io and what belongs to it to a server, and what the server has to tell.
namespace izhi::apps {

/// @param ended whether nobody has to be waited for any more @throws Error for an endpoint that is none
[[nodiscard]] wire::ServerOptions io_server_options(const ServeOptions::Io& options, std::function<bool()> ended);
/// In lockstep the clients set the pace: a schedule that is always behind them never waits.
[[nodiscard]] double paced_speed(const ServeOptions& options);
/// Where clients find the server, as they are told it. On stderr, so that stdout holds results only.
void print_endpoints(const wire::ServerOptions& options, const wire::Server& server);
/// What came and went, by counter.
[[nodiscard]] std::string io_text(const wire::Server& server);
[[nodiscard]] nlohmann::ordered_json io_json(const wire::Server& server);

}  // namespace izhi::apps
