// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "number_file.hpp"

#include <algorithm>
#include <cctype>

#include "izhi/error.hpp"
#include "table_reader.hpp"
#include "text.hpp"

namespace izhi::io::detail {

NumberTable read_number_file(const std::filesystem::path& file) {
    TableReader reader(file);
    NumberTable table;
    while (reader.next()) {
        if (table.values.empty() && table.names.empty() && reader.is_heading()) {
            table.names = reader.heading();
            continue;
        }
        if (table.columns == 0) {
            table.columns = reader.fields().size();
            if (!table.names.empty() && table.names.size() != table.columns && !reader.has_fields(table.names.size()))
                reader.fail("has " + std::to_string(table.columns) + " fields; allowed: " +
                            std::to_string(table.names.size()) + ", as the names in the first row");
            table.columns = reader.fields().size();
        }
        if (!reader.has_fields(table.columns))
            reader.fail("has " + std::to_string(reader.fields().size()) +
                        " fields; allowed: " + std::to_string(table.columns) + ", as in the rows before");
        for (const std::string_view field : reader.fields()) {
            const auto number = to_number(field);
            if (!number) reader.fail("the field \"" + shortened(field, 40) + "\"" + " is not a finite number");
            table.values.push_back(*number);
        }
    }
    if (table.values.empty()) throw Error(file.string() + ": has no row of numbers");
    return table;
}

std::optional<NumberTable> read_number_file(Section& section, const std::string& key,
                                            const std::filesystem::path& file) {
    try {
        return read_number_file(file);
    } catch (const Error& error) {
        section.fault(key, "cannot be used: " + std::string(error.what()));
        return std::nullopt;
    }
}

std::vector<double> column_of(const NumberTable& table, const std::string& name, const std::filesystem::path& file) {
    const auto folded = [](std::string text) {
        for (char& c : text) c = c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return text;
    };
    const auto found = std::find_if(table.names.begin(), table.names.end(),
                                    [&](const std::string& known) { return folded(known) == folded(name); });
    if (found == table.names.end()) {
        std::string names;
        for (const std::string& known : table.names) names += (names.empty() ? "" : ", ") + known;
        throw Error(file.string() + ": has no column \"" + shortened(name, 40) + "\"" +
                    "; allowed: " + (names.empty() ? "a first row that names the columns" : names));
    }
    std::vector<double> values;
    const auto column = static_cast<std::size_t>(found - table.names.begin());
    for (std::size_t row = 0; row < table.rows(); ++row) values.push_back(table.values[row * table.columns + column]);
    return values;
}

}  // namespace izhi::io::detail
