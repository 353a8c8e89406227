// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "figures.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <sstream>
#include <string_view>

#include "apps/networks/networks.hpp"
#include "apps/plot/sheet.hpp"
#include "apps/text/units.hpp"
#include "cost_table.hpp"
#include "engine/base/text.hpp"
#include "engine/networks/builtin_networks.hpp"
#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/simulation.hpp"
#include "izhi/single_neuron.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;
using izhi::detail::number_text;

constexpr std::string_view kBlue = kColours[0], kOrange = kColours[1], kGreen = kColours[2];
constexpr std::string_view kLightGrey = "#8A8A8A";

/// Numbers beside all axes are black, as in the papers.
class FigureSheet : public Sheet {
public:
    FigureSheet(const fs::path& file, double width_in, double height_in, const PictureStyle& style)
        : Sheet(file, width_in, height_in, style) {
        style_numbers("#000000", "#000000", "%g");
    }
};

// ---------------------------------------------------------------- computing

struct NamedRun {
    std::string name;
    NeuronRun run;
};

/// name,t_ms,v,u,input,fired
FigureTable traces_table(const std::string& file, const std::string& key, const std::vector<NamedRun>& runs) {
    std::string csv = key + ",t_ms,v,u,input,fired\n";
    for (const NamedRun& named : runs) {
        const NeuronTrace trace = run_neuron(named.run);
        std::size_t spike = 0;
        for (std::size_t i = 0; i < trace.t_ms.size(); ++i) {
            const bool fired = spike < trace.spike_samples.size() && trace.spike_samples[spike] == i;
            spike += fired ? 1 : 0;
            csv += named.name + ',' + number_text(trace.t_ms[i]) + ',' + number_text(trace.v[i]) + ',' +
                   number_text(trace.u[i]) + ',' + number_text(trace.input[i]) + (fired ? ",1\n" : ",0\n");
        }
    }
    return {file, csv};
}

/// The resting potential of a neuron: the lower root of 0.04 v^2 + (5 - b) v + 140.
double rest_of(double b) { return (b - 5.0 - std::sqrt((5.0 - b) * (5.0 - b) - 22.4)) / 0.08; }

NeuronRun from_rest(const NamedCellType& type, Current current, double duration_ms) {
    const NeuronParameters neuron{type.cell.a.p0, type.cell.b.p0, type.cell.c.p0, type.cell.d.p0, {}};
    const double v0 = rest_of(neuron.b);
    return {.neuron = neuron,
            .v0 = v0,
            .u0 = neuron.b * v0,
            .numerics = Numerics::accurate,
            .dt_ms = 0.1,
            .steps = static_cast<std::uint64_t>(std::llround(duration_ms / 0.1)),
            .current = std::move(current)};
}

const NamedCellType& cell_type(std::string_view name) {
    for (const NamedCellType& type : named_cell_types())
        if (type.name == name) return type;
    throw RunError("no cell type " + std::string(name));
}

// ---------------------------------------------------------------- Figure 1

std::vector<FigureTable> compute_figure_1() {
    std::string types = "type,a,b,c,d\n";
    for (const NamedCellType& type : named_cell_types()) {
        if (type.cell.c.kind != Distribution::Kind::constant || type.cell.a.kind != Distribution::Kind::constant)
            continue;
        types += std::string(type.name);
        for (const Distribution& value : {type.cell.a, type.cell.b, type.cell.c, type.cell.d})
            types += ',' + number_text(value.p0);
        types += '\n';
    }
    const NamedRun rs{"RS", from_rest(cell_type("RS"), {{.start_ms = 5.0, .value = 10.0}}, 60.0)};
    return {traces_table("figure-1-trace.csv", "type", {rs}), {"figure-1-types.csv", types}};
}

