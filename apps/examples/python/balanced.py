#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""One PyNN script, any simulator: a network of excitatory and inhibitory neurons that keep each other irregular.

    python3 balanced.py                 # on izhi
    python3 balanced.py pyNN.brian2     # on another simulator of PyNN: pyNN.nest, pyNN.neuron, pyNN.brian2

Random numbers are PyNN's, so every simulator gets the same cells and connections. The rates agree to a few per cent; single
spikes do not, because such a network multiplies the smallest difference between two simulators.

The network is the one with conductances of Vogels and Abbott (2005), with a quarter of its cells."""
import importlib
import sys
import time

import numpy as np
from pyNN.random import NumpyRNG, RandomDistribution

CELLS, PROBABILITY, LENGTH = 1000, 0.08, 500.0  # in ms


def main(module="izhi.pynn"):
    sim = importlib.import_module(module)
    began = time.perf_counter()
    sim.setup(timestep=0.1, min_delay=0.1)
    rng = NumpyRNG(seed=2005)
    cells = sim.Population(CELLS, sim.IF_cond_exp(
        tau_m=20.0, cm=0.2, v_rest=-60.0, v_thresh=-50.0, v_reset=-60.0, tau_refrac=5.0, tau_syn_E=5.0, tau_syn_I=10.0,
        e_rev_E=0.0, e_rev_I=-80.0, i_offset=0.2), label="cells")
    cells.initialize(v=RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng))
    exc, inh = cells[:CELLS * 4 // 5], cells[CELLS * 4 // 5:]
    for pre, weight, receptor in ((exc, 0.006, "excitatory"), (inh, 0.067, "inhibitory")):
        sim.Projection(pre, cells, sim.FixedProbabilityConnector(PROBABILITY, rng=rng),
                       sim.StaticSynapse(weight=weight, delay=0.2), receptor_type=receptor)
    cells.record("spikes")
    made = time.perf_counter()
    sim.run(LENGTH)
    ran = time.perf_counter()
    trains = [np.asarray(train) for train in cells.get_data().segments[0].spiketrains]
    sim.end()

    rates = [1000.0 / LENGTH * np.mean([len(train) for train in part])
             for part in (trains[:len(exc)], trains[len(exc):])]
    intervals = [np.diff(train) for train in trains if len(train) > 3]
    irregularity = np.mean([each.std() / each.mean() for each in intervals]) if intervals else float("nan")
    print("%s: excitatory %.2f Hz, inhibitory %.2f Hz, irregularity of the intervals %.2f" % (module, *rates, irregularity))
    print("%.2f s to connect, %.2f s to run %g ms" % (made - began, ran - made, LENGTH))
    return 0 if 5.0 < rates[0] < 50.0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
