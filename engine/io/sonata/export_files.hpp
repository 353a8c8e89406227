// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/deflate_column.hpp"
#include "engine/io/hdf5.hpp"
#include "engine/io/hdf5_output.hpp"
#include "izhi/input.hpp"

/// The files of a folder that is being filled: texts, tables, and HDF5 files with the root attributes of SONATA.
namespace izhi::io::detail {

/// A folder that is filled under another name than it will have.
struct ExportFolder {
    std::filesystem::path folder;     ///< where the files are written
    std::filesystem::path shown;      ///< the name that messages have
    std::function<bool()> proceed{};  ///< see SonataExportOptions
    /// @throws RunError if writing is to end
    void check() const;
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return folder / name; }
};

/// Writes a text file; folders of its name are made. @throws RunError
void write_text(const ExportFolder& to, const std::string& name, std::string_view text);
/// Writes a table with names of its columns, separated by commas. @param append_row appends a row without the end of its line
/// @throws RunError
void write_table(const ExportFolder& to, const std::string& name, const std::vector<std::string>& columns,
                 std::size_t rows, const std::function<void(std::string&, std::size_t)>& append_row);

/// An HDF5 file with the attributes of SONATA. Every use of it is within guarded().
class SonataFile {
public:
    /// @throws RunError
    SonataFile(const ExportFolder& to, const std::string& name);
    /// @throws RunError for what the library or the disk refuses
    void guarded(const std::function<void()>& work);
    [[nodiscard]] hid_t id() const noexcept { return file_.id(); }
    /// To be called last, when everything else of the file is closed. @throws RunError
    void close();

private:
    std::string shown_;
    Hdf5Output file_;
};

/// A column, or rows of two, of 64-bit integers whose neighbours are often equal or close. At most half a megabyte is in memory.
class WholeColumn {
public:
    /// @param width numbers of a row: 1 or 2
    WholeColumn(hid_t parent, const std::string& name, hid_t stored_type, std::size_t width = 1);
    void add(std::uint64_t value, std::uint64_t count = 1);
    void add_each(std::span<const std::uint32_t> values);
    [[nodiscard]] hid_t id() const noexcept { return series_.id(); }
    /// Writes what is left.
    void finish() { flush(); }

private:
    static constexpr std::size_t kNumbers = 32768;  ///< of a chunk
    void flush();

    std::size_t width_;
    Hdf5Series series_;
    DeflateColumn numbers_;
};

/// A column of floating-point numbers.
class RealColumn {
public:
    RealColumn(hid_t parent, const std::string& name);
    void add(double value);
    [[nodiscard]] hid_t id() const noexcept { return series_.id(); }
    void finish() { flush(); }

private:
    static constexpr std::size_t kChunk = 32768;
    void flush();

    Hdf5Series series_;
    std::vector<double> values_;
};

/// Writes spikes as an input of SONATA: /spikes/POPULATION/{timestamps, node_ids}, in order of time. A stream is passed on
/// piece by piece. @param source SpikeTrains or SpikeStream @throws RunError
void write_spike_input(const ExportFolder& to, const std::string& name, const std::string& population,
                       const SpikeSource& source);

}  // namespace izhi::io::detail
