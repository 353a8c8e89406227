// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

/// What is printed on a terminal. Names and paths come from files of unknown origin, and a control character in them could
/// clear the screen, or change what a line seems to say.
namespace izhi::apps {

/// The text with control characters as "\x1b"; line ends and tabs stay. Also those that are two bytes of UTF-8.
[[nodiscard]] std::string terminal_text(std::string_view text);

/// While it exists, a stream that writes on a terminal writes terminal_text(). Streams that go elsewhere are left alone.
class TerminalStream {
public:
    /// @param descriptor that the stream writes to
    TerminalStream(std::ostream& stream, int descriptor);
    ~TerminalStream();
    TerminalStream(const TerminalStream&) = delete;
    TerminalStream& operator=(const TerminalStream&) = delete;

private:
    class Buffer final : public std::streambuf {
    public:
        explicit Buffer(std::streambuf* to) : to_(to) {}

    private:
        int_type overflow(int_type c) override;
        std::streamsize xsputn(const char* text, std::streamsize size) override;
        int sync() override { return to_->pubsync(); }
        std::streambuf* to_;
    };

    std::ostream& stream_;
    std::streambuf* before_;
    Buffer buffer_;
    bool replaced_;
};

}  // namespace izhi::apps