/// Draws a plane of two parameters; types at the same place share one label.
void parameter_plane(Sheet& sheet, const TableReader& types, const char* x, const char* y) {
    const std::vector<double> xs = types.numbers(x), ys = types.numbers(y);
    std::vector<std::pair<std::pair<double, double>, std::string>> places;
    for (std::size_t i = 0; i < xs.size(); ++i) {
        const std::pair<double, double> place{xs[i], ys[i]};
        const auto known = std::find_if(places.begin(), places.end(), [&](const auto& p) { return p.first == place; });
        if (known == places.end()) places.emplace_back(place, types.text("type")[i]);
        else known->second += ", " + types.text("type")[i];
    }
    Points points;
    for (const auto& [place, text] : places) {
        points.push_back(place);
        sheet.text(text, Sheet::at(place.first, place.second), "left offset character 0.9,0.6");
    }
    sheet.dots(points, kOrange, 0.9);
}

void draw_figure_1(const std::vector<FigureTable>& tables, const fs::path& file, const PictureStyle& style) {
    const TableReader trace(tables[0]), types(tables[1]);
    FigureSheet sheet(file, 7.0, 3.6, style);
    const Points v = trace.points("t_ms", "v"), u = trace.points("t_ms", "u");

    const std::vector<Sheet::Stretch> across{{0.075, 0.47}, {0.56, 0.745}, {0.825, 0.985}};
    sheet.layout(across, {{0.15, 0.38}, {0.44, 0.80}});
    sheet.panel({0.075, 0.47, 0.44, 0.80});
    sheet.x_axis(0, 60, "0,10,60", Sheet::Numbers::hidden);
    sheet.y_axis(-88, 42, "-80,40,40");
    sheet.marked_text("v′ = 0.04 v^2 + 5 v + 140 − u + I        u′ = a (b v − u)", sheet.on_page(0.022, 0.950), "left",
                      1.0, "#000000");
    sheet.marked_text("v ≥ 30 mV:   v ← c,   u ← u + d", sheet.on_page(0.022, 0.885), "left", 1.0, "#000000");
    sheet.y_label("v [mV]", 0.018);
    sheet.text("peak 30 mV", Sheet::at(10, 31), "left", 0.85, kGrey);
    sheet.text("reset c", Sheet::at(13.5, -80), "left", 0.85, kGrey);
    sheet.arrow(Sheet::at(13, -78), Sheet::at(9.2, -67.5), "head filled size screen 0.006,20");
    sheet.line(v, kBlue, 1.0);
    sheet.plot();

    sheet.panel({0.075, 0.47, 0.15, 0.38});
    sheet.x_axis(0, 60, "0,10,60");
    sheet.y_axis(-16, 6, "-15,5,5");
    sheet.y_label("u [mV]", 0.018);
    sheet.x_label("time [ms]", 0.035);
    sheet.text("reset d", Sheet::at(9.5, -10), "left", 0.85, kGrey);
    sheet.text("decay with rate a, sensitivity b", Sheet::at(23, 3.6), "left", 0.85, kGrey);
    sheet.line(u, kOrange, 1.0);
    sheet.plot();

    sheet.layout(across, {{0.15, 0.80}});
    sheet.panel({0.56, 0.745, 0.15, 0.80});
    sheet.x_axis(0, 0.13, "0,0.05,0.1");
    sheet.y_axis(0.18, 0.275, "0.2,0.02,0.26");
    sheet.y_label("b, sensitivity", 0.493);
    sheet.x_label("a, rate of recovery [1/ms]", 0.035);
    parameter_plane(sheet, types, "a", "b");
    sheet.plot();

    sheet.panel({0.825, 0.985, 0.15, 0.80});
    sheet.x_axis(-67, -45, "-65,5,-50");
    sheet.y_axis(-0.6, 9.2, "0,2,8");
    sheet.y_label("d, jump of u [mV]", 0.783);
    sheet.x_label("c, reset of v [mV]", 0.035);
    parameter_plane(sheet, types, "c", "d");
    sheet.plot();
    sheet.draw();
}

// ---------------------------------------------------------------- Figure 2

struct TypePanel {
    const char* key;
    const char* type;
    const char* title;
    const char* input = "";  ///< the input, if the axis does not show it
};
constexpr TypePanel kTypePanels[] = {
    {"RS", "RS", "RS, regular spiking"},
    {"IB", "IB", "IB, intrinsically bursting"},
    {"CH", "CH", "CH, chattering"},
    {"FS", "FS", "FS, fast spiking"},
    {"LTS", "LTS", "LTS, low-threshold spiking"},
    {"TC", "TC", "TC, thalamo-cortical", "2 mV/ms"},
    {"TC rebound", "TC", "TC, released from −87 mV", "−25 mV/ms"},
    {"RZ", "RZ", "RZ, resonator", "1 mV/ms"},
};

