// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sweep_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "apps/plot/sheet.hpp"
#include "apps/text/csv_text.hpp"
#include "apps/text/units.hpp"
#include "izhi/analysis/measures.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::array kRegimes{analysis::Regime::silent, analysis::Regime::asynchronous, analysis::Regime::synchronous,
                              analysis::Regime::pathological};
/// The text of a number beside an axis.
constexpr std::array<std::string_view, 4> kShortRegimes{"silent", "async", "sync", "pathol"};
/// Colours from light to dark, with hues that any kind of colour vision can distinguish.
constexpr std::array<std::string_view, 4> kRegimeColours{"#DDDDDD", "#56B4E9", "#E69F00", "#882255"};

/// One panel: the quantity of a row that it shows.
struct MapQuantity {
    std::string_view title;
    std::string_view key;  ///< a key of `network`, or of its bands; empty: the regime
    bool band = false;
    bool logarithmic = false;
};
constexpr std::array<MapQuantity, 8> kQuantities{{{"regime", ""},
                                                  {"mean rate [Hz]", "rate_hz", false, true},
                                                  {"CV of intervals", "isi_cv"},
                                                  {"synchrony χ", "synchrony"},
                                                  {"spectral peak [Hz]", "peak_hz"},
                                                  {"peak power / independent", "peak_ratio", false, true},
                                                  {"alpha power [Hz²]", "alpha", true, true},
                                                  {"gamma power [Hz²]", "gamma", true, true}}};

constexpr std::size_t kColumns = 2, kRows = 4;
constexpr double kMapWidthIn = 7.0, kMapHeightIn = 8.8, kPanelHeight = 0.172;
/// The most numbers along an axis of a panel; more would overlap.
constexpr int kMostTics = 6;

/// Tics of a logarithmic axis: 1, 2 and 5 of each decade; for many decades only their beginnings; within one decade,
/// where these could be one number or none, equal steps.
std::string logarithmic_tics(double low, double high) {
    const double decades = std::log10(high / low);
    const auto every = static_cast<int>(std::ceil(decades / static_cast<double>(kMostTics) - 1e-9));
    std::string text;
    std::size_t count = 0;
    for (int decade = static_cast<int>(std::floor(std::log10(low) + 1e-9)); std::pow(10.0, decade) <= high * 1.000001;
         ++decade) {
        if (decades > 2.0 && decade % every != 0) continue;
        const std::string power = "10^{" + std::to_string(decade) + '}';
        for (const int factor : {1, 2, 5}) {
            const double at = factor * std::pow(10.0, decade);
            if (at < low * 0.999999 || at > high * 1.000001 || (decades > 2.0 && factor > 1)) continue;
            const std::string label = decade >= -3 && decade < 5 ? plain(at, 1)
                                      : factor == 1              ? power
                                                                 : std::to_string(factor) + "·" + power;
            text += (count++ == 0 ? "" : ", ") + gnuplot_text(label) + ' ' + gnuplot_number(at);
        }
    }
    return count < 2 ? tics_between(low, high, 4) : '(' + text + ')';
}

double value_of(const MapQuantity& quantity, const Json& row) {
    if (quantity.key.empty()) {
        for (std::size_t i = 0; i < kRegimes.size(); ++i)
            if (row["regime"] == to_string(kRegimes[i])) return static_cast<double>(i);
        return kNone;
    }
    if (!row["network"].is_object()) return kNone;
    const Json& network = row["network"];
    const Json& value = (quantity.band ? network["band_powers_hz2"] : network)[std::string(quantity.key)];
    if (!value.is_number()) return kNone;
    return value.get<double>();
}

/// Whether a value can be shown on the axis of its quantity. A logarithmic axis cannot show 0, nor the rounding errors
/// of a spectrum without power.
bool drawable(const MapQuantity& quantity, double value) {
    return !std::isnan(value) && (!quantity.logarithmic || value > 1e-9);
}

/// The mean over the seeds of a point, without seeds that have no value.
double mean_of(const MapQuantity& quantity, const std::vector<double>& seeds) {
    if (quantity.key.empty()) {
        std::array<int, kRegimes.size()> counts{};
        for (const double seed : seeds)
            if (!std::isnan(seed)) ++counts[static_cast<std::size_t>(seed)];
        const auto most = std::max_element(counts.begin(), counts.end());
        return *most > 0 ? static_cast<double>(most - counts.begin()) : kNone;
    }
    double sum = 0.0, count = 0.0;
    for (const double seed : seeds) {
        if (std::isnan(seed)) continue;
        sum += seed;
        ++count;
    }
    return count > 0.0 ? sum / count : kNone;
}

