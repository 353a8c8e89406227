// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "info_command.hpp"

#include <link.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "apps/cli/exit_codes.hpp"
#include "apps/plot/subprocess.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/units.hpp"
#include "izhi/executor.hpp"
#include "izhi/network.hpp"
#include "izhi/simulation.hpp"

namespace izhi::apps {
namespace {

/// The instruction set that `automatic` selects. A real simulation is asked, so that IZHI_ISA is used (and checked) as
/// in a run.
std::string chosen_isa() {
    NetworkBuilder builder;
    builder.add_population({.name = "one", .size = 1});
    const Simulation simulation(builder.build(), {.threads = 1, .executor = serial_executor()});
    return std::string(to_string(simulation.isa()));
}

/// Our shared libraries that are loaded now, by the file that the loader took: "libtbb.so.12.8". The
/// macros of the headers would give the version at compile time, which may differ.
std::vector<std::string> loaded_libraries() {
    std::vector<std::string> names;
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* result) {
            std::error_code fault;
            const auto file = std::filesystem::canonical(info->dlpi_name, fault);
            const std::string name = file.filename().string();
            for (const std::string_view ours : {"libizhi", "libtbb", "libhdf5"})
                if (!fault && name.starts_with(ours)) static_cast<std::vector<std::string>*>(result)->push_back(name);
            return 0;
        },
        &names);
    std::sort(names.begin(), names.end());
    return names;
}

std::string nlohmann_version() {
    return std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + '.' + std::to_string(NLOHMANN_JSON_VERSION_MINOR) + '.' +
           std::to_string(NLOHMANN_JSON_VERSION_PATCH);
}

std::string huge_pages_text(const std::string& setting) {
    if (setting == "always") return "given to all large memory (always)";
    if (setting == "madvise") return "given where a program asks, as izhi does (madvise)";
    if (setting == "never") return "not given (never)";
    return setting;
}

/// "gnuplot 5.4 patchlevel 4" as "5.4.4".
std::string gnuplot_version() {
    const auto finished = run_program({"gnuplot", "--version"});
    if (!finished || finished->exit_code != 0) return "not installed (pictures need it)";
    std::istringstream words(finished->output);
    std::string name, version, patchlevel, patch;
    words >> name >> version >> patchlevel >> patch;
    return patch.empty() ? version : version + '.' + patch;
}

}  // namespace

int show_info(bool json) {
    const Machine machine = this_machine();
    nlohmann::ordered_json isas = nlohmann::ordered_json::array();
    for (const Isa isa : available_isas()) isas.push_back(to_string(isa));
    const nlohmann::ordered_json info{
        {"version", machine.version},
        {"cpu", machine.cpu},
        {"isas", isas},
        {"isa", chosen_isa()},
        {"hardware_threads", machine.hardware_threads},
        {"memory_bytes", machine.memory_bytes},
        {"kernel", machine.kernel},
        {"huge_pages", machine.huge_pages},
        {"build_type", machine.build_type},
        {"compiler", machine.compiler},
        {"libraries", loaded_libraries()},
        {"cli11", CLI11_VERSION},
        {"nlohmann_json", nlohmann_version()},
        {"gnuplot", gnuplot_version()},
    };
    if (json) {
        std::cout << json_text(info);
        return kDone;
    }
    const auto list = [](const nlohmann::ordered_json& values) {
        std::string text;
        for (const auto& value : values) text += (text.empty() ? "" : ", ") + value.get<std::string>();
        return text.empty() ? std::string("linked in") : text;
    };
    const auto text = [&info](const char* key) { return info[key].get<std::string>(); };
    std::cout << "izhi " << machine.version << '\n'
              << "  CPU              " << text("cpu") << ", " << counted(machine.hardware_threads, "hardware thread")
              << ", " << bytes_text(machine.memory_bytes) << " of memory, " << machine.kernel << "\n"
              << "  2 MiB pages      " << huge_pages_text(machine.huge_pages) << '\n'
              << "  kernels          " << text("isa") << " (this CPU can run: " << list(info["isas"]) << ")\n"
              << "  build            " << text("build_type") << ", " << text("compiler") << '\n'
              << "  libraries        " << list(info["libraries"]) << "; CLI11 " << text("cli11") << ", nlohmann-json "
              << text("nlohmann_json") << '\n'
              << "  gnuplot          " << text("gnuplot") << '\n';
    return kDone;
}

}  // namespace izhi::apps
