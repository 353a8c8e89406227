// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <string>
#include <system_error>
#include <vector>

#include "deflate_column.hpp"
#include "hdf5.hpp"
#include "hdf5_output.hpp"
#include "izhi/error.hpp"
#include "izhi/version.hpp"
#include "sink.hpp"
#include "sonata.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

/// An HDF5 file that is being written.
class SonataSink : public Sink {
public:
    explicit SonataSink(const std::filesystem::path& final_path) : Sink(final_path) {}

protected:
    /// What may have to be written when the disk is full already: twice the largest buffer, and some structure.
    void set_aside_for(std::size_t buffer_bytes) noexcept {
        file_.set_aside(2 * buffer_bytes + (std::size_t{128} << 10U));
    }
    /// Makes the file; `fill` writes its initial content. @throws Error
    template <class Fill>
    void create(const Fill& fill) {
        try {
            const Hdf5Session session;
            file_.create(part_path().string());
            const std::uint32_t magic = kSonataMagic;
            hdf5_write_attribute(file_.id(), "magic", H5T_NATIVE_UINT32, {}, &magic);
            hdf5_write_attribute(file_.id(), "version", H5T_NATIVE_UINT32, {2}, kSonataVersion);
            fill(file_.id());
            check_disk();
        } catch (const Hdf5Failure& failure) { throw Error(part_path().string() + ": " + failure.what()); }
    }
    /// Calls a function that uses the file. @throws RunError
    template <class Work>
    void guarded(const Work& work) {
        try {
            const Hdf5Session session;
            work();
            check_disk(closing_ ? 0 : file_.full());
        } catch (const Hdf5Failure& failure) { throw RunError(path().string() + ": " + failure.what()); }
    }
    /// To be called last, when everything else of the file is closed.
    void close_file(const RecordingPlan& plan, std::uint64_t steps_done) {
        closing_ = true;
        const double duration_ms = plan.clock.ms(steps_done);
        hdf5_write_attribute(file_.id(), "duration_ms", H5T_NATIVE_DOUBLE, {}, &duration_ms);
        hdf5_write_text_attribute(file_.id(), "izhi_version", std::string(kVersion));
        hdf5_write_attribute(file_.id(), "seed", H5T_NATIVE_UINT64, {}, &plan.network.description().spec.seed);
        if (plan.spike_hash) hdf5_write_text_attribute(file_.id(), "spike_hash", hash_text(*plan.spike_hash));
        file_.close();
    }

private:
    /// @param full errno of a disk that is full, and has taken everything so far
    void check_disk(int full = 0) const {
        const int error = file_.error() != 0 ? file_.error() : full;
        if (error != 0) throw Hdf5Failure("cannot be written: " + std::generic_category().message(error));
    }

    bool closing_ = false;

    Hdf5Output file_;
};

/// /spikes/<population>/{timestamps, node_ids}, by the names under which populations are recorded. Each has one unfinished
/// chunk of each column, which is compressed value by value.
class SonataSpikes final : public SonataSink {
public:
    SonataSpikes(const RecordingPlan& plan, const std::filesystem::path& final_path)
        : SonataSink(final_path), plan_(&plan) {
        // Chunks have 256 KiB for readers, which keep several in memory. Here a row takes at most 18 bytes.
        constexpr std::size_t kMostRows = 32768, kLeastRows = 256, kRowBytes = 32;
        chunk_rows_ = std::clamp(kBufferBudgetBytes / kRowBytes / plan.names, kLeastRows, kMostRows);
        set_aside_for(plan.groups.size() * chunk_rows_ * 18);
        create([&](hid_t file) {
            const Hdf5Handle spikes = hdf5_create_group(file, "spikes");
            for (const RecordingPlan::Group& group : plan.groups)
                columns_.emplace_back(spikes.id(), group, plan.order, chunk_rows_);
        });
    }

    void spikes(std::uint64_t step, std::span<const std::uint32_t> neurons) override {
        const auto time = std::bit_cast<std::uint64_t>(plan_->clock.ms(step));
        plan_->by_recorded_population(neurons, [&](PopulationId population, std::span<const std::uint32_t> own) {
            Columns& columns = columns_[plan_->group_of[population.index]];
            const std::uint32_t first = plan_->network.first_neuron(population);
            const std::uint64_t* const node_ids = plan_->node_ids(population);
            while (!own.empty()) {
                const std::size_t count = std::min(own.size(), chunk_rows_ - columns.ids.rows());
                columns.times.add(time, count);
                if (node_ids == nullptr) columns.ids.add_each(own.first(count), first);
                else
                    for (const std::uint32_t neuron : own.first(count)) columns.ids.add(node_ids[neuron - first]);
                own = own.subspan(count);
                if (columns.ids.rows() == chunk_rows_) guarded([&] { columns.flush(chunk_rows_); });
            }
        });
    }

