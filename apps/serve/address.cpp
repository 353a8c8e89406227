// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "address.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "izhi/error.hpp"

namespace izhi::apps::serve {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

}  // namespace

Address address_of(std::string_view option, const std::string& host, std::uint16_t port) {
    if (host == "localhost") return {"127.0.0.1", port, true};
    in_addr v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return {host, port, (ntohl(v4.s_addr) >> 24U) == 127};
    in6_addr v6{};
    if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return {host, port, IN6_IS_ADDR_LOOPBACK(&v6) != 0};
    throw Error("", std::string(option), "is '" + host + "'",
                "localhost or a numeric address, such as 127.0.0.1, ::1, or 0.0.0.0 for all of this machine");
}

std::string link_to(const Address& address) {
    const bool v6 = address.host.find(':') != std::string::npos;
    return "http://" + (v6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port) + '/';
}

bool host_is_ours(std::string_view host, const Address& address) {
    if (!address.loopback) return !host.empty();
    const std::string port = ':' + std::to_string(address.port);
    const std::string asked = lower(host);
    const std::string own = link_to(address);  // http://HOST:PORT/
    return asked == "localhost" + port || asked == "127.0.0.1" + port || asked == "[::1]" + port ||
           "http://" + asked + '/' == own;
}

bool origin_is_ours(std::string_view origin, std::string_view host) {
    return origin.empty() || lower(origin) == "http://" + lower(host) || lower(origin) == "https://" + lower(host);
}

}  // namespace izhi::apps::serve
