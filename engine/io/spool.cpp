// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// A spool has eight bytes that identify it, then records: kind (u32: 0 for spikes, 1 + trace for a sample, 2^31 +
// record for weights), number of words (u32), step (u64), the words (neurons as u32, floats, or for each synapse its
// source, target, delay, weight and eligibility, and then the dopamine level in two), and zeros up to a multiple of 8 bytes. Little-endian.
#include "izhi/io/spool.hpp"

#include <fcntl.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "batch_writer.hpp"
#include "engine/base/file_descriptor.hpp"
#include "engine/base/hash.hpp"
#include "izhi/error.hpp"

namespace izhi::io {
namespace {

using izhi::detail::FileDescriptor;
using izhi::detail::message_of_errno;

constexpr char kMagic[8] = {'\x89', 'i', 'z', 'h', 's', 'p', 'l', '\n'};
constexpr std::uint32_t kSpikes = 0, kFirstTrace = 1, kFirstWeights = std::uint32_t{1} << 31;
constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

struct SpoolHead {
    std::uint32_t kind = 0, count = 0;
    std::uint64_t step = 0;
};
static_assert(sizeof(SpoolHead) == 16);

constexpr std::uint32_t kSynapseWords = 5;  // source, target, delay, weight, eligibility
constexpr std::uint32_t kLevelWords = 2;
static_assert(sizeof(PlasticSynapse) == 4 * kSynapseWords);

constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) / 8 * 8; }

/// @param bytes a multiple of 8
void absorb_all(std::uint64_t& hash, std::span<const std::byte> bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, sizeof word);
        izhi::detail::absorb(hash, word);
    }
}

/// Reads a spool up to a mark, piece by piece.
class SpoolReader {
public:
    SpoolReader(const std::filesystem::path& file, const SpoolMark& mark)
        : name_(file.string()), mark_(mark), file_(file, O_RDONLY), left_(mark.bytes) {
        if (!file_.is_open()) throw Error(name_ + ": cannot be read: " + message_of_errno());
        if (mark.bytes < sizeof kMagic || mark.bytes % 8 != 0) refuse("is not the spool of that checkpoint");
        char magic[sizeof kMagic];
        read(std::as_writable_bytes(std::span(magic)));
        if (std::memcmp(magic, kMagic, sizeof magic) != 0) refuse("is not a spool of izhi");
    }

    [[nodiscard]] std::uint64_t left() const noexcept { return left_; }
    /// @param into a multiple of 8 bytes
    void read(std::span<std::byte> into) {
        const std::optional<std::size_t> got = into.size() > left_ ? std::nullopt : file_.read(into);
        if (got != into.size()) refuse("is shorter than it was when the checkpoint was made");
        absorb_all(hash_, into);
        left_ -= into.size();
    }
    /// Called after everything was read.
    void finish() const {
        if (hash_ != mark_.hash) refuse("has changed since the checkpoint was made");
    }
    [[noreturn]] void refuse(const std::string& problem) const { throw Error(name_ + ": " + problem); }

private:
    std::string name_;
    SpoolMark mark_;
    FileDescriptor file_;
    std::uint64_t left_, hash_ = izhi::detail::kHashStart;
};

}  // namespace

void check_spool(const std::filesystem::path& file, const SpoolMark& mark) {
    SpoolReader reader(file, mark);
    std::vector<std::byte> buffer;
    while (reader.left() > 0) {
        buffer.resize(std::min<std::uint64_t>(reader.left(), kBufferBytes));
        reader.read(buffer);
    }
    reader.finish();
}

struct Spool::Impl {
    Impl(const std::filesystem::path& path, int flags, const SpoolMark& from)
        : name(path.string()), file(path, flags), added(from.bytes), written(from),
          writer([this](std::span<const std::byte> bytes) { write(bytes); }) {
        if (!file.is_open() || !file.seek(from.bytes)) throw Error(name + ": cannot be written: " + message_of_errno());
    }

    // For the thread that records.
    void add(SpoolHead head, const void* values) {
        put(std::as_bytes(std::span(&head, 1)));
        put({static_cast<const std::byte*>(values), std::size_t{head.count} * 4});
    }
    /// Padded with zeros to a multiple of 8 bytes.
    void put(std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const std::size_t size = std::min(bytes.size(), writer.batch_bytes()), whole = padded(size);
            std::byte* const to = writer.add(whole);
            std::memcpy(to, bytes.data(), size);
            std::memset(to + size, 0, whole - size);
            added += whole;
            bytes = bytes.subspan(size);
        }
    }
    template <class T>
    void add_values(std::size_t kind, std::uint64_t step, std::span<const T> values) {
        add({static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(values.size_bytes() / 4), step},
            values.data());
    }
    std::uint64_t place() {
        writer.cut();
        const std::lock_guard lock(mutex);
        places.push_back({added, written.bytes == added ? std::optional(written) : std::nullopt});
        return added;
    }

    // For the writer's thread.
    void write(std::span<const std::byte> bytes) {
        SpoolMark next = written;  // only this thread changes it
        std::exception_ptr fault;
        if (!file.write(bytes))
            fault = std::make_exception_ptr(RunError(name + ": cannot be written: " + message_of_errno()));
        absorb_all(next.hash, bytes);
        next.bytes += bytes.size();
        {
            const std::lock_guard lock(mutex);
            failure = fault;
            written = next;
            for (Place& place : places)
                if (place.bytes == written.bytes) place.mark = written;
        }
        reached.notify_all();
        if (fault) std::rethrow_exception(fault);
    }

    // For any thread.
    SpoolMark mark(std::uint64_t at) {
        SpoolMark found;
        {
            std::unique_lock lock(mutex);
            const auto place = [&] {
                return std::find_if(places.begin(), places.end(), [&](const Place& p) { return p.bytes == at; });
            };
            reached.wait(lock, [&] { return failure || place()->mark; });
            if (failure) std::rethrow_exception(failure);
            found = *place()->mark;
            places.erase(place());
        }
        if (!file.sync()) throw RunError(name + ": cannot be put on the disk: " + message_of_errno());
        return found;
    }

    std::string name;
    FileDescriptor file;
    std::uint64_t added;  ///< bytes
    std::vector<std::uint32_t> neurons;

    std::mutex mutex;
    std::condition_variable reached;
    struct Place {
        std::uint64_t bytes;
        std::optional<SpoolMark> mark;  ///< set when everything up to it is written
    };
    std::vector<Place> places;
    SpoolMark written;
    std::exception_ptr failure;
    detail::BatchWriter writer;  ///< the last member, because its thread uses the others
};

