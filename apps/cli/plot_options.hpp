// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>

#include "apps/plot/picture_style.hpp"
#include "arguments.hpp"

namespace izhi::apps {

/// What the pictures of a command have, beside a size and letters. An option for what they lack is refused with the reason.
struct PictureTraits {
    bool title = true;
    bool time = true;  ///< an axis of it, of what --plot draws
    bool data = true;  ///< that is written on request only
};

/// --plot-title, --plot-size, --plot-font, --plot-window, --plot-data.
void declare_plot_options(Arguments& arguments, const PictureTraits& traits = {});
/// @param askers the options that ask for pictures: one of them must be given. None: they are always drawn. @throws Error
[[nodiscard]] PictureStyle plot_style_of(const Arguments& arguments, std::initializer_list<const char*> askers,
                                         const PictureTraits& traits = {});

}  // namespace izhi::apps
