// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/error.hpp"

#include <utility>

namespace izhi {
namespace {

std::string sentence_of(const std::string& subject, const std::string& field, const std::string& problem,
                        const std::string& allowed) {
    std::string text = subject;
    if (!field.empty()) text += (text.empty() ? "" : ".") + field;
    if (!text.empty()) text += ' ';
    text += problem;
    if (!allowed.empty()) text += "; allowed: " + allowed;
    return text;
}

}  // namespace

Error::Error(std::string subject, std::string field, std::string problem, std::string allowed)
    : std::invalid_argument(sentence_of(subject, field, problem, allowed)), subject_(std::move(subject)),
      field_(std::move(field)), problem_(std::move(problem)), allowed_(std::move(allowed)) {}

Error::Error(const std::string& sentence) : std::invalid_argument(sentence), problem_(sentence) {}

}  // namespace izhi
