// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/wire/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

namespace izhi::wire {
namespace {

using Clock = std::chrono::steady_clock;

/// A question over UDP is asked again after this long.
constexpr std::chrono::milliseconds kAskAgain{100};
/// The most events that wait to be received; beyond this, the oldest are lost.
constexpr std::size_t kMostWaiting = 4096;
/// The most rates in one entry of INPUT: as many as fit into a message that has nothing else.
constexpr std::size_t kRatesPerEntry = (kUdpLimit - kHeaderBytes - 4 - kRatesEntryBytes) / 4;

[[noreturn]] void fail(const std::string& what) { throw ClientError(what + ": " + std::strerror(errno)); }

}  // namespace

struct Client::Impl {
    int socket = -1;
    std::string where;
    ClientOptions options;
    NetworkInfo network;
    std::uint64_t session = 0;
    std::uint32_t sequence = 0, server_sequence = 0;
    std::uint64_t lost = 0;
    std::chrono::milliseconds lease{5000};
    Clock::time_point spoke{};
    Encoder encoder;
    std::vector<std::byte> buffer = std::vector<std::byte>(kLargestMessage);
    Message message;
    std::deque<Event> waiting;
    std::optional<StepSpikes> gathering;  ///< a step whose parts have not all arrived
    std::uint32_t gathering_total = 0;

    ~Impl() {
        if (socket < 0) return;
        if (session != 0) (void)try_send(encoder.empty(header(Type::bye)));
        ::close(socket);
    }

    Header header(Type type, std::uint16_t flags = 0, std::uint64_t step = 0) {
        return {.type = type, .flags = flags, .session = session, .sequence = ++sequence, .step = step};
    }

