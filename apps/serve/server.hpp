// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "address.hpp"
#include "live_run.hpp"

namespace izhi::apps::serve {

/// Serves the page and the live view of a run over HTTP and WebSocket, on a thread of its own with low priority.
/// PROTOCOL.md describes the messages.
class Server {
public:
    struct Options {
        Address address;    ///< port 0: any free port
        std::string token;  ///< opens the controls; on addresses that are not loopback also the view
    };
    /// Starts to listen. @throws Error if the address cannot be used
    Server(Options options, LiveRun& run);
    /// Ends all connections.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// The address with the port that is in use.
    [[nodiscard]] const Address& address() const noexcept;

    /// Connections and messages so far.
    struct Counts {
        std::uint64_t connections = 0, turned_away = 0, viewers = 0;
        std::uint64_t messages = 0;  ///< that were read and carried out
        std::uint64_t refused = 0;   ///< that were rejected as wrong, or without the token
        std::uint64_t dropped = 0;   ///< dropped unread: too many, or not text
        std::uint64_t wrong_tokens = 0;
        std::uint64_t frames_lost = 0;  ///< frames that slow viewers did not get
    };
    /// To be called after stop().
    [[nodiscard]] Counts counts() const noexcept;
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi::apps::serve
