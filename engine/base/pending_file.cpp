// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/pending_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "engine/base/output_place.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

// A name may be in use by another recorder of this process, or by a killed process with the same number (which is
// common in containers).
constexpr int kMostNames = 100;

/// Makes an empty file with a name that no file has yet. @throws Error
std::filesystem::path create_part(const std::filesystem::path& final_path) {
    std::filesystem::path part;
    int error = 0;
    for (int i = 0; i < kMostNames; ++i) {
        part = final_path;
        part += "." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".part";
        const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0) {
            ::close(descriptor);
            return part;
        }
        error = errno;
        if (error != EEXIST) break;
    }
    throw Error(part.string() + ": cannot be created: " + std::generic_category().message(error));
}

/// The file that a path leads to. @throws Error if it is something that must not be replaced
std::filesystem::path replaceable(const std::filesystem::path& path) {
    OutputPlace place = output_place(path);
    if (place.kind != OutputPlace::Kind::file)
        throw Error(path.string() + ": is " + place.what + "; allowed: a regular file, or a name that is free");
    return std::move(place.path);
}

}  // namespace

PendingFile::PendingFile(std::filesystem::path final_path)
    : final_(std::move(final_path)), place_(replaceable(final_)), part_(create_part(place_)) {}

PendingFile::~PendingFile() {
    std::error_code ignored;  // nothing more can be done
    if (!published_) std::filesystem::remove(part_, ignored);
}

void PendingFile::publish() {
    std::error_code error;
    std::filesystem::rename(part_, place_, error);
    if (error) throw RunError(final_.string() + ": cannot be given its name: " + error.message());
    published_ = true;
}

}  // namespace izhi::detail
