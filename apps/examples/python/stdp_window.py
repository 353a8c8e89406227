# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""The window of STDP, measured: one pair of spikes for each interval, each at a synapse of its own."""
import math

import izhi

intervals = range(-50, 51, 10)  # from the arrival to the target's spike [ms]
net = izhi.Network()
before = net.population("before", len(intervals), cell="RS")
after = net.population("after", len(intervals), cell="RS")
synapses = net.connect(before, after, rule="one-to-one", weight=5.0, delay_ms=1.0,
                       plasticity={"rule": "pair", "a_plus": 0.1, "a_minus": 0.12, "highest": 10.0})
sim = net.simulate()
for step in range(200):
    # A spike that is forced now is found at the end of the next step, and arrives a step later.
    if step == 99:
        sim.force_spikes(before, list(range(len(intervals))))
    fires = [i for i, interval in enumerate(intervals) if step == 100 + interval]
    if fires:
        sim.force_spikes(after, fires)
    sim.step()
for interval, weight in zip(intervals, sim.weights(synapses)):
    theory = 0.1 * math.exp(-interval / 20) if interval >= 0 else -0.12 * math.exp(interval / 20)
    print("%4d ms  %+.4f  theory %+.4f" % (interval, weight - 5.0, theory))
    assert abs(weight - 5.0 - theory) < 1e-4
