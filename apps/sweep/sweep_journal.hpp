// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace izhi::apps {

/// The rows of an unfinished sweep, in a file beside its table. Its first line says which sweep it is; every further line
/// is a row, appended by one write when its point is done. So whatever ends the program, the file holds whole lines and
/// perhaps the beginning of one, which the next run cuts off.
class SweepJournal {
public:
    /// Opens or makes the file, and locks it against other programs.
    /// @param sweep what the rows depend on; @param points how many rows there are to be
    /// @throws Error if the file is of another sweep, naming what differs, is no journal, or is in use
    SweepJournal(std::filesystem::path file, const nlohmann::ordered_json& sweep, std::size_t points);
    ~SweepJournal();
    SweepJournal(const SweepJournal&) = delete;
    SweepJournal& operator=(const SweepJournal&) = delete;

    /// Rows of earlier runs, by point.
    [[nodiscard]] const std::map<std::size_t, std::string>& rows() const noexcept { return rows_; }
    /// @throws RunError
    void append(const std::string& row);
    /// Removes the file: the table has it all.
    void remove();

private:
    void read(const nlohmann::ordered_json& sweep, std::size_t points);
    void write_line(std::string line);

    std::filesystem::path file_;
    int descriptor_ = -1;
    std::map<std::size_t, std::string> rows_;
};

}  // namespace izhi::apps
