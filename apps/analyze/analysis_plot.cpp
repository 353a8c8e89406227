// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "analysis_plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/plot/sheet.hpp"
#include "apps/text/csv_text.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;
using analysis::Spectrum;

constexpr double kWidthIn = 7.0, kHeightIn = 8.4;
/// The frequencies of the picture: the named bands and a little more.
constexpr double kLastHz = 100.0;
/// The most bars: more could not be distinguished.
constexpr double kMostBars = 250.0;
constexpr std::size_t kSpectrogramColumns = 240;
/// Power below this share of the largest has the colour of the minimum [dB].
constexpr double kDecibels = 30.0;
constexpr std::size_t kLongestAnalysisName = 12;
constexpr std::size_t kMostAnalysisLabels = 8;
constexpr std::size_t kMostRates = 5;

constexpr Sheet::Place kRaster{0.105, 0.84, 0.690, 0.925};
constexpr Sheet::Place kRates{0.105, 0.84, 0.560, 0.670};
constexpr Sheet::Place kSpectrogram{0.105, 0.84, 0.385, 0.540};
constexpr Sheet::Place kIntervals{0.105, 0.435, 0.075, 0.285};
constexpr Sheet::Place kSpectrum{0.565, 0.965, 0.075, 0.285};
/// The distance of the name of a horizontal axis from its panel.
constexpr double kBelow = 0.047;

std::string short_name(const std::string& name) { return cut_in_middle(name, kLongestAnalysisName); }

class AnalysisPage {
public:
    AnalysisPage(const RecordedSpikes& spikes, const analysis::Meter& meter, const analysis::NetworkMeasures& measures,
                 const std::string& title, const fs::path& file, const PictureStyle& style)
        : spikes_(spikes), meter_(meter), measures_(measures), title_(title), sheet_(file, kWidthIn, kHeightIn, style),
          window_(meter.window()), view_(window_of(style, window_.begin_ms, window_.end_ms)),
          axis_(time_axis(view_.to_ms - view_.from_ms)) {}

    std::vector<fs::path> draw() {
        lay_out({{kRaster.left, kRaster.right}});
        raster();
        rates();
        spectrogram();
        lay_out({{kIntervals.left, kIntervals.right}, {kSpectrum.left, kSpectrum.right}});
        intervals();
        spectra();
        return sheet_.draw();
    }

private:
    void lay_out(const std::vector<Sheet::Stretch>& across) {
        std::vector<Sheet::Stretch> up;
        for (const Sheet::Place& panel : {kRaster, kRates, kSpectrogram, kIntervals})
            up.push_back({panel.bottom, panel.top});
        sheet_.layout(across, up);
    }
    [[nodiscard]] std::string time_name() const { return "time [" + std::string(axis_.unit) + "]"; }
    void place(const Sheet::Place& panel, const std::string& y_label) {
        sheet_.panel(panel);
        sheet_.y_label(y_label, panel.left - 0.083);
    }
    void x_label(const Sheet::Place& panel, const std::string& text) { sheet_.x_label(text, panel.bottom - kBelow); }
    void time_range(Sheet::Numbers numbers) {
        const double begin = view_.from_ms * axis_.units_per_ms, end = view_.to_ms * axis_.units_per_ms;
        sheet_.x_axis(begin, end, time_tics(begin, end, sheet_.room_across(10)), numbers);
    }
    void note(const std::string& text, const Sheet::Place& panel, double height, std::string_view colour) {
        sheet_.text(text, sheet_.on_page(panel.right + 0.012, height), "left", 0.9, colour);
    }

    [[nodiscard]] std::uint64_t neurons() const { return measures_.network.neurons; }

