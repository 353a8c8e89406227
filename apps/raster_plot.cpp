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

#include "izhi/error.hpp"
#include "output_paths.hpp"
#include "subprocess.hpp"
#include "units.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

// Eight colours that people with any kind of colour vision can tell apart (Okabe and Ito 2008); the strongest on white first.
constexpr std::array<std::string_view, 8> kColours{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                   "#E69F00", "#56B4E9", "#000000", "#8C8C00"};

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

/// A gnuplot string. Single quotes: neither backslashes nor backquotes mean anything in them.
std::string literal(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') result += '\'';
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    return result + "'";
}

std::string number(double value) {
    std::array<char, 40> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.9g", value);
    return buffer.data();
}

/// 1, 2 or 5 times a power of ten, not below `value`.
double round_up_125(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= value * (1.0 - 1e-9)) return factor * power;
    return 10.0 * power;
}

/// ("0" 0, "2,000" 2000, ...), about `wanted` of them. gnuplot's own thousands separators hang on the user's locale.
std::string tics(double end, int wanted, double smallest_step = 0.0) {
    const double step = std::max(smallest_step, round_up_125(end / wanted));
    std::string text = "(";
    for (int i = 0; i * step <= end * (1.0 + 1e-9); ++i) {
        const double at = i * step;
        const std::string label = at >= 1000.0 ? grouped(static_cast<std::uint64_t>(std::llround(at))) : plain(at, 6);
        text += (i == 0 ? "" : ", ") + literal(label) + ' ' + number(at);
    }
    return text + ')';
}

struct TimeAxis {
    std::string_view unit;
    double units_per_ms;
};

TimeAxis time_axis(double duration_ms) {
    if (duration_ms <= 2000.0) return {"ms", 1.0};
    if (duration_ms <= 300'000.0) return {"s", 1e-3};
    return {"min", 1.0 / 60'000.0};
}

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

/// Pairs of floats in binary: gnuplot parses text at a tenth of the speed.
class PairFile {
public:
    explicit PairFile(const fs::path& file) : file_(file), stream_(file, std::ios::binary) {}
    void add(double x, double y) {
        const std::array<float, 2> pair{static_cast<float>(x), static_cast<float>(y)};
        stream_.write(reinterpret_cast<const char*>(pair.data()), sizeof pair);
    }
    void close() {
        stream_.close();
        if (!stream_) throw RunError("cannot write '" + file_.string() + "': is the disk full?");
    }

private:
    fs::path file_;
    std::ofstream stream_;
};

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
        script_ = terminal();
        script_ += "set output 'picture'\n"
                   "set multiplot\n"
                   "set border 3 linewidth 0.8 linecolor rgb '#404040'\n"
                   "set tics out nomirror scale 0.5\n"
                   "unset key\n"
                   "set lmargin at screen " +
                   number(left_) + "\nset rmargin at screen " + number(right_) +
                   "\n"
                   "set xrange [0:" +
                   number(duration()) + "]\n";
        raster();
        rates();
        script_ += "unset multiplot\nset output\n";
        return script_;
    }

private:
    [[nodiscard]] double duration() const { return std::max(duration_ms_, 1e-9) * axis_.units_per_ms; }

    /// 7 x 5.2 inches with letters of 8 points: two columns of a journal. The PNG has 300 dots per inch.
    [[nodiscard]] std::string terminal() const {
        switch (kind_) {
            case PictureKind::svg: return "set terminal svg size 840,624 font 'Sans,12' background rgb 'white'\n";
            // This terminal's points are about 0.65 of a printer's.
            case PictureKind::pdf: return "set terminal pdfcairo size 7in,5.2in font 'Sans,12' linewidth 1.3\n";
            case PictureKind::png: break;
        }
        return "set terminal pngcairo size 2100,1560 font 'Sans,8' fontscale 3.2 linewidth 3 pointscale 3\n";
    }

    /// ", font" of a label that is larger or smaller than the rest.
    [[nodiscard]] std::string font(double factor) const {
        return " font '," + number((kind_ == PictureKind::png ? 8.0 : 12.0) * factor) + "'";
    }

    void raster() {
        script_ += "set tmargin at screen " + number(kRasterTop) + "\nset bmargin at screen " + number(kRasterBottom) +
                   "\n"
                   "set label 1 " +
                   literal(title_.network) + " at screen " + number(left_) + ",0.962 left noenhanced" + font(1.4) +
                   "\n"
                   "set label 2 " +
                   literal(title_.facts) + " at screen " + number(left_) +
                   ",0.920 left noenhanced textcolor rgb '#404040'\n"
                   "set label 5 'neuron' at screen 0.020," +
                   number(0.5 * (kRasterTop + kRasterBottom)) +
                   " center rotate\n"
                   "set yrange [-0.5:" +
                   number(neurons_ - 0.5) +
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
                       literal(population_name(population) + "  " + grouped(population.size)) + " at graph 1.012," +
                       number(label.at) + " left noenhanced textcolor rgb '" + std::string(colour(label.population)) +
                       "'\n";
        }
        std::vector<std::string> parts;
        const std::vector<std::size_t> counts = write_dots();
        for (std::size_t p = 0; p < counts.size(); ++p) {
            if (counts[p] == 0) continue;
            parts.push_back("'dots-" + std::to_string(p) +
                            "' binary format='%float32%float32' using 1:2 with points pt 7 ps " + number(dot_size()) +
                            " lc rgb '" + std::string(colour(p)) + "'");
        }
        plot(parts);
    }

    void rates() {
        script_ += "unset label\n"
                   "set tmargin at screen " +
                   number(kRatesTop) + "\nset bmargin at screen " + number(kRatesBottom) +
                   "\n"
                   "set xtics " +
                   tics(duration(), 10) +
                   " textcolor rgb 'black'\n"
                   "set label 6 'time [" +
                   std::string(axis_.unit) + "]' at screen " + number(0.5 * (left_ + right_)) +
                   ",0.042 center\n"
                   "set label 5 'rate [Hz]' at screen 0.020," +
                   number(0.5 * (kRatesTop + kRatesBottom)) + " center rotate\n";
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
            PairFile file(folder_ / ("rate-" + std::to_string(p)));
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
        script_ += "set yrange [0:" + number(top) + "]\nset ytics " + tics(top, 4) + "\n";

        int tag = 10;
        const double line = kLabelHeight * (kRasterTop - kRasterBottom) / (kRatesTop - kRatesBottom);
        double at = 1.0 - 0.5 * line;
        // From the top, as beside the raster.
        std::vector<Label> labels = place_labels(data_, neurons_);
        std::reverse(labels.begin(), labels.end());
        for (const Label& label : labels) {
            if (at < 0.0) break;
            script_ += "set label " + std::to_string(tag++) + ' ' +
                       literal(population_name(data_.populations()[label.population]) + "  " +
                               fixed(means[label.population], 1) + " Hz") +
                       " at graph 1.012," + number(at) + " left noenhanced textcolor rgb '" +
                       std::string(colour(label.population)) + "'\n";
            at -= line;
        }
        if (const std::string text = sampling(); !text.empty())
            script_ += "set label 3 " + literal(text) + " at screen " + number(left_) + ",0.042 left noenhanced" +
                       font(0.875) + " textcolor rgb '#404040'\n";
        script_ += "set label 4 " + literal("rates: Gaussian window, σ = " + seconds_text(sigma_ms / 1e3)) +
                   " at screen " + number(right_) + ",0.042 right noenhanced" + font(0.875) +
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
            PairFile file(folder_ / ("dots-" + std::to_string(p)));
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

std::string_view terminal_name(PictureKind kind) {
    switch (kind) {
        case PictureKind::svg: return "svg";
        case PictureKind::pdf: return "pdfcairo";
        case PictureKind::png: break;
    }
    return "pngcairo";
}

std::string first_line(const std::string& text) {
    const auto begin = text.find_first_not_of(" \n\r\t");
    if (begin == std::string::npos) return "no reason given";
    return text.substr(begin, text.find_first_of("\r\n", begin) - begin);
}

}  // namespace

