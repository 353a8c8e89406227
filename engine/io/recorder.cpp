// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "batch_writer.hpp"
#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "sink.hpp"

namespace izhi::io {
namespace {

using namespace detail;

enum class RecordKind : std::uint32_t { spikes, sample, weights };

constexpr std::size_t whole_eights(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

constexpr std::array kFormats{Format::sonata, Format::gdf, Format::csv};

RecordingPlan::Weights weights_of(const Network& network, ProjectionId projection) {
    const NetworkDescription::Projection& described = network.description().projections[projection.index];
    return {.name = {},
            .projection = described.spec.name,
            .first_source = network.neurons(described.source).first,
            .first_target = network.neurons(described.target).first};
}

/// The same for a list of synapses, which counts within the parts of populations that the projection has.
RecordingPlan::Weights list_of(const Network& network, ProjectionId projection) {
    const ProjectionSpec& spec = network.description().projections[projection.index].spec;
    RecordingPlan::Weights list = weights_of(network, projection);
    list.first_source += spec.source_first;
    list.first_target += spec.target_first;
    return list;
}

RecordingPlan make_plan(const Network& network) {
    const NetworkDescription& description = network.description();
    RecordingPlan plan{.network = network};
    plan.recorded.assign(network.population_count(), !description.recorded_populations);
    if (description.recorded_populations)
        for (const PopulationId id : *description.recorded_populations) plan.recorded[id.index] = true;
    for (const TraceSpec& trace : description.traces) {
        const PopulationSpec& population = description.populations[trace.population.index];
        plan.traces.push_back({trace.name, population.name, trace.neurons, trace.variables,
                               std::max<std::uint64_t>(1, network.steps(trace.interval_ms)),
                               trace.projection ? description.projections[trace.projection->index].spec.name : "",
                               population.cell.model.form});
    }
    for (const WeightRecordSpec& record : description.weight_records) {
        plan.weights.push_back(weights_of(network, record.projection));
        plan.weights.back().name = record.name;
        plan.weights.back().eligibility = record.eligibility;
        plan.weights.back().interval_steps = std::max<std::uint64_t>(1, network.steps(record.interval_ms));
    }
    return plan;
}

bool records_spikes(const RecordingPlan& plan) {
    return std::find(plan.recorded.begin(), plan.recorded.end(), true) != plan.recorded.end();
}

}  // namespace

namespace detail {

std::string trace_file_name(const std::string& trace, const char* ending) { return "trace-" + trace + ending; }
std::string report_file_name(const std::string& trace, Variable variable) {
    return "trace-" + trace + '-' + std::string(to_string(variable)) + ".h5";
}
std::string weights_file_name(const std::string& record, const char* ending) { return "weights-" + record + ending; }

const char* units_of(Variable variable, ModelForm form) noexcept {
    const bool in_pa = form == ModelForm::nine_parameter || form == ModelForm::lif;
    switch (variable) {
        case Variable::v: return "mV";
        case Variable::u: return form == ModelForm::nine_parameter ? "pA" : "mV";
        case Variable::conductance: return in_pa ? "nS" : "1/ms";
        case Variable::short_term_u:
        case Variable::short_term_x: return "1";
        default: return in_pa ? "pA" : "mV/ms";
    }
}

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

std::vector<std::string> recording_names(const Network& network, Format format) {
    const RecordingPlan plan = make_plan(network);
    const bool sonata = format == Format::sonata;
    std::vector<std::string> names;
    if (records_spikes(plan)) names.push_back(sonata ? "spikes.h5" : "spikes." + std::string(to_string(format)));
    for (const RecordingPlan::Trace& trace : plan.traces) {
        if (!sonata) names.push_back(trace_file_name(trace.name, ".csv"));
        else
            for (const Variable variable : trace.variables) names.push_back(report_file_name(trace.name, variable));
    }
    for (const RecordingPlan::Weights& record : plan.weights)
        names.push_back(weights_file_name(record.name, sonata ? ".h5" : ".csv"));
    return names;
}

struct Recorder::Impl {
    explicit Impl(const Network& network) : plan(make_plan(network)) {}