    void close(std::uint64_t steps_done) override {
        guarded([&] {
            for (Columns& columns : columns_) columns.flush(chunk_rows_);
            columns_.clear();
            close_file(*plan_, steps_done);
        });
    }

private:
    struct Columns {
        Columns(hid_t spikes, const RecordingPlan::Group& recorded, SpikeOrder order, hsize_t chunk) {
            const Hdf5Handle group = hdf5_create_group(spikes, recorded.name);
            write_sorting(group.id(), order);
            // The format has no place for the size, but rates cannot be computed without it, because not all neurons
            // fire.
            hdf5_write_attribute(group.id(), "neurons", H5T_NATIVE_UINT64, {}, &recorded.neurons);
            timestamps = Hdf5Series(group.id(), "timestamps", H5T_IEEE_F64LE, {}, {chunk}, Hdf5Packing::streams);
            hdf5_write_text_attribute(timestamps.id(), "units", "ms");
            node_ids = Hdf5Series(group.id(), "node_ids", H5T_STD_U64LE, {}, {chunk}, Hdf5Packing::streams);
        }
        /// Writes the chunks, padded with zeros to their size.
        void flush(std::size_t chunk_rows) {
            const std::size_t rows = ids.rows();
            if (rows == 0) return;
            times.add(0, chunk_rows - rows);
            ids.add(0, chunk_rows - rows);
            timestamps.append_deflated(times.finish(), rows);
            node_ids.append_deflated(ids.finish(), rows);
        }
        /// An enumeration, as the format defines it; the reference readers do not accept text.
        static void write_sorting(hid_t group, SpikeOrder order) {
            const Hdf5Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose, "cannot be written");
            std::int8_t sorting = 0;
            std::int8_t value = 0;
            for (const SpikeOrder known : {SpikeOrder::none, SpikeOrder::by_id, SpikeOrder::by_time}) {
                hdf5_check(H5Tenum_insert(type.id(), std::string(to_string(known)).c_str(), &value),
                           "cannot be written");
                if (known == order) sorting = value;
                ++value;
            }
            hdf5_write_attribute(group, "sorting", type.id(), {}, &sorting);
        }

        Hdf5Series timestamps, node_ids;
        DeflateColumn times, ids;
    };

    const RecordingPlan* plan_;
    std::size_t chunk_rows_ = 0;
    std::vector<Columns> columns_;
};

/// /report/<population>/{data, mapping}: one variable of one trace, or of several.
class SonataReport final : public SonataSink {
public:
    /// One variable of one trace, with columns in the order of the trace.
    SonataReport(const RecordingPlan& plan, const std::filesystem::path& final_path, std::size_t trace,
                 std::size_t variable)
        : SonataSink(final_path), plan_(&plan), trace_(&plan.traces[trace]), variable_(variable) {
        groups_.emplace_back(trace_);
        groups_[0].node_ids = trace_->node_ids;
        parts_.push_back({trace, 0, {}});
        open();
    }
    /// Traces of one variable, by population, with columns in the order of their numbers.
    SonataReport(const RecordingPlan& plan, const std::filesystem::path& final_path,
                 const std::vector<std::size_t>& traces)
        : SonataSink(final_path), plan_(&plan), trace_(&plan.traces[traces.front()]) {
        for (const std::size_t trace : traces) {
            const RecordingPlan::Trace& own = plan.traces[trace];
            const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) {
                return group.first->population == own.population;
            });
            const auto group = static_cast<std::size_t>(found - groups_.begin());
            if (found == groups_.end()) groups_.emplace_back(&own);
            groups_[group].node_ids.insert(groups_[group].node_ids.end(), own.node_ids.begin(), own.node_ids.end());
            parts_.push_back({trace, group, {}});
        }
        for (Group& group : groups_) std::sort(group.node_ids.begin(), group.node_ids.end());
        for (Part& part : parts_) {
            const std::vector<std::uint64_t>& all = groups_[part.group].node_ids;
            for (const std::uint64_t id : plan.traces[part.trace].node_ids)
                part.columns.push_back(
                    static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), id) - all.begin()));
        }
        open();
    }

    void sample(const Sample& sample) override {
        if (!started_) first_step_ = sample.step;
        started_ = true;
        if (sample.trace == parts_.front().trace) {
            for (Group& group : groups_) group.buffer.resize((++group.rows) * group.node_ids.size());
            next_part_ = 0;
        }
        const Part& part = parts_[next_part_++];
        Group& group = groups_[part.group];
        const std::size_t neurons = plan_->traces[part.trace].node_ids.size();
        const auto values = sample.values.subspan(variable_ * neurons, neurons);
        const auto row = std::span(group.buffer).last(group.node_ids.size());
        if (part.columns.empty()) std::copy(values.begin(), values.end(), row.begin());
        for (std::size_t i = 0; i < part.columns.size(); ++i) row[part.columns[i]] = values[i];
        if (next_part_ < parts_.size()) return;
        for (Group& each : groups_)
            if (each.rows == each.most_rows) guarded([&] { each.flush(); });
    }

    void close(std::uint64_t steps_done) override {
        guarded([&] {
            for (Group& group : groups_) {
                if (started_ && next_part_ < parts_.size()) --group.rows;  // a step that failed
                group.flush();
                const double interval = plan_->clock.ms(trace_->interval_steps);
                const double start = plan_->clock.ms(first_step_);
                const double time[] = {start, plan_->clock.ms(first_step_ + group.data.rows() * trace_->interval_steps),
                                       interval};
                group.write_time(time);
            }
            groups_.clear();
            close_file(*plan_, steps_done);
        });
    }

