// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The executor's promise: every task once, all done on return.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <vector>

#include "izhi/executor.hpp"

using namespace izhi;

namespace {

void check_each_once(Executor& executor) {
    for (const std::size_t count : {0u, 1u, 2u, 3u, 7u, 64u, 200u}) {
        std::vector<std::atomic<int>> calls(count);
        executor.parallel_for(count, [&](std::size_t i) { calls.at(i).fetch_add(1); });
        for (const auto& c : calls) CHECK(c.load() == 1);
    }
}

}  // namespace

TEST_SUITE_BEGIN("executors");

TEST_CASE("serial: in order, or reversed, on the caller's thread") {
    std::vector<std::size_t> order;
    const auto note = [&](std::size_t i) { order.push_back(i); };
    serial_executor()->parallel_for(4, note);
    CHECK(order == std::vector<std::size_t>{0, 1, 2, 3});
    order.clear();
    serial_executor(true)->parallel_for(4, note);
    CHECK(order == std::vector<std::size_t>{3, 2, 1, 0});
    CHECK(serial_executor()->concurrency() == 1);
    check_each_once(*serial_executor());
    check_each_once(*serial_executor(true));
}

TEST_CASE("threads and the default: each index once, again and again") {
    for (const int threads : {1, 2, 5, 16}) {
        for (const auto& executor : {thread_executor(threads), default_executor(threads)}) {
            CHECK(executor->concurrency() == threads);
            for (int again = 0; again < 3; ++again) check_each_once(*executor);
        }
    }
}

TEST_CASE("tasks of one executor may use another") {
    std::atomic<int> calls{0};
    const auto inner = default_executor(2);
    default_executor(3)->parallel_for(6, [&](std::size_t) { inner->parallel_for(5, [&](std::size_t) { ++calls; }); });
    CHECK(calls.load() == 30);
}

TEST_SUITE_END();
