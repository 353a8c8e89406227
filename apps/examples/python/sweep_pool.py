# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""A sweep on a pool of processes. A run has the same spikes in every process, so the table does not depend on their number."""
import multiprocessing

import izhi


def rate(noise):
    with izhi.load("cortex-1k", **{"population.exc.noise_stddev": noise}).simulate(threads=1, record=False) as sim:
        sim.run(1000)
        return noise, sim.spike_count / sim.network.description["neurons"], sim.spike_hash


if __name__ == "__main__":
    with multiprocessing.Pool() as pool:
        for noise, hz, spikes in pool.map(rate, [4.0, 4.5, 5.0, 5.5, 6.0]):
            print("noise %.1f mV/ms: %6.2f Hz, hash %s" % (noise, hz, spikes))