private:
    /// A population.
    struct Group {
        explicit Group(const RecordingPlan::Trace* trace) : first(trace) {}

        void open(hid_t reports, std::size_t most_values, Variable variable) {
            const std::size_t neurons = node_ids.size();
            most_rows = std::clamp<std::size_t>(most_values / neurons, 1, 4096);
            population = hdf5_create_group(reports, first->population);
            data = Hdf5Series(population.id(), "data", H5T_IEEE_F32LE, {neurons},
                              {most_rows, std::min(neurons, kMostValues)});
            hdf5_write_text_attribute(data.id(), "units", units_of(variable, first->form));
            hdf5_write_text_attribute(data.id(), "variable", std::string(to_string(variable)));
            if (is_of_projection(variable)) hdf5_write_text_attribute(data.id(), "projection", first->projection);
            mapping = hdf5_create_group(population.id(), "mapping");
            write_mapping();
        }
        void flush() {
            data.append(H5T_NATIVE_FLOAT, buffer.data(), rows);
            buffer.clear();
            rows = 0;
        }
        /// A point neuron has one element, number 0.
        void write_mapping() {
            std::vector<std::uint64_t> pointers(node_ids.size() + 1);
            std::iota(pointers.begin(), pointers.end(), std::uint64_t{0});
            const std::vector<std::uint32_t> elements(node_ids.size(), 0);
            hdf5_write_whole(mapping.id(), "node_ids", H5T_STD_U64LE, H5T_NATIVE_UINT64, node_ids.size(),
                             node_ids.data());
            hdf5_write_whole(mapping.id(), "index_pointers", H5T_STD_U64LE, H5T_NATIVE_UINT64, pointers.size(),
                             pointers.data());
            hdf5_write_whole(mapping.id(), "element_ids", H5T_STD_U32LE, H5T_NATIVE_UINT32, elements.size(),
                             elements.data());
        }
        /// [start, stop, interval], stop not included.
        void write_time(const double (&time)[3]) {
            hdf5_write_whole(mapping.id(), "time", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 3, time);
            const Hdf5Handle set(H5Dopen2(mapping.id(), "time", H5P_DEFAULT), H5Dclose, "cannot be written");
            hdf5_write_text_attribute(set.id(), "units", "ms");
        }

        const RecordingPlan::Trace* first;    ///< of its traces
        std::vector<std::uint64_t> node_ids;  ///< by column
        std::size_t most_rows = 1, rows = 0;  ///< of the buffer
        std::vector<float> buffer;
        Hdf5Handle population, mapping;
        Hdf5Series data;
    };
    /// A trace.
    struct Part {
        std::size_t trace, group;
        std::vector<std::size_t> columns;  ///< by neuron; empty: as in the sample
    };

    void open() {
        std::size_t files = 0;
        for (const auto& each : plan_->traces) files += each.variables.size();
        const std::size_t budget = std::min(kMostValues, kBufferBudgetBytes / sizeof(float) / files);
        set_aside_for(budget * sizeof(float));
        create([&](hid_t file) {
            const Hdf5Handle reports = hdf5_create_group(file, "report");
            for (Group& group : groups_) group.open(reports.id(), budget, trace_->variables[variable_]);
        });
    }

    static constexpr std::size_t kMostValues = std::size_t{1} << 18;
    const RecordingPlan* plan_;
    const RecordingPlan::Trace* trace_;  ///< the first, which has the variable and the interval of all
    std::size_t variable_ = 0;
    std::uint64_t first_step_ = 0;
    bool started_ = false;
    std::size_t next_part_ = 0;  ///< of the row that is being filled
    std::vector<Group> groups_;
    std::vector<Part> parts_;
};

