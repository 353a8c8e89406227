// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Files that ask for more memory than there is are refused before it is taken, and traces belong to the forecast.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>

#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/izhi.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// This process gets so much more memory and no more.
class [[maybe_unused]] AddressLimit {
public:
    explicit AddressLimit(std::uint64_t more_bytes) {
        std::uint64_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        ::getrlimit(RLIMIT_AS, &before_);
        rlimit limit = before_;
        limit.rlim_cur = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + more_bytes;
        ::setrlimit(RLIMIT_AS, &limit);
    }
    ~AddressLimit() { ::setrlimit(RLIMIT_AS, &before_); }
    AddressLimit(const AddressLimit&) = delete;
    AddressLimit& operator=(const AddressLimit&) = delete;

private:
    rlimit before_{};
};

[[maybe_unused]] std::string fault_of(const std::filesystem::path& file) {
    try {
        (void)io::load_network(file);
    } catch (const Error& error) { return error.what(); }
    return "none";
}

[[maybe_unused]] Network traced(std::uint32_t neurons) {
    NetworkBuilder net{{.name = "traced"}};
    const auto all = net.add_population({.name = "all", .size = 100'000});
    if (neurons > 0) {
        TraceSpec trace{.population = all, .neurons = {}, .variables = {Variable::v, Variable::u}};
        for (std::uint32_t n = 0; n < neurons; ++n) trace.neurons.push_back(n);
        net.record_trace(std::move(trace));
    }
    return net.build();
}

}  // namespace

// Sanitizers need address space of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("memory limits: a list of synapses that does not fit is refused while it is read") {
    const ScratchFolder folder;
    std::ofstream(folder.path() / "net.toml")
        << "population.a.size = 1000\nprojection.p = { source = \"a\", target = \"a\", rule = \"explicit\", "
           "synapses_file = \"list.csv\" }\n";
    {
        std::string rows;
        for (int i = 0; i < 1000; ++i) rows += std::to_string(i) + ',' + std::to_string(999 - i) + ",1.5,2\n";
        std::ofstream list(folder.path() / "list.csv");
        list << "source,target,weight,delay_ms\n";
        for (int i = 0; i < 2000; ++i) list << rows;
    }
    std::string fault;
    {
        const AddressLimit limit(std::uint64_t{64} << 20U);
        fault = fault_of(folder.path() / "net.toml");
    }
    CHECK(fault.find("list.csv:") != std::string::npos);
    CHECK(fault.find("more synapses than fit into memory") != std::string::npos);
    CHECK(fault_of(folder.path() / "net.toml") == "none");
}

TEST_CASE("memory limits: traces are in the forecast, and those that take too much are refused") {
    const MemoryForecast without_traces = traced(0).memory(), with_traces = traced(50'000).memory();
    const std::uint64_t without = without_traces.neuron_bytes, with = with_traces.neuron_bytes;
    // Of each value: a place in four phases, and where it is.
    CHECK(with - without >= std::uint64_t{100'000} * (4 * 4 + 24));
    CHECK(with - without < std::uint64_t{100'000} * 1000);
    const AddressLimit limit(with_traces.total() - 1'000'000);
    CHECK_THROWS_AS(Simulation(traced(50'000), {.threads = 1}), Error);
}
#endif

TEST_CASE("memory limits: the values of all traces have a limit") {
    NetworkBuilder net{{.name = "traced"}};
    const auto all = net.add_population({.name = "all", .size = 1'000'000});
    std::vector<std::uint32_t> neurons(1'000'000);
    for (std::uint32_t n = 0; n < neurons.size(); ++n) neurons[n] = n;
    for (int i = 0; i < 25; ++i)
        net.record_trace({.population = all, .neurons = neurons, .variables = {Variable::v, Variable::u}});
    CHECK_NOTHROW((void)net.build());
    net.record_trace({.population = all, .neurons = {0}});
    std::string fault;
    try {
        (void)net.build();
    } catch (const Error& error) { fault = error.what(); }
    CHECK(fault == "trace.trace-26.neurons and variables bring the values of all traces to 50000001; allowed: at most "
                   "50000000");
}
