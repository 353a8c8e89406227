// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "http_connection.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "assets.hpp"

namespace izhi::apps::serve {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

// Long enough for a slow network, too short for silent clients to occupy all places.
constexpr auto kPatience = std::chrono::seconds(10);
constexpr std::uint32_t kMostHeaderBytes = 8192;

/// The page may load only its own files, and no other site may show it in a frame, so other sites cannot misuse it.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

const Asset* find_asset(std::string_view target) {
    target = target.substr(0, target.find('?'));
    if (target == "/") target = "/index.html";
    const auto all = assets();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Asset& asset) { return asset.path == target; });
    return found == all.end() ? nullptr : &*found;
}

using Response = http::response<http::span_body<const char>>;

Response response_to(const http::request<http::empty_body>& request, http::status status, std::string_view type,
                     std::string_view text) {
    Response response(status, request.version());
    response.set(http::field::content_type, beast::string_view(type.data(), type.size()));
    response.set(http::field::cache_control, "no-cache");
    response.set("Content-Security-Policy", kPolicy);
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Referrer-Policy", "no-referrer");
    response.keep_alive(request.keep_alive());
    response.content_length(text.size());
    if (request.method() != http::verb::head) response.body() = {text.data(), text.size()};
    return response;
}

Response refusal(const http::request<http::empty_body>& request, http::status status, std::string_view text) {
    Response response = response_to(request, status, "text/plain; charset=utf-8", text);
    response.keep_alive(false);
    return response;
}

std::string_view field(const http::request<http::empty_body>& request, http::field name) {
    const auto value = request[name];
    return {value.data(), value.size()};
}

}  // namespace

HttpConnection::HttpConnection(boost::asio::ip::tcp::socket&& socket, const Address& address, Reception& reception,
                               std::shared_ptr<Places::Place> place)
    : stream_(std::move(socket)), address_(address), reception_(reception), place_(std::move(place)) {}

void HttpConnection::read() {
    place_->leave = [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->stream_.close();
    };
    parser_.emplace();
    parser_->header_limit(kMostHeaderBytes);
    parser_->body_limit(0);
    stream_.expires_after(kPatience);
    http::async_read(stream_, incoming_, *parser_, [self = shared_from_this()](beast::error_code error, std::size_t) {
        if (!error) self->answer();  // anything else gets no answer: the connection ends with this object
    });
}

void HttpConnection::answer() {
    const http::request<http::empty_body> request = parser_->release();
    const std::string_view host = field(request, http::field::host);
    if (!host_is_ours(host, address_))
        return send(refusal(request, http::status::misdirected_request, "This server does not go by that name.\n"));
    if (beast::websocket::is_upgrade(request)) {
        if (!origin_is_ours(field(request, http::field::origin), host))
            return send(refusal(request, http::status::forbidden, "No page of another site may watch.\n"));
        if (request.target() != "/live")
            return send(refusal(request, http::status::not_found, "The live view is at /live.\n"));
        return std::make_shared<Viewer>(std::move(stream_), reception_, std::move(place_))->accept(request);
    }
    if (request.method() != http::verb::get && request.method() != http::verb::head)
        return send(refusal(request, http::status::method_not_allowed, "GET and HEAD only.\n"));
    const auto target = request.target();
    const Asset* const asset = find_asset({target.data(), target.size()});
    if (asset == nullptr) return send(refusal(request, http::status::not_found, "There is no such page.\n"));
    send(response_to(request, http::status::ok, asset->type, asset->bytes));
}

template <class Response>
void HttpConnection::send(Response response) {
    const auto kept = std::make_shared<Response>(std::move(response));
    http::async_write(stream_, *kept, [self = shared_from_this(), kept](beast::error_code error, std::size_t) {
        if (error) return;
        if (kept->need_eof()) {
            beast::error_code ignored;
            self->stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
            return;
        }
        self->read();
    });
}

}  // namespace izhi::apps::serve
