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

#include "apps/plot/gnuplot.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;
using analysis::Spectrum;

constexpr double kWidthIn = 7.0, kHeightIn = 8.4;
/// The frequencies shown: the named bands and a little more.
constexpr double kLastHz = 100.0;
/// More bars than this are no bars any more.
constexpr double kMostBars = 250.0;
constexpr std::size_t kSpectrogramColumns = 240;
/// Below this share of the largest power all is one colour [dB].
constexpr double kDecibels = 30.0;
constexpr std::size_t kLongestName = 12;
constexpr std::size_t kMostLabels = 8;
constexpr std::size_t kMostRates = 5;

/// A panel, as shares of the page.
struct Panel {
    double left, right, bottom, top;
};
constexpr Panel kRaster{0.105, 0.84, 0.690, 0.925};
constexpr Panel kRates{0.105, 0.84, 0.560, 0.670};
constexpr Panel kSpectrogram{0.105, 0.84, 0.385, 0.540};
constexpr Panel kIntervals{0.105, 0.435, 0.075, 0.285};
constexpr Panel kSpectrum{0.565, 0.965, 0.075, 0.285};

std::string short_name(const std::string& name) { return cut_in_middle(name, kLongestName); }

std::string_view colour(std::size_t population) { return kColours[population % kColours.size()]; }

class Sheet {
public:
    Sheet(const RecordedSpikes& spikes, const analysis::Meter& meter, const analysis::NetworkMeasures& measures,
          const std::string& title, PictureKind kind, const fs::path& folder)
        : spikes_(spikes), meter_(meter), measures_(measures), title_(title), kind_(kind), folder_(folder),
          window_(meter.window()), axis_(time_axis(window_.end_ms - window_.begin_ms)) {}

    std::string script() {
        script_ = terminal(kind_, kWidthIn, kHeightIn) +
                  "set output 'picture'\nset multiplot\nset border 3 linewidth 0.8 linecolor rgb '" +
                  std::string(kGrey) + "'\nset tics out nomirror scale 0.5\nunset key\n";
        raster();
        rates();
        spectrogram();
        intervals();
        spectra();
        return script_ + "unset multiplot\nset output\n";
    }

private:
    void place(const Panel& panel, const std::string& y_label) {
        script_ += "unset label\nset lmargin at screen " + gnuplot_number(panel.left) + "\nset rmargin at screen " +
                   gnuplot_number(panel.right) + "\nset bmargin at screen " + gnuplot_number(panel.bottom) +
                   "\nset tmargin at screen " + gnuplot_number(panel.top) + "\nset label 1 " + gnuplot_text(y_label) +
                   " at screen " + gnuplot_number(panel.left - 0.083) + ',' +
                   gnuplot_number(0.5 * (panel.bottom + panel.top)) + " center rotate\n";
    }
    void x_label(const Panel& panel, const std::string& text) {
        script_ += "set label 2 " + gnuplot_text(text) + " at screen " +
                   gnuplot_number(0.5 * (panel.left + panel.right)) + ',' + gnuplot_number(panel.bottom - 0.047) +
                   " center\n";
    }
    /// @param labelled only the lowest of the panels that share it has numbers
    void time_range(bool labelled) {
        const double begin = window_.begin_ms * axis_.units_per_ms, end = window_.end_ms * axis_.units_per_ms;
        const double step = round_up_125((end - begin) / 10.0);
        std::string at;
        for (double k = std::ceil(begin / step - 1e-9); k * step <= end * (1.0 + 1e-9); ++k) {
            const double t = k * step;
            at += (at.empty() ? "" : ", ") +
                  gnuplot_text(t >= 1000.0 ? grouped(static_cast<std::uint64_t>(std::llround(t))) : plain(t, 6)) + ' ' +
                  gnuplot_number(t);
        }
        script_ += "set xrange [" + gnuplot_number(begin) + ':' + gnuplot_number(end) + "]\nset xtics (" + at +
                   ") textcolor rgb '" + (labelled ? "black" : "#FFFFFFFF") + "'\n";
    }
    void note(int tag, const std::string& text, const Panel& panel, double at, std::string_view rgb) {
        script_ += "set label " + std::to_string(tag) + ' ' + gnuplot_text(text) + " at screen " +
                   gnuplot_number(panel.right + 0.012) + ',' + gnuplot_number(at) + " left noenhanced textcolor rgb '" +
                   std::string(rgb) + "'" + font(kind_, 0.9) + '\n';
    }
    void plot(const std::vector<std::string>& parts) {
        script_ += "plot 1/0";  // without any data gnuplot still draws axes for this one
        for (const std::string& part : parts) script_ += ", \\\n  " + part;
        script_ += '\n';
    }
    static std::string pairs(const std::string& name) {
        return "'" + name + "' binary format='%float32%float32' using 1:2";
    }

