// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "hdf5.hpp"
#include "izhi/error.hpp"
#include "readers.hpp"
#include "sonata.hpp"
#include "table_reader.hpp"
#include "text.hpp"

/// Nothing in a file is trusted: kinds, shapes and sizes are checked before data are read.
namespace izhi::io::detail {
namespace {

constexpr const char* kUnreadable = "is damaged, or its content does not fit its name";

/// A place in a file, for messages: "FILE: /spikes/exc/node_ids is missing".
struct Place {
    std::string file, path;
    [[nodiscard]] Place operator/(const std::string& name) const { return {file, path + "/" + name}; }
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(file + ": " + printable(shortened(path, 200)) + (path.empty() ? "" : " ") + what);
    }
};

bool has(hid_t parent, const std::string& name) {
    return H5Lexists(parent, name.c_str(), H5P_DEFAULT) > 0 && H5Oexists_by_name(parent, name.c_str(), H5P_DEFAULT) > 0;
}

H5O_type_t type_of(hid_t parent, const std::string& name) {
    H5O_info_t info{};
    return H5Oget_info_by_name(parent, name.c_str(), &info, H5P_DEFAULT) < 0 ? H5O_TYPE_UNKNOWN : info.type;
}

Hdf5Handle open_group(hid_t parent, const std::string& name, const Place& place) {
    if (!has(parent, name)) place.fail("is missing");
    if (type_of(parent, name) != H5O_TYPE_GROUP) place.fail("is not a group");
    return {H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose, kUnreadable};
}

std::vector<std::string> member_names(hid_t group) {
    std::vector<std::string> names;
    const auto visit = [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
        static_cast<std::vector<std::string>*>(data)->emplace_back(name);
        return 0;
    };
    hdf5_check(H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, visit, &names), kUnreadable);
    return names;
}

/// A data set of numbers with its kind and shape.
class NumberSet {
public:
    NumberSet(hid_t parent, const std::string& name, Place place) : place_(std::move(place)) {
        if (!has(parent, name)) place_.fail("is missing");
        if (type_of(parent, name) != H5O_TYPE_DATASET) place_.fail("is not a data set");
        set_ = Hdf5Handle(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose, kUnreadable);
        type_ = Hdf5Handle(H5Dget_type(set_.id()), H5Tclose, kUnreadable);
        const Hdf5Handle space(H5Dget_space(set_.id()), H5Sclose, kUnreadable);
        const int rank =
            H5Sget_simple_extent_type(space.id()) == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space.id()) : -1;
        if (rank < 1 || rank > 2) place_.fail("has the wrong number of dimensions");
        shape_.resize(static_cast<std::size_t>(rank));
        hdf5_check(H5Sget_simple_extent_dims(space.id(), shape_.data(), nullptr), kUnreadable);
    }

    [[nodiscard]] hid_t id() const noexcept { return set_.id(); }
    [[nodiscard]] const std::vector<hsize_t>& shape() const noexcept { return shape_; }
    [[nodiscard]] const Place& place() const noexcept { return place_; }

    void require_rank(std::size_t rank) const {
        if (shape_.size() != rank) {
            place_.fail("has " + std::to_string(shape_.size()) + " dimensions; allowed: " + std::to_string(rank));
        }
    }

    void require_numbers() const {
        const H5T_class_t kind = H5Tget_class(type_.id());
        if (kind != H5T_FLOAT && kind != H5T_INTEGER) place_.fail("holds no numbers");
    }
    void require_integers() const {
        if (H5Tget_class(type_.id()) != H5T_INTEGER) place_.fail("holds no integers");
    }

    /// All values as floating-point numbers; integers are accepted too.
    template <class Real>
    [[nodiscard]] std::vector<Real> reals(hid_t memory_type) const {
        require_numbers();
        return read<Real>(memory_type);
    }

    /// Some values of a row of numbers.
    template <class T>
    void read_some(hsize_t first, std::span<T> into, hid_t memory_type) const {
        const hsize_t count = into.size();
        const Hdf5Handle file_space(H5Dget_space(set_.id()), H5Sclose, kUnreadable);
        hdf5_check(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, &first, nullptr, &count, nullptr), kUnreadable);
        const Hdf5Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose, kUnreadable);
        hdf5_check(H5Dread(set_.id(), memory_type, memory.id(), file_space.id(), H5P_DEFAULT, into.data()),
                   kUnreadable);
    }

    /// All values as neuron numbers. Signed values are read as signed, because the library's conversion would turn -1
    /// into 0.
    [[nodiscard]] std::vector<std::uint64_t> ids() const {
        require_integers();
        if (H5Tget_sign(type_.id()) == H5T_SGN_NONE) return read<std::uint64_t>(H5T_NATIVE_UINT64);
        const auto values = read<std::int64_t>(H5T_NATIVE_INT64);
        for (const std::int64_t value : values) {
            if (value < 0) place_.fail("holds " + std::to_string(value) + "; allowed: 0 or more");
        }
        return {values.begin(), values.end()};
    }