/// /weights/<projection>/{data, source, target, delay_ms, time}, and eligibility and dopamine if asked for. SONATA has no form for weights that
/// change; this one follows its reports. The synapses are known with the first sample.
class SonataWeights final : public SonataSink {
public:
    SonataWeights(const RecordingPlan& plan, const std::filesystem::path& final_path, std::size_t record)
        : SonataSink(final_path), plan_(&plan), record_(&plan.weights[record]) {
        create([&](hid_t file) {
            const Hdf5Handle weights = hdf5_create_group(file, "weights");
            projection_ = hdf5_create_group(weights.id(), record_->projection);
        });
    }

    void weights(const WeightSample& sample) override {
        guarded([&] {
            if (!started_) begin(sample);
            row_.clear();
            for (const PlasticSynapse& s : sample.synapses) row_.push_back(s.weight);
            if (row_.empty()) return;
            data_.append(H5T_NATIVE_FLOAT, row_.data(), 1);
            if (!record_->eligibility) return;
            for (std::size_t i = 0; i < row_.size(); ++i) row_[i] = sample.synapses[i].eligibility;
            eligibility_.append(H5T_NATIVE_FLOAT, row_.data(), 1);
            dopamine_.push_back(sample.dopamine);
        });
    }

    void close(std::uint64_t steps_done) override {
        guarded([&] {
            const double interval = plan_->clock.ms(record_->interval_steps);
            const double start = plan_->clock.ms(first_step_);
            const std::uint64_t rows = row_.empty() ? 0 : data_.rows();
            const double time[] = {start, plan_->clock.ms(first_step_ + rows * record_->interval_steps), interval};
            hdf5_write_whole(projection_.id(), "time", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 3, time);
            if (record_->eligibility)
                hdf5_write_whole(projection_.id(), "dopamine", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, dopamine_.size(),
                                 dopamine_.data());
            data_ = {};
            eligibility_ = {};
            projection_.reset();
            close_file(*plan_, steps_done);
        });
    }

private:
    void begin(const WeightSample& sample) {
        started_ = true;
        first_step_ = sample.step;
        const std::size_t count = sample.synapses.size();
        std::vector<std::uint64_t> sources, targets;
        std::vector<double> delays;
        for (const PlasticSynapse& s : sample.synapses) {
            sources.push_back(s.source - record_->first_source);
            targets.push_back(s.target - record_->first_target);
            delays.push_back(plan_->clock.ms(s.delay_steps));
        }
        if (count == 0) return;
        hdf5_write_whole(projection_.id(), "source", H5T_STD_U64LE, H5T_NATIVE_UINT64, count, sources.data());
        hdf5_write_whole(projection_.id(), "target", H5T_STD_U64LE, H5T_NATIVE_UINT64, count, targets.data());
        hdf5_write_whole(projection_.id(), "delay_ms", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, count, delays.data());
        constexpr std::size_t most_values = std::size_t{1} << 16;
        const std::size_t rows = std::clamp<std::size_t>(most_values / count, 1, 256);
        const auto series = [&](const char* name) {
            return Hdf5Series(projection_.id(), name, H5T_IEEE_F32LE, {count}, {rows, std::min(count, most_values)});
        };
        data_ = series("data");
        if (record_->eligibility) eligibility_ = series("eligibility");
    }

    const RecordingPlan* plan_;
    const RecordingPlan::Weights* record_;
    std::uint64_t first_step_ = 0;
    bool started_ = false;
    Hdf5Handle projection_;
    Hdf5Series data_, eligibility_;
    std::vector<float> row_;
    std::vector<double> dopamine_;  ///< by sample
};

}  // namespace

std::unique_ptr<Sink> make_sonata_spikes(const RecordingPlan& plan, const std::filesystem::path& file) {
    return std::make_unique<SonataSpikes>(plan, file);
}

std::unique_ptr<Sink> make_sonata_report(const RecordingPlan& plan, const std::filesystem::path& folder,
                                         std::size_t trace, std::size_t variable) {
    const auto& spec = plan.traces[trace];
    return std::make_unique<SonataReport>(plan, folder / report_file_name(spec.name, spec.variables[variable]), trace,
                                          variable);
}

std::unique_ptr<Sink> make_sonata_joint_report(const RecordingPlan& plan, const std::filesystem::path& folder,
                                               std::size_t report) {
    const RecordingPlan::Report& own = plan.reports[report];
    return std::make_unique<SonataReport>(plan, folder / (own.name + ".h5"), own.traces);
}

std::unique_ptr<Sink> make_sonata_weights(const RecordingPlan& plan, const std::filesystem::path& folder,
                                          std::size_t record) {
    return std::make_unique<SonataWeights>(plan, folder / weights_file_name(plan.weights[record].name, ".h5"), record);
}

}  // namespace izhi::io::detail
