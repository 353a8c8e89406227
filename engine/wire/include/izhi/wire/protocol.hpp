// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "izhi/export.hpp"

/// The messages of engine/wire/PROTOCOL.md, which explains their use. A message is one datagram, or one packet of a
/// Unix socket: a header of 32 bytes and a payload whose length the header states. All numbers are little-endian; floats
/// are IEEE. decode() reads only the bytes that it is given, and rejects a message whose lengths do not agree exactly.
///
/// It needs only the standard library, so that a robot does not have to link the engine.
namespace izhi::wire {

inline constexpr std::uint8_t kVersion = 1;  ///< version of the protocol
inline constexpr std::size_t kHeaderBytes = 32;
inline constexpr std::size_t kSmallestLimit = 512;  ///< a client may not ask for smaller messages
inline constexpr std::size_t kUdpLimit = 1472;      ///< fits into an Ethernet frame; our clients ask for this over UDP
inline constexpr std::size_t kLargestMessage = 32768;          ///< in either direction
inline constexpr std::size_t kTokenBytes = 64;                 ///< a token is at most this long
inline constexpr std::size_t kNameBytes = 255;                 ///< longer names of populations are cut
inline constexpr std::uint64_t kNextStep = ~std::uint64_t{0};  ///< INPUT: the next step that begins
inline constexpr std::uint32_t kToTheEnd = 0xFFFFFFFF;         ///< a count of neurons: the rest of the population
inline constexpr std::size_t kRatesEntryBytes = 20;            ///< of an entry of rates, without its rates

/// The type of a message.
enum class Type : std::uint8_t {
    // from the client
    hello = 0x01,
    describe = 0x02,
    subscribe = 0x03,
    input = 0x04,
    ping = 0x05,
    statistics = 0x06,
    bye = 0x07,
    // from the server; an answer is its question + 0x80
    welcome = 0x81,
    populations = 0x82,
    subscribed = 0x83,
    pong = 0x85,
    statistics_reply = 0x86,
    goodbye = 0x87,
    challenge = 0x88,
    spikes = 0x90,
    rates = 0x91,
};

/// Bits of the header's flags. A flag of one type is an error in all other types.
inline constexpr std::uint16_t kGo = 1;        ///< INPUT: the client's input for the step is complete (lockstep)
inline constexpr std::uint16_t kEveryone = 1;  ///< SUBSCRIBE: spikes of all populations; the list is empty
inline constexpr std::uint16_t kLockstep = 2;  ///< SUBSCRIBE: the engine waits for this client in each step
inline constexpr std::uint16_t kRefused = 4;   ///< SUBSCRIBED: nothing was changed; Subscribed::reason says why

/// The beginning of every message.
struct Header {
    Type type = Type::hello;
    std::uint16_t flags = 0;
    std::uint64_t session = 0;   ///< 0 before WELCOME
    std::uint32_t sequence = 0;  ///< counts the messages of the sender in the session, from 1; wraps around
    std::uint64_t step = 0;
    friend constexpr bool operator==(const Header&, const Header&) = default;
};

/// Numbers in a message. They may be at any address, so they are read one by one. Valid as long as the message.
class IZHI_API Numbers {
public:
    constexpr Numbers() = default;
    explicit constexpr Numbers(std::span<const std::byte> bytes) : bytes_(bytes) {}
    [[nodiscard]] constexpr std::size_t size() const noexcept { return bytes_.size() / 4; }
    [[nodiscard]] std::uint32_t operator[](std::size_t index) const noexcept;

private:
    std::span<const std::byte> bytes_;
};

/// The same for floats.
class IZHI_API Floats {
public:
    constexpr Floats() = default;
    explicit constexpr Floats(Numbers bits) : bits_(bits) {}
    [[nodiscard]] constexpr std::size_t size() const noexcept { return bits_.size(); }
    [[nodiscard]] float operator[](std::size_t index) const noexcept;

private:
    Numbers bits_;
};

/// Why a server rejects or ends something.
enum class Reason : std::uint16_t {
    none = 0,
    bye = 1,          ///< the client sent BYE
    lease = 2,        ///< the client was silent for too long
    ending = 3,       ///< the server ends
    full = 4,         ///< the server has as many clients as it accepts
    token = 5,        ///< no token, or a wrong one
    population = 6,   ///< SUBSCRIBE: there is no such population
    no_lockstep = 7,  ///< SUBSCRIBE: this server does not wait for clients
    another_run = 8,  ///< the network restarts from step 0, perhaps with another seed
    failed = 9,       ///< a neuron left the range of single precision: no step follows
};
[[nodiscard]] IZHI_API std::string_view to_string(Reason reason) noexcept;

/// Asks for a session.
struct Hello {
    std::uint64_t cookie = 0;                   ///< 0 at first, then the cookie of CHALLENGE
    std::uint16_t largest_message = kUdpLimit;  ///< largest message that the client accepts
    std::string_view token{};
};
/// Asks the client to send HELLO again with this cookie, which proves that the address is its own.
struct Challenge {
    std::uint64_t cookie = 0;
};
/// A session has begun; describes the network.
struct Welcome {
    double dt_ms = 1.0;
    std::uint64_t seed = 0;
    std::uint32_t neurons = 0, populations = 0;
    std::uint16_t largest_message = 0;  ///< largest message that this session will receive
    std::uint16_t lease_ms = 0;         ///< the session of a client that is silent for longer ends
    bool lockstep = false;              ///< whether this server waits for clients that subscribe with kLockstep
    std::string_view network{};         ///< name of the network
};
/// Asks for the populations from this one on.
struct Describe {
    std::uint32_t first = 0;
};
/// One population of POPULATIONS.
struct PopulationEntry {
    std::uint32_t first_neuron = 0, size = 0;
    std::string_view name;
};
/// The answer to DESCRIBE: as many populations as fit.
struct Populations {
    std::uint32_t first = 0;  ///< index of the first population in this message
    std::vector<PopulationEntry> entries;
};
/// Replaces the subscription of the session.
struct Subscribe {
    std::uint32_t rates_interval = 0;  ///< steps between RATES; 0: no RATES
    Numbers populations;               ///< populations whose spikes are wanted
};
/// The answer to SUBSCRIBE.
struct Subscribed {
    std::uint32_t sequence = 0;  ///< of the SUBSCRIBE that this answers
    Reason reason = Reason::none;
};
/// From its step on, each of these neurons receives `amplitude`, for `hold` steps or until another Current of the same
/// client for the same population, first and count replaces it. Currents for different ranges add up.
struct Current {
    std::uint32_t population = 0;
    std::uint32_t first = 0;  ///< first neuron, within the population
    std::uint32_t count = kToTheEnd;
    float amplitude = 0.0F;  ///< [mV/ms; nine-parameter: pA], in [-1e5, 1e5]
    std::uint32_t hold = 0;  ///< steps; 0: until replaced or the session ends
    friend constexpr bool operator==(const Current&, const Current&) = default;
};
/// The Poisson sources that an entry of rates is for, and for how long.
struct RateRange {
    std::uint32_t population = 0;
    std::uint32_t first = 0;  ///< first neuron, within the population
    std::uint32_t count = kToTheEnd;
    std::uint32_t hold = 0;  ///< steps; 0: until another rate, or until the session ends
    friend constexpr bool operator==(const RateRange&, const RateRange&) = default;
};
/// From its step on, each of these neurons has its rate, for `hold` steps, until any client sets another one, or until
/// the session ends. Then its rate is the one that the network describes.
struct SourceRates {
    RateRange range;
    Floats rates_hz;  ///< one for all of them, or one for each; in [0, 1000 / dt_ms]
};
/// These neurons fire in the step of the INPUT.
struct ForcedSpikes {
    Numbers neurons;  ///< numbered over the network
};
/// One entry of INPUT.
using InputEntry = std::variant<Current, ForcedSpikes, SourceRates>;
/// The entries of INPUT, which were checked when the message was decoded.
class IZHI_API Input {
public:
    Input() = default;
    Input(std::span<const std::byte> entries, std::uint16_t count) : entries_(entries), count_(count) {}
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    template <class Visit>
    void for_each(const Visit& visit) const {
        std::span<const std::byte> rest = entries_;
        for (std::size_t index = 0; index < count_; ++index) visit(*next(rest));
    }

private:
    friend struct InputCheck;
    /// Removes the first entry and returns it; nothing if it is incomplete.
    static std::optional<InputEntry> next(std::span<const std::byte>& rest);
    std::span<const std::byte> entries_;
    std::uint16_t count_ = 0;
};
/// Answered by PONG with the same payload.
struct Ping {
    std::uint64_t payload = 0;  ///< is returned unchanged
};
/// Asks for the counters.
struct StatisticsRequest {};
/// Ends the session.
struct Bye {};
/// The answer to PING.
struct Pong {
    std::uint64_t payload = 0;
};
/// The server has ended the session.
struct Goodbye {
    Reason reason = Reason::none;
};
/// The spikes of one step, or a part of them. Sent for every step, with spikes or without.
struct Spikes {
    std::uint32_t total = 0;  ///< spikes of the step in the populations subscribed to
    std::uint16_t part = 0, parts = 1;
    Numbers neurons;  ///< numbered over the network, ascending over all parts
};
/// Spikes counted over the steps (header.step - interval, header.step].
struct Rates {
    std::uint32_t interval = 0;  ///< length of the interval [steps]
    std::uint32_t counted = 0;   ///< how many of these steps reached the server: fewer if it was too slow
    std::uint32_t first = 0;     ///< index of the first population in this message
    Numbers spikes;              ///< one for each population from `first` on
};

/// The counters of each session and of the server as a whole.
enum class Counter : std::uint8_t {
    received,      ///< messages from clients, good and bad
    accepted,      ///< messages that were not dropped for one of the reasons below
    malformed,     ///< dropped: too short, no magic, unknown type or flags, lengths that do not add up
    version,       ///< dropped: another version of the protocol
    oversized,     ///< dropped: longer than kLargestMessage
    no_session,    ///< dropped: belongs to no session, or comes from another address than that of its session
    bad_cookie,    ///< dropped: HELLO with a cookie that is not, or no longer, valid for its address
    refused,       ///< dropped: HELLO with a wrong token, or while the server was full or its run had failed
    repeated,      ///< dropped: a sequence number that was received before, or is 64 or more behind
    late,          ///< dropped input: for a step that had begun
    early,         ///< dropped input: for a step too far ahead
    out_of_range,  ///< dropped input: no such population or neuron, a current to sources or a rate to others, or a
                   ///< current or rate out of its range
    no_room,       ///< dropped input: more than the engine holds
    applied,       ///< input that acted: currents and rates that began, spikes that were forced
    go_timeouts,   ///< steps that began without go from this client (lockstep)
    sent,          ///< messages to clients
    not_sent,      ///< messages that the system did not accept: the client reads too slowly
    steps_lost,    ///< steps whose spikes did not reach the server's thread: it was too slow
    count_
};
inline constexpr std::size_t kCounters = static_cast<std::size_t>(Counter::count_);
[[nodiscard]] IZHI_API std::string_view to_string(Counter counter) noexcept;
/// The counters of the session and of the server.
struct StatisticsReply {
    std::vector<std::uint64_t> session, server;  ///< by Counter; a newer server may send more
};

/// The payload of a message; those of BYE and STATISTICS are empty.
using Payload = std::variant<Hello, Describe, Subscribe, Input, Ping, StatisticsRequest, Bye, Welcome, Populations,
                             Subscribed, Pong, StatisticsReply, Goodbye, Challenge, Spikes, Rates>;

/// A decoded message.
struct Message {
    Header header;
    Payload payload;  ///< views into the datagram
};

/// The faults of a datagram.
enum class Fault : std::uint8_t { none, malformed, version, oversized };

/// Reads a datagram. If it has a fault, `message` is in an unspecified state, and its header.session is 0 unless the
/// whole header could be read.
[[nodiscard]] IZHI_API Fault decode(std::span<const std::byte> datagram, Message& message);

/// Writes messages. The buffer is reused, so a result is valid until the next call. The caller checks all numbers.
class IZHI_API Encoder {
public:
    using Datagram = std::span<const std::byte>;

