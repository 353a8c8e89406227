// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "address.hpp"
#include "places.hpp"
#include "viewer.hpp"

namespace izhi::apps::serve {

/// A connection that requests the files of the page, until it requests a WebSocket and becomes a Viewer.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
    /// @param place held until the connection, or the viewer that it becomes, has ended; it can end them
    HttpConnection(boost::asio::ip::tcp::socket&& socket, const Address& address, Reception& reception,
                   std::shared_ptr<Places::Place> place);
    void read();

private:
    void answer();
    template <class Response>
    void send(Response response);

    boost::beast::tcp_stream stream_;
    const Address& address_;
    Reception& reception_;
    std::shared_ptr<Places::Place> place_;
    boost::beast::flat_buffer incoming_;
    std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_;
};

}  // namespace izhi::apps::serve
