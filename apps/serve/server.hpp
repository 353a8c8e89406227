// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "address.hpp"
#include "live_run.hpp"

namespace izhi::apps::serve {

/// Serves the page and the live view of a run over HTTP and WebSocket, on a thread of its own with the lowest claim on
/// the processor. PROTOCOL.md is what it speaks.
class Server {
public:
    struct Options {
        Address address;    ///< port 0: any that is free
        std::string token;  ///< opens the controls; on other than loopback addresses everything
    };
    /// Listens from here on. @throws Error if the address cannot be had
    Server(Options options, LiveRun& run);
    /// Ends all connections.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// With the port that was taken.
    [[nodiscard]] const Address& address() const noexcept;

    /// What came and went, so far.
    struct Counts {
        std::uint64_t connections = 0, turned_away = 0, viewers = 0;
        std::uint64_t messages = 0;  ///< that were read and acted on
        std::uint64_t refused = 0;   ///< that were wrong, or came without the token
        std::uint64_t dropped = 0;   ///< beyond the rate, unread
        std::uint64_t wrong_tokens = 0;
        std::uint64_t frames_lost = 0;  ///< that slow viewers did not get
    };
    /// After stop().
    [[nodiscard]] Counts counts() const noexcept;
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi::apps::serve
