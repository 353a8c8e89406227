// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/wire/protocol.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace izhi::wire {
namespace {

constexpr std::array<std::byte, 4> kMagic{std::byte{'I'}, std::byte{'Z'}, std::byte{'H'}, std::byte{'W'}};

template <class Word>
Word load(const std::byte* at) noexcept {
    Word word = 0;
    for (std::size_t byte = 0; byte < sizeof(Word); ++byte)
        word = static_cast<Word>(word | static_cast<Word>(std::to_integer<Word>(at[byte])) << (8 * byte));
    return word;
}

/// Takes numbers off the front. A missing number reads as 0 and is remembered, so that one check at the end is enough.
class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
    std::uint8_t u8() noexcept { return number<std::uint8_t>(); }
    std::uint16_t u16() noexcept { return number<std::uint16_t>(); }
    std::uint32_t u32() noexcept { return number<std::uint32_t>(); }
    std::uint64_t u64() noexcept { return number<std::uint64_t>(); }
    double f64() noexcept { return std::bit_cast<double>(u64()); }
    std::span<const std::byte> take(std::size_t count) noexcept {
        if (count > bytes_.size()) {
            whole_ = false;
            return {};
        }
        const auto taken = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return taken;
    }
    /// A length of one byte and this many characters.
    std::string_view text() noexcept { return view(take(u8())); }
    static std::string_view view(std::span<const std::byte> bytes) noexcept {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    /// The rest, as numbers of four bytes.
    Numbers numbers() noexcept {
        if (bytes_.size() % 4 != 0) whole_ = false;
        return Numbers(take(bytes_.size() / 4 * 4));
    }
    [[nodiscard]] std::span<const std::byte> rest() const noexcept { return bytes_; }
    [[nodiscard]] bool whole() const noexcept { return whole_; }
    /// Whether nothing was missing and nothing is left.
    [[nodiscard]] bool exact() const noexcept { return whole_ && bytes_.empty(); }

private:
    template <class Word>
    Word number() noexcept {
        const auto bytes = take(sizeof(Word));
        return bytes.empty() ? Word{0} : load<Word>(bytes.data());
    }
    std::span<const std::byte> bytes_;
    bool whole_ = true;
};

enum EntryKind : std::uint8_t { current_entry = 1, spikes_entry = 2, rates_entry = 3 };

}  // namespace

std::uint32_t Numbers::operator[](std::size_t index) const noexcept {
    return load<std::uint32_t>(bytes_.data() + 4 * index);
}

std::optional<InputEntry> Input::next(std::span<const std::byte>& rest) {
    Reader reader(rest);
    const std::uint8_t kind = reader.u8();
    const std::uint8_t reserved = reader.u8();
    const std::uint16_t count = reader.u16();
    if (reserved != 0) return std::nullopt;
    std::optional<InputEntry> entry;
    if (kind == current_entry && count == 0) {
        Current current;
        current.population = reader.u32();
        current.first = reader.u32();
        current.count = reader.u32();
        current.amplitude = std::bit_cast<float>(reader.u32());
        current.hold = reader.u32();
        entry = current;
    } else if (kind == spikes_entry && count > 0) {
        entry = ForcedSpikes{Numbers(reader.take(std::size_t{4} * count))};
    } else if (kind == rates_entry && count > 0) {
        SourceRates rates;
        rates.range.population = reader.u32();
        rates.range.first = reader.u32();
        rates.range.count = reader.u32();
        rates.range.hold = reader.u32();
        rates.rates_hz = Floats(Numbers(reader.take(std::size_t{4} * count)));
        entry = rates;
    }
    if (!entry || !reader.whole()) return std::nullopt;
    rest = reader.rest();
    return entry;
}

float Floats::operator[](std::size_t index) const noexcept { return std::bit_cast<float>(bits_[index]); }

/// Whether the entries of an INPUT are complete and of known kinds.
struct InputCheck {
    static bool valid(std::span<const std::byte> entries, std::uint16_t count) {
        for (std::uint16_t index = 0; index < count; ++index)
            if (!Input::next(entries)) return false;
        return entries.empty();
    }
};

