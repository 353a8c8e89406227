// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Reading in a child process: what it sends arrives, and whatever happens to it becomes one Error. Nothing of it stays
// behind, in programs of every kind.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <new>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <hdf5.h>

#include "engine/io/apart.hpp"
#include "engine/io/readers.hpp"
#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/izhi.hpp"
#include "tests/support/contents.hpp"
#include "tests/support/scratch_folder.hpp"

namespace fs = std::filesystem;
using namespace izhi;
using namespace izhi::test;
using io::detail::Apart;
using io::detail::ApartLimits;
using io::detail::ApartOutput;

namespace {

using Work = std::function<void(ApartOutput&)>;
constexpr ApartLimits kShort{.patience = std::chrono::milliseconds(100)};

/// The message of reading a number from a child.
std::string complaint(const Work& work, const ApartLimits& limits = {}) {
    try {
        Apart child("x.h5", work, limits);
        (void)child.value<std::uint64_t>();
        child.finish();
    } catch (const Error& error) { return error.what(); }
    return "";
}

std::size_t open_descriptors() {
    const fs::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Whether this process has a child, alive or dead.
bool has_children() {
    siginfo_t found{};
    return ::waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// Sends the numbers from 0 to count - 1 as a column.
void send_numbers(ApartOutput& out, std::uint64_t count, std::size_t at_once) {
    std::vector<std::uint64_t> piece;
    for (std::uint64_t next = 0; next < count; next += piece.size()) {
        piece.resize(std::min<std::uint64_t>(at_once, count - next));
        std::iota(piece.begin(), piece.end(), next);
        out.values(std::span<const std::uint64_t>(piece));
    }
}

bool are_numbers(std::span<const std::uint64_t> values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i] != i) return false;
    return true;
}

/// Runs `act` in a process of its own, as a program that uses izhi. @return its exit status, as of waitpid()
int in_process(const std::function<void()>& act) {
    const pid_t process = ::fork();
    REQUIRE(process >= 0);
    if (process == 0) {
        act();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(process, &status, 0) == process);
    return status;
}

/// A recording of Poisson sources.
fs::path recorded(const ScratchFolder& folder, std::uint32_t size, double rate_hz, double ms) {
    NetworkBuilder net{{.name = "recorded", .seed = 4}};
    net.add_population({.name = "a", .size = size, .source = PoissonSource{.rate_hz = rate_hz}});
    const auto cells = net.add_population({.name = "b", .size = 3});
    net.record_trace({.name = "t", .population = cells, .neurons = {0, 1, 2}});
    const Network network = net.build();
    io::Recorder recorder(network, folder.path() / "out", io::Format::sonata);
    Simulation simulation(network);
    simulation.run_ms(ms, &recorder);
    (void)recorder.finish(simulation.steps_done());
    return folder.path() / "out" / "spikes.h5";
}

}  // namespace

TEST_SUITE_BEGIN("apart");