std::vector<FigureTable> compute_figure_2() {
    std::vector<NamedRun> runs;
    for (const TypePanel& panel : kTypePanels) {
        const bool rebound = std::string_view(panel.key) == "TC rebound";
        // 10 mV/ms for all types except TC and RZ, which show their behaviour at less.
        const std::string_view type = panel.type;
        const double step = type == "TC" ? 2.0 : type == "RZ" ? 1.0 : 10.0;
        const Current current = rebound ? Current{{20.0, 120.0, -25.0}} : Current{{.start_ms = 20.0, .value = step}};
        runs.push_back({panel.key, from_rest(cell_type(type), current, 220.0)});
    }
    return {traces_table("figure-2.csv", "type", runs)};
}

void draw_figure_2(const std::vector<FigureTable>& tables, const fs::path& file, const PictureStyle& style) {
    const TableReader table(tables[0]);
    FigureSheet sheet(file, 7.0, 4.4, style);
    std::vector<Sheet::Stretch> across, up;
    for (int column = 0; column < 4; ++column) across.push_back({0.072 + 0.236 * column, 0.277 + 0.236 * column});
    for (const double top : {0.930, 0.460})
        for (const auto& [low, high] : {std::pair{0.265, 0.0}, std::pair{0.345, 0.285}})
            up.push_back({top - low, top - high});
    sheet.layout(across, up);
    for (std::size_t i = 0; i < std::size(kTypePanels); ++i) {
        const TypePanel& panel = kTypePanels[i];
        const auto column = static_cast<double>(i % 4), row = static_cast<double>(i / 4);
        const double left = 0.072 + 0.236 * column, right = left + 0.205;
        const double top = 0.930 - 0.470 * row;
        const bool first = i % 4 == 0;
        sheet.panel({left, right, top - 0.265, top});
        const Sheet::Numbers beside = first ? Sheet::Numbers::shown : Sheet::Numbers::hidden;
        sheet.x_axis(0, 220, "0,100,200", Sheet::Numbers::hidden);
        sheet.y_axis(-95, 38, "-80,40,30", beside);
        if (first) sheet.y_label("v [mV]", 0.014);
        sheet.text(panel.title, sheet.on_page(left, top + 0.030), "left", 0.9);
        sheet.line(table.points("t_ms", "v", "type", panel.key), kBlue);
        sheet.plot();

        const bool bottom = i >= 4;
        const double low = top - 0.345;
        sheet.panel({left, right, low, top - 0.285});
        sheet.x_axis(0, 220, "0,100,200");
        sheet.y_axis(i == 6 ? -28 : -3, 13, i == 6 ? "(0, -25)" : "(0, 10)", beside);
        if (panel.input[0] != '\0')
            sheet.text(panel.input, Sheet::on_panel(0.98, i == 6 ? 0.32 : 0.72), "right", 0.8, kGrey);
        if (first) sheet.y_label("I [mV/ms]", 0.014, 0.85);
        if (bottom) sheet.x_label("time [ms]", 0.025, 0.9);
        sheet.line(table.points("t_ms", "input", "type", panel.key), kGrey, 0.9, "fsteps");
        sheet.plot();
    }
    sheet.draw();
}

// ---------------------------------------------------------------- Figure 3

constexpr double kFigure3Ms = 1000.0;

struct SpikeTable final : Observer {
    std::string csv = "t_ms,neuron\n";
    void spikes(std::span<const Spike> fired) override {
        for (const Spike& s : fired) csv += std::to_string(s.step) + ',' + std::to_string(s.neuron) + '\n';
    }
};

std::string_view builtin_text(std::string_view name) {
    for (const networks::BuiltinNetwork& network : networks::builtin_networks())
        if (network.name == name) return network.text;
    throw RunError("no built-in network " + std::string(name));
}

