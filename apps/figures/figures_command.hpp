// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace izhi::apps {

struct FiguresOptions {
    std::filesystem::path out = "figures";
    bool json = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int draw_figures(const FiguresOptions& options);

}  // namespace izhi::apps