    Datagram hello(const Header& header, const Hello& hello);
    Datagram describe(const Header& header, const Describe& describe);
    Datagram subscribe(const Header& header, std::uint32_t rates_interval, std::span<const std::uint32_t> populations);
    Datagram ping(const Header& header, std::uint64_t payload);
    Datagram empty(const Header& header);  ///< STATISTICS, BYE
    Datagram challenge(const Header& header, const Challenge& challenge);
    Datagram welcome(const Header& header, const Welcome& welcome);
    /// Writes as many entries as fit into `limit` bytes; `taken` becomes their number.
    Datagram populations(const Header& header, std::uint32_t first, std::span<const PopulationEntry> entries,
                         std::size_t limit, std::size_t& taken);
    Datagram subscribed(const Header& header, const Subscribed& subscribed);
    Datagram pong(const Header& header, std::uint64_t payload);
    Datagram goodbye(const Header& header, Reason reason);
    Datagram spikes(const Header& header, std::uint32_t total, std::uint16_t part, std::uint16_t parts,
                    std::span<const std::uint32_t> neurons);
    Datagram rates(const Header& header, std::uint32_t interval, std::uint32_t counted, std::uint32_t first,
                   std::span<const std::uint32_t> spikes);
    Datagram statistics(const Header& header, std::span<const std::uint64_t> session,
                        std::span<const std::uint64_t> server);

