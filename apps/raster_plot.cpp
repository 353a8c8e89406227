// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "raster_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <string_view>
#include <vector>

#include "gnuplot.hpp"
#include "output_paths.hpp"
#include "units.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

// The page, as shares of its width and height. The right margin carries the labels of populations.
constexpr double kLeftmost = 0.105, kRightmost = 0.865, kRightLeast = 0.70;
constexpr double kRasterTop = 0.885, kRasterBottom = 0.375;
constexpr double kRatesTop = 0.330, kRatesBottom = 0.105;
/// Height of a line of text as a share of the raster panel: labels keep this distance.
constexpr double kLabelHeight = 0.055;
/// Width of a character of a label as a share of the page, generously.
constexpr double kLabelCharacter = 0.0092;
/// Longer names are cut: they would leave no room for the panels.
constexpr std::size_t kLongestName = 18;
/// More labels than this are no help; the largest populations get them.
constexpr std::size_t kMostLabels = 16;
/// Points of a rate curve: more than a page resolves.
constexpr std::size_t kMostCurvePoints = 3000;

std::string_view colour(std::size_t population) { return kColours[population % kColours.size()]; }

std::string population_name(const RasterData::Population& population) {
    if (population.name.size() <= kLongestName) return population.name;
    return population.name.substr(0, kLongestName - 2) + "..";
}

struct Label {
    std::size_t population;
    double at;  ///< share of the panel's height
};

/// Labels beside their bands, pushed apart where bands are thin.
std::vector<Label> place_labels(const RasterData& data, double neurons) {
    std::vector<std::size_t> order(data.populations().size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return data.populations()[a].size > data.populations()[b].size; });
    order.resize(std::min(order.size(), kMostLabels));
    std::sort(order.begin(), order.end());

    std::vector<Label> labels;
    for (const std::size_t p : order) {
        const auto& population = data.populations()[p];
        labels.push_back({p, (population.first + 0.5 * population.size) / neurons});
    }
    // Upwards, then down from the top: afterwards no two are closer than a line.
    for (std::size_t i = 1; i < labels.size(); ++i)
        labels[i].at = std::max(labels[i].at, labels[i - 1].at + kLabelHeight);
    double ceiling = 1.0 - 0.5 * kLabelHeight;
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
        label->at = std::min(label->at, ceiling);
        ceiling = label->at - kLabelHeight;
    }
    return labels;
}

/// One gnuplot script and the data files beside it.
class Picture {
public:
    Picture(const RasterData& data, std::uint64_t steps, const PictureTitle& title, PictureKind kind,
            const fs::path& folder)
        : data_(data), steps_(steps), title_(title), kind_(kind), folder_(folder),
          duration_ms_(static_cast<double>(steps) * data.dt_ms()), axis_(time_axis(duration_ms_)) {
        const auto& last = data.populations().back();
        neurons_ = static_cast<double>(last.first) + last.size;
        // Room for the neuron numbers and the name of their axis.
        const std::size_t digits = grouped(static_cast<std::uint64_t>(neurons_)).size();
        left_ = std::max(kLeftmost, 0.050 + kLabelCharacter * static_cast<double>(digits));
        std::size_t longest = 0;
        for (const auto& population : data.populations())
            longest = std::max(longest, population_name(population).size() + 2 + grouped(population.size).size());
        right_ = std::clamp(0.985 - 0.010 - kLabelCharacter * static_cast<double>(longest), kRightLeast, kRightmost);
    }

    std::string script() {
        // 7 x 5.2 inches: two columns of a journal.
        script_ = terminal(kind_, 7.0, 5.2);
        script_ += "set output 'picture'\n"
                   "set multiplot\n"
                   "set border 3 linewidth 0.8 linecolor rgb '#404040'\n"
                   "set tics out nomirror scale 0.5\n"
                   "unset key\n"
                   "set lmargin at screen " +
                   gnuplot_number(left_) + "\nset rmargin at screen " + gnuplot_number(right_) +
                   "\n"
                   "set xrange [0:" +
                   gnuplot_number(duration()) + "]\n";
        raster();
        rates();
        script_ += "unset multiplot\nset output\n";
        return script_;
    }

private:
    [[nodiscard]] double duration() const { return std::max(duration_ms_, 1e-9) * axis_.units_per_ms; }

    [[nodiscard]] std::string font(double factor) const { return izhi::apps::font(kind_, factor); }

