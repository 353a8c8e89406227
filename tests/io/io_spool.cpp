// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Spools: what comes out is what went in, also after a run that was cut off went on; and what no spool may be taken for.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "izhi/error.hpp"
#include "izhi/io/spool.hpp"
#include "tests/step/scenes.hpp"
#include "tests/support/contents.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace izhi;
using namespace izhi::test;
namespace fs = std::filesystem;

namespace {

Network recorded() {
    NetworkBuilder net = cortex(100, 10, 6.5, 4);
    net.connect(PopulationId{1}, PopulationId{0},
                {.name = "learning",
                 .rule = fixed_outdegree(5),
                 .weight = 2.0,
                 .plasticity = Plasticity{.rule = PairStdp{}, .change = AccumulatedChange{}}});
    net.record_weights({.projection = ProjectionId(2), .sample = 7, .interval_ms = 50.0});
    net.record_trace({.population = {0}, .neurons = {5}, .variables = {Variable::v}});
    net.record_trace(
        {.population = {1}, .neurons = {1, 3}, .variables = {Variable::v, Variable::u}, .interval_ms = 3.0});
    return net.build();
}

/// Everything that an observer is told of a run, as text.
struct Diary : Observer {
    std::string text;
    void spikes(std::span<const Spike> spikes) override {
        text += "spikes";
        for (const Spike& s : spikes) text += ' ' + std::to_string(s.step) + ':' + std::to_string(s.neuron);
        text += '\n';
    }
    void sample(const Sample& sample) override {
        text += "sample " + std::to_string(sample.trace) + " at " + std::to_string(sample.step);
        for (const float value : sample.values) text += ' ' + std::to_string(value);
        text += '\n';
    }
    void weights(const WeightSample& sample) override {
        text += "weights " + std::to_string(sample.record) + " at " + std::to_string(sample.step);
        for (const PlasticSynapse& s : sample.synapses)
            text += ' ' + std::to_string(s.source) + '>' + std::to_string(s.target) + '@' +
                    std::to_string(s.delay_steps) + '=' + std::to_string(s.weight) + '+' +
                    std::to_string(s.eligibility);
        text += " with " + std::to_string(sample.dopamine) + '\n';
    }
};

std::string diary_of(const fs::path& file, const io::SpoolMark& mark) {
    Diary diary;
    io::play_spool(file, mark, recorded(), diary);
    return diary.text;
}

std::string thrown(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& e) { return e.what(); }
    return "none";
}

}  // namespace

TEST_SUITE_BEGIN("spool");

TEST_CASE("spool: plays what a run told it, up to each mark") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "s";
    Diary diary;
    std::vector<io::SpoolMark> marks;
    std::vector<std::string> texts;
    {
        io::Spool spool(file);
        Simulation to_spool(recorded()), to_diary(recorded());
        for (const std::uint64_t steps : {0, 1, 300, 7, 0, 500}) {
            to_spool.run(steps, &spool);
            to_diary.run(steps, &diary);
            marks.push_back(spool.mark());
            texts.push_back(diary.text);
        }
    }
    CHECK(diary.text.size() > 10000);
    CHECK(marks.back().bytes == fs::file_size(file));
    for (std::size_t i = 0; i < marks.size(); ++i) CHECK(diary_of(file, marks[i]) == texts[i]);
}

TEST_CASE("spool: goes on from a mark, whatever came after it") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "s";
    Diary diary;
    Simulation whole(recorded());
    whole.run(400, &diary);
    io::SpoolMark early, late;
    {
        io::Spool spool(file);
        Simulation simulation(recorded());
        simulation.run(150, &spool);
        early = spool.mark();
        simulation.run(60, &spool);
        late = spool.mark();
        simulation.run(60, &spool);
        (void)spool.mark();
    }
    std::ofstream(file, std::ios::app) << "half a rec";
    Simulation simulation(recorded());
    simulation.run(150);
    io::SpoolMark end;
    {
        io::Spool spool(file, early);
        (void)spool.mark();
        CHECK(thrown([&] { io::check_spool(file, late); }) == "none");  // what is beyond it stays for now
        simulation.run(250, &spool);
        end = spool.mark();
    }
    CHECK(diary_of(file, end) == diary.text);
    CHECK(thrown([&] { io::check_spool(file, early); }) == "none");
    CHECK(thrown([&] { io::check_spool(file, late); }) == "none");
}

