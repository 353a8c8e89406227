// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sweep_journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "apps/text/json_text.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

std::string reason() { return std::strerror(errno); }

std::string read_all(int descriptor, const std::filesystem::path& file) {
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error(file.string() + ": cannot be read: " + reason());
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

/// The first key in which the sweeps differ: ": its duration_ms is 2000, not 5000".
std::string difference(const nlohmann::ordered_json& there, const nlohmann::ordered_json& here) {
    for (const auto& [key, value] : here.items()) {
        if (!there.contains(key)) return ": it has no " + key;
        if (there[key] == value) continue;
        const std::string a = there[key].dump(), b = value.dump();
        return a.size() + b.size() > 160 ? ": its " + key + " is another" : ": its " + key + " is " + a + ", not " + b;
    }
    return "";
}

/// Whether a line has all that tables and pictures read.
bool is_row(const nlohmann::ordered_json& value) {
    if (!value.is_object()) return false;
    for (const char* key : {"point", "parameters", "seed", "regime", "network", "populations", "spike_hash", "fault"})
        if (!value.contains(key)) return false;
    const auto& parameters = value["parameters"];
    return value["point"].is_number_unsigned() && parameters.is_object() &&
           std::all_of(parameters.begin(), parameters.end(), [](const auto& number) { return number.is_number(); });
}

}  // namespace

SweepJournal::SweepJournal(std::filesystem::path file, const nlohmann::ordered_json& sweep, std::size_t points)
    : file_(std::move(file)) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw Error(file_.string() + ": cannot be opened: " + reason());
    try {
        // A device may have no end to read to.
        struct stat facts {};
        if (::fstat(descriptor_, &facts) != 0 || !S_ISREG(facts.st_mode))
            throw Error(file_.string() + ": is not a file");
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
            throw Error(file_.string() + ": is in use by another izhi sweep");
        read(sweep, points);
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

SweepJournal::~SweepJournal() { ::close(descriptor_); }

void SweepJournal::read(const nlohmann::ordered_json& sweep, std::size_t points) {
    using Json = nlohmann::ordered_json;
    const std::string text = read_all(descriptor_, file_);
    std::size_t valid = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        if (end == std::string::npos) break;
        const std::string line = text.substr(begin, end - begin);
        const Json value = parse_json(line);
        if (begin == 0) {
            if (!value.is_object() || !value.contains("izhi_sweep"))
                throw Error(file_.string() + ": is not a journal of a sweep");
            if (value != sweep)
                throw Error(file_.string() + ": is of another sweep" + difference(value, sweep) +
                            "; finish that one, remove the file, or give another --out");
        } else {
            if (!is_row(value)) break;
            const auto point = value["point"].get<std::size_t>();
            if (point >= points) break;
            rows_[point] = line;
        }
        begin = valid = end + 1;
    }
    // The rest was being written when the program ended, or a disk lost it.
    if (valid < text.size() && ::ftruncate(descriptor_, static_cast<off_t>(valid)) != 0)
        throw Error(file_.string() + ": cannot be repaired: " + reason());
    if (valid == 0) write_line(sweep.dump());
}

void SweepJournal::append(const std::string& row) { write_line(row); }

void SweepJournal::write_line(std::string line) {
    line += '\n';
    ssize_t count = -1;
    do count = ::write(descriptor_, line.data(), line.size());
    while (count < 0 && errno == EINTR);
    if (count == static_cast<ssize_t>(line.size())) return;
    throw RunError("cannot write '" + file_.string() + "': " + (count < 0 ? reason() : "the disk is full"));
}

void SweepJournal::remove() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

}  // namespace izhi::apps
