// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "raster_plot.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "apps/plot/sheet.hpp"
#include "apps/text/csv_text.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

// The layout of the page, as shares of its width and height. The right margin has the labels of populations.
constexpr double kLeftmost = 0.105, kRightmost = 0.865, kRightLeast = 0.70;
constexpr double kRasterTop = 0.885, kRasterBottom = 0.375;
constexpr double kRatesTop = 0.330, kRatesBottom = 0.105;
/// The places of the names of vertical axes and of the time axis.
constexpr double kAxisNames = 0.020, kFoot = 0.042;
/// Usual height of a line of text as a share of the raster panel: the distance between labels.
constexpr double kLabelHeight = 0.055;
/// Width of a character of a label as a share of the page, rounded up.
constexpr double kLabelCharacter = 0.0092;
/// Longer names are cut, because they would leave no room for the panels.
constexpr std::size_t kLongestName = 18;
/// The most labels; the largest populations get them.
constexpr std::size_t kMostLabels = 16;
/// The most points of a rate curve, more than a page resolves.
constexpr std::size_t kMostCurvePoints = 3000;

// The strip with weights below them, if there are any: its height in inches, and its layout as shares of it.
constexpr double kPageInches = 5.2, kWeightsInches = 1.75;
constexpr double kWeightsTop = 0.80, kWeightsBottom = 0.30;
constexpr std::size_t kMostWeightPanels = 3;

std::string population_name(const PopulationSpec& population) { return cut_in_middle(population.name, kLongestName); }

const std::vector<PopulationSpec>& populations_of(const RasterData& data) {
    return data.network().description().populations;
}

struct Label {
    std::uint32_t population;
    double at;  ///< as a share of the panel's height
};

/// Places labels beside their bands, and pushes them apart if bands are thin.
/// @param line height of a label, as a share of the panel
std::vector<Label> place_labels(const RasterData& data, double neurons, double line) {
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
    // First upwards, then down from the top: afterwards no two labels are closer than a line.
    for (std::size_t i = 1; i < labels.size(); ++i) labels[i].at = std::max(labels[i].at, labels[i - 1].at + line);
    double ceiling = 1.0 - 0.5 * line;
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
        label->at = std::min(label->at, ceiling);
        ceiling = label->at - line;
    }
    return labels;
}

/// The page while it is drawn.
class RasterPage {
public:
    RasterPage(const RasterData& data, std::uint64_t steps, const PictureTitle& title,
               std::span<const WeightHistogram> weights, const fs::path& file, const PictureStyle& style)
        : data_(data), steps_(steps), title_(title), weights_(weights),
          // 7 x 5.2 inches: two columns of a journal
          sheet_(file, 7.0, weights.empty() ? kPageInches : kPageInches + kWeightsInches, style),
          strip_(weights.empty() ? 0.0 : kWeightsInches / (kPageInches + kWeightsInches)),
          window_(window_of(style, 0.0, std::max(static_cast<double>(steps) * data.dt_ms(), 1e-9))),
          axis_(time_axis(window_.to_ms - window_.from_ms)) {
        neurons_ = data.network().neuron_count();
        // Room for the neuron numbers and the name of their axis.
        const std::size_t digits = grouped(static_cast<std::uint64_t>(neurons_)).size();
        left_ = std::max(kLeftmost, 0.050 + kLabelCharacter * static_cast<double>(digits));
        std::size_t longest = 0;
        for (const PopulationSpec& population : populations_of(data))
            longest = std::max(longest, population_name(population).size() + 2 + grouped(population.size).size());
        right_ = std::clamp(0.985 - 0.010 - kLabelCharacter * static_cast<double>(longest), kRightLeast, kRightmost);
        std::vector<Sheet::Stretch> up{{y(kRatesBottom), y(kRatesTop)}, {y(kRasterBottom), y(kRasterTop)}};
        if (strip_ > 0.0) up.insert(up.begin(), {strip_y(kWeightsBottom), strip_y(kWeightsTop)});
        sheet_.layout({{left_, right_}}, up);
    }

    std::vector<fs::path> draw() {
        raster();
        rates();
        weights();
        return sheet_.draw();
    }

private:
    /// A height in the part of the page with raster and rates.
    [[nodiscard]] double y(double share) const { return strip_ + share * (1.0 - strip_); }
    /// A height in the strip with weights.
    [[nodiscard]] double strip_y(double share) const { return share * strip_; }

    [[nodiscard]] std::string time_name() const { return "time [" + std::string(axis_.unit) + "]"; }
    [[nodiscard]] bool shown(double ms) const { return ms >= window_.from_ms && ms <= window_.to_ms; }
    /// Height of a line of text as a share of the raster.
    [[nodiscard]] double line() const { return sheet_.letters_up(kLabelHeight); }

    void over_time(double bottom, double top, Sheet::Numbers numbers) {
        sheet_.panel({left_, right_, y(bottom), y(top)});
        const double begin = window_.from_ms * axis_.units_per_ms, end = window_.to_ms * axis_.units_per_ms;
        sheet_.x_axis(begin, end, time_tics(begin, end, sheet_.room_across(10)), numbers);
    }

