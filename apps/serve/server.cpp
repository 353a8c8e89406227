// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "audience.hpp"
#include "control_message.hpp"
#include "controls.hpp"
#include "engine/base/token.hpp"
#include "http_connection.hpp"
#include "izhi/error.hpp"
#include "outgoing_messages.hpp"
#include "places.hpp"
#include "token.hpp"
#include "viewer.hpp"

namespace izhi::apps::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr auto kFrameTime = std::chrono::milliseconds(16);  // 60 Hz, like most screens
constexpr auto kStatusTime = std::chrono::milliseconds(250);
constexpr auto kTimeToEnter = std::chrono::seconds(10);
constexpr std::size_t kMostConnections = 64, kMostWatching = 48;
// Data that waits in the kernel for a slow viewer is old when it is read, so most of it waits in the outbox.
constexpr int kSendBufferBytes = 256 * 1024;
// If there are few processors, the run's thread comes first.
constexpr int kNiceness = 10;

tcp::endpoint endpoint_of(const Address& address) { return {asio::ip::make_address(address.host), address.port}; }

void step_back() {
    const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
    (void)::setpriority(PRIO_PROCESS, thread, kNiceness);
}

/// Signals go to the thread that runs the network.
void leave_signals_to_others() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

struct Server::Impl final : Reception {
    Impl(Options given, LiveRun& live)
        : options(std::move(given)), run(live), controls(live), acceptor(context), timer(context),
          writer(live.rows().populations.size()) {
        listen();
    }

    void listen() {
        const tcp::endpoint endpoint = endpoint_of(options.address);
        beast::error_code error;
        acceptor.open(endpoint.protocol());
        acceptor.set_option(asio::socket_base::reuse_address(true));
        acceptor.bind(endpoint, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error)
            throw Error("", endpoint.port() == 0 ? "--host" : "--port",
                        "cannot be used: " + link_to(options.address) + ": " + error.message(),
                        "a free port of this machine, or 0 for any");
        options.address.port = acceptor.local_endpoint().port();
    }

    void serve() {
        leave_signals_to_others();
        step_back();
        accept();
        next_tick = Clock::now();
        tick();
        context.run();
    }

    // --- connections

