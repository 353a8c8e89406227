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
    axes.margins(x=0.01, y=0.01)
    # Beside the dots, where it hides none; the last population is on top in both.
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=8, frameon=False)
    axes.figure.tight_layout()
    return axes