namespace {

std::uint16_t allowed_flags(Type type) {
    switch (type) {
        case Type::input: return kGo;
        case Type::subscribe: return kEveryone | kLockstep;
        case Type::subscribed: return kRefused;
        default: return 0;
    }
}

bool decode_hello(Reader& reader, Payload& payload) {
    Hello hello;
    hello.cookie = reader.u64();
    hello.largest_message = reader.u16();
    const std::uint8_t length = reader.u8();
    const std::uint8_t reserved8 = reader.u8();
    const std::uint32_t reserved32 = reader.u32();
    const auto token = reader.take(kTokenBytes);
    // These must be zeros, so that a later version can use them.
    const bool valid = reader.exact() && length <= kTokenBytes && reserved8 == 0 && reserved32 == 0 &&
                       std::all_of(token.begin() + length, token.end(), [](std::byte b) { return b == std::byte{0}; });
    if (!valid) return false;
    hello.token = Reader::view(token.first(length));
    payload = hello;
    return true;
}

bool decode_welcome(Reader& reader, Payload& payload) {
    Welcome welcome;
    welcome.dt_ms = reader.f64();
    welcome.seed = reader.u64();
    welcome.neurons = reader.u32();
    welcome.populations = reader.u32();
    welcome.largest_message = reader.u16();
    welcome.lease_ms = reader.u16();
    const std::uint8_t lockstep = reader.u8();
    welcome.lockstep = lockstep == 1;
    welcome.network = reader.text();
    payload = welcome;
    return reader.exact() && lockstep <= 1;
}

bool decode_populations(Reader& reader, Payload& payload) {
    Populations result;
    result.first = reader.u32();
    const std::uint16_t count = reader.u16();
    for (std::uint16_t index = 0; index < count && reader.whole(); ++index) {
        PopulationEntry entry;
        entry.first_neuron = reader.u32();
        entry.size = reader.u32();
        entry.name = reader.text();
        result.entries.push_back(entry);
    }
    payload = std::move(result);
    return reader.exact();
}

bool decode_subscribe(Reader& reader, const Header& header, Payload& payload) {
    Subscribe subscribe;
    subscribe.rates_interval = reader.u32();
    subscribe.populations = reader.numbers();
    payload = subscribe;
    return reader.exact() && ((header.flags & kEveryone) == 0 || subscribe.populations.size() == 0);
}

bool decode_input(Reader& reader, Payload& payload) {
    const std::uint16_t count = reader.u16();
    const std::uint16_t reserved = reader.u16();
    payload = Input(reader.rest(), count);
    return reader.whole() && reserved == 0 && InputCheck::valid(reader.rest(), count);
}

bool decode_spikes(Reader& reader, Payload& payload) {
    Spikes spikes;
    spikes.total = reader.u32();
    spikes.part = reader.u16();
    spikes.parts = reader.u16();
    spikes.neurons = reader.numbers();
    payload = spikes;
    return reader.exact() && spikes.part < spikes.parts && spikes.neurons.size() <= spikes.total;
}

bool decode_rates(Reader& reader, Payload& payload) {
    Rates rates;
    rates.interval = reader.u32();
    rates.counted = reader.u32();
    rates.first = reader.u32();
    rates.spikes = reader.numbers();
    payload = rates;
    return reader.exact() && rates.interval > 0 && rates.counted <= rates.interval;
}

bool decode_statistics(Reader& reader, Payload& payload) {
    StatisticsReply reply;
    const std::uint16_t count = reader.u16();
    const std::uint16_t reserved = reader.u16();
    if (reserved != 0 || reader.rest().size() != std::size_t{16} * count) return false;
    for (std::vector<std::uint64_t>* const counts : {&reply.session, &reply.server}) {
        counts->resize(count);
        for (std::uint64_t& value : *counts) value = reader.u64();
    }
    payload = std::move(reply);
    return reader.exact();
}

bool decode_payload(Reader& reader, const Header& header, Payload& payload) {
    const auto single = [&](auto message) {
        payload = message;
        return reader.exact();
    };
    switch (header.type) {
        case Type::hello: return decode_hello(reader, payload);
        case Type::describe: return single(Describe{reader.u32()});
        case Type::subscribe: return decode_subscribe(reader, header, payload);
        case Type::input: return decode_input(reader, payload);
        case Type::ping: return single(Ping{reader.u64()});
        case Type::statistics: return single(StatisticsRequest{});
        case Type::bye: return single(Bye{});
        case Type::welcome: return decode_welcome(reader, payload);
        case Type::populations: return decode_populations(reader, payload);
        case Type::subscribed: {
            const std::uint32_t sequence = reader.u32();
            return single(Subscribed{sequence, static_cast<Reason>(reader.u16())});
        }
        case Type::pong: return single(Pong{reader.u64()});
        case Type::statistics_reply: return decode_statistics(reader, payload);
        case Type::goodbye: return single(Goodbye{static_cast<Reason>(reader.u16())});
        case Type::challenge: return single(Challenge{reader.u64()});
        case Type::spikes: return decode_spikes(reader, payload);
        case Type::rates: return decode_rates(reader, payload);
    }
    return false;  // not one of our types
}

}  // namespace

