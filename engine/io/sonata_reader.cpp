// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "apart.hpp"
#include "engine/base/file_descriptor.hpp"
#include "hdf5_input.hpp"
#include "izhi/error.hpp"
#include "readers.hpp"
#include "sonata.hpp"
#include "table_reader.hpp"
#include "text.hpp"

/// Nothing in a file is trusted: kinds, shapes and sizes are checked before data are read, and all of it happens in a
/// child process (apart.hpp), because the library itself can crash or hang.
namespace izhi::io::detail {
namespace {

/// The unit of the times in milliseconds, from the attribute `units` of the data or of their group.
double unit_of(const Hdf5Numbers& times, hid_t group, const std::optional<double>& given_ms) {
    std::string units = hdf5_read_text_attribute(times.id(), "units");
    if (units.empty()) units = hdf5_read_text_attribute(group, "units");
    if (units.empty() && (H5Aexists(times.id(), "units") > 0 || H5Aexists(group, "units") > 0))
        times.place().fail("has an attribute units without a unit; allowed: " + std::string(kTimeUnits));
    if (units.empty()) return given_ms.value_or(1.0);
    const auto unit_ms = time_unit_ms(units);
    if (!unit_ms)
        times.place().fail("has the units \"" + shortened(units, 40) + "\"; allowed: " + std::string(kTimeUnits));
    if (given_ms && *given_ms != *unit_ms)
        times.place().fail("has the units \"" + shortened(units, 40) + "\", and another unit was given");
    return *unit_ms;
}

/// Sends the spikes of a population, for receive_spikes().
void send_population(ApartOutput& out, hid_t group, const std::string& name, const char* ids_name,
                     const Hdf5Place& place, const SpikeFileOptions& options) {
    const Hdf5Numbers times(group, "timestamps", place / "timestamps");
    const Hdf5Numbers ids(group, ids_name, place / ids_name);
    times.require_rank(1);
    ids.require_rank(1);
    const double unit_ms = unit_of(times, group, options.time_unit_ms);
    if (times.shape() != ids.shape()) {
        place.fail("has " + std::to_string(times.shape()[0]) + " timestamps and " + std::to_string(ids.shape()[0]) +
                   " " + ids_name + "; allowed: the same number of both");
    }
    out.value(true);  // one more population
    out.text(name);
    auto neurons = hdf5_read_number_attribute(group, "neurons");
    // A number beyond 2^53 cannot be a number of neurons.
    if (neurons && !(*neurons >= 0.0 && *neurons < 9e15)) neurons.reset();
    out.value(neurons.has_value());
    out.value(static_cast<std::uint64_t>(neurons.value_or(0.0)));
    out.value(std::uint64_t{times.count()});
    times.send_reals<double>(out, H5T_NATIVE_DOUBLE, [&](std::span<double> piece) {
        for (double& time : piece) {
            if (unit_ms != 1.0) time *= unit_ms;
            if (!std::isfinite(time)) times.place().fail("holds a time that is not finite");
        }
    });
    ids.send_ids(out);
}

SpikeTable receive_spikes(Apart& child) {
    SpikeTable table;
    const bool has_duration = child.value<bool>();
    const auto duration_ms = child.value<double>();
    if (has_duration) table.duration_ms = duration_ms;
    while (child.value<bool>()) {
        auto& population = table.populations.emplace_back();
        population.name = child.text();
        const bool has_neurons = child.value<bool>();
        const auto neurons = child.value<std::uint64_t>();
        if (has_neurons) population.neurons = neurons;
        const auto count = child.value<std::uint64_t>();
        child.column(count, population.times_ms);
        child.column(count, population.node_ids);
    }
    child.finish();
    return table;
}

/// The spikes of a population, piece by piece.
class SpikePieces {
public:
    SpikePieces(const std::filesystem::path& file, const std::string& population, std::uint64_t first_id)
        : place_{file.string(), ""}, first_id_(first_id) {
        file_ = hdf5_open_file(place_.file);
        require_sonata_magic(file_.id(), place_);
        const Hdf5Place at = place_ / "spikes";
        const Hdf5Handle spikes = hdf5_open_group(file_.id(), "spikes", at);
        const std::vector<std::string> names = hdf5_member_names(spikes.id());
        std::string name = population;
        if (name.empty() && names.size() == 1) name = names.front();
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            std::string list;
            for (const std::string& other : names) list += (list.empty() ? "" : ", ") + printable(other);
            at.fail((name.empty() ? "has several populations" : "has no population " + printable(name)) +
                    "; allowed: " + list);
        }
        group_ = hdf5_open_group(spikes.id(), name, at / name);
        times_.emplace(group_.id(), "timestamps", at / name / "timestamps");
        ids_.emplace(group_.id(), "node_ids", at / name / "node_ids");
        times_->require_rank(1);
        ids_->require_rank(1);
        times_->require_numbers();
        ids_->require_integers();
        if (times_->shape() != ids_->shape()) (at / name).fail("has not the same number of timestamps and node_ids");
        unit_ms_ = unit_of(*times_, group_.id(), std::nullopt);
        count_ = times_->shape()[0];
    }

