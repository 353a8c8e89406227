// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/base/file_descriptor.hpp"

/// Files of others are read apart: in a child process, because the HDF5 library can crash or hang on a damaged file.
/// The child sends what it reads through a pipe, and waits while the pipe is full:
///
///     Apart child(file, [&](ApartOutput& out) {  // in the child; begins at once
///         const Hdf5Session session;
///         ...
///         out.value(count);
///         for (...) out.values(std::span<const double>(piece));
///     });
///     const auto count = child.value<std::uint64_t>();  // in the order in which they were sent
///     std::vector<double> times;
///     child.column(count, times);  // or piece by piece: child.append(times)
///     child.finish();              // the child has come to its end
///
/// The child has a copy of everything the process had, and one thread. Nobody else sees what it changes.
namespace izhi::io::detail {

/// When a child is given up.
struct ApartLimits {
    /// The longest wait for a byte. It is counted while this process runs: not while it is stopped, or the machine
    /// sleeps.
    std::chrono::milliseconds patience{60'000};
    /// What the child may allocate beyond what the process has [bytes]; nothing: available_memory(). Not under
    /// sanitizers, which reserve more than any machine has.
    std::optional<std::uint64_t> memory_bytes{};
};

/// The child's end. If nobody reads the values any more, its functions end the child.
class ApartOutput {
public:
    ApartOutput(int pipe, int questions);
    ApartOutput(const ApartOutput&) = delete;
    ApartOutput& operator=(const ApartOutput&) = delete;

    template <class T>
    void value(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        bytes(std::as_bytes(std::span(&value, 1)));
    }
    /// A text of any length.
    void text(std::string_view text);
    /// A piece of a column, with its length, which may be 0. About a megabyte is best: a piece that takes longer than
    /// ApartLimits::patience to read is taken for a hang.
    template <class T>
    void values(std::span<const T> values) {
        static_assert(std::is_trivially_copyable_v<T>);
        value(static_cast<std::uint64_t>(values.size()));
        bytes(std::as_bytes(values));
    }
    /// Says that the work goes on, where there is nothing to send for long.
    void alive();
    /// Waits for Apart::ask(). @return false if nobody will ask any more
    template <class T>
    [[nodiscard]] bool asked(T& question) {
        static_assert(std::is_trivially_copyable_v<T>);
        return next_question(std::as_writable_bytes(std::span(&question, 1)));
    }

    // The last frame, sent by Apart.
    void end();
    void fail(const std::exception* error);  ///< null: something that is no std::exception

private:
    void bytes(std::span<const std::byte> bytes);
    [[nodiscard]] bool next_question(std::span<std::byte> into);
    void flush();
    void frame(std::uint32_t kind, std::span<const std::byte> content);

    int pipe_, questions_;
    std::vector<std::byte> buffer_;  ///< values that wait for more, so that small ones travel together
};

/// Starts a child, receives what it sends, and ends it in the destructor. Used by one thread at a time, also by another
/// than the one that made it. It works in programs that have many threads, and children of their own, whatever they do
/// with SIGCHLD. The child has no descriptor, signal handler or output of the program, and ends within a second after
/// it.
///
/// The functions that receive throw Error, "FILE: ...":
/// - what the child threw, word by word if it was an Error;
/// - that the file does not fit in memory, if it threw std::bad_alloc or std::length_error;
/// - that the library crashed or hangs, or that the child was killed;
/// - that the child sent less than was expected.
/// After that the child is gone, and every further value is an Error too.
class Apart {
public:
    /// Starts the child. @param file for messages
    /// @param work what the child does, with all that is alive here
    /// @throws Error if no process can be started
    Apart(std::string file, const std::function<void(ApartOutput&)>& work, const ApartLimits& limits = {});
    ~Apart();
    Apart(const Apart&) = delete;
    Apart& operator=(const Apart&) = delete;

    template <class T>
    [[nodiscard]] T value() {
        static_assert(std::is_trivially_copyable_v<T>);
        std::conditional_t<std::is_same_v<T, bool>, unsigned char, T> value{};  // of a bool any byte may come
        receive(std::as_writable_bytes(std::span(&value, 1)));
        return static_cast<T>(value);
    }
    [[nodiscard]] std::string text();
    /// Appends one piece, as ApartOutput::values() sent it. @return its length
    /// @throws std::bad_alloc and std::length_error too
    template <class T>
    std::size_t append(std::vector<T>& into) {
        static_assert(std::is_trivially_copyable_v<T>);
        const auto count = value<std::uint64_t>();
        // Memory is used for what has arrived, not for what is claimed.
        constexpr std::uint64_t at_once = (std::uint64_t{1} << 20) / sizeof(T) + 1;
        for (std::uint64_t left = count; left > 0;) {
            const auto next = static_cast<std::size_t>(left < at_once ? left : at_once);
            into.resize(into.size() + next);
            receive(std::as_writable_bytes(std::span(into).last(next)));
            left -= next;
        }
        return static_cast<std::size_t>(count);
    }
    /// Appends a column of `count` values, which come in pieces of any length but 0.
    /// @throws std::bad_alloc and std::length_error too
    template <class T>
    void column(std::uint64_t count, std::vector<T>& into) {
        if (count > into.max_size() - into.size()) fail_too_large();
        into.reserve(into.size() + static_cast<std::size_t>(count));  // addresses, not memory
        while (count > 0) {
            const std::uint64_t piece = append(into);
            if (piece == 0 || piece > count) fail_short();
            count -= piece;
        }
    }
    /// Sends a question to the child, which reads them in order with ApartOutput::asked(). It does not wait for the
    /// answer, so that the child can work ahead; a few may be open. If the child is gone, the next value says so.
    template <class T>
    void ask(const T& question) {
        static_assert(std::is_trivially_copyable_v<T>);
        send_question(std::as_bytes(std::span(&question, 1)));
    }
    /// Waits for the end of the child's work. ApartOutput::asked() returns false from now on.
    void finish();

    /// Whether this process started the child: false in a copy of it (fork).
    [[nodiscard]] bool is_own() const noexcept;
    /// The child, until it has ended.
    [[nodiscard]] pid_t process() const noexcept { return process_; }

private:
    void receive(std::span<std::byte> into);
    /// Reads the head of the next frame, or throws what the child says in place of it.
    void next_frame();
    void read(std::span<std::byte> into);
    [[nodiscard]] std::size_t read_some(std::span<std::byte> into);
    void wait_for_bytes();
    [[nodiscard]] bool has_ended() noexcept;
    void end_child() noexcept;
    void send_question(std::span<const std::byte> bytes) noexcept;
    [[noreturn]] void rethrow(std::uint32_t kind);
    [[noreturn]] void fail_gone();
    [[noreturn]] void fail_short();
    [[noreturn]] void fail_too_large();
    [[noreturn]] void fail(const std::string& what);

    std::string file_;
    std::chrono::milliseconds patience_;
    izhi::detail::Descriptor pipe_, questions_;
    pid_t owner_, process_ = -1;
    std::optional<int> status_{};  ///< of the child that has ended, if it could be had
    std::uint32_t left_ = 0;       ///< of the current frame [bytes]
    bool at_end_ = false;          ///< the child has come to its end
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0, end_ = 0;  ///< what is in the buffer
};

}  // namespace izhi::io::detail