    RecordingPlan plan;
    std::vector<std::unique_ptr<Sink>> spike_sinks;
    std::vector<std::vector<std::unique_ptr<Sink>>> trace_sinks;  ///< [trace][file]
    std::vector<std::unique_ptr<Sink>> weight_sinks;              ///< by record
    bool finished = false;
    std::optional<BatchWriter> writer;  ///< the last member, so that its thread ends before the files are destroyed

    [[nodiscard]] std::vector<Sink*> sinks() const {
        std::vector<Sink*> all;
        for (const auto& sink : spike_sinks) all.push_back(sink.get());
        for (const auto& trace : trace_sinks)
            for (const auto& sink : trace) all.push_back(sink.get());
        for (const auto& sink : weight_sinks) all.push_back(sink.get());
        return all;
    }
    // Called by the writer's thread, or while it has nothing to do.
    void write_spikes(std::uint64_t step, std::span<const std::uint32_t> neurons) {
        for (const auto& sink : spike_sinks) sink->spikes(step, neurons);
    }
    void write(const Sample& sample) {
        for (const auto& sink : trace_sinks.at(sample.trace)) sink->sample(sample);
    }
    void write(const WeightSample& sample) { weight_sinks.at(sample.record)->weights(sample); }
    void write_batch(std::span<const std::byte> batch);

    /// A place for `count` values in the next batch. Null if a batch is too small for them; then everything before has
    /// been written.
    template <class T>
    T* add(RecordKind kind, std::size_t which, std::uint64_t step, std::size_t count, double dopamine = 0.0);
};

/// The records of a batch: heads, each followed by its values, padded to a multiple of 8 bytes.
struct RecordHead {
    RecordKind kind = RecordKind::spikes;
    std::uint32_t which = 0;  ///< number of the trace or record
    std::uint64_t step = 0, count = 0;
    double dopamine = 0.0;  ///< of weights
};

void Recorder::Impl::write_batch(std::span<const std::byte> batch) {
    while (!batch.empty()) {
        RecordHead head;
        std::memcpy(&head, batch.data(), sizeof head);
        const std::byte* const values = batch.data() + sizeof head;
        const auto values_as = [&]<class T>(const T*) {
            batch = batch.subspan(sizeof head + whole_eights(head.count * sizeof(T)));
            return std::span<const T>(reinterpret_cast<const T*>(values), static_cast<std::size_t>(head.count));
        };
        switch (head.kind) {
            case RecordKind::spikes: write_spikes(head.step, values_as(static_cast<std::uint32_t*>(nullptr))); break;
            case RecordKind::sample: write({head.which, head.step, values_as(static_cast<float*>(nullptr))}); break;
            case RecordKind::weights:
                write({head.which, head.step, values_as(static_cast<PlasticSynapse*>(nullptr)), head.dopamine});
                break;
        }
    }
}

template <class T>
T* Recorder::Impl::add(RecordKind kind, std::size_t which, std::uint64_t step, std::size_t count, double dopamine) {
    const std::size_t bytes = sizeof(RecordHead) + whole_eights(count * sizeof(T));
    if (bytes > writer->batch_bytes()) {
        writer->drain();
        return nullptr;
    }
    std::byte* const place = writer->add(bytes);
    const RecordHead head{kind, static_cast<std::uint32_t>(which), step, count, dopamine};
    std::memcpy(place, &head, sizeof head);
    return reinterpret_cast<T*>(place + sizeof head);
}

Recorder::Recorder(const Network& network, const std::filesystem::path& folder, Format format)
    : impl_(std::make_unique<Impl>(network)) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw Error(folder.string() + ": cannot be made a folder: " + error.message());
    if (!std::filesystem::is_directory(folder, error)) throw Error(folder.string() + ": is not a folder");

