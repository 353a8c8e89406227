// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace izhi::apps::serve {

/// A file of the page, compiled into the program.
struct Asset {
    std::string_view path;  ///< in the link: "/raster.js"
    std::string_view type;  ///< "text/javascript; charset=utf-8"
    std::string_view bytes;
};

/// All files of the page. They are valid for the life of the process, and defined in a source file that the build generates.
[[nodiscard]] std::span<const Asset> assets();

}  // namespace izhi::apps::serve
