// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Folders that are there when they are complete.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/pending_folder.hpp"
#include "izhi/error.hpp"
#include "tests/support/scratch_folder.hpp"

using izhi::detail::PendingFolder;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}
using Names = std::vector<std::string>;

void fill(const fs::path& folder) {
    fs::create_directory(folder / "tables");
    std::ofstream(folder / "tables" / "inner") << "x";
    std::ofstream(folder / "file") << "y";
}

std::string refused(const fs::path& folder) {
    try {
        (void)PendingFolder(folder);
    } catch (const izhi::Error& error) { return error.what(); }
    return {};
}

}  // namespace

TEST_SUITE_BEGIN("base");

TEST_CASE("a pending folder has its name when it is complete, and leaves nothing otherwise") {
    const izhi::test::ScratchFolder scratch;
    for (const bool there : {false, true})
        for (const char* end : {"", "/"}) {
            CAPTURE(there);
            const fs::path folder = scratch.path() / "made", given = folder.string() + end;
            if (there) fs::create_directory(folder);
            {
                PendingFolder pending(given);
                fill(pending.path());
                CHECK(fs::exists(folder) == there);
            }
            CHECK(names_in(scratch.path()) == (there ? Names{"made"} : Names{}));
            if (there) CHECK(fs::is_empty(folder));
            std::optional<PendingFolder> pending(given);
            fill(pending->path());
            pending->publish();
            pending.reset();
            CHECK(names_in(scratch.path()) == Names{"made"});
            CHECK(names_in(folder) == Names{"file", "tables"});
            CHECK(names_in(folder / "tables") == Names{"inner"});
            fs::remove_all(folder);
        }
}

TEST_CASE("a pending folder keeps what is there") {
    const izhi::test::ScratchFolder scratch;
    fill(scratch.path());
    const std::string folder = scratch.path().string();
    CHECK(refused(folder) == folder + ": is a folder that holds other things; allowed: a new or empty folder");
    CHECK(refused(scratch.path() / "file") == folder + "/file: is not a folder; allowed: a new or empty folder");
    CHECK(refused(scratch.path() / "no" / "where") == folder + "/no/where: cannot be made: No such file or directory");
    CHECK(refused(scratch.path() / "file" / "x").starts_with(folder + "/file/x: cannot be "));
    CHECK(names_in(scratch.path()) == Names{"file", "tables"});
}

TEST_CASE("a pending folder that another one took the place of is an error, and that one stays") {
    const izhi::test::ScratchFolder scratch;
    const fs::path folder = scratch.path() / "made";
    {
        PendingFolder first(folder), second(folder);
        fill(first.path());
        fill(second.path());
        std::ofstream(second.path() / "second") << "z";
        second.publish();
        CHECK_THROWS_AS(first.publish(), izhi::RunError);
    }
    CHECK(names_in(scratch.path()) == Names{"made"});
    CHECK(names_in(folder) == Names{"file", "second", "tables"});
}

TEST_SUITE_END();
