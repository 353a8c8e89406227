// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "neuron_plot.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

/// The most points of a curve, more than a page resolves.
constexpr std::size_t kMostCurvePoints = 6000;

// The page, as shares of its width and height.
constexpr double kLeft = 0.090, kRight = 0.585, kPlaneLeft = 0.690, kPlaneRight = 0.980;
/// Heights of v, u and I.
const std::vector<Sheet::Stretch> kOverTime{{0.535, 0.870}, {0.305, 0.490}, {0.105, 0.260}};
/// The place of the names of vertical axes.
constexpr double kNames = 0.022, kPlaneNames = 0.622;
/// Width of a character of a number beside an axis, rounded up.
constexpr double kTicCharacter = 0.0092;

struct AxisRange {
    double low = HUGE_VAL, high = -HUGE_VAL;
    void include(double value) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
    /// With a margin on either side; never empty.
    [[nodiscard]] AxisRange wider(double share) const {
        const double magnitude = std::max(1.0, std::abs(high));
        // A constant curve needs a range too; a variation of a thousandth of a mV counts as constant.
        if (high - low < 1e-6 * magnitude) return {low - 1.0, high + 1.0};
        const double margin = std::max(share * (high - low), 1e-3 * magnitude);
        return {low - margin, high + margin};
    }
};

AxisRange range_of(const std::vector<NeuronTrace>& traces, std::vector<double> NeuronTrace::*column) {
    AxisRange range;
    for (const NeuronTrace& trace : traces)
        for (const double value : trace.*column) range.include(value);
    return range;
}

/// The trajectory, cut at resets: it goes up to the threshold, and continues from (c, u + d).
std::vector<Points> pieces_of(const NeuronRun& run, const NeuronTrace& trace) {
    std::vector<Points> pieces(1);
    std::size_t spike = 0;
    const std::size_t stride = std::max<std::size_t>(1, trace.v.size() / (10 * kMostCurvePoints));
    for (std::size_t i = 0; i < trace.v.size(); ++i) {
        if (spike < trace.spike_samples.size() && trace.spike_samples[spike] == i) {
            pieces.back().emplace_back(trace.v[i], trace.u[i] - run.neuron.d);
            pieces.push_back({{run.neuron.c, trace.u[i]}});
            ++spike;
        } else if (i % stride == 0) {
            pieces.back().emplace_back(trace.v[i], trace.u[i]);
        }
    }
    return pieces;
}

Points v_nullcline(const NeuronParameters& neuron, const AxisRange& v, double input) {
    // v' is 0 where u equals v' at u = 0, times C in the nine-parameter form.
    const double factor = neuron.model.form == ModelForm::nine_parameter ? neuron.model.capacitance : 1.0;
    Points points;
    for (int i = 0; i <= 400; ++i) {
        const double at = v.low + (v.high - v.low) * i / 400.0;
        points.emplace_back(at, factor * slope_v(neuron, at, 0.0, input));
    }
    return points;
}

/// Whether any part of a curve lies within the range, also between two of its points.
bool crosses(const Points& points, const AxisRange& y) {
    AxisRange seen;
    for (const auto& [x, value] : points) seen.include(value);
    return seen.high >= y.low && seen.low <= y.high;
}

/// The left end of a panel whose axis has this name and these tics, so that the numbers do not overlap the name.
double clear_of(double name, double left, const std::string& tics) {
    std::size_t longest = 0;
    for (auto quote = tics.find('\''); quote != std::string::npos; quote = tics.find('\'', quote + 1)) {
        const auto end = tics.find('\'', quote + 1);
        if (end == std::string::npos) break;
        longest = std::max(longest, end - quote - 1);
        quote = end;
    }
    return std::max(left, name + 0.030 + kTicCharacter * static_cast<double>(longest));
}

double lowest_of(const Points& points) {
    return std::min_element(points.begin(), points.end(), [](auto p, auto q) { return p.second < q.second; })->second;
}

Points u_nullcline(const NeuronParameters& n, const AxisRange& v, const AxisRange& u) {
    if (n.model.form == ModelForm::acc) return {{-65.0, u.low}, {-65.0, u.high}};
    const double rest = n.model.form == ModelForm::nine_parameter ? n.model.vr : 0.0;
    return {{v.low, n.b * (v.low - rest)}, {v.high, n.b * (v.high - rest)}};
}

/// A curve of the phase plane and its line in the legend.
struct Nullcline {
    std::string text;
    std::string_view colour;
    double width;
    int dashes;
    Points points;
};

Nullcline of_v(const NeuronParameters& neuron, const AxisRange& v, double input, std::string_view colour) {
    return {"v' = 0 at I = " + plain(input, 4), colour, 1.2, 1, v_nullcline(neuron, v, input)};
}