TEST_CASE("spool: another file, or another network, is refused") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "s";
    io::SpoolMark mark;
    {
        io::Spool spool(file);
        Simulation simulation(recorded());
        simulation.run(40, &spool);
        mark = spool.mark();
    }
    const std::string content = contents_of(file);
    const auto told = [&](const std::string& text) {
        std::ofstream(file, std::ios::binary) << text;
        const std::string check = thrown([&] { io::check_spool(file, mark); });
        CHECK(thrown([&] { (void)diary_of(file, mark); }) != "none");
        CHECK(thrown([&] { io::Spool(file, mark); }) == check);
        return check;
    };
    for (std::size_t i = 0; i < content.size(); i += 7) {
        std::string altered = content;
        altered[i] = static_cast<char>(altered[i] ^ 8);
        CHECK(told(altered) ==
              file.string() + (i < 8 ? ": is not a spool of izhi" : ": has changed since the checkpoint was made"));
        CHECK(told(content.substr(0, i)) == file.string() + ": is shorter than it was when the checkpoint was made");
    }
    CHECK(thrown([&] { io::check_spool(folder.path() / "none", mark); }) ==
          (folder.path() / "none").string() + ": cannot be read: No such file or directory");
    CHECK(thrown([&] { io::check_spool(file, {12, 0}); }) == file.string() + ": is not the spool of that checkpoint");
    CHECK(thrown([&] { io::Spool(folder.path() / "none" / "s"); }).find("cannot be written") != std::string::npos);

    std::ofstream(file, std::ios::binary) << content;
    Diary diary;
    // Each differs in one thing: the number of neurons, the values of a sample.
    const auto like = [](std::uint32_t neurons, std::vector<Variable> variables) {
        NetworkBuilder net = cortex(neurons, 5, 1.0, 4);
        net.connect(PopulationId{1}, PopulationId{0}, {.rule = all_to_all(), .plasticity = Plasticity{}});
        net.record_weights({.projection = ProjectionId(2)});
        net.record_trace({.population = {0}, .neurons = {5}, .variables = {Variable::v}});
        net.record_trace({.population = {1}, .neurons = {1, 3}, .variables = std::move(variables), .interval_ms = 3.0});
        return net.build();
    };
    const std::string other = file.string() + ": is of another network";
    CHECK(thrown([&] { io::play_spool(file, mark, like(100, {Variable::v, Variable::u}), diary); }) == "none");
    CHECK(thrown([&] { io::play_spool(file, mark, like(20, {Variable::v, Variable::u}), diary); }) == other);
    CHECK(thrown([&] { io::play_spool(file, mark, like(100, {Variable::v}), diary); }) == other);
    CHECK(thrown([&] { io::play_spool(file, mark, cortex(100, 5, 1.0, 4).build(), diary); }) == other);
}

TEST_CASE("spool: a place is marked later, by another thread, while more comes") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "s";
    Diary diary;
    std::vector<io::SpoolMark> marks;
    std::vector<std::string> texts;
    {
        io::Spool spool(file);
        Simulation to_spool(recorded()), to_diary(recorded());
        const auto run = [&](std::uint64_t steps) {
            to_spool.run(steps, &spool);
            to_diary.run(steps, &diary);
        };
        for (const std::uint64_t steps : {0, 20, 300}) {
            run(steps);
            const std::uint64_t early = spool.place();
            texts.push_back(diary.text);
            run(250);
            const std::uint64_t late = spool.place();
            texts.push_back(diary.text);
            io::SpoolMark of_early, of_late;
            std::thread marker([&] {
                of_late = spool.mark(late);
                of_early = spool.mark(early);
            });
            run(40);
            marker.join();
            CHECK(of_early.bytes == early);
            CHECK(of_late.bytes == late);
            marks.insert(marks.end(), {of_early, of_late});
        }
    }
    for (std::size_t i = 0; i < marks.size(); ++i) CHECK(diary_of(file, marks[i]) == texts[i]);
}

TEST_CASE("spool: records of any size") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "s";
    constexpr std::uint32_t neurons = 300'001;  // over a megabyte of spikes in a step
    NetworkBuilder net{{.name = "large"}};
    net.add_population({.name = "all", .size = neurons});
    io::Spool spool(file);
    std::vector<Spike> spikes;
    for (std::uint32_t n = 0; n < neurons; ++n) spikes.push_back({3, n});
    spool.spikes(spikes);
    spikes.resize(5);
    spool.spikes(spikes);
    struct Count : Observer {
        std::vector<std::size_t> sizes;
        bool in_order = true;
        void spikes(std::span<const Spike> all) override {
            sizes.push_back(all.size());
            for (std::uint32_t n = 0; n < all.size(); ++n) in_order = in_order && all[n] == Spike{3, n};
        }
    } count;
    io::play_spool(file, spool.mark(), net.build(), count);
    CHECK(count.sizes == std::vector<std::size_t>{neurons, 5});
    CHECK(count.in_order);
}

TEST_CASE("spool: a full disk is told, to whoever marks") {
    if (!fs::exists("/dev/full")) return;
    io::Spool spool("/dev/full");
    const char* const told = "/dev/full: cannot be written: No space left on device";
    const std::uint64_t place = spool.place();
    CHECK_THROWS_WITH_AS((void)spool.mark(place), told, RunError);
    CHECK_THROWS_WITH_AS((void)spool.mark(place), told, RunError);
    // Who adds is told once the writer's thread has ended, which is moments later.
    const std::vector<Spike> spike{{1, 0}};
    const auto add_until_told = [&] {
        for (;;) spool.spikes(spike);
    };
    CHECK_THROWS_WITH_AS(add_until_told(), told, RunError);
}

TEST_SUITE_END();
