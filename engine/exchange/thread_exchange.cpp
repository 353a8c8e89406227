// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "engine/base/text.hpp"
#include "izhi/error.hpp"
#include "izhi/exchange.hpp"
#include "izhi/executor.hpp"

namespace izhi {
namespace {

/// What the ends have in common: a barrier, and where each rank's message lies while all others read it.
struct Meeting {
    explicit Meeting(int ranks, double latency) : messages(static_cast<std::size_t>(ranks)), latency_us(latency) {}

    /// Returns when all ranks have called it.
    void meet() noexcept {
        const std::uint32_t round = rounds.load(std::memory_order_acquire);
        if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == messages.size()) {
            arrived.store(0, std::memory_order_relaxed);
            rounds.store(round + 1, std::memory_order_release);
            rounds.notify_all();
            return;
        }
        constexpr int spins = 200;
        for (int i = 0; i < spins; ++i)
            if (rounds.load(std::memory_order_acquire) != round) return;
        while (rounds.load(std::memory_order_acquire) == round) rounds.wait(round, std::memory_order_acquire);
    }

    std::atomic<std::uint32_t> rounds{0};
    std::atomic<std::size_t> arrived{0};
    std::vector<std::span<const std::byte>> messages;
    /// By rank, messages that wait for rank 0 to copy them; null: none.
    std::vector<std::atomic<const std::byte*>> waiting{messages.size()};
    double latency_us;
};

class ThreadExchange final : public Exchange {
public:
    ThreadExchange(std::shared_ptr<Meeting> meeting, int rank) : meeting_(std::move(meeting)), rank_(rank) {}

    [[nodiscard]] int rank() const noexcept override { return rank_; }
    [[nodiscard]] int ranks() const noexcept override { return static_cast<int>(meeting_->messages.size()); }
    [[nodiscard]] int neighbours() const noexcept override { return ranks(); }
    [[nodiscard]] int processors() const noexcept override { return std::max(1, available_processors() / ranks()); }

    void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) noexcept override {
        share(mine, [&] {
            std::byte* to = all.data();
            for (const auto& message : meeting_->messages) {
                if (!message.empty()) std::memcpy(to, message.data(), message.size());
                to += message.size();
            }
        });
        if (meeting_->latency_us > 0.0) delay();
    }
    void broadcast(std::span<std::byte> message) noexcept override {
        share(message, [&] {
            if (rank_ > 0 && !message.empty())
                std::memcpy(message.data(), meeting_->messages[0].data(), message.size());
        });
    }
    void send(std::span<const std::byte> message) noexcept override {
        if (message.empty()) return;
        std::atomic<const std::byte*>& waiting = meeting_->waiting[static_cast<std::size_t>(rank_)];
        waiting.store(message.data(), std::memory_order_release);
        waiting.notify_all();
        waiting.wait(message.data(), std::memory_order_acquire);  // until rank 0 has copied it
    }
    void receive(int from, std::span<std::byte> message) noexcept override {
        if (message.empty()) return;
        std::atomic<const std::byte*>& waiting = meeting_->waiting[static_cast<std::size_t>(from)];
        waiting.wait(nullptr, std::memory_order_acquire);
        std::memcpy(message.data(), waiting.load(std::memory_order_acquire), message.size());
        waiting.store(nullptr, std::memory_order_release);
        waiting.notify_all();
    }
    [[noreturn]] void abort(std::string_view why) noexcept override {
        std::fprintf(stderr, "izhi: rank %d: %.*s\n", rank_, static_cast<int>(why.size()), why.data());
        std::abort();
    }

private:
    /// All ranks show their messages, then all use them.
    template <class Use>
    void share(std::span<const std::byte> mine, const Use& use) noexcept {
        meeting_->messages[static_cast<std::size_t>(rank_)] = mine;
        meeting_->meet();
        use();
        meeting_->meet();
    }
    void delay() const noexcept {
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                   std::chrono::duration<double, std::micro>(meeting_->latency_us));
        while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    }

    std::shared_ptr<Meeting> meeting_;
    int rank_;
};

}  // namespace

std::vector<std::shared_ptr<Exchange>> thread_exchange(int ranks, double latency_us) {
    constexpr int most = 1024;
    constexpr double longest_us = 1e6;
    if (ranks < 1 || ranks > most)
        throw Error("thread_exchange", "ranks", "is " + std::to_string(ranks), "1 to " + std::to_string(most));
    if (!(latency_us >= 0.0 && latency_us <= longest_us))
        throw Error("thread_exchange", "latency_us", "is " + detail::number_text(latency_us), "0 to 1e6");
    const auto meeting = std::make_shared<Meeting>(ranks, latency_us);
    std::vector<std::shared_ptr<Exchange>> all;
    for (int rank = 0; rank < ranks; ++rank) all.push_back(std::make_shared<ThreadExchange>(meeting, rank));
    return all;
}

}  // namespace izhi
