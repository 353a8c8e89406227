// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "figures_command.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/plot/gnuplot.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "figures.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {

int draw_figures(const FiguresOptions& options) {
    require_writable_folder("--out", options.out);
    for (const PictureKind kind : {PictureKind::png, PictureKind::svg}) require_gnuplot(kind, "izhi figures");

    // Everything is made in a private folder and moved into place when it is complete.
    const TemporaryFolder folder;
    std::vector<std::filesystem::path> made;
    for (const Figure& figure : paper_figures()) {
        const std::vector<FigureTable> tables = figure.compute();
        for (const FigureTable& table : tables) {
            write_file(folder.path() / table.file, [&](std::ostream& out) { out << table.csv; });
            made.emplace_back(table.file);
        }
        for (const char* ending : {".png", ".svg"}) {
            const std::filesystem::path file = folder.path() / (std::string(figure.name) + ending);
            figure.draw(tables, file, options.style);
            made.push_back(file.filename());
        }
    }
    std::error_code fault;
    std::filesystem::create_directories(options.out, fault);
    if (fault) throw RunError("cannot make '" + options.out.string() + "': " + fault.message());
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const std::filesystem::path& file : made) {
        place_file(folder.path() / file, options.out / file);
        files.push_back((options.out / file).string());
    }
    if (options.json) {
        std::cout << json_text({{"files", files}});
        return kDone;
    }
    for (const Figure& figure : paper_figures())
        std::cout << "  " << (options.out / figure.name).string() << ".png, .svg\n      " << figure.title << '\n';
    return kDone;
}

}  // namespace izhi::apps