/// The samples in a window of time and one more on either side, so that curves enter and leave the window.
NeuronTrace part_of(const NeuronTrace& trace, const PictureStyle::Window& window) {
    const auto begin = std::upper_bound(trace.t_ms.begin(), trace.t_ms.end(), window.from_ms);
    const auto end = std::lower_bound(begin, trace.t_ms.end(), window.to_ms);
    const auto first = begin - trace.t_ms.begin() - (begin != trace.t_ms.begin() ? 1 : 0);
    const auto last = end - trace.t_ms.begin() + (end != trace.t_ms.end() ? 1 : 0);
    NeuronTrace part;
    for (const auto column : {&NeuronTrace::t_ms, &NeuronTrace::v, &NeuronTrace::u, &NeuronTrace::input})
        (part.*column).assign((trace.*column).begin() + first, (trace.*column).begin() + last);
    for (const std::size_t sample : trace.spike_samples)
        if (sample >= static_cast<std::size_t>(first) && sample < static_cast<std::size_t>(last))
            part.spike_samples.push_back(sample - static_cast<std::size_t>(first));
    return part;
}

class NeuronPage {
public:
    NeuronPage(const NeuronPicture& picture, const fs::path& file, const PictureStyle& style)
        : picture_(picture), sheet_(file, 7.0, 5.2, style),
          window_(window_of(style, 0.0, std::max(1e-9, picture.traces.front().t_ms.back()))) {
        if (style.window)
            for (NeuronTrace& trace : picture_.traces) trace = part_of(trace, window_);
    }

    std::vector<fs::path> draw() {
        sheet_.layout({{kLeft, kRight}, {kPlaneLeft, kPlaneRight}}, kOverTime);
        // Panels with the same time axis have the same left end.
        for (const auto column : {&NeuronTrace::v, &NeuronTrace::u, &NeuronTrace::input})
            left_ = std::max(left_, clear_of(kNames, kLeft, tics_of(column)));
        sheet_.layout({{left_, kRight}, {kPlaneLeft, kPlaneRight}}, kOverTime);
        over_time("v [mV]", &NeuronTrace::v, kOverTime[0]);
        over_time("u [" + picture_.recovery_unit + "]", &NeuronTrace::u, kOverTime[1]);
        over_time("I [" + picture_.current_unit + "]", &NeuronTrace::input, kOverTime[2]);
        phase_plane();
        return sheet_.draw();
    }

private:
    /// The vertical axis of a panel over time.
    [[nodiscard]] AxisRange range_over_time(std::vector<double> NeuronTrace::*column) const {
        AxisRange range = range_of(picture_.traces, column);
        if (column == &NeuronTrace::input) range.include(0.0);
        return range.wider(0.08);
    }
    [[nodiscard]] std::string tics_of(std::vector<double> NeuronTrace::*column) const {
        const AxisRange range = range_over_time(column);
        return tics_between(range.low, range.high, sheet_.room_up(column == &NeuronTrace::v ? 8 : 4));
    }

    void over_time(const std::string& label, std::vector<double> NeuronTrace::*column, const Sheet::Stretch& height) {
        const bool first = column == &NeuronTrace::v, last = column == &NeuronTrace::input;
        sheet_.panel({left_, kRight, height.from, height.to});
        if (first) {
            sheet_.title(picture_.title, sheet_.on_page(0.025, 0.962));
            sheet_.text(picture_.facts, sheet_.on_page(0.025, 0.920), "left", sheet_.fitted(picture_.facts, 0.025, 1.0),
                        kGrey);
        }
        const AxisRange range = range_over_time(column);
        sheet_.x_axis(window_.from_ms, window_.to_ms, time_tics(window_.from_ms, window_.to_ms, sheet_.room_across(6)),
                      last ? Sheet::Numbers::shown : Sheet::Numbers::hidden);
        sheet_.y_axis(range.low, range.high, tics_of(column));
        sheet_.y_label(label, kNames);
        if (last) sheet_.x_label("time [ms]", 0.038);
        sheet_.table(kNeuronPanels[first ? 0 : last ? 2 : 1], {"run", "time [ms]", label});
        // The first run is drawn last, on top of the runs with which it is compared.
        for (std::size_t r = picture_.traces.size(); r-- > 0;) {
            const NeuronTrace& trace = picture_.traces[r];
            // The input of a step belongs to the interval before its time stamp, or after it.
            const bool at_end = picture_.runs[r].stamps == TimeStamps::step_end;
            const Points points = thinned(trace.t_ms, trace.*column, kMostCurvePoints);
            sheet_.rows(picture_.labels[r], points);
            sheet_.line(points, series_colour(r), 1.0, !last ? "lines" : at_end ? "fsteps" : "steps");
        }
        sheet_.plot();
    }

