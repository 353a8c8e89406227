// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/text.hpp"
#include "izhi/error.hpp"
#include "network_sections.hpp"
#include "table_reader.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

constexpr std::string_view kXNames[] = {"x", "x_mm", "pos_x"}, kYNames[] = {"y", "y_mm", "pos_y"},
                           kZNames[] = {"z", "z_mm", "pos_z"};
constexpr ColumnKind kCoordinates[] = {{"x", kXNames}, {"y", kYNames}, {"z", kZNames}};

/// One to three numbers of at least `least`; a single number stands for all dimensions.
std::optional<Point> read_point(Section& table, const std::string& key) {
    const TomlValue* value = table.find(key);
    if (value == nullptr) return std::nullopt;
    if (const auto number = finite_number(*value)) return Point{*number, *number, *number};
    const std::vector<double> numbers = table.numbers(key);
    if (value->array() == nullptr || numbers.size() != value->array()->size()) return std::nullopt;  // told why
    if (numbers.empty() || numbers.size() > 3) {
        table.fault(key, "has " + std::to_string(numbers.size()) + " items", "1 to 3, one for each dimension");
        return std::nullopt;
    }
    Point point{};
    for (std::size_t d = 0; d < numbers.size(); ++d) point[d] = numbers[d];
    return point;
}

std::optional<std::array<std::uint32_t, 3>> read_counts(Section& table) {
    const auto numbers = read_point(table, "grid");
    if (!numbers || table.find("grid")->array() == nullptr) {
        if (numbers) table.fault("grid", "is a number", "[nx], [nx, ny] or [nx, ny, nz]");
        return std::nullopt;
    }
    std::array<std::uint32_t, 3> counts{1, 1, 1};
    for (std::size_t d = 0; d < table.find("grid")->array()->size(); ++d) {
        const double n = (*numbers)[d];
        if (!(n >= 1.0 && n <= kMaxNeurons && n == std::floor(n))) {
            table.fault("grid", "holds " + izhi::detail::number_text(n), "whole numbers, 1 or more");
            return std::nullopt;
        }
        counts[d] = static_cast<std::uint32_t>(n);
    }
    return counts;
}

GridPositions read_grid(Section& table) {
    GridPositions grid;
    const auto counts = read_counts(table);
    (void)table.require("spacing_mm", "the distance of neighbours");
    const auto spacing = read_point(table, "spacing_mm");
    if (!counts || !spacing) return grid;
    grid.counts = *counts;
    for (std::size_t d = 0; d < table.find("grid")->array()->size(); ++d) grid.spacing_mm[d] = (*spacing)[d];
    return grid;
}

/// A line for each neuron, under the names of the columns.
ListedPositions read_points(const std::filesystem::path& file) {
    TableReader reader(file);
    constexpr std::string_view form = "a first line that names the columns x, y, z or the first of these [mm]";
    if (!reader.next() || !reader.is_heading()) reader.fail("names no columns; allowed: " + std::string(form));
    std::string twice;
    const TableColumns columns = columns_of(reader.heading(), kCoordinates, &twice);
    if (!twice.empty()) reader.fail("names " + twice + " twice; allowed: each once");
    if (!columns.has(0) || (columns.has(2) && !columns.has(1)))
        reader.fail("does not name the columns of positions; allowed: " + std::string(form));
    ListedPositions listed;
    while (reader.next()) {
        if (!reader.has_fields(columns.count))
            reader.fail("has " + std::to_string(reader.fields().size()) +
                        " fields; allowed: " + std::to_string(columns.count) + ", as the first line");
        Point point{};
        for (std::size_t d = 0; d < 3; ++d) {
            if (!columns.has(d)) continue;
            const std::string_view text = reader.fields()[columns.kinds[d]->at];
            const auto value = to_number(text);
            if (!value)
                reader.fail(std::string(kCoordinates[d].name) + " is " + shortened(text, 40) +
                            "; allowed: a finite number");
            point[d] = *value;
        }
        listed.points.push_back(point);
    }
    return listed;
}

}  // namespace

std::optional<Positions> read_positions(Section& population, NetworkReading& reading) {
    const TomlValue* value = population.find("position");
    if (value == nullptr) return std::nullopt;
    constexpr const char* forms =
        "one of { grid = [nx, ny], spacing_mm = 0.1 }, { uniform = [x, y] } and { file = \"positions.csv\" }";
    if (value->table() == nullptr) {
        population.fault("position", "is " + describe(*value), forms);
        return std::nullopt;
    }
    Section table(*value, value->line, population.subject() + ".position", population.faults(), population.map());
    const bool grid = table.has("grid"), uniform = table.has("uniform"), file = table.has("file");
    if (grid + uniform + file != 1) {
        population.fault("position", grid + uniform + file == 0 ? "says no places" : "has more than one kind of places",
                         forms);
        return std::nullopt;
    }
    Positions positions;
    Point extent{};  // what repeats where edges are periodic
    if (grid) {
        const GridPositions read = read_grid(table);
        for (std::size_t d = 0; d < 3; ++d) extent[d] = read.counts[d] * read.spacing_mm[d];
        positions.where = read;
    } else if (uniform) {
        extent = read_point(table, "uniform").value_or(Point{});
        if (value->table() && table.find("uniform")->array() == nullptr)
            table.fault("uniform", "is " + describe(*table.find("uniform")),
                        "[x], [x, y] or [x, y, z], the extent in mm");
        positions.where = UniformPositions{extent};
    } else {
        const std::string name = table.text("file", {});
        if (!name.empty()) {
            try {
                positions.where = read_points(reading.folder / name);
            } catch (const Error& error) {
                const int line = table.find("file")->line;
                reading.faults.add_sentence(line, error.what());
            }
        }
    }
    if (!grid) table.refuse("spacing_mm", "goes with grid");
    positions.origin_mm = read_point(table, "origin_mm").value_or(Point{});
    const bool periodic = table.word("edges", {"open", "periodic"}, "open") == "periodic";
    if (table.has("period_mm")) {
        if (!periodic) table.refuse("period_mm", "goes with edges = \"periodic\"");
        else positions.period_mm = read_point(table, "period_mm").value_or(Point{});
    } else if (periodic && file) {
        table.fault("period_mm", "is missing",
                    "the lengths after which space repeats, for edges of places from a file");
    } else if (periodic) {
        positions.period_mm = extent;
    }
    table.refuse_unknown();
    return positions;
}

}  // namespace izhi::io::detail