    [[nodiscard]] std::uint64_t neurons() const { return measures_.network.neurons; }

    void raster() {
        place(kRaster, "neuron");
        time_range(false);
        script_ += "set label 3 " + gnuplot_text(title_) + " at screen " + gnuplot_number(kRaster.left) +
                   ",0.973 left noenhanced" + font(kind_, 1.4) + "\nset label 4 " + gnuplot_text(facts()) +
                   " at screen " + gnuplot_number(kRaster.left) + ",0.946 left noenhanced textcolor rgb '" +
                   std::string(kGrey) + "'\nset yrange [-0.5:" + gnuplot_number(static_cast<double>(neurons()) - 0.5) +
                   "]\nset ytics " + tics(static_cast<double>(neurons()), 5, 1.0) + "\n";
        const auto [neuron_stride, spike_stride] = strides();
        std::vector<std::string> parts;
        std::uint64_t first = 0, drawn = 0;
        double below = -1.0, above = kRaster.bottom;
        std::size_t named = 0;
        for (std::size_t p = 0; p < spikes_.populations.size(); ++p) {
            const auto& population = spikes_.populations[p];
            FloatFile file(folder_ / ("dots-" + std::to_string(p)));
            std::uint64_t count = 0;
            for (const auto& spike : population.spikes) {
                if (!shown(spike) || spike.neuron % neuron_stride != 0 || count++ % spike_stride != 0) continue;
                file.add(spike.time_ms * axis_.units_per_ms, static_cast<double>(first + spike.neuron));
                ++drawn;
            }
            file.close();
            if (count > 0)
                parts.push_back(pairs("dots-" + std::to_string(p)) + " with points pt 7 ps @ lc rgb '" +
                                std::string(colour(p)) + "'");
            const double middle =
                kRaster.bottom + (kRaster.top - kRaster.bottom) *
                                     (static_cast<double>(first) + 0.5 * static_cast<double>(population.neurons)) /
                                     static_cast<double>(neurons());
            below = std::max(middle, below + 0.017);
            if (p < kMostLabels && below < kRaster.top) {
                ++named;
                above = below + 0.017;
                note(10 + static_cast<int>(p), short_name(population.name) + "  " + grouped(population.neurons),
                     kRaster, below, colour(p));
            }
            first += population.neurons;
        }
        if (const std::size_t rest = spikes_.populations.size() - named; rest > 0)
            note(30, "and " + grouped(rest) + " more", kRaster, above, kGrey);
        // As many dots as cover about a third of the panel at most.
        double size = std::clamp(12.0 / std::sqrt(static_cast<double>(std::max<std::uint64_t>(1, drawn))), 0.05, 0.35);
        if (kind_ == PictureKind::svg) size *= 1.6;  // viewers draw tiny objects paler than pixels
        for (std::string& part : parts) part.replace(part.find('@'), 1, gnuplot_number(size));
        if (neuron_stride > 1 || spike_stride > 1) {
            std::string text = neuron_stride > 1 ? "dots: one neuron in " + grouped(neuron_stride) : "dots:";
            if (spike_stride > 1) text += " one spike in " + grouped(spike_stride);
            script_ += "set label 5 " + gnuplot_text(text) + " at screen " + gnuplot_number(kRaster.right) +
                       ",0.935 right noenhanced" + font(kind_, 0.875) + " textcolor rgb '" + std::string(kGrey) + "'\n";
        }
        plot(parts);
    }

    [[nodiscard]] bool shown(const RecordedSpikes::Spike& spike) const {
        return spike.time_ms >= window_.begin_ms && spike.time_ms <= window_.end_ms;
    }