class SweepPage {
public:
    SweepPage(const SweepPlan& plan, const std::vector<std::string>& rows, const std::string& network,
              double measured_ms, const fs::path& file, const PictureStyle& style)
        : plan_(plan), network_(network), measured_ms_(measured_ms), sheet_(file, kMapWidthIn, kMapHeightIn, style) {
        for (const std::string& row : rows) {
            const Json json = Json::parse(row);
            if (json["network"].is_object()) {
                measured_ = true;
                spikes_ = spikes_ || json["network"]["spikes"] > 0;
            }
            for (std::size_t q = 0; q < kQuantities.size(); ++q) values_[q].push_back(value_of(kQuantities[q], json));
        }
    }

    std::vector<fs::path> draw() {
        sheet_.layout({{left(0), left(0) + width()}, {left(1), left(1) + width()}}, {{top(0) - kPanelHeight, top(0)},
                                                                                     {top(1) - kPanelHeight, top(1)},
                                                                                     {top(2) - kPanelHeight, top(2)},
                                                                                     {top(3) - kPanelHeight, top(3)}});
        sheet_.set("tics scale 0.4");
        sheet_.style_numbers(kGrey, kGrey);
        for (std::size_t q = 0; q < kQuantities.size(); ++q) panel(q);
        return sheet_.draw();
    }

private:
    [[nodiscard]] bool map() const { return plan_.axes.size() == 2; }
    [[nodiscard]] const SweepAxis& x_axis() const { return plan_.axes.back(); }
    // The layout of the panels.
    [[nodiscard]] double width() const { return map() ? 0.275 : 0.365; }
    [[nodiscard]] double left(std::size_t column) const {
        return 0.105 + (map() ? 0.505 : 0.495) * static_cast<double>(column);
    }
    [[nodiscard]] static double top(std::size_t row) { return 0.930 - 0.2270 * static_cast<double>(row); }

    void panel(std::size_t q) {
        const MapQuantity& quantity = kQuantities[q];
        const std::size_t column = q % kColumns, row = q / kColumns;
        const bool last_row = q + kColumns >= kQuantities.size();
        const Sheet::Place place{left(column), left(column) + width(), top(row) - kPanelHeight, top(row)};
        sheet_.panel(place);
        if (q == 0) {
            std::string facts = "measured over " + seconds_text(measured_ms_ / 1e3);
            if (plan_.repeats > 1) facts += ", mean of " + counted(plan_.repeats, "seed");
            sheet_.title(network_, sheet_.on_page(0.075, 0.977));
            sheet_.text(facts, sheet_.on_page(0.965, 0.977), "right", 1.0, kGrey);
        }
        sheet_.text(quantity.title, sheet_.on_page(place.left, place.top + 0.014), "left");
        if (last_row) sheet_.x_label(x_axis().key, place.bottom - 0.038);
        if (map() && column == 0) sheet_.y_label(plan_.axes.front().key, 0.022, 0.9);
        if (map()) heat_map(q, place);
        else curve(q);
        sheet_.plot();
    }

    /// The reason in the middle of a panel that has no values.
    void empty_panel(const MapQuantity& quantity) {
        const std::string_view reason = quantity.key.empty()    ? "unknown"
                                        : measured_ && !spikes_ ? "no spikes"
                                                                : "no value";
        sheet_.text(reason, Sheet::on_panel(0.5, 0.5), "center", 1.0, kGrey);
    }

    /// Tics such as ("0.5" 0, "1" 5, ...): cells have equal widths, whatever the distances of their values.
    static std::string cell_tics(const SweepAxis& axis, int most) {
        const std::size_t stride =
            (axis.values.size() + static_cast<std::size_t>(most) - 1) / static_cast<std::size_t>(most);
        std::string text = "(";
        for (std::size_t i = 0; i < axis.values.size(); i += stride)
            text += (i == 0 ? "" : ", ") + gnuplot_text(plain(axis.values[i], 4)) + ' ' + std::to_string(i);
        return text + ')';
    }