Fault decode(std::span<const std::byte> datagram, Message& message) {
    message.header = {};
    if (datagram.size() > kLargestMessage) return Fault::oversized;
    if (datagram.size() < kHeaderBytes || !std::equal(kMagic.begin(), kMagic.end(), datagram.begin()))
        return Fault::malformed;
    Reader reader(datagram.subspan(kMagic.size()));
    if (reader.u8() != kVersion) return Fault::version;
    Header& header = message.header;
    header.type = static_cast<Type>(reader.u8());
    header.flags = reader.u16();
    header.session = reader.u64();
    header.sequence = reader.u32();
    const std::uint32_t length = reader.u32();
    header.step = reader.u64();
    const bool valid = length == datagram.size() - kHeaderBytes && (header.flags & ~allowed_flags(header.type)) == 0;
    return valid && decode_payload(reader, header, message.payload) ? Fault::none : Fault::malformed;
}

std::string_view to_string(Reason reason) noexcept {
    switch (reason) {
        case Reason::none: return "none";
        case Reason::bye: return "the client said goodbye";
        case Reason::lease: return "the client was silent for too long";
        case Reason::ending: return "the server ended";
        case Reason::full: return "the server has as many clients as it accepts";
        case Reason::token: return "the token is missing or wrong";
        case Reason::population: return "there is no such population";
        case Reason::no_lockstep: return "the server does not wait for clients; start it with --io-lockstep";
        case Reason::another_run: return "the network restarts";
        case Reason::failed: return "a neuron left the range of single precision: the run is over";
    }
    return "unknown";
}

std::string_view to_string(Counter counter) noexcept {
    constexpr std::array<std::string_view, kCounters> names{
        "received",   "accepted", "malformed",   "version", "oversized", "no_session",
        "bad_cookie", "refused",  "repeated",    "late",    "early",     "out_of_range",
        "no_room",    "applied",  "go_timeouts", "sent",    "not_sent",  "steps_lost"};
    const auto index = static_cast<std::size_t>(counter);
    return index < names.size() ? names[index] : "unknown";
}

void Encoder::put8(std::uint8_t value) { bytes_.push_back(static_cast<std::byte>(value)); }
void Encoder::put16(std::uint16_t value) {
    put8(static_cast<std::uint8_t>(value & 0xFFU));
    put8(static_cast<std::uint8_t>(value >> 8U));
}
void Encoder::put32(std::uint32_t value) {
    put16(static_cast<std::uint16_t>(value & 0xFFFFU));
    put16(static_cast<std::uint16_t>(value >> 16U));
}
void Encoder::put64(std::uint64_t value) {
    put32(static_cast<std::uint32_t>(value & 0xFFFFFFFFU));
    put32(static_cast<std::uint32_t>(value >> 32U));
}
void Encoder::put_text(std::string_view text) {
    text = text.substr(0, kNameBytes);
    put8(static_cast<std::uint8_t>(text.size()));
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
}

void Encoder::begin(const Header& header) {
    bytes_.assign(kMagic.begin(), kMagic.end());
    put8(kVersion);
    put8(static_cast<std::uint8_t>(header.type));
    put16(header.flags);
    put64(header.session);
    put32(header.sequence);
    put32(0);  // the length, which finish() sets
    put64(header.step);
}

Encoder::Datagram Encoder::finish() {
    const auto length = static_cast<std::uint32_t>(bytes_.size() - kHeaderBytes);
    for (std::size_t byte = 0; byte < 4; ++byte)
        bytes_[20 + byte] = static_cast<std::byte>(length >> (8 * byte) & 0xFFU);
    return bytes_;
}

Encoder::Datagram Encoder::hello(const Header& header, const Hello& hello) {
    const std::string_view token = hello.token.substr(0, kTokenBytes);
    begin(header);
    put64(hello.cookie);
    put16(hello.largest_message);
    put8(static_cast<std::uint8_t>(token.size()));
    put8(0);
    put32(0);
    for (std::size_t index = 0; index < kTokenBytes; ++index)
        put8(index < token.size() ? static_cast<std::uint8_t>(token[index]) : std::uint8_t{0});
    return finish();
}

Encoder::Datagram Encoder::describe(const Header& header, const Describe& describe) {
    begin(header);
    put32(describe.first);
    return finish();
}

Encoder::Datagram Encoder::subscribe(const Header& header, std::uint32_t rates_interval,
                                     std::span<const std::uint32_t> populations) {
    begin(header);
    put32(rates_interval);
    for (const std::uint32_t population : populations) put32(population);
    return finish();
}

Encoder::Datagram Encoder::ping(const Header& header, std::uint64_t payload) {
    begin(header);
    put64(payload);
    return finish();
}

Encoder::Datagram Encoder::pong(const Header& header, std::uint64_t payload) { return ping(header, payload); }

Encoder::Datagram Encoder::empty(const Header& header) {
    begin(header);
    return finish();
}

Encoder::Datagram Encoder::challenge(const Header& header, const Challenge& challenge) {
    return ping(header, challenge.cookie);
}

