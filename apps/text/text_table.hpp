// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace izhi::apps {

/// Pads a text with spaces on the right, or on the left for numbers.
[[nodiscard]] std::string padded(std::string text, std::size_t width, bool right = false);

/// A table of cells in columns that are as wide as their widest cell, two spaces apart.
class TextTable {
public:
    enum class Align { left, right };
    struct Column {
        std::string title;
        Align align = Align::right;
    };
    explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// Adds a row; missing cells are empty.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// The titles and rows, each line indented by two spaces, with a line end and without trailing spaces.
    [[nodiscard]] std::string text() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace izhi::apps
