// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "sink.hpp"

namespace izhi::io {
namespace {

using namespace detail;

constexpr std::array kFormats{Format::sonata, Format::gdf, Format::csv};

RecordingPlan::Weights weights_of(const Network& network, std::size_t projection) {
    const NetworkDescription::Projection& described = network.description().projections[projection];
    const auto first = [&](const Selection& s) { return s.population ? network.first_neuron(*s.population) : 0; };
    return {.name = {},
            .projection = described.spec.name,
            .first_source = first(described.source),
            .first_target = first(described.target)};
}

RecordingPlan make_plan(const Network& network) {
    const NetworkDescription& description = network.description();
    RecordingPlan plan;
    plan.dt_ms = network.dt_ms();
    for (std::uint32_t i = 0; i < description.populations.size(); ++i) {
        const PopulationSpec& population = description.populations[i];
        const auto& chosen = description.recorded_populations;
        const bool recorded = !chosen || std::find(chosen->begin(), chosen->end(), PopulationId{i}) != chosen->end();
        plan.populations.push_back({population.name, network.first_neuron({i}), population.size, recorded});
    }
    for (const TraceSpec& trace : description.traces) {
        plan.traces.push_back({trace.name, description.populations[trace.population.index].name, trace.neurons,
                               trace.variables, std::max<std::uint64_t>(1, network.steps(trace.interval_ms))});
    }
    for (const WeightRecordSpec& record : description.weight_records) {
        plan.weights.push_back(weights_of(network, record.projection));
        plan.weights.back().name = record.name;
        plan.weights.back().interval_steps = std::max<std::uint64_t>(1, network.steps(record.interval_ms));
    }
    return plan;
}

}  // namespace

namespace detail {

const RecordingPlan::Population& RecordingPlan::population_of(std::uint32_t neuron, std::size_t& hint) const {
    if (hint >= populations.size() || neuron < populations[hint].first) hint = 0;
    while (hint + 1 < populations.size() && neuron >= populations[hint + 1].first) ++hint;
    return populations[hint];
}

const char* units_of(Variable variable) noexcept { return variable == Variable::current ? "mV/ms" : "mV"; }

}  // namespace detail

std::string_view to_string(Format format) noexcept {
    switch (format) {
        case Format::sonata: return "sonata";
        case Format::gdf: return "gdf";
        case Format::csv: return "csv";
    }
    return "unknown";
}

Format format_from_string(std::string_view name) {
    for (const Format format : kFormats)
        if (to_string(format) == name) return format;
    throw Error("option", "format", "is '" + std::string(name) + "'", "sonata, gdf, csv");
}

struct Recorder::Impl {
    RecordingPlan plan;
    std::vector<std::unique_ptr<Sink>> spike_sinks;
    std::vector<std::vector<std::unique_ptr<Sink>>> trace_sinks;  ///< [trace][file]
    std::vector<std::unique_ptr<Sink>> weight_sinks;              ///< by record
    bool finished = false;
};

Recorder::Recorder(const Network& network, const std::filesystem::path& folder, Format format)
    : impl_(std::make_unique<Impl>()) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw Error(folder.string() + ": cannot be made a folder: " + error.message());
    if (!std::filesystem::is_directory(folder, error)) throw Error(folder.string() + ": is not a folder");

    impl_->plan = make_plan(network);
    const RecordingPlan& plan = impl_->plan;
    const bool any_spikes = std::any_of(plan.populations.begin(), plan.populations.end(),
                                        [](const RecordingPlan::Population& p) { return p.recorded; });
    if (any_spikes) {
        switch (format) {
            case Format::sonata: impl_->spike_sinks.push_back(make_sonata_spikes(plan, folder)); break;
            case Format::gdf: impl_->spike_sinks.push_back(make_gdf_spikes(plan, folder)); break;
            case Format::csv: impl_->spike_sinks.push_back(make_csv_spikes(plan, folder)); break;
        }
    }
    for (std::size_t trace = 0; trace < plan.traces.size(); ++trace) {
        auto& sinks = impl_->trace_sinks.emplace_back();
        if (format != Format::sonata) {
            sinks.push_back(make_csv_trace(plan, folder, trace));
            continue;
        }
        for (std::size_t variable = 0; variable < plan.traces[trace].variables.size(); ++variable) {
            sinks.push_back(make_sonata_report(plan, folder, trace, variable));
        }
    }
    for (std::size_t record = 0; record < plan.weights.size(); ++record)
        impl_->weight_sinks.push_back(format == Format::sonata ? make_sonata_weights(plan, folder, record)
                                                               : make_csv_weights(plan, folder, record));
}

Recorder::~Recorder() = default;

void write_synapses(const Simulation& simulation, std::size_t projection, const std::filesystem::path& file) {
    const std::vector<PlasticSynapse> synapses = simulation.plastic_synapses(projection);
    const auto sink =
        make_synapse_file(weights_of(simulation.network(), projection), simulation.network().dt_ms(), file);
    sink->weights({0, simulation.steps_done(), synapses});
    sink->close(simulation.steps_done());
    sink->publish();
}

void Recorder::spikes(std::span<const Spike> spikes) {
    for (const auto& sink : impl_->spike_sinks) sink->spikes(spikes);
}

void Recorder::sample(const Sample& sample) {
    for (const auto& sink : impl_->trace_sinks.at(sample.trace)) sink->sample(sample);
}

void Recorder::weights(const WeightSample& sample) { impl_->weight_sinks.at(sample.record)->weights(sample); }

std::vector<std::filesystem::path> Recorder::finish(std::uint64_t steps_done) {
    if (std::exchange(impl_->finished, true)) throw RunError("a recorder was finished twice");
    std::vector<Sink*> sinks;
    for (const auto& sink : impl_->spike_sinks) sinks.push_back(sink.get());
    for (const auto& trace : impl_->trace_sinks) {
        for (const auto& sink : trace) sinks.push_back(sink.get());
    }
    for (const auto& sink : impl_->weight_sinks) sinks.push_back(sink.get());
    // All are complete before the first one gets its name.
    for (Sink* sink : sinks) sink->close(steps_done);
    std::vector<std::filesystem::path> paths;
    for (Sink* sink : sinks) {
        sink->publish();
        paths.push_back(sink->path());
    }
    return paths;
}

}  // namespace izhi::io
