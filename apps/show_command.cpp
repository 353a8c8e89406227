// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.hpp"
#include "izhi/io/network_file.hpp"
#include "networks.hpp"

namespace izhi::apps {

int show_network(const ShowOptions& options) {
    const NetworkSource source = find_network(options.network);
    std::cout << io::network_text(source.text, source.origin,
                                  {.seed = options.seed, .storage = options.storage, .settings = options.settings});
    return kDone;
}

}  // namespace izhi::apps