    /// Which neurons and spikes are drawn, so that the picture can carry them: every 2nd, 4th... neuron with all of its
    /// spikes, and of neurons that even then fire too often every 2nd, 4th... spike.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> strides() const {
        const std::uint64_t most = kind_ == PictureKind::png ? 160'000 : 40'000;
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
        time_range(false);
        // Bars of whole bins, 1, 2, 5, 10... of them.
        const std::vector<double> whole = meter_.network_rate_hz();
        const auto width =
            static_cast<std::size_t>(std::max(1.0, round_up_125(static_cast<double>(whole.size()) / kMostBars)));
        const double bar_ms = static_cast<double>(width) * window_.rate_bin_ms;
        std::vector<std::string> parts;
        double highest = 0.0;
        // The last line says how many have none.
        const std::size_t count = spikes_.populations.size(),
                          rates_named = count <= kMostRates ? count : kMostRates - 1;
        if (rates_named < count)
            note(31, "and " + grouped(count - rates_named) + " more", kRates,
                 kRates.top - 0.008 - 0.019 * static_cast<double>(rates_named), kGrey);
        for (std::size_t p = 0; p < count; ++p) {
            const std::vector<double> rate = meter_.rate_hz(p);
            const std::string name = "rate-" + std::to_string(p);
            FloatFile file(folder_ / name);
            for (std::size_t bin = 0; bin < rate.size(); bin += width) {
                const std::size_t end = std::min(bin + width, rate.size());
                const double mean = std::accumulate(rate.begin() + static_cast<std::ptrdiff_t>(bin),
                                                    rate.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
                                    static_cast<double>(end - bin);
                highest = std::max(highest, mean);
                const double from = window_.begin_ms + static_cast<double>(bin) * window_.rate_bin_ms;
                const double until = window_.begin_ms + static_cast<double>(end) * window_.rate_bin_ms;
                file.add(from * axis_.units_per_ms, mean);
                file.add(until * axis_.units_per_ms, mean);
            }
            file.close();
            const std::string data = pairs(name);
            const std::string rgb(colour(p));
            parts.push_back(data + " with lines lw 1 lc rgb '" + rgb + "'");
            // The first lies at the bottom, under the others: it is filled.
            if (p == 0)
                parts.insert(parts.begin(),
                             data + " with filledcurves y1=0 fs transparent solid 0.25 noborder lc rgb '" + rgb + "'");
            if (p < rates_named)
                note(
                    10 + static_cast<int>(p),
                    short_name(spikes_.populations[p].name) + "  " + fixed(measures_.populations[p].rate_hz, 1) + " Hz",
                    kRates, kRates.top - 0.008 - 0.019 * static_cast<double>(p), colour(p));
        }
        const double top = highest > 0.0 ? 1.08 * highest : 1.0;
        script_ += "set yrange [0:" + gnuplot_number(top) + "]\nset ytics " + tics(top, 3) + "\n";
        note(30, "bars: " + seconds_text(bar_ms / 1e3), kRates, kRates.bottom + 0.008, kGrey);
        plot(parts);
    }

