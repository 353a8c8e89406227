// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "apps/plot/picture_style.hpp"

namespace izhi::apps {

struct FiguresOptions {
    std::filesystem::path out = "figures";
    PictureStyle style{};  ///< size and letters
    bool json = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int draw_figures(const FiguresOptions& options);

}  // namespace izhi::apps
