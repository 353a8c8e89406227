// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "viewer.hpp"

#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>

#include "control_message.hpp"

namespace izhi::apps::serve {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

// A dragged slider sends a message with every frame of a screen; nobody drags two at once.
constexpr double kMessagesPerSecond = 120.0, kMessagesAtOnce = 240.0;

}  // namespace

Viewer::Viewer(beast::tcp_stream&& stream, Reception& reception, std::shared_ptr<Places::Place> place)
    : stream_(std::move(stream)), reception_(reception), place_(std::move(place)),
      limit_(kMessagesPerSecond, kMessagesAtOnce) {
    beast::error_code ignored;
    const auto remote = beast::get_lowest_layer(stream_).socket().remote_endpoint(ignored);
    if (!ignored) host_ = remote.address().to_string();
    stream_.set_option(websocket::stream_base::timeout{std::chrono::seconds(10), std::chrono::seconds(30), true});
    stream_.read_message_max(kMostControlBytes);
    stream_.auto_fragment(false);  // one of our frames is one WebSocket frame
}

void Viewer::accept(const Request& request) {
    place_->leave = [weak = weak_from_this()] {
        if (const auto self = weak.lock()) beast::get_lowest_layer(self->stream_).close();
    };
    beast::get_lowest_layer(stream_).expires_never();  // the WebSocket has its own time limits
    stream_.async_accept(request, [self = shared_from_this()](beast::error_code error) {
        if (error) return;
        self->open_ = true;
        self->reception_.came(self);
        self->read();
        self->write();
    });
}

void Viewer::read() {
    stream_.async_read(incoming_, [self = shared_from_this()](beast::error_code error, std::size_t) {
        if (error) return self->leave();
        self->take();
        self->read();
    });
}

void Viewer::take() {
    const auto bytes = incoming_.cdata();
    const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
    if (!stream_.got_text() || !limit_.allow(std::chrono::steady_clock::now())) reception_.dropped(*this);
    else if (!closing_) reception_.said(*this, text);
    incoming_.consume(incoming_.size());
}

bool Viewer::send(const MessagePtr& message) {
    if (gone_ || closing_ || !outbox_.offer(message)) return false;
    write();
    return true;
}

void Viewer::write() {
    if (!open_ || writing_ || closing_ || gone_ || outbox_.empty()) return;
    writing_ = true;
    const MessagePtr& message = outbox_.front();
    stream_.binary(message->binary);
    stream_.async_write(boost::asio::buffer(message->bytes),
                        [self = shared_from_this()](beast::error_code error, std::size_t) {
                            self->writing_ = false;
                            if (error) return self->leave();
                            self->outbox_.pop();
                            self->write();
                        });
}

void Viewer::close(websocket::close_code code, std::string_view reason) {
    if (closing_ || gone_) return;
    closing_ = true;
    if (!open_) return;
    stream_.async_close({code, {reason.data(), reason.size()}},
                        [self = shared_from_this()](beast::error_code) { self->leave(); });
}

void Viewer::leave() {
    if (std::exchange(gone_, true)) return;
    reception_.went(*this);
}

}  // namespace izhi::apps::serve
