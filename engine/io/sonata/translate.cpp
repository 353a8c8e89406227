// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/translate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/text_file.hpp"
#include "engine/io/sonata/cells.hpp"
#include "engine/io/sonata/config.hpp"
#include "engine/io/sonata/edges.hpp"
#include "engine/io/sonata/inputs.hpp"
#include "engine/io/text.hpp"
#include "engine/io/toml_text.hpp"
#include "izhi/error.hpp"
#include "izhi/io/sonata.hpp"

namespace izhi::io {
namespace detail {
namespace {

namespace fs = std::filesystem;

/// Writes sections of a network file.
class NetworkTextWriter {
public:
    void section(const std::string& name) { text_ += (text_.empty() ? "[" : "\n[") + name + "]\n"; }
    void number(const char* key, double value) {
        (text_ += key) += " = ";
        append_number(text_, value);
        text_ += '\n';
    }
    void whole(const char* key, std::uint64_t value) { ((text_ += key) += " = ") += std::to_string(value) + "\n"; }
    void word(const char* key, std::string_view value) {
        (text_ += key) += " = ";
        append_toml_text(text_, value);
        text_ += '\n';
    }
    void raw(const std::string& line) { text_ += line + "\n"; }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

bool all_same(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

/// Whether a time is a whole number of steps.
bool on_grid(double time_ms, double dt_ms) {
    constexpr double kTolerance = 1e-6;
    const double exact = time_ms / dt_ms;
    return std::abs(exact - std::round(exact)) <= kTolerance + 1e-12 * std::abs(exact);
}
bool on_grid(const std::vector<double>& times_ms, double dt_ms) {
    return std::all_of(times_ms.begin(), times_ms.end(), [&](double time) { return on_grid(time, dt_ms); });
}

class SonataTranslator {
public:
    SonataTranslator(std::string_view text, std::string_view origin) : config_(read_sonata_config(text, origin)) {}

    SonataTranslation translate() {
        if (config_.step) {
            dt_ms_ = config_.step->number();
            if (!(dt_ms_ >= 1e-3 && dt_ms_ <= 10.0))
                config_.step->fail("is " + config_.step->shown() + "; allowed: 0.001 to 10");
        } else {
            note("", "run.dt is not given, the step is " + exact_text(dt_ms_) + " ms");
        }
        if (const auto own = config_.extra.find("network_file")) return translate_own(*own);
        read_extra();
        nodes_ = read_circuit_nodes(config_, files_, ignored_);
        std::vector<std::string> remarks;
        inputs_ = read_inputs(config_, nodes_, remarks);
        for (const std::string& remark : remarks) note("", remark);
        const double run_dt_ms = dt_ms_;  // of reports, whatever the step becomes
        choose_step();
        std::vector<SonataProjection> projections =
            read_circuit_edges(config_, nodes_, files_, dt_ms_, default_delay_ms_, ignored_);
        const std::vector<ReportRequest> reports = read_reports(config_, nodes_, run_dt_ms, ignored_);

        write_network();
        for (std::size_t n = 0; n < nodes_.neurons.size(); ++n) write_neurons(n);
        for (SonataProjection& projection : projections) write_projection(projection);
        write_clamps();
        write_reports(reports);
        write_record();
        ignored_.insert(ignored_.end(), config_.ignored.begin(), config_.ignored.end());
        if (!ignored_.empty()) {
            std::string list;
            const std::set<std::string> each(ignored_.begin(), ignored_.end());
            for (const std::string& what : each) list += (list.empty() ? "" : ", ") + what;
            note("", "izhi ignores " + list);
        }
        result_.text = writer_.take();
        return std::move(result_);
    }

private:
    void note(const std::string& subject, const std::string& text) {
        result_.notes.push_back(
            {Note::Kind::ignored, subject.empty() ? config_.file : subject, {}, printable(shortened(text, 500))});
    }

    /// A network that izhi exported, with a network file for what SONATA cannot say; its synapses are the edges.
    SonataTranslation translate_own(const JsonNode& network_file) {
        const fs::path file = config_.path(network_file);
        const auto text = izhi::detail::read_text_file(file, std::size_t{8} << 20);
        if (!text) network_file.fail("names " + file.string() + ", which cannot be read");
        if (file.parent_path() != config_.folder)
            network_file.fail("names a file in another folder; allowed: one beside the config");
        result_.text = *text;
        const JsonNode all = config_.extra.require("projections", "the edges of each projection");
        for (const JsonNode& projection : all.items()) {
            std::vector<ListedEdges> listed;
            for (const JsonNode& entry : projection.require("edges", "a list").items())
                listed.push_back(
                    {config_.path(entry.require("edges_file", "a file")), entry.require("population", "a name").text(),
                     whole_of(entry, "source_offset"), whole_of(entry, "target_offset"),
                     entry.require("weight_factor", "a number").number(),
                     static_cast<std::uint32_t>(std::clamp<std::int64_t>(whole_of(entry, "delay_steps"), 0, 1))});
            result_.data.synapses.push_back({projection.require("name", "a projection").text(),
                                             {},
                                             {},
                                             {},
                                             {},
                                             read_listed_edges(config_, listed, dt_ms_)});
        }
        return std::move(result_);
    }
    static std::int64_t whole_of(const JsonNode& entry, const char* key) {
        const double value = entry.require(key, "an integer").number();
        if (value != std::floor(value) || std::abs(value) > 4e9)
            entry.require(key, "").fail("is no integer of a network");
        return static_cast<std::int64_t>(value);
    }

    /// Our own section of the config.
    void read_extra() {
        for (const auto& [key, value] : config_.extra.members()) {
            if (key == "seed") {
                result_.data.seed = value.whole();
            } else if (key == "default_delay_ms") {
                default_delay_ms_ = value.number();
            } else if (key == "settings") {
                for (const auto& [setting, number] : value.members())
                    result_.data.settings.push_back({setting, number.number()});
            } else if (key == "storage") {
                if (value.text() == "stored") result_.data.storage = Storage::stored;
                else if (value.text() == "procedural") result_.data.storage = Storage::procedural;
                else value.fail("is " + value.shown() + "; allowed: stored, procedural");
            } else {
                value.fail("is not known; allowed: seed, default_delay_ms, settings, storage");
            }
        }
    }

    /// nrn:IntFire1 has no step: spikes come when they come. The step becomes small enough for the times of the input.
    void choose_step() {
        bool events = false;
        std::vector<double> lengths;
        for (const SonataNeurons& neurons : nodes_.neurons) {
            const SonataModel model = neurons.constants.model;
            if (model == SonataModel::virtual_node) continue;
            if (model != SonataModel::int_fire1) {
                if (events)
                    throw Error(config_.file +
                                ": has cells of nrn:IntFire1 and of nest; allowed: cells of one simulator");
                check_nest();
                return;
            }
            events = true;
            lengths.push_back(neurons.constants.refractory);
        }
        if (!events) return;
        for (const auto& trains : inputs_.spikes)
            for (const SpikeTrains::Event& event : trains) lengths.push_back(event.time_ms);
        if (on_grid(lengths, dt_ms_)) return;
        const double given = dt_ms_;
        for (const double finer : {0.1, 0.05, 0.025, 0.02, 0.01, 0.005, 0.002, 0.001}) {
            const double parts = given / finer;
            if (finer >= given || std::abs(parts - std::round(parts)) > 1e-9) continue;
            dt_ms_ = finer;
            if (on_grid(lengths, dt_ms_)) break;
        }
        double off = 0.0;
        for (const double time : lengths)
            off = std::max(off, std::abs(time / dt_ms_ - std::round(time / dt_ms_)) * dt_ms_);
        note("", "nrn:IntFire1 is computed from event to event: the step is " + exact_text(dt_ms_) +
                     " ms instead of run.dt, for the times of the input" +
                     (off > 1e-6 * dt_ms_ ? ", which are rounded by up to " + exact_text(off) + " ms" : ""));
    }

    /// What all cells of a network for NEST have in common.
    void check_nest() {
        std::optional<bool> consistent;
        for (const SonataNeurons& neurons : nodes_.neurons) {
            const SonataConstants& cell = neurons.constants;
            if (cell.model == SonataModel::int_fire1)
                throw Error(config_.file + ": has cells of nrn:IntFire1 and of nest; allowed: cells of one simulator");
            if (cell.model != SonataModel::izhikevich) continue;
            if (consistent && *consistent != cell.consistent_integration)
                throw Error(config_.file + ": has cells of nest:izhikevich with consistent_integration true and others "
                                           "with false; allowed: one of them in a network (true is NEST's default)");
            consistent = cell.consistent_integration;
        }
        if (consistent) numerics_ = *consistent ? "forward-euler" : "published";
        std::size_t rounded = 0;
        double off = 0.0;
        for (const auto& trains : inputs_.spikes)
            for (const SpikeTrains::Event& event : trains)
                if (!on_grid(event.time_ms, dt_ms_)) {
                    ++rounded;
                    off = std::max(off, std::abs(event.time_ms - std::round(event.time_ms / dt_ms_) * dt_ms_));
                }
        if (rounded > 0)
            note("", std::to_string(rounded) + " spikes of the input are not at whole steps of " + exact_text(dt_ms_) +
                         " ms; they are rounded, by up to " + exact_text(off) + " ms");
    }

    void write_network() {
        writer_.section("network");
        std::string name = fs::path(config_.file).parent_path().filename().string();
        if (name.empty() || name == "." || name == "..")
            name = fs::absolute(config_.file).lexically_normal().parent_path().filename().string();
        writer_.word("name", name.empty() ? "sonata" : name);
        writer_.number("dt_ms", dt_ms_);
        writer_.word("numerics", numerics_);
    }

    /// A value for each neuron: in the text if it is one for all.
    void put(const std::string& population, const char* key, const char* parameter, std::vector<double>& values) {
        if (values.empty()) return;
        if (all_same(values)) writer_.number(key, values.front());
        else result_.data.values.push_back({population, {parameter, std::move(values)}});
    }

    void write_neurons(std::size_t n) {
        SonataNeurons& neurons = nodes_.neurons[n];
        const SonataConstants& cell = neurons.constants;
        writer_.section("population." + neurons.name);
        writer_.whole("size", neurons.ids.size());
        const std::string& population = nodes_.populations[neurons.population].nodes.population;
        bool counted = true;
        for (std::size_t i = 0; i < neurons.ids.size(); ++i) counted = counted && neurons.ids[i] == i;
        if (!counted || population != neurons.name) writer_.word("recorded_as", population);
        if (!counted) result_.data.node_ids.push_back({neurons.name, neurons.ids});
        switch (cell.model) {
            case SonataModel::virtual_node:
                writer_.word("model", "spikes");
                result_.data.spikes.push_back({neurons.name, {std::move(inputs_.spikes[n])}});
                return;
            case SonataModel::izhikevich:
                put(neurons.name, "a", "a", neurons.a);
                put(neurons.name, "b", "b", neurons.b);
                put(neurons.name, "c", "c", neurons.c);
                put(neurons.name, "d", "d", neurons.d);
                put(neurons.name, "u0_mv", "u0_mv", neurons.u0);
                break;
            default:
                writer_.word("model", "lif");
                writer_.number("capacitance", cell.capacitance);
                writer_.number("tau_m_ms", cell.tau_m);
                writer_.number("e_l_mv", cell.e_l);
                writer_.number("v_th_mv", cell.v_th);
                writer_.number("refractory_ms", refractory_of(neurons));
                put(neurons.name, "v_reset_mv", "c", neurons.c);
                break;
        }
        if (cell.v_min > -1e299) writer_.number("v_min_mv", cell.v_min);
        put(neurons.name, "v0_mv", "v0_mv", neurons.v0);
        put(neurons.name, "bias_current", "bias_current", neurons.bias);
    }

    double refractory_of(const SonataNeurons& neurons) {
        const SonataConstants& cell = neurons.constants;
        // NEURON ends the refractory time before it delivers an event of the same time; here a step begins after it.
        if (cell.model == SonataModel::int_fire1) return std::max(0.0, cell.refractory - dt_ms_);
        if (!on_grid(cell.refractory, dt_ms_))
            note("population." + neurons.name, "t_ref " + exact_text(cell.refractory) +
                                                   " ms is rounded to whole steps of " + exact_text(dt_ms_) + " ms");
        return cell.refractory;
    }

    void write_projection(SonataProjection& projection) {
        const SonataNeurons &source = nodes_.neurons[projection.source], &target = nodes_.neurons[projection.target];
        const SonataConstants& cell = target.constants;
        writer_.section("projection." + projection.name);
        writer_.word("source", source.name);
        writer_.word("target", target.name);
        writer_.word("rule", "explicit");
        if (cell.model == SonataModel::iaf_psc_exp || cell.model == SonataModel::iaf_psc_alpha)
            writer_.raw(std::string("dynamics = { type = \"") +
                        (cell.model == SonataModel::iaf_psc_exp ? "exponential" : "alpha") +
                        "\", tau_ms = " + exact_text(projection.inhibitory ? cell.tau_syn_in : cell.tau_syn_ex) + " }");
        const SonataSynapse& synapse = projection.synapse;
        if (synapse.model == SonataSynapseModel::tsodyks2) {
            constexpr double kLeastTau = 1e-3;  // tau_fac 0: the utilisation is U at every spike
            writer_.raw("short_term = { utilisation = " + exact_text(synapse.u) +
                        ", tau_u_ms = " + exact_text(std::max(synapse.tau_fac, kLeastTau)) +
                        ", tau_x_ms = " + exact_text(std::max(synapse.tau_rec, kLeastTau)) + " }");
        } else if (synapse.model == SonataSynapseModel::stdp) {
            // Weights onto nest:izhikevich without consistent integration are per step, as above.
            const double unit = cell.model == SonataModel::izhikevich && !cell.consistent_integration ? dt_ms_ : 1.0;
            const double highest = synapse.w_max * unit;
            writer_.raw("plasticity = { rule = \"pair\", a_plus = " + exact_text(synapse.lambda * highest) +
                        ", a_minus = " + exact_text(synapse.alpha * synapse.lambda * highest) + ", tau_plus_ms = " +
                        exact_text(synapse.tau_plus) + ", tau_minus_ms = " + exact_text(cell.tau_minus) +
                        ", dependence = \"power\", mu_plus = " + exact_text(synapse.mu_plus) + ", mu_minus = " +
                        exact_text(synapse.mu_minus) + ", lowest = 0, highest = " + exact_text(highest) +
                        ", dendritic_delay_ms = " + exact_text(projection.dendritic_steps * dt_ms_) + " }");
        }
        result_.data.synapses.push_back({projection.name, {}, {}, {}, {}, std::move(projection.synapses)});
    }

    void write_clamps() {
        std::set<std::string> names;
        for (const SonataClamp& clamp : inputs_.clamps) {
            writer_.section("stimulus." + network_name(clamp.name, "clamp", names, names.size() + 1));
            writer_.word("target", nodes_.neurons[clamp.neurons].name);
            writer_.whole("first", clamp.first);
            writer_.whole("count", clamp.count);
            writer_.word("type", "dc");
            writer_.number("amplitude", clamp.amplitude);
            // NEST's generators are a step away from their targets.
            writer_.number("start_ms", clamp.start_ms + dt_ms_);
            if (clamp.stop_ms < kForever) writer_.number("stop_ms", clamp.stop_ms + dt_ms_);
        }
    }

    void write_reports(const std::vector<ReportRequest>& reports) {
        for (std::size_t r = 0; r < reports.size(); ++r) {
            const ReportRequest& report = reports[r];
            for (std::size_t part = 0; part < report.neurons.size(); ++part) {
                const auto& [n, neurons] = report.neurons[part];
                writer_.section("trace.report-" + std::to_string(r + 1) +
                                (part == 0 ? "" : "-" + std::to_string(part + 1)));
                writer_.word("population", nodes_.neurons[n].name);
                if (neurons.size() == static_cast<std::size_t>(neurons.back()) - neurons.front() + 1) {
                    writer_.raw("neurons = { first = " + std::to_string(neurons.front()) +
                                ", count = " + std::to_string(neurons.size()) + " }");
                } else {
                    std::string list;
                    for (const std::uint32_t neuron : neurons)
                        list += (list.empty() ? "" : ", ") + std::to_string(neuron);
                    writer_.raw("neurons = [" + list + "]");
                }
                writer_.number("interval_ms", report.interval_ms);
                writer_.word("report", report.name);
                if (report.start_ms) writer_.number("start_ms", *report.start_ms);
                if (report.stop_ms) writer_.number("stop_ms", *report.stop_ms);
            }
        }
    }

    /// Spikes of virtual nodes are those of the input.
    void write_record() {
        std::string list;
        bool some = false;
        for (const SonataNeurons& neurons : nodes_.neurons) {
            if (neurons.constants.model == SonataModel::virtual_node) some = true;
            else list += (list.empty() ? "\"" : ", \"") + neurons.name + '"';
        }
        if (!some) return;
        writer_.section("record");
        writer_.raw("spikes = [" + list + "]");
    }

    SonataConfig config_;
    SonataParameterFiles files_;
    SonataCircuitNodes nodes_;
    SonataInputs inputs_;
    double dt_ms_ = 0.1;
    std::optional<double> default_delay_ms_;
    std::string numerics_ = "published";
    std::vector<std::string> ignored_;
    NetworkTextWriter writer_;
    SonataTranslation result_;
};

/// What a config says of a run, with the place of its recordings.
SonataRun run_of(const SonataConfig& config) {
    SonataRun run;
    if (config.duration) {
        run.duration_ms = config.duration->number();
        constexpr double kLongest = 1e12;
        if (!(*run.duration_ms > 0.0 && *run.duration_ms <= kLongest))
            config.duration->fail("is " + config.duration->shown() + "; allowed: above 0, at most " +
                                  detail::exact_text(kLongest));
    }
    const JsonNode& output = config.output;
    const auto name_of = [&](const JsonNode& value) {
        const fs::path file = config.path(value);
        // Names with a folder are of the output folder, or begin with it.
        const std::string name = file.filename().string();
        if (name.empty() || name == "." || name == "..")
            value.fail("is " + value.shown() + "; allowed: the name of a file");
        return name;
    };
    const auto spikes = output.find("spikes_file");
    if (const auto folder = output.find("output_dir")) run.folder = config.path(*folder);
    else if (spikes) run.folder = config.path(*spikes).parent_path();
    else if (!config.reports.empty()) run.folder = config.folder / "output";
    if (spikes) run.spikes_file = name_of(*spikes);
    if (const auto csv = output.find("spikes_file_csv")) run.spikes_csv_file = name_of(*csv);
    for (const char* key : {"spikes_sort_order", "sort_order"})
        if (const auto order = output.find(key)) {
            const std::string text = order->text();
            if (text == "time" || text == "by_time") run.order = SpikeOrder::by_time;
            else if (text == "id" || text == "by_id" || text == "node_id") run.order = SpikeOrder::by_id;
            else if (text == "none") run.order = SpikeOrder::none;
            else order->fail("is " + order->shown() + "; allowed: time, by_time, id, by_id, none");
        }
    for (const char* key : {"overwrite_output_dir"})
        if (const auto overwrite = output.find(key)) run.overwrite = overwrite->boolean();
    return run;
}

/// The config to which another one refers by "izhi": {"config": ...}; nothing for a config of its own.
std::optional<JsonNode> reference_of(std::string_view text, std::string_view origin) {
    const auto extra = JsonNode::parse(text, std::string(origin)).find("izhi");
    return extra ? extra->find("config") : std::nullopt;
}

std::string file_text(const fs::path& file) {
    (void)JsonNode::read(file);  // says what is wrong with it
    return izhi::detail::read_text_file(file, std::size_t{64} << 20).value_or("{}");
}

}  // namespace

SonataTranslation translate_sonata(std::string_view text, std::string_view origin) {
    const auto reference = reference_of(text, origin);
    if (!reference) return SonataTranslator(text, origin).translate();
    const fs::path file = fs::path(origin).parent_path() / reference->text();
    const std::string other = file_text(file);
    if (const auto again = reference_of(other, file.string()))
        again->fail("refers to a further config; allowed: the config itself");
    SonataTranslation translation = translate_sonata(other, file.string());
    const JsonNode extra = *JsonNode::parse(text, std::string(origin)).find("izhi");
    for (const auto& [key, value] : extra.members()) {
        if (key == "config") continue;
        if (key == "seed") translation.data.seed = value.whole();
        else if (key == "storage")
            translation.data.storage = value.text() == "stored" ? Storage::stored : Storage::procedural;
        else if (key == "settings")
            for (const JsonNode& setting : value.items()) {
                const std::vector<JsonNode> pair = setting.items();
                if (pair.size() != 2) setting.fail("is " + setting.shown() + "; allowed: [KEY, NUMBER]");
                translation.data.settings.push_back({pair[0].text(), pair[1].number()});
            }
        else value.fail("is not known; allowed: config, seed, storage, settings");
    }
    return translation;
}

std::string sonata_reference(std::string_view text, std::string_view origin, const NetworkFileOptions& options) {
    nlohmann::ordered_json extra;
    const auto earlier = reference_of(text, origin);
    fs::path file = earlier ? fs::path(origin).parent_path() / earlier->text() : fs::path(origin);
    extra["config"] = fs::absolute(file).lexically_normal().string();
    if (earlier) {
        const nlohmann::ordered_json before = nlohmann::ordered_json::parse(text).at("izhi");
        for (const auto& [key, value] : before.items())
            if (key != "config") extra[key] = value;
    }
    if (options.seed) extra["seed"] = *options.seed;
    if (options.storage) extra["storage"] = to_string(*options.storage);
    for (const Setting& setting : options.settings) extra["settings"].push_back({setting.key, setting.value});
    return nlohmann::ordered_json{{"izhi", extra}}.dump(2) + "\n";
}

}  // namespace detail

bool is_sonata(std::string_view text) noexcept { return detail::is_json(text); }

SonataRun read_sonata_run(std::string_view text, std::string_view origin) {
    if (const auto reference = detail::reference_of(text, origin)) {
        const std::filesystem::path file = std::filesystem::path(origin).parent_path() / reference->text();
        return detail::run_of(detail::read_sonata_config(detail::file_text(file), file.string()));
    }
    return detail::run_of(detail::read_sonata_config(text, origin));
}

}  // namespace izhi::io
