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
            check_disk();
        } catch (const Hdf5Failure& failure) { throw RunError(path().string() + ": " + failure.what()); }
    }
    /// To be called last, when everything else of the file is closed.
    void close_file(const RecordingPlan& plan, std::uint64_t steps_done) {
        const double duration_ms = plan.clock.ms(steps_done);
        hdf5_write_attribute(file_.id(), "duration_ms", H5T_NATIVE_DOUBLE, {}, &duration_ms);
        hdf5_write_text_attribute(file_.id(), "izhi_version", std::string(kVersion));
        hdf5_write_attribute(file_.id(), "seed", H5T_NATIVE_UINT64, {}, &plan.network.description().spec.seed);
        if (plan.spike_hash) hdf5_write_text_attribute(file_.id(), "spike_hash", hash_text(*plan.spike_hash));
        file_.close();
    }

private:
    void check_disk() const {
        if (file_.error() != 0)
            throw Hdf5Failure("cannot be written: " + std::generic_category().message(file_.error()));
    }

    Hdf5Output file_;
};

/// /spikes/<population>/{timestamps, node_ids}. Each population has one unfinished chunk of each column, which is compressed
/// value by value.
class SonataSpikes final : public SonataSink {
public:
    SonataSpikes(const RecordingPlan& plan, const std::filesystem::path& final_path)
        : SonataSink(final_path), plan_(&plan) {
        // Chunks have 256 KiB for readers, which keep several in memory. Here a row takes at most 18 bytes.
        constexpr std::size_t kMostRows = 32768, kLeastRows = 256, kRowBytes = 32;
        chunk_rows_ = std::clamp(kBufferBudgetBytes / kRowBytes / plan.recorded.size(), kLeastRows, kMostRows);
        create([&](hid_t file) {
            const Hdf5Handle spikes = hdf5_create_group(file, "spikes");
            columns_.resize(plan.recorded.size());
            for (std::uint32_t i = 0; i < plan.recorded.size(); ++i) {
                if (plan.recorded[i]) columns_[i] = Columns(spikes.id(), plan.population({i}), chunk_rows_);
            }
        });
    }

