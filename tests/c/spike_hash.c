/* Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0 */
/* A program in C, for tests/install_test and tests/package_test: the spike hash of cortex-1k after 100 steps. */
#include <izhi.h>
#include <stdio.h>

int main(void) {
    izhi_draft draft = 0;
    izhi_network network = 0;
    izhi_simulation simulation = 0;
    izhi_progress progress = {0};
    if (izhi_draft_open("cortex-1k", &draft) || izhi_draft_build(draft, &network) ||
        izhi_simulation_new(network, 0, NULL, 0, &simulation) || izhi_simulation_run(simulation, 100) ||
        izhi_simulation_progress(simulation, &progress)) {
        puts(izhi_last_error());
        return 1;
    }
    printf("%016llx\n", (unsigned long long)progress.spike_hash);
    return 0;
}
