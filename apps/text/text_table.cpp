// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "text_table.hpp"

#include <algorithm>

namespace izhi::apps {

std::string padded(std::string text, std::size_t width, bool right) {
    if (text.size() < width) text.insert(right ? 0 : text.size(), width - text.size(), ' ');
    return text;
}

std::string TextTable::text() const {
    const auto cell = [](const std::vector<std::string>& row, std::size_t c) {
        return c < row.size() ? row[c] : std::string();
    };
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        widths.push_back(titles[c].size());
        for (const auto& row : rows_) widths[c] = std::max(widths[c], cell(row, c).size());
    }
    std::string text;
    const auto add_line = [&](const std::vector<std::string>& row) {
        for (std::size_t c = 0; c < columns_.size(); ++c)
            text += "  " + padded(cell(row, c), widths[c], columns_[c].align == Align::right);
        text.erase(text.find_last_not_of(' ') + 1);
        text += '\n';
    };
    add_line(titles);
    for (const auto& row : rows_) add_line(row);
    return text;
}

}  // namespace izhi::apps
