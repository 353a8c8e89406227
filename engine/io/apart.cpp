// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "apart.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/base/text.hpp"
#include "hdf5.hpp"
#include "izhi/error.hpp"
#include "izhi/network.hpp"
#include "text.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IZHI_APART_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IZHI_APART_SANITIZED 1
#endif

namespace izhi::io::detail {
namespace {

#ifdef IZHI_APART_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// What goes through the pipe: frames, each a head and its content. Values are cut into frames anywhere.
struct FrameHead {
    std::uint32_t kind = 0, bytes = 0;
};
constexpr std::uint32_t kValuesFrame = 1;     ///< part of the stream of values
constexpr std::uint32_t kEndFrame = 2;        ///< all is done
constexpr std::uint32_t kErrorFrame = 3;      ///< an izhi::Error: its four texts, each ended by a zero
constexpr std::uint32_t kExceptionFrame = 4;  ///< another exception: its text
constexpr std::uint32_t kNoMemoryFrame = 5;
constexpr std::size_t kLongestFrame = std::size_t{1} << 20;
constexpr std::size_t kBuffered = std::size_t{1} << 16;  ///< what is buffered on either side
constexpr int kPipeBytes = 1 << 20;

// ---- the child ----

volatile pid_t apart_parent = 0;  // for the handler, in a process of its own

/// Ends the child soon after its parent, wherever it works, hangs or waits. (PR_SET_PDEATHSIG would end it with the
/// thread that started it, and a stream of spikes may outlive that.)
void look_for_parent(int /*signal*/) {
    if (::getppid() != apart_parent) ::_exit(1);
}

void settle_signals(pid_t parent) {
    // No handler of the program runs here, and the signals of the terminal are for the program, which ends its children.
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) (void)::sigaction(signal, &usual, nullptr);
    // It may be gone already. Where the child has a name space of processes that the parent is not in, that is number 0.
    apart_parent = ::getppid();
    if (apart_parent != parent && apart_parent != 0) ::_exit(1);
    struct sigaction look {};
    look.sa_handler = look_for_parent;
    look.sa_flags = SA_RESTART;
    (void)::sigaction(SIGALRM, &look, nullptr);
    const itimerval each_second{{1, 0}, {1, 0}};
    (void)::setitimer(ITIMER_REAL, &each_second, nullptr);
    sigset_t blocked;
    (void)sigfillset(&blocked);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGALRM})
        (void)sigdelset(&blocked, signal);
    (void)::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
}

void close_descriptors(unsigned first, unsigned last) {
    if (first > last || ::close_range(first, last, 0) == 0) return;
    rlimit limit{};  // a kernel before 5.9
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
    const auto end = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 1U << 16));
    for (unsigned descriptor = first; descriptor <= last && descriptor < end; ++descriptor)
        (void)::close(static_cast<int>(descriptor));
}

/// Keeps two descriptors, moved away from those of the standard streams, and closes all others.
bool settle_descriptors(int& pipe, int& questions) {
    for (int* descriptor : {&pipe, &questions})
        if (*descriptor <= STDERR_FILENO) *descriptor = ::fcntl(*descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (pipe < 0 || questions < 0) return false;
    // The C library writes to stderr before it gives up a damaged heap.
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (kSanitized && standard == STDERR_FILENO) continue;
        if (nothing < 0) (void)::close(standard);
        else (void)::dup2(nothing, standard);
    }
    const auto low = static_cast<unsigned>(std::min(pipe, questions)),
               high = static_cast<unsigned>(std::max(pipe, questions));
    close_descriptors(STDERR_FILENO + 1, low - 1);
    close_descriptors(low + 1, high - 1);
    close_descriptors(high + 1, ~0U);
    return true;
}