    static std::string value_cell(const MapQuantity& quantity, double value) {
        if (!quantity.key.empty() || std::isnan(value)) return csv_cell(value);
        return std::string(to_string(kRegimes[static_cast<std::size_t>(value)]));
    }

    /// The mean of each point over its seeds, the last axis fastest.
    [[nodiscard]] std::vector<double> means(std::size_t q) const {
        std::vector<double> result;
        for (std::size_t i = 0; i < values_[q].size(); i += plan_.repeats) {
            const auto begin = values_[q].begin() + static_cast<std::ptrdiff_t>(i);
            result.push_back(mean_of(kQuantities[q], {begin, begin + static_cast<std::ptrdiff_t>(plan_.repeats)}));
        }
        return result;
    }

    void heat_map(std::size_t q, const Sheet::Place& place) {
        const MapQuantity& quantity = kQuantities[q];
        const std::size_t columns = plan_.axes[1].values.size(), rows = plan_.axes[0].values.size();
        const std::vector<double> cells = means(q);
        std::vector<double> drawn;
        double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
        sheet_.table(kSweepPanels[q], {plan_.axes[0].key, plan_.axes[1].key, std::string(quantity.title)});
        for (std::size_t i = 0; i < cells.size(); ++i) {
            sheet_.row({csv_cell(plan_.axes[0].values[i / columns]), csv_cell(plan_.axes[1].values[i % columns]),
                        value_cell(quantity, cells[i])});
            if (!drawable(quantity, cells[i])) continue;
            lowest = std::min(lowest, cells[i]);
            highest = std::max(highest, cells[i]);
            drawn.insert(drawn.end(), {static_cast<double>(i % columns), static_cast<double>(i / columns), cells[i]});
        }
        sheet_.set("border 15");
        // Cells without a value show the background.
        sheet_.set("object rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb '#FFFFFF' fillstyle pattern 4 "
                   "noborder");
        sheet_.x_axis(-0.5, static_cast<double>(columns) - 0.5,
                      cell_tics(plan_.axes[1], std::min(kMostTics, sheet_.room_across(kMostTics))));
        sheet_.y_axis(-0.5, static_cast<double>(rows) - 0.5,
                      cell_tics(plan_.axes[0], std::min(kMostTics, sheet_.room_up(kMostTics))));
        sheet_.colour_box(place);
        sheet_.set("cbtics scale 0.4" + sheet_.font(0.9));
        colours(quantity, lowest, highest);
        if (drawn.empty()) empty_panel(quantity);
        else
            sheet_.add(sheet_.data(drawn, 3) +
                       " using 1:2:(0.51):(0.51):3 with boxxyerror fillcolor palette fillstyle solid noborder");
    }

    void colours(const MapQuantity& quantity, double lowest, double highest) {
        if (quantity.key.empty()) {
            std::string palette, names;
            for (std::size_t i = 0; i < kRegimes.size(); ++i) {
                const std::string comma = i == 0 ? "" : ", ";
                palette += comma + std::to_string(i) + " '" + std::string(kRegimeColours[i]) + "'";
                names += comma + gnuplot_text(to_string(kRegimes[i])) + ' ' + std::to_string(i);
            }
            sheet_.set("palette maxcolors 4 defined (" + palette + ')');
            sheet_.set("cbrange [-0.5:3.5]");
            sheet_.set("cbtics (" + names + ')');
            return;
        }
        sheet_.set("palette maxcolors 0 " + std::string(kViridis));
        sheet_.set("cbtics autofreq");
        if (!(highest >= lowest)) {
            sheet_.set("cbrange [0:1]");
        } else if (quantity.logarithmic) {
            // Whole decades, at most six: smaller values are almost 0.
            const double top = std::ceil(std::log10(highest) - 1e-9);
            const double bottom = std::max(std::floor(std::log10(lowest) + 1e-9), top - 6.0);
            const double low = std::pow(10.0, bottom), high = std::pow(10.0, std::max(top, bottom + 1.0));
            sheet_.set("cbrange [" + gnuplot_number(low) + ':' + gnuplot_number(high) + ']');
            sheet_.set("logscale cb");
            sheet_.set("cbtics " + logarithmic_tics(low, high));
        } else {
            const double top = highest > 0.0 ? highest : 1.0;
            sheet_.set("cbrange [0:" + gnuplot_number(top) + ']');
            sheet_.set("cbtics " + tics(top, sheet_.room_up(4)));
        }
    }

