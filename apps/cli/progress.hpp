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
/// @param from_ms where the run began: what was done before has taken none of the time
[[nodiscard]] std::string running_line(double done_ms, double total_ms, double elapsed_s, double from_ms = 0.0);

/// "sweep      42 %   107 of 256 points   3 s left". @param share of the work of this run, which may have found some done
[[nodiscard]] std::string sweeping_line(std::size_t done, std::size_t points, double share, double elapsed_s);

/// One line on stderr that is written over again and again, at most ten times a second. Silent unless stderr is a
/// terminal, so that logs stay clean.
class Progress {
public:
    /// @param wanted false keeps it silent everywhere
    explicit Progress(bool wanted);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// A new phase begins: time is counted from here.
    void begin();
    void building(double share);
    void running(double done_ms, double total_ms, double from_ms = 0.0);
    void sweeping(std::size_t done, std::size_t points, double share);
    /// A line of its own words, at once.
    void note(std::string_view line);
    /// Takes the line away, so that other text can be written.
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