    void phase_plane() {
        const NeuronRun& run = picture_.runs.front();
        const double bottom = 0.305, top = 0.870;
        // The height of the legend below depends on its letters.
        sheet_.layout({{left_, kRight}, {kPlaneLeft, kPlaneRight}}, {{bottom, top}});
        AxisRange v = range_of(picture_.traces, &NeuronTrace::v).wider(0.06);
        AxisRange u = range_of(picture_.traces, &NeuronTrace::u);
        for (const NeuronTrace& trace : picture_.traces)
            for (const std::size_t i : trace.spike_samples) u.include(trace.u[i] - run.neuron.d);
        const AxisRange input = range_of(picture_.traces, &NeuronTrace::input);
        // The picture includes the lowest points of the nullclines, unless they would make the rest small.
        const double extent = u.high - u.low;
        for (const double current : {input.low, input.high})
            if (const double lowest = lowest_of(v_nullcline(run.neuron, v, current));
                lowest > u.low - 0.5 * extent && lowest < u.high + 0.5 * extent)
                u.include(lowest);
        u = u.wider(0.12);

        const std::string u_tics = tics_between(u.low, u.high, sheet_.room_up(8));
        const double left = clear_of(kPlaneNames, kPlaneLeft, u_tics);
        sheet_.panel({left, kPlaneRight, bottom, top});
        sheet_.x_axis(v.low, v.high, tics_between(v.low, v.high, sheet_.room_across(7)));
        sheet_.y_axis(u.low, u.high, u_tics);
        const std::string u_label = "u [" + picture_.recovery_unit + "]";
        sheet_.y_label(u_label, kPlaneNames);
        sheet_.x_label("v [mV]", 0.240);
        std::vector<Nullcline> nullclines{{"u' = 0", "#999999", 1.0, 2, u_nullcline(run.neuron, v, u)},
                                          of_v(run.neuron, v, input.low, "#BBBBBB")};
        if (input.high > input.low) nullclines.push_back(of_v(run.neuron, v, input.high, "#666666"));
        // Curves outside the panel are not in the legend.
        std::erase_if(nullclines, [&](const Nullcline& nullcline) { return !crosses(nullcline.points, u); });
        legend(nullclines);
        sheet_.table(kNeuronPanels[3], {"curve", "v [mV]", u_label});
        for (const Nullcline& n : nullclines) {
            sheet_.rows(n.text, n.points);
            sheet_.line(n.points, n.colour, n.width, "lines dt " + std::to_string(n.dashes));
        }
        for (std::size_t r = picture_.traces.size(); r-- > 0;) {
            const std::vector<Points> pieces = pieces_of(picture_.runs[r], picture_.traces[r]);
            // Many resets give many pieces. Only the last few hundred are drawn.
            const std::size_t first = pieces.size() > 300 ? pieces.size() - 300 : 0;
            for (std::size_t p = first; p < pieces.size(); ++p) {
                sheet_.rows(picture_.labels[r], pieces[p]);
                sheet_.line(pieces[p], series_colour(r), 0.7);
            }
        }
        sheet_.plot();
    }

    /// The legend under the phase plane: first the nullclines, then the runs.
    void legend(const std::vector<Nullcline>& nullclines) {
        double height = 0.185;
        const auto line = [&](const std::string& text, std::string_view colour, int dashes) {
            if (height < 0.02) return;
            sheet_.arrow(sheet_.on_page(kPlaneLeft - 0.055, height), sheet_.on_page(kPlaneLeft - 0.020, height),
                         "nohead dt " + std::to_string(dashes), colour, 1.4);
            sheet_.text(text, sheet_.on_page(kPlaneLeft - 0.010, height), "left",
                        sheet_.fitted(text, kPlaneLeft - 0.010, 0.875));
            height -= 0.033;
        };
        for (const Nullcline& nullcline : nullclines) line(nullcline.text, nullcline.colour, nullcline.dashes);
        for (std::size_t r = 0; r < picture_.labels.size(); ++r) line(picture_.labels[r], series_colour(r), 1);
    }

    NeuronPicture picture_;
    Sheet sheet_;
    PictureStyle::Window window_;
    double left_ = kLeft;
};

}  // namespace

Points thinned(const std::vector<double>& x, const std::vector<double>& y, std::size_t most) {
    Points points;
    const std::size_t stretch = std::max<std::size_t>(1, 2 * y.size() / most);
    for (std::size_t begin = 0; begin < y.size(); begin += stretch) {
        const std::size_t end = std::min(begin + stretch, y.size());
        const auto first = y.begin() + static_cast<std::ptrdiff_t>(begin),
                   last = y.begin() + static_cast<std::ptrdiff_t>(end);
        const auto [low, high] = std::minmax_element(first, last);
        const auto one = static_cast<std::size_t>(std::min(low, high) - y.begin());
        const auto two = static_cast<std::size_t>(std::max(low, high) - y.begin());
        points.emplace_back(x[one], y[one]);
        if (two != one) points.emplace_back(x[two], y[two]);
    }
    return points;
}

std::vector<fs::path> draw_neuron(const NeuronPicture& picture, const fs::path& file, const PictureStyle& style) {
    return NeuronPage(picture, file, style).draw();
}

}  // namespace izhi::apps