Encoder::Datagram Encoder::welcome(const Header& header, const Welcome& welcome) {
    begin(header);
    put64(std::bit_cast<std::uint64_t>(welcome.dt_ms));
    put64(welcome.seed);
    put32(welcome.neurons);
    put32(welcome.populations);
    put16(welcome.largest_message);
    put16(welcome.lease_ms);
    put8(welcome.lockstep ? 1 : 0);
    put_text(welcome.network);
    return finish();
}

Encoder::Datagram Encoder::populations(const Header& header, std::uint32_t first,
                                       std::span<const PopulationEntry> entries, std::size_t limit,
                                       std::size_t& taken) {
    begin(header);
    put32(first);
    put16(0);
    taken = 0;
    for (const PopulationEntry& entry : entries) {
        const std::size_t length = std::min(entry.name.size(), kNameBytes);
        if (bytes_.size() + 9 + length > limit || taken == 0xFFFF) break;
        put32(entry.first_neuron);
        put32(entry.size);
        put_text(entry.name);
        ++taken;
    }
    bytes_[kHeaderBytes + 4] = static_cast<std::byte>(taken & 0xFFU);
    bytes_[kHeaderBytes + 5] = static_cast<std::byte>(taken >> 8U);
    return finish();
}

Encoder::Datagram Encoder::subscribed(const Header& header, const Subscribed& subscribed) {
    begin(header);
    put32(subscribed.sequence);
    put16(static_cast<std::uint16_t>(subscribed.reason));
    return finish();
}

Encoder::Datagram Encoder::goodbye(const Header& header, Reason reason) {
    begin(header);
    put16(static_cast<std::uint16_t>(reason));
    return finish();
}

Encoder::Datagram Encoder::spikes(const Header& header, std::uint32_t total, std::uint16_t part, std::uint16_t parts,
                                  std::span<const std::uint32_t> neurons) {
    begin(header);
    put32(total);
    put16(part);
    put16(parts);
    for (const std::uint32_t neuron : neurons) put32(neuron);
    return finish();
}

Encoder::Datagram Encoder::rates(const Header& header, std::uint32_t interval, std::uint32_t counted,
                                 std::uint32_t first, std::span<const std::uint32_t> spikes) {
    begin(header);
    put32(interval);
    put32(counted);
    put32(first);
    for (const std::uint32_t count : spikes) put32(count);
    return finish();
}

Encoder::Datagram Encoder::statistics(const Header& header, std::span<const std::uint64_t> session,
                                      std::span<const std::uint64_t> server) {
    begin(header);
    put16(static_cast<std::uint16_t>(session.size()));
    put16(0);
    for (const std::uint64_t value : session) put64(value);
    for (const std::uint64_t value : server) put64(value);
    return finish();
}

void Encoder::begin_input(const Header& header, std::size_t limit) {
    begin(header);
    put32(0);  // the number of entries, which finish_input() sets
    input_limit_ = limit;
    input_entries_ = 0;
}

bool Encoder::add(const Current& current) {
    if (bytes_.size() + 24 > input_limit_ || input_entries_ == 0xFFFF) return false;
    put8(current_entry);
    put8(0);
    put16(0);
    put32(current.population);
    put32(current.first);
    put32(current.count);
    put32(std::bit_cast<std::uint32_t>(current.amplitude));
    put32(current.hold);
    ++input_entries_;
    return true;
}

bool Encoder::add_rates(const RateRange& range, std::span<const float> rates_hz) {
    if (rates_hz.empty() || rates_hz.size() > 0xFFFF || input_entries_ == 0xFFFF ||
        bytes_.size() + kRatesEntryBytes + 4 * rates_hz.size() > input_limit_)
        return false;
    put8(rates_entry);
    put8(0);
    put16(static_cast<std::uint16_t>(rates_hz.size()));
    put32(range.population);
    put32(range.first);
    put32(range.count);
    put32(range.hold);
    for (const float rate : rates_hz) put32(std::bit_cast<std::uint32_t>(rate));
    ++input_entries_;
    return true;
}

bool Encoder::add_spikes(std::span<const std::uint32_t> neurons) {
    if (neurons.empty() || neurons.size() > 0xFFFF || input_entries_ == 0xFFFF ||
        bytes_.size() + 4 + 4 * neurons.size() > input_limit_)
        return false;
    put8(spikes_entry);
    put8(0);
    put16(static_cast<std::uint16_t>(neurons.size()));
    for (const std::uint32_t neuron : neurons) put32(neuron);
    ++input_entries_;
    return true;
}

Encoder::Datagram Encoder::finish_input(std::uint16_t flags) {
    bytes_[6] = static_cast<std::byte>(flags);
    bytes_[kHeaderBytes] = static_cast<std::byte>(input_entries_ & 0xFFU);
    bytes_[kHeaderBytes + 1] = static_cast<std::byte>(input_entries_ >> 8U);
    return finish();
}

}  // namespace izhi::wire
