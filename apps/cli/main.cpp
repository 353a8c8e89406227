// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "apps/ranks/ranks.hpp"
#include "command_line.hpp"
#ifdef IZHI_WITH_MPI
#include <cstdio>

#include "izhi/error.hpp"
#include "izhi/mpi.hpp"
#endif

int main(int argument_count, char** arguments) {
#ifdef IZHI_WITH_MPI
    try {
        izhi::apps::use_ranks(izhi::mpi_exchange());
    } catch (const izhi::Error& error) {
        std::fprintf(stderr, "izhi: %s\n", error.what());
        return 1;
    }
    if (const auto& ranks = izhi::apps::program_ranks(); ranks && ranks->rank() > 0) return izhi::apps::follow_rank_0();
#endif
    const int exit_code = izhi::apps::run_command_line(argument_count, arguments);
    izhi::apps::end_ranks();
    return exit_code;
}