    void read(std::vector<SpikeTrains::Event>& into) {
        constexpr hsize_t at_once = 65536;
        const auto count = static_cast<std::size_t>(std::min(at_once, count_ - next_));
        into.resize(count);
        if (count == 0) return;
        read_times_.resize(count);
        read_ids_.resize(count);
        times_->read_some(next_, std::span(read_times_), H5T_NATIVE_DOUBLE);
        ids_->read_some(next_, std::span(read_ids_), H5T_NATIVE_INT64);
        for (std::size_t i = 0; i < count; ++i) {
            const std::int64_t id = read_ids_[i];
            if (id < 0 || static_cast<std::uint64_t>(id) < first_id_ ||
                static_cast<std::uint64_t>(id) - first_id_ > std::numeric_limits<std::uint32_t>::max())
                place_.fail("has a spike of neuron " + std::to_string(id) + ", number " +
                            std::to_string(next_ + i + 1));
            into[i] = {unit_ms_ * read_times_[i],
                       static_cast<std::uint32_t>(static_cast<std::uint64_t>(id) - first_id_)};
        }
        next_ += count;
    }

    /// The number of the first spike at or after a time.
    [[nodiscard]] std::uint64_t find(double time_ms) {
        hsize_t begin = 0, end = count_;
        while (begin < end) {
            const hsize_t middle = begin + (end - begin) / 2;
            double time = 0.0;
            times_->read_some(middle, std::span(&time, 1), H5T_NATIVE_DOUBLE);
            if (unit_ms_ * time < time_ms) begin = middle + 1;
            else end = middle;
        }
        return begin;
    }
    /// The next read() begins with the spike of this number.
    void go_to(std::uint64_t number) { next_ = std::min<hsize_t>(number, count_); }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    Hdf5Place place_;
    std::uint64_t first_id_;
    Hdf5Handle file_, group_;
    std::optional<Hdf5Numbers> times_, ids_;
    double unit_ms_ = 1.0;
    hsize_t count_ = 0, next_ = 0;
    std::vector<double> read_times_;
    std::vector<std::int64_t> read_ids_;
};

void send_spikes(ApartOutput& out, hid_t file, const Hdf5Place& place, const SpikeFileOptions& options) {
    require_sonata_magic(file, place);
    if (!options.columns.empty()) place.fail("is SONATA, whose columns have names; columns were given");
    const Hdf5Place at = place / "spikes";
    const Hdf5Handle spikes = hdf5_open_group(file, "spikes", at);
    const double duration_ms = hdf5_read_number_attribute(file, "duration_ms").value_or(0.0);
    out.value(std::isfinite(duration_ms) && duration_ms > 0.0);
    out.value(duration_ms);
    if (hdf5_has(spikes.id(), "timestamps") && hdf5_type_of(spikes.id(), "timestamps") == H5O_TYPE_DATASET) {
        send_population(out, spikes.id(), "", "gids", at, options);  // the format before it had populations
    } else {
        for (const std::string& name : hdf5_member_names(spikes.id())) {
            const Hdf5Handle group = hdf5_open_group(spikes.id(), name, at / name);
            send_population(out, group.id(), name, "node_ids", at / name, options);
        }
    }
    out.value(false);
}

/// Sends a report, for receive_reports().
void send_report(ApartOutput& out, hid_t reports, const std::string& name, const Hdf5Place& place) {
    const Hdf5Handle group = hdf5_open_group(reports, name, place);
    const Hdf5Handle mapping = hdf5_open_group(group.id(), "mapping", place / "mapping");
    const Hdf5Numbers data(group.id(), "data", place / "data");
    const Hdf5Numbers ids(mapping.id(), "node_ids", place / "mapping" / "node_ids");
    const Hdf5Numbers time(mapping.id(), "time", place / "mapping" / "time");
    data.require_rank(2);
    ids.require_rank(1);
    time.require_rank(1);
    if (data.shape()[1] != ids.shape()[0]) {
        place.fail("has data of " + std::to_string(data.shape()[1]) + " columns and " + std::to_string(ids.shape()[0]) +
                   " node_ids; allowed: the same number of both");
    }
    if (time.shape()[0] != 3)
        time.place().fail("has " + std::to_string(time.shape()[0]) + " values; allowed: start, stop, interval");
    const double unit_ms = unit_of(time, mapping.id(), std::nullopt);
    std::vector<double> axis = time.reals();
    if (unit_ms != 1.0)
        for (double& value : axis) value *= unit_ms;
    if (!(std::isfinite(axis[0]) && std::isfinite(axis[1]) && std::isfinite(axis[2]) && axis[2] > 0.0)) {
        time.place().fail("is not a time axis; allowed: finite start and stop, and an interval above 0");
    }
    const double rows = static_cast<double>(data.shape()[0]);
    if (std::abs((axis[1] - axis[0]) / axis[2] - rows) > 1.0) {  // writers differ on whether the end is included
        time.place().fail("does not fit the " + std::to_string(data.shape()[0]) + " samples of data");
    }
    out.value(true);  // one more report
    out.text(name);
    for (const char* attribute : {"variable", "projection", "units"})
        out.text(hdf5_read_text_attribute(data.id(), attribute));
    out.value(axis[0]);
    out.value(axis[2]);
    out.value(std::uint64_t{ids.count()});
    ids.send_ids(out);
    out.value(std::uint64_t{data.count()});
    data.send_reals<float>(out, H5T_NATIVE_FLOAT, [](std::span<float>) {});
}

std::vector<TraceTable> receive_reports(Apart& child) {
    std::vector<TraceTable> tables;
    while (child.value<bool>()) {
        TraceTable& table = tables.emplace_back();
        for (std::string* text : {&table.population, &table.variable, &table.projection, &table.units})
            *text = child.text();
        table.start_ms = child.value<double>();
        table.interval_ms = child.value<double>();
        child.column(child.value<std::uint64_t>(), table.node_ids);
        child.column(child.value<std::uint64_t>(), table.values);
    }
    child.finish();
    return tables;
}

/// A question to the child of a SonataStream.
struct StreamQuestion {
    enum Kind : std::uint32_t {
        read,   ///< the spikes from the current place on; answered by a piece
        find,   ///< answered by the number of the first spike at or after time_ms, which is the new place
        go_to,  ///< no answer; the new place is `number`
    } kind = read;
    double time_ms = 0.0;
    std::uint64_t number = 0;
};

/// See read_stream(). The child reads one piece ahead.
class SonataStream : public SpikeReader {
public:
    SonataStream(std::filesystem::path file, std::string population, std::uint64_t first_id)
        : file_(std::move(file)), population_(std::move(population)), first_id_(first_id) {
        start();
        child_->ask(StreamQuestion{});
    }