    void curve(std::size_t q) {
        const MapQuantity& quantity = kQuantities[q];
        const std::vector<double>& xs = x_axis().values;
        const auto [low, high] = std::minmax_element(xs.begin(), xs.end());
        const std::vector<double> mean = means(q);
        std::vector<double> all = values_[q];
        all.insert(all.end(), mean.begin(), mean.end());
        std::erase_if(all, [&](double value) { return !drawable(quantity, value); });
        const bool any = !all.empty();
        const double highest = any ? *std::max_element(all.begin(), all.end()) : 0.0;
        // Values more than six decades below the highest lie outside a logarithmic panel, and no line leads to them.
        if (quantity.logarithmic) std::erase_if(all, [&](double value) { return value < 1e-6 * highest; });
        const double lowest = any ? *std::min_element(all.begin(), all.end()) : 0.0;
        // Within one decade a linear axis shows more, and it can show 0.
        const bool logarithmic = quantity.logarithmic && any && highest > 10.0 * lowest;
        const auto shown = [&](double value) { return !std::isnan(value) && (!logarithmic || value >= lowest); };
        Points dots, line;
        sheet_.table(kSweepPanels[q], {"seed", x_axis().key, std::string(quantity.title)});
        for (std::size_t i = 0; i < values_[q].size(); ++i)
            sheet_.row({std::to_string(i % plan_.repeats + 1), csv_cell(xs[i / plan_.repeats]),
                        value_cell(quantity, values_[q][i])});
        for (std::size_t i = 0; i < xs.size(); ++i)
            sheet_.row({"mean", csv_cell(xs[i]), value_cell(quantity, mean[i])});
        for (std::size_t i = 0; i < values_[q].size(); ++i)
            if (shown(values_[q][i])) dots.emplace_back(xs[i / plan_.repeats], values_[q][i]);
        std::vector<std::size_t> order(xs.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return xs[a] < xs[b]; });
        for (const std::size_t i : order) line.emplace_back(xs[i], shown(mean[i]) ? mean[i] : kNone);

        sheet_.set("format y '%g'");
        const bool one = *low == *high;
        if (x_axis().logarithmic) sheet_.set("logscale x");
        // A little wider than the values, because rounding to single precision could move the last value out of the
        // panel.
        const double share = 0.02, margin = one ? 0.5 : share * (*high - *low), factor = std::pow(*high / *low, share);
        const bool by_factor = x_axis().logarithmic && !one;
        sheet_.x_axis(by_factor ? *low / factor : *low - margin, by_factor ? *high * factor : *high + margin,
                      by_factor ? logarithmic_tics(*low, *high) : "autofreq");
        if (quantity.key.empty()) {
            std::string names;
            for (std::size_t i = 0; i < kRegimes.size(); ++i)
                names += (i == 0 ? "" : ", ") + gnuplot_text(kShortRegimes[i]) + ' ' + std::to_string(i);
            sheet_.y_axis(-0.5, 3.5, '(' + names + ')');
        } else if (logarithmic) {
            const double bottom = lowest / 1.5, top = highest * 1.5;
            sheet_.y_axis(bottom, top, logarithmic_tics(bottom, top));
            sheet_.set("logscale y");
        } else {
            sheet_.y_axis(0, highest > 0.0 ? 1.1 * highest : 1.0, "autofreq");
        }
        if (!any) {
            empty_panel(quantity);
            return;
        }
        // Regimes are not a scale: a line between two would pass through others that did not occur.
        if (!quantity.key.empty()) sheet_.line(line, series_colour(0), 1.0);
        sheet_.line(dots, series_colour(0), 1.0, "points pt 7 ps 0.35");
    }

    const SweepPlan& plan_;
    const std::string& network_;
    double measured_ms_;
    Sheet sheet_;
    std::array<std::vector<double>, kQuantities.size()> values_;  // [quantity][point]
    bool measured_ = false, spikes_ = false;                      ///< of any point
};

}  // namespace

std::vector<fs::path> draw_sweep(const SweepPlan& plan, const std::vector<std::string>& rows,
                                 const std::string& network, double measured_ms, const fs::path& file,
                                 const PictureStyle& style) {
    return SweepPage(plan, rows, network, measured_ms, file, style).draw();
}

}  // namespace izhi::apps
