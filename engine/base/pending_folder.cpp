// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/pending_folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

namespace fs = std::filesystem;

constexpr int kMostFolderNames = 100;

/// Makes a folder with a name that is not in use. @throws Error
fs::path create_part_folder(const fs::path& stem, const fs::path& shown) {
    std::error_code error;
    fs::path part;
    for (int i = 0; i < kMostFolderNames; ++i) {
        part = stem;
        part += "." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".part";
        if (fs::create_directory(part, error)) return part;
        if (error) break;
    }
    throw Error(shown.string() + ": cannot be made: " + (error ? error.message() : "its temporary names are in use"));
}

/// The path without a separator at its end.
fs::path without_slash(fs::path path) { return path.has_filename() ? path : path.parent_path(); }

}  // namespace

PendingFolder::PendingFolder(fs::path final_path) : final_(without_slash(std::move(final_path))) {
    std::error_code error;
    const fs::file_status status = fs::status(final_, error);
    if (fs::exists(status)) {
        if (!fs::is_directory(status))
            throw Error(final_.string() + ": is not a folder; allowed: a new or empty folder");
        if (!fs::is_empty(final_, error) || error)
            throw Error(final_.string() + ": " +
                        (error ? "cannot be read: " + error.message() : "is a folder that holds other things") +
                        "; allowed: a new or empty folder");
        within_ = true;
    } else if (status.type() != fs::file_type::not_found) {
        throw Error(final_.string() + ": cannot be reached: " + error.message());
    }
    part_ = create_part_folder(within_ ? final_ / "izhi" : final_, final_);
}

PendingFolder::~PendingFolder() {
    std::error_code ignored;  // nothing more can be done
    if (!published_) fs::remove_all(part_, ignored);
}

void PendingFolder::publish() {
    std::error_code error;
    if (within_) {
        std::vector<fs::path> entries;
        for (const fs::directory_entry& entry : fs::directory_iterator(part_, error)) entries.push_back(entry.path());
        // Folders first, then files: whoever finds the file that names the others finds these too.
        std::sort(entries.begin(), entries.end(), [](const fs::path& x, const fs::path& y) {
            const bool x_is_file = !fs::is_directory(x), y_is_file = !fs::is_directory(y);
            return x_is_file != y_is_file ? y_is_file : x < y;
        });
        for (const fs::path& entry : entries)
            if (!error) fs::rename(entry, final_ / entry.filename(), error);
        if (!error) fs::remove(part_, error);
    } else {
        fs::rename(part_, final_, error);
    }
    if (error) throw RunError(final_.string() + ": cannot be given its name: " + error.message());
    published_ = true;
}

}  // namespace izhi::detail
