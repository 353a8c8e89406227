// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/networks/builtin_networks.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "engine/networks/microcircuit.hpp"
#include "izhi/error.hpp"

namespace izhi::networks {

std::optional<std::string> builtin_text(std::string_view name) {
    constexpr std::string_view scaled = "microcircuit:";
    if (name.starts_with(scaled)) {
        const char* const end = name.data() + name.size();
        double scale = 0.0;
        const auto [stop, fault] = std::from_chars(name.data() + scaled.size(), end, scale);
        constexpr double least = 0.01;  // with less, populations have only a few neurons
        if (fault != std::errc{} || stop != end || !(scale >= least && scale <= 1.0))
            throw Error("the scale of the network '" + std::string(name) + "' is not a number from 0.01 to 1");
        return microcircuit_text(scale);
    }
    const auto all = builtin_networks();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const BuiltinNetwork& network) { return network.name == name; });
    if (found == all.end()) return std::nullopt;
    return std::string(found->text);
}

}  // namespace izhi::networks