    void raster() {
        place(kRaster, "neuron");
        time_range(Sheet::Numbers::hidden);
        sheet_.title(title_, sheet_.on_page(kRaster.left, 0.973));
        sheet_.text(facts(), sheet_.on_page(kRaster.left, 0.946), "left", sheet_.fitted(facts(), kRaster.left, 1.0),
                    kGrey);
        const auto all = static_cast<double>(neurons());
        sheet_.y_axis(-0.5, all - 0.5, tics(all, sheet_.room_up(5), 1.0));
        const auto [neuron_stride, spike_stride] = strides();
        std::vector<Points> dots(spikes_.populations.size());
        std::uint64_t first = 0, drawn = 0;
        const double line = sheet_.letters_up(0.017);
        double below = -1.0, above = kRaster.bottom;
        std::size_t named = 0;
        for (std::size_t p = 0; p < spikes_.populations.size(); ++p) {
            const auto& population = spikes_.populations[p];
            std::uint64_t count = 0;
            for (const auto& spike : population.spikes) {
                if (!shown(spike) || spike.neuron % neuron_stride != 0 || count++ % spike_stride != 0) continue;
                dots[p].emplace_back(spike.time_ms * axis_.units_per_ms, static_cast<double>(first + spike.neuron));
                ++drawn;
            }
            const double middle =
                kRaster.bottom + (kRaster.top - kRaster.bottom) *
                                     (static_cast<double>(first) + 0.5 * static_cast<double>(population.neurons)) / all;
            below = std::max(middle, below + line);
            if (p < kMostAnalysisLabels && below < kRaster.top) {
                ++named;
                above = below + line;
                note(short_name(population.name) + "  " + grouped(population.neurons), kRaster, below,
                     series_colour(p));
            }
            first += population.neurons;
        }
        if (const std::size_t rest = spikes_.populations.size() - named; rest > 0)
            note("and " + grouped(rest) + " more", kRaster, above, kGrey);
        // At most as many dots as cover about a third of the panel.
        const double size =
            std::clamp(12.0 / std::sqrt(static_cast<double>(std::max<std::uint64_t>(1, drawn))), 0.05, 0.35);
        sheet_.table(kAnalysisPanels[0], {"population", time_name(), "neuron"});
        for (std::size_t p = 0; p < dots.size(); ++p) {
            sheet_.rows(spikes_.populations[p].name, dots[p]);
            if (!dots[p].empty()) sheet_.dots(dots[p], series_colour(p), size);
        }
        if (neuron_stride > 1 || spike_stride > 1) {
            std::string text = neuron_stride > 1 ? "dots: one neuron in " + grouped(neuron_stride) : "dots:";
            if (spike_stride > 1) text += " one spike in " + grouped(spike_stride);
            sheet_.text(text, sheet_.on_page(kRaster.right, 0.935), "right", 0.875, kGrey);
        }
        sheet_.plot();
    }

    [[nodiscard]] bool measured(const RecordedSpikes::Spike& spike) const {
        return spike.time_ms >= window_.begin_ms && spike.time_ms <= window_.end_ms;
    }
    [[nodiscard]] bool shown(const RecordedSpikes::Spike& spike) const {
        return spike.time_ms >= view_.from_ms && spike.time_ms <= view_.to_ms;
    }

