// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "raster_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "apps/plot/gnuplot.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"

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

// The strip of weights below them, where there are any, in inches of its own and as shares of it.
constexpr double kPageInches = 5.2, kWeightsInches = 1.75;
constexpr double kWeightsTop = 0.80, kWeightsBottom = 0.30;
constexpr std::size_t kMostWeightPanels = 3;

std::string_view colour(std::size_t population) { return kColours[population % kColours.size()]; }

std::string population_name(const PopulationSpec& population) { return cut_in_middle(population.name, kLongestName); }

const std::vector<PopulationSpec>& populations_of(const RasterData& data) {
    return data.network().description().populations;
}

struct Label {
    std::uint32_t population;
    double at;  ///< share of the panel's height
};

/// Labels beside their bands, pushed apart where bands are thin.
std::vector<Label> place_labels(const RasterData& data, double neurons) {
    const std::vector<PopulationSpec>& populations = populations_of(data);
    std::vector<std::uint32_t> order(populations.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return populations[a].size > populations[b].size; });
    order.resize(std::min(order.size(), kMostLabels));
    std::sort(order.begin(), order.end());

    std::vector<Label> labels;
    for (const std::uint32_t p : order) {
        const NeuronRange range = data.network().neurons({p});
        labels.push_back({p, (range.first + 0.5 * range.size) / neurons});
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
    Picture(const RasterData& data, std::uint64_t steps, const PictureTitle& title,
            std::span<const WeightHistogram> weights, PictureKind kind, const fs::path& folder)
        : data_(data), steps_(steps), title_(title), weights_(weights), kind_(kind), folder_(folder),
          strip_(weights.empty() ? 0.0 : kWeightsInches / (kPageInches + kWeightsInches)),
          duration_ms_(static_cast<double>(steps) * data.dt_ms()), axis_(time_axis(duration_ms_)) {
        neurons_ = data.network().neuron_count();
        // Room for the neuron numbers and the name of their axis.
        const std::size_t digits = grouped(static_cast<std::uint64_t>(neurons_)).size();
        left_ = std::max(kLeftmost, 0.050 + kLabelCharacter * static_cast<double>(digits));
        std::size_t longest = 0;
        for (const PopulationSpec& population : populations_of(data))
            longest = std::max(longest, population_name(population).size() + 2 + grouped(population.size).size());
        right_ = std::clamp(0.985 - 0.010 - kLabelCharacter * static_cast<double>(longest), kRightLeast, kRightmost);
    }

    std::string script() {
        // 7 x 5.2 inches: two columns of a journal.
        script_ = terminal(kind_, 7.0, weights_.empty() ? kPageInches : kPageInches + kWeightsInches);
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
        weights();
        script_ += "unset multiplot\nset output\n";
        return script_;
    }

private:
    /// A height on the page of raster and rates, as gnuplot wants it.
    [[nodiscard]] std::string y(double share) const { return gnuplot_number(strip_ + share * (1.0 - strip_)); }
    /// One in the strip of weights.
    [[nodiscard]] std::string strip_y(double share) const { return gnuplot_number(share * strip_); }

    [[nodiscard]] double duration() const { return std::max(duration_ms_, 1e-9) * axis_.units_per_ms; }

    [[nodiscard]] std::string font(double factor) const { return izhi::apps::font(kind_, factor); }

    void raster() {
        script_ += "set tmargin at screen " + y(kRasterTop) + "\nset bmargin at screen " + y(kRasterBottom) +
                   "\n"
                   "set label 1 " +
                   gnuplot_text(title_.network) + " at screen " + gnuplot_number(left_) + "," + y(0.962) +
                   " left noenhanced" + font(1.4) +
                   "\n"
                   "set label 2 " +
                   gnuplot_text(title_.facts) + " at screen " + gnuplot_number(left_) + "," + y(0.920) +
                   " left noenhanced textcolor rgb '#404040'\n"
                   "set label 5 'neuron' at screen 0.020," +
                   y(0.5 * (kRasterTop + kRasterBottom)) +
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
            const PopulationSpec& population = populations_of(data_)[label.population];
            script_ += "set label " + std::to_string(tag++) + ' ' +
                       gnuplot_text(population_name(population) + "  " + grouped(population.size)) +
                       " at graph 1.012," + gnuplot_number(label.at) + " left noenhanced textcolor rgb '" +
                       std::string(colour(label.population)) + "'\n";
        }
        if (populations_of(data_).size() > kMostLabels) more(tag, populations_of(data_).size() - kMostLabels, -0.045);
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

    /// A line beside a panel: how many populations are not named there.
    void more(int tag, std::size_t count, double at) {
        script_ += "set label " + std::to_string(tag) + ' ' + gnuplot_text("and " + grouped(count) + " more") +
                   " at graph 1.012," + gnuplot_number(at) + " left noenhanced textcolor rgb '#404040'\n";
    }

    void rates() {
        script_ += "unset label\n"
                   "set tmargin at screen " +
                   y(kRatesTop) + "\nset bmargin at screen " + y(kRatesBottom) +
                   "\n"
                   "set xtics " +
                   tics(duration(), 10) +
                   " textcolor rgb 'black'\n"
                   "set label 6 'time [" +
                   std::string(axis_.unit) + "]' at screen " + gnuplot_number(0.5 * (left_ + right_)) + "," + y(0.042) +
                   " center\n"
                   "set label 5 'rate [Hz]' at screen 0.020," +
                   y(0.5 * (kRatesTop + kRatesBottom)) + " center rotate\n";
        const double bin_ms = static_cast<double>(data_.bin_steps()) * data_.dt_ms();
        // A thousandth of the picture's width, so that a curve shows all that the page can; at least two bins.
        const double sigma_ms = std::max(2.0 * bin_ms, round_up_125(duration_ms_ / 1000.0));

        double highest = 0.0;
        std::vector<std::string> parts;
        std::vector<double> means;
        for (std::size_t p = 0; p < populations_of(data_).size(); ++p) {
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
        // The last line says how many have none.
        const std::size_t count = populations_of(data_).size(), lines = static_cast<std::size_t>(at / line) + 1,
                          named = count <= lines ? count : lines - 1;
        labels.resize(std::min(labels.size(), named));
        for (const Label& label : labels) {
            script_ += "set label " + std::to_string(tag++) + ' ' +
                       gnuplot_text(population_name(populations_of(data_)[label.population]) + "  " +
                                    fixed(means[label.population], 1) + " Hz") +
                       " at graph 1.012," + gnuplot_number(at) + " left noenhanced textcolor rgb '" +
                       std::string(colour(label.population)) + "'\n";
            at -= line;
        }
        if (labels.size() < count) more(tag, count - labels.size(), at);
        if (const std::string text = sampling(); !text.empty())
            script_ += "set label 3 " + gnuplot_text(text) + " at screen " + gnuplot_number(left_) + "," + y(0.042) +
                       " left noenhanced" + font(0.875) + " textcolor rgb '#404040'\n";
        script_ += "set label 4 " + gnuplot_text("rates: Gaussian window, σ = " + seconds_text(sigma_ms / 1e3)) +
                   " at screen " + gnuplot_number(right_) + "," + y(0.042) + " right noenhanced" + font(0.875) +
                   " textcolor rgb '#404040'\n";
        // The curve with the most neurons is drawn last.
        std::reverse(parts.begin(), parts.end());
        plot(parts);
    }

    /// Distributions of the weights of plastic projections, before and after, side by side.
    void weights() {
        const std::size_t count = std::min(weights_.size(), kMostWeightPanels);
        constexpr double gap = 0.085;
        const double width = (right_ - left_ - gap * static_cast<double>(count - 1)) / static_cast<double>(count);
        for (std::size_t w = 0; w < count; ++w) {
            const WeightHistogram& histogram = weights_[w];
            const double left = left_ + static_cast<double>(w) * (width + gap);
            FloatFile file(folder_ / ("weights-" + std::to_string(w)));
            double highest = 1.0;
            const auto percent = [&](const std::vector<std::uint64_t>& counts, std::size_t b) {
                const double all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
                return 100.0 * static_cast<double>(counts[b]) / std::max(all, 1.0);
            };
            const double bin = (histogram.highest - histogram.lowest) / static_cast<double>(histogram.before.size());
            for (std::size_t b = 0; b < histogram.before.size(); ++b) {
                const double row[] = {histogram.lowest + (static_cast<double>(b) + 0.5) * bin,
                                      percent(histogram.before, b), percent(histogram.after, b)};
                file.add(row);
                // before, all weights may be one: what became of them is what is to be seen
                highest = std::max(highest, row[2]);
            }
            file.close();
            const double top = 1.15 * highest;
            script_ += "unset label\nset lmargin at screen " + gnuplot_number(left) + "\nset rmargin at screen " +
                       gnuplot_number(left + width) + "\nset tmargin at screen " + strip_y(kWeightsTop) +
                       "\nset bmargin at screen " + strip_y(kWeightsBottom) + "\nset xrange [" +
                       gnuplot_number(histogram.lowest) + ":" + gnuplot_number(histogram.highest) +
                       "]\nset yrange [0:" + gnuplot_number(top) + "]\nset xtics " +
                       tics_between(histogram.lowest, histogram.highest, 6) + "\nset ytics " + tics(top, 3, 1.0) +
                       "\nset label 1 " + gnuplot_text(histogram.projection) + " at graph 0.5,1.14 center noenhanced" +
                       "\nset label 2 'weight' at screen " + gnuplot_number(left + 0.5 * width) + "," + strip_y(0.085) +
                       " center\nset label 3 'before' at graph 0.98,1.14 right textcolor rgb '#909090'" +
                       "\nset label 4 'after' at graph 0.02,1.14 left textcolor rgb '" + std::string(colour(0)) + "'\n";
            if (w == 0)
                script_ += "set label 5 'synapses [%]' at screen 0.020," +
                           strip_y(0.5 * (kWeightsTop + kWeightsBottom)) + " center rotate\n";
            const std::string data =
                "'weights-" + std::to_string(w) + "' binary format='%float32%float32%float32' using ";
            plot({data + "1:3 with boxes fillstyle solid 0.55 noborder lc rgb '" + std::string(colour(0)) + "'",
                  data + "1:2 with histeps lw 1.2 lc rgb '#909090'"});
        }
    }

    void plot(const std::vector<std::string>& parts) {
        // Without any data gnuplot still draws axes for this one.
        script_ += "plot 1/0";
        for (const std::string& part : parts) script_ += ", \\\n  " + part;
        script_ += '\n';
    }

    [[nodiscard]] std::vector<std::size_t> write_dots() const {
        // Sorted first: a file for each of thousands of populations cannot be open at once.
        std::vector<std::vector<RasterData::Dot>> sorted(data_.network().population_count());
        for (const RasterData::Dot& dot : data_.dots())
            sorted[data_.network().population_of(dot.neuron).index].push_back(dot);
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
    std::span<const WeightHistogram> weights_;
    PictureKind kind_;
    const fs::path& folder_;
    double strip_;  ///< share of the page that the weights take, at its foot
    double duration_ms_;
    TimeAxis axis_;
    double neurons_ = 0.0, left_ = kLeftmost, right_ = kRightmost;
    std::string script_;
};

}  // namespace

std::size_t most_dots(PictureKind kind) noexcept { return kind == PictureKind::png ? 160'000 : 40'000; }

void draw_raster(const RasterData& data, std::uint64_t steps, const PictureTitle& title,
                 std::span<const WeightHistogram> weights, const fs::path& file) {
    const TemporaryFolder folder;
    draw_picture(Picture(data, steps, title, weights, picture_kind(file), folder.path()).script(), folder.path(), file);
}

}  // namespace izhi::apps