std::vector<FigureTable> compute_figure_3() {
    const Network network = io::parse_network(std::string(builtin_text("cortex-1k")), "cortex-1k.toml");
    // The first neuron of each population; neurons are not selected by their activity.
    Simulation simulation(network, {.threads = 1});
    SpikeTable spikes;
    std::vector<float> exc(800), inh(200);
    std::string traces = "t_ms,v_exc_0,v_inh_800\n";
    const auto steps = static_cast<int>(kFigure3Ms / network.dt_ms());
    for (int step = 1; step <= steps; ++step) {
        simulation.run(1, &spikes);
        simulation.read(Variable::v, PopulationId{0}, exc);
        simulation.read(Variable::v, PopulationId{1}, inh);
        const auto fired = [&](std::uint32_t neuron) {
            return spikes.csv.find('\n' + std::to_string(step) + ',' + std::to_string(neuron) + '\n',
                                   spikes.csv.size() > 20'000 ? spikes.csv.size() - 20'000 : 0) != std::string::npos;
        };
        // A spike is drawn up to the peak of 30 mV; the state itself has already been reset.
        traces += std::to_string(step) + ',' + number_text(fired(0) ? 30.0 : static_cast<double>(exc[0])) + ',' +
                  number_text(fired(800) ? 30.0 : static_cast<double>(inh[0])) + '\n';
    }
    return {{"figure-3-spikes.csv", spikes.csv}, {"figure-3-traces.csv", traces}};
}

void draw_figure_3(const std::vector<FigureTable>& tables, const fs::path& file, const PictureStyle& style) {
    const TableReader spikes(tables[0]), traces(tables[1]);
    Points exc, inh;
    for (const auto& point : spikes.points("t_ms", "neuron")) (point.second < 800.0 ? exc : inh).push_back(point);

    FigureSheet sheet(file, 7.0, 5.6, style);
    constexpr double left = 0.095, right = 0.865;
    sheet.layout({{left, right}}, {{0.090, 0.205}, {0.240, 0.355}, {0.400, 0.965}});
    sheet.panel({left, right, 0.400, 0.965});
    sheet.x_axis(0, kFigure3Ms, "0,200,1000", Sheet::Numbers::hidden);
    sheet.y_axis(-0.5, 999.5, "(0, 200, 400, 600, 800, '1,000' 1000)");
    sheet.y_label("neuron", 0.020);
    sheet.text("800 excitatory", Sheet::on_panel(1.012, 0.40), "left", 0.9, kBlue);
    sheet.text("200 inhibitory", Sheet::on_panel(1.012, 0.90), "left", 0.9, kOrange);
    sheet.dots(exc, kBlue, 0.14);
    sheet.dots(inh, kOrange, 0.14);
    sheet.plot();

    const auto trace = [&](const char* column, const char* label, std::string_view colour, double bottom, bool last) {
        sheet.panel({left, right, bottom, bottom + 0.115});
        sheet.x_axis(0, kFigure3Ms, "0,200,1000", last ? Sheet::Numbers::shown : Sheet::Numbers::hidden);
        sheet.y_axis(-90, 38, "-80,40,30");
        sheet.y_label("v [mV]", 0.020, 0.9);
        sheet.text(label, Sheet::on_panel(1.012, 0.5), "left", 0.9, colour);
        if (last) sheet.x_label("time [ms]", 0.025);
        sheet.line(traces.points("t_ms", column), colour);
        sheet.plot();
    };
    trace("v_exc_0", "neuron 0", kBlue, 0.240, false);
    trace("v_inh_800", "neuron 800", kOrange, 0.090, true);
    sheet.draw();
}

// ---------------------------------------------------------------- the patterns of 2004

std::vector<FigureTable> compute_patterns() {
    std::vector<NamedRun> runs;
    for (const FiringPattern& pattern : firing_patterns())
        runs.push_back({std::string(1, pattern.letter), pattern.run()});
    return {traces_table("patterns.csv", "pattern", runs)};
}

