// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "check_command.hpp"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/networks/networks.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/notes.hpp"
#include "apps/text/units.hpp"
#include "izhi/io/network_file.hpp"

namespace izhi::apps {
namespace {

/// Splits "net.toml:12: population.exc.size is 0" into its parts; a fault of the whole file has no line.
nlohmann::ordered_json fault_json(std::string_view fault, const std::string& origin) {
    const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
    for (auto colon = fault.find(':'); colon != std::string_view::npos; colon = fault.find(':', colon + 1)) {
        const std::string_view rest = fault.substr(colon + 1);
        const auto end = std::find_if_not(rest.begin(), rest.end(), digit);
        const auto digits = static_cast<std::size_t>(end - rest.begin());
        if (digits == 0 || digits > 9 || !rest.substr(digits).starts_with(": ")) continue;
        return {{"file", fault.substr(0, colon)},
                {"line", std::stoi(std::string(rest.substr(0, digits)))},
                {"message", rest.substr(digits + 2)}};
    }
    const std::string head = origin + ": ";
    return {
        {"file", origin}, {"line", nullptr}, {"message", fault.starts_with(head) ? fault.substr(head.size()) : fault}};
}

int tell_faults(const std::vector<std::string>& faults, const std::string& origin, bool json) {
    if (json) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const std::string& fault : faults) list.push_back(fault_json(fault, origin));
        std::cout << json_text({{"file", origin}, {"sound", false}, {"faults", list}});
    } else {
        // Without the name of the program in front, so that editors can jump to FILE:LINE.
        for (const std::string& fault : faults) std::cerr << fault << '\n';
    }
    return kUserInput;
}

/// Lists the unit in which the weights of each projection are delivered.
nlohmann::ordered_json weights_json(const Network& network) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    const auto& projections = network.description().projections;
    for (std::size_t p = 0; p < projections.size(); ++p)
        list.push_back({{"projection", projections[p].spec.name},
                        {"quantum", network.weight_quantum(ProjectionId(p))},
                        {"bytes_per_synapse", network.bytes_per_synapse(ProjectionId(p))}});
    return list;
}

std::string weights_text(const Network& network) {
    std::string text;
    const auto& projections = network.description().projections;
    for (std::size_t p = 0; p < projections.size(); ++p)
        text += "  projection." + projections[p].spec.name + ": weights in units of " +
                plain(network.weight_quantum(ProjectionId(p)), 3) + '\n';
    return text;
}

}  // namespace

int check_network_file(const CheckOptions& options) {
    const NetworkSource source = find_network(options.network);
    const io::NetworkFileOptions over{.storage = options.storage};
    const std::vector<std::string> faults = io::check_network(source.text, source.origin, over);
    if (!faults.empty()) return tell_faults(faults, source.origin, options.json);

    const Network network = io::parse_network(source.text, source.origin, over);
    const NetworkDescription& description = network.description();
    const MemoryForecast memory = network.memory();
    const std::string storage = storage_of(description);
    const int code = options.strict && !network.notes().empty() ? kUserInput : kDone;
    if (options.json) {
        std::cout << json_text({
            {"file", source.origin},
            {"sound", true},
            {"faults", nlohmann::ordered_json::array()},
            {"network", description.spec.name},
            {"neurons", network.neuron_count()},
            {"populations", description.populations.size()},
            {"synapses", memory.synapses},
            {"projections", description.projections.size()},
            {"storage", storage},
            {"stimuli", description.stimuli.size()},
            {"traces", description.traces.size()},
            {"memory_bytes", memory.total()},
            {"weights", weights_json(network)},
            {"notes", json_of(network.notes())},
        });
        return code;
    }
    std::cout << source.origin << ": valid; " << counted(network.neuron_count(), "neuron") << " in "
              << counted(network.population_count(), "population") << ", about " << counted(memory.synapses, "synapse")
              << " in " << counted(description.projections.size(), "projection")
              << (storage == "procedural" ? " (drawn while running)"
                  : storage == "mixed"    ? " (some drawn while running)"
                                          : "")
              << ", " << bytes_text(memory.total()) << " of memory\n"
              << weights_text(network) << std::flush;
    print_notes(network.notes());
    return code;
}

}  // namespace izhi::apps
