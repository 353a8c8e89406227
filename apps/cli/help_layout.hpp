// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}  // namespace CLI

namespace izhi::apps {

/// Sets the layout of --help.
[[nodiscard]] std::shared_ptr<CLI::FormatterBase> help_layout();

}  // namespace izhi::apps
