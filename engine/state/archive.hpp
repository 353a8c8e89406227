// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/base/text.hpp"
#include "engine/exchange/collective.hpp"
#include "engine/network/plan.hpp"
#include "engine/state/ranks.hpp"

/// State as bytes. Every owner of state lists its parts once, and the same code writes, checks and reads them:
///
///     void Pool::transfer(Archive& a) {
///         a.section("pool");
///         a.value(level_);
///         a.by_neuron(plan_, traces_);                 // columns indexed by slot, stored by neuron
///         a.sequence(marks_, kMostMarks, [](Archive& at, Mark& m) { at.value(m.step); at.value(m.height); });
///         if (a.reading()) make_index();               // what follows from the state
///     }
///
/// State is written in the order of the network, not in the layout of workers or instruction sets, so that any of them
/// can read it. Values that follow from the description are not written; agree() checks those that must fit.
///
/// A file is little-endian. It has eight bytes that do not occur in text, the version of the format (u32), four zero
/// bytes, the version of izhi (16 bytes of text), and the number of bytes that follow (u64); then sections, each with a
/// name (u16 length, bytes), a length (u64) and this many bytes; and a checksum over everything before it (u64). A
/// value is stored as its bytes, an array as a count (u64) and its values. All sections are present, in a fixed order:
/// another set of sections is another version of the format.
namespace izhi::detail {

static_assert(std::endian::native == std::endian::little,
              "archives are little-endian, and so are all machines of izhi");

/// A type that a value of an archive may have: it has the same width and meaning everywhere.
template <class T>
concept Storable = (std::integral<T> || std::same_as<T, float> || std::same_as<T, double> ||
                    std::is_enum_v<T>)&&!std::same_as<T, wchar_t> &&
                   sizeof(T) <= 8;

class Archive {
public:
    /// The version of the format. After the first release, every change of the content must increase it.
    static constexpr std::uint32_t kFormat = 1;
    /// Bytes of a file before its sections; the last eight of them give the number of bytes that follow.
    static constexpr std::size_t kHeaderBytes = 40;

    /// An archive that writes. @param memory is reused; its values are lost
    explicit Archive(std::vector<std::byte> memory = {});
    /// An archive that checks, and after restart() reads. @param bytes a complete file, which must outlive this
    /// @param name the name of the file, with which messages begin
    /// @throws Error unless the file is complete and unaltered
    Archive(std::span<const std::byte> bytes, std::string name);

    /// The size of a file, according to its first bytes. @throws Error unless it is a checkpoint of this version
    [[nodiscard]] static std::uint64_t expected_bytes(std::span<const std::byte> header, const std::string& name);

    [[nodiscard]] bool writing() const noexcept { return pass_ == Pass::write; }
    /// The state is spread over ranks, and all of them do the same with an archive of their own. What rank 0 writes is
    /// the file; every rank reads its share of the same file. @param ranks outlives this
    void among(const Ranks& ranks) noexcept { among_ = ranks.alone() ? nullptr : &ranks; }

    /// Whether state is being changed. False while a file is only checked: then values are read but not stored.
    [[nodiscard]] bool reading() const noexcept { return pass_ == Pass::read; }

    /// Begins a section. The previous one ends here, and all of it must have been read.
    void section(std::string_view name);

    template <Storable T>
    void value(T& x) {
        T copy = x;
        bytes(&copy, sizeof copy);
        if (reading()) x = copy;
    }
    void value(bool& x) {
        const bool copy = has(x);
        if (reading()) x = copy;
    }
    /// A number that must lie within bounds, both included. @param what its name
    template <Storable T>
    void value(T& x, const char* what, T low, T high) {
        T copy = x;
        bytes(&copy, sizeof copy);
        if (!(copy >= low && copy <= high))
            fail(std::string(what) + " is " + text_of(copy), text_of(low) + " to " + text_of(high));
        if (reading()) x = copy;
    }

    /// Whether an optional part follows; when checking and reading, what the file says. @param mine whether it will be
    /// written
    [[nodiscard]] bool has(bool mine);

