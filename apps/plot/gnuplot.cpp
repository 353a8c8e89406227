// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "gnuplot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "engine/base/text_file.hpp"
#include "izhi/error.hpp"
#include "png_resolution.hpp"
#include "subprocess.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

constexpr double kDotsPerInch = 300.0;  // for PNG

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

/// A point of gnuplot's .svg and .pdf is about 0.65 of a printer's point.
double terminal_points(PictureKind kind, double points) { return kind == PictureKind::png ? points : 1.5 * points; }

/// ("0" 0, "2,000" 2000, ...): multiples of a step.
std::string tics_of_step(double begin, double end, double step) {
    std::string text;
    for (double i = std::ceil(begin / step - 1e-9) + 0.0; i * step <= end * (1.0 + 1e-9); ++i) {
        const double at = i * step;
        const std::string label = at >= 1000.0 ? grouped(static_cast<std::uint64_t>(std::llround(at))) : plain(at, 6);
        text += (text.empty() ? "" : ", ") + gnuplot_text(label) + ' ' + gnuplot_number(at);
    }
    return '(' + text + ')';
}

/// Writes the resolution into a PNG.
void add_resolution(const fs::path& picture) {
    const std::optional<std::string> drawn = detail::read_text_file(picture, std::size_t{1} << 30U);
    std::ofstream stream(picture, std::ios::binary | std::ios::trunc);
    if (drawn) stream << with_resolution(*drawn, kDotsPerInch);
    stream.close();
    if (!drawn || !stream) throw RunError("cannot write '" + picture.string() + "': is the disk full?");
}

}  // namespace

PictureKind picture_kind(const fs::path& file, std::string_view asker) {
    const std::string ending = file.extension().string();
    if (ending == ".png") return PictureKind::png;
    if (ending == ".svg") return PictureKind::svg;
    if (ending == ".pdf") return PictureKind::pdf;
    throw Error("", std::string(asker), "is '" + file.string() + "'", "a file that ends in .png, .svg or .pdf");
}

void require_gnuplot(PictureKind kind, std::string_view asker) {
    const std::string name(terminal_name(kind)), who(asker);
    const auto finished = run_program({"gnuplot", "--default-settings", "-e", "set terminal " + name});
    if (!finished || finished->exit_code == 127)
        throw RunError(who +
                       " needs gnuplot, which is not installed (Debian: apt-get install gnuplot-nox); nothing was run");
    if (finished->exit_code != 0)
        throw RunError(who + " needs a gnuplot with the terminal " + name +
                       " (Debian: apt-get install gnuplot-nox); nothing was run");
}

std::string gnuplot_text(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') result += '\'';
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    return result + "'";
}

std::string gnuplot_number(double value) {
    std::array<char, 40> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.9g", value);
    return buffer.data();
}

std::string cut_in_middle(const std::string& name, std::size_t most) {
    if (name.size() <= most) return name;
    const std::size_t side = (most - 2) / 2;
    return name.substr(0, side) + ".." + name.substr(name.size() - side);
}

double round_up_125(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= value * (1.0 - 1e-9)) return factor * power;
    return 10.0 * power;
}

std::string tics(double end, int wanted, double smallest_step) {
    return tics_of_step(0.0, end, std::max(smallest_step, round_up_125(end / wanted)));
}

std::string time_tics(double begin, double end, int wanted) {
    return tics_of_step(begin, end, round_up_125((end - begin) / wanted));
}

std::string tics_between(double low, double high, int wanted) {
    const double step = round_up_125((high - low) / wanted);
    std::string text;
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i)
        text += (text.empty() ? "" : ", ") + gnuplot_text(plain(i * step, 6)) + ' ' + gnuplot_number(i * step);
    return '(' + text + ')';
}

TimeAxis time_axis(double duration_ms) {
    if (duration_ms <= 2000.0) return {"ms", 1.0};
    if (duration_ms <= 300'000.0) return {"s", 1e-3};
    return {"min", 1.0 / 60'000.0};
}

std::string terminal(PictureKind kind, double width_in, double height_in, double points) {
    const auto size = [&](double per_inch) {
        return gnuplot_number(std::round(width_in * per_inch)) + ',' + gnuplot_number(std::round(height_in * per_inch));
    };
    const std::string letters = " font 'Sans," + gnuplot_number(terminal_points(kind, points)) + "'";
    switch (kind) {
        case PictureKind::svg: return "set terminal svg size " + size(120.0) + letters + " background rgb 'white'\n";
        case PictureKind::pdf:
            return "set terminal pdfcairo size " + gnuplot_number(width_in) + "in," + gnuplot_number(height_in) + "in" +
                   letters + " linewidth 1.3\n";
        case PictureKind::png: break;
    }
    return "set terminal pngcairo size " + size(kDotsPerInch) + letters + " fontscale 3.2 linewidth 3 pointscale 3\n";
}

std::string font(PictureKind kind, double points) {
    return " font '," + gnuplot_number(terminal_points(kind, points)) + "'";
}

void FloatFile::add(std::span<const double> row) {
    for (const double value : row) {
        const auto single = static_cast<float>(value);
        stream_.write(reinterpret_cast<const char*>(&single), sizeof single);
    }
}

void FloatFile::close() {
    stream_.close();
    if (!stream_) throw RunError("cannot write '" + file_.string() + "': is the disk full?");
}

void draw_picture(const std::string& script, const fs::path& folder, const fs::path& file) {
    {
        std::ofstream stream(folder / "picture.gp");
        stream << script;
        stream.close();
        if (!stream) throw RunError("cannot write in '" + folder.string() + "': is the disk full?");
    }
    const auto finished = run_program({"gnuplot", "--default-settings", "picture.gp"}, folder);
    std::error_code ignored;
    if (!finished || finished->exit_code != 0 || fs::file_size(folder / "picture", ignored) == 0 || ignored)
        throw RunError("gnuplot could not draw '" + file.string() +
                       "': " + first_line(finished ? finished->output : ""));
    if (picture_kind(file) == PictureKind::png) add_resolution(folder / "picture");
    place_file(folder / "picture", file);
}

}  // namespace izhi::apps