private:
    template <class T>
    [[nodiscard]] std::vector<T> read(hid_t memory_type) const {
        hsize_t count = 1;
        for (const hsize_t extent : shape_) {
            if (extent != 0 && count > (hsize_t{1} << 50) / extent)
                place_.fail("claims more values than a file can hold");
            count *= extent;
        }
        // A data set of a few bytes can claim any extent, because the library fills it up when it is read. Compression
        // reduces data to at best a thousandth.
        const hsize_t stored = H5Dget_storage_size(set_.id());
        if (count > 4096 && count / 1100 > stored) {
            place_.fail("claims " + std::to_string(count) + " values and stores " + std::to_string(stored) + " bytes");
        }
        std::vector<T> values(count);
        if (count > 0)
            hdf5_check(H5Dread(set_.id(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), kUnreadable);
        return values;
    }

    Place place_;
    Hdf5Handle set_, type_;
    std::vector<hsize_t> shape_;
};

/// The unit of the times in milliseconds, from the attribute `units` of the data or of their group.
double unit_of(const NumberSet& times, hid_t group, const std::optional<double>& given_ms) {
    std::string units = hdf5_read_text_attribute(times.id(), "units");
    if (units.empty()) units = hdf5_read_text_attribute(group, "units");
    if (units.empty()) return given_ms.value_or(1.0);
    const auto unit_ms = time_unit_ms(units);
    if (!unit_ms)
        times.place().fail("has the units \"" + shortened(units, 40) + "\"; allowed: " + std::string(kTimeUnits));
    if (given_ms && *given_ms != *unit_ms)
        times.place().fail("has the units \"" + shortened(units, 40) + "\", and another unit was given");
    return *unit_ms;
}

/// Old files have no magic number; a wrong one means another format.
void require_magic(hid_t file, const Place& place) {
    if (H5Aexists(file, "magic") <= 0) return;
    const Hdf5Handle attribute(H5Aopen(file, "magic", H5P_DEFAULT), H5Aclose, kUnreadable);
    const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose, kUnreadable);
    const Hdf5Handle space(H5Aget_space(attribute.id()), H5Sclose, kUnreadable);
    std::uint32_t magic = 0;
    if (H5Tget_class(type.id()) == H5T_INTEGER && H5Sget_simple_extent_npoints(space.id()) == 1) {
        hdf5_check(H5Aread(attribute.id(), H5T_NATIVE_UINT32, &magic), kUnreadable);
    }
    if (magic != kSonataMagic) place.fail("the attribute magic is not that of SONATA, 0x0A7A");
}

SpikeTable::Population read_population(hid_t group, const std::string& name, const char* ids_name, const Place& place,
                                       const SpikeFileOptions& options) {
    const NumberSet times(group, "timestamps", place / "timestamps");
    const NumberSet ids(group, ids_name, place / ids_name);
    times.require_rank(1);
    ids.require_rank(1);
    const double unit_ms = unit_of(times, group, options.time_unit_ms);
    if (times.shape() != ids.shape()) {
        place.fail("has " + std::to_string(times.shape()[0]) + " timestamps and " + std::to_string(ids.shape()[0]) +
                   " " + ids_name + "; allowed: the same number of both");
    }
    SpikeTable::Population population{name, {}, times.reals<double>(H5T_NATIVE_DOUBLE), ids.ids()};
    // A number beyond 2^53 cannot be a number of neurons.
    if (const auto neurons = hdf5_read_number_attribute(group, "neurons");
        neurons && *neurons >= 0.0 && *neurons < 9e15)
        population.neurons = static_cast<std::uint64_t>(*neurons);
    for (double& time : population.times_ms) {
        if (unit_ms != 1.0) time *= unit_ms;
        if (!std::isfinite(time)) times.place().fail("holds a time that is not finite");
    }
    return population;
}

