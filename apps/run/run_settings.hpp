// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/io/sonata.hpp"
#include "run_command.hpp"

namespace izhi::apps {

/// Takes what a SONATA config asks of a run, where the command line does not say otherwise: its length, the folder and the
/// names of its recordings. --out replaces the folder only. Names and order are of SONATA: with another --format they do
/// not hold. @throws Error if recordings are there that the config keeps
void take_settings(RunOptions& options, const io::SonataRun& config);

/// --format is of no use without files. @throws Error
void require_folder_of_format(const RunOptions& options);

}  // namespace izhi::apps
