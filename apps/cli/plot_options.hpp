// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>

#include "apps/plot/picture_style.hpp"
#include "arguments.hpp"

namespace izhi::apps {

/// What the pictures of a command have, apart from size and font. Options for anything else are rejected with the
/// reason.
struct PictureTraits {
    bool title = true;
    bool time = true;  ///< a time axis, in the picture of --plot
    bool data = true;  ///< data that are written on request only
};

/// Declares --plot-title, --plot-size, --plot-font, --plot-window and --plot-data.
void declare_plot_options(Arguments& arguments, const PictureTraits& traits = {});
/// Reads these options. @param askers the options that ask for pictures, of which one must be given; empty: pictures
/// are always drawn.
/// @throws Error
[[nodiscard]] PictureStyle plot_style_of(const Arguments& arguments, std::initializer_list<const char*> askers,
                                         const PictureTraits& traits = {});

}  // namespace izhi::apps