PictureKind picture_kind(const fs::path& file) {
    const std::string ending = file.extension().string();
    if (ending == ".png") return PictureKind::png;
    if (ending == ".svg") return PictureKind::svg;
    if (ending == ".pdf") return PictureKind::pdf;
    throw Error("", "--plot", "is '" + file.string() + "'", "a file that ends in .png, .svg or .pdf");
}

std::size_t most_dots(PictureKind kind) noexcept { return kind == PictureKind::png ? 160'000 : 40'000; }

void require_gnuplot(PictureKind kind) {
    const std::string terminal(terminal_name(kind));
    const auto finished = run_program({"gnuplot", "--default-settings", "-e", "set terminal " + terminal});
    if (!finished || finished->exit_code == 127)
        throw RunError(
            "--plot needs gnuplot, which is not installed (Debian: apt-get install gnuplot-nox); nothing was run");
    if (finished->exit_code != 0)
        throw RunError("--plot needs a gnuplot with the terminal " + terminal +
                       " (Debian: apt-get install gnuplot-nox); nothing was run");
}

void draw_raster(const RasterData& data, std::uint64_t steps, const PictureTitle& title, const fs::path& file) {
    const TemporaryFolder folder;
    {
        std::ofstream script(folder.path() / "picture.gp");
        script << Picture(data, steps, title, picture_kind(file), folder.path()).script();
        script.close();
        if (!script) throw RunError("cannot write in '" + folder.path().string() + "': is the disk full?");
    }
    const auto finished = run_program({"gnuplot", "--default-settings", "picture.gp"}, folder.path());
    std::error_code ignored;
    if (!finished || finished->exit_code != 0 || fs::file_size(folder.path() / "picture", ignored) == 0 || ignored)
        throw RunError("gnuplot could not draw '" + file.string() +
                       "': " + first_line(finished ? finished->output : ""));
    place_file(folder.path() / "picture", file);
}

}  // namespace izhi::apps
