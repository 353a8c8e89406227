// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "output_paths.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/file_descriptor.hpp"
#include "engine/base/output_place.hpp"
#include "engine/base/text_file.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;
using izhi::detail::output_place;
using izhi::detail::OutputPlace;

std::atomic<bool (*)() noexcept> waiting_ends{nullptr};

constexpr const char* kFolderAllowed = "a folder that can be written to or made";
constexpr const char* kFileAllowed = "a file in a folder that exists and can be written to, a FIFO or a device";

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

[[noreturn]] void fail(const fs::path& destination, const std::string& why) {
    throw RunError("cannot write '" + destination.string() + "': " + why);
}

/// Opens a FIFO, a device or a descriptor for the bytes that follow. A FIFO is opened when something reads from it, so
/// this waits, but no longer than until a signal comes.
izhi::detail::FileDescriptor open_stream(const OutputPlace& place) {
    constexpr std::chrono::milliseconds pause{20};
    const bool fifo = fs::is_fifo(place.path);
    if (place.descriptor) {  // writes go on where those before ended
        izhi::detail::FileDescriptor file(::dup(*place.descriptor));
        if (!file.is_open()) fail(place.path, std::strerror(errno));
        return file;
    }
    for (;;) {
        izhi::detail::FileDescriptor file(place.path, O_WRONLY | O_APPEND | O_NOCTTY | (fifo ? O_NONBLOCK : 0));
        if (file.is_open()) {
            if (fifo) file.wait_when_full();
            return file;
        }
        if (!fifo || errno != ENXIO) fail(place.path, std::strerror(errno));
        if (const auto ended = waiting_ends.load(); ended != nullptr && ended())
            fail(place.path, "nothing reads from this FIFO");
        std::this_thread::sleep_for(pause);
    }
}

void write_stream(const OutputPlace& place, std::string_view bytes) {
    std::cout.flush();  // it may be the same file
    izhi::detail::FileDescriptor file = open_stream(place);
    if (!file.write(std::as_bytes(std::span(bytes))) || !file.close()) fail(place.path, std::strerror(errno));
}

/// Makes a file under a temporary name beside its own, then renames it. @param make writes the file; it may set the error
template <class Make>
void replace_file(const OutputPlace& place, const fs::path& destination, const Make& make) {
    const fs::path temporary = temporary_name(place.path);
    std::error_code fault, ignored;
    make(temporary, fault);
    if (!fault) fs::rename(temporary, place.path, fault);
    if (!fault) return;
    fs::remove(temporary, ignored);
    fail(destination, fault.message());
}

OutputPlace place_of_output(const fs::path& destination) {
    OutputPlace place = output_place(destination);
    if (place.kind == OutputPlace::Kind::other) fail(destination, "it is " + place.what);
    return place;
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

void end_waiting_when(bool (*ended)() noexcept) noexcept { waiting_ends.store(ended); }

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
    if (!file.has_filename()) refuse(option, file, "which is a folder", kFileAllowed);
    const OutputPlace place = output_place(file);
    if (place.kind == OutputPlace::Kind::other) refuse(option, file, "which is " + place.what, kFileAllowed);
    int fault = 0;
    if (place.kind == OutputPlace::Kind::stream) fault = ::access(place.path.c_str(), W_OK) == 0 ? 0 : errno;
    else fault = errno_of_trial(place.path.has_parent_path() ? place.path.parent_path() : fs::path("."));
    if (fault != 0)
        refuse(option, file, "which cannot be written (" + std::string(std::strerror(fault)) + ")", kFileAllowed);
}

void require_replaceable_files(std::string_view option, const fs::path& folder, const std::vector<std::string>& names) {
    for (const std::string& name : names)
        if (const OutputPlace place = output_place(folder / name); place.kind != OutputPlace::Kind::file)
            refuse(option, folder, "in which " + name + " is " + place.what, "a folder in which it is a regular file");
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
    const OutputPlace place = place_of_output(destination);
    if (place.kind == OutputPlace::Kind::stream) {
        const auto bytes = izhi::detail::read_text_file(finished, std::numeric_limits<std::size_t>::max() / 2);
        if (!bytes) fail(destination, "'" + finished.string() + "' cannot be read");
        return write_stream(place, *bytes);
    }
    // The private folder is often on another disk, so rename alone would fail.
    replace_file(place, destination, [&](const fs::path& temporary, std::error_code& fault) {
        fs::copy_file(finished, temporary, fs::copy_options::overwrite_existing, fault);
    });
}

void write_file(const fs::path& destination, const std::function<void(std::ostream&)>& write) {
    const OutputPlace place = place_of_output(destination);
    if (place.kind == OutputPlace::Kind::stream) {
        std::ostringstream stream;
        write(stream);
        return write_stream(place, std::move(stream).str());
    }
    replace_file(place, destination, [&](const fs::path& temporary, std::error_code& fault) {
        errno = 0;
        std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
        if (stream) write(stream);
        stream.close();
        if (!stream) fault = std::error_code(errno != 0 ? errno : EIO, std::generic_category());
    });
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
