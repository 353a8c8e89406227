// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The stream is one block with its own Huffman code (RFC 1951). These are its symbols, with the lengths of their codes:
//
//     bytes 0-255                  9
//     256, end of the block        4
//     258, copy of 4 bytes         5
//     260, copy of 6 bytes         2
//     262, copy of 8 bytes         4
//     276, copy of 64 bytes        4    (59 and 3 bits more)
//     284, copy of 256 bytes       5    (227 and 5 bits more)
//
// The only distance is number 5 (7 and one bit more), because all copies are from 8 bytes before.
#include "deflate_column.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace izhi::io::detail {
namespace {

static_assert(std::endian::native == std::endian::little);

struct Code {
    std::uint32_t bits;
    unsigned count;
};

constexpr std::uint32_t reversed(std::uint32_t bits, unsigned count) {
    std::uint32_t result = 0;
    for (unsigned i = 0; i < count; ++i) result |= (bits >> i & 1U) << (count - 1 - i);
    return result;
}

/// Codes are written from their first bit, all other numbers from their lowest bit.
constexpr Code code_of(std::uint32_t bits, unsigned count) { return {reversed(bits, count), count}; }

/// A length, its extra bits, and the distance 8: a code of one bit and one extra bit.
constexpr Code copy_of(Code length, std::uint32_t more, unsigned more_bits) {
    return {length.bits | more << length.count | 0b10U << (length.count + more_bits), length.count + more_bits + 2};
}

// Codes in canonical order: by length, then by symbol.
constexpr Code kEnd = code_of(0b0100, 4);
constexpr Code kCopy4 = copy_of(code_of(0b01110, 5), 0, 0);
constexpr Code kCopy6 = copy_of(code_of(0b00, 2), 0, 0);
constexpr Code kCopy8 = copy_of(code_of(0b0101, 4), 0, 0);
constexpr Code kCopy64 = copy_of(code_of(0b0110, 4), 64 - 59, 3);
constexpr Code kCopy256 = copy_of(code_of(0b01111, 5), 256 - 227, 5);

constexpr unsigned kByteBits = 9;
constexpr auto kBytes = [] {
    std::array<std::uint16_t, 256> codes{};
    for (std::uint32_t i = 0; i < 256; ++i) codes[i] = static_cast<std::uint16_t>(reversed(0x100U | i, kByteBits));
    return codes;
}();

/// The sum of the bytes of a number, and their sum with weights 8 to 1, for Adler-32.
struct ByteSums {
    std::uint64_t plain = 0, weighted = 0;
};
ByteSums sums_of(std::uint64_t value) {
    ByteSums sums;
    for (unsigned i = 0; value != 0; ++i, value >>= 8U) {
        sums.plain += value & 0xFFU;
        sums.weighted += (8 - i) * (value & 0xFFU);
    }
    return sums;
}

constexpr std::uint64_t kAdler = 65521;

}  // namespace

void DeflateColumn::put(std::uint64_t bits, unsigned count) {
    pending_ |= bits << pending_bits_;
    pending_bits_ += count;
    std::memcpy(bytes_.data() + size_, &pending_, sizeof pending_);
    size_ += pending_bits_ / 8;
    pending_ >>= pending_bits_ / 8 * 8;
    pending_bits_ %= 8;
}

void DeflateColumn::begin() {
    if (bytes_.empty()) bytes_.resize(4096);
    size_ = 0;
    pending_ = pending_bits_ = 0;
    sum_ = 1;
    sum_of_sums_ = 0;
    put(0x0178, 16);  // deflate, a window of 32 KiB, fastest
    put(0b101, 3);    // the last block, with its own code
    put(285 - 257, 5);
    put(6 - 1, 5);
    // The code for the lengths of the codes: one bit for "as before", four bits for each other length that occurs. The
    // lengths of this code itself are given in a fixed order: 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2,
    // 14, 1.
    put(18 - 4, 4);
    for (const unsigned length : {1, 4, 4, 4, 0, 0, 4, 0, 0, 4, 0, 4, 0, 0, 0, 4, 0, 4}) put(length, 3);
    const auto tell = [&](unsigned length) {
        constexpr std::array<std::uint8_t, 10> place{0, 1, 2, 0, 3, 4, 0, 0, 0, 5};  // among 0, 1, 2, 4, 5, 9, 17, 18
        put(reversed(8U + place[length], 4), 4);
    };
    const auto tell_zeros = [&](unsigned count) {  // 11 and more by 18, 3 to 10 by 17, fewer one by one
        if (count >= 11) {
            put(reversed(8 + 7, 4), 4);
            put(count - 11, 7);
        } else if (count >= 3) {
            put(reversed(8 + 6, 4), 4);
            put(count - 3, 3);
        } else {
            for (unsigned i = 0; i < count; ++i) tell(0);
        }
    };
    tell(kByteBits);
    for (int i = 0; i < 42; ++i) put(0b110, 3);  // as before, six times
    put(0b000, 3);                               // three times
    tell(4);                                     // 256
    tell_zeros(1);
    tell(5);  // 258
    tell_zeros(1);
    tell(2);  // 260
    tell_zeros(1);
    tell(4);  // 262
    tell_zeros(13);
    tell(4);  // 276
    tell_zeros(7);
    tell(5);  // 284
    tell_zeros(5);
    tell(1);  // the distance
}

