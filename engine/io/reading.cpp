// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <new>
#include <stdexcept>
#include <utility>

#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "readers.hpp"

namespace izhi::io {
namespace {

/// Reports an error if the content of a file, as it says, does not fit in memory.
template <class Read>
auto within_memory(const std::filesystem::path& file, const Read& read) {
    try {
        return read();
    } catch (const std::bad_alloc&) {
        throw Error(file.string() + ": does not fit in memory");
    } catch (const std::length_error&) { throw Error(file.string() + ": does not fit in memory"); }
}

}  // namespace

SpikeTable read_spikes(const std::filesystem::path& file, const SpikeFileOptions& options) {
    return within_memory(file, [&] {
        return detail::is_hdf5(file) ? detail::read_sonata_spikes(file, options)
                                     : detail::read_text_spikes(file, options);
    });
}

SpikeStream read_stream(const std::filesystem::path& file, const std::string& population, std::uint64_t first_id) {
    if (!detail::is_hdf5(file))
        throw Error(file.string() + ": is not SONATA; spikes can be read piece by piece from a SONATA file only");
    return detail::stream_sonata_spikes(file, population, first_id);
}

std::vector<TraceTable> read_traces(const std::filesystem::path& file) {
    return within_memory(
        file, [&] { return detail::is_hdf5(file) ? detail::read_sonata_report(file) : detail::read_csv_traces(file); });
}

}  // namespace izhi::io
