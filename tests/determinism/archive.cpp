// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// State as bytes: what is written comes back, and no other bytes are taken for it.
#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/state/archive.hpp"
#include "izhi/error.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::detail;

namespace {

struct Mark {
    std::uint64_t step = 0;
    float height = 0.0f;
};

/// One of everything.
struct Owner {
    bool open = true;
    std::uint16_t small = 7;
    double large = -1.5;
    NoiseLaw law = NoiseLaw::exact;
    std::int32_t bounded = 5;
    std::vector<float> fixed{1.0f, -0.0f, 3.5f};
    std::vector<std::uint32_t> any{9, 8};
    std::vector<Mark> marks{{3, 0.5f}, {1u << 30, -2.0f}};
    std::string note = "a note";
    std::string shape = "square";
    int derived = 0;

    void transfer(Archive& a) {
        a.section("first");
        a.agree("shape", shape);
        a.agree("corners", std::uint32_t{4});
        a.value(open);
        a.value(small);
        a.value(large);
        a.value(law);
        a.section("second");
        a.value(bounded, "bounded", -10, 10);
        a.array(std::span(fixed));
        a.sequence(any, 5);
        a.sequence(marks, 3, [](Archive& at, Mark& m) {
            at.value(m.step);
            at.value(m.height);
        });
        a.text(note, 10);
        if (a.reading()) ++derived;
    }
    [[nodiscard]] std::vector<std::byte> saved() {
        Archive a;
        transfer(a);
        return a.seal();
    }
    void restore(std::span<const std::byte> bytes) {
        Archive a(bytes, "file");
        transfer(a);
        a.finish();
        a.restart();
        transfer(a);
        a.finish();
    }
    [[nodiscard]] std::string error(std::span<const std::byte> bytes) {
        try {
            restore(bytes);
        } catch (const Error& e) { return e.what(); }
        return "none";
    }
};

Owner blank() {
    Owner o;
    o.open = false;
    o.small = 0;
    o.large = 0.0;
    o.law = NoiseLaw::table;
    o.bounded = 0;
    o.fixed = {0.0f, 0.0f, 0.0f};
    o.any.clear();
    o.marks.assign(1, {});
    o.note.clear();
    return o;
}

/// The file with its sums made right again.
std::vector<std::byte> sealed_again(std::vector<std::byte> bytes) {
    const std::uint64_t following = bytes.size() - Archive::kHeaderBytes;
    std::memcpy(bytes.data() + Archive::kHeaderBytes - 8, &following, 8);
    const std::uint64_t sum = checksum(std::span(bytes).first(bytes.size() - 8));
    std::memcpy(bytes.data() + bytes.size() - 8, &sum, 8);
    return bytes;
}

}  // namespace

TEST_SUITE_BEGIN("archive");

TEST_CASE("archive: everything comes back, bit for bit") {
    Owner owner;
    const std::vector<std::byte> bytes = owner.saved();
    Owner other = blank();
    other.restore(bytes);
    CHECK(other.saved() == bytes);
    CHECK(other.open);
    CHECK(other.small == 7);
    CHECK(other.large == -1.5);
    CHECK(other.law == NoiseLaw::exact);
    CHECK(other.bounded == 5);
    CHECK(std::memcmp(other.fixed.data(), owner.fixed.data(), 12) == 0);
    CHECK(other.any == owner.any);
    CHECK(other.marks.size() == 2);
    CHECK(other.marks[1].step == 1u << 30);
    CHECK(other.note == "a note");
    CHECK(other.derived == 1);  // not while it was checked
}

TEST_CASE("archive: columns are kept by neuron, without the padding") {
    const Network network = test::cortex(50, 5, 1.0, 1).build();
    const Plan& plan = network.plan();
    AlignedArray<float> column(plan.slots), other(plan.slots);
    for (std::uint32_t i = 0; i < plan.slots; ++i) column[i] = 1.0f + static_cast<float>(i);
    Archive writer;
    writer.section("column");
    writer.by_neuron(plan, column);
    const std::vector<std::byte> bytes = writer.seal();
    CHECK(bytes.size() == Archive::kHeaderBytes + 2 + 6 + 8 + 2 * 8 + 50 * 4 + 8);
    Archive reader(bytes, "file");
    reader.restart();
    reader.section("column");
    reader.by_neuron(plan, other);
    reader.finish();
    for (std::uint32_t n = 0; n < 50; ++n) CHECK(other[plan.slot_of(n)] == column[plan.slot_of(n)]);
    CHECK(other[plan.slots - 1] == 0.0f);
}