    /// Selects the neurons and spikes to draw, so that there are not too many: every 2nd, 4th... neuron with all of its
    /// spikes, and if these neurons still fire too often, every 2nd, 4th... spike.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> strides() const {
        const std::uint64_t most = sheet_.kind() == PictureKind::png ? 160'000 : 40'000;
        std::uint64_t largest = 1;
        for (const auto& population : spikes_.populations) largest = std::max(largest, population.neurons);
        for (std::uint64_t stride = 1;; stride *= 2) {
            std::uint64_t dots = 0;
            for (const auto& population : spikes_.populations)
                for (const auto& spike : population.spikes) dots += spike.neuron % stride == 0 && shown(spike) ? 1 : 0;
            if (dots <= most) return {stride, 1};
            if (stride >= largest) return {stride, (dots + most - 1) / most};
        }
    }

    [[nodiscard]] std::string facts() const {
        const auto& all = measures_.network;
        std::string text = measures_.regime == analysis::Regime::unknown ? "regime " : "";
        text = spikes_.sizes_guessed ? "sizes guessed" : text + std::string(to_string(measures_.regime));
        text += ", " + fixed(all.rate_hz, 2) + " Hz";
        if (all.isi_cv) text += ", interval CV " + fixed(*all.isi_cv, 2);
        if (all.synchrony) text += ", synchrony " + fixed(*all.synchrony, 2);
        if (all.peak_hz) text += ", peak at " + plain(*all.peak_hz) + " Hz";
        return text;
    }

    void rates() {
        place(kRates, "rate [Hz]");
        time_range(Sheet::Numbers::hidden);
        // A bar has 1, 2, 5, 10... whole bins.
        const double bins = (view_.to_ms - view_.from_ms) / window_.rate_bin_ms;
        const auto width = static_cast<std::size_t>(std::max(1.0, round_up_125(bins / kMostBars)));
        const double bar_ms = static_cast<double>(width) * window_.rate_bin_ms;
        double highest = 0.0;
        // The last line says how many populations have no label.
        const std::size_t count = spikes_.populations.size(),
                          most = std::min(kMostRates, static_cast<std::size_t>(sheet_.room_up(kMostRates))),
                          rates_named = count <= most ? count : most - 1;
        const double first_line = kRates.top - sheet_.letters_up(0.008), line = sheet_.letters_up(0.019);
        sheet_.table(kAnalysisPanels[1], {"population", time_name(), "rate [Hz]"});
        if (rates_named < count)
            note("and " + grouped(count - rates_named) + " more", kRates,
                 first_line - line * static_cast<double>(rates_named), kGrey);
        for (std::size_t p = 0; p < count; ++p) {
            const std::vector<double> rate = meter_.rate_hz(p);
            Points points;
            for (std::size_t bin = 0; bin < rate.size(); bin += width) {
                const std::size_t end = std::min(bin + width, rate.size());
                const double mean = std::accumulate(rate.begin() + static_cast<std::ptrdiff_t>(bin),
                                                    rate.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
                                    static_cast<double>(end - bin);
                const double from = window_.begin_ms + static_cast<double>(bin) * window_.rate_bin_ms;
                const double until = window_.begin_ms + static_cast<double>(end) * window_.rate_bin_ms;
                if (until <= view_.from_ms || from >= view_.to_ms) continue;
                highest = std::max(highest, mean);
                points.emplace_back(from * axis_.units_per_ms, mean);
                points.emplace_back(until * axis_.units_per_ms, mean);
            }
            sheet_.rows(spikes_.populations[p].name, points);
            // The first curve lies behind the others, so it is filled.
            if (p == 0)
                sheet_.add(sheet_.data(points) +
                           " using 1:2 with filledcurves y1=0 fs transparent solid 0.25 noborder lc rgb '" +
                           std::string(series_colour(p)) + "'");
            sheet_.line(points, series_colour(p), 1.0);
            if (p < rates_named)
                note(
                    short_name(spikes_.populations[p].name) + "  " + fixed(measures_.populations[p].rate_hz, 1) + " Hz",
                    kRates, first_line - line * static_cast<double>(p), series_colour(p));
        }
        const double top = highest > 0.0 ? 1.08 * highest : 1.0;
        sheet_.y_axis(0, top, tics(top, sheet_.room_up(3)));
        note("bars: " + seconds_text(bar_ms / 1e3), kRates, kRates.bottom + sheet_.letters_up(0.008), kGrey);
        sheet_.plot();
    }

    void spectrogram() {
        place(kSpectrogram, "frequency [Hz]");
        time_range(Sheet::Numbers::shown);
        x_label(kSpectrogram, time_name());
        sheet_.table(kAnalysisPanels[2], {time_name(), "frequency [Hz]", "power [dB]"});
        sheet_.y_axis(0, kLastHz, tics(kLastHz, sheet_.room_up(5)));
        const analysis::Spectrogram s =
            analysis::spectrogram_of(meter_.network_rate_hz(), window_.rate_bin_ms,
                                     sheet_.kind() == PictureKind::png ? kSpectrogramColumns : 80);
        const auto rows = s.powers.empty() ? 0
                                           : std::min(s.powers.front().size(),
                                                      static_cast<std::size_t>(kLastHz / s.resolution_hz) + 1);
        double largest = 0.0;
        for (const auto& power : s.powers)
            for (std::size_t k = 1; k < rows; ++k) largest = std::max(largest, power[k]);
        // An image needs two columns and two rows: one segment gives one column, and few bins give one frequency.
        const bool too_short = s.powers.size() < 2 || rows < 3;
        if (too_short || !(largest > 0.0)) {
            const std::string_view reason = too_short ? "too short for a spectrogram" : "no spectrum: too few spikes";
            sheet_.text(reason, Sheet::on_panel(0.5, 0.5), "center", 1.0, kGrey);
            sheet_.plot();
            return;
        }
        std::vector<double> decibels;
        const double first = (window_.begin_ms + s.first_ms) * axis_.units_per_ms;
        const double step = s.step_ms * axis_.units_per_ms;
        for (std::size_t k = 1; k < rows; ++k)
            for (std::size_t column = 0; column < s.powers.size(); ++column) {
                decibels.push_back(
                    std::max(-kDecibels, 10.0 * std::log10(std::max(s.powers[column][k], 1e-30) / largest)));
                const double time = first + static_cast<double>(column) * step;
                if (time >= view_.from_ms * axis_.units_per_ms && time <= view_.to_ms * axis_.units_per_ms)
                    sheet_.row({csv_cell(time), csv_cell(static_cast<double>(k) * s.resolution_hz),
                                csv_cell(decibels.back())});
            }
        sheet_.set("palette " + std::string(kViridis));
        sheet_.set("cbrange [-" + gnuplot_number(kDecibels) + ":0]");
        sheet_.set("cbtics ('0 dB' 0, '-10' -10, '-20' -20, '-30' -30)");
        sheet_.colour_box(kSpectrogram);
        const double segment_s = std::min(analysis::kSegmentMs, window_.end_ms - window_.begin_ms) / 1e3;
        sheet_.text("0 dB: the largest power; segments of " + seconds_text(segment_s),
                    sheet_.on_page(0.965, kSpectrogram.bottom - kBelow), "right", 0.9, kGrey);
        sheet_.add(sheet_.data(decibels, 1) + " array=(" + std::to_string(s.powers.size()) + ',' +
                   std::to_string(rows - 1) + ") origin=(" + gnuplot_number(first) + ',' +
                   gnuplot_number(s.resolution_hz) + ") dx=" + gnuplot_number(step) +
                   " dy=" + gnuplot_number(s.resolution_hz) + " with image" +
                   (sheet_.kind() == PictureKind::png ? "" : " pixels"));
        sheet_.plot();
    }

    void intervals() {
        place(kIntervals, "share of intervals [%]");
        x_label(kIntervals, "interval between spikes of a neuron [ms]");
        std::vector<std::vector<double>> all;
        std::vector<double> pooled;
        for (const auto& population : spikes_.populations) {
            all.push_back(intervals_of(population));
            pooled.insert(pooled.end(), all.back().begin(), all.back().end());
        }
        double last = 100.0;
        if (!pooled.empty()) {
            // A few long intervals would squeeze all others to the left.
            const auto at = pooled.begin() + static_cast<std::ptrdiff_t>(0.98 * static_cast<double>(pooled.size() - 1));
            std::nth_element(pooled.begin(), at, pooled.end());
            last = std::max(10.0 * window_.rate_bin_ms, *at * 1.05);
        }
        const double width = window_.rate_bin_ms * std::max(1.0, round_up_125(last / window_.rate_bin_ms / 80.0));
        const auto bins = static_cast<std::size_t>(std::ceil(last / width));
        sheet_.table(kAnalysisPanels[3], {"population", "intervals up to [ms]", "share [%]"});
        double highest = 0.0;
        for (std::size_t p = 0; p < all.size(); ++p) {
            if (all[p].empty()) continue;
            std::vector<double> share(bins, 0.0);
            for (const double interval : all[p]) {
                const auto bin = static_cast<std::size_t>(std::max(0.0, std::ceil(interval / width - 1e-6) - 1.0));
                if (bin < bins) share[bin] += 100.0 / static_cast<double>(all[p].size());
            }
            Points points, bars;
            for (std::size_t bin = 0; bin < bins; ++bin) {
                bars.emplace_back(static_cast<double>(bin + 1) * width, share[bin]);
                highest = std::max(highest, share[bin]);
                points.emplace_back(static_cast<double>(bin) * width, share[bin]);
                points.emplace_back(static_cast<double>(bin + 1) * width, share[bin]);
            }
            sheet_.line(points, series_colour(p), 1.0);
            sheet_.rows(spikes_.populations[p].name, bars);
        }
        const double end = static_cast<double>(bins) * width, top = highest > 0.0 ? 1.2 * highest : 1.0;
        sheet_.x_axis(0, end, tics(end, sheet_.room_across(4)));
        sheet_.y_axis(0, top, tics(top, sheet_.room_up(4)));
        sheet_.text("bins: " + seconds_text(width / 1e3), Sheet::on_panel(0.98, 0.94), "right", 0.9, kGrey);
        sheet_.plot();
    }

    [[nodiscard]] std::vector<double> intervals_of(const RecordedSpikes::Population& population) const {
        std::vector<double> last(population.neurons, -std::numeric_limits<double>::infinity()), intervals;
        for (const auto& spike : population.spikes) {
            if (!measured(spike)) continue;
            if (std::isfinite(last[spike.neuron])) intervals.push_back(spike.time_ms - last[spike.neuron]);
            last[spike.neuron] = spike.time_ms;
        }
        return intervals;
    }

    void spectra() {
        place(kSpectrum, "power [Hz²/Hz]");
        x_label(kSpectrum, "frequency [Hz]");
        double highest = 0.0, lowest = std::numeric_limits<double>::infinity();
        sheet_.table(kAnalysisPanels[4], {"population", "frequency [Hz]", "power [Hz²/Hz]"});
        const auto add = [&](const std::string& name, const Spectrum& spectrum, std::string_view colour, double width) {
            Points points;
            for (std::size_t k = 1; k < spectrum.power.size(); ++k) {
                const double frequency = static_cast<double>(k) * spectrum.resolution_hz;
                if (frequency > kLastHz || !(spectrum.power[k] > 0.0)) continue;
                highest = std::max(highest, spectrum.power[k]);
                lowest = std::min(lowest, spectrum.power[k]);
                points.emplace_back(frequency, spectrum.power[k]);
            }
            if (!points.empty()) sheet_.line(points, colour, width);
            sheet_.rows(name, points);
        };
        const double bin_ms = window_.rate_bin_ms;
        for (std::size_t p = 0; p < spikes_.populations.size(); ++p)
            add(spikes_.populations[p].name, analysis::spectrum_of(meter_.rate_hz(p), bin_ms), series_colour(p), 0.8);
        if (spikes_.populations.size() > 1)
            add("all", analysis::spectrum_of(meter_.network_rate_hz(), bin_ms), "#000000", 1.4);
        if (!(highest > 0.0)) highest = 1.0, lowest = 0.1;
        lowest = std::max(lowest, 1e-7 * highest);  // smaller values are rounding errors

        const double independent = 2.0 * measures_.network.rate_hz / static_cast<double>(neurons());
        if (independent > 0.0) {
            lowest = std::min(lowest, independent);
            sheet_.add(gnuplot_number(independent) + " with lines dashtype 2" + pen(kGrey, 1.0));
        }
        const double bottom = std::pow(10.0, std::floor(std::log10(lowest))),
                     top = std::pow(10.0, std::ceil(std::log10(highest * 1.3)));
        sheet_.x_axis(0, kLastHz, tics(kLastHz, sheet_.room_across(5)));
        sheet_.y_axis(bottom, top, "10");
        sheet_.set("logscale y");
        sheet_.set("format y '10^{%L}'");
        for (std::size_t band = 0; band < analysis::kBands.size(); ++band) {
            const auto& b = analysis::kBands[band];
            if (band % 2 == 0) sheet_.box(Sheet::at(b.low_hz, bottom), Sheet::at(b.high_hz, top), "#EEEEEE", "behind");
            static constexpr std::array<std::string_view, 5> kGreek{"δ", "θ", "α", "β", "γ"};
            sheet_.text(kGreek[band], "first " + gnuplot_number(0.5 * (b.low_hz + b.high_hz)) + ", graph 1.05",
                        "center", 0.9, kGrey);
        }
        const std::string legend = spikes_.populations.size() > 1 ? "black: all; " : "";
        sheet_.text(legend + "dashes: independent neurons", Sheet::on_panel(0.98, 0.94), "right", 0.9, kGrey);
        sheet_.plot();
    }

    const RecordedSpikes& spikes_;
    const analysis::Meter& meter_;
    const analysis::NetworkMeasures& measures_;
    const std::string& title_;
    Sheet sheet_;
    analysis::Window window_;    ///< the measured time
    PictureStyle::Window view_;  ///< the part of it that time axes show
    TimeAxis axis_;
};

}  // namespace

std::vector<fs::path> draw_analysis(const RecordedSpikes& spikes, const analysis::Meter& meter,
                                    const analysis::NetworkMeasures& measures, const std::string& title,
                                    const fs::path& file, const PictureStyle& style) {
    return AnalysisPage(spikes, meter, measures, title, file, style).draw();
}

}  // namespace izhi::apps
