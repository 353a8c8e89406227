# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Networks of Izhikevich's spiking neurons, fast and exact, from Python.

    import izhi

    sim = izhi.load("cortex-10k").simulate()
    sim.run(1000)                        # ms
    times, neurons = sim.spikes("exc")   # arrays
    print(sim.spike_hash)                # that of the izhi program, for any number of threads

izhi.Network describes a network in Python, izhi.load() takes a network file or a built-in network, izhi.read() reads
recordings. Units: times in ms, v in mV, currents in mV/ms (nine-parameter and integrate-and-fire neurons: pA). Errors are
izhi.Error (a ValueError) with the text of the izhi program, and izhi.RunError.

The module needs libizhi.so and nothing else; arrays are numpy's where numpy is installed, and array.array otherwise."""
from __future__ import annotations

import json as _json

from . import _c
from ._c import Error, RunError
from ._network import BuiltNetwork, LoadedNetwork, Network, Population, Projection, everyone, load
from ._read import FileSpikes, FileTrace, SpikeFile, read
from ._simulation import PopulationState, Samples, Simulation, Spikes, Synapses
from ._text import Distribution, normal, spread, uniform

#: the version of the library
__version__ = _c.text_of("version")


def builtins() -> list[str]:
    """The names of the built-in networks."""
    return _c.text_of("builtin_names").splitlines()


def machine() -> dict:
    """What this machine can run: {"isas": [...], "processors": N}."""
    return _json.loads(_c.text_of("machine"))


__all__ = ["BuiltNetwork", "Distribution", "Error", "FileSpikes", "FileTrace", "LoadedNetwork", "Network", "Population",
           "PopulationState", "Projection", "RunError", "Samples", "Simulation", "SpikeFile", "Spikes", "Synapses",
           "builtins", "everyone", "load", "machine", "normal", "read", "spread", "uniform"]
