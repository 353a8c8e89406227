// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "line_reader.hpp"
#include "readers.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

constexpr std::string_view kSpikeHeader = "time_ms,population,neuron";

/// For messages: what stands in the file may be anything.
std::string quoted(std::string_view text) { return '"' + shortened(text, 40) + '"'; }

double read_time(const LineReader& reader, std::string_view text) {
    const auto time = to_number(text);
    if (!time) reader.fail("the time is " + quoted(text) + "; allowed: a finite number [ms]");
    return *time;
}

std::uint64_t read_neuron(const LineReader& reader, std::string_view text) {
    const auto neuron = to_whole(text);
    if (!neuron) reader.fail("the neuron is " + quoted(text) + "; allowed: an integer of 0 or more");
    return *neuron;
}

/// Of a trace: the last samples of a run that failed are not finite, and they are what one looks for.
float read_value(const LineReader& reader, std::string_view text) {
    const auto value = to_single(text);
    if (!value) reader.fail("a value is " + quoted(text) + "; allowed: a number of single precision, inf, nan");
    return *value;
}

SpikeTable read_csv(LineReader& reader) {
    SpikeTable table;
    std::size_t last = 0;
    while (reader.next()) {
        const auto parts = split(reader.line(), ',');
        if (parts.size() != 3) reader.fail("is " + quoted(reader.line()) + "; allowed: " + std::string(kSpikeHeader));
        if (parts[1].empty()) reader.fail("the population has no name");
        if (last >= table.populations.size() || table.populations[last].name != parts[1]) {
            const auto found = std::find_if(table.populations.begin(), table.populations.end(),
                                            [&](const SpikeTable::Population& p) { return p.name == parts[1]; });
            last = static_cast<std::size_t>(found - table.populations.begin());
            if (found == table.populations.end()) table.populations.push_back({std::string(parts[1]), {}, {}, {}});
        }
        table.populations[last].times_ms.push_back(read_time(reader, parts[0]));
        table.populations[last].node_ids.push_back(read_neuron(reader, parts[2]));
    }
    return table;
}

/// The words of a line, between any number of spaces and tabs.
std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (std::size_t begin = line.find_first_not_of(" \t"); begin != std::string_view::npos;) {
        const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        begin = line.find_first_not_of(" \t", end);
    }
    return words;
}

/// The reader stands on the first line. Also reads what NEST writes: version 2 ends its lines with a tab, version 3
/// (.dat) has comments and then a line that names the columns.
SpikeTable read_gdf(LineReader& reader) {
    SpikeTable table;
    auto& all = table.populations.emplace_back();
    bool may_be_names = true;
    do {
        const auto parts = words_of(reader.line());
        if (parts.empty() || parts[0].front() == '#') continue;
        if (std::exchange(may_be_names, false) && parts[0] == "sender") {
            if (parts.size() == 2 && parts[1] == "time_ms") continue;
            reader.fail("names the columns " + quoted(reader.line()) + "; allowed: sender and time_ms");
        }
        if (parts.size() != 2)
            reader.fail("is " + quoted(reader.line()) + "; allowed: a neuron, a tab and a time in ms");
        all.node_ids.push_back(read_neuron(reader, parts[0]));
        all.times_ms.push_back(read_time(reader, parts[1]));
    } while (reader.next());
    return table;
}

/// Columns of one population and variable.
struct TraceColumns {
    TraceTable table;
    std::vector<std::size_t> columns;
};

std::vector<TraceColumns> read_trace_header(const LineReader& reader) {
    const std::string form = "time_ms and columns named POPULATION.NEURON.VARIABLE";
    const auto names = split(reader.line(), ',');
    if (names.front() != "time_ms" || names.size() < 2) {
        reader.fail("is " + quoted(reader.line()) + "; allowed in the first line of a trace: " + form);
    }
    std::vector<TraceColumns> traces;
    for (std::size_t i = 1; i < names.size(); ++i) {
        const auto parts = split(names[i], '.');
        const auto neuron = parts.size() == 3 ? to_whole(parts[1]) : std::nullopt;
        if (!neuron || parts[0].empty() || parts[2].empty()) {
            reader.fail("has the column " + quoted(names[i]) + "; allowed: " + form);
        }
        const auto matches = [&](const TraceColumns& t) {
            return t.table.population == parts[0] && t.table.variable == parts[2];
        };
        // Columns of one kind stand together, so looking at the last kind first keeps wide headers fast.
        auto found = !traces.empty() && matches(traces.back()) ? std::prev(traces.end())
                                                               : std::find_if(traces.begin(), traces.end(), matches);
        if (found == traces.end()) {
            found = traces.emplace(traces.end());
            found->table.population = parts[0];
            found->table.variable = parts[2];
            found->table.units = parts[2] == "current" ? "mV/ms" : "mV";
        }
        found->table.node_ids.push_back(*neuron);
        found->columns.push_back(i);
    }
    return traces;
}

}  // namespace

SpikeTable read_text_spikes(const std::filesystem::path& file) {
    LineReader reader(file);
    if (!reader.next()) return {{SpikeTable::Population{}}};  // a .gdf of a run without spikes
    if (reader.line() == kSpikeHeader) return read_csv(reader);
    return read_gdf(reader);
}

std::vector<TraceTable> read_csv_traces(const std::filesystem::path& file) {
    LineReader reader(file);
    if (!reader.next()) reader.fail("the file is empty; allowed: a trace as csv or SONATA");
    std::vector<TraceColumns> traces = read_trace_header(reader);
    std::size_t column_count = 1;
    for (const TraceColumns& trace : traces) column_count += trace.columns.size();

    double start = 0.0, interval = 0.0;
    std::uint64_t rows = 0;
    for (; reader.next(); ++rows) {
        const auto parts = split(reader.line(), ',');
        if (parts.size() != column_count) {
            reader.fail("has " + std::to_string(parts.size()) + " columns; allowed: " + std::to_string(column_count) +
                        ", as many as the header names");
        }
        const double time = read_time(reader, parts[0]);
        if (rows == 0) start = time;
        if (rows == 1) interval = time - start;
        const double expected = start + static_cast<double>(rows) * interval;
        if (rows > 0 && !(interval > 0.0 && std::abs(time - expected) <= 1e-6 * interval + 1e-12 * std::abs(time))) {
            reader.fail("the time is " + quoted(parts[0]) +
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
