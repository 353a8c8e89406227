#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Holds the firing rate of a population at 20 Hz, from outside: the controller of main.cpp, over the wire.

    build/bin/izhi serve apps/examples/hold_rate/hold_rate.toml --io unix:/tmp/hold --io-lockstep --duration 6s &
    apps/examples/hold_rate/hold_rate.py unix:/tmp/hold
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "engine", "wire"))
import izhi_wire  # noqa: E402

WINDOW = 20  # steps of 1 ms between two decisions
WANTED = 320  # spikes in a window: 20 Hz of 800 neurons
GAIN = 1 / 256  # change of the current for each spike too few [mV/ms]

with izhi_wire.Client(sys.argv[1]) as client:
    client.subscribe(spikes=["exc"], lockstep=True)
    current, count, second = 0.0, 0, 0
    for step in range(6000):
        given = client.input()
        if step > 0 and step % WINDOW == 0:
            current += GAIN * (WANTED - count)
            count = 0
            given.current("exc", current)
        spikes = client.step(given)  # the network waits for us, then does one step
        count += len(spikes.neurons)
        second += len(spikes.neurons)
        if spikes.step % 1000 == 0:
            print(f"{spikes.step // 1000} s: {second / 800:5.2f} Hz, current {current:6.2f}")
            second = 0
