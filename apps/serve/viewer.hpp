// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "outbox.hpp"
#include "places.hpp"
#include "rate_limit.hpp"

namespace izhi::apps::serve {

class Viewer;

/// What a viewer needs from the server. All calls are on the server's thread.
class Reception {
public:
    virtual ~Reception() = default;
    virtual void came(const std::shared_ptr<Viewer>& viewer) = 0;
    virtual void went(Viewer& viewer) = 0;
    virtual void said(Viewer& viewer, std::string_view text) = 0;
    /// A message was dropped unread, because there were too many or it was not text.
    virtual void dropped(Viewer& viewer) = 0;
};

/// A WebSocket connection, which is one page in one browser.
class Viewer : public std::enable_shared_from_this<Viewer> {
public:
    using Request = boost::beast::http::request<boost::beast::http::empty_body>;

    /// @param place held as long as the viewer exists; it can end it
    Viewer(boost::beast::tcp_stream&& stream, Reception& reception, std::shared_ptr<Places::Place> place);

    /// Answers the request for a WebSocket, then reads messages.
    void accept(const Request& request);
    /// Puts a message into the outbox. @return false if it has no room
    bool send(const MessagePtr& message);
    /// Ends the connection and says why.
    void close(boost::beast::websocket::close_code code, std::string_view reason);

    /// The address that it comes from, without the port.
    [[nodiscard]] const std::string& host() const noexcept { return host_; }
    /// A viewer who has shown who it is keeps its place.
    void set_rank(Places::Rank rank) noexcept { place_->rank = rank; }

    // Data of the server about a viewer.
    bool entered = false, may_control = false;
    std::uint64_t lost_reported = 0;  ///< the number of lost frames in the last report
    std::optional<std::size_t> watch_slot;
    std::uint32_t watched = 0;  ///< the neuron in the slot
    [[nodiscard]] std::uint64_t frames_lost() const noexcept { return outbox_.frames_lost(); }
    [[nodiscard]] std::chrono::steady_clock::time_point since() const noexcept { return since_; }

private:
    void read();
    void take();
    void write();
    void leave();

    boost::beast::websocket::stream<boost::beast::tcp_stream> stream_;
    Reception& reception_;
    std::shared_ptr<Places::Place> place_;
    boost::beast::flat_buffer incoming_;
    Outbox outbox_;
    RateLimit limit_;
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
    std::string host_;
    bool open_ = false, writing_ = false, closing_ = false, gone_ = false;
};

}  // namespace izhi::apps::serve