TEST_CASE("archive: no bit can be changed, no byte lost or added, anywhere") {
    Owner owner;
    const std::vector<std::byte> bytes = owner.saved();
    Owner other = blank();
    const std::vector<std::byte> before = other.saved();
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            std::vector<std::byte> altered = bytes;
            altered[i] ^= std::byte{1} << bit;
            CAPTURE(i);
            CHECK(other.error(altered) != "none");
        }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::string error = other.error(std::span(bytes).first(size));
        CHECK((size == 0 ? error.find("is not a checkpoint") : error.find("is truncated")) != std::string::npos);
    }
    std::vector<std::byte> longer = bytes;
    longer.push_back({});
    CHECK(other.error(longer) ==
          "file: is longer than the " + std::to_string(bytes.size()) + " bytes that its header gives");
    CHECK(other.saved() == before);
}

TEST_CASE("archive: forged files are refused or read, and change nothing when refused") {
    Owner owner;
    const std::vector<std::byte> bytes = owner.saved();
    int refused = 0;
    for (std::size_t i = Archive::kHeaderBytes; i + 8 < bytes.size(); ++i)
        for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
            std::vector<std::byte> forged = bytes;
            forged[i] = static_cast<std::byte>(value);
            Owner other = blank();
            const std::vector<std::byte> before = other.saved();
            if (other.error(sealed_again(std::move(forged))) == "none") continue;
            ++refused;
            CHECK(other.saved() == before);
        }
    CHECK(refused > 100);
    for (std::size_t size = Archive::kHeaderBytes + 8; size < bytes.size(); ++size) {
        Owner other = blank();
        CHECK(other.error(sealed_again({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)})) != "none");
    }
}

TEST_CASE("archive: a truth value is 0 or 1") {
    Archive writer;
    bool yes = true;
    writer.section("s");
    writer.value(yes);
    std::vector<std::byte> bytes = writer.seal();
    bytes[bytes.size() - 9] = std::byte{2};
    bytes = sealed_again(std::move(bytes));
    Archive reader(bytes, "file");
    reader.section("s");
    CHECK_THROWS_WITH_AS(reader.value(yes), "file: its section \"s\" has neither yes nor no where one of them belongs",
                         Error);
}

TEST_CASE("archive: refusals say what, and what is allowed") {
    const auto text = [](const std::string& s) {
        std::vector<std::byte> bytes(s.size());
        std::memcpy(bytes.data(), s.data(), s.size());
        return bytes;
    };
    Owner owner;
    const std::vector<std::byte> bytes = owner.saved();
    CHECK(owner.error(text("[network]\nname = \"x\"\n")) ==
          "file: is not a checkpoint of izhi; allowed: a file that izhi run --checkpoint or Simulation::save() wrote");
    std::vector<std::byte> later = bytes;
    later[8] = std::byte{9};
    CHECK(owner.error(later) == "file: has checkpoint format 9, written by izhi 0.1.0; allowed: 1");
    std::vector<std::byte> altered = bytes;
    altered[Archive::kHeaderBytes + 20] ^= std::byte{4};
    CHECK(owner.error(altered) == "file: was altered or damaged: its checksum is another");

    Owner round;
    round.shape = "round";
    CHECK(round.error(bytes) == "file: has shape = \"square\"; allowed: \"round\", as in this network");
    Owner four;
    four.fixed.push_back(1.0f);
    CHECK(four.error(bytes) == "file: has 3 values in section \"second\"; allowed: 4, as this network");
    Owner wild;
    wild.any.assign(6, 0);
    CHECK_THROWS_WITH_AS((void)wild.saved(), "checkpoint: has 6 entries in section \"second\"; allowed: at most 5",
                         Error);
    Owner beyond;
    beyond.bounded = 11;
    CHECK_THROWS_WITH_AS((void)beyond.saved(), "checkpoint: bounded is 11; allowed: -10 to 10", Error);
}

TEST_CASE("archive: sections that do not belong, or too much in one") {
    const auto file = [](const auto& write) {
        Archive a;
        write(a);
        return a.seal();
    };
    const auto bytes = file([](Archive& a) {
        int x = 1;
        a.section("one");
        a.value(x);
        a.section("two");
        a.value(x);
    });
    int x = 0;
    Archive swapped(bytes, "file");
    CHECK_THROWS_WITH_AS(swapped.section("two"), "file: has no section \"two\" where one belongs", Error);
    Archive unread(bytes, "file");
    unread.section("one");
    CHECK_THROWS_WITH_AS(unread.section("two"), "file: its section \"one\" is longer than expected", Error);
    Archive beyond(bytes, "file");
    beyond.section("one");
    beyond.value(x);
    CHECK_THROWS_WITH_AS(beyond.value(x), "file: its section \"one\" ends too early", Error);
    Archive more(bytes, "file");
    more.section("one");
    more.value(x);
    CHECK_THROWS_WITH_AS(more.finish(), "file: has more sections than this version of izhi knows", Error);
    CHECK(x == 0);  // all of them only checked
}

TEST_SUITE_END();
