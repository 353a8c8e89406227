// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "readers.hpp"
#include "sink.hpp"
#include "table_reader.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

/// A text of the file in a form that is fit for messages.
double read_time(const TableReader& reader, std::string_view text) {
    const auto time = to_number(text);
    if (!time) reader.fail("the time is " + in_quotes(text) + "; allowed: a finite number [ms]");
    return *time;
}

/// Reads a value of a trace. It need not be finite: the last samples of a failed run are not, and users look for them.
float read_value(const TableReader& reader, std::string_view text) {
    const auto value = to_single(text);
    if (!value) reader.fail("a value is " + in_quotes(text) + "; allowed: a number of single precision, inf, nan");
    return *value;
}

/// Columns of one population and variable.
struct TraceColumns {
    TraceTable table;
    std::vector<std::size_t> columns;
};

/// Those of the four-parameter neuron.
std::string usual_units(const std::string& variable) {
    for (int v = 0; v <= static_cast<int>(Variable::short_term_x); ++v)
        if (variable == to_string(static_cast<Variable>(v)))
            return units_of(static_cast<Variable>(v), ModelForm::simple);
    return {};
}

/// The parts of POPULATION.NEURON.VARIABLE or POPULATION.NEURON.VARIABLE.PROJECTION.
struct Column {
    std::string population, variable, projection;
    std::uint64_t neuron = 0;
};
/// The name of the population may have dots; all that follows it has none.
std::optional<Column> column_of(const std::string& name) {
    const auto parts = split(name, '.');
    for (const std::size_t after : {std::size_t{2}, std::size_t{3}}) {  // parts from the neuron on
        if (parts.size() <= after) break;
        const std::size_t at = parts.size() - after;
        const auto neuron = to_whole(parts[at]);
        if (!neuron || parts[at + 1].empty() || parts.back().empty()) continue;
        std::string population(parts[0]);
        for (std::size_t i = 1; i < at; ++i) population.append(".").append(parts[i]);
        if (population.empty()) return std::nullopt;
        return Column{std::move(population), std::string(parts[at + 1]),
                      after == 3 ? std::string(parts.back()) : std::string(), *neuron};
    }
    return std::nullopt;
}

std::vector<TraceColumns> read_trace_header(const TableReader& reader) {
    const std::string form = "time_ms and columns named POPULATION.NEURON.VARIABLE or "
                             "POPULATION.NEURON.VARIABLE.PROJECTION";
    const std::vector<std::string> names = reader.heading();
    if (names.front() != "time_ms" || names.size() < 2) {
        reader.fail("is " + in_quotes(reader.line()) + "; allowed in the first line of a trace: " + form);
    }
    std::vector<TraceColumns> traces;
    for (std::size_t i = 1; i < names.size(); ++i) {
        const std::optional<Column> column = column_of(names[i]);
        if (!column) reader.fail("has the column " + in_quotes(names[i]) + "; allowed: " + form);
        const auto matches = [&](const TraceColumns& t) {
            return t.table.population == column->population && t.table.variable == column->variable &&
                   t.table.projection == column->projection;
        };
        // Columns of one kind are neighbours, so checking the last kind first is fast for wide headers.
        auto found = !traces.empty() && matches(traces.back()) ? std::prev(traces.end())
                                                               : std::find_if(traces.begin(), traces.end(), matches);
        if (found == traces.end()) {
            found = traces.emplace(traces.end());
            found->table.population = column->population;
            found->table.variable = column->variable;
            found->table.projection = column->projection;
            found->table.units = usual_units(found->table.variable);
        }
        found->table.node_ids.push_back(column->neuron);
        found->columns.push_back(i);
    }
    return traces;
}

}  // namespace

std::vector<TraceTable> read_csv_traces(const std::filesystem::path& file) {
    TableReader reader(file);
    if (!reader.next()) reader.fail("the file is empty; allowed: a trace as csv or SONATA");
    std::vector<TraceColumns> traces = read_trace_header(reader);
    std::size_t column_count = 1;
    for (const TraceColumns& trace : traces) column_count += trace.columns.size();

    double start = 0.0, interval = 0.0;
    std::uint64_t rows = 0;
    for (; reader.next(); ++rows) {
        const auto& parts = reader.fields();
        if (!reader.has_fields(column_count)) {
            reader.fail("has " + std::to_string(parts.size()) + " columns; allowed: " + std::to_string(column_count) +
                        ", the number in the header");
        }
        const double time = read_time(reader, parts[0]);
        if (rows == 0) start = time;
        if (rows == 1) interval = time - start;
        const double expected = start + static_cast<double>(rows) * interval;
        if (rows > 0 && !(interval > 0.0 && std::abs(time - expected) <= 1e-6 * interval + 1e-12 * std::abs(time))) {
            reader.fail("the time is " + in_quotes(parts[0]) +
                        "; allowed: equal intervals, as between the first two samples");
        }
        for (TraceColumns& trace : traces) {
            for (const std::size_t column : trace.columns) {
                trace.table.values.push_back(read_value(reader, parts[column]));
            }
        }
    }
    std::vector<TraceTable> tables;
    for (TraceColumns& trace : traces) {
        trace.table.start_ms = start;
        trace.table.interval_ms = interval;
        tables.push_back(std::move(trace.table));
    }
    return tables;
}

}  // namespace izhi::io::detail