/// See read_stream().
class SonataStream : public SpikeReader {
public:
    SonataStream(const std::filesystem::path& file, const std::string& population, std::uint64_t first_id)
        : place_{file.string(), ""}, first_id_(first_id) {
        guarded([&] {
            file_ = hdf5_open_file(place_.file);
            require_magic(file_.id(), place_);
            const Place at = place_ / "spikes";
            const Hdf5Handle spikes = open_group(file_.id(), "spikes", at);
            const std::vector<std::string> names = member_names(spikes.id());
            std::string name = population;
            if (name.empty() && names.size() == 1) name = names.front();
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                std::string list;
                for (const std::string& other : names) list += (list.empty() ? "" : ", ") + printable(other);
                at.fail((name.empty() ? "has several populations" : "has no population " + printable(name)) +
                        "; allowed: " + list);
            }
            group_ = open_group(spikes.id(), name, at / name);
            times_.emplace(group_.id(), "timestamps", at / name / "timestamps");
            ids_.emplace(group_.id(), "node_ids", at / name / "node_ids");
            times_->require_rank(1);
            ids_->require_rank(1);
            times_->require_numbers();
            ids_->require_integers();
            if (times_->shape() != ids_->shape())
                (at / name).fail("has not the same number of timestamps and node_ids");
            unit_ms_ = unit_of(*times_, group_.id(), std::nullopt);
            count_ = times_->shape()[0];
        });
    }
    SonataStream(const SonataStream&) = delete;
    SonataStream& operator=(const SonataStream&) = delete;
    ~SonataStream() override {
        const Hdf5Session session;
        times_.reset();
        ids_.reset();
        group_.reset();
        file_.reset();
    }

    void read(std::vector<SpikeTrains::Event>& into) override {
        constexpr hsize_t at_once = 65536;
        const auto count = static_cast<std::size_t>(std::min(at_once, count_ - next_));
        into.resize(count);
        if (count == 0) return;
        read_times_.resize(count);
        read_ids_.resize(count);
        guarded([&] {
            times_->read_some(next_, std::span(read_times_), H5T_NATIVE_DOUBLE);
            ids_->read_some(next_, std::span(read_ids_), H5T_NATIVE_INT64);
        });
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

    void seek(double time_ms) override {
        hsize_t begin = 0, end = count_;
        guarded([&] {
            while (begin < end) {
                const hsize_t middle = begin + (end - begin) / 2;
                double time = 0.0;
                times_->read_some(middle, std::span(&time, 1), H5T_NATIVE_DOUBLE);
                if (unit_ms_ * time < time_ms) begin = middle + 1;
                else end = middle;
            }
        });
        next_ = begin;
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    template <class Do>
    void guarded(const Do& act) const {
        try {
            const Hdf5Session session;
            act();
        } catch (const Hdf5Failure& failure) { throw Error(place_.file + ": " + printable(failure.what())); }
    }
    Place place_;
    std::uint64_t first_id_;
    Hdf5Handle file_, group_;
    std::optional<NumberSet> times_, ids_;
    double unit_ms_ = 1.0;
    hsize_t count_ = 0, next_ = 0;
    std::vector<double> read_times_;
    std::vector<std::int64_t> read_ids_;
};

SpikeTable spikes_of(hid_t file, const Place& place, const SpikeFileOptions& options) {
    require_magic(file, place);
    if (!options.columns.empty()) place.fail("is SONATA, whose columns have names; columns were given");
    const Place at = place / "spikes";
    const Hdf5Handle spikes = open_group(file, "spikes", at);
    SpikeTable table;
    table.duration_ms = hdf5_read_number_attribute(file, "duration_ms");
    if (table.duration_ms && !(std::isfinite(*table.duration_ms) && *table.duration_ms > 0.0))
        table.duration_ms.reset();
    if (has(spikes.id(), "timestamps") && type_of(spikes.id(), "timestamps") == H5O_TYPE_DATASET) {
        table.populations.push_back(
            read_population(spikes.id(), "", "gids", at, options));  // the format before it had populations
        return table;
    }
    for (const std::string& name : member_names(spikes.id())) {
        const Hdf5Handle group = open_group(spikes.id(), name, at / name);
        table.populations.push_back(read_population(group.id(), name, "node_ids", at / name, options));
    }
    return table;
}

TraceTable report_of(hid_t reports, const std::string& name, const Place& place) {
    const Hdf5Handle group = open_group(reports, name, place);
    const Hdf5Handle mapping = open_group(group.id(), "mapping", place / "mapping");
    const NumberSet data(group.id(), "data", place / "data");
    const NumberSet ids(mapping.id(), "node_ids", place / "mapping" / "node_ids");
    const NumberSet time(mapping.id(), "time", place / "mapping" / "time");
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
    std::vector<double> axis = time.reals<double>(H5T_NATIVE_DOUBLE);
    if (unit_ms != 1.0)
        for (double& value : axis) value *= unit_ms;
    if (!(std::isfinite(axis[0]) && std::isfinite(axis[1]) && std::isfinite(axis[2]) && axis[2] > 0.0)) {
        time.place().fail("is not a time axis; allowed: finite start and stop, and an interval above 0");
    }
    const double rows = static_cast<double>(data.shape()[0]);
    if (std::abs((axis[1] - axis[0]) / axis[2] - rows) > 1.0) {  // writers differ on whether the end is included
        time.place().fail("does not fit the " + std::to_string(data.shape()[0]) + " samples of data");
    }
    TraceTable table;
    table.population = name;
    table.variable = hdf5_read_text_attribute(data.id(), "variable");
    table.projection = hdf5_read_text_attribute(data.id(), "projection");
    table.units = hdf5_read_text_attribute(data.id(), "units");
    table.node_ids = ids.ids();
    table.start_ms = axis[0];
    table.interval_ms = axis[2];
    table.values = data.reals<float>(H5T_NATIVE_FLOAT);
    return table;
}

template <class Read>
auto read_file(const std::filesystem::path& file, const Read& read) {
    const std::string name = file.string();
    try {
        const Hdf5Session session;
        const Hdf5Handle handle = hdf5_open_file(name);
        return read(handle.id(), Place{name, ""});
    } catch (const Hdf5Failure& failure) { throw Error(name + ": " + printable(failure.what())); }
}

}  // namespace

