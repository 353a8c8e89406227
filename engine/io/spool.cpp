// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// A spool is eight bytes that name it, then records: kind (u32: 0 for spikes, 1 + trace for a sample, 2^31 + record for
// weights), number of words (u32), step (u64), the words (neurons as u32, floats, or of each synapse its source, target,
// delay and weight), and zeros to whole eights. Little-endian.
#include "izhi/io/spool.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "engine/state/file_descriptor.hpp"
#include "engine/state/hash.hpp"
#include "izhi/error.hpp"

namespace izhi::io {
namespace {

using izhi::detail::FileDescriptor;
using izhi::detail::message_of_errno;

constexpr char kMagic[8] = {'\x89', 'i', 'z', 'h', 's', 'p', 'l', '\n'};
constexpr std::uint32_t kSpikes = 0, kFirstTrace = 1, kFirstWeights = std::uint32_t{1} << 31;
constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

struct RecordHead {
    std::uint32_t kind = 0, count = 0;
    std::uint64_t step = 0;
};
static_assert(sizeof(RecordHead) == 16);

constexpr std::uint32_t kSynapseWords = 4;  // source, target, delay, weight
static_assert(sizeof(PlasticSynapse) == 4 * kSynapseWords);

constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) / 8 * 8; }

/// @param bytes whole eights
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
        if (mark.bytes < sizeof kMagic || mark.bytes % 8 != 0) refuse("is no spool of that checkpoint");
        char magic[sizeof kMagic];
        read(std::as_writable_bytes(std::span(magic)));
        if (std::memcmp(magic, kMagic, sizeof magic) != 0) refuse("is not a spool of izhi");
    }

    [[nodiscard]] std::uint64_t left() const noexcept { return left_; }
    /// @param into whole eights
    void read(std::span<std::byte> into) {
        const std::optional<std::size_t> got = into.size() > left_ ? std::nullopt : file_.read(into);
        if (got != into.size()) refuse("is shorter than it was when the checkpoint was made");
        absorb_all(hash_, into);
        left_ -= into.size();
    }
    /// Once all is read.
    void finish() const {
        if (hash_ != mark_.hash) refuse("is not what it was when the checkpoint was made");
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
    Impl(const std::filesystem::path& path, int flags) : name(path.string()), file(path, flags) {
        if (!file.is_open()) throw Error(name + ": cannot be written: " + message_of_errno());
    }
    void add(RecordHead head, const void* values) {
        const std::size_t bytes = std::size_t{head.count} * 4, place = buffer.size();
        buffer.resize(place + sizeof head + padded(bytes));
        std::memcpy(buffer.data() + place, &head, sizeof head);
        if (bytes > 0) std::memcpy(buffer.data() + place + sizeof head, values, bytes);
        if (buffer.size() >= kBufferBytes) flush();
    }
    template <class T>
    void add_values(std::size_t kind, std::uint64_t step, std::span<const T> values) {
        add({static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(values.size_bytes() / 4), step},
            values.data());
    }
    void flush() {
        if (!file.write(buffer)) throw RunError(name + ": cannot be written: " + message_of_errno());
        absorb_all(mark.hash, buffer);
        mark.bytes += buffer.size();
        buffer.clear();
    }

    std::string name;
    FileDescriptor file;
    SpoolMark mark{0, izhi::detail::kHashStart};
    std::vector<std::byte> buffer;
    std::vector<std::uint32_t> neurons;
};

Spool::Spool(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file, O_WRONLY | O_CREAT | O_TRUNC)) {
    const auto magic = std::as_bytes(std::span(kMagic));
    impl_->buffer.assign(magic.begin(), magic.end());
}

Spool::Spool(const std::filesystem::path& file, const SpoolMark& mark) {
    check_spool(file, mark);
    impl_ = std::make_unique<Impl>(file, O_WRONLY);
    impl_->mark = mark;
    if (!impl_->file.seek(mark.bytes)) throw Error(file.string() + ": cannot be written: " + message_of_errno());
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
    impl_->add_values(kFirstWeights + sample.record, sample.step, sample.synapses);
}

SpoolMark Spool::mark() {
    impl_->flush();
    if (!impl_->file.sync()) throw RunError(impl_->name + ": cannot be put on the disk: " + message_of_errno());
    return impl_->mark;
}

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
        RecordHead head;
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
            require(record < described.weight_records.size() && head.count % kSynapseWords == 0);
            // As many each time: whoever writes them counts on it.
            std::optional<std::uint32_t>& expected = weight_counts[record];
            require(head.count == expected.value_or(head.count));
            expected = head.count;
            synapses.resize(head.count / kSynapseWords);
            std::memcpy(static_cast<void*>(synapses.data()), words.data(), std::size_t{head.count} * 4);
            into.weights({record, head.step, synapses});
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