    bool try_send(Encoder::Datagram datagram) {
        spoke = Clock::now();
        return ::send(socket, datagram.data(), datagram.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(datagram.size());
    }
    void send(Encoder::Datagram datagram) {
        // ECONNREFUSED means that nobody received an earlier datagram; the next one may arrive.
        if (try_send(datagram) || errno == ECONNREFUSED) return;
        // A server that has ended may have sent the reason.
        const int error = errno;
        while (next_message(Clock::now())) note();
        errno = error;
        fail("cannot send to " + where);
    }

    /// The next message of the server, in `message`; false if none came in time.
    bool next_message(Clock::time_point until) {
        for (;;) {
            const ssize_t length = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (length > 0) {
                if (decode(std::span(buffer).first(static_cast<std::size_t>(length)), message) == Fault::none &&
                    (session == 0 || message.header.session == session))
                    return true;
                continue;
            }
            if (length == 0) throw ClientError(where + " closed the connection");
            if (errno == ECONNREFUSED) throw ClientError("no server listens at " + where);
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) fail("cannot receive from " + where);
            const auto left = until - Clock::now();
            if (left <= Clock::duration::zero()) return false;
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
            const timespec wait{static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
            pollfd descriptor{socket, POLLIN, 0};
            ::ppoll(&descriptor, 1, &wait, nullptr);
        }
    }

    /// Processes every message of the session: gaps, spikes and rates, the end.
    void note() {
        const Header& got = message.header;
        if (const auto* const goodbye = std::get_if<Goodbye>(&message.payload)) {
            session = 0;
            throw ClientError(where + " ended the session: " + std::string(to_string(goodbye->reason)));
        }
        if (session == 0) return;
        const std::uint32_t ahead = got.sequence - server_sequence;
        if (ahead != 0 && ahead < 0x80000000U) {
            lost += ahead - 1;
            server_sequence = got.sequence;
        }
        if (const auto* const spikes = std::get_if<Spikes>(&message.payload)) gather(*spikes);
        if (const auto* const rates = std::get_if<Rates>(&message.payload)) {
            StepRates event{got.step, rates->interval, rates->counted, rates->first, {}};
            for (std::size_t index = 0; index < rates->spikes.size(); ++index)
                event.spikes.push_back(rates->spikes[index]);
            keep(std::move(event));
        }
    }

    void gather(const Spikes& part) {
        const std::uint64_t step = message.header.step;
        if (gathering && gathering->step != step) release();
        if (!gathering) {
            gathering = StepSpikes{.step = step, .neurons = {}};
            gathering_total = part.total;
        }
        for (std::size_t index = 0; index < part.neurons.size(); ++index)
            gathering->neurons.push_back(part.neurons[index]);
        if (gathering->neurons.size() >= gathering_total || part.part + 1 == part.parts) release();
    }
    void release() {
        gathering->complete = gathering->neurons.size() == gathering_total;
        keep(std::move(*gathering));
        gathering.reset();
    }
    void keep(Event event) {
        if (waiting.size() == kMostWaiting) waiting.pop_front();
        waiting.push_back(std::move(event));
    }

    /// Sends what `question` makes until an answer of this kind comes for which `right` is true. The answer is in
    /// `message`.
    template <class Answer, class Question, class Right>
    const Answer& ask(const Question& question, const Right& right) {
        const auto until = Clock::now() + options.timeout;
        while (Clock::now() < until) {
            question();
            const auto again = std::min(until, Clock::now() + kAskAgain);
            while (next_message(again)) {
                note();
                if (const auto* const answer = std::get_if<Answer>(&message.payload))
                    if (right(*answer)) return *answer;
            }
        }
        throw ClientError(where + " did not answer within " + std::to_string(options.timeout.count()) + " ms");
    }

    void greet(std::size_t usual_limit, bool needs_cookie) {
        Hello hello;
        hello.token = options.token;
        hello.largest_message = static_cast<std::uint16_t>(std::clamp(
            options.largest_message == 0 ? usual_limit : options.largest_message, kSmallestLimit, kLargestMessage));
        const auto say = [&] { send(encoder.hello({.type = Type::hello, .sequence = ++sequence}, hello)); };
        if (needs_cookie) hello.cookie = ask<Challenge>(say, [](const Challenge&) { return true; }).cookie;
        const Welcome& welcome = ask<Welcome>(say, [](const Welcome&) { return true; });
        session = message.header.session;
        server_sequence = message.header.sequence;
        lease = std::chrono::milliseconds(welcome.lease_ms);
        network.name = welcome.network;
        network.dt_ms = welcome.dt_ms;
        network.seed = welcome.seed;
        network.neurons = welcome.neurons;
        network.lockstep = welcome.lockstep;
        const std::size_t count = welcome.populations;
        while (network.populations.size() < count) fetch_populations();
    }

    void fetch_populations() {
        const auto first = static_cast<std::uint32_t>(network.populations.size());
        const Populations& answer =
            ask<Populations>([&] { send(encoder.describe(header(Type::describe), {first})); },
                             [first](const Populations& p) { return p.first == first && !p.entries.empty(); });
        for (const PopulationEntry& entry : answer.entries)
            network.populations.push_back({std::string(entry.name), entry.first_neuron, entry.size});
    }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Client Client::udp(const std::string& address, std::uint16_t port, ClientOptions options) {
    auto impl = std::make_unique<Impl>();
    impl->options = std::move(options);
    impl->where = "UDP " + address + " port " + std::to_string(port);
    sockaddr_in ip4{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
    sockaddr_in6 ip6{};
    ip6.sin6_family = AF_INET6;
    ip6.sin6_port = htons(port);
    const bool is_ip4 = ::inet_pton(AF_INET, address.c_str(), &ip4.sin_addr) == 1;
    if (!is_ip4 && ::inet_pton(AF_INET6, address.c_str(), &ip6.sin6_addr) != 1)
        throw ClientError("'" + address + "' is not a numeric IPv4 or IPv6 address");
    impl->socket = ::socket(is_ip4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int connected = is_ip4 ? ::connect(impl->socket, reinterpret_cast<const sockaddr*>(&ip4), sizeof ip4)
                                 : ::connect(impl->socket, reinterpret_cast<const sockaddr*>(&ip6), sizeof ip6);
    if (impl->socket < 0 || connected != 0) fail("cannot reach " + impl->where);
    constexpr int room = 4 << 20;
    (void)::setsockopt(impl->socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    impl->greet(kUdpLimit, true);
    return Client(std::move(impl));
}

Client Client::unix_socket(const std::string& path, ClientOptions options) {
    auto impl = std::make_unique<Impl>();
    impl->options = std::move(options);
    impl->where = path;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw ClientError("the path of a socket is too long: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    impl->socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (impl->socket < 0 || ::connect(impl->socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("cannot reach " + path);
    impl->greet(kLargestMessage, false);
    return Client(std::move(impl));
}

const NetworkInfo& Client::network() const noexcept { return impl_->network; }
std::uint64_t Client::lost() const noexcept { return impl_->lost; }

std::uint32_t Client::population(std::string_view name) const {
    const auto& all = impl_->network.populations;
    const auto at = std::find_if(all.begin(), all.end(), [&](const Population& p) { return p.name == name; });
    if (at == all.end()) throw ClientError(impl_->network.name + " has no population '" + std::string(name) + "'");
    return static_cast<std::uint32_t>(at - all.begin());
}

std::uint64_t Client::subscribe(const Subscription& subscription) {
    std::vector<std::uint32_t> populations;
    if (!subscription.everyone)
        for (const std::string& name : subscription.spikes) populations.push_back(population(name));
    const auto flags =
        static_cast<std::uint16_t>((subscription.everyone ? kEveryone : 0) | (subscription.lockstep ? kLockstep : 0));
    std::uint32_t asked = impl_->sequence;
    const Subscribed& answer = impl_->ask<Subscribed>(
        [&] {
            impl_->send(impl_->encoder.subscribe(impl_->header(Type::subscribe, flags), subscription.rates_interval,
                                                 populations));
        },
        [asked](const Subscribed& subscribed) { return subscribed.sequence - asked - 1 < 0x80000000U; });
    if (answer.reason != Reason::none) throw ClientError("not subscribed: " + std::string(to_string(answer.reason)));
    return impl_->message.header.step;
}

std::optional<Event> Client::receive(std::chrono::nanoseconds timeout) {
    const auto until = Clock::now() + timeout;
    while (impl_->waiting.empty()) {
        if (Clock::now() - impl_->spoke > impl_->lease / 3)
            impl_->send(impl_->encoder.ping(impl_->header(Type::ping), 0));
        if (!impl_->next_message(std::min<Clock::time_point>(until, Clock::now() + impl_->lease / 3))) {
            if (Clock::now() >= until) return std::nullopt;
            continue;
        }
        impl_->note();
    }
    Event event = std::move(impl_->waiting.front());
    impl_->waiting.pop_front();
    return event;
}

std::chrono::nanoseconds Client::ping() {
    // The payload is the number of the message, so that answers to earlier questions are not taken for this one.
    std::uint64_t payload = 0;
    Clock::time_point sent;
    impl_->ask<Pong>(
        [&] {
            const Header header = impl_->header(Type::ping);
            payload = header.sequence;
            sent = Clock::now();
            impl_->send(impl_->encoder.ping(header, payload));
        },
        [&](const Pong& pong) { return pong.payload == payload; });
    return Clock::now() - sent;
}

StatisticsReply Client::statistics() {
    return impl_->ask<StatisticsReply>([&] { impl_->send(impl_->encoder.empty(impl_->header(Type::statistics))); },
                                       [](const StatisticsReply&) { return true; });
}

InputMessage& InputMessage::current(std::string_view population, float amplitude, CurrentOptions options) {
    return current(client_.population(population), amplitude, options);
}
InputMessage& InputMessage::current(std::uint32_t population, float amplitude, CurrentOptions options) {
    currents_.push_back({population, options.first, options.count, amplitude, options.hold});
    return *this;
}
InputMessage& InputMessage::rates(std::string_view population, float rate_hz, RateOptions options) {
    return rates(client_.population(population), rate_hz, options);
}
InputMessage& InputMessage::rates(std::uint32_t population, float rate_hz, RateOptions options) {
    rates_.push_back({{population, options.first, options.count, options.hold}, {rate_hz}});
    return *this;
}
InputMessage& InputMessage::rates(std::string_view population, std::span<const float> rates_hz, RateOptions options) {
    return rates(client_.population(population), rates_hz, options);
}
InputMessage& InputMessage::rates(std::uint32_t population, std::span<const float> rates_hz, RateOptions options) {
    if (options.count != kToTheEnd && options.count != rates_hz.size())
        throw ClientError("a list of " + std::to_string(rates_hz.size()) + " rates is for " +
                          std::to_string(options.count) + " neurons");
    for (std::size_t at = 0; at < rates_hz.size(); at += kRatesPerEntry) {
        const auto some = rates_hz.subspan(at, std::min(kRatesPerEntry, rates_hz.size() - at));
        rates_.push_back({{population, options.first + static_cast<std::uint32_t>(at),
                           static_cast<std::uint32_t>(some.size()), options.hold},
                          {some.begin(), some.end()}});
    }
    return *this;
}
InputMessage& InputMessage::spikes(std::span<const std::uint32_t> neurons) {
    spikes_.insert(spikes_.end(), neurons.begin(), neurons.end());
    return *this;
}
void InputMessage::send() { finish(false); }
void InputMessage::go() { finish(true); }

void InputMessage::finish(bool go) {
    Client::Impl& impl = *client_.impl_;
    const auto begin = [&] { impl.encoder.begin_input(impl.header(Type::input, 0, step_), kUdpLimit); };
    // Full messages are sent first; the last one has the flag go.
    const auto add = [&](const auto& added) {
        if (added()) return;
        impl.send(impl.encoder.finish_input());
        begin();
        (void)added();
    };
    begin();
    for (const Current& current : currents_) add([&] { return impl.encoder.add(current); });
    for (const RateList& list : rates_) add([&] { return impl.encoder.add_rates(list.range, list.rates_hz); });
    std::span<const std::uint32_t> rest = spikes_;
    while (!rest.empty()) {
        const auto piece = rest.first(std::min<std::size_t>(rest.size(), 256));
        if (impl.encoder.add_spikes(piece)) {
            rest = rest.subspan(piece.size());
            continue;
        }
        impl.send(impl.encoder.finish_input());
        begin();
    }
    impl.send(impl.encoder.finish_input(go ? kGo : std::uint16_t{0}));
    currents_.clear();
    rates_.clear();
    spikes_.clear();
}

}  // namespace izhi::wire