bool is_hdf5(const std::filesystem::path& file) {
    const std::string name = file.string();
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error || !std::filesystem::exists(status))
        throw Error(name + ": there is no such file, or it cannot be reached");
    if (!std::filesystem::is_regular_file(status)) throw Error(name + ": is not a file");
    const Hdf5Session session;
    return H5Fis_hdf5(name.c_str()) > 0;
}

SpikeTable read_sonata_spikes(const std::filesystem::path& file, const SpikeFileOptions& options) {
    return read_file(file, [&](hid_t id, const Place& place) { return spikes_of(id, place, options); });
}

SpikeStream stream_sonata_spikes(const std::filesystem::path& file, const std::string& population,
                                 std::uint64_t first_id) {
    (void)SonataStream(file, population, first_id);  // throws if there are no such spikes
    return {[=] { return std::make_unique<SonataStream>(file, population, first_id); }};
}

bool is_long_and_sorted(const std::filesystem::path& file, const std::string& population, std::uint64_t most) {
    SonataStream spikes(file, population, 0);
    if (spikes.count() <= most) return false;
    const auto by_time = [](const SpikeTrains::Event& x, const SpikeTrains::Event& y) { return x.time_ms < y.time_ms; };
    std::vector<SpikeTrains::Event> piece;
    double last_ms = -std::numeric_limits<double>::infinity();
    for (spikes.read(piece); !piece.empty(); spikes.read(piece)) {
        if (piece.front().time_ms < last_ms || !std::is_sorted(piece.begin(), piece.end(), by_time)) return false;
        last_ms = piece.back().time_ms;
    }
    return true;
}

std::vector<TraceTable> read_sonata_report(const std::filesystem::path& file) {
    return read_file(file, [](hid_t id, const Place& place) {
        require_magic(id, place);
        const Hdf5Handle reports = open_group(id, "report", place / "report");
        std::vector<TraceTable> tables;
        for (const std::string& name : member_names(reports.id())) {
            tables.push_back(report_of(reports.id(), name, place / "report" / name));
        }
        return tables;
    });
}

}  // namespace izhi::io::detail
