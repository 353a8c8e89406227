// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "batch_writer.hpp"
#include "engine/base/text.hpp"
#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "sink.hpp"
#include "spike_sorter.hpp"

namespace izhi::io {
namespace {

using namespace detail;

enum class RecordKind : std::uint32_t { spikes, sample, weights };

constexpr std::size_t whole_eights(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

constexpr std::array kFormats{Format::sonata, Format::gdf, Format::csv};
constexpr std::array kOrders{SpikeOrder::none, SpikeOrder::by_time, SpikeOrder::by_id};

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

/// Populations that are recorded under one name share a group.
void add_groups(RecordingPlan& plan) {
    const auto& populations = plan.network.description().populations;
    std::map<std::string, std::size_t> places;
    std::set<std::string> names;
    for (std::size_t p = 0; p < populations.size(); ++p) {
        const std::string& name = populations[p].recorded_name();
        names.insert(name);
        plan.group_of.push_back(0);
        if (!plan.recorded[p]) continue;
        const auto [place, is_new] = places.emplace(name, plan.groups.size());
        if (is_new) plan.groups.push_back({name});
        plan.group_of.back() = place->second;
        plan.groups[place->second].neurons += populations[p].size;
    }
    plan.names = names.size();
}

RecordingPlan make_plan(const Network& network) {
    const NetworkDescription& description = network.description();
    RecordingPlan plan{.network = network};
    plan.recorded.assign(network.population_count(), !description.recorded_populations);
    if (description.recorded_populations)
        for (const PopulationId id : *description.recorded_populations) plan.recorded[id.index] = true;
    add_groups(plan);
    std::map<std::string, std::size_t> reports;
    for (const TraceSpec& trace : description.traces) {
        const PopulationSpec& population = description.populations[trace.population.index];
        std::vector<std::uint64_t> node_ids;
        for (const std::uint32_t neuron : trace.neurons) node_ids.push_back(population.recorded_id(neuron));
        if (!trace.report.empty()) {
            const auto [report, is_new] = reports.emplace(trace.report, plan.reports.size());
            if (is_new) plan.reports.push_back({trace.report, {}});
            plan.reports[report->second].traces.push_back(plan.traces.size());
        }
        plan.traces.push_back({trace.name, population.recorded_name(), std::move(node_ids), trace.variables,
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

/// Of all files. @throws Error if a name of the options cannot be one, or if two files would have the same
std::vector<std::string> names_of(const RecordingPlan& plan, const RecorderOptions& options) {
    const bool sonata = options.format == Format::sonata;
    std::vector<std::string> names;
    const auto add_given = [&](const char* option, const std::string& name) {
        const std::string fault = izhi::detail::fault_of_file_name(name);
        if (!fault.empty()) throw Error("recording", option, fault, std::string(izhi::detail::kFileNamesAllowed));
        names.push_back(name);
    };
    if (records_spikes(plan)) {
        if (!sonata) names.push_back("spikes." + std::string(to_string(options.format)));
        else add_given("spikes_file", options.spikes_file);
        if (sonata && options.spikes_csv_file) add_given("spikes_csv_file", *options.spikes_csv_file);
    }
    std::set<std::size_t> joint;
    if (sonata)
        for (const RecordingPlan::Report& report : plan.reports) {
            names.push_back(report.name + ".h5");
            joint.insert(report.traces.begin(), report.traces.end());
        }
    for (std::size_t t = 0; t < plan.traces.size(); ++t) {
        const RecordingPlan::Trace& trace = plan.traces[t];
        if (!sonata) names.push_back(trace_file_name(trace.name, ".csv"));
        else if (!joint.contains(t))
            for (const Variable variable : trace.variables) names.push_back(report_file_name(trace.name, variable));
    }
    for (const RecordingPlan::Weights& record : plan.weights)
        names.push_back(weights_file_name(record.name, sonata ? ".h5" : ".csv"));
    std::set<std::string> taken;
    for (const std::string& name : names)
        if (!taken.insert(name).second)
            throw Error("recording: two files would be " + name + "; allowed: another name for one of them");
    return names;
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

std::string_view to_string(SpikeOrder order) noexcept {
    switch (order) {
        case SpikeOrder::none: return "none";
        case SpikeOrder::by_time: return "by_time";
        case SpikeOrder::by_id: return "by_id";
    }
    return "unknown";
}

SpikeOrder spike_order_from_string(std::string_view name) {
    for (const SpikeOrder order : kOrders)
        if (to_string(order) == name) return order;
    throw Error("option", "order", "is '" + std::string(name) + "'", "none, by_time, by_id");
}

std::vector<std::string> recording_names(const Network& network, const RecorderOptions& options) {
    return names_of(make_plan(network), options);
}

struct Recorder::Impl {
    explicit Impl(const Network& network) : plan(make_plan(network)) {}

    RecordingPlan plan;
    std::vector<std::unique_ptr<Sink>> sinks;     ///< all files
    std::vector<Sink*> spike_sinks;               ///< of them
    std::vector<std::vector<Sink*>> trace_sinks;  ///< [trace][file]
    std::vector<Sink*> weight_sinks;              ///< by record
    std::optional<SpikeSorter> sorter;            ///< takes the spikes until the run has ended
    bool finished = false;
    std::size_t closed = 0;             ///< of the sinks, the first ones
    std::uint64_t last_step = 0;        ///< that all of its records were written of
    std::optional<BatchWriter> writer;  ///< the last member, so that its thread ends before the files are destroyed

    Sink* own(std::unique_ptr<Sink> sink) { return sinks.emplace_back(std::move(sink)).get(); }
    [[nodiscard]] bool writes(const std::filesystem::path& file) const {
        return std::any_of(sinks.begin(), sinks.end(), [&](const auto& sink) { return sink->path() == file; });
    }
    /// Removes files of an earlier run.
    void remove(const std::vector<std::filesystem::path>& earlier) const;
    void open_spikes(const std::filesystem::path& folder, const RecorderOptions& options);
    void open_traces(const std::filesystem::path& folder, Format format);

    // Called by the writer's thread, or while it has nothing to do.
    void write_spikes(std::uint64_t step, std::span<const std::uint32_t> neurons) {
        if (sorter) sorter->add(step, neurons);
        else
            for (Sink* const sink : spike_sinks) sink->spikes(step, neurons);
    }
    void write(const Sample& sample) {
        for (Sink* const sink : trace_sinks.at(sample.trace)) sink->sample(sample);
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

void Recorder::Impl::remove(const std::vector<std::filesystem::path>& earlier) const {
    for (const std::filesystem::path& file : earlier) {
        std::error_code error;
        if (std::filesystem::is_symlink(file, error) && writes(file)) continue;  // the link stays, see PendingFile
        std::filesystem::remove(file, error);
        if (error) throw RunError(file.string() + ": is of an earlier run and cannot be removed: " + error.message());
    }
}

void Recorder::Impl::write_batch(std::span<const std::byte> batch) {
    while (!batch.empty()) {
        RecordHead head;
        std::memcpy(&head, batch.data(), sizeof head);
        const std::byte* const values = batch.data() + sizeof head;
        const auto values_as = [&]<class T>(const T*) {
            batch = batch.subspan(sizeof head + whole_eights(head.count * sizeof(T)));
            return std::span<const T>(reinterpret_cast<const T*>(values), static_cast<std::size_t>(head.count));
        };
        if (head.step > last_step + 1) last_step = head.step - 1;
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

void Recorder::Impl::open_spikes(const std::filesystem::path& folder, const RecorderOptions& options) {
    if (!records_spikes(plan)) return;
    switch (options.format) {
        case Format::sonata:
            plan.order = options.order;
            spike_sinks.push_back(own(make_sonata_spikes(plan, folder / options.spikes_file)));
            if (options.spikes_csv_file)
                spike_sinks.push_back(own(make_sonata_spikes_csv(plan, folder / *options.spikes_csv_file)));
            if (options.order == SpikeOrder::by_id) sorter.emplace(plan, folder / options.spikes_file);
            break;
        case Format::gdf: spike_sinks.push_back(own(make_gdf_spikes(plan, folder))); break;
        case Format::csv: spike_sinks.push_back(own(make_csv_spikes(plan, folder))); break;
    }
}

void Recorder::Impl::open_traces(const std::filesystem::path& folder, Format format) {
    trace_sinks.resize(plan.traces.size());
    std::vector<bool> joint(plan.traces.size());
    if (format == Format::sonata)
        for (std::size_t report = 0; report < plan.reports.size(); ++report) {
            Sink* const sink = own(make_sonata_joint_report(plan, folder, report));
            for (const std::size_t trace : plan.reports[report].traces) {
                trace_sinks[trace].push_back(sink);
                joint[trace] = true;
            }
        }
    for (std::size_t trace = 0; trace < plan.traces.size(); ++trace) {
        if (joint[trace]) continue;
        if (format != Format::sonata) {
            trace_sinks[trace].push_back(own(make_csv_trace(plan, folder, trace)));
            continue;
        }
        for (std::size_t variable = 0; variable < plan.traces[trace].variables.size(); ++variable)
            trace_sinks[trace].push_back(own(make_sonata_report(plan, folder, trace, variable)));
    }
}

Recorder::Recorder(const Network& network, const std::filesystem::path& folder, const RecorderOptions& options)
    : impl_(std::make_unique<Impl>(network)) {
    const RecordingPlan& plan = impl_->plan;
    (void)names_of(plan, options);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw Error(folder.string() + ": cannot be made a folder: " + error.message());
    if (!std::filesystem::is_directory(folder, error)) throw Error(folder.string() + ": is not a folder");

    impl_->open_spikes(folder, options);
    impl_->open_traces(folder, options.format);
    for (std::size_t record = 0; record < plan.weights.size(); ++record)
        impl_->weight_sinks.push_back(impl_->own(options.format == Format::sonata
                                                     ? make_sonata_weights(plan, folder, record)
                                                     : make_csv_weights(plan, folder, record)));
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
    const auto add = [&](const std::filesystem::path& file) {
        std::error_code error;
        const std::uintmax_t size = std::filesystem::file_size(file, error);
        if (!error) bytes += size;
    };
    for (const auto& sink : impl_->sinks) add(sink->part_path());
    if (impl_->sorter) add(impl_->sorter->part_path());
    return bytes;
}

std::vector<std::filesystem::path> Recorder::files() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& sink : impl_->sinks) paths.push_back(sink->path());
    return paths;
}

std::vector<std::filesystem::path> Recorder::finish(std::uint64_t steps_done, std::optional<std::uint64_t> spike_hash,
                                                    const std::vector<std::filesystem::path>& earlier) {
    if (std::exchange(impl_->finished, true)) throw RunError("a recorder was finished twice");
    impl_->writer->drain();
    impl_->writer.reset();
    impl_->plan.spike_hash = spike_hash;
    if (impl_->sorter)
        impl_->sorter->finish([&](std::uint64_t step, std::uint32_t neuron) {
            for (Sink* const sink : impl_->spike_sinks) sink->spikes(step, std::span(&neuron, 1));
        });
    impl_->sorter.reset();
    // All files are complete before the first one gets its name.
    for (; impl_->closed < impl_->sinks.size(); ++impl_->closed) impl_->sinks[impl_->closed]->close(steps_done);
    impl_->remove(earlier);
    std::vector<std::filesystem::path> paths;
    for (const auto& sink : impl_->sinks) {
        sink->publish();
        paths.push_back(sink->path());
    }
    return paths;
}

std::vector<std::filesystem::path> Recorder::keep_written(std::uint64_t& last_step,
                                                          const std::vector<std::filesystem::path>& earlier) {
    Impl& impl = *impl_;
    impl.finished = true;
    impl.writer.reset();
    // Spikes that were to be sorted are not in their file yet, and there is no room to sort them.
    const bool unsorted = impl.sorter.has_value();
    impl.sorter.reset();
    impl.plan.spike_hash.reset();
    last_step = impl.last_step;
    std::vector<Sink*> good;
    for (std::size_t i = 0; i < impl.sinks.size(); ++i) {
        Sink* const sink = impl.sinks[i].get();
        if (unsorted && std::find(impl.spike_sinks.begin(), impl.spike_sinks.end(), sink) != impl.spike_sinks.end())
            continue;
        try {
            if (i >= impl.closed) sink->close_written(last_step);
            last_step = std::min(last_step, sink->whole_step().value_or(last_step));
            good.push_back(sink);
        } catch (const Error&) {}  // it is removed, as all that is not published
    }
    // Less than a step is nothing, and is no reason to replace an earlier recording.
    if (good.empty() || last_step == 0) return {};
    impl.remove(earlier);
    std::vector<std::filesystem::path> paths;
    for (Sink* const sink : good) {
        sink->publish();
        paths.push_back(sink->path());
    }
    return paths;
}

}  // namespace izhi::io