TEST_CASE("apart: values, texts and columns arrive as they were sent") {
    struct Pair {
        double x;
        std::int32_t y;
    };
    const std::string long_text(300'000, 'q');
    Apart child("x.h5", [&](ApartOutput& out) {
        out.value(true);
        out.value(std::uint64_t{7});
        out.text("");
        out.text(std::string_view("of two\0parts", 12));
        out.text(long_text);
        out.value(Pair{1.5, -3});
        out.value(std::uint64_t{100'000});
        send_numbers(out, 100'000, 7);  // small pieces
        send_numbers(out, 5'000'000, 131'072);
        out.values(std::span<const double>());
        send_numbers(out, 3'000'000, 3'000'000);  // one piece, longer than a frame
    });
    CHECK(child.value<bool>());
    CHECK(child.value<std::uint64_t>() == 7);
    CHECK(child.text() == "");
    CHECK(child.text() == std::string("of two\0parts", 12));
    CHECK(child.text() == long_text);
    const auto pair = child.value<Pair>();
    CHECK(pair.x == 1.5);
    CHECK(pair.y == -3);
    std::vector<std::uint64_t> numbers;
    child.column(child.value<std::uint64_t>(), numbers);
    CHECK(numbers.size() == 100'000);
    CHECK(are_numbers(numbers));
    numbers.clear();
    child.column(5'000'000, numbers);
    CHECK(are_numbers(numbers));
    std::vector<double> none;
    CHECK(child.append(none) == 0);
    numbers.clear();
    CHECK(child.append(numbers) == 3'000'000);
    CHECK(are_numbers(numbers));
    child.finish();
}

TEST_CASE("apart: a child that dies, hangs or stops early is one sentence") {
    const std::string crashed = "x.h5: cannot be read: the HDF5 library crashed on it; the file is damaged";
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) {
        CAPTURE(signal);
        CHECK(complaint([&](ApartOutput&) { ::raise(signal); }) == crashed);
    }
    CHECK(complaint([](ApartOutput&) { ::_exit(0); }) == crashed);
    CHECK(complaint([](ApartOutput& out) {
              out.value(std::uint32_t{5});  // half of what is expected
              out.alive();
              ::raise(SIGSEGV);
          }) == crashed);
    CHECK(complaint([](ApartOutput&) { ::raise(SIGKILL); }) ==
          "x.h5: cannot be read: the process that reads it was killed, perhaps because memory ran out");
    const std::string hangs = "x.h5: cannot be read: the HDF5 library gave nothing for 0.1 s and was stopped; the file "
                              "is damaged, or its disk does not answer";
    CHECK(complaint(
              [](ApartOutput&) {
                  for (volatile bool forever = true; forever;) {}
              },
              kShort) == hangs);
    CHECK(complaint([](ApartOutput&) { ::raise(SIGSTOP); }, kShort) == hangs);
    CHECK(complaint(
              [](ApartOutput& out) {
                  out.value(std::uint64_t{5});  // the value arrives, the end does not
                  out.alive();
                  for (;;) ::pause();
              },
              kShort) == hangs);
    CHECK_FALSE(has_children());
}

TEST_CASE("apart: what the child throws is thrown here") {
    const auto error_of = [](const Work& work) -> std::optional<Error> {
        try {
            Apart child("x.h5", work);
            (void)child.value<int>();
        } catch (const Error& error) { return error; }
        return std::nullopt;
    };
    const auto sentence = error_of([](ApartOutput& out) {
        out.value(std::uint16_t{1});
        throw Error("x.h5: /spikes is missing");
    });
    REQUIRE(sentence.has_value());
    CHECK(std::string(sentence->what()) == "x.h5: /spikes is missing");
    const auto field = error_of([](ApartOutput&) { throw Error("population.exc", "size", "is 0", "1 to 9"); });
    REQUIRE(field.has_value());
    CHECK(std::string(field->what()) == "population.exc.size is 0; allowed: 1 to 9");
    CHECK(field->subject() == "population.exc");
    CHECK(field->field() == "size");
    CHECK(field->problem() == "is 0");
    CHECK(field->allowed() == "1 to 9");
    CHECK(complaint([](ApartOutput&) { throw std::bad_alloc(); }) == "x.h5: does not fit in memory");
    CHECK(complaint([](ApartOutput&) { throw std::length_error("v"); }) == "x.h5: does not fit in memory");
    CHECK(complaint([](ApartOutput&) { throw std::runtime_error("odd\n\x1b[2J"); }) ==
          "x.h5: cannot be read: odd??[2J");
    CHECK(complaint([](ApartOutput&) { throw 5; }).find("x.h5: cannot be read: ") == 0);
    // Values that were sent before are read first.
    Apart child("x.h5", [](ApartOutput& out) {
        out.value(std::uint64_t{5});
        throw Error("late");
    });
    CHECK(child.value<std::uint64_t>() == 5);
    CHECK_THROWS_WITH_AS((void)child.value<std::uint64_t>(), "late", Error);
    CHECK_THROWS_AS((void)child.value<std::uint64_t>(), Error);
    CHECK_THROWS_AS(child.finish(), Error);
}

TEST_CASE("apart: a child that sends less, more, or nonsense") {
    CHECK(complaint([](ApartOutput&) {}).find("sent less than expected") != std::string::npos);
    CHECK(complaint([](ApartOutput& out) { out.value(1); }).find("sent less than expected") != std::string::npos);
    CHECK(complaint([](ApartOutput& out) {
              out.value(std::uint64_t{1});
              out.value(1);
          }).find("sent more than expected") != std::string::npos);
    CHECK(complaint([](ApartOutput&) {
              const std::array<unsigned char, 64> nonsense{0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5};
              for (int descriptor = 3; descriptor < 64; ++descriptor)
                  (void)!::write(descriptor, nonsense.data(), nonsense.size());
          }).find("x.h5: ") == 0);
    const auto column_of = [](std::uint64_t count, const Work& work) -> std::string {
        std::vector<double> into;
        try {
            Apart child("x.h5", work);
            child.column(count, into);
        } catch (const Error& error) { return error.what(); }
        return "";
    };
    const std::vector<double> ten(10);
    const auto send_ten = [&](ApartOutput& out) { out.values(std::span<const double>(ten)); };
    CHECK(column_of(10, send_ten).empty());
    CHECK(column_of(9, send_ten).find("expected") != std::string::npos);
    CHECK(column_of(11, send_ten).find("sent less than expected") != std::string::npos);
    CHECK(column_of(~std::uint64_t{0}, send_ten) == "x.h5: does not fit in memory");
    CHECK(column_of(11, [&](ApartOutput& out) {
              send_ten(out);
              out.values(std::span<const double>());
          }).find("sent less than expected") != std::string::npos);
    CHECK(column_of(1'000'000'000,
                    [](ApartOutput& out) {  // claimed, and not there
                        out.value(std::uint64_t{1'000'000'000});
                    })
              .find("sent less than expected") != std::string::npos);
}

TEST_CASE("apart: a child answers questions, and may work ahead") {
    Apart child("x.h5", [](ApartOutput& out) {
        int last = 0;
        for (int question = 0; out.asked(question); last = question) out.value(question * question);
        out.value(last);
    });
    for (int number = 0; number < 2000; ++number) {
        child.ask(number);
        child.ask(-number);
        REQUIRE(child.value<int>() == number * number);
        REQUIRE(child.value<int>() == number * number);
    }
    Apart deaf("x.h5", [](ApartOutput&) { ::raise(SIGSEGV); });
    while (::kill(deaf.process(), 0) == 0) {
        siginfo_t found{};
        if (::waitid(P_PID, static_cast<id_t>(deaf.process()), &found, WEXITED | WNOWAIT) == 0) break;
    }
    for (int number = 0; number < 10; ++number) deaf.ask(number);  // no SIGPIPE
    CHECK_THROWS_WITH_AS((void)deaf.value<int>(), doctest::Contains("crashed"), Error);
    Apart asked("x.h5", [](ApartOutput& out) {
        for (int question = 0; out.asked(question);) {}
    });
    asked.finish();  // ends the questions
}

TEST_CASE("apart: nothing is left of many children, whatever became of them") {
    (void)complaint([](ApartOutput& out) { out.value(std::uint64_t{1}); });
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 60; ++i) {
        CHECK(complaint([](ApartOutput& out) { out.value(std::uint64_t{1}); }).empty());
        CHECK_FALSE(complaint([](ApartOutput&) { throw Error("no"); }).empty());
        CHECK_FALSE(complaint([](ApartOutput&) { ::raise(SIGSEGV); }).empty());
        const Apart working("x.h5", [](ApartOutput& out) { send_numbers(out, ~std::uint64_t{0}, 1000); });
        const Apart waiting("x.h5", [](ApartOutput&) { ::pause(); });
    }
    CHECK(open_descriptors() == before);
    CHECK_FALSE(has_children());
}

TEST_CASE("apart: a child has no descriptors, output or handlers of the program") {
    const ScratchFolder folder;
    const int own = ::open("/dev/null", O_RDONLY);
    std::FILE* const text = std::fopen((folder.path() / "text").c_str(), "w");
    REQUIRE(text != nullptr);
    std::fputs("once", text);  // is in a buffer
    struct sigaction handler {};
    struct sigaction before {};
    handler.sa_handler = [](int) { ::_exit(9); };
    REQUIRE(::sigaction(SIGUSR1, &handler, &before) == 0);
    sigset_t mask_before, mask_after;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
    Apart child("x.h5", [](ApartOutput& out) {
        int count = 0;
        for (int descriptor = 0; descriptor < 1024; ++descriptor)
            if (::fcntl(descriptor, F_GETFD) >= 0) ++count;
        out.value(count);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGTSTP}) ::raise(signal);
        out.value(1);
        struct stat nothing {};
        struct stat standard {};
        out.value(::stat("/dev/null", &nothing) == 0 && ::fstat(STDIN_FILENO, &standard) == 0 &&
                  standard.st_rdev == nothing.st_rdev);
        out.value(::fstat(STDOUT_FILENO, &standard) == 0 && standard.st_rdev == nothing.st_rdev);
    });
    CHECK(child.value<int>() == 5);  // standard streams, values, questions
    CHECK(child.value<int>() == 1);
    CHECK(child.value<bool>());
    CHECK(child.value<bool>());
    child.finish();
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
    CHECK(sigismember(&mask_after, SIGUSR1) == 0);
    for (int signal = 1; signal < SIGRTMIN; ++signal)
        CHECK(sigismember(&mask_before, signal) == sigismember(&mask_after, signal));
    ::sigaction(SIGUSR1, &before, nullptr);
    std::fclose(text);
    ::close(own);
    CHECK(contents_of(folder.path() / "text") == "once");
}

TEST_CASE("apart: programs that ignore their children, have others, or have no standard streams") {
    const Work send = [](ApartOutput& out) { out.value(std::uint64_t{1}); };
    const Work crash = [](ApartOutput&) { ::raise(SIGSEGV); };
    const auto before = std::signal(SIGCHLD, SIG_IGN);
    CHECK(complaint(send).empty());
    CHECK(complaint(crash).find("crashed") != std::string::npos);
    CHECK(complaint([](ApartOutput&) { ::pause(); }, kShort).find("gave nothing") != std::string::npos);
    std::signal(SIGCHLD, before);

    const pid_t other = ::fork();
    REQUIRE(other >= 0);
    if (other == 0) {
        ::pause();
        ::_exit(0);
    }
    CHECK(complaint(send).empty());
    CHECK(complaint(crash).find("crashed") != std::string::npos);
    REQUIRE(::kill(other, SIGKILL) == 0);
    int status = 0;
    CHECK(::waitpid(other, &status, 0) == other);
    CHECK(WIFSIGNALED(status));

    const int bare = in_process([&] {
        for (const int standard : {0, 1, 2}) ::close(standard);
        if (!complaint(send).empty() || complaint(crash).find("crashed") == std::string::npos) ::_exit(7);
    });
    CHECK(WIFEXITED(bare));
    CHECK(WEXITSTATUS(bare) == 0);
}

#if !defined(__SANITIZE_THREAD__)  // which keeps signals back while a program computes
TEST_CASE("apart: a child does not survive the program") {
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);  // whose children come to us
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const int status = in_process([&] {
        Apart child("x.h5", [](ApartOutput& out) {
            out.value(true);
            out.alive();
            for (volatile bool forever = true; forever;) {}
        });
        (void)child.value<bool>();  // it works
        const pid_t process = child.process();
        (void)!::write(ends[1], &process, sizeof process);
        ::raise(SIGKILL);
    });
    CHECK(WIFSIGNALED(status));
    pid_t orphan = 0;
    REQUIRE(::read(ends[0], &orphan, sizeof orphan) == sizeof orphan);
    ::close(ends[0]);
    ::close(ends[1]);
    pid_t found = 0;
    for (int wait = 0; wait < 60'000 && found == 0; ++wait) {  // a second, unless the machine is very busy
        found = ::waitpid(orphan, nullptr, WNOHANG);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(found == orphan);
    if (found != orphan) {
        ::kill(orphan, SIGKILL);
        (void)::waitpid(orphan, nullptr, 0);
    }
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}
#endif

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("apart: memory of a child is limited") {
    const auto allocate = [](ApartOutput& out) {
        const std::vector<char> large(std::size_t{200} << 20);
        out.value(std::uint64_t{large.size()});
    };
    CHECK(complaint(allocate, {.memory_bytes = std::uint64_t{400} << 20}).empty());
    CHECK(complaint(allocate, {.memory_bytes = std::uint64_t{100} << 20}) == "x.h5: does not fit in memory");
}
#endif

TEST_CASE("apart: a program may have the file open itself") {
    const ScratchFolder folder;
    const fs::path file = recorded(folder, 50, 20.0, 500.0);
    const auto before = io::read_spikes(file);
    REQUIRE(before.populations[0].times_ms.size() > 100);
    for (const unsigned how : {H5F_ACC_RDONLY, H5F_ACC_RDWR}) {
        const hid_t open = H5Fopen(file.c_str(), how, H5P_DEFAULT);
        REQUIRE(open >= 0);
        const hid_t group = H5Gopen2(open, "/spikes/a", H5P_DEFAULT);
        std::optional<io::SpikeTable> table;
        std::string said;
        try {
            table = io::read_spikes(file);
        } catch (const Error& error) { said = error.what(); }
        CAPTURE(said);
        if (how == H5F_ACC_RDONLY) REQUIRE(table.has_value());
        else
            CHECK(said.find("lock") != std::string::npos);  // which is all that happens to a file that is being written
        if (table) CHECK(table->populations[0].times_ms == before.populations[0].times_ms);
        CHECK(H5Gclose(group) >= 0);
        CHECK(H5Fclose(open) >= 0);
    }
    CHECK(io::read_spikes(file).populations[0].node_ids == before.populations[0].node_ids);
}

TEST_CASE("apart: a stream goes on after a piece that cannot be read, and in a copy of the process") {
    const ScratchFolder folder;
    const fs::path file = recorded(folder, 400, 200.0, 4000.0);
    std::string bytes = contents_of(file);
    std::vector<SpikeTrains::Event> first, second, third, piece;
    const auto sound = io::read_stream(file, "a").open();
    for (auto* into : {&first, &second, &third}) sound->read(*into);
    REQUIRE(first.size() == 65536);
    REQUIRE_FALSE(third.empty());
    sound->seek(0.0);
    sound->read(piece);
    sound->read(piece);
    REQUIRE(piece == second);
    const int status = in_process([&] {  // where the reader has a child of its own, at the same place
        sound->read(piece);
        if (piece != third) ::_exit(7);
        sound->seek(0.0);
        sound->read(piece);
        if (piece != first) ::_exit(8);
    });
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    sound->read(piece);
    CHECK(piece == third);

    for (std::size_t at = bytes.size() / 2; at < bytes.size() / 2 + 200; ++at)
        bytes[at] = static_cast<char>(~bytes[at]);
    const fs::path damaged = folder.path() / "damaged.h5";
    std::ofstream(damaged, std::ios::binary) << bytes;
    const auto reader = io::read_stream(damaged, "a").open();
    std::string said;
    for (int i = 0; i < 20 && said.empty(); ++i) {
        try {
            reader->read(piece);
        } catch (const Error& error) { said = error.what(); }
    }
    CHECK(said.find(damaged.string() + ": ") == 0);
    CHECK_THROWS_AS(reader->read(piece), Error);
    reader->seek(0.0);
    reader->read(piece);
    CHECK(piece == first);
}

TEST_CASE("apart: files with altered bytes are read or refused") {
    const ScratchFolder folder;
    const fs::path spikes = recorded(folder, 50, 20.0, 500.0);
    const ApartLimits limits{.patience = std::chrono::milliseconds(300)};
    std::mt19937_64 random(17);
    int refused = 0, read = 0;
    for (const char* name : {"spikes.h5", "trace-t-v.h5"}) {
        const std::string whole = contents_of(spikes.parent_path() / name);
        for (int i = 0; i < 150; ++i) {
            std::string altered = whole;
            for (std::uint64_t count = 1 + random() % 2; count > 0; --count)
                altered[random() % altered.size()] = static_cast<char>(random());
            const fs::path file = folder.path() / "altered.h5";
            std::ofstream(file, std::ios::binary) << altered;
            CAPTURE(i);
            try {
                if (name[0] == 's') (void)io::detail::read_sonata_spikes(file, {}, limits);
                else (void)io::detail::read_sonata_report(file, limits);
                ++read;
            } catch (const Error& error) {
                const std::string said = error.what();
                CAPTURE(said);
                CHECK(said.find(file.string()) == 0);
                CHECK(said.find('\n') == std::string::npos);
                ++refused;
            }
        }
    }
    CHECK(refused > 10);
    CHECK(read > 10);
    CHECK_FALSE(has_children());
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("threads apart");

TEST_CASE("apart: a child outlives the thread that started it") {
    std::optional<Apart> child;
    std::thread([&] {
        child.emplace("x.h5", [](ApartOutput& out) {
            for (int question = 0; out.asked(question);) out.value(question);
        });
    }).join();
    for (int question = 0; question < 3; ++question) {
        child->ask(question);
        CHECK(child->value<int>() == question);
    }
    child->finish();
}

// The sanitizers of GCC 12 do not guard their memory at a fork: a child may wait forever for a lock that another thread had.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("apart: several threads at once, while others work") {
    std::atomic<bool> over{false};
    std::atomic<int> wrong{0};
    std::thread busy([&] {
        while (!over) {
            std::vector<std::string> texts;
            for (int i = 0; i < 100; ++i) texts.emplace_back(static_cast<std::size_t>(50 + i * 37), 'x');
            if (texts.size() != 100) ++wrong;
        }
    });
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 3; ++reader) {
        readers.emplace_back([&] {
            for (int i = 0; i < 30; ++i) {
                Apart child("x.h5", [](ApartOutput& out) {
                    const std::vector<std::string> texts(100, std::string(200, 'y'));
                    send_numbers(out, 200'000, 10'000);
                    for (const std::string& text : texts) out.text(text);
                });
                std::vector<std::uint64_t> numbers;
                child.column(200'000, numbers);
                if (!are_numbers(numbers)) ++wrong;
                for (int text = 0; text < 100; ++text)
                    if (child.text() != std::string(200, 'y')) ++wrong;
                child.finish();
                if (complaint([](ApartOutput&) { ::raise(SIGSEGV); }).find("crashed") == std::string::npos) ++wrong;
            }
        });
    }
    for (std::thread& reader : readers) reader.join();
    over = true;
    busy.join();
    CHECK(wrong == 0);
    CHECK_FALSE(has_children());
}

TEST_CASE("apart: while the program uses the library on another thread") {
    hbool_t safe = false;
    REQUIRE(H5is_library_threadsafe(&safe) >= 0);
    if (!safe) return;
    const ScratchFolder folder;
    const fs::path file = recorded(folder, 20, 20.0, 200.0);
    std::atomic<bool> over{false};
    std::thread other([&] {
        while (!over) {
            const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
            H5Pclose(list);
        }
    });
    std::size_t count = 0;
    for (int i = 0; i < 100; ++i) count += io::read_spikes(file).populations.size();
    over = true;
    other.join();
    CHECK(count == 200);
}

#endif

TEST_SUITE_END();
