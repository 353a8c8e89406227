// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace izhi::apps {

/// "building    42 %   3 s left"
[[nodiscard]] std::string building_line(double share, double elapsed_s);
/// "running     42 %   4.2 s of 10 s   52 x real time   3 s left"
/// @param from_ms where the run began, for a resumed run: the time before does not count
[[nodiscard]] std::string running_line(double done_ms, double total_ms, double elapsed_s, double from_ms = 0.0);

/// "sweep      42 %   107 of 256 points   3 s left". @param share of the work of this run; some points may have been
/// done before
[[nodiscard]] std::string sweeping_line(std::size_t done, std::size_t points, double share, double elapsed_s);

/// One line on stderr that is overwritten at most ten times per second. Silent unless stderr is a
/// terminal, so that logs stay clean.
class Progress {
public:
    /// @param wanted false keeps it silent everywhere
    explicit Progress(bool wanted);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Begins a new phase: its time starts here.
    void begin();
    void building(double share);
    void running(double done_ms, double total_ms, double from_ms = 0.0);
    void sweeping(std::size_t done, std::size_t points, double share);
    /// Shows a text at once.
    void note(std::string_view line);
    /// Removes the line, so that other text can be written.
    void clear();

private:
    using Clock = std::chrono::steady_clock;
    [[nodiscard]] bool due(Clock::time_point now) const {
        return shown_ && now - last_ >= std::chrono::milliseconds(100);
    }
    void show(std::string_view line, Clock::time_point now);

    bool shown_ = false;
    bool on_screen_ = false;
    Clock::time_point began_{}, last_{};
};

}  // namespace izhi::apps
