// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/version.hpp"

namespace izhi {

std::string_view version() noexcept { return kVersion; }

}  // namespace izhi