    void spectrogram() {
        place(kSpectrogram, "frequency [Hz]");
        time_range(true);
        x_label(kSpectrogram, "time [" + std::string(axis_.unit) + "]");
        script_ += "set yrange [0:" + gnuplot_number(kLastHz) + "]\nset ytics " + tics(kLastHz, 5) + "\n";
        const analysis::Spectrogram s = analysis::spectrogram_of(meter_.network_rate_hz(), window_.rate_bin_ms,
                                                                 kind_ == PictureKind::png ? kSpectrogramColumns : 80);
        const auto rows = s.powers.empty() ? 0
                                           : std::min(s.powers.front().size(),
                                                      static_cast<std::size_t>(kLastHz / s.resolution_hz) + 1);
        double largest = 0.0;
        for (const auto& power : s.powers)
            for (std::size_t k = 1; k < rows; ++k) largest = std::max(largest, power[k]);
        // An image needs two columns and two rows: one segment has no course over time, and few bins one frequency.
        const bool too_short = s.powers.size() < 2 || rows < 3;
        if (too_short || !(largest > 0.0)) {
            const std::string_view reason = too_short ? "too short for a spectrogram" : "no spectrum: too few spikes";
            script_ += "set label 6 " + gnuplot_text(reason) + " at graph 0.5,0.5 center textcolor rgb '" +
                       std::string(kGrey) + "'\n";
            plot({});
            return;
        }
        FloatFile file(folder_ / "spectrogram");
        for (std::size_t k = 1; k < rows; ++k)
            for (const auto& power : s.powers)
                file.add(std::vector{std::max(-kDecibels, 10.0 * std::log10(std::max(power[k], 1e-30) / largest))});
        file.close();
        const double first = (window_.begin_ms + s.first_ms) * axis_.units_per_ms;
        const double step = s.step_ms * axis_.units_per_ms;
        script_ += palette() + "set cbrange [-" + gnuplot_number(kDecibels) + ":0]\nset cbtics (" +
                   gnuplot_text("0 dB") + " 0, " + gnuplot_text("-10") + " -10, " + gnuplot_text("-20") + " -20, " +
                   gnuplot_text("-30") + " -30)\nset colorbox user origin screen " +
                   gnuplot_number(kSpectrogram.right + 0.012) + ',' + gnuplot_number(kSpectrogram.bottom) +
                   " size screen 0.014," + gnuplot_number(kSpectrogram.top - kSpectrogram.bottom) + "\n";
        const double segment_s = std::min(analysis::kSegmentMs, window_.end_ms - window_.begin_ms) / 1e3;
        script_ += "set label 7 " + gnuplot_text("0 dB: the largest power; segments of " + seconds_text(segment_s)) +
                   " at screen 0.965," + gnuplot_number(kSpectrogram.bottom - 0.047) + " right textcolor rgb '" +
                   std::string(kGrey) + "'" + font(kind_, 0.9) + '\n';
        plot({"'spectrogram' binary array=(" + std::to_string(s.powers.size()) + ',' + std::to_string(rows - 1) +
              ") format='%float32' origin=(" + gnuplot_number(first) + ',' + gnuplot_number(s.resolution_hz) +
              ") dx=" + gnuplot_number(step) + " dy=" + gnuplot_number(s.resolution_hz) + " with image" +
              (kind_ == PictureKind::png ? "" : " pixels")});
        script_ += "unset colorbox\n";
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
            // The longest few intervals would squeeze all others to the left.
            const auto at = pooled.begin() + static_cast<std::ptrdiff_t>(0.98 * static_cast<double>(pooled.size() - 1));
            std::nth_element(pooled.begin(), at, pooled.end());
            last = std::max(10.0 * window_.rate_bin_ms, *at * 1.05);
        }
        const double width = window_.rate_bin_ms * std::max(1.0, round_up_125(last / window_.rate_bin_ms / 80.0));
        const auto bins = static_cast<std::size_t>(std::ceil(last / width));
        std::vector<std::string> parts;
        double highest = 0.0;
        for (std::size_t p = 0; p < all.size(); ++p) {
            if (all[p].empty()) continue;
            std::vector<double> share(bins, 0.0);
            for (const double interval : all[p]) {
                const auto bin = static_cast<std::size_t>(std::max(0.0, std::ceil(interval / width - 1e-6) - 1.0));
                if (bin < bins) share[bin] += 100.0 / static_cast<double>(all[p].size());
            }
            const std::string name = "intervals-" + std::to_string(p);
            FloatFile file(folder_ / name);
            for (std::size_t bin = 0; bin < bins; ++bin) {
                highest = std::max(highest, share[bin]);
                file.add(static_cast<double>(bin) * width, share[bin]);
                file.add(static_cast<double>(bin + 1) * width, share[bin]);
            }
            file.close();
            parts.push_back(pairs(name) + " with lines lw 1 lc rgb '" + std::string(colour(p)) + "'");
        }
        const double top = highest > 0.0 ? 1.2 * highest : 1.0;
        script_ += "set xrange [0:" + gnuplot_number(static_cast<double>(bins) * width) + "]\nset xtics " +
                   tics(static_cast<double>(bins) * width, 4) +
                   " textcolor rgb 'black'\nset yrange [0:" + gnuplot_number(top) + "]\nset ytics " + tics(top, 4) +
                   "\nset label 8 " + gnuplot_text("bins: " + seconds_text(width / 1e3)) +
                   " at graph 0.98,0.94 right textcolor rgb '" + std::string(kGrey) + "'" + font(kind_, 0.9) + '\n';
        plot(parts);
    }

    [[nodiscard]] std::vector<double> intervals_of(const RecordedSpikes::Population& population) const {
        std::vector<double> last(population.neurons, -std::numeric_limits<double>::infinity()), intervals;
        for (const auto& spike : population.spikes) {
            if (!shown(spike)) continue;
            if (std::isfinite(last[spike.neuron])) intervals.push_back(spike.time_ms - last[spike.neuron]);
            last[spike.neuron] = spike.time_ms;
        }
        return intervals;
    }

    void spectra() {
        place(kSpectrum, "power [Hz²/Hz]");
        x_label(kSpectrum, "frequency [Hz]");
        std::vector<std::string> parts;
        double highest = 0.0, lowest = std::numeric_limits<double>::infinity();
        const auto add = [&](const std::string& name, const Spectrum& spectrum, const std::string& style) {
            FloatFile file(folder_ / name);
            std::size_t points = 0;
            for (std::size_t k = 1; k < spectrum.power.size(); ++k) {
                const double frequency = static_cast<double>(k) * spectrum.resolution_hz;
                if (frequency > kLastHz || !(spectrum.power[k] > 0.0)) continue;
                highest = std::max(highest, spectrum.power[k]);
                lowest = std::min(lowest, spectrum.power[k]);
                file.add(frequency, spectrum.power[k]);
                ++points;
            }
            file.close();
            if (points > 0) parts.push_back(pairs(name) + " with lines " + style);
        };
        const double bin_ms = window_.rate_bin_ms;
        for (std::size_t p = 0; p < spikes_.populations.size(); ++p)
            add("spectrum-" + std::to_string(p), analysis::spectrum_of(meter_.rate_hz(p), bin_ms),
                "lw 0.8 lc rgb '" + std::string(colour(p)) + "'");
        if (spikes_.populations.size() > 1)
            add("spectrum-all", analysis::spectrum_of(meter_.network_rate_hz(), bin_ms), "lw 1.4 lc rgb 'black'");
        if (!(highest > 0.0)) highest = 1.0, lowest = 0.1;
        lowest = std::max(lowest, 1e-7 * highest);  // what is below is left of rounding

        const double independent = 2.0 * measures_.network.rate_hz / static_cast<double>(neurons());
        if (independent > 0.0) {
            lowest = std::min(lowest, independent);
            parts.push_back(gnuplot_number(independent) + " with lines dashtype 2 lw 1 lc rgb '" + std::string(kGrey) +
                            "'");
        }
        const double bottom = std::pow(10.0, std::floor(std::log10(lowest))),
                     top = std::pow(10.0, std::ceil(std::log10(highest * 1.3)));
        script_ += "set xrange [0:" + gnuplot_number(kLastHz) + "]\nset xtics " + tics(kLastHz, 5) +
                   " textcolor rgb 'black'\nset logscale y\nset ytics 10\nset format y '10^{%L}'\nset yrange [" +
                   gnuplot_number(bottom) + ':' + gnuplot_number(top) + "]\n";
        int tag = 20;
        for (std::size_t band = 0; band < analysis::kBands.size(); ++band) {
            const auto& b = analysis::kBands[band];
            if (band % 2 == 0)
                script_ += "set object " + std::to_string(tag) + " rectangle from " + gnuplot_number(b.low_hz) + ',' +
                           gnuplot_number(bottom) + " to " + gnuplot_number(b.high_hz) + ',' + gnuplot_number(top) +
                           " behind fillcolor rgb '#EEEEEE' fillstyle solid noborder\n";
            static constexpr std::array<std::string_view, 5> kGreek{"δ", "θ", "α", "β", "γ"};
            script_ += "set label " + std::to_string(tag++) + " '" + std::string(kGreek[band]) + "' at first " +
                       gnuplot_number(0.5 * (b.low_hz + b.high_hz)) + ", graph 1.05 center textcolor rgb '" +
                       std::string(kGrey) + "'" + font(kind_, 0.9) + '\n';
        }
        std::string legend = spikes_.populations.size() > 1 ? "black: all; " : "";
        script_ += "set label 9 " + gnuplot_text(legend + "dashes: independent neurons") +
                   " at graph 0.98,0.94 right textcolor rgb '" + std::string(kGrey) + "'" + font(kind_, 0.9) + '\n';
        plot(parts);
        script_ += "unset logscale y\nunset format\n";
    }

    /// Viridis, by nine of its colours: even in lightness, and told apart with any kind of colour vision.
    static std::string palette() {
        return "set palette defined (0 '#440154', 1 '#472c7a', 2 '#3b518b', 3 '#2c718e', 4 '#21908d', 5 '#27ad81', "
               "6 '#5cc863', 7 '#aadc32', 8 '#fde725')\n";
    }

    const RecordedSpikes& spikes_;
    const analysis::Meter& meter_;
    const analysis::NetworkMeasures& measures_;
    const std::string& title_;
    PictureKind kind_;
    const fs::path& folder_;
    analysis::Window window_;
    TimeAxis axis_;
    std::string script_;
};

}  // namespace

void draw_analysis(const RecordedSpikes& spikes, const analysis::Meter& meter,
                   const analysis::NetworkMeasures& measures, const std::string& title, const fs::path& file) {
    const TemporaryFolder folder;
    draw_picture(Sheet(spikes, meter, measures, title, picture_kind(file), folder.path()).script(), folder.path(),
                 file);
}

}  // namespace izhi::apps
