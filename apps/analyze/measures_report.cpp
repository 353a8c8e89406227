// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "measures_report.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "apps/text/json_text.hpp"
#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

using analysis::kBands;
using analysis::Measures;

std::string cell(const std::optional<double>& value, int decimals) { return value ? fixed(*value, decimals) : "-"; }

/// Powers span many decades; rounding errors in a spectrum without noise are shown as 0.
std::string power_cell(const std::optional<double>& power) {
    if (!power) return "-";
    return *power < 1e-9 ? "0" : plain(*power);
}

TextTable table_of_spikes() {
    return TextTable({{"", TextTable::Align::left},
                      {"neurons"},
                      {"spikes"},
                      {"rate Hz"},
                      {"interval CV"},
                      {"of neurons"},
                      {"synchrony"},
                      {"correlation"}});
}

void add_spikes(TextTable& table, const std::string& name, const Measures& m) {
    table.add({name, grouped(m.neurons), grouped(m.spikes), fixed(m.rate_hz, 2), cell(m.isi_cv, 3),
               grouped(m.isi_neurons), cell(m.synchrony, 3), cell(m.correlation, 4)});
}

TextTable table_of_rhythms() {
    std::vector<TextTable::Column> columns{{"", TextTable::Align::left}, {"peak Hz"}, {"x independent"}};
    for (const auto& band : kBands)
        columns.push_back({std::string(band.name) + ' ' + plain(band.low_hz) + '-' + plain(band.high_hz)});
    return TextTable(std::move(columns));
}

void add_rhythms(TextTable& table, const std::string& name, const Measures& m) {
    std::vector<std::string> cells{name, cell(m.peak_hz, 1), power_cell(m.peak_ratio)};
    for (const auto& power : m.band_powers) cells.push_back(power_cell(power));
    table.add(std::move(cells));
}

}  // namespace

nlohmann::ordered_json json_of(const Measures& m) {
    nlohmann::ordered_json bands = nlohmann::ordered_json::object();
    for (std::size_t band = 0; band < kBands.size(); ++band)
        bands[std::string(kBands[band].name)] = json_of(m.band_powers[band]);
    return {{"neurons", m.neurons},
            {"spikes", m.spikes},
            {"rate_hz", m.rate_hz},
            {"isi_cv", json_of(m.isi_cv)},
            {"isi_neurons", m.isi_neurons},
            {"synchrony", json_of(m.synchrony)},
            {"correlation", json_of(m.correlation)},
            {"largest_share", json_of(m.largest_share)},
            {"volley_share", json_of(m.volley_share)},
            {"peak_hz", json_of(m.peak_hz)},
            {"peak_ratio", json_of(m.peak_ratio)},
            {"band_powers_hz2", bands}};
}

std::string reason_of(const analysis::NetworkMeasures& measures) {
    using analysis::Regime;
    const Measures& all = measures.network;
    switch (measures.regime) {
        case Regime::silent: return "less than " + plain(analysis::kSilentHz) + " Hz";
        case Regime::pathological: {
            const auto fastest = std::max_element(measures.populations.begin(), measures.populations.end(),
                                                  [](const auto& a, const auto& b) { return a.rate_hz < b.rate_hz; });
            const double rate = std::max(all.rate_hz, fastest->rate_hz);
            if (rate > analysis::kPathologicalHz) return "a population fires at " + fixed(rate, 0) + " Hz";
            return fixed(100.0 * all.volley_share.value_or(0.0), 0) +
                   " % of the spikes lie in volleys of over half of the neurons";
        }
        case Regime::synchronous:
            return "the mean correlation of two neurons is above " + plain(analysis::kSynchronousCorrelation);
        case Regime::unknown:
            return std::string("there is no mean correlation of two neurons: ") +
                   (all.neurons < 2 ? "one neuron" : "too short, or too few spikes");
        case Regime::asynchronous: break;
    }
    return "the mean correlation of two neurons is not above " + plain(analysis::kSynchronousCorrelation);
}

std::string text_of(const analysis::NetworkMeasures& measures, bool sizes_guessed) {
    TextTable spikes = table_of_spikes(), rhythms = table_of_rhythms();
    for (const Measures& population : measures.populations) {
        add_spikes(spikes, population.name, population);
        add_rhythms(rhythms, population.name, population);
    }
    if (measures.populations.size() > 1) {
        add_spikes(spikes, "all", measures.network);
        add_rhythms(rhythms, "all", measures.network);
    }
    return spikes.text() + "\n  Spectrum of the rate: its peak, and the power of bands in Hz [Hz^2]\n" +
           rhythms.text() + "\n  regime: " +
           (sizes_guessed ? "not given, because it depends on the number of neurons; --population or --network gives it"
                          : std::string(to_string(measures.regime)) + " (" + reason_of(measures) + ")") +
           '\n';
}

}  // namespace izhi::apps