    /// Values whose number follows from the network.
    template <Storable T>
    void array(std::span<T> values) {
        same_count(values.size());
        if (pass_ == Pass::check) skip(values.size_bytes());
        else bytes(values.data(), values.size_bytes());
    }
    /// A column indexed by slot: the values of neurons, without padding. Among ranks each writes and reads its own.
    template <class Column>
    void by_neuron(const Plan& plan, Column& column) {
        for (const PopulationPlan& p : plan.populations) {
            const auto values = std::span(column.data() + p.first_slot, p.size);
            if (among_) of_population(p, std::as_writable_bytes(values), sizeof values[0]);
            else array(values);
        }
    }
    /// Values that each rank has some of: rank 0 gets all of them, in the order of ranks. Only while writing.
    template <Storable T>
    void collect(std::vector<T>& values) {
        if (!among_ || !writing()) return;
        const auto lists = lists_at_first(*among_->exchange, std::span<const T>(values));
        values.clear();
        for (const auto& list : lists) values.insert(values.end(), list.begin(), list.end());
    }
    /// While writing: whether it holds on any rank.
    [[nodiscard]] bool anywhere(bool here) { return among_ && writing() ? any_of_all(*among_->exchange, here) : here; }

    /// Any number of values up to `most`.
    template <Storable T>
    void sequence(std::vector<T>& values, std::size_t most) {
        const std::size_t size = count(values.size(), most, sizeof(T));
        if (reading()) values.resize(size);
        if (pass_ == Pass::check) skip(size * sizeof(T));
        else bytes(values.data(), size * sizeof(T));
    }
    /// The same for structs. @param each transfers the parts of one struct; called with the archive and the struct
    template <class T, class Each>
    void sequence(std::vector<T>& values, std::size_t most, const Each& each) {
        const std::size_t size = count(values.size(), most, 1);
        if (reading()) values.resize(size);
        for (std::size_t i = 0; i < size; ++i) {
            T scratch{};
            each(*this, pass_ == Pass::check ? scratch : values[i]);
        }
    }
    void text(std::string& value, std::size_t most);

    /// A value that must be the same: a name, a size, a distribution. @param what "population.exc.size"
    void agree(const std::string& what, const std::string& mine);
    template <Storable T>
    void agree(const std::string& what, T mine) {
        T theirs = mine;
        bytes(&theirs, sizeof theirs);
        if (theirs != mine) fail("has " + what + " = " + text_of(theirs), text_of(mine) + ", as in this network");
    }
    /// Whether a value that a message could not show, such as the hash of a rule, is the same.
    [[nodiscard]] bool same(std::uint64_t mine) {
        std::uint64_t theirs = mine;
        bytes(&theirs, sizeof theirs);
        return theirs == mine;
    }

    /// Rejects the file. To be called while checking, because reading must not end half-way.
    [[noreturn]] void fail(const std::string& problem, const std::string& allowed = {}) const;

    /// Ends writing. @return the complete file
    [[nodiscard]] std::vector<std::byte> seal();
    /// Ends writing sections that will become part of a file later. @return the argument for append() of another
    /// archive
    [[nodiscard]] std::vector<std::byte> leave_unsealed();
    /// Writes the sections of an archive that was left unsealed.
    void append(std::span<const std::byte> unsealed);
    /// Ends checking or reading: no more sections may follow. @throws Error
    void finish();
    /// Goes back to the first section, to read what was checked.
    void restart();

private:
    enum class Pass { write, check, read };

    /// Copies from or to the file; changes only the copy.
    void bytes(void* data, std::size_t size);
    void skip(std::size_t size);
    /// The values of a population in a column, among ranks.
    void of_population(const PopulationPlan& population, std::span<std::byte> values, std::size_t bytes_each);
    /// The remaining bytes of the section. @throws Error if there are fewer than `size`
    void want(std::uint64_t size) const;
    void same_count(std::size_t mine);
    [[nodiscard]] std::size_t count(std::size_t mine, std::size_t most, std::size_t bytes_each);
    void end_section();

    template <Storable T>
    [[nodiscard]] static std::string text_of(T x) {
        if constexpr (std::is_enum_v<T>) return std::to_string(static_cast<std::underlying_type_t<T>>(x));
        else if constexpr (std::floating_point<T>) return number_text(static_cast<double>(x));
        else return std::to_string(x);
    }

    Pass pass_;
    const Ranks* among_ = nullptr;  ///< null: one rank
    std::string name_, section_;
    std::vector<std::byte> written_;
    std::size_t section_begin_ = 0;  ///< write: where the section's bytes begin; 0: none is open
    std::span<const std::byte> file_;
    std::size_t place_ = 0, section_end_ = 0;  ///< check, read: positions in file_
};

/// A hash of bytes. It detects every change within one eight-byte word, and all but one in 2^64 of other changes.
[[nodiscard]] std::uint64_t checksum(std::span<const std::byte> bytes) noexcept;

}  // namespace izhi::detail