    const RecordingPlan& plan = impl_->plan;
    if (records_spikes(plan)) {
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
    impl_->writer.emplace([impl = impl_.get()](std::span<const std::byte> batch) { impl->write_batch(batch); });
}

Recorder::~Recorder() = default;

void write_synapses(const Simulation& simulation, ProjectionId projection, const std::filesystem::path& file) {
    const std::vector<PlasticSynapse> synapses = simulation.plastic_synapses(projection);
    const auto sink = make_synapse_file(list_of(simulation.network(), projection),
                                        izhi::detail::StepClock(simulation.network().dt_ms()), file);
    sink->weights({0, simulation.steps_done(), synapses});
    sink->close(simulation.steps_done());
    sink->publish();
}

void write_synapses(const Network& network, ProjectionId projection, const std::filesystem::path& file) {
    const auto sink = make_synapse_file(list_of(network, projection), izhi::detail::StepClock(network.dt_ms()), file);
    network.draw_synapses(projection, [&](std::span<const ExplicitSynapse> row) { sink->synapses(row); });
    sink->close(0);
    sink->publish();
}

void Recorder::spikes(std::span<const Spike> spikes) {
    constexpr std::size_t most_at_once = 16384;  // so that several fit into a batch
    while (!spikes.empty()) {
        const std::uint64_t step = spikes.front().step;
        const auto begin = spikes.begin(),
                   limit = begin + static_cast<std::ptrdiff_t>(std::min(spikes.size(), most_at_once));
        const auto end = std::find_if(begin, limit, [&](const Spike& s) { return s.step != step; });
        const auto count = static_cast<std::size_t>(end - begin);
        auto* neurons = impl_->add<std::uint32_t>(RecordKind::spikes, 0, step, count);
        for (auto s = begin; s != end; ++s) *neurons++ = s->neuron;
        spikes = spikes.subspan(count);
    }
}

void Recorder::sample(const Sample& sample) {
    if (auto* values = impl_->add<float>(RecordKind::sample, sample.trace, sample.step, sample.values.size()))
        std::copy(sample.values.begin(), sample.values.end(), values);
    else impl_->write(sample);
}

void Recorder::weights(const WeightSample& sample) {
    const auto& synapses = sample.synapses;
    if (auto* place = impl_->add<PlasticSynapse>(RecordKind::weights, sample.record, sample.step, synapses.size(),
                                                 sample.dopamine))
        std::copy(synapses.begin(), synapses.end(), place);
    else impl_->write(sample);
}

std::uint64_t Recorder::bytes_so_far() const {
    std::uint64_t bytes = 0;
    for (const Sink* sink : impl_->sinks()) {
        std::error_code error;
        const std::uintmax_t size = std::filesystem::file_size(sink->part_path(), error);
        if (!error) bytes += size;
    }
    return bytes;
}

std::vector<std::filesystem::path> Recorder::files() const {
    std::vector<std::filesystem::path> paths;
    for (const Sink* sink : impl_->sinks()) paths.push_back(sink->path());
    return paths;
}

std::vector<std::filesystem::path> Recorder::finish(std::uint64_t steps_done, std::optional<std::uint64_t> spike_hash,
                                                    const std::vector<std::filesystem::path>& earlier) {
    if (std::exchange(impl_->finished, true)) throw RunError("a recorder was finished twice");
    impl_->writer->drain();
    impl_->writer.reset();
    impl_->plan.spike_hash = spike_hash;
    const std::vector<Sink*> sinks = impl_->sinks();
    // All files are complete before the first one gets its name.
    for (Sink* sink : sinks) sink->close(steps_done);
    for (const std::filesystem::path& file : earlier) {
        std::error_code error;
        std::filesystem::remove(file, error);
        if (error) throw RunError(file.string() + ": is of an earlier run and cannot be removed: " + error.message());
    }
    std::vector<std::filesystem::path> paths;
    for (Sink* sink : sinks) {
        sink->publish();
        paths.push_back(sink->path());
    }
    return paths;
}

}  // namespace izhi::io
