# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""A closed loop: every 100 ms a controller sets the current into the excitatory neurons so that they keep 15 Hz."""
import izhi

target_hz, current = 15.0, 0.0
with izhi.load("cortex-1k").simulate(record=False) as sim:
    exc = sim["exc"]
    for interval in range(50):
        spikes = 0
        for _ in range(100):
            spikes += sum(1 for neuron in sim.step() if neuron < exc.size)
        hz = spikes / exc.size / 0.1
        current += 0.02 * (target_hz - hz)
        sim.set_current("exc", current)
        if interval % 10 == 9:
            print("%4d ms  %5.1f Hz, current %+.2f mV/ms" % (sim.time_ms, hz, current))
    assert abs(hz - target_hz) < 5.0
