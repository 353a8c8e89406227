// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// What a SONATA config asks of a run, beside the command line; and how a checkpoint keeps it.
#include "apps/run/run_settings.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "apps/run/checkpoints.hpp"
#include "izhi/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace {

using namespace izhi;
using namespace izhi::apps;
using izhi::test::ScratchFolder;
namespace fs = std::filesystem;

io::SonataRun config_in(const fs::path& folder) {
    io::SonataRun config;
    config.duration_ms = 3000.25;
    config.folder = folder;
    config.spikes_file = "out.h5";
    config.spikes_csv_file = "out.csv";
    config.order = io::SpikeOrder::by_id;
    return config;
}

RunOptions options_of(const io::SonataRun& config, RunOptions options = {}) {
    options.source = {"{}", "config.json"};
    take_settings(options, config);
    return options;
}

std::string fault_of(const io::SonataRun& config, const RunOptions& options = {}) {
    try {
        (void)options_of(config, options);
    } catch (const Error& error) { return error.what(); }
    return "";
}

}  // namespace

TEST_CASE("run settings: a config gives the length, the folder and the names") {
    const RunOptions options = options_of(config_in("results"));
    CHECK(options.duration_ms == 3000.25);
    CHECK(options.duration_text == "3000.25ms");
    CHECK(options.out == fs::path("results"));
    CHECK(options.out_of_config);
    CHECK(options.recorder.format == io::Format::sonata);
    CHECK(options.recorder.spikes_file == "out.h5");
    CHECK(options.recorder.spikes_csv_file == "out.csv");
    CHECK(options.recorder.order == io::SpikeOrder::by_id);

    const RunOptions circuit = options_of({});
    CHECK(circuit.duration_ms == 1000.0);
    CHECK(circuit.duration_text == "1s");
    CHECK_FALSE(circuit.out.has_value());
}

TEST_CASE("run settings: the command line wins") {
    RunOptions given;
    given.duration_ms = 5.0;
    given.duration_text = "5ms";
    given.duration_given = true;
    given.out = "elsewhere";
    const RunOptions options = options_of(config_in("results"), given);
    CHECK(options.duration_ms == 5.0);
    CHECK(options.duration_text == "5ms");
    CHECK(options.out == fs::path("elsewhere"));
    CHECK_FALSE(options.out_of_config);
    CHECK(options.recorder.spikes_file == "out.h5");  // but for the folder as the config says

    RunOptions csv;
    csv.recorder.format = io::Format::csv;
    csv.format_given = true;
    CHECK(options_of(config_in("results"), csv).recorder.format == io::Format::csv);
    CHECK_NOTHROW(require_folder_of_format(options_of(config_in("results"), csv)));
    CHECK_THROWS_WITH_AS(require_folder_of_format(options_of({}, csv)),
                         "--format csv needs --out, the folder of the recordings", Error);
    CHECK_NOTHROW(require_folder_of_format(options_of({})));
}

TEST_CASE("run settings: recordings that a config keeps are not replaced") {
    const ScratchFolder folder;
    io::SonataRun config = config_in(folder.path());
    config.overwrite = false;
    RunOptions gdf;
    gdf.recorder.format = io::Format::gdf;
    CHECK(fault_of(config) == "");
    std::ofstream(folder.path() / "out.h5") << "spikes";
    CHECK(fault_of(config) == "config.json: output.overwrite_output_dir is false, and " +
                                  (folder.path() / "out.h5").string() +
                                  " is there already; allowed: another folder, such as by --out, or true");
    CHECK(fault_of(config, gdf) == "");
    std::ofstream(folder.path() / "spikes.gdf") << "spikes";
    CHECK(fault_of(config, gdf).find("spikes.gdf is there already") != std::string::npos);
    RunOptions elsewhere;
    elsewhere.out = folder.path();
    CHECK(fault_of(config, elsewhere) == "");
    config.overwrite = true;
    CHECK(fault_of(config) == "");
}

TEST_CASE("run settings: a checkpoint keeps names and order") {
    RunNote note;
    note.source = {"{}", "config.json"};
    note.wanted.out = "results";
    note.wanted.out_of_config = true;
    note.wanted.recorder = options_of(config_in("results")).recorder;
    CHECK(parse_run_note(text_of(note), "x").wanted.out_of_config);
    const io::RecorderOptions again = parse_run_note(text_of(note), "x").wanted.recorder;
    CHECK(again.format == io::Format::sonata);
    CHECK(again.spikes_file == "out.h5");
    CHECK(again.spikes_csv_file == "out.csv");
    CHECK(again.order == io::SpikeOrder::by_id);

    note.wanted.out_of_config = false;
    CHECK_FALSE(parse_run_note(text_of(note), "x").wanted.out_of_config);
    note.wanted.recorder = {.format = io::Format::gdf};
    const io::RecorderOptions plain = parse_run_note(text_of(note), "x").wanted.recorder;
    CHECK(plain.format == io::Format::gdf);
    CHECK(plain.spikes_file == "spikes.h5");
    CHECK_FALSE(plain.spikes_csv_file.has_value());
    CHECK(plain.order == io::SpikeOrder::by_time);
}