void draw_patterns(const std::vector<FigureTable>& tables, const fs::path& file, const PictureStyle& style) {
    const TableReader table(tables[0]);
    FigureSheet sheet(file, 7.0, 7.2, style);
    std::vector<Sheet::Stretch> across, up;
    for (int column = 0; column < 4; ++column) across.push_back({0.030 + 0.245 * column, 0.240 + 0.245 * column});
    for (int row = 0; row < 5; ++row) up.push_back({0.813 - 0.188 * row, 0.955 - 0.188 * row});
    sheet.layout(across, up);
    for (std::size_t i = 0; i < firing_patterns().size(); ++i) {
        const FiringPattern& pattern = firing_patterns()[i];
        const auto column = static_cast<double>(i % 4), row = static_cast<double>(i / 4);
        const double left = 0.030 + 0.245 * column, right = left + 0.210;
        const double top = 0.955 - 0.188 * row, bottom = top - 0.142;
        const std::string letter(1, pattern.letter);
        sheet.panel({left, right, bottom, top});
        sheet.set("border 0");
        sheet.no_x_axis(0, pattern.duration_ms);
        sheet.no_y_axis(-132, 34);
        sheet.text(letter, sheet.on_page(left, top + 0.016), "left", 1.05);
        sheet.text(pattern.name, sheet.on_page(left + 0.022, top + 0.016), "left", 0.82);

        // The shape of the input, below and on its own scale as in the paper. The table has its values.
        Points input = table.points("t_ms", "input", "pattern", letter);
        const auto [low, high] =
            std::minmax_element(input.begin(), input.end(), [](auto p, auto q) { return p.second < q.second; });
        const double least = low->second, extent = std::max(high->second - least, 1e-9);
        for (auto& [t, value] : input) value = -118.0 + 20.0 * (value - least) / extent;
        sheet.line(input, kLightGrey, 0.9, "steps");
        sheet.line(table.points("t_ms", "v", "pattern", letter), kBlue, 0.75);
        sheet.arrow(Sheet::at(pattern.duration_ms - 20.0, -129.0), Sheet::at(pattern.duration_ms, -129.0),
                    "nohead front");
        if (i == 0) sheet.text("20 ms", Sheet::at(pattern.duration_ms - 23.0, -128.0), "right", 0.75, kGrey);
        sheet.plot();
    }
    // A note at the bottom of the page.
    sheet.panel({0.030, 0.980, 0.005, 0.020});
    sheet.set("border 0");
    sheet.no_x_axis(0, 1);
    sheet.no_y_axis(0, 1);
    sheet.text("v in blue, from the peak at 30 mV; input in grey, each on its own scale; bars of 20 ms.",
               sheet.on_page(0.030, 0.018), "left", 0.8, kGrey);
    sheet.plot();
    sheet.draw();
}

// ---------------------------------------------------------------- the cost

std::vector<FigureTable> compute_cost() { return {{"cost.csv", std::string(cost_table())}}; }

std::string short_count(double value) {
    if (value >= 1e6) return plain(value / 1e6, 3) + " million";
    return grouped(static_cast<std::uint64_t>(std::llround(value)));
}

/// Horizontal bars on a logarithmic axis, the first on top.
struct Bar {
    std::string label;
    double value;
    std::string_view colour;
};
void bars(Sheet& sheet, const std::vector<Bar>& list, double low, double high, const std::string& tics) {
    sheet.no_y_axis(0.4, static_cast<double>(list.size()) + 0.6);
    sheet.x_axis(low, high, tics);
    sheet.set("logscale x");
    sheet.set("format x '10^{%L}'");
    sheet.set("border 1");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const double y = static_cast<double>(list.size() - i);
        sheet.box(Sheet::at(low, y - 0.32), Sheet::at(list[i].value, y + 0.32), list[i].colour);
        sheet.text(list[i].label, "graph -0.015, first " + gnuplot_number(y), "right", 0.9);
        sheet.text(short_count(list[i].value), Sheet::at(list[i].value, y), "left offset character 0.6,0", 0.9);
    }
}