    void read(std::vector<SpikeTrains::Event>& into) override {
        if (!has_child()) {
            start();
            child_->ask(StreamQuestion{.kind = StreamQuestion::go_to, .number = next_});
            child_->ask(StreamQuestion{});
        }
        into.clear();
        try {
            child_->append(into);
        } catch (...) {
            child_.reset();
            throw;
        }
        next_ += into.size();
        child_->ask(StreamQuestion{});
    }

    void seek(double time_ms) override {
        drop_piece();
        if (!child_) start();
        try {
            child_->ask(StreamQuestion{.kind = StreamQuestion::find, .time_ms = time_ms});
            next_ = child_->value<std::uint64_t>();
        } catch (...) {
            child_.reset();
            throw;
        }
        child_->ask(StreamQuestion{});
    }

private:
    /// A copy of the process that made the reader (fork) needs a child of its own.
    [[nodiscard]] bool has_child() {
        if (child_ && !child_->is_own()) child_.reset();
        return child_.has_value();
    }

    /// Receives the piece that is on its way, which nobody wants; nor its failure.
    void drop_piece() {
        if (!has_child()) return;
        try {
            std::vector<SpikeTrains::Event> piece;
            child_->append(piece);
        } catch (const std::exception&) { child_.reset(); }
    }

    void start() {
        const std::string name = file_.string();
        child_.emplace(name, [&](ApartOutput& out) { hdf5_guarded(name, [&] { answer(out); }); });
        try {
            (void)child_->value<bool>();
        } catch (...) {
            child_.reset();
            throw;
        }
    }

