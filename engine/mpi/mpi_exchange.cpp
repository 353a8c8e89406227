// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The only file that names MPI.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include <mpi.h>

#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "izhi/mpi.hpp"

namespace izhi {
namespace {

/// MPI counts with int: longer messages go in pieces.
constexpr std::size_t kLargestPiece = std::size_t{1} << 30;

bool was_launched() {
    constexpr const char* of_launchers[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE",
                                            "MPI_LOCALNRANKS"};
    return std::any_of(std::begin(of_launchers), std::end(of_launchers),
                       [](const char* name) { return std::getenv(name) != nullptr; });
}

void finalise() {
    int over = 0;
    MPI_Finalized(&over);
    if (over == 0) MPI_Finalize();
}

class MpiExchange final : public Exchange {
public:
    explicit MpiExchange(MPI_Comm all) : all_(all) {
        MPI_Comm_rank(all_, &rank_);
        MPI_Comm_size(all_, &ranks_);
        MPI_Comm near = MPI_COMM_NULL;
        MPI_Comm_split_type(all_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &near);
        MPI_Comm_size(near, &neighbours_);
        // Launchers that bind ranks give each its own processors. Where they do not, ranks have to share.
        cpu_set_t own, any;
        CPU_ZERO(&own);
        if (sched_getaffinity(0, sizeof own, &own) != 0) CPU_SET(0, &own);
        MPI_Allreduce(&own, &any, sizeof own, MPI_UNSIGNED_CHAR, MPI_BOR, near);
        const int mine = std::min(CPU_COUNT(&own), available_processors());
        int sum = 0;
        MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, near);
        processors_ = std::max(1, mine * std::min(CPU_COUNT(&any), sum) / sum);
        MPI_Comm_free(&near);
    }

    [[nodiscard]] int rank() const noexcept override { return rank_; }
    [[nodiscard]] int ranks() const noexcept override { return ranks_; }
    [[nodiscard]] int neighbours() const noexcept override { return neighbours_; }
    [[nodiscard]] int processors() const noexcept override { return processors_; }

    void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) noexcept override {
        if (mine.size() <= kLargestPiece) {
            MPI_Allgather(mine.data(), static_cast<int>(mine.size()), MPI_BYTE, all.data(),
                          static_cast<int>(mine.size()), MPI_BYTE, all_);
            return;
        }
        for (int from = 0; from < ranks_; ++from) {
            std::byte* const into = all.data() + static_cast<std::size_t>(from) * mine.size();
            for (std::size_t at = 0; at < mine.size(); at += kLargestPiece) {
                const std::size_t piece = std::min(kLargestPiece, mine.size() - at);
                if (from == rank_) std::memcpy(into + at, mine.data() + at, piece);
                MPI_Bcast(into + at, static_cast<int>(piece), MPI_BYTE, from, all_);
            }
        }
    }
    void broadcast(std::span<std::byte> message) noexcept override {
        for (std::size_t at = 0; at < message.size(); at += kLargestPiece) {
            MPI_Request request = MPI_REQUEST_NULL;
            MPI_Ibcast(message.data() + at, static_cast<int>(std::min(kLargestPiece, message.size() - at)), MPI_BYTE, 0,
                       all_, &request);
            wait(request);
        }
    }
    void send(std::span<const std::byte> message) noexcept override {
        for (std::size_t at = 0; at < message.size(); at += kLargestPiece)
            MPI_Send(message.data() + at, static_cast<int>(std::min(kLargestPiece, message.size() - at)), MPI_BYTE, 0,
                     kTag, all_);
    }
    void receive(int from, std::span<std::byte> message) noexcept override {
        for (std::size_t at = 0; at < message.size(); at += kLargestPiece)
            MPI_Recv(message.data() + at, static_cast<int>(std::min(kLargestPiece, message.size() - at)), MPI_BYTE,
                     from, kTag, all_, MPI_STATUS_IGNORE);
    }
    [[noreturn]] void abort(std::string_view why) noexcept override {
        std::fprintf(stderr, "izhi: rank %d: %.*s\n", rank_, static_cast<int>(why.size()), why.data());
        std::fflush(stderr);
        MPI_Abort(all_, 1);
        std::abort();
    }

private:
    static constexpr int kTag = 1;
    /// Rank 0 may say nothing for hours: whoever waits for it soon stops using a processor.
    static void wait(MPI_Request& request) noexcept {
        using Clock = std::chrono::steady_clock;
        constexpr std::chrono::milliseconds awake{5};
        constexpr std::chrono::microseconds nap{200};
        const auto begin = Clock::now();
        for (int done = 0;;) {
            MPI_Test(&request, &done, MPI_STATUS_IGNORE);
            if (done != 0) return;
            if (Clock::now() - begin > awake) std::this_thread::sleep_for(nap);
        }
    }

    MPI_Comm all_;
    int rank_ = 0, ranks_ = 1, neighbours_ = 1, processors_ = 1;
};

}  // namespace

std::shared_ptr<Exchange> mpi_exchange() {
    int begun = 0;
    MPI_Initialized(&begun);
    if (begun == 0 && !was_launched()) return nullptr;
    int granted = MPI_THREAD_SINGLE;
    if (begun == 0) {
        if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &granted) != MPI_SUCCESS)
            throw Error("MPI could not be initialised");
        std::atexit(finalise);
    } else {
        MPI_Query_thread(&granted);
    }
    if (granted < MPI_THREAD_SERIALIZED)
        throw Error("MPI does not allow calls from several threads, one at a time; izhi needs MPI_THREAD_SERIALIZED");
    int ranks = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (ranks == 1) return nullptr;
    return std::make_shared<MpiExchange>(MPI_COMM_WORLD);
}

}  // namespace izhi
