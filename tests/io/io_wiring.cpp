// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Wiring in network files: laws with tails, rules by numbers of synapses, parts of populations, positions and distances; and
// synapses written to files and read back.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/izhi.hpp"
#include "network_texts.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

const std::string kProjection = "[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\n";  // lines 13 to 15

Distribution weight_of(const std::string& value) {
    return described(with(kProjection + "rule = \"all-to-all\"\nweight = " + value + "\n")).projections[0].spec.weight;
}

ProjectionSpec spec_of(const std::string& lines) {
    return described(with(kProjection + "weight = 1\n" + lines)).projections[0].spec;
}

void check_refused(const std::string& lines, int line, const std::string& says) {
    const std::string said = refusal(with(lines));
    CAPTURE(lines);
    CAPTURE(said);
    CHECK(said.rfind("net.toml:" + std::to_string(line) + ":", 0) == 0);
    CHECK(said.find(says) != std::string::npos);
}

std::vector<std::tuple<std::uint32_t, std::uint32_t, double, std::uint64_t>> synapses_of(const Network& network) {
    const Simulation simulation(network, {.threads = 1, .executor = serial_executor()});
    std::vector<std::tuple<std::uint32_t, std::uint32_t, double, std::uint64_t>> all;
    for (std::uint32_t n = 0; n < network.neuron_count(); ++n)
        for (const auto& s : simulation.synapses_of(n)) all.emplace_back(n, s.target, s.weight, s.delay_steps);
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace

TEST_CASE("wiring in files: every law, with its bounds and its scale") {
    CHECK(weight_of("{ normal = [1, 2], redraw = [0, 5] }") == redrawn_normal(1, 2, 0, 5));
    CHECK(weight_of("{ normal = [1, 2], clip = [0, 5] }") == clipped_normal(1, 2, 0, 5));
    CHECK(weight_of("{ normal = [1, 2], redraw = [0, 5], scale = -2 }") == redrawn_normal(-2, 4, -10, 0));
    CHECK(weight_of("{ lognormal = [-0.7, 0.9] }") == lognormal(-0.7, 0.9));
    CHECK(weight_of("{ lognormal_mean = [2, 1.5] }") == lognormal_of_mean(2, 1.5));
    CHECK(weight_of("{ lognormal_mean = [-2, 1.5] }") == lognormal_of_mean(-2, 1.5));
    CHECK(weight_of("{ exponential = 3, redraw = [1, 9] }") == bounded(exponential(3), 1, 9));
    CHECK(weight_of("{ gamma = [2, 0.5], clip = [1, 9] }") == bounded(gamma(2, 0.5), 1, 9, Distribution::Tails::clip));
    CHECK(weight_of("{ gamma = [2, 0.5], scale = 4 }") == gamma(2, 2));
    CHECK(weight_of("{ exponential = 3, scale = 0 }") == Distribution(0.0));
    Distribution inhibitory = bounded(lognormal(1, 0.5), -8, -2);
    inhibitory.factor = -2;
    CHECK(weight_of("{ lognormal = [1, 0.5], redraw = [1, 4], scale = -2 }") == inhibitory);
    const auto cell =
        described(with("[population.new]\nsize = 3\na = { gamma = [4, 0.005], redraw = [0.001, 0.1] }\n"));
    CHECK(cell.populations[2].cell.a == bounded(gamma(4, 0.005), 0.001, 0.1));

    const std::string head = kProjection + "rule = \"all-to-all\"\nweight = ";
    check_refused(head + "{ normal = [1, 2], clip = [0, 5], redraw = [0, 5] }\n", 17, "redraw stands beside clip");
    check_refused(head + "{ normal = [1, 2] }\n", 17, "clip is missing");
    check_refused(head + "{ uniform = [1, 2], redraw = [0, 5] }\n", 17, "redraw goes with normal");
    check_refused(head + "{ lognormal = [1] }\n", 17, "[mu, sigma], of the logarithm");
    check_refused(head + "{ lognormal_mean = [0, 1] }\n", 17, "has the mean 0");
    check_refused(head + "{ exponential = \"x\" }\n", 17, "exponential");
    check_refused(head + "{ gamma = [1, 2], normal = [1, 2] }\n", 17, "has both normal and gamma");
    check_refused(head + "{ normal = [1, 2], redraw = [50, 60] }\n", 17, "where hardly a draw lies");
}

TEST_CASE("wiring in files: rules by numbers of synapses, unordered pairs, parts") {
    CHECK(std::get<FixedTotal>(spec_of("rule = \"fixed-total\"\ntotal = 30\n").rule).count == 30);
    CHECK(std::get<FixedTotal>(spec_of("rule = \"fixed-total\"\nprobability = 0.3\n").rule).probability == 0.3);
    CHECK(std::get<PairwisePoisson>(spec_of("rule = \"pairwise-poisson\"\nmean = 0.3\n").rule).mean == 0.3);
    const ProjectionSpec part = spec_of("rule = \"fixed-probability\"\nprobability = 1\nsource_first = 2\nsource_count "
                                        "= 3\ntarget_first = 1\ntarget_count = 1\n");
    CHECK(part.source_first == 2);
    CHECK(part.source_count == 3);
    CHECK(part.target_first == 1);
    CHECK(part.target_count == 1);
    const auto own = described(with(
        "[projection.p]\nsource = \"exc\"\ntarget = \"exc\"\nweight = 1\nrule = \"all-to-all\"\nsymmetric = true\n"));
    CHECK(own.projections[0].spec.symmetric);
    const std::string head = kProjection + "weight = 1\n";
    check_refused(head + "rule = \"fixed-total\"\n", 13, "total is missing");
    check_refused(head + "rule = \"fixed-total\"\ntotal = 3\nprobability = 0.1\n", 18,
                  "and probability are both given");
    check_refused(head + "rule = \"fixed-total\"\ntotal = -3\n", 18, "total is -3");
    check_refused(head + "rule = \"pairwise-poisson\"\n", 13, "mean is missing");
    check_refused(head + "rule = \"pairwise-poisson\"\nmean = 0.1\nprobability = 0.3\n", 19,
                  "probability goes with rule = \"fixed-probability\", \"fixed-total\", \"distance\"");
    check_refused(head + "rule = \"all-to-all\"\nsource_first = 8\n", 18, "source_first is 8; allowed: 0 to 7");
    check_refused(head + "rule = \"all-to-all\"\ntarget_count = 3\n", 18, "target_count is 3; allowed: 1 to 2");
    check_refused(head + "rule = \"all-to-all\"\nsymmetric = true\n", 18,
                  "symmetric is true between different neurons");
    // lists count within the parts
    const std::string listed = kProjection + "rule = \"explicit\"\nsource_first = 6\nsynapses = [[";
    CHECK(refusal(with(listed + "1, 0, 1.0, 1.0]]\n")).empty());
    check_refused(listed + "2, 0, 1.0, 1.0]]\n", 18, "holds the source 2; allowed: 0 to 1");
}

TEST_CASE("wiring in files: positions and distances") {
    const Folder folder;
    folder.write("places.csv", "id,x_mm,y_mm\n0,0.5,1.5\n1,2.5,3.5\n");
    const std::string path = folder.path.string() + "/net.toml";
    const auto position_of = [&](const std::string& value) {
        const auto d = io::parse_network("[population.p]\nsize = 2\nposition = " + value + "\n", path).description();
        return *d.populations[0].position;
    };
    const Positions grid = position_of("{ grid = [1, 2], spacing_mm = 0.5, edges = \"periodic\", origin_mm = [1, 0] }");
    CHECK(std::get<GridPositions>(grid.where).counts == std::array<std::uint32_t, 3>{1, 2, 1});
    CHECK(std::get<GridPositions>(grid.where).spacing_mm == Point{0.5, 0.5, 0.0});
    CHECK(grid.period_mm == Point{0.5, 1.0, 0.0});
    CHECK(grid.origin_mm == Point{1.0, 0.0, 0.0});
    CHECK(std::get<UniformPositions>(position_of("{ uniform = [1, 2, 3] }").where).extent_mm == Point{1, 2, 3});
    const Positions listed = position_of("{ file = \"places.csv\", edges = \"periodic\", period_mm = [4, 4] }");
    CHECK(std::get<ListedPositions>(listed.where).points == std::vector<Point>{{0.5, 1.5, 0.0}, {2.5, 3.5, 0.0}});
    CHECK(listed.period_mm == Point{4, 4, 0});
    // shown with its whole path, so that it can be read from anywhere
    const std::string text = "[population.p]\nsize = 2\nposition = { file = \"places.csv\" }\n";
    CHECK(io::network_text(text, path).find(fs::absolute(folder.path / "places.csv").string()) != std::string::npos);

    const std::string places = "[population.s]\nsize = 4\nposition = { uniform = [1, 1] }\n"
                               "[projection.p]\nsource = \"s\"\ntarget = \"s\"\nweight = 1\n";
    const auto spec =
        described(places +
                  "rule = \"distance\"\nkernel = \"exponential\"\nscale_mm = 0.2\ncutoff_mm = 0.7\n"
                  "probability = 0.8\nvelocity = 0.3\nweight_profile = { kernel = \"disc\", scale_mm = 0.5 }\n")
            .projections[0]
            .spec;
    CHECK(std::get<DistanceProbability>(spec.rule).probability == 0.8);
    CHECK(std::get<DistanceProbability>(spec.rule).profile == DistanceProfile{DistanceKernel::exponential, 0.2, 0.7});
    CHECK(spec.velocity_mm_per_ms == 0.3);
    CHECK(*spec.weight_profile == DistanceProfile{DistanceKernel::disc, 0.5});

    const auto refused = [&](const std::string& value, const std::string& says) {
        CAPTURE(value);
        std::string said;
        try {
            (void)io::parse_network("[population.p]\nsize = 2\nposition = " + value + "\n", path);
        } catch (const Error& error) { said = error.what(); }
        CAPTURE(said);
        CHECK(said.find(says) != std::string::npos);
    };
    refused("3", "position is 3; allowed: one of { grid");
    refused("{ edges = \"open\" }", "says no places");
    refused("{ grid = [2], uniform = [1] }", "more than one kind of places");
    refused("{ grid = [3], spacing_mm = 1 }", ":3: population.p.position.grid is 3, 3 points for 2 neurons");
    refused("{ grid = [2] }", "spacing_mm is missing");
    refused("{ grid = [1.5], spacing_mm = 1 }", "grid holds 1.5");
    refused("{ grid = 2, spacing_mm = 1 }", "grid is a number");
    refused("{ uniform = [1, 2, 3, 4] }", "has 4 items");
    refused("{ uniform = [1], spacing_mm = 3 }", "spacing_mm goes with grid");
    refused("{ uniform = [1], period_mm = 3 }", "period_mm goes with edges");
    refused("{ file = \"places.csv\", edges = \"periodic\" }", "period_mm is missing");
    refused("{ file = \"nowhere.csv\" }", "nowhere.csv");
    folder.write("bad.csv", "x,y\n1,2\n1,far\n");
    refused("{ file = \"bad.csv\" }", "bad.csv:3: y is far");
    folder.write("short.csv", "x,y\n1,2\n");
    refused("{ file = \"short.csv\" }", "has 1 points for 2 neurons");
    folder.write("names.csv", "y,z\n1,2\n");
    refused("{ file = \"names.csv\" }", "names.csv:1: does not name the columns of positions");
    CHECK(refusal(places + "rule = \"distance\"\nscale_mm = 1\n").find("kernel is missing") != std::string::npos);
    CHECK(refusal(places + "rule = \"all-to-all\"\nscale_mm = 1\n").find("scale_mm goes with rule = \"distance\"") !=
          std::string::npos);
}

TEST_CASE("wiring in files: synapses that are written are read back, whatever drew them") {
    const Folder folder;
    const std::string populations = "[network]\ndt_ms = 0.5\nseed = 3\n"
                                    "[population.exc]\nsize = 80\nposition = { uniform = [1, 1] }\n"
                                    "[population.inh]\nsize = 70\nposition = { grid = [10, 7], spacing_mm = 0.1 }\n";
    const std::string own = "source = \"exc\"\ntarget = \"exc\"\n", other = "source = \"exc\"\ntarget = \"inh\"\n";
    const std::string parts = other + "source_first = 20\ntarget_count = 50\n";
    const std::string drawn = "weight = { lognormal = [0, 0.5] }\ndelay_ms = { uniform = [0.5, 9] }\n";
    for (const std::string& lines :
         {other + drawn + "rule = \"all-to-all\"\n",
          parts + drawn + "rule = \"fixed-probability\"\nprobability = 0.2\n",
          other + drawn + "rule = \"fixed-indegree\"\nindegree = 9\n",
          parts + drawn + "rule = \"fixed-total\"\ntotal = 700\n",
          other + drawn + "rule = \"fixed-outdegree\"\noutdegree = 30\nstorage = \"procedural\"\n",
          own + drawn + "rule = \"pairwise-poisson\"\nmean = 0.2\nsymmetric = true\n",
          other + drawn + "rule = \"distance\"\nkernel = \"gaussian\"\nscale_mm = 0.3\nvelocity = 0.2\n",
          other + "weight = { uniform = [0, 9] }\nrule = \"fixed-outdegree\"\noutdegree = 5\nplasticity = { rule = "
                  "\"pair\" }\n"}) {
        CAPTURE(lines);
        const Network network = io::parse_network(populations + "[projection.p]\n" + lines, kOrigin);
        io::write_synapses(network, ProjectionId(0), folder.path / "wiring.csv");
        const bool plastic = lines.find("plasticity") != std::string::npos;
        std::string sides = lines.substr(0, lines.find("weight"));
        const Network read = io::parse_network(populations + "[projection.p]\n" + sides +
                                                   "rule = \"explicit\"\nsynapses_file = \"wiring.csv\"\n" +
                                                   (plastic ? "plasticity = { rule = \"pair\" }\n" : ""),
                                               (folder.path / "net.toml").string());
        const auto written_synapses = synapses_of(network), read_synapses = synapses_of(read);
        CHECK(written_synapses.size() > 200);
        CHECK(written_synapses == read_synapses);
    }
}
