// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "weight_setting.hpp"

#include <limits>
#include <vector>

#include "apps/text/units.hpp"
#include "engine/base/nearest_name.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {

WeightSetting parse_weight_setting(const std::string& text) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    const std::size_t first = text.find(':'), second = text.find(':', first + 1), equals = text.find('=', second + 1);
    try {
        if (first == 0 || equals == std::string::npos || second > equals) throw Error("not of that form");
        const auto whole = [&](std::size_t begin, std::size_t end) {
            return static_cast<std::uint32_t>(parse_whole("", text.substr(begin, end - begin), 0, most));
        };
        return {.projection = text.substr(0, first),
                .source = whole(first + 1, second),
                .number = whole(second + 1, equals),
                .weight = parse_number("", text.substr(equals + 1), -1e5, 1e5)};
    } catch (const Error&) {
        throw Error("", "--set-weight", "is '" + text + "'",
                    "PROJECTION:SOURCE:NUMBER=VALUE, a synapse of a source by its number, such as exc-all:12:0=4.5");
    }
}

SynapseWeight intervention_of(const WeightSetting& setting, const Network& network) {
    const auto& projections = network.description().projections;
    std::vector<std::string> known;
    for (std::size_t p = 0; p < projections.size(); ++p) {
        known.push_back(projections[p].spec.name);
        if (known.back() != setting.projection) continue;
        const SynapseWeight set{{ProjectionId(p), setting.source, setting.number}, setting.weight};
        if (!projections[p].spec.plasticity)
            throw Error("", "--set-weight", "names projection." + setting.projection + ", which is not plastic",
                        "a plastic projection; --set changes the weights of others");
        check_intervention(network, set);
        return set;
    }
    throw Error("--set-weight: there is no projection '" + setting.projection + "'; " +
                izhi::detail::suggest_name(setting.projection, known));
}

}  // namespace izhi::apps
