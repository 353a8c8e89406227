// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Who may talk to the server, from the headers that browsers send along.
namespace izhi::apps::serve {

/// Where the server listens.
struct Address {
    std::string host = "127.0.0.1";  ///< a numeric address or localhost
    std::uint16_t port = 0;
    bool loopback = true;  ///< of this machine only
};

/// The address of a host as typed. @throws Error unless it is localhost or a numeric IPv4 or IPv6 address
[[nodiscard]] Address address_of(std::string_view option, const std::string& host, std::uint16_t port);

/// How a link spells it: http://127.0.0.1:8765/
[[nodiscard]] std::string link_to(const Address& address);

/// Is this the name that a browser has every reason to call us by? A page of another site can make its own name resolve
/// to 127.0.0.1 (DNS rebinding) and be allowed to read what we answer, but its Host header still has that name. On other
/// than loopback addresses any name will do: there, nothing is told without the token, which that page does not know.
[[nodiscard]] bool host_is_ours(std::string_view host, const Address& address);

/// Does a page of ours ask? Browsers name the page's origin when a WebSocket is opened, and let any page open one.
/// Programs that are no browser send none.
[[nodiscard]] bool origin_is_ours(std::string_view origin, std::string_view host);

}  // namespace izhi::apps::serve
