// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/io/network_file.hpp"
#include "network_texts.hpp"

namespace izhi::test {

/// A text, and the line and the words of its first error.
struct TextFault {
    std::string text;
    int line;
    std::vector<std::string> says;
};

/// Each text is refused at its line, in one sentence that says these things.
inline void judge(const std::vector<TextFault>& faults) {
    REQUIRE(refusal(kValid) == "");
    for (const TextFault& fault : faults) {
        CAPTURE(fault.text);
        const std::string said = refusal(fault.text);
        CAPTURE(said);
        CHECK(said.rfind(std::string(kOrigin) + ":" + std::to_string(fault.line) + ":", 0) == 0);
        for (const std::string& part : fault.says) {
            CAPTURE(part);
            CHECK(said.find(part) != std::string::npos);
        }
        CHECK(said.find('\n') == std::string::npos);
        const auto all = io::check_network(fault.text, kOrigin);
        REQUIRE_FALSE(all.empty());
        CHECK(all.front() == said);
    }
}

}  // namespace izhi::test
