// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sweep_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "apps/plot/gnuplot.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "izhi/analysis/measures.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::array kRegimes{analysis::Regime::silent, analysis::Regime::asynchronous, analysis::Regime::synchronous,
                              analysis::Regime::pathological};
/// Beside an axis.
constexpr std::array<std::string_view, 4> kShortRegimes{"silent", "async", "sync", "pathol"};
/// From light to dark, and apart in hue for any kind of colour vision.
constexpr std::array<std::string_view, 4> kRegimeColours{"#DDDDDD", "#56B4E9", "#E69F00", "#882255"};

/// One panel: what of a row it shows.
struct Quantity {
    std::string_view title;
    std::string_view key;  ///< of `network`, or of its bands; empty: the regime
    bool band = false;
    bool logarithmic = false;
};
constexpr std::array<Quantity, 8> kQuantities{{{"regime", ""},
                                               {"mean rate [Hz]", "rate_hz", false, true},
                                               {"CV of intervals", "isi_cv"},
                                               {"synchrony χ", "synchrony"},
                                               {"spectral peak [Hz]", "peak_hz"},
                                               {"peak power / independent", "peak_ratio", false, true},
                                               {"alpha power [Hz²]", "alpha", true, true},
                                               {"gamma power [Hz²]", "gamma", true, true}}};

constexpr std::size_t kColumns = 2, kRows = 4;
constexpr double kWidthIn = 7.0, kHeightIn = 8.8;
/// More numbers along an axis of a panel than this run into each other.
constexpr std::size_t kMostTics = 6;

/// Beside a logarithmic axis: 1, 2 and 5 of each decade, of many decades their beginnings, and within one decade, where
/// those could be one number or none, even steps.
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

