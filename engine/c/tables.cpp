// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "objects.hpp"

namespace izhi::c {

Handles<Table>& tables = *new Handles<Table>;

namespace {

using Json = nlohmann::ordered_json;

Json described(const io::SpikeTable& spikes) {
    Json json{{"kind", "spikes"}, {"duration_ms", nullptr}, {"populations", Json::array()}, {"notes", spikes.notes}};
    if (spikes.duration_ms) json["duration_ms"] = *spikes.duration_ms;
    for (const auto& population : spikes.populations) {
        Json entry{{"name", population.name}, {"neurons", nullptr}, {"count", population.times_ms.size()}};
        if (population.neurons) entry["neurons"] = *population.neurons;
        json["populations"].push_back(std::move(entry));
    }
    return json;
}

Json described(const std::vector<io::TraceTable>& traces) {
    Json json{{"kind", "traces"}, {"traces", Json::array()}};
    for (const io::TraceTable& trace : traces)
        json["traces"].push_back({{"population", trace.population},
                                  {"variable", trace.variable},
                                  {"units", trace.units},
                                  {"start_ms", trace.start_ms},
                                  {"interval_ms", trace.interval_ms},
                                  {"rows", trace.node_ids.empty() ? 0 : trace.values.size() / trace.node_ids.size()},
                                  {"columns", trace.node_ids.size()}});
    return json;
}

/// Spikes, or else traces. If it is neither, the complaint about spikes, unless the file looks like traces.
std::variant<io::SpikeTable, std::vector<io::TraceTable>> read_any(const std::string& file) {
    std::string why;
    try {
        return io::read_spikes(file);
    } catch (const Error& error) { why = error.what(); }
    try {
        return io::read_traces(file);
    } catch (const Error& error) {
        if (why != error.what()) throw Error(why + "; as traces: " + error.what());
        throw;
    }
}

template <class T>
void give(const std::vector<T>& column, const void** values, std::size_t* count) {
    *values = column.data();
    *count = column.size();
}

[[noreturn]] void refuse_column(std::string_view column, const char* allowed) {
    throw Error("there is no column '" + std::string(column) + "'; allowed: " + allowed);
}

}  // namespace
}  // namespace izhi::c

using namespace izhi::c;

namespace {

template <class Act>
izhi_status with_table(std::uint64_t handle, const Act& act) noexcept {
    return guarded([&] {
        act(*found(tables, "table", handle));
        return IZHI_OK;
    });
}

}  // namespace

izhi_status izhi_table_read(const char* file, izhi_table* into) {
    return guarded([&] {
        *required(into, "into") = 0;
        auto table = std::make_shared<Table>();
        table->data = read_any(required(file, "file"));
        table->json = std::visit([](const auto& data) { return described(data); }, table->data).dump();
        *into = tables.add(std::move(table));
        return IZHI_OK;
    });
}

izhi_status izhi_table_describe(izhi_table handle, const char** json) {
    return with_table(handle, [&](const Table& table) { *required(json, "json") = table.json.c_str(); });
}

izhi_status izhi_table_column(izhi_table handle, uint32_t number, const char* column, const void** values,
                              size_t* count) {
    return with_table(handle, [&](const Table& table) {
        (void)required(values, "values");
        (void)required(count, "count");
        const std::string_view asked = required(column, "column");
        const auto require = [&](std::size_t parts) {
            if (number >= parts)
                throw izhi::Error("the table has " + std::to_string(parts) + " parts, and not number " +
                                  std::to_string(number));
        };
        if (const auto* spikes = std::get_if<izhi::io::SpikeTable>(&table.data)) {
            require(spikes->populations.size());
            const auto& population = spikes->populations[number];
            if (asked == "times_ms") give(population.times_ms, values, count);
            else if (asked == "node_ids") give(population.node_ids, values, count);
            else refuse_column(asked, "times_ms, node_ids");
        } else {
            const auto& traces = std::get<std::vector<izhi::io::TraceTable>>(table.data);
            require(traces.size());
            if (asked == "node_ids") give(traces[number].node_ids, values, count);
            else if (asked == "values") give(traces[number].values, values, count);
            else refuse_column(asked, "node_ids, values");
        }
    });
}

izhi_status izhi_table_free(izhi_table handle) {
    return guarded([&] {
        if (!tables.remove(handle)) throw NoSuchHandle{"table", handle};
        return IZHI_OK;
    });
}
