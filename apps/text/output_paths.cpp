// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "output_paths.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolderAllowed = "a folder that can be written to or made";
constexpr const char* kFileAllowed = "a file in a folder that exists and can be written to";

[[noreturn]] void refuse(std::string_view option, const fs::path& path, const std::string& why,
                         const std::string& allowed) {
    throw Error("", std::string(option), "is '" + path.string() + "', " + why, allowed);
}

/// Makes and removes a file. access() is not used, because for root it allows a read-only disk.
int errno_of_trial(const fs::path& folder) {
    // A file without a name leaves nothing behind, even if the program is killed here. Not every file system has such
    // files.
    if (const int nameless = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600); nameless >= 0) {
        ::close(nameless);
        return 0;
    }
    if (errno != EOPNOTSUPP && errno != EISDIR) return errno;
    std::string name = (folder / ".izhi-trial-XXXXXX").string();
    const int file = ::mkstemp(name.data());
    if (file < 0) return errno;
    ::close(file);
    ::unlink(name.c_str());
    return 0;
}

fs::path temporary_name(const fs::path& destination) {
    fs::path temporary = destination;
    temporary.replace_filename("." + destination.filename().string() + "." + std::to_string(::getpid()) + ".part");
    return temporary;
}

/// Removes the folders that were made for the trial, the last one first.
struct MadeFolders {
    std::vector<fs::path> paths;
    ~MadeFolders() {
        std::error_code ignored;
        for (auto path = paths.rbegin(); path != paths.rend(); ++path) fs::remove(*path, ignored);
    }
};

}  // namespace

void require_writable_folder(std::string_view option, const fs::path& folder) {
    if (folder.empty()) refuse(option, folder, "which is empty", kFolderAllowed);
    MadeFolders made;
    fs::path path;
    for (const fs::path& part : folder) {
        path /= part;
        if (path.empty()) continue;
        if (::mkdir(path.c_str(), 0777) == 0) {
            made.paths.push_back(path);
            continue;
        }
        const int fault = errno;
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) continue;
        if (fs::exists(path, ignored))
            refuse(option, folder, "but '" + path.string() + "' is not a folder", kFolderAllowed);
        refuse(option, folder, "which cannot be made (" + std::string(std::strerror(fault)) + ")", kFolderAllowed);
    }
    if (const int fault = errno_of_trial(folder); fault != 0)
        refuse(option, folder, "which cannot be written to (" + std::string(std::strerror(fault)) + ")",
               kFolderAllowed);
}

void require_writable_file(std::string_view option, const fs::path& file) {
    std::error_code ignored;
    if (!file.has_filename() || fs::is_directory(file, ignored))
        refuse(option, file, "which is a folder", kFileAllowed);
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (const int fault = errno_of_trial(folder); fault != 0)
        refuse(option, file, "which cannot be written (" + std::string(std::strerror(fault)) + ")", kFileAllowed);
}

void require_distinct(const std::vector<NamedPath>& paths) {
    const auto place_of = [](const fs::path& path) {
        std::error_code fault;
        const fs::path absolute = fs::absolute(path, fault), place = fs::weakly_canonical(absolute, fault);
        return fault ? absolute : place;
    };
    for (const NamedPath& a : paths)
        for (const NamedPath& b : paths) {
            if (&a == &b) break;
            if (a.path && b.path && !a.path->empty() && place_of(*a.path) == place_of(*b.path))
                refuse(a.option, *a.path, "the same file as that of " + std::string(b.option), "another file");
        }
}

void place_file(const fs::path& finished, const fs::path& destination) {
    // The private folder is often on another disk, so rename alone would fail.
    const fs::path temporary = temporary_name(destination);
    std::error_code fault;
    fs::copy_file(finished, temporary, fs::copy_options::overwrite_existing, fault);
    if (!fault) fs::rename(temporary, destination, fault);
    if (!fault) return;
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw RunError("cannot write '" + destination.string() + "': " + fault.message());
}

void write_file(const fs::path& destination, const std::function<void(std::ostream&)>& write) {
    const fs::path temporary = temporary_name(destination);
    std::error_code fault;
    errno = 0;
    {
        std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
        if (stream) write(stream);
        stream.close();
        if (!stream) fault = std::error_code(errno != 0 ? errno : EIO, std::generic_category());
    }
    if (!fault) fs::rename(temporary, destination, fault);
    if (!fault) return;
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw RunError("cannot write '" + destination.string() + "': " + fault.message());
}

TemporaryFolder::TemporaryFolder() {
    std::error_code fault;
    const fs::path base = fs::temp_directory_path(fault);
    std::string name = ((fault ? fs::path("/tmp") : base) / "izhi-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw RunError("cannot make a temporary folder '" + name + "': " + std::strerror(errno));
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace izhi::apps
