// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Who may talk to the server, judged by the headers that browsers send.
namespace izhi::apps::serve {

/// Where the server listens.
struct Address {
    std::string host = "127.0.0.1";  ///< a numeric address or localhost
    std::uint16_t port = 0;
    bool loopback = true;  ///< of this machine only
};

/// The address of a host as the user typed it. @throws Error unless it is localhost or a numeric IPv4 or IPv6 address
[[nodiscard]] Address address_of(std::string_view option, const std::string& host, std::uint16_t port);

/// How a link spells it: http://127.0.0.1:8765/
[[nodiscard]] std::string link_to(const Address& address);

/// Whether a Host header names this server. A page of another site can make its own name resolve to 127.0.0.1 (DNS
/// rebinding), and the browser then lets it read our answers; but its Host header still has that name. On addresses that are not
/// loopback, every name is accepted: there, the server sends nothing without the token, which such a page does not know.
[[nodiscard]] bool host_is_ours(std::string_view host, const Address& address);

/// Whether our own page opens a WebSocket. A browser lets any page open one and names the page's origin.
/// Programs other than browsers send no origin.
[[nodiscard]] bool origin_is_ours(std::string_view origin, std::string_view host);

}  // namespace izhi::apps::serve
