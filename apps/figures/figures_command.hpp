// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "apps/plot/picture_style.hpp"

namespace izhi::apps {

struct FiguresOptions {
    std::filesystem::path out = "figures";
    PictureStyle style{};  ///< size and font
    bool json = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int draw_figures(const FiguresOptions& options);

}  // namespace izhi::apps
