# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Pictures with matplotlib, where it is installed."""
from ._c import Error


def raster(spikes, populations, axes=None):
    """Dots of spikes, a colour for each population."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise Error("plot() needs matplotlib (Debian: python3-matplotlib)") from None
    if axes is None:
        axes = pyplot.subplots(figsize=(8, 4))[1]
    times, neurons = list(spikes.times_ms), list(spikes.neurons)
    for part in populations:
        mine = [i for i, neuron in enumerate(neurons) if part["first"] <= neuron < part["first"] + part["size"]]
        axes.plot([times[i] for i in mine], [neurons[i] for i in mine], ".", markersize=1, label=part["name"])
    axes.set_xlabel("time [ms]")
    axes.set_ylabel("neuron")
    axes.legend(loc="upper right", markerscale=8)
    return axes