void settle_limits(rlim_t most_bytes) {
    // A thread of real time may have started it.
    if (const int policy = ::sched_getscheduler(0); policy == SCHED_FIFO || policy == SCHED_RR) {
        const sched_param usual{};
        (void)::sched_setscheduler(0, SCHED_OTHER, &usual);
    }
    const rlimit none{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none);
    // If memory runs out in spite of the limit, the child goes first, not the program.
    if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
        (void)!::write(score, "1000", 4);
        (void)::close(score);
    }
    (void)::prctl(PR_SET_DUMPABLE, 0);  // no core file by a program that the system starts for it either
    rlimit memory{};
    if (kSanitized || most_bytes == RLIM_INFINITY || ::getrlimit(RLIMIT_AS, &memory) != 0) return;
    memory.rlim_cur = std::min(memory.rlim_cur, most_bytes);
    (void)::setrlimit(RLIMIT_AS, &memory);
}

[[noreturn]] void run_child(pid_t parent, int pipe, int questions, rlim_t most_bytes,
                            const std::function<void(ApartOutput&)>& work) noexcept {
    settle_signals(parent);
    if (!settle_descriptors(pipe, questions)) ::_exit(1);
    settle_limits(most_bytes);
    ApartOutput out(pipe, questions);
    try {
        work(out);
        out.end();
    } catch (const std::exception& error) { out.fail(&error); } catch (...) {
        out.fail(nullptr);
    }
    ::_exit(0);  // nothing of the program is flushed, closed or destroyed a second time
}

// ---- the parent ----

/// The address space that a child may have: what the process has, and `more`.
rlim_t address_space_with(std::uint64_t more) {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0;
    const long page_bytes = ::sysconf(_SC_PAGESIZE);
    if (!(statm >> pages) || page_bytes <= 0) return RLIM_INFINITY;
    const std::uint64_t now = pages * static_cast<std::uint64_t>(page_bytes);
    return more > RLIM_INFINITY - now ? RLIM_INFINITY : static_cast<rlim_t>(now + more);
}

/// All signals are blocked meanwhile, so that no handler of the program runs in the child.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        (void)sigfillset(&all);
        (void)::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

std::string seconds_text(std::chrono::milliseconds time) {
    return izhi::detail::number_text(static_cast<double>(time.count()) / 1000.0) + " s";
}

}  // namespace

ApartOutput::ApartOutput(int pipe, int questions) : pipe_(pipe), questions_(questions) { buffer_.reserve(kBuffered); }

void ApartOutput::frame(std::uint32_t kind, std::span<const std::byte> content) {
    const FrameHead head{kind, static_cast<std::uint32_t>(content.size())};
    std::array<iovec, 2> parts{iovec{const_cast<FrameHead*>(&head), sizeof head},
                               iovec{const_cast<std::byte*>(content.data()), content.size()}};
    for (std::size_t part = 0; part < parts.size();) {
        const ssize_t written = ::writev(pipe_, &parts[part], static_cast<int>(parts.size() - part));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) ::_exit(1);  // nobody reads any more
        auto left = static_cast<std::size_t>(written);
        while (part < parts.size() && left >= parts[part].iov_len) left -= parts[part++].iov_len;
        if (part == parts.size()) break;
        parts[part].iov_base = static_cast<std::byte*>(parts[part].iov_base) + left;
        parts[part].iov_len -= left;
    }
}

void ApartOutput::flush() {
    if (!buffer_.empty()) frame(kValuesFrame, buffer_);
    buffer_.clear();
}

void ApartOutput::bytes(std::span<const std::byte> bytes) {
    if (buffer_.size() + bytes.size() > kBuffered) flush();
    if (bytes.size() <= kBuffered) {
        buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
        return;
    }
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), kLongestFrame));
        frame(kValuesFrame, piece);
        bytes = bytes.subspan(piece.size());
    }
}

void ApartOutput::text(std::string_view text) { values(std::span<const char>(text)); }

void ApartOutput::alive() {
    if (buffer_.empty()) frame(kValuesFrame, {});
    else flush();
}