void draw_cost(const std::vector<FigureTable>& tables, const fs::path& file, const PictureStyle& style) {
    const TableReader table(tables[0]);
    const std::vector<double> neurons = table.numbers("neurons_in_real_time"),
                              synapses = table.numbers("synapses_per_neuron"),
                              counted = table.numbers("operations_per_ms"),
                              papers = table.numbers("papers_operations_per_ms");
    std::vector<Bar> speed, cost;
    for (std::size_t i = 0; i < table.rows(); ++i) {
        const bool hodgkin = table.text("model")[i] == "Hodgkin-Huxley";
        speed.push_back({table.text("model")[i] + (synapses[i] > 0 ? ", " + plain(synapses[i]) + " synapses" : "") +
                             ", " + table.text("isa")[i],
                         neurons[i],
                         hodgkin           ? kOrange
                         : synapses[i] > 0 ? kGreen
                                           : kBlue});
    }
    const auto last = table.rows() - 1;
    cost.push_back({"Hodgkin-Huxley, counted here", counted[0], kOrange});
    cost.push_back({"Hodgkin-Huxley, in the paper", papers[0], kOrange});
    cost.push_back({"Izhikevich, counted here", counted[last], kBlue});
    cost.push_back({"Izhikevich, in the paper", papers[last], kBlue});

    FigureSheet sheet(file, 7.0, 4.6, style);
    sheet.layout({{0.330, 0.880}}, {{0.130, 0.390}, {0.505, 0.930}});
    sheet.panel({0.330, 0.880, 0.505, 0.930});
    sheet.text("neurons in real time on one core", sheet.on_page(0.330, 0.965), "left", 1.05);
    bars(sheet, speed, 1e1, 1e7, "10,10,1e7");
    sheet.plot();
    sheet.panel({0.330, 0.880, 0.130, 0.390});
    sheet.text("operations for one ms of a neuron", sheet.on_page(0.330, 0.425), "left", 1.05);
    bars(sheet, cost, 1.0, 1e5, "1,10,1e5");
    std::string origin(cost_table().substr(0, cost_table().find('\n')));
    origin.erase(0, origin.find_first_not_of("# "));
    sheet.text(origin, sheet.on_page(0.022, 0.030), "left", 0.75, kGrey);
    sheet.plot();
    sheet.draw();
}

constexpr Figure kFigures[] = {
    {"figure-1", "the neuron, and its types in the planes of (a, b) and (c, d)", compute_figure_1, draw_figure_1},
    {"figure-2", "the seven types under a step", compute_figure_2, draw_figure_2},
    {"figure-3", "cortex-1k for a second, with v of two neurons", compute_figure_3, draw_figure_3},
    {"patterns", "the twenty firing patterns of 2004", compute_patterns, draw_patterns},
    {"cost", "the cost of a neuron: Hodgkin and Huxley's compared with Izhikevich's", compute_cost, draw_cost},
};

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
        if (c == ',') cells.emplace_back();
        else cells.back() += c;
    }
    return cells;
}

}  // namespace

std::span<const Figure> paper_figures() { return kFigures; }

TableReader::TableReader(const FigureTable& table) {
    std::istringstream lines(table.csv);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        std::vector<std::string> cells = cells_of(line);
        if (titles_.empty()) {
            titles_ = std::move(cells);
            columns_.resize(titles_.size());
            continue;
        }
        cells.resize(titles_.size());
        for (std::size_t c = 0; c < cells.size(); ++c) columns_[c].push_back(std::move(cells[c]));
        ++rows_;
    }
}

const std::vector<std::string>& TableReader::text(const std::string& column) const {
    const auto found = std::find(titles_.begin(), titles_.end(), column);
    if (found == titles_.end()) throw RunError("a figure's table has no column '" + column + "'");
    return columns_[static_cast<std::size_t>(found - titles_.begin())];
}

std::vector<double> TableReader::numbers(const std::string& column) const {
    std::vector<double> values;
    values.reserve(rows_);
    for (const std::string& cell : text(column)) {
        double value = 0.0;
        std::from_chars(cell.data(), cell.data() + cell.size(), value);
        values.push_back(value);
    }
    return values;
}

Points TableReader::points(const std::string& x, const std::string& y, const std::string& key,
                           const std::string& value) const {
    const std::vector<double> xs = numbers(x), ys = numbers(y);
    Points points;
    for (std::size_t i = 0; i < rows_; ++i)
        if (key.empty() || text(key)[i] == value) points.emplace_back(xs[i], ys[i]);
    return points;
}

}  // namespace izhi::apps