    void spikes(std::uint64_t step, std::span<const std::uint32_t> neurons) override {
        const auto time = std::bit_cast<std::uint64_t>(plan_->clock.ms(step));
        plan_->by_recorded_population(neurons, [&](PopulationId population, std::span<const std::uint32_t> own) {
            Columns& columns = columns_[population.index];
            const std::uint32_t first = plan_->network.first_neuron(population);
            while (!own.empty()) {
                const std::size_t count = std::min(own.size(), chunk_rows_ - columns.ids.rows());
                columns.times.add(time, count);
                columns.ids.add_each(own.first(count), first);
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
        Columns() = default;
        Columns(hid_t spikes, const PopulationSpec& population, hsize_t chunk) {
            const Hdf5Handle group = hdf5_create_group(spikes, population.name);
            write_sorting(group.id());
            // The format has no place for the size, but rates cannot be computed without it, because not all neurons
            // fire.
            const std::uint64_t neurons = population.size;
            hdf5_write_attribute(group.id(), "neurons", H5T_NATIVE_UINT64, {}, &neurons);
            timestamps = Hdf5Series(group.id(), "timestamps", H5T_IEEE_F64LE, {}, {chunk}, true);
            hdf5_write_text_attribute(timestamps.id(), "units", "ms");
            node_ids = Hdf5Series(group.id(), "node_ids", H5T_STD_U64LE, {}, {chunk}, true);
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
        static void write_sorting(hid_t group) {
            const Hdf5Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose, "cannot be written");
            for (std::int8_t value = 0; value < 3; ++value) {
                static constexpr const char* kNames[] = {"none", "by_id", "by_time"};
                hdf5_check(H5Tenum_insert(type.id(), kNames[value], &value), "cannot be written");
            }
            const std::int8_t by_time = 2;
            hdf5_write_attribute(group, "sorting", type.id(), {}, &by_time);
        }

        Hdf5Series timestamps, node_ids;
        DeflateColumn times, ids;
    };

    const RecordingPlan* plan_;
    std::size_t chunk_rows_ = 0;
    std::vector<Columns> columns_;
};

/// /report/<population>/{data, mapping}: one variable of one trace.
class SonataReport final : public SonataSink {
public:
    SonataReport(const RecordingPlan& plan, const std::filesystem::path& final_path, std::size_t trace,
                 std::size_t variable)
        : SonataSink(final_path), plan_(&plan), trace_(&plan.traces[trace]), variable_(variable) {
        std::size_t files = 0;
        for (const auto& each : plan.traces) files += each.variables.size();
        constexpr std::size_t kMostValues = std::size_t{1} << 18;
        const std::size_t budget = std::min(kMostValues, kBufferBudgetBytes / sizeof(float) / files);
        const std::size_t neurons = trace_->neurons.size();
        rows_ = std::clamp<std::size_t>(budget / neurons, 1, 4096);
        create([&](hid_t file) {
            const Hdf5Handle reports = hdf5_create_group(file, "report");
            population_ = hdf5_create_group(reports.id(), trace_->population);
            data_ = Hdf5Series(population_.id(), "data", H5T_IEEE_F32LE, {neurons},
                               {rows_, std::min(neurons, kMostValues)});
            const Variable recorded = trace_->variables[variable_];
            hdf5_write_text_attribute(data_.id(), "units", units_of(recorded, trace_->form));
            hdf5_write_text_attribute(data_.id(), "variable", std::string(to_string(recorded)));
            if (is_of_projection(recorded)) hdf5_write_text_attribute(data_.id(), "projection", trace_->projection);
            mapping_ = hdf5_create_group(population_.id(), "mapping");
            write_mapping();
        });
    }

    void sample(const Sample& sample) override {
        if (!started_) first_step_ = sample.step;
        started_ = true;
        const std::size_t neurons = trace_->neurons.size();
        const auto row = sample.values.subspan(variable_ * neurons, neurons);
        buffer_.insert(buffer_.end(), row.begin(), row.end());
        if (buffer_.size() == rows_ * neurons) guarded([&] { flush(); });
    }

    void close(std::uint64_t steps_done) override {
        guarded([&] {
            flush();
            const double interval = plan_->clock.ms(trace_->interval_steps);
            const double start = plan_->clock.ms(first_step_);
            const double time[] = {start, plan_->clock.ms(first_step_ + data_.rows() * trace_->interval_steps),
                                   interval};
            write_time(time);
            data_ = {};
            mapping_.reset();
            population_.reset();
            close_file(*plan_, steps_done);
        });
    }

private:
    void flush() {
        data_.append(H5T_NATIVE_FLOAT, buffer_.data(), buffer_.size() / trace_->neurons.size());
        buffer_.clear();
    }
    /// A point neuron has one element, number 0.
    void write_mapping() {
        const std::vector<std::uint64_t> ids(trace_->neurons.begin(), trace_->neurons.end());
        std::vector<std::uint64_t> pointers(ids.size() + 1);
        std::iota(pointers.begin(), pointers.end(), std::uint64_t{0});
        const std::vector<std::uint32_t> elements(ids.size(), 0);
        hdf5_write_whole(mapping_.id(), "node_ids", H5T_STD_U64LE, H5T_NATIVE_UINT64, ids.size(), ids.data());
        hdf5_write_whole(mapping_.id(), "index_pointers", H5T_STD_U64LE, H5T_NATIVE_UINT64, pointers.size(),
                         pointers.data());
        hdf5_write_whole(mapping_.id(), "element_ids", H5T_STD_U32LE, H5T_NATIVE_UINT32, elements.size(),
                         elements.data());
    }
    /// [start, stop, interval], stop not included.
    void write_time(const double (&time)[3]) {
        hdf5_write_whole(mapping_.id(), "time", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 3, time);
        const Hdf5Handle set(H5Dopen2(mapping_.id(), "time", H5P_DEFAULT), H5Dclose, "cannot be written");
        hdf5_write_text_attribute(set.id(), "units", "ms");
    }

    const RecordingPlan* plan_;
    const RecordingPlan::Trace* trace_;
    std::size_t variable_;
    std::size_t rows_ = 1;
    std::uint64_t first_step_ = 0;
    bool started_ = false;
    Hdf5Handle population_, mapping_;
    Hdf5Series data_;
    std::vector<float> buffer_;
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

std::unique_ptr<Sink> make_sonata_spikes(const RecordingPlan& plan, const std::filesystem::path& folder) {
    return std::make_unique<SonataSpikes>(plan, folder / "spikes.h5");
}

std::unique_ptr<Sink> make_sonata_report(const RecordingPlan& plan, const std::filesystem::path& folder,
                                         std::size_t trace, std::size_t variable) {
    const auto& spec = plan.traces[trace];
    return std::make_unique<SonataReport>(plan, folder / report_file_name(spec.name, spec.variables[variable]), trace,
                                          variable);
}

std::unique_ptr<Sink> make_sonata_weights(const RecordingPlan& plan, const std::filesystem::path& folder,
                                          std::size_t record) {
    return std::make_unique<SonataWeights>(plan, folder / weights_file_name(plan.weights[record].name, ".h5"), record);
}

}  // namespace izhi::io::detail
