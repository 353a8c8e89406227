// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "convert_command.hpp"

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/signals.hpp"
#include "apps/networks/networks.hpp"
#include "apps/text/units.hpp"
#include "izhi/io/sonata_export.hpp"

namespace izhi::apps {
namespace {

/// The options of a network file, for what it is converted to.
io::NetworkFileOptions file_options(const ConvertOptions& options) {
    return {.seed = options.seed, .storage = options.storage, .settings = options.settings};
}

bool not_interrupted() { return !interrupted(); }

int to_sonata(const NetworkSource& source, const ConvertOptions& options) {
    const io::SonataExport made = io::write_sonata(source.text, source.origin, file_options(options), *options.sonata,
                                                   {.duration_ms = options.duration_ms, .proceed = not_interrupted});
    std::cout << made.config.string() << ": " << counted(made.nodes, "node") << " in "
              << counted(made.node_populations, "population") << ", " << counted(made.edges, "edge") << " in "
              << counted(made.edge_populations, "population") << ", " << bytes_text(made.bytes) << '\n';
    if (made.unseen.empty()) return kDone;
    std::cout << "Other programs do not see the following, which izhi reads from izhi_network.toml:\n";
    for (const std::string& line : made.unseen) std::cout << "  " << line << '\n';
    return kDone;
}

}  // namespace

int convert_network(const ConvertOptions& options) {
    const NetworkSource source = find_network(options.network);
    handle_interrupts();
    stop_when_asked();  // what is written is removed then
    if (options.sonata) return to_sonata(source, options);
    io::write_network_files(source.text, source.origin, file_options(options), *options.out, not_interrupted);
    std::cout << (*options.out / "network.toml").string() << '\n';
    return kDone;
}

}  // namespace izhi::apps