    /// In the child.
    void answer(ApartOutput& out) const {
        SpikePieces spikes(file_, population_, first_id_);
        out.value(true);  // there are such spikes
        std::vector<SpikeTrains::Event> piece;
        for (StreamQuestion question; out.asked(question);) {
            if (question.kind == StreamQuestion::go_to) spikes.go_to(question.number);
            else if (question.kind == StreamQuestion::find) {
                const std::uint64_t number = spikes.find(question.time_ms);
                spikes.go_to(number);
                out.value(number);
            } else {
                spikes.read(piece);
                out.values(std::span<const SpikeTrains::Event>(piece));
            }
        }
    }

    std::filesystem::path file_;
    std::string population_;
    std::uint64_t first_id_;
    std::uint64_t next_ = 0;  ///< the number of the spike that the next read() begins with
    std::optional<Apart> child_;
};

}  // namespace

bool is_hdf5(const std::filesystem::path& file) {
    const std::string name = file.string();
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error || !std::filesystem::exists(status))
        throw Error(name + ": there is no such file, or it cannot be reached");
    if (!std::filesystem::is_regular_file(status)) throw Error(name + ": is not a file");
    // The library would open the file here, and not in a child.
    constexpr std::array<unsigned char, 8> kSignature{0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
    izhi::detail::FileDescriptor descriptor(file, O_RDONLY);
    if (!descriptor.is_open()) return false;
    std::array<unsigned char, 8> found{};
    for (std::uint64_t place = 0; descriptor.seek(place); place = place == 0 ? 512 : 2 * place) {
        if (descriptor.read(std::as_writable_bytes(std::span(found))) != found.size()) return false;
        if (found == kSignature) return true;
    }
    return false;
}

SpikeTable read_sonata_spikes(const std::filesystem::path& file, const SpikeFileOptions& options,
                              const ApartLimits& limits) {
    const std::string name = file.string();
    Apart child(
        name,
        [&](ApartOutput& out) {
            hdf5_guarded(name, [&] { send_spikes(out, hdf5_open_file(name).id(), Hdf5Place{name, ""}, options); });
        },
        limits);
    return receive_spikes(child);
}

SpikeStream stream_sonata_spikes(const std::filesystem::path& file, const std::string& population,
                                 std::uint64_t first_id) {
    (void)SonataStream(file, population, first_id);  // throws if there are no such spikes
    return {[=] { return std::make_unique<SonataStream>(file, population, first_id); }};
}

bool is_long_and_sorted(const std::filesystem::path& file, const std::string& population, std::uint64_t most) {
    const std::string name = file.string();
    Apart child(name, [&](ApartOutput& out) {
        hdf5_guarded(name, [&] {
            SpikePieces spikes(file, population, 0);
            bool sorted = spikes.count() > most;
            double last_ms = -std::numeric_limits<double>::infinity();
            std::vector<SpikeTrains::Event> piece;
            while (sorted) {
                spikes.read(piece);
                if (piece.empty()) break;
                for (const SpikeTrains::Event& spike : piece) {
                    sorted = sorted && !(spike.time_ms < last_ms);
                    last_ms = spike.time_ms;
                }
                out.alive();
            }
            out.value(sorted);
        });
    });
    const bool sorted = child.value<bool>();
    child.finish();
    return sorted;
}

std::vector<TraceTable> read_sonata_report(const std::filesystem::path& file, const ApartLimits& limits) {
    const std::string name = file.string();
    Apart child(
        name,
        [&](ApartOutput& out) {
            hdf5_guarded(name, [&] {
                const Hdf5Handle handle = hdf5_open_file(name);
                const Hdf5Place place{name, ""};
                require_sonata_magic(handle.id(), place);
                const Hdf5Handle reports = hdf5_open_group(handle.id(), "report", place / "report");
                for (const std::string& report : hdf5_member_names(reports.id()))
                    send_report(out, reports.id(), report, place / "report" / report);
                out.value(false);
            });
        },
        limits);
    return receive_reports(child);
}

}  // namespace izhi::io::detail
