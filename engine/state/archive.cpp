// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/state/archive.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/base/hash.hpp"
#include "izhi/error.hpp"
#include "izhi/version.hpp"

namespace izhi::detail {
namespace {

constexpr unsigned char kMagic[8] = {0x89, 'i', 'z', 'h', 'i', '\r', '\n', 0x1a};
constexpr std::size_t kFormatPlace = 8, kIzhiPlace = 16, kIzhiBytes = 16, kLengthPlace = 32, kChecksumBytes = 8;
constexpr std::size_t kMostName = 1000;

template <class T>
T load(std::span<const std::byte> bytes, std::size_t place) {
    T x;
    std::memcpy(&x, bytes.data() + place, sizeof x);
    return x;
}
template <class T>
void store(std::vector<std::byte>& bytes, std::size_t place, T x) {
    std::memcpy(bytes.data() + place, &x, sizeof x);
}

/// Text from a file in a form that is fit for a message: on one line.
std::string printable(std::string text) {
    std::erase(text, '\0');
    for (char& c : text)
        if (c < ' ' || c > '~') c = '?';
    return text;
}

std::string izhi_version(std::span<const std::byte> header) {
    return printable({reinterpret_cast<const char*>(header.data() + kIzhiPlace), kIzhiBytes});
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes) noexcept {
    std::uint64_t hash = kHashStart;
    absorb(hash, bytes.size());
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) absorb(hash, load<std::uint64_t>(bytes, i));
    std::uint64_t rest = 0;
    if (i < bytes.size()) std::memcpy(&rest, bytes.data() + i, bytes.size() - i);
    absorb(hash, rest);
    return hash;
}

Archive::Archive(std::vector<std::byte> memory) : pass_(Pass::write), name_("checkpoint"), written_(std::move(memory)) {
    written_.clear();
    written_.resize(kHeaderBytes);
    std::memcpy(written_.data(), kMagic, sizeof kMagic);
    store(written_, kFormatPlace, kFormat);
    std::memcpy(written_.data() + kIzhiPlace, kVersion.data(), std::min(kVersion.size(), kIzhiBytes));
}

Archive::Archive(std::span<const std::byte> bytes, std::string name)
    : pass_(Pass::check), name_(std::move(name)), file_(bytes) {
    const std::uint64_t expected = expected_bytes(bytes.first(std::min(bytes.size(), kHeaderBytes)), name_);
    if (bytes.size() < expected)
        fail("is truncated: it has " + std::to_string(bytes.size()) + " of its " + std::to_string(expected) + " bytes");
    if (bytes.size() > expected)
        fail("is longer than the " + std::to_string(expected) + " bytes that its header gives");
    file_ = bytes.first(bytes.size() - kChecksumBytes);
    if (load<std::uint64_t>(bytes, file_.size()) != checksum(file_))
        fail("was altered or damaged: its checksum is another");
    place_ = section_end_ = kHeaderBytes;
}

std::uint64_t Archive::expected_bytes(std::span<const std::byte> header, const std::string& name) {
    const auto refuse = [&](const std::string& problem, const std::string& allowed = {}) {
        throw Error(name + ":", "", problem, allowed);
    };
    const std::size_t compared = std::min(header.size(), sizeof kMagic);
    if (header.empty() || std::memcmp(header.data(), kMagic, compared) != 0)
        refuse("is not a checkpoint of izhi", "a file that izhi run --checkpoint or Simulation::save() wrote");
    if (header.size() < kHeaderBytes) refuse("is truncated: it has " + std::to_string(header.size()) + " bytes");
    if (const auto format = load<std::uint32_t>(header, kFormatPlace); format != kFormat)
        refuse("has checkpoint format " + std::to_string(format) + ", written by izhi " + izhi_version(header),
               std::to_string(kFormat));
    const auto following = load<std::uint64_t>(header, kLengthPlace);
    constexpr std::uint64_t most = std::uint64_t{1} << 62;
    if (following < kChecksumBytes || following > most) refuse("was altered or damaged: its length is not valid");
    return kHeaderBytes + following;
}

void Archive::fail(const std::string& problem, const std::string& allowed) const {
    throw Error(name_ + ":", "", problem, allowed);
}

void Archive::bytes(void* data, std::size_t size) {
    if (size == 0) return;
    if (writing()) {
        const auto* const from = static_cast<const std::byte*>(data);
        written_.insert(written_.end(), from, from + size);
        return;
    }
    want(size);
    std::memcpy(data, file_.data() + place_, size);
    place_ += size;
}

void Archive::skip(std::size_t size) {
    want(size);
    place_ += size;
}

void Archive::of_population(const PopulationPlan& population, std::span<std::byte> values, std::size_t bytes_each) {
    const auto part_of = [&](std::size_t rank) {
        const auto inside = [&](std::uint32_t slot) {
            return std::clamp(slot, population.first_slot, population.first_slot + population.size) -
                   population.first_slot;
        };
        const std::size_t begin = inside(among_->slots[rank].begin), end = inside(among_->slots[rank].end);
        return std::pair{begin * bytes_each, (end - begin) * bytes_each};
    };
    same_count(population.size);
    const auto [begin, size] = part_of(among_->own());
    if (!writing()) {
        want(values.size());
        if (reading() && size > 0) std::memcpy(values.data() + begin, file_.data() + place_ + begin, size);
        place_ += values.size();
        return;
    }
    if (!among_->first()) {
        among_->exchange->send(values.subspan(begin, size));
        return;
    }
    const std::size_t place = written_.size();
    written_.resize(place + values.size());
    if (size > 0) std::memcpy(written_.data() + place + begin, values.data() + begin, size);
    for (std::size_t rank = 1; rank < among_->count(); ++rank) {
        const auto [from, length] = part_of(rank);
        among_->exchange->receive(static_cast<int>(rank), std::span(written_).subspan(place + from, length));
    }
}

void Archive::want(std::uint64_t size) const {
    if (size > section_end_ - place_) fail("its section \"" + section_ + "\" ends too early");
}

bool Archive::has(bool mine) {
    std::uint8_t byte = mine ? 1 : 0;
    bytes(&byte, 1);
    if (byte > 1) fail("its section \"" + section_ + "\" has neither yes nor no where one of them belongs");
    return byte != 0;
}

void Archive::same_count(std::size_t mine) {
    std::uint64_t theirs = mine;
    bytes(&theirs, sizeof theirs);
    if (theirs != mine)
        fail("has " + std::to_string(theirs) + " values in section \"" + section_ + "\"",
             std::to_string(mine) + ", as this network");
}

std::size_t Archive::count(std::size_t mine, std::size_t most, std::size_t bytes_each) {
    std::uint64_t theirs = mine;
    bytes(&theirs, sizeof theirs);
    if (theirs > most)
        fail("has " + std::to_string(theirs) + " entries in section \"" + section_ + "\"",
             "at most " + std::to_string(most));
    if (!writing() && theirs > (section_end_ - place_) / bytes_each)
        fail("its section \"" + section_ + "\" ends too early");
    return static_cast<std::size_t>(theirs);
}

void Archive::text(std::string& value, std::size_t most) {
    std::string copy = value;
    copy.resize(count(value.size(), most, 1));
    bytes(copy.data(), copy.size());
    if (reading()) value = std::move(copy);
}

void Archive::agree(const std::string& what, const std::string& mine) {
    std::string theirs = mine;
    theirs.resize(count(mine.size(), kMostName, 1));
    bytes(theirs.data(), theirs.size());
    if (theirs != mine)
        fail("has " + what + " = \"" + printable(theirs) + "\"", "\"" + mine + "\", as in this network");
}

void Archive::section(std::string_view name) {
    end_section();
    section_ = name;
    section_end_ = file_.size();
    auto length = static_cast<std::uint16_t>(name.size());
    bytes(&length, sizeof length);
    std::string found(name);
    found.resize(length);
    bytes(found.data(), length);
    if (found != name) fail("has no section \"" + section_ + "\" where one belongs");
    std::uint64_t size = 0;  // written by end_section()
    bytes(&size, sizeof size);
    section_begin_ = written_.size();
    if (writing()) return;
    want(size);
    section_end_ = place_ + static_cast<std::size_t>(size);
}

void Archive::end_section() {
    if (!writing()) {
        if (place_ != section_end_) fail("its section \"" + section_ + "\" is longer than expected");
    } else if (section_begin_ != 0) {
        store<std::uint64_t>(written_, section_begin_ - 8, written_.size() - section_begin_);
    }
}

std::vector<std::byte> Archive::seal() {
    end_section();
    store<std::uint64_t>(written_, kLengthPlace, written_.size() - kHeaderBytes + kChecksumBytes);
    const std::uint64_t sum = checksum(written_);
    written_.resize(written_.size() + kChecksumBytes);
    store(written_, written_.size() - kChecksumBytes, sum);
    return std::move(written_);
}

std::vector<std::byte> Archive::leave_unsealed() {
    end_section();
    return std::move(written_);
}

void Archive::append(std::span<const std::byte> unsealed) {
    end_section();
    section_begin_ = 0;
    const auto sections = unsealed.subspan(kHeaderBytes);
    written_.insert(written_.end(), sections.begin(), sections.end());
}

void Archive::finish() {
    end_section();
    if (place_ != file_.size()) fail("has more sections than this version of izhi knows");
}

void Archive::restart() {
    pass_ = Pass::read;
    place_ = section_end_ = kHeaderBytes;
}

}  // namespace izhi::detail