Spool::Spool(const std::filesystem::path& file)
    : impl_(std::make_unique<Impl>(file, O_WRONLY | O_CREAT | O_TRUNC, SpoolMark{0, izhi::detail::kHashStart})) {
    impl_->put(std::as_bytes(std::span(kMagic)));
}

Spool::Spool(const std::filesystem::path& file, const SpoolMark& mark) {
    check_spool(file, mark);
    impl_ = std::make_unique<Impl>(file, O_WRONLY, mark);
}

Spool::~Spool() = default;

void Spool::spikes(std::span<const Spike> spikes) {
    if (spikes.empty()) return;
    impl_->neurons.clear();
    for (const Spike& s : spikes) impl_->neurons.push_back(s.neuron);
    impl_->add({kSpikes, static_cast<std::uint32_t>(spikes.size()), spikes.front().step}, impl_->neurons.data());
}

void Spool::sample(const Sample& sample) { impl_->add_values(kFirstTrace + sample.trace, sample.step, sample.values); }

void Spool::weights(const WeightSample& sample) {
    std::vector<std::uint32_t>& words = impl_->neurons;
    words.resize(sample.synapses.size() * kSynapseWords + kLevelWords);
    std::memcpy(words.data(), sample.synapses.data(), sample.synapses.size_bytes());
    std::memcpy(words.data() + words.size() - kLevelWords, &sample.dopamine, sizeof sample.dopamine);
    impl_->add({static_cast<std::uint32_t>(kFirstWeights + sample.record), static_cast<std::uint32_t>(words.size()),
                sample.step},
               words.data());
}

std::uint64_t Spool::place() { return impl_->place(); }
SpoolMark Spool::mark(std::uint64_t place) { return impl_->mark(place); }

void play_spool(const std::filesystem::path& file, const SpoolMark& mark, const Network& network, Observer& into) {
    const NetworkDescription& described = network.description();
    SpoolReader reader(file, mark);
    std::vector<std::uint32_t> words;
    std::vector<Spike> spikes;
    std::vector<float> values;
    std::vector<PlasticSynapse> synapses;
    std::vector<std::optional<std::uint32_t>> weight_counts(described.weight_records.size());
    const auto require = [&](bool fits) {
        if (!fits) reader.refuse("is of another network");
    };
    while (reader.left() > 0) {
        SpoolHead head;
        reader.read(std::as_writable_bytes(std::span(&head, 1)));
        const std::uint64_t bytes = padded(std::uint64_t{head.count} * 4);
        require(bytes <= reader.left());
        words.resize(static_cast<std::size_t>(bytes / 4));
        reader.read(std::as_writable_bytes(std::span(words)));
        if (head.kind == kSpikes) {
            spikes.clear();
            for (const std::uint32_t neuron : std::span(words).first(head.count)) {
                require(neuron < network.neuron_count());
                spikes.push_back({head.step, neuron});
            }
            into.spikes(spikes);
            continue;
        }
        if (head.kind >= kFirstWeights) {
            const std::size_t record = head.kind - kFirstWeights;
            require(record < described.weight_records.size() && head.count % kSynapseWords == kLevelWords);
            // The same number each time, on which the writers depend.
            std::optional<std::uint32_t>& expected = weight_counts[record];
            require(head.count == expected.value_or(head.count));
            expected = head.count;
            synapses.resize(head.count / kSynapseWords);
            std::memcpy(static_cast<void*>(synapses.data()), words.data(), synapses.size() * sizeof(PlasticSynapse));
            double dopamine = 0.0;
            std::memcpy(&dopamine, words.data() + head.count - kLevelWords, sizeof dopamine);
            into.weights({record, head.step, synapses, dopamine});
        } else {
            values.resize(head.count);
            std::memcpy(values.data(), words.data(), std::size_t{head.count} * 4);
            const std::size_t trace = head.kind - kFirstTrace;
            require(trace < described.traces.size());
            require(head.count == described.traces[trace].neurons.size() * described.traces[trace].variables.size());
            into.sample({trace, head.step, values});
        }
    }
    reader.finish();
}

}  // namespace izhi::io