    /// A line of text beside the panel.
    void beside(const std::string& text, double height, std::string_view colour) {
        sheet_.text(text, Sheet::on_panel(1.012, height), "left", 1.0, colour);
    }
    /// A line with the number of populations without a label.
    void more(std::size_t count, double height) { beside("and " + grouped(count) + " more", height, kGrey); }

    void raster() {
        over_time(kRasterBottom, kRasterTop, Sheet::Numbers::hidden);
        sheet_.title(title_.network, sheet_.on_page(left_, y(0.962)));
        sheet_.text(title_.facts, sheet_.on_page(left_, y(0.920)), "left", sheet_.fitted(title_.facts, left_, 1.0),
                    kGrey);
        sheet_.y_label("neuron", kAxisNames);
        sheet_.y_axis(-0.5, neurons_ - 0.5, tics(neurons_, sheet_.room_up(5), 1.0));
        for (const Label& label : place_labels(data_, neurons_, line())) {
            const auto& population = populations_of(data_)[label.population];
            beside(population_name(population) + "  " + grouped(population.size), label.at,
                   series_colour(label.population));
        }
        if (populations_of(data_).size() > kMostLabels) more(populations_of(data_).size() - kMostLabels, -0.045);
        const std::vector<Points> dots = dots_of_populations();
        for (std::size_t p = 0; p < dots.size(); ++p)
            if (!dots[p].empty()) sheet_.dots(dots[p], series_colour(p), dot_size(dots));
        sheet_.table(kRasterPanels[0], {"population", time_name(), "neuron"});
        for (std::size_t p = 0; p < dots.size(); ++p) sheet_.rows(populations_of(data_)[p].name, dots[p]);
        sheet_.plot();
    }

