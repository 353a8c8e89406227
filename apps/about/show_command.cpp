// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "show_command.hpp"

#include <iostream>

#include "apps/cli/exit_codes.hpp"
#include "apps/networks/networks.hpp"
#include "izhi/io/network_file.hpp"

namespace izhi::apps {

int show_network(const ShowOptions& options) {
    const NetworkSource source = find_network(options.network);
    std::cout << io::network_text(source.text, source.origin,
                                  {.seed = options.seed, .storage = options.storage, .settings = options.settings});
    return kDone;
}

}  // namespace izhi::apps
