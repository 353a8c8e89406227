// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace izhi::apps {

/// The rows of an unfinished sweep, in a file beside its table. The first line identifies the sweep; every further line
/// is a row, appended with one write when its point is done. So however the program ends, the file has complete lines
/// and perhaps the beginning of one, which the next run cuts off.
class SweepJournal {
public:
    /// Opens or makes the file, and locks it against other programs.
    /// @param sweep everything on which the rows depend; @param points the number of rows
    /// @throws Error if the file belongs to another sweep (with the difference), is not a journal, or is in use
    SweepJournal(std::filesystem::path file, const nlohmann::ordered_json& sweep, std::size_t points);
    ~SweepJournal();
    SweepJournal(const SweepJournal&) = delete;
    SweepJournal& operator=(const SweepJournal&) = delete;

    /// Rows of earlier runs, by point.
    [[nodiscard]] const std::map<std::size_t, std::string>& rows() const noexcept { return rows_; }
    /// @throws RunError
    void append(const std::string& row);
    /// Removes the file, because the table is complete.
    void remove();

private:
    void read(const nlohmann::ordered_json& sweep, std::size_t points);
    void write_line(std::string line);

    std::filesystem::path file_;
    int descriptor_ = -1;
    std::map<std::size_t, std::string> rows_;
};

}  // namespace izhi::apps
