// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "show_command.hpp"

#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/networks/networks.hpp"
#include "apps/text/output_paths.hpp"
#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

/// Where each projection goes: FILE of one alone, else FILE with the name of the projection before its ending.
std::vector<std::pair<ProjectionId, fs::path>> synapse_files(const Network& network, const ShowOptions& options) {
    const auto& projections = network.description().projections;
    if (options.projection) return {{network.find_projection(*options.projection), *options.synapses}};
    if (projections.empty())
        throw Error("", "--synapses", "is given, and the network has no projection", "a network with one");
    std::vector<std::pair<ProjectionId, fs::path>> files;
    for (std::size_t p = 0; p < projections.size(); ++p) {
        fs::path file = *options.synapses;
        if (projections.size() > 1) {
            const std::string stem = file.stem().string(), ending = file.extension().string();
            file.replace_filename(stem + "-" + projections[p].spec.name + ending);
        }
        files.emplace_back(ProjectionId(p), std::move(file));
    }
    return files;
}

}  // namespace

int show_network(const ShowOptions& options) {
    const NetworkSource source = find_network(options.network);
    const io::NetworkFileOptions file_options{
        .seed = options.seed, .storage = options.storage, .settings = options.settings};
    if (!options.synapses) {
        std::cout << io::network_text(source.text, source.origin, file_options);
        return kDone;
    }
    const Network network = io::parse_network(source.text, source.origin, file_options);
    const auto files = synapse_files(network, options);
    for (const auto& [projection, file] : files) require_writable_file("--synapses", file);
    for (const auto& [projection, file] : files) {
        io::write_synapses(network, projection, file);
        std::cout << file.string() << '\n';
    }
    return kDone;
}

}  // namespace izhi::apps