    void rates() {
        over_time(kRatesBottom, kRatesTop, Sheet::Numbers::shown);
        sheet_.x_label(time_name(), y(kFoot));
        sheet_.y_label("rate [Hz]", kAxisNames);
        const double bin_ms = static_cast<double>(data_.bin_steps()) * data_.dt_ms();
        // A thousandth of the width of the picture, so that a curve shows as much as the page can; at least two bins.
        const double sigma_ms = std::max(2.0 * bin_ms, round_up_125((window_.to_ms - window_.from_ms) / 1000.0));

        double highest = 0.0;
        sheet_.table(kRasterPanels[1], {"population", time_name(), "rate [Hz]"});
        std::vector<Points> curves;
        std::vector<double> means;
        for (std::size_t p = 0; p < populations_of(data_).size(); ++p) {
            const std::vector<double> raw = data_.rates_hz(p, steps_);
            means.push_back(std::accumulate(raw.begin(), raw.end(), 0.0) /
                            std::max<double>(1.0, static_cast<double>(raw.size())));
            const std::vector<double> curve = smoothed(raw, sigma_ms / bin_ms);
            // One more on either side, so that the curve enters and leaves the window.
            const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(window_.from_ms / bin_ms - 0.5)));
            const auto end = std::min(curve.size(), static_cast<std::size_t>(std::ceil(window_.to_ms / bin_ms + 0.5)));
            const std::size_t stride = (std::max(end, first) - first + kMostCurvePoints - 1) / kMostCurvePoints;
            Points& points = curves.emplace_back();
            for (std::size_t bin = first; bin < end; bin += stride) {
                highest = std::max(highest, curve[bin]);
                points.emplace_back((static_cast<double>(bin) + 0.5) * bin_ms * axis_.units_per_ms, curve[bin]);
            }
            sheet_.rows(populations_of(data_)[p].name, points);
        }
        const double top = highest > 0.0 ? highest * 1.08 : 1.0;
        sheet_.y_axis(0, top, tics(top, sheet_.room_up(4)));

        const double height = line() * (kRasterTop - kRasterBottom) / (kRatesTop - kRatesBottom);
        double at = 1.0 - 0.5 * height;
        // From the top, like the labels beside the raster.
        std::vector<Label> labels = place_labels(data_, neurons_, line());
        std::reverse(labels.begin(), labels.end());
        // The last line says how many have no label.
        const std::size_t count = populations_of(data_).size(),
                          lines = static_cast<std::size_t>(std::max(0.0, at / height)) + 1,
                          named = count <= lines ? count : lines - 1;
        labels.resize(std::min(labels.size(), named));
        for (const Label& label : labels) {
            beside(population_name(populations_of(data_)[label.population]) + "  " + fixed(means[label.population], 1) +
                       " Hz",
                   at, series_colour(label.population));
            at -= height;
        }
        if (labels.size() < count) more(count - labels.size(), at);
        // Below the name of the axis if there is no room beside it.
        const double foot = sheet_.room_across(10) < 9 ? kFoot - 0.030 : kFoot;
        if (const std::string text = sampling(); !text.empty())
            sheet_.text(text, sheet_.on_page(left_, y(foot)), "left", 0.875, kGrey);
        sheet_.text("rates: Gaussian window, σ = " + seconds_text(sigma_ms / 1e3), sheet_.on_page(right_, y(foot)),
                    "right", 0.875, kGrey);
        // The curve with the most neurons is drawn last.
        for (std::size_t p = curves.size(); p-- > 0;)
            if (!curves[p].empty()) sheet_.line(curves[p], series_colour(p), 1.0);
        sheet_.plot();
    }

    /// Distributions of the weights of plastic projections, before and after, side by side.
    void weights() {
        constexpr std::string_view before_colour = "#909090";
        const std::size_t count = std::min(weights_.size(), kMostWeightPanels);
        constexpr double gap = 0.085;
        const double width = (right_ - left_ - gap * static_cast<double>(count - 1)) / static_cast<double>(count);
        for (std::size_t w = 0; w < count; ++w) {
            const WeightHistogram& histogram = weights_[w];
            const double left = left_ + static_cast<double>(w) * (width + gap);
            std::vector<double> rows;
            double highest = 1.0;
            const auto percent = [&](const std::vector<std::uint64_t>& counts, std::size_t b) {
                const double all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
                return 100.0 * static_cast<double>(counts[b]) / std::max(all, 1.0);
            };
            const double bin = (histogram.highest - histogram.lowest) / static_cast<double>(histogram.before.size());
            for (std::size_t b = 0; b < histogram.before.size(); ++b) {
                const double after = percent(histogram.after, b);
                rows.insert(rows.end(), {histogram.lowest + (static_cast<double>(b) + 0.5) * bin,
                                         percent(histogram.before, b), after});
                // before the run all weights may be equal; the scale follows the weights after it
                highest = std::max(highest, after);
            }
            sheet_.table(kRasterPanels[2 + w],
                         {"projection", "weight", "before [% of synapses]", "after [% of synapses]"});
            for (std::size_t r = 0; r < rows.size(); r += 3)
                sheet_.row({histogram.projection, csv_cell(rows[r]), csv_cell(rows[r + 1]), csv_cell(rows[r + 2])});
            const double top = 1.15 * highest, heading = 1.0 + sheet_.letters_up(0.14);
            sheet_.panel({left, left + width, strip_y(kWeightsBottom), strip_y(kWeightsTop)});
            sheet_.x_axis(histogram.lowest, histogram.highest,
                          tics_between(histogram.lowest, histogram.highest, sheet_.room_across(6)));
            sheet_.y_axis(0, top, tics(top, sheet_.room_up(3), 1.0));
            sheet_.text(histogram.projection, Sheet::on_panel(0.5, heading), "center");
            sheet_.x_label("weight", strip_y(0.085));
            sheet_.text("before", Sheet::on_panel(0.98, heading), "right", 1.0, before_colour);
            sheet_.text("after", Sheet::on_panel(0.02, heading), "left", 1.0, series_colour(0));
            if (w == 0) sheet_.y_label("synapses [%]", kAxisNames);
            const std::string data = sheet_.data(rows, 3);
            sheet_.add(data + " using 1:3 with boxes fillstyle solid 0.55 noborder lc rgb '" +
                       std::string(series_colour(0)) + "'");
            sheet_.add(data + " using 1:2 with histeps" + pen(before_colour, 1.2));
            sheet_.plot();
        }
    }

    [[nodiscard]] std::vector<Points> dots_of_populations() const {
        std::vector<Points> dots(populations_of(data_).size());
        for (const RasterData::Dot& dot : data_.dots()) {
            const double ms = static_cast<double>(dot.step) * data_.dt_ms();
            if (shown(ms))
                dots[data_.network().population_of(dot.neuron).index].emplace_back(ms * axis_.units_per_ms, dot.neuron);
        }
        return dots;
    }

    /// Dots cover at most about a third of the panel: more would hide where they are dense.
    [[nodiscard]] static double dot_size(const std::vector<Points>& dots) {
        std::size_t count = 0;
        for (const Points& points : dots) count += points.size();
        return std::clamp(15.0 / std::sqrt(static_cast<double>(std::max<std::size_t>(1, count))), 0.05, 0.4);
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
    Sheet sheet_;
    double strip_;  ///< share of the page for weights, at the bottom
    PictureStyle::Window window_;
    TimeAxis axis_;
    double neurons_ = 0.0, left_ = kLeftmost, right_ = kRightmost;
};

}  // namespace

std::size_t most_dots(PictureKind kind) noexcept { return kind == PictureKind::png ? 160'000 : 40'000; }

std::vector<fs::path> draw_raster(const RasterData& data, std::uint64_t steps, const PictureTitle& title,
                                  std::span<const WeightHistogram> weights, const fs::path& file,
                                  const PictureStyle& style) {
    return RasterPage(data, steps, title, weights, file, style).draw();
}

}  // namespace izhi::apps