    /// Writes INPUT in pieces: begin, add, finish. If the message would become too long, add() adds nothing and returns
    /// false.
    void begin_input(const Header& header, std::size_t limit = kLargestMessage);
    [[nodiscard]] bool add(const Current& current);
    [[nodiscard]] bool add_rates(const RateRange& range, std::span<const float> rates_hz);
    [[nodiscard]] bool add_spikes(std::span<const std::uint32_t> neurons);
    [[nodiscard]] std::size_t input_entries() const noexcept { return input_entries_; }
    Datagram finish_input(std::uint16_t flags = 0);  ///< @param flags kGo or 0

private:
    void begin(const Header& header);
    Datagram finish();
    void put8(std::uint8_t value);
    void put16(std::uint16_t value);
    void put32(std::uint32_t value);
    void put64(std::uint64_t value);
    void put_text(std::string_view text);

    std::vector<std::byte> bytes_;
    std::size_t input_limit_ = 0, input_entries_ = 0;
};

/// The number of neurons that fit into one SPIKES of this size.
[[nodiscard]] constexpr std::size_t spikes_per_message(std::size_t limit) { return (limit - kHeaderBytes - 8) / 4; }
/// The number of populations that fit into one RATES of this size.
[[nodiscard]] constexpr std::size_t rates_per_message(std::size_t limit) { return (limit - kHeaderBytes - 12) / 4; }

}  // namespace izhi::wire
