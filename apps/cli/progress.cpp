// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"
#include "terminal.hpp"

namespace izhi::apps {
namespace {

/// Whole seconds: the remaining time is not known more exactly.
std::string time_left(double share, double elapsed_s) {
    if (!(share > 0.0)) return "";
    return "   " + seconds_text(std::max(1.0, std::ceil(elapsed_s * (1.0 - share) / share))) + " left";
}

std::string percent(double share) {
    // 99 % until all is done, because 100 % while the program still works would look like a hang.
    const int whole = static_cast<int>(std::floor(100.0 * std::clamp(share, 0.0, 1.0)));
    return padded(std::to_string(whole), 3, true) + " %";
}

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col;
    return 80;
}

}  // namespace

std::string building_line(double share, double elapsed_s) {
    return "building  " + percent(share) + time_left(share, elapsed_s);
}

std::string running_line(double done_ms, double total_ms, double elapsed_s, double from_ms) {
    const double share = total_ms > 0.0 ? done_ms / total_ms : 1.0;
    const double ran_ms = done_ms - from_ms;
    std::string line =
        "running   " + percent(share) + "   " + seconds_text(done_ms / 1e3) + " of " + seconds_text(total_ms / 1e3);
    if (elapsed_s > 0.0 && ran_ms > 0.0) line += "   " + times_text(ran_ms / 1e3 / elapsed_s) + " x real time";
    return line + time_left(total_ms > from_ms ? ran_ms / (total_ms - from_ms) : 1.0, elapsed_s);
}

std::string sweeping_line(std::size_t done, std::size_t points, double share, double elapsed_s) {
    return "sweep     " + percent(share) + "   " + grouped(done) + " of " + counted(points, "point") +
           time_left(share, elapsed_s);
}

Progress::Progress(bool wanted) : shown_(wanted && ::isatty(STDERR_FILENO) == 1) { begin(); }

void Progress::begin() {
    began_ = Clock::now();
    last_ = began_;
}

void Progress::building(double share) {
    const auto now = Clock::now();
    if (due(now)) show(building_line(share, std::chrono::duration<double>(now - began_).count()), now);
}

void Progress::running(double done_ms, double total_ms, double from_ms) {
    const auto now = Clock::now();
    if (due(now))
        show(running_line(done_ms, total_ms, std::chrono::duration<double>(now - began_).count(), from_ms), now);
}

void Progress::sweeping(std::size_t done, std::size_t points, double share) {
    const auto now = Clock::now();
    if (due(now)) show(sweeping_line(done, points, share, std::chrono::duration<double>(now - began_).count()), now);
}

void Progress::note(std::string_view line) {
    if (shown_) show(line, Clock::now());
}

void Progress::show(std::string_view line, Clock::time_point now) {
    last_ = now;
    on_screen_ = true;
    // One column stays free: a full line would wrap, and \r would then return to the wrong row.
    const std::string fitting = terminal_text(line).substr(0, terminal_width() - 1);
    std::fprintf(stderr, "\r%.*s\033[K", static_cast<int>(fitting.size()), fitting.data());
    std::fflush(stderr);
}

void Progress::clear() {
    if (!on_screen_) return;
    on_screen_ = false;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
}

}  // namespace izhi::apps
