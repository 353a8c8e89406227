// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "run_settings.hpp"

#include <filesystem>
#include <string>
#include <system_error>

#include "apps/text/units.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

/// The spikes of an earlier run stay where the config says so.
void require_new(const RunOptions& options) {
    const std::string name = options.recorder.format == io::Format::sonata
                                 ? options.recorder.spikes_file
                                 : "spikes." + std::string(to_string(options.recorder.format));
    const std::filesystem::path file = *options.out / name;
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return;
    throw Error(options.source.origin + ": output.overwrite_output_dir is false, and " + file.string() +
                " is there already; allowed: another folder, such as by --out, or true");
}

}  // namespace

void take_settings(RunOptions& options, const io::SonataRun& config) {
    if (config.duration_ms && !options.duration_given) {
        options.duration_ms = *config.duration_ms;
        options.duration_text = plain(*config.duration_ms, 6) + "ms";
    }
    options.recorder.spikes_file = config.spikes_file;
    options.recorder.spikes_csv_file = config.spikes_csv_file;
    options.recorder.order = config.order;
    if (options.out || config.folder.empty()) return;
    options.out = config.folder;
    options.out_of_config = true;
    if (!config.overwrite) require_new(options);
}

void require_folder_of_format(const RunOptions& options) {
    if (options.format_given && !options.out)
        throw Error("--format " + std::string(to_string(options.recorder.format)) +
                    " needs --out, the folder of the recordings");
}

}  // namespace izhi::apps
