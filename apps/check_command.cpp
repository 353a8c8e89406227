// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string>
#include <vector>

#include "commands.hpp"
#include "izhi/io/network_file.hpp"
#include "networks.hpp"
#include "units.hpp"

namespace izhi::apps {

int check_network_file(const std::string& name) {
    const NetworkSource source = find_network(name);
    const std::vector<std::string> faults = io::check_network(source.text, source.origin);
    if (!faults.empty()) {
        // Without our name in front: editors jump to FILE:LINE.
        for (const std::string& fault : faults) std::cerr << fault << '\n';
        return kUserInput;
    }
    const Network network = io::parse_network(source.text, source.origin);
    const MemoryForecast memory = network.memory();
    std::cout << source.origin << ": sound; " << counted(network.neuron_count(), "neuron") << " in "
              << counted(network.population_count(), "population") << ", about " << counted(memory.synapses, "synapse")
              << " in " << counted(network.description().projections.size(), "projection") << ", "
              << bytes_text(memory.total()) << " of memory\n";
    return kDone;
}

}  // namespace izhi::apps