double value_of(const Quantity& quantity, const Json& row) {
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

/// Has it a place on the axis of its quantity? A logarithmic one has none for 0, nor for what rounding leaves of a
/// spectrum without power.
bool drawable(const Quantity& quantity, double value) {
    return !std::isnan(value) && (!quantity.logarithmic || value > 1e-9);
}

/// Over the seeds of a point, those without left out.
double mean_of(const Quantity& quantity, const std::vector<double>& seeds) {
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

class Picture {
public:
    Picture(const SweepPlan& plan, const std::vector<std::string>& rows, const std::string& network, double measured_ms,
            PictureKind kind, const fs::path& folder)
        : plan_(plan), network_(network), measured_ms_(measured_ms), kind_(kind), folder_(folder) {
        for (const std::string& row : rows) {
            const Json json = Json::parse(row);
            if (json["network"].is_object()) {
                measured_ = true;
                spikes_ = spikes_ || json["network"]["spikes"] > 0;
            }
            for (std::size_t q = 0; q < kQuantities.size(); ++q) values_[q].push_back(value_of(kQuantities[q], json));
        }
    }

    std::string script() {
        std::string facts = "measured over " + seconds_text(measured_ms_ / 1e3);
        if (plan_.repeats > 1) facts += ", mean of " + counted(plan_.repeats, "seed");
        script_ = terminal(kind_, kWidthIn, kHeightIn) +
                  "set output 'picture'\nset multiplot\nset tics out nomirror scale 0.4\nunset key\n"
                  "set label 1 " +
                  gnuplot_text(network_) + " at screen 0.075,0.977 left noenhanced" + font(kind_, 1.4) +
                  "\nset label 2 " + gnuplot_text(facts) + " at screen 0.965,0.977 right noenhanced textcolor rgb '" +
                  std::string(kGrey) + "'\n";
        for (std::size_t q = 0; q < kQuantities.size(); ++q) panel(q);
        return script_ + "unset multiplot\nset output\n";
    }

private:
    [[nodiscard]] bool map() const { return plan_.axes.size() == 2; }
    [[nodiscard]] const SweepAxis& x_axis() const { return plan_.axes.back(); }

    void panel(std::size_t q) {
        const Quantity& quantity = kQuantities[q];
        const auto column = static_cast<double>(q % kColumns), row = static_cast<double>(q / kColumns);
        const bool last_row = q + kColumns >= kQuantities.size();
        const double left = 0.105 + (map() ? 0.505 : 0.495) * column, width = map() ? 0.275 : 0.365;
        const double top = 0.930 - 0.2270 * row, height = 0.172;
        script_ += "set lmargin at screen " + gnuplot_number(left) + "\nset rmargin at screen " +
                   gnuplot_number(left + width) + "\nset tmargin at screen " + gnuplot_number(top) +
                   "\nset bmargin at screen " + gnuplot_number(top - height) + "\nset label 3 " +
                   gnuplot_text(quantity.title) + " at screen " + gnuplot_number(left) + ',' +
                   gnuplot_number(top + 0.014) + " left noenhanced\n";
        if (last_row)
            script_ += "set label 4 " + gnuplot_text(x_axis().key) + " at screen " +
                       gnuplot_number(left + 0.5 * width) + ',' + gnuplot_number(top - height - 0.038) +
                       " center noenhanced\n";
        if (map() && column == 0.0)
            script_ += "set label 5 " + gnuplot_text(plan_.axes.front().key) + " at screen 0.022," +
                       gnuplot_number(top - 0.5 * height) + " center rotate noenhanced" + font(kind_, 0.9) + "\n";
        else script_ += "unset label 5\n";
        if (map()) heat_map(q, left, width, top, height);
        else curve(q);
        script_ += "unset label 1\nunset label 2\n";
    }

    /// In the middle of a panel without any value: why.
    void empty_panel(const Quantity& quantity) {
        const std::string_view reason = quantity.key.empty()    ? "unknown"
                                        : measured_ && !spikes_ ? "no spikes"
                                                                : "no value";
        script_ += "set label 6 " + gnuplot_text(reason) + " at graph 0.5,0.5 center textcolor rgb '" +
                   std::string(kGrey) + "'\nplot 1/0\nunset label 6\n";
    }

    /// ("0.5" 0, "1" 5, ...): cells lie side by side, whatever the distance of their values.
    static std::string cell_tics(const SweepAxis& axis) {
        const std::size_t stride = (axis.values.size() + kMostTics - 1) / kMostTics;
        std::string text = "(";
        for (std::size_t i = 0; i < axis.values.size(); i += stride)
            text += (i == 0 ? "" : ", ") + gnuplot_text(plain(axis.values[i], 4)) + ' ' + std::to_string(i);
        return text + ')';
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

    void heat_map(std::size_t q, double left, double width, double top, double height) {
        const Quantity& quantity = kQuantities[q];
        const std::size_t columns = plan_.axes[1].values.size(), rows = plan_.axes[0].values.size();
        const std::vector<double> cells = means(q);
        const std::string name = "cells-" + std::to_string(q);
        FloatFile file(folder_ / name);
        double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (!drawable(quantity, cells[i])) continue;
            lowest = std::min(lowest, cells[i]);
            highest = std::max(highest, cells[i]);
            file.add(std::array{static_cast<double>(i % columns), static_cast<double>(i / columns), cells[i]});
        }
        file.close();
        // Cells that have no value show the ground.
        script_ += "set border 15 linewidth 0.8 linecolor rgb '" + std::string(kGrey) +
                   "'\nset object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb '#FFFFFF' fillstyle "
                   "pattern 4 noborder\nset xrange [-0.5:" +
                   gnuplot_number(static_cast<double>(columns) - 0.5) +
                   "]\nset yrange [-0.5:" + gnuplot_number(static_cast<double>(rows) - 0.5) + "]\nset xtics " +
                   cell_tics(plan_.axes[1]) + "\nset ytics " + cell_tics(plan_.axes[0]) +
                   "\nset colorbox user origin screen " + gnuplot_number(left + width + 0.012) + ',' +
                   gnuplot_number(top - height) + " size screen 0.014," + gnuplot_number(height) +
                   "\nset cbtics scale 0.4 font ',";
        script_ += gnuplot_number((kind_ == PictureKind::png ? 8.0 : 12.0) * 0.9) + "'\n";
        colours(quantity, lowest, highest);
        if (highest >= lowest)
            script_ += "plot '" + name +
                       "' binary format='%float32%float32%float32' using 1:2:(0.51):(0.51):3 with boxxyerror fillcolor "
                       "palette fillstyle solid noborder\n";
        else empty_panel(quantity);
        script_ += "unset logscale cb\nunset object 1\n";
    }

    void colours(const Quantity& quantity, double lowest, double highest) {
        if (quantity.key.empty()) {
            script_ += "set palette maxcolors 4 defined (";
            for (std::size_t i = 0; i < kRegimes.size(); ++i)
                script_ += (i == 0 ? "" : ", ") + std::to_string(i) + " '" + std::string(kRegimeColours[i]) + "'";
            script_ += ")\nset cbrange [-0.5:3.5]\nset cbtics (";
            for (std::size_t i = 0; i < kRegimes.size(); ++i)
                script_ += (i == 0 ? "" : ", ") + gnuplot_text(to_string(kRegimes[i])) + ' ' + std::to_string(i);
            script_ += ")\n";
            return;
        }
        script_ +=
            "set palette maxcolors 0 defined (0 '#440154', 1 '#472c7a', 2 '#3b518b', 3 '#2c718e', 4 '#21908d', 5 "
            "'#27ad81', 6 '#5cc863', 7 '#aadc32', 8 '#fde725')\nset cbtics autofreq\n";
        if (!(highest >= lowest)) {
            script_ += "set cbrange [0:1]\n";
        } else if (quantity.logarithmic) {
            // Whole decades at the ends, six at most: what is less is next to nothing.
            const double top = std::ceil(std::log10(highest) - 1e-9);
            const double bottom = std::max(std::floor(std::log10(lowest) + 1e-9), top - 6.0);
            const double low = std::pow(10.0, bottom), high = std::pow(10.0, std::max(top, bottom + 1.0));
            script_ += "set cbrange [" + gnuplot_number(low) + ':' + gnuplot_number(high) +
                       "]\nset logscale cb\nset cbtics " + logarithmic_tics(low, high) + '\n';
        } else {
            const double top = highest > 0.0 ? highest : 1.0;
            script_ += "set cbrange [0:" + gnuplot_number(top) + "]\nset cbtics " + tics(top, 4) + '\n';
        }
    }

    void curve(std::size_t q) {
        const Quantity& quantity = kQuantities[q];
        const std::vector<double>& xs = x_axis().values;
        const auto [low, high] = std::minmax_element(xs.begin(), xs.end());
        const std::vector<double> mean = means(q);
        std::vector<double> all = values_[q];
        all.insert(all.end(), mean.begin(), mean.end());
        std::erase_if(all, [&](double value) { return !drawable(quantity, value); });
        const bool any = !all.empty();
        const double highest = any ? *std::max_element(all.begin(), all.end()) : 0.0;
        // What is six decades below the highest lies outside of a logarithmic panel, and no line leads there.
        if (quantity.logarithmic) std::erase_if(all, [&](double value) { return value < 1e-6 * highest; });
        const double lowest = any ? *std::min_element(all.begin(), all.end()) : 0.0;
        // Within a decade a linear axis tells more, and has a place for 0.
        const bool logarithmic = quantity.logarithmic && any && highest > 10.0 * lowest;
        const auto shown = [&](double value) { return !std::isnan(value) && (!logarithmic || value >= lowest); };
        FloatFile dots(folder_ / ("dots-" + std::to_string(q))), line(folder_ / ("line-" + std::to_string(q)));
        for (std::size_t i = 0; i < values_[q].size(); ++i)
            if (shown(values_[q][i])) dots.add(xs[i / plan_.repeats], values_[q][i]);
        dots.close();
        std::vector<std::size_t> order(xs.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return xs[a] < xs[b]; });
        for (const std::size_t i : order) line.add(xs[i], shown(mean[i]) ? mean[i] : kNone);
        line.close();

        script_ += "set border 3 linewidth 0.8 linecolor rgb '" + std::string(kGrey) + "'\nunset logscale\n";
        const bool one = *low == *high;
        if (x_axis().logarithmic) script_ += "set logscale x\n";
        // A little wider than the values: what rounding to single precision moved beyond the last was not drawn.
        const double share = 0.02, margin = one ? 0.5 : share * (*high - *low), factor = std::pow(*high / *low, share);
        const bool by_factor = x_axis().logarithmic && !one;
        script_ += "set xrange [" + gnuplot_number(by_factor ? *low / factor : *low - margin) + ':' +
                   gnuplot_number(by_factor ? *high * factor : *high + margin) + "]\nset xtics " +
                   (by_factor ? logarithmic_tics(*low, *high) : "autofreq") + "\nset format y '%g'\n";
        if (quantity.key.empty()) {
            script_ += "set yrange [-0.5:3.5]\nset ytics (";
            for (std::size_t i = 0; i < kRegimes.size(); ++i)
                script_ += (i == 0 ? "" : ", ") + gnuplot_text(kShortRegimes[i]) + ' ' + std::to_string(i);
            script_ += ")\n";
        } else if (logarithmic) {
            const double bottom = lowest / 1.5, top = highest * 1.5;
            script_ += "set yrange [" + gnuplot_number(bottom) + ':' + gnuplot_number(top) +
                       "]\nset logscale y\nset ytics " + logarithmic_tics(bottom, top) + '\n';
        } else {
            script_ +=
                "set yrange [0:" + gnuplot_number(highest > 0.0 ? 1.1 * highest : 1.0) + "]\nset ytics autofreq\n";
        }
        if (!any) {
            empty_panel(quantity);
            return;
        }
        const std::string data = " binary format='%float32%float32' using 1:2 with ";
        const std::string number = std::to_string(q), colour(kColours[0]);
        script_ += "plot ";
        // Regimes are no scale: a line between two would pass through others that never were.
        if (!quantity.key.empty()) script_ += "'line-" + number + "'" + data + "lines lw 1 lc rgb '" + colour + "', ";
        script_ += "'dots-" + number + "'" + data + "points pt 7 ps 0.35 lc rgb '" + colour + "'\n";
    }

    const SweepPlan& plan_;
    const std::string& network_;
    double measured_ms_;
    PictureKind kind_;
    const fs::path& folder_;
    std::array<std::vector<double>, kQuantities.size()> values_;  // [quantity][point]
    bool measured_ = false, spikes_ = false;                      ///< of any point
    std::string script_;
};

}  // namespace

void draw_sweep(const SweepPlan& plan, const std::vector<std::string>& rows, const std::string& network,
                double measured_ms, const fs::path& file) {
    const TemporaryFolder folder;
    draw_picture(Picture(plan, rows, network, measured_ms, picture_kind(file), folder.path()).script(), folder.path(),
                 file);
}

}  // namespace izhi::apps