    void raster() {
        script_ += "set tmargin at screen " + gnuplot_number(kRasterTop) + "\nset bmargin at screen " +
                   gnuplot_number(kRasterBottom) +
                   "\n"
                   "set label 1 " +
                   gnuplot_text(title_.network) + " at screen " + gnuplot_number(left_) + ",0.962 left noenhanced" +
                   font(1.4) +
                   "\n"
                   "set label 2 " +
                   gnuplot_text(title_.facts) + " at screen " + gnuplot_number(left_) +
                   ",0.920 left noenhanced textcolor rgb '#404040'\n"
                   "set label 5 'neuron' at screen 0.020," +
                   gnuplot_number(0.5 * (kRasterTop + kRasterBottom)) +
                   " center rotate\n"
                   "set yrange [-0.5:" +
                   gnuplot_number(neurons_ - 0.5) +
                   "]\n"
                   "set ytics " +
                   tics(neurons_, 5, 1.0) +
                   "\n"
                   "set xtics " +
                   tics(duration(), 10) + " textcolor rgb '#FFFFFFFF'\n";
        int tag = 10;
        for (const Label& label : place_labels(data_, neurons_)) {
            const auto& population = data_.populations()[label.population];
            script_ += "set label " + std::to_string(tag++) + ' ' +
                       gnuplot_text(population_name(population) + "  " + grouped(population.size)) +
                       " at graph 1.012," + gnuplot_number(label.at) + " left noenhanced textcolor rgb '" +
                       std::string(colour(label.population)) + "'\n";
        }
        std::vector<std::string> parts;
        const std::vector<std::size_t> counts = write_dots();
        for (std::size_t p = 0; p < counts.size(); ++p) {
            if (counts[p] == 0) continue;
            parts.push_back("'dots-" + std::to_string(p) +
                            "' binary format='%float32%float32' using 1:2 with points pt 7 ps " +
                            gnuplot_number(dot_size()) + " lc rgb '" + std::string(colour(p)) + "'");
        }
        plot(parts);
    }

    void rates() {
        script_ += "unset label\n"
                   "set tmargin at screen " +
                   gnuplot_number(kRatesTop) + "\nset bmargin at screen " + gnuplot_number(kRatesBottom) +
                   "\n"
                   "set xtics " +
                   tics(duration(), 10) +
                   " textcolor rgb 'black'\n"
                   "set label 6 'time [" +
                   std::string(axis_.unit) + "]' at screen " + gnuplot_number(0.5 * (left_ + right_)) +
                   ",0.042 center\n"
                   "set label 5 'rate [Hz]' at screen 0.020," +
                   gnuplot_number(0.5 * (kRatesTop + kRatesBottom)) + " center rotate\n";
        const double bin_ms = static_cast<double>(data_.bin_steps()) * data_.dt_ms();
        // A thousandth of the picture's width, so that a curve shows all that the page can; at least two bins.
        const double sigma_ms = std::max(2.0 * bin_ms, round_up_125(duration_ms_ / 1000.0));

        double highest = 0.0;
        std::vector<std::string> parts;
        std::vector<double> means;
        for (std::size_t p = 0; p < data_.populations().size(); ++p) {
            const std::vector<double> raw = data_.rates_hz(p, steps_);
            means.push_back(std::accumulate(raw.begin(), raw.end(), 0.0) /
                            std::max<double>(1.0, static_cast<double>(raw.size())));
            const std::vector<double> curve = smoothed(raw, sigma_ms / bin_ms);
            if (curve.empty()) continue;
            const std::size_t stride = (curve.size() + kMostCurvePoints - 1) / kMostCurvePoints;
            FloatFile file(folder_ / ("rate-" + std::to_string(p)));
            for (std::size_t bin = 0; bin < curve.size(); bin += stride) {
                highest = std::max(highest, curve[bin]);
                file.add((static_cast<double>(bin) + 0.5) * bin_ms * axis_.units_per_ms, curve[bin]);
            }
            file.close();
            parts.push_back("'rate-" + std::to_string(p) +
                            "' binary format='%float32%float32' using 1:2 with lines lw 1 lc rgb '" +
                            std::string(colour(p)) + "'");
        }
        const double top = highest > 0.0 ? highest * 1.08 : 1.0;
        script_ += "set yrange [0:" + gnuplot_number(top) + "]\nset ytics " + tics(top, 4) + "\n";

        int tag = 10;
        const double line = kLabelHeight * (kRasterTop - kRasterBottom) / (kRatesTop - kRatesBottom);
        double at = 1.0 - 0.5 * line;
        // From the top, as beside the raster.
        std::vector<Label> labels = place_labels(data_, neurons_);
        std::reverse(labels.begin(), labels.end());
        for (const Label& label : labels) {
            if (at < 0.0) break;
            script_ += "set label " + std::to_string(tag++) + ' ' +
                       gnuplot_text(population_name(data_.populations()[label.population]) + "  " +
                                    fixed(means[label.population], 1) + " Hz") +
                       " at graph 1.012," + gnuplot_number(at) + " left noenhanced textcolor rgb '" +
                       std::string(colour(label.population)) + "'\n";
            at -= line;
        }
        if (const std::string text = sampling(); !text.empty())
            script_ += "set label 3 " + gnuplot_text(text) + " at screen " + gnuplot_number(left_) +
                       ",0.042 left noenhanced" + font(0.875) + " textcolor rgb '#404040'\n";
        script_ += "set label 4 " + gnuplot_text("rates: Gaussian window, σ = " + seconds_text(sigma_ms / 1e3)) +
                   " at screen " + gnuplot_number(right_) + ",0.042 right noenhanced" + font(0.875) +
                   " textcolor rgb '#404040'\n";
        // The curve with the most neurons is drawn last.
        std::reverse(parts.begin(), parts.end());
        plot(parts);
    }

