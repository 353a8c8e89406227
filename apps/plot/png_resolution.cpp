// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "png_resolution.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace izhi::apps {
namespace {

/// The checksum of PNG (ISO 3309), over the name and data of a chunk.
std::uint32_t crc_of(std::string_view bytes) {
    std::uint32_t crc = 0xFFFF'FFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1U ^ 0xEDB8'8320U : crc >> 1U;
    }
    return ~crc;
}

void append_big_endian(std::string& to, std::uint32_t number) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) to += static_cast<char>(number >> shift & 0xFFU);
}

}  // namespace

std::string with_resolution(std::string png, double dots_per_inch) {
    // The signature and the chunk IHDR always come first, with 8 and 25 bytes. pHYs must come before the chunk IDAT.
    constexpr std::size_t head = 33;
    using namespace std::string_view_literals;
    if (png.size() < head || !std::string_view(png).starts_with("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv)) return png;
    if (std::string_view(png).substr(0, png.find("IDAT")).find("pHYs") != std::string_view::npos) return png;
    constexpr double inches_per_metre = 1.0 / 0.0254;
    const auto dots_per_metre = static_cast<std::uint32_t>(std::lround(dots_per_inch * inches_per_metre));
    std::string chunk = "pHYs";
    append_big_endian(chunk, dots_per_metre);  // across
    append_big_endian(chunk, dots_per_metre);  // down
    chunk += '\1';                             // per metre
    std::string framed;
    append_big_endian(framed, static_cast<std::uint32_t>(chunk.size() - 4));
    framed += chunk;
    append_big_endian(framed, crc_of(chunk));
    return png.insert(head, framed);
}

}  // namespace izhi::apps
