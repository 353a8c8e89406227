// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "izhi/io/network_file.hpp"
#include "izhi/note.hpp"

namespace izhi::io::detail {

/// A SONATA network in our terms.
struct SonataTranslation {
    std::string text;  ///< a network file
    NetworkFileOptions
        data;  ///< what the text does not have: values of neurons, synapses, spikes, numbers of nodes; and settings of the config
    std::vector<Note> notes;  ///< what was ignored, and what is decided by izhi
};

/// Translates a SONATA config, and reads the files that it names. @throws Error "FILE: what; allowed: ..."
[[nodiscard]] SonataTranslation translate_sonata(std::string_view text, std::string_view origin);

/// A config that refers to another one by its complete path, with settings of its own.
[[nodiscard]] std::string sonata_reference(std::string_view text, std::string_view origin,
                                           const NetworkFileOptions& options);

}  // namespace izhi::io::detail
