# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#
# Writes OUTPUT, a C++ file that holds the text of TABLE. Run as a script by the build.
file(READ "${TABLE}" text)
file(WRITE "${OUTPUT}" "// Generated from apps/figures by the build.
#include \"apps/figures/cost_table.hpp\"

namespace izhi::apps {

std::string_view cost_table() noexcept {
    return R\"izhi_csv(${text})izhi_csv\";
}

}  // namespace izhi::apps
")
