// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/export_files.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <fstream>
#include <memory>
#include <system_error>

#include "engine/io/sonata.hpp"
#include "engine/io/text.hpp"
#include "izhi/error.hpp"

namespace izhi::io::detail {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_writing(const std::string& shown, int error) {
    throw RunError(shown + ": cannot be written: " + std::generic_category().message(error != 0 ? error : EIO));
}

/// A text file that is being written.
class TextOutput {
public:
    TextOutput(const ExportFolder& to, const std::string& name) : shown_((to.shown / name).string()) {
        const fs::path path = to / name;
        std::error_code ignored;  // opening the file tells
        fs::create_directories(path.parent_path(), ignored);
        errno = 0;
        file_.open(path, std::ios::binary | std::ios::trunc);
        check();
    }
    void write(std::string_view text) {
        errno = 0;
        file_.write(text.data(), static_cast<std::streamsize>(text.size()));
        check();
    }
    void close() {
        errno = 0;
        file_.close();
        check();
    }

private:
    void check() const {
        if (!file_) fail_writing(shown_, errno);
    }
    std::string shown_;
    std::ofstream file_;
};

/// The attribute of spikes that are in order of time: an enumeration.
void mark_sorted_by_time(hid_t group) {
    constexpr const char* what = "cannot be written";
    const Hdf5Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose, what);
    std::int8_t number = 0;
    for (const char* order : {"none", "by_id", "by_time"}) {
        hdf5_check(H5Tenum_insert(type.id(), order, &number), what);
        ++number;
    }
    const std::int8_t by_time = 2;
    hdf5_write_attribute(group, "sorting", type.id(), {}, &by_time);
}

}  // namespace

void ExportFolder::check() const {
    if (proceed && !proceed()) throw RunError(shown.string() + ": is not written, because this was stopped");
}

void write_text(const ExportFolder& to, const std::string& name, std::string_view text) {
    TextOutput file(to, name);
    file.write(text);
    file.close();
}

void write_table(const ExportFolder& to, const std::string& name, const std::vector<std::string>& columns,
                 std::size_t rows, const std::function<void(std::string&, std::size_t)>& append_row) {
    to.check();
    TextOutput file(to, name);
    std::string text;
    for (const std::string& column : columns) text += (text.empty() ? "" : ",") + column;
    text += '\n';
    constexpr std::size_t most = std::size_t{1} << 20;
    for (std::size_t row = 0; row < rows; ++row) {
        append_row(text, row);
        text += '\n';
        if (text.size() < most) continue;
        to.check();
        file.write(text);
        text.clear();
    }
    file.write(text);
    file.close();
}

SonataFile::SonataFile(const ExportFolder& to, const std::string& name) : shown_((to.shown / name).string()) {
    write_text(to, name, {});  // the driver opens a file that is there
    guarded([&] {
        file_.create((to / name).string());
        const std::uint32_t magic = kSonataMagic;
        hdf5_write_attribute(file_.id(), "magic", H5T_NATIVE_UINT32, {}, &magic);
        hdf5_write_attribute(file_.id(), "version", H5T_NATIVE_UINT32, {2}, kSonataVersion);
    });
}

void SonataFile::guarded(const std::function<void()>& work) {
    const Hdf5Session session;
    try {
        work();
    } catch (const Hdf5Failure& failure) { throw RunError(shown_ + ": " + failure.what()); }
    if (file_.error() != 0) fail_writing(shown_, file_.error());
}

void SonataFile::close() {
    guarded([&] { file_.close(); });
}

WholeColumn::WholeColumn(hid_t parent, const std::string& name, hid_t stored_type, std::size_t width)
    : width_(width),
      series_(parent, name, stored_type, width == 1 ? std::vector<hsize_t>{} : std::vector<hsize_t>{width},
              width == 1 ? std::vector<hsize_t>{kNumbers} : std::vector<hsize_t>{kNumbers / width, width},
              Hdf5Packing::streams) {}

void WholeColumn::add(std::uint64_t value, std::uint64_t count) {
    while (count > 0) {
        const std::uint64_t now = std::min<std::uint64_t>(count, kNumbers - numbers_.rows());
        numbers_.add(value, now);
        count -= now;
        if (numbers_.rows() == kNumbers) flush();
    }
}

void WholeColumn::add_each(std::span<const std::uint32_t> values) {
    while (!values.empty()) {
        const std::size_t now = std::min(values.size(), kNumbers - numbers_.rows());
        numbers_.add_each(values.first(now), 0);
        values = values.subspan(now);
        if (numbers_.rows() == kNumbers) flush();
    }
}

void WholeColumn::flush() {
    const std::size_t rows = numbers_.rows();
    if (rows == 0) return;
    numbers_.add(0, kNumbers - rows);  // a chunk is whole
    series_.append_deflated(numbers_.finish(), rows / width_);
}

RealColumn::RealColumn(hid_t parent, const std::string& name)
    : series_(parent, name, H5T_IEEE_F64LE, {}, {kChunk}, Hdf5Packing::shuffled) {}

void RealColumn::add(double value) {
    values_.push_back(value);
    if (values_.size() == kChunk) flush();
}

void RealColumn::flush() {
    series_.append(H5T_NATIVE_DOUBLE, values_.data(), values_.size());
    values_.clear();
}

void write_spike_input(const ExportFolder& to, const std::string& name, const std::string& population,
                       const SpikeSource& source) {
    SonataFile file(to, name);
    file.guarded([&] {
        const Hdf5Handle spikes = hdf5_create_group(file.id(), "spikes");
        const Hdf5Handle group = hdf5_create_group(spikes.id(), population);
        mark_sorted_by_time(group.id());
        RealColumn times(group.id(), "timestamps");
        hdf5_write_text_attribute(times.id(), "units", "ms");
        WholeColumn nodes(group.id(), "node_ids", H5T_STD_U64LE);
        const auto add = [&](const std::vector<SpikeTrains::Event>& events) {
            for (const SpikeTrains::Event& event : events) {
                times.add(event.time_ms);
                nodes.add(event.neuron);
            }
        };
        if (const auto* trains = std::get_if<SpikeTrains>(&source)) {
            std::vector<SpikeTrains::Event> events = trains->spikes;
            std::sort(events.begin(), events.end(), [](const SpikeTrains::Event& x, const SpikeTrains::Event& y) {
                return x.time_ms != y.time_ms ? x.time_ms < y.time_ms : x.neuron < y.neuron;
            });
            add(events);
        } else if (const auto* stream = std::get_if<SpikeStream>(&source)) {
            const std::unique_ptr<SpikeReader> reader = stream->open();
            std::vector<SpikeTrains::Event> piece;
            for (reader->read(piece); !piece.empty(); reader->read(piece)) add(piece);
        }
        times.finish();
        nodes.finish();
    });
    file.close();
}

}  // namespace izhi::io::detail