    void plot(const std::vector<std::string>& parts) {
        // Without any data gnuplot still draws axes for this one.
        script_ += "plot 1/0";
        for (const std::string& part : parts) script_ += ", \\\n  " + part;
        script_ += '\n';
    }

    [[nodiscard]] std::vector<std::size_t> write_dots() const {
        const auto& populations = data_.populations();
        // Sorted first: a file for each of thousands of populations cannot be open at once.
        std::vector<std::vector<RasterData::Dot>> sorted(populations.size());
        for (const RasterData::Dot& dot : data_.dots()) {
            const auto next = std::upper_bound(populations.begin(), populations.end(), dot.neuron,
                                               [](std::uint32_t neuron, const auto& q) { return neuron < q.first; });
            sorted[static_cast<std::size_t>(next - populations.begin()) - 1].push_back(dot);
        }
        std::vector<std::size_t> counts;
        for (std::size_t p = 0; p < sorted.size(); ++p) {
            counts.push_back(sorted[p].size());
            FloatFile file(folder_ / ("dots-" + std::to_string(p)));
            for (const RasterData::Dot& dot : sorted[p])
                file.add(static_cast<double>(dot.step) * data_.dt_ms() * axis_.units_per_ms, dot.neuron);
            file.close();
        }
        return counts;
    }

    /// Dots cover about a third of the panel at most: more would hide where they are dense.
    [[nodiscard]] double dot_size() const {
        const auto count = static_cast<double>(std::max<std::size_t>(1, data_.dots().size()));
        const double size = std::clamp(15.0 / std::sqrt(count), 0.05, 0.4);
        // Viewers draw tiny objects of the .svg paler than pixels.
        return kind_ == PictureKind::svg ? 1.6 * size : size;
    }

    [[nodiscard]] std::string sampling() const {
        std::string text;
        if (data_.neuron_stride() > 1) text = "dots: one neuron in " + grouped(data_.neuron_stride());
        if (data_.spike_stride() > 1) text += ", one spike in " + grouped(data_.spike_stride());
        return text;
    }

    const RasterData& data_;
    std::uint64_t steps_;
    const PictureTitle& title_;
    PictureKind kind_;
    const fs::path& folder_;
    double duration_ms_;
    TimeAxis axis_;
    double neurons_ = 0.0, left_ = kLeftmost, right_ = kRightmost;
    std::string script_;
};

}  // namespace

std::size_t most_dots(PictureKind kind) noexcept { return kind == PictureKind::png ? 160'000 : 40'000; }

void draw_raster(const RasterData& data, std::uint64_t steps, const PictureTitle& title, const fs::path& file) {
    const TemporaryFolder folder;
    draw_picture(Picture(data, steps, title, picture_kind(file), folder.path()).script(), folder.path(), file);
}

}  // namespace izhi::apps