/// A number takes at most 9 bytes, the end of the stream less than 8, and put() writes eight bytes further.
void DeflateColumn::make_room(std::size_t numbers) {
    const std::size_t wanted = size_ + 9 * numbers + 16;
    if (bytes_.size() < wanted) bytes_.resize(2 * wanted);
}

void DeflateColumn::add_one(std::uint64_t value) {
    const std::uint64_t changed = value ^ last_;
    const auto put_two = [&](std::uint64_t two) {
        put(kBytes[two & 0xFFU] | std::uint64_t{kBytes[two >> 8U & 0xFFU]} << kByteBits, 2 * kByteBits);
    };
    if (rows_ > 0 && changed < 0x10000U) {
        put(kBytes[value & 0xFFU] | std::uint64_t{kBytes[value >> 8U & 0xFFU]} << kByteBits |
                std::uint64_t{kCopy6.bits} << 2 * kByteBits,
            2 * kByteBits + kCopy6.count);
    } else {
        put_two(value);
        put_two(value >> 16U);
        if (rows_ > 0 && changed <= 0xFFFF'FFFFU) {
            put(kCopy4.bits, kCopy4.count);
        } else {
            put_two(value >> 32U);
            put_two(value >> 48U);
        }
    }
    const ByteSums sums = sums_of(value);
    sum_of_sums_ += 8 * sum_ + sums.weighted;
    sum_ += sums.plain;
    last_ = value;
    ++rows_;
}

/// Repeats the last number `count` times.
void DeflateColumn::repeat(std::size_t count) {
    const ByteSums sums = sums_of(last_);
    const std::uint64_t n = count;
    sum_of_sums_ += n * (8 * sum_ + sums.weighted) + 8 * sums.plain * (n * (n - 1) / 2);
    sum_ += n * sums.plain;
    rows_ += count;
    const auto copy = [&](const Code& code, std::size_t numbers) {
        for (; count >= numbers; count -= numbers) {
            make_room(1);
            put(code.bits, code.count);
        }
    };
    copy(kCopy256, 32);
    copy(kCopy64, 8);
    copy(kCopy8, 1);
}

void DeflateColumn::add(std::uint64_t value, std::size_t count) {
    if (count == 0) return;
    if (rows_ == 0) begin();
    make_room(1);
    if (rows_ == 0 || value != last_) {
        add_one(value);
        --count;
    }
    if (count > 0) repeat(count);
}

void DeflateColumn::add_each(std::span<const std::uint32_t> values, std::uint32_t less) {
    if (values.empty()) return;
    if (rows_ == 0) {
        add(values.front() - less);
        values = values.subspan(1);
    }
    make_room(values.size());
    for (auto next = values.begin(); next != values.end();) {
        // Most numbers differ from the one before only in their lowest two bytes. For these, everything stays in
        // registers.
        const ByteSums rest = sums_of(last_ & ~std::uint64_t{0xFFFF});
        std::byte* at = bytes_.data() + size_;
        std::uint64_t pending = pending_, sum = sum_, sum_of_sums = sum_of_sums_;
        unsigned pending_bits = pending_bits_;
        const auto begin = next;
        const auto fits = [&](std::uint32_t number) { return ((number - less) ^ last_) < 0x10000U; };
        const auto put_number = [&](std::uint32_t number) {
            const std::uint32_t value = number - less, low = value & 0xFFU, high = value >> 8U & 0xFFU;
            sum_of_sums += 8 * sum + rest.weighted + 8 * low + 7 * high;
            sum += rest.plain + low + high;
            return kBytes[low] | std::uint64_t{kBytes[high]} << kByteBits | std::uint64_t{kCopy6.bits} << 2 * kByteBits;
        };
        const auto flush = [&](std::uint64_t bits, unsigned count) {
            pending |= bits << pending_bits;
            pending_bits += count;
            std::memcpy(at, &pending, sizeof pending);
            at += pending_bits / 8;
            pending >>= pending_bits & ~7U;
            pending_bits &= 7U;
        };
        constexpr unsigned number_bits = 2 * kByteBits + kCopy6.count;
        for (; values.end() - next >= 2 && fits(next[0]) && fits(next[1]); next += 2) {
            const std::uint64_t first = put_number(next[0]);
            flush(first | put_number(next[1]) << number_bits, 2 * number_bits);
        }
        for (; next != values.end() && fits(*next); ++next) flush(put_number(*next), number_bits);
        if (next != begin) last_ = *(next - 1) - less;
        rows_ += static_cast<std::size_t>(next - begin);
        size_ = static_cast<std::size_t>(at - bytes_.data());
        pending_ = pending;
        pending_bits_ = pending_bits;
        sum_ = sum;
        sum_of_sums_ = sum_of_sums;
        if (next != values.end()) add_one(*next++ - less);
    }
}

std::span<const std::byte> DeflateColumn::finish() {
    if (rows_ == 0) begin();
    make_room(1);
    put(kEnd.bits, kEnd.count);
    put(0, (8 - pending_bits_) % 8);
    const std::uint64_t adler = sum_of_sums_ % kAdler << 16U | sum_ % kAdler;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) put(adler >> shift & 0xFFU, 8);
    rows_ = 0;
    return {bytes_.data(), size_};
}

}  // namespace izhi::io::detail
