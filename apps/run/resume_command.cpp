// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "resume_command.hpp"

#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include "apps/text/units.hpp"
#include "izhi/checkpoint.hpp"
#include "izhi/error.hpp"
#include "run_command.hpp"
#include "run_settings.hpp"

namespace izhi::apps {
namespace {

/// Results that lie in the folder of the checkpoints are moved with it.
void move_with_folder(Resumption& resumed) {
    std::error_code error;
    const std::filesystem::path& before = resumed.note.folder;
    const std::filesystem::path now = std::filesystem::canonical(resumed.spool_file().parent_path(), error);
    if (error || before.empty()) return;
    Recordings::Wanted& wanted = resumed.note.wanted;
    for (std::optional<std::filesystem::path>* path : {&wanted.out, &wanted.plot, &wanted.plot_style.data}) {
        if (!*path) continue;
        const std::filesystem::path within = (*path)->lexically_relative(before);
        if (!within.empty() && *within.begin() != "..") *path = (now / within).lexically_normal();
    }
}

Resumption read_resumption(const std::filesystem::path& given) {
    std::error_code ignored;
    const std::filesystem::path file = std::filesystem::is_directory(given, ignored) ? newest_checkpoint(given) : given;
    const CheckpointInfo info = read_checkpoint_info(file);
    Resumption resumed{.file = file, .step = info.step, .note = parse_run_note(info.note, file)};
    move_with_folder(resumed);
    return resumed;
}

/// The outputs that the same run continues to write unless the options say otherwise.
void inherit_outputs(RunOptions& run, const Resumption& from) {
    const Recordings::Wanted& wanted = from.note.wanted;
    if (!run.out) {
        run.out = wanted.out;
        run.out_of_config = wanted.out_of_config;
        run.out_inherited = true;
    }
    if (!run.plot) {
        run.plot = wanted.plot;
        run.plot_inherited = true;
        if (!run.realtime || !run.realtime->plot) run.plot_style = wanted.plot_style;
    }
    if (!run.replay) run.replay = from.note.replay;
    if (!run.checkpoints) {
        const std::filesystem::path folder = from.spool_file().parent_path();
        run.checkpoints = {from.note.every_ms, plain(from.note.every_ms, 6) + "ms", folder, from.note.keep};
    }
}

}  // namespace

int resume_network(const ResumeOptions& options) {
    Resumption from = read_resumption(options.file);
    RunOptions run = options.given;
    from.same_run = run.settings.empty() && run.weights.empty();
    if (from.same_run) inherit_outputs(run, from);
    const io::Format given = run.recorder.format;
    run.recorder = from.note.wanted.recorder;
    if (run.format_given) run.recorder.format = given;
    require_folder_of_format(run);
    run.source = from.note.source;
    run.seed = from.note.seed;
    run.settings.insert(run.settings.begin(), from.note.settings.begin(), from.note.settings.end());
    if (!run.storage) run.storage = from.note.storage;
    if ((run.out || run.plot) && !from.note.spool && !run.quiet)
        std::cerr << "izhi: the run was not recorded before: recordings begin after step " << grouped(from.step)
                  << '\n';
    run.resumed = std::move(from);
    return run_network(run);
}

}  // namespace izhi::apps
