// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "neuron_command.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <ostream>
#include <string>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "engine/base/text.hpp"
#include "firing_class.hpp"
#include "izhi/error.hpp"
#include "neuron_choice.hpp"
#include "neuron_plot.hpp"

namespace izhi::apps {
namespace {

using izhi::detail::number_text;

/// The most spike times in the text output; --json and --csv have all.
constexpr std::size_t kMostSpikeTimes = 120;
constexpr std::size_t kLineLength = 100;

struct Result {
    NeuronRun run;
    NeuronTrace trace;
    SpikeTrain train;
};

std::vector<Result> run_all(const NeuronChoice& choice) {
    std::vector<Result> results;
    for (const NeuronRun& run : choice.runs) {
        NeuronTrace trace = run_neuron(run);
        const SpikeTrain train = describe_spikes(trace.spike_times_ms, choice.duration_ms);
        results.push_back({run, std::move(trace), train});
    }
    return results;
}

/// "10 from 100 to 400 ms; ..." for people.
std::string current_text(const Current& current) {
    std::string text;
    std::size_t shown = 0;
    for (const CurrentPiece& piece : current) {
        if (++shown > 6) return text + "; ... (" + counted(current.size(), "piece") + ")";
        text += (text.empty() ? "" : "; ") + plain(piece.value, 6);
        if (piece.rise != 0.0)
            text += (piece.rise > 0 ? " + " : " - ") + plain(std::abs(piece.rise) / piece.rise_ms, 4) + " per ms";
        if (piece.start_ms > 0.0) text += " from " + plain(piece.start_ms, 6);
        if (std::isfinite(piece.stop_ms)) text += " to " + plain(piece.stop_ms, 6);
        if (piece.start_ms > 0.0 || std::isfinite(piece.stop_ms)) text += " ms";
    }
    return text;
}

std::string times_of(const std::vector<double>& times_ms) {
    std::string text, line;
    for (std::size_t i = 0; i < std::min(times_ms.size(), kMostSpikeTimes); ++i) {
        const std::string time = plain(times_ms[i], 8);
        if (line.size() + time.size() + 1 > kLineLength) {
            text += "  " + line + '\n';
            line.clear();
        }
        line += (line.empty() ? "" : " ") + time;
    }
    if (times_ms.size() > kMostSpikeTimes)
        line += " ... and " + counted(times_ms.size() - kMostSpikeTimes, "more spike") + " (--json has all)";
    return line.empty() ? text : text + "  " + line + '\n';
}

void print_text(const NeuronChoice& choice, const std::vector<Result>& results,
                const std::vector<std::filesystem::path>& files) {
    const NeuronRun& run = results.front().run;
    std::cout << choice.title << '\n'
              << "  parameters     " << parameters_text(run.neuron) << "; v0 " << plain(run.v0, 6) << ", u0 "
              << plain(run.u0, 6) << '\n'
              << "  input          " << current_text(run.current) << " [" << current_unit(run.neuron) << "]\n"
              << "  duration       " << plain(choice.duration_ms, 8) << " ms\n";
    for (const Result& result : results) {
        const SpikeTrain& train = result.train;
        std::cout << '\n' << scheme_text(result.run) << '\n' << "  spikes         " << grouped(train.spikes);
        if (train.spikes > 0) std::cout << ", the first at " << plain(train.first_ms, 6) << " ms";
        std::cout << '\n';
        if (train.spikes > 1)
            std::cout << "  intervals      mean " << plain(train.interval_mean_ms, 4) << " ms"
                      << (train.spikes > 2 ? ", CV " + plain(train.interval_cv, 3) : "") << '\n';
        std::cout << "  looks like     " << train.firing_class << '\n';
        if (train.spikes > 0) std::cout << "  spike times [ms]\n" << times_of(result.trace.spike_times_ms);
    }
    for (std::size_t f = 0; f < files.size(); ++f)
        std::cout << (f == 0 ? "\n  files          " : "                 ") << files[f].string() << '\n';
}

nlohmann::ordered_json json_of(const Result& result) {
    const SpikeTrain& train = result.train;
    nlohmann::ordered_json json{{"numerics", to_string(result.run.numerics)},
                                {"dt_ms", result.run.dt_ms},
                                {"precision", to_string(result.run.precision)},
                                {"steps", result.run.steps},
                                {"spikes", train.spikes},
                                {"first_spike_ms", nullptr},
                                {"interval_mean_ms", nullptr},
                                {"interval_cv", nullptr},
                                {"firing_class", train.firing_class},
                                {"spike_times_ms", result.trace.spike_times_ms},
                                {"final_v", result.trace.final_v},
                                {"final_u", result.trace.final_u}};
    if (train.spikes > 0) json["first_spike_ms"] = train.first_ms;
    if (train.spikes > 1) json["interval_mean_ms"] = train.interval_mean_ms;
    if (train.spikes > 2) json["interval_cv"] = train.interval_cv;
    return json;
}

nlohmann::ordered_json json_of(const NeuronParameters& n) {
    nlohmann::ordered_json json{{"a", n.a}, {"b", n.b}, {"c", n.c}, {"d", n.d}};
    if (n.model.form == ModelForm::nine_parameter)
        json.update({{"capacitance", n.model.capacitance},
                     {"k", n.model.k},
                     {"vr", n.model.vr},
                     {"vt", n.model.vt},
                     {"vpeak", n.model.vpeak}});
    return json;
}

void print_json(const NeuronChoice& choice, const std::vector<Result>& results,
                const std::vector<std::filesystem::path>& files) {
    const NeuronRun& run = results.front().run;
    nlohmann::ordered_json json{{"neuron", choice.name},
                                {"title", choice.title},
                                {"model", to_string(run.neuron.model.form)},
                                {"parameters", json_of(run.neuron)},
                                {"v0", run.v0},
                                {"u0", run.u0},
                                {"duration_ms", choice.duration_ms},
                                {"time_stamps", run.stamps == TimeStamps::step_start ? "step start" : "step end"}};
    json.update(json_of(results.front()));
    if (results.size() > 1) {
        json["compare"] = nlohmann::ordered_json::array();
        for (std::size_t r = 1; r < results.size(); ++r) json["compare"].push_back(json_of(results[r]));
    }
    json["files"] = nlohmann::ordered_json::array();
    for (const auto& file : files) json["files"].push_back(file.string());
    std::cout << json_text(json);
}

void write_csv(std::ostream& out, const std::vector<Result>& results) {
    const bool several = results.size() > 1;
    out << (several ? "numerics,dt_ms,precision," : "") << "t_ms,v,u,input,fired\n";
    for (const Result& result : results) {
        const NeuronTrace& trace = result.trace;
        std::string scheme;
        if (several)
            scheme = std::string(to_string(result.run.numerics)) + ',' + number_text(result.run.dt_ms) + ',' +
                     std::string(to_string(result.run.precision)) + ',';
        std::size_t spike = 0;
        for (std::size_t i = 0; i < trace.t_ms.size(); ++i) {
            const bool fired = spike < trace.spike_samples.size() && trace.spike_samples[spike] == i;
            spike += fired ? 1 : 0;
            out << scheme << number_text(trace.t_ms[i]) << ',' << number_text(trace.v[i]) << ','
                << number_text(trace.u[i]) << ',' << number_text(trace.input[i]) << (fired ? ",1\n" : ",0\n");
        }
    }
}

NeuronPicture picture_of(const NeuronChoice& choice, const std::vector<Result>& results) {
    const NeuronRun& run = results.front().run;
    NeuronPicture picture{.title = choice.title,
                          .facts = parameters_text(run.neuron),
                          .current_unit = current_unit(run.neuron),
                          .recovery_unit = recovery_unit(run.neuron)};
    for (const Result& result : results) {
        picture.runs.push_back(result.run);
        picture.traces.push_back(result.trace);
        picture.labels.push_back(scheme_text(result.run) + ": " + counted(result.train.spikes, "spike"));
    }
    return picture;
}

}  // namespace

int run_single_neuron(const NeuronOptions& options) {
    const NeuronChoice choice = choose_neuron(options);
    if (options.csv) require_writable_file("--csv", *options.csv);
    if (options.plot) {
        require_picture("--plot", *options.plot, options.plot_style, kNeuronPanels);
        require_window(options.plot_style, 0.0, choice.duration_ms);
    }
    const std::vector<Result> results = run_all(choice);
    std::vector<std::filesystem::path> files;
    if (options.csv) {
        write_file(*options.csv, [&](std::ostream& out) { write_csv(out, results); });
        files.push_back(*options.csv);
    }
    if (options.plot)
        for (std::filesystem::path& file : draw_neuron(picture_of(choice, results), *options.plot, options.plot_style))
            files.push_back(std::move(file));
    options.json ? print_json(choice, results, files) : print_text(choice, results, files);
    return kDone;
}

}  // namespace izhi::apps
