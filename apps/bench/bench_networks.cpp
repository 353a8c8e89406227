// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "bench_networks.hpp"

#include <algorithm>

#include "apps/networks/networks.hpp"
#include "apps/text/units.hpp"
#include "bench_command.hpp"
#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"

namespace izhi::apps {

std::vector<Network> networks_to_bench(const std::vector<std::string>& names, const std::optional<double>& duration_ms,
                                       const std::string& duration_text) {
    std::vector<Network> networks;
    for (const std::string& name : names) {
        if (std::count(names.begin(), names.end(), name) > 1)
            throw Error("the network '" + name + "' is given more than once");
        const NetworkSource source = find_network(name);
        networks.push_back(io::parse_network(source.text, source.origin));
        if (duration_ms && networks.back().steps(*duration_ms) == 0)
            throw Error("", "--duration", "is '" + duration_text + "', less than one step of " + name,
                        "at least " + plain(networks.back().dt_ms(), 6) + "ms");
    }
    return networks;
}

}  // namespace izhi::apps