    void accept() {
        acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) return;
            if (error) return wait_and_accept();  // probably too many open files
            ++counts.connections;
            if (auto place = places.take()) take(std::move(socket), std::move(place));
            else ++counts.turned_away;
            accept();
        });
    }

    void wait_and_accept() {
        const auto pause = std::make_shared<asio::steady_timer>(context, std::chrono::milliseconds(100));
        pause->async_wait([this, pause](beast::error_code error) {
            if (!error) accept();
        });
    }

    void take(tcp::socket socket, std::shared_ptr<Places::Place> place) {
        beast::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        socket.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
        std::make_shared<HttpConnection>(std::move(socket), options.address, *this, std::move(place))->read();
    }

    // --- viewers

    void came(const std::shared_ptr<Viewer>& viewer) override {
        ++counts.viewers;
        audience.add(viewer);
    }

    void went(Viewer& viewer) override {
        counts.frames_lost += viewer.frames_lost();
        if (viewer.watch_slot) controls.unwatch(*viewer.watch_slot);
        audience.remove(viewer);
    }

    void dropped(Viewer&) override { ++counts.dropped; }

    void said(Viewer& viewer, std::string_view text) override {
        try {
            const ControlMessage message = read_control_message(text, run.network().description());
            if (const auto* enter = std::get_if<Enter>(&message)) return let_in(viewer, *enter);
            if (!viewer.entered) return refuse(viewer, "enter first");
            if (needs_token(message) && !viewer.may_control) return refuse(viewer, "the controls need the token");
            if (const auto* watch = std::get_if<Watch>(&message)) return show_neuron(viewer, watch->neuron);
            const std::string why = controls.act(message);
            if (!why.empty()) return refuse(viewer, why);
            ++counts.messages;
        } catch (const Error& error) { refuse(viewer, error.what()); }
    }

    void refuse(Viewer& viewer, std::string_view why) {
        ++counts.refused;
        (void)viewer.send(refused_message(why));
    }

    void let_in(Viewer& viewer, const Enter& enter) {
        const auto now = Clock::now();
        if (!enter.token.empty() && wrong_tokens.must_wait(viewer.host(), now))
            return viewer.close(beast::websocket::close_code::policy_error, "too many wrong tokens; wait a second");
        const bool right = izhi::detail::same_token(enter.token, options.token);
        if ((!enter.token.empty() && !right) || (!right && !options.address.loopback)) {
            ++counts.wrong_tokens;
            if (!enter.token.empty()) wrong_tokens.add(viewer.host(), now);
            return viewer.close(beast::websocket::close_code::policy_error, "that is not the token");
        }
        if (!right && !viewer.entered && !places.may_watch())
            return viewer.close(beast::websocket::close_code::try_again_later, "too many viewers are watching");
        ++counts.messages;
        viewer.may_control = right;
        viewer.set_rank(right ? Places::Rank::controller : Places::Rank::watcher);
        const bool again = std::exchange(viewer.entered, true);
        (void)viewer.send(hello_message(run, run.status(), right));
        if (const MessagePtr past = again ? nullptr : audience.past()) (void)viewer.send(past);
    }

    void show_neuron(Viewer& viewer, std::uint32_t neuron) {
        if (viewer.watch_slot) controls.unwatch(*viewer.watch_slot);
        viewer.watch_slot = controls.watch(neuron);
        if (!viewer.watch_slot)
            return refuse(viewer, std::to_string(kWatchSlots) + " other neurons are being watched already");
        viewer.watched = neuron;
        ++counts.messages;
        (void)viewer.send(neuron_message(run, neuron));
    }

    // --- from the run to the viewers

    void tick() {
        const auto now = Clock::now();
        show_steps();
        controls.pass_on(now);
        if (now >= next_status) {
            next_status = now + kStatusTime;
            tell_status(now);
        }
        next_tick = std::max(next_tick + kFrameTime, now);
        timer.expires_at(next_tick);
        timer.async_wait([this](beast::error_code error) {
            if (!error) tick();
        });
    }

    void show_steps() {
        // At most the steps of one frame at the highest speed, so that other work gets its turn.
        for (std::size_t taken = 0; taken < FrameWriter::kMostSteps && run.next_step(step); ++taken) {
            if (!writer.takes(step)) audience.send_frame(writer.finish());
            if (run_shown != step[step_record::kRun]) begin_run(run.status());
            writer.add(step);
            times.add(std::bit_cast<float>(step[step_record::kStepTime]),
                      std::bit_cast<float>(step[step_record::kLateness]));
        }
        if (!writer.empty()) audience.send_frame(writer.finish());
    }

    void tell_status(Clock::time_point now) {
        const LiveRun::Status status = run.status();
        if (!status.building && run_shown != status.run) begin_run(status);
        // Times are those of the steps since the last status, a quarter of a second ago.
        audience.send(status_message(run, status, controls, times.take(), audience.entered()));
        const auto viewers = audience.all();  // a copy, because closing removes them from the list
        for (const auto& viewer : viewers) {
            if (!viewer->entered && now - viewer->since() > kTimeToEnter)
                viewer->close(beast::websocket::close_code::policy_error, "enter first");
            if (viewer->frames_lost() != viewer->lost_reported && viewer->send(lost_message(viewer->frames_lost())))
                viewer->lost_reported = viewer->frames_lost();
        }
    }

    void begin_run(const LiveRun::Status& status) {
        const bool first = !run_shown;
        run_shown = status.run;
        controls.begin();
        if (!first) audience.forget();
        for (const auto& viewer : audience.all()) {
            if (!viewer->entered) continue;
            (void)viewer->send(hello_message(run, status, viewer->may_control));
            if (viewer->watch_slot) (void)viewer->send(neuron_message(run, viewer->watched));
        }
    }

    void close_all() {
        beast::error_code ignored;
        acceptor.close(ignored);
        timer.cancel(ignored);
        show_steps();
        tell_status(Clock::now());
        const auto viewers = audience.all();
        for (const auto& viewer : viewers) viewer->close(beast::websocket::close_code::going_away, "the run has ended");
        // Viewers that do not answer get 300 ms.
        const auto patience = std::make_shared<asio::steady_timer>(context, std::chrono::milliseconds(300));
        patience->async_wait([this, patience](beast::error_code) { context.stop(); });
    }

    asio::io_context context{1};  // first: connections must not outlive it
    Options options;
    LiveRun& run;
    Controls controls;
    Audience audience;
    Counts counts;
    Places places{kMostConnections, kMostWatching};
    izhi::detail::WrongTokens wrong_tokens;
    tcp::acceptor acceptor;
    asio::steady_timer timer;
    Clock::time_point next_tick, next_status;
    FrameWriter writer;
    StepTimes times;
    std::vector<std::uint32_t> step;
    std::optional<std::uint32_t> run_shown;
    std::thread thread;
};

Server::Server(Options options, LiveRun& run) : impl_(std::make_unique<Impl>(std::move(options), run)) {
    impl_->thread = std::thread([impl = impl_.get()] { impl->serve(); });
}

Server::~Server() { stop(); }

void Server::stop() {
    if (!impl_->thread.joinable()) return;
    asio::post(impl_->context, [impl = impl_.get()] { impl->close_all(); });
    impl_->thread.join();
}

const Address& Server::address() const noexcept { return impl_->options.address; }

Server::Counts Server::counts() const noexcept { return impl_->counts; }

}  // namespace izhi::apps::serve
