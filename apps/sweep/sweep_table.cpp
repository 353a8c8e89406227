// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sweep_table.hpp"

#include <array>
#include <cmath>
#include <ostream>
#include <string_view>

#include "apps/analyze/measures_report.hpp"
#include "apps/text/csv_text.hpp"
#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

using Json = nlohmann::ordered_json;

// Keys of json_of(Measures); the bands are added to these.
constexpr std::array<std::string_view, 10> kNetworkColumns{"neurons",      "spikes",    "rate_hz",     "isi_cv",
                                                           "isi_neurons",  "synchrony", "correlation", "largest_share",
                                                           "volley_share", "peak_hz"};
constexpr std::array<std::string_view, 5> kPopulationColumns{"rate_hz", "isi_cv", "synchrony", "correlation",
                                                             "peak_hz"};

/// A value as in JSON, except that null becomes an empty text.
std::string cell(const Json& value) {
    if (value.is_null()) return "";
    if (!value.is_string()) return value.dump();
    return csv_cell(value.get_ref<const std::string&>());
}

std::string cell(const Json& object, std::string_view key) {
    const auto found = object.find(key);
    return found == object.end() ? "" : cell(*found);
}

/// "-" or a number with this many decimals.
std::string shown(const Json& network, std::string_view key, int decimals) {
    if (!network.is_object() || !network[std::string(key)].is_number()) return "-";
    return fixed(network[std::string(key)].get<double>(), decimals);
}

}  // namespace

Json row_of(const SweepPlan& plan, const SweepResult& result) {
    Json parameters = Json::object();
    for (const io::Setting& setting : plan.settings(result.point)) {
        const bool whole = setting.value == std::floor(setting.value) && std::abs(setting.value) < 0x1p53;
        parameters[setting.key] = whole ? Json(static_cast<std::int64_t>(setting.value)) : Json(setting.value);
    }
    Json network = nullptr, populations = nullptr;
    std::string_view regime = to_string(analysis::Regime::pathological);
    if (result.measures) {
        regime = to_string(result.measures->regime);
        network = json_of(result.measures->network);
        populations = Json::object();
        for (const auto& population : result.measures->populations) populations[population.name] = json_of(population);
    }
    return {{"point", result.point},
            {"parameters", parameters},
            {"seed", result.seed},
            {"regime", regime},
            {"network", network},
            {"populations", populations},
            {"spike_hash", result.measures ? Json(hash_text(result.spike_hash)) : Json(nullptr)},
            {"fault", result.fault.empty() ? Json(nullptr) : Json(result.fault)}};
}

void write_csv(std::ostream& stream, const SweepPlan& plan, const std::vector<std::string>& populations,
               const std::vector<std::string>& rows) {
    stream << "point";
    for (const SweepAxis& axis : plan.axes) stream << ',' << axis.key;
    stream << ",seed,regime";
    for (const auto column : kNetworkColumns) stream << ',' << column;
    stream << ",peak_ratio";
    for (const auto& band : analysis::kBands) stream << ',' << band.name << "_hz2";
    for (const std::string& population : populations)
        for (const auto column : kPopulationColumns) stream << ',' << population << '.' << column;
    stream << ",spike_hash,fault\n";
    for (const std::string& text : rows) {
        const Json row = Json::parse(text), none = Json::object();
        stream << cell(row, "point");
        for (const SweepAxis& axis : plan.axes) stream << ',' << cell(row["parameters"], axis.key);
        stream << ',' << cell(row, "seed") << ',' << cell(row, "regime");
        const Json& network = row["network"].is_object() ? row["network"] : none;
        for (const auto column : kNetworkColumns) stream << ',' << cell(network, column);
        stream << ',' << cell(network, "peak_ratio");
        const Json& bands = network.contains("band_powers_hz2") ? network["band_powers_hz2"] : none;
        for (const auto& band : analysis::kBands) stream << ',' << cell(bands, band.name);
        for (const std::string& name : populations) {
            const bool there = row["populations"].is_object() && row["populations"].contains(name);
            const Json& population = there ? row["populations"][name] : none;
            for (const auto column : kPopulationColumns) stream << ',' << cell(population, column);
        }
        stream << ',' << cell(row, "spike_hash") << ',' << cell(row, "fault") << '\n';
    }
}

void write_json_lines(std::ostream& stream, const std::vector<std::string>& rows) {
    for (const std::string& row : rows) stream << row << '\n';
}

std::string text_of(const SweepPlan& plan, const std::vector<std::string>& rows) {
    std::vector<TextTable::Column> columns;
    for (const SweepAxis& axis : plan.axes) columns.push_back({axis.key});
    columns.push_back({"seed"});
    for (const char* title : {"rate Hz", "interval CV", "synchrony", "correlation", "peak Hz"})
        columns.push_back({title});
    columns.push_back({"regime", TextTable::Align::left});
    TextTable table(std::move(columns));
    for (const std::string& text : rows) {
        const Json row = Json::parse(text);
        std::vector<std::string> cells;
        for (const SweepAxis& axis : plan.axes) cells.push_back(plain(row["parameters"][axis.key].get<double>(), 6));
        cells.push_back(cell(row["seed"]));
        const Json& network = row["network"];
        cells.push_back(shown(network, "rate_hz", 2));
        cells.push_back(shown(network, "isi_cv", 3));
        cells.push_back(shown(network, "synchrony", 3));
        cells.push_back(shown(network, "correlation", 4));
        cells.push_back(shown(network, "peak_hz", 1));
        cells.push_back(cell(row["regime"]) + (row["fault"].is_null() ? "" : " (failed)"));
        table.add(std::move(cells));
    }
    return table.text();
}

}  // namespace izhi::apps
