// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <unistd.h>

namespace izhi::apps {
namespace {

void append_escaped(std::string& to, unsigned char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    to += "\\x";
    to += digits[c >> 4U];
    to += digits[c & 15U];
}

}  // namespace

std::string terminal_text(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        if (c == 0xC2 && next >= 0x80 && next < 0xA0) {  // U+0080 to U+009F
            append_escaped(shown, static_cast<unsigned char>(next));
            ++i;
        } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
            append_escaped(shown, c);
        } else {
            shown += text[i];
        }
    }
    return shown;
}

TerminalStream::Buffer::int_type TerminalStream::Buffer::overflow(int_type c) {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char one = traits_type::to_char_type(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
}

std::streamsize TerminalStream::Buffer::xsputn(const char* text, std::streamsize size) {
    const std::string shown = terminal_text({text, static_cast<std::size_t>(size)});
    const auto all = static_cast<std::streamsize>(shown.size());
    return to_->sputn(shown.data(), all) == all ? size : 0;
}

TerminalStream::TerminalStream(std::ostream& stream, int descriptor)
    : stream_(stream), before_(stream.rdbuf()), buffer_(before_), replaced_(::isatty(descriptor) == 1) {
    if (replaced_) (void)stream_.rdbuf(&buffer_);
}

TerminalStream::~TerminalStream() {
    if (replaced_) (void)stream_.rdbuf(before_);
}

}  // namespace izhi::apps
