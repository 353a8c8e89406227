// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string_view>

#include "izhi/executor.hpp"
#include "izhi/version.hpp"
#include "units.hpp"

#ifndef IZHI_BUILD_TYPE
#define IZHI_BUILD_TYPE "unknown"
#endif

namespace izhi::apps {
namespace {

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return "";
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::string cpu_model() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(':');
        if (colon != std::string::npos && trimmed(line.substr(0, colon)) == "model name")
            return trimmed(line.substr(colon + 1));
    }
    return "unknown";
}

std::string compiler() {
#if defined(__clang__)
    return trimmed("clang " __clang_version__);
#elif defined(__GNUC__)
    return trimmed("gcc " __VERSION__);
#else
    return "unknown";
#endif
}

std::string kernel() {
    utsname name{};
    if (::uname(&name) != 0) return "unknown";
    return std::string(name.sysname) + ' ' + name.release;
}

std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc);
    return text.data();
}

std::string huge_page_setting() {
    std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
    std::string line;
    std::getline(file, line);
    const std::string chosen = chosen_word(line);
    return chosen.empty() ? "unknown" : chosen;
}

/// The eighth number in the first line of /proc/stat, see proc(5).
std::optional<double> stolen_since_boot_ms() {
    std::ifstream file("/proc/stat");
    std::string word;
    if (!(file >> word) || word != "cpu") return std::nullopt;
    std::uint64_t ticks = 0;
    for (int i = 0; i < 8; ++i)
        if (!(file >> ticks)) return std::nullopt;
    return 1e3 * static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

Machine this_machine() {
    const long pages = ::sysconf(_SC_PHYS_PAGES), page_bytes = ::sysconf(_SC_PAGESIZE);
    return {.cpu = cpu_model(),
            .hardware_threads = static_cast<std::uint64_t>(available_processors()),
            .memory_bytes = pages > 0 && page_bytes > 0
                                ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes)
                                : 0,
            .kernel = kernel(),
            .version = std::string(kVersion),
            .compiler = compiler(),
            .build_type = IZHI_BUILD_TYPE,
            .date = today(),
            .huge_pages = huge_page_setting()};
}

std::string chosen_word(std::string_view setting) {
    const auto begin = setting.find('['), end = setting.find(']');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return "";
    return std::string(setting.substr(begin + 1, end - begin - 1));
}

std::optional<std::uint64_t> huge_page_bytes(std::istream& smaps) {
    for (std::string line; std::getline(smaps, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint64_t kib = 0;
        if (words >> name && name == "AnonHugePages:" && words >> kib) return kib * 1024;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> huge_page_bytes() {
    std::ifstream file("/proc/self/smaps_rollup");
    return huge_page_bytes(file);
}

StolenTime::StolenTime() : before_ms_(stolen_since_boot_ms()) {}

std::optional<double> StolenTime::ms() const {
    const std::optional<double> now = stolen_since_boot_ms();
    if (!now || !before_ms_) return std::nullopt;
    return *now - *before_ms_;
}

std::string stolen_text(const std::optional<double>& ms) {
    if (!ms || *ms <= 0.0) return "";
    return "the host of this virtual machine took " + seconds_text(*ms * 1e-3) + " of processor time";
}

}  // namespace izhi::apps
