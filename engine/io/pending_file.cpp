// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "pending_file.hpp"

#include <system_error>
#include <utility>

#include "izhi/error.hpp"

namespace izhi::io::detail {

PendingFile::PendingFile(std::filesystem::path final_path) : final_(std::move(final_path)), part_(final_) {
    part_ += ".part";
}

PendingFile::~PendingFile() {
    std::error_code ignored;  // nothing is left to be done about it
    if (!published_) std::filesystem::remove(part_, ignored);
}

void PendingFile::publish() {
    std::error_code error;
    std::filesystem::rename(part_, final_, error);
    if (error) throw RunError(final_.string() + ": cannot be given its name: " + error.message());
    published_ = true;
}

}  // namespace izhi::io::detail