bool ApartOutput::next_question(std::span<std::byte> into) {
    flush();
    while (!into.empty()) {
        const ssize_t count = ::read(questions_, into.data(), into.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        into = into.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

void ApartOutput::end() {
    flush();
    frame(kEndFrame, {});
}

void ApartOutput::fail(const std::exception* error) {
    constexpr std::size_t kLongest = 16384;
    std::string text;
    std::uint32_t kind = kExceptionFrame;
    try {
        flush();
        if (const auto* ours = dynamic_cast<const Error*>(error)) {
            kind = kErrorFrame;
            for (const std::string* part : {&ours->subject(), &ours->field(), &ours->problem(), &ours->allowed()})
                text.append(*part, 0, kLongest).push_back('\0');
        } else if (dynamic_cast<const std::bad_alloc*>(error) != nullptr ||
                   dynamic_cast<const std::length_error*>(error) != nullptr) {
            kind = kNoMemoryFrame;
        } else text = std::string_view(error == nullptr ? "an unknown exception" : error->what()).substr(0, kLongest);
    } catch (const std::bad_alloc&) {
        kind = kNoMemoryFrame;
        text.clear();
    }
    frame(kind, std::as_bytes(std::span(text)));
}

Apart::Apart(std::string file, const std::function<void(ApartOutput&)>& work, const ApartLimits& limits)
    : file_(std::move(file)), patience_(limits.patience), owner_(::getpid()), buffer_(kBuffered) {
    constexpr std::uint64_t kLeast = std::uint64_t{256} << 20;
    const rlim_t most_bytes =
        address_space_with(limits.memory_bytes ? *limits.memory_bytes : std::max(available_memory(), kLeast));
    int pipe_ends[2] = {-1, -1}, socket_ends[2] = {-1, -1};
    const auto refuse = [this](int error) {
        fail("cannot be read: no process can be started for it: " + std::generic_category().message(error));
    };
    if (::pipe2(pipe_ends, O_CLOEXEC) != 0) refuse(errno);
    pipe_ = izhi::detail::Descriptor(pipe_ends[0]);
    const izhi::detail::Descriptor pipe_in(pipe_ends[1]);
    (void)::fcntl(pipe_ends[0], F_SETPIPE_SZ, kPipeBytes);  // refused to a user who has many; it is slower then
    // Questions go through a socket, because a pipe whose reader is gone would send SIGPIPE to the program.
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket_ends) != 0) refuse(errno);
    questions_ = izhi::detail::Descriptor(socket_ends[0]);
    const izhi::detail::Descriptor questions_out(socket_ends[1]);
    int error = 0;
    {
        const SignalsBlocked blocked;
        process_ = hdf5_fork([&] { run_child(owner_, pipe_in.get(), questions_out.get(), most_bytes, work); });
        error = errno;
    }
    if (process_ < 0) refuse(error);
}

Apart::~Apart() { end_child(); }

bool Apart::is_own() const noexcept { return ::getpid() == owner_; }

/// Only asks for our own child, because the program may wait for others. If the program has taken the child's end
/// (SIGCHLD is ignored, or it waits for all of its children), that it has ended is all we get to know.
bool Apart::has_ended() noexcept {
    if (process_ < 0) return true;
    int status = 0;
    pid_t found = 0;
    do found = ::waitpid(process_, &status, WNOHANG);
    while (found < 0 && errno == EINTR);
    if (found == 0) return false;
    if (found == process_) status_ = status;
    process_ = -1;
    return true;
}

void Apart::end_child() noexcept {
    pipe_ = {};
    questions_ = {};
    // A process that has_ended() has not seen the end of still has its number.
    if (has_ended()) return;
    (void)::kill(process_, SIGKILL);
    int status = 0;
    pid_t found = 0;
    do found = ::waitpid(process_, &status, 0);
    while (found < 0 && errno == EINTR);
    if (found == process_) status_ = status;
    process_ = -1;
}

void Apart::fail(const std::string& what) {
    end_child();
    throw Error(file_ + ": " + what);
}

void Apart::fail_short() { fail("cannot be read: the process that reads it sent less than expected"); }

void Apart::fail_too_large() { fail("does not fit in memory"); }

void Apart::fail_gone() {
    // Its pipe is closed a moment before its end can be had.
    for (int wait = 0; wait < 1000 && !has_ended(); ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    end_child();
    if (status_ && WIFSIGNALED(*status_) && WTERMSIG(*status_) == SIGKILL)
        fail("cannot be read: the process that reads it was killed, perhaps because memory ran out");
    fail("cannot be read: the HDF5 library crashed on it; the file is damaged");
}

void Apart::wait_for_bytes() {
    constexpr std::chrono::milliseconds longest{100};
    using Time = std::chrono::steady_clock;
    auto waited = Time::duration::zero();
    const auto ready = [this](int wait_ms) {
        pollfd pipe{pipe_.get(), POLLIN, 0};
        return ::poll(&pipe, 1, wait_ms) > 0;
    };
    while (waited < patience_) {
        const auto start = Time::now();
        if (ready(static_cast<int>(std::min(longest, patience_).count()))) return;
        // Not more than that if this process was stopped meanwhile.
        waited += std::min<Time::duration>(Time::now() - start, 2 * longest);
        // Another child of the program may hold the pipe open, so its end does not always show.
        if (has_ended()) {
            if (ready(0)) return;
            fail_gone();
        }
    }
    fail("cannot be read: the HDF5 library gave nothing for " + seconds_text(patience_) +
         " and was stopped; the file is damaged, or its disk does not answer");
}

std::size_t Apart::read_some(std::span<std::byte> into) {
    if (!pipe_.open()) fail_short();
    for (;;) {
        wait_for_bytes();
        const ssize_t count = ::read(pipe_.get(), into.data(), into.size());
        if (count > 0) return static_cast<std::size_t>(count);
        if (count == 0 || errno != EINTR) fail_gone();
    }
}

void Apart::read(std::span<std::byte> into) {
    while (!into.empty()) {
        if (begin_ == end_ && into.size() >= kBuffered) {
            into = into.subspan(read_some(into));
            continue;
        }
        if (begin_ == end_) {
            begin_ = 0;
            end_ = 0;
            end_ = read_some(buffer_);
        }
        const std::size_t count = std::min(into.size(), end_ - begin_);
        std::memcpy(into.data(), buffer_.data() + begin_, count);
        begin_ += count;
        into = into.subspan(count);
    }
}

void Apart::next_frame() {
    FrameHead head;
    read(std::as_writable_bytes(std::span(&head, 1)));
    if (head.bytes > kLongestFrame) fail_short();
    left_ = head.bytes;
    if (head.kind == kEndFrame) at_end_ = true;
    else if (head.kind != kValuesFrame) rethrow(head.kind);
}

void Apart::receive(std::span<std::byte> into) {
    while (!into.empty()) {
        while (left_ == 0) {
            if (at_end_) fail_short();
            next_frame();
        }
        const std::size_t count = std::min<std::size_t>(into.size(), left_);
        read(into.first(count));
        left_ -= static_cast<std::uint32_t>(count);
        into = into.subspan(count);
    }
}

std::string Apart::text() {
    std::vector<char> letters;
    append(letters);
    return {letters.begin(), letters.end()};
}

void Apart::rethrow(std::uint32_t kind) {
    std::string content(std::exchange(left_, 0), '\0');
    read(std::as_writable_bytes(std::span(content)));
    end_child();
    if (kind == kNoMemoryFrame) fail_too_large();
    if (kind == kExceptionFrame) fail("cannot be read: " + printable(content));
    if (kind != kErrorFrame) fail_short();
    std::array<std::string, 4> parts;
    std::size_t at = 0;
    for (std::string& part : parts) {
        const std::size_t end = std::min(content.find('\0', at), content.size());
        part = content.substr(at, end - at);
        at = std::min(end + 1, content.size());
    }
    auto& [subject, field, problem, allowed] = parts;
    throw Error(std::move(subject), std::move(field), std::move(problem), std::move(allowed));
}

void Apart::finish() {
    questions_ = {};  // a child that waits for one ends
    while (left_ == 0 && !at_end_) next_frame();
    if (left_ != 0) fail("cannot be read: the process that reads it sent more than expected");
    end_child();
}

void Apart::send_question(std::span<const std::byte> bytes) noexcept {
    while (!bytes.empty() && questions_.open()) {
        const ssize_t count = ::send(questions_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return;  // the next value says why
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

}  // namespace izhi::io::detail
