// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/text_file.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/scratch_folder.hpp"

using izhi::detail::read_text_file;
using izhi::test::ScratchFolder;

TEST_SUITE("base") {
    TEST_CASE("files are read whole up to a limit, into no more memory than they need") {
        const ScratchFolder folder;
        const std::filesystem::path file = folder.path() / "text";
        // Around the sizes of the pieces: 64, 64, 128, 256 KiB
        for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 131072U, 300'001U}) {
            CAPTURE(size);
            std::string bytes(size, '\0');
            for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i % 251);
            std::ofstream(file, std::ios::binary) << bytes;
            CHECK((read_text_file(file, 1'000'000) == bytes));
            CHECK((read_text_file(file, size) == bytes));
            CHECK((read_text_file(file, 65'600) == bytes.substr(0, 65'600)));
            CHECK((read_text_file(file, 0) == std::string()));
            CHECK(read_text_file(file, 100'000'000).value().capacity() <= 4 * size + 200'000);
        }
        std::filesystem::remove(file);
        CHECK_FALSE(read_text_file(file, 10).has_value());
        CHECK_FALSE(read_text_file(folder.path(), 10).has_value());
    }
}
