// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "line_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "izhi/error.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
// A trace of a million neurons has lines of about twelve megabytes. A longer line is not one of our texts.
constexpr std::size_t kLongestLine = std::size_t{1} << 27;

/// The whole text as a number, or nothing.
template <class Number>
std::optional<Number> parse(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view without_plus(std::string_view text) { return text.starts_with('+') ? text.substr(1) : text; }

}  // namespace

LineReader::LineReader(const std::filesystem::path& file) : name_(file.string()), buffer_(kBufferBytes) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error || !std::filesystem::exists(status))
        throw Error(name_ + ": there is no such file, or it cannot be reached");
    if (!std::filesystem::is_regular_file(status)) throw Error(name_ + ": is not a file");
    stream_.open(file, std::ios::binary);
    if (!stream_) throw Error(name_ + ": cannot be opened for reading");
}

bool LineReader::fill() {
    stream_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    begin_ = 0;
    end_ = static_cast<std::size_t>(stream_.gcount());
    if (stream_.bad()) throw Error(name_ + ": cannot be read");
    return end_ > 0;
}

bool LineReader::next() {
    line_.clear();
    bool ended = false;
    if (begin_ == end_ && !fill()) return false;
    ++number_;
    do {
        const char* from = buffer_.data() + begin_;
        const auto* at = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
        const std::size_t length = at == nullptr ? end_ - begin_ : static_cast<std::size_t>(at - from);
        if (line_.size() + length > kLongestLine) fail("a line of more than 128 MiB");
        line_.append(from, length);
        begin_ += length + (at == nullptr ? 0 : 1);
        ended = at != nullptr;
    } while (!ended && fill());
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    return true;
}

void LineReader::fail(std::string_view what) const {
    throw Error(name_ + ":" + std::to_string(number_) + ": " + printable(std::string(what)));
}

std::vector<std::string_view> split(std::string_view line, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find(separator, begin), line.size());
        std::string_view part = line.substr(begin, end - begin);
        while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
        while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
        parts.push_back(part);
        begin = end + 1;
    }
    return parts;
}

std::optional<float> to_single(std::string_view text) { return parse<float>(without_plus(text)); }

std::optional<double> to_number(std::string_view text) {
    const auto value = parse<double>(without_plus(text));
    return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::uint64_t> to_whole(std::string_view text) { return parse<std::uint64_t>(text); }

}  // namespace izhi::io::detail
