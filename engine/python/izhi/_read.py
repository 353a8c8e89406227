# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Reading what izhi wrote, and other files of spikes."""
from __future__ import annotations

import csv
import json
import os

from ctypes import byref, c_char_p, c_double, c_float, c_size_t, c_uint64, c_void_p, cast, POINTER
from typing import Any

from . import _c
from ._c import Error, c

_POINTERS = {"float64": POINTER(c_double), "uint64": POINTER(c_uint64), "float32": POINTER(c_float)}


class SpikeFile(dict):
    """Spikes of a file, by population: spikes["exc"].times_ms [ms] and spikes["exc"].node_ids, as arrays."""

    def __init__(self, file, populations, duration_ms, notes):
        super().__init__(populations)
        #: the file, the length of the recording [ms] if the file has it, and what may have been meant otherwise
        self.file, self.duration_ms, self.notes = file, duration_ms, notes

    def to_neo(self) -> Any:
        """A neo.Block with one segment, a SpikeTrain for each neuron that fired."""
        parts = [(name, each.times_ms, each.node_ids) for name, each in self.items()]
        return neo_block(os.path.basename(self.file), parts, self.duration_ms)


class FileSpikes:
    """Spikes of one population of a file."""

    def __init__(self, times_ms, node_ids, neurons):
        #: times [ms], neurons as the file numbers them, and the size of the population if the file has it
        self.times_ms, self.node_ids, self.neurons = times_ms, node_ids, neurons

    def __len__(self):
        return len(self.times_ms)


class FileTrace:
    """One recorded variable: times_ms [ms], values[row, neuron], node_ids, population, variable, units."""

    def __init__(self, about, node_ids, values):
        self.population, self.variable, self.units = about["population"], about["variable"], about["units"]
        self.node_ids, self.values = node_ids, values
        rows = range(about["rows"])
        times = [about["start_ms"] + row * about["interval_ms"] for row in rows]
        self.times_ms = _c.numpy.asarray(times) if _c.numpy is not None else times

    def __repr__(self):
        return "<izhi.FileTrace %s of %s, %d samples of %d neurons>" % (self.variable, self.population,
                                                                       len(self.times_ms), len(self.node_ids))


def read(file: str | os.PathLike) -> Any:
    """Reads a file: spikes (.h5, .gdf, .csv and other forms) as izhi.SpikeFile, traces as a list of izhi.FileTrace, recorded
    weights (weights-NAME.h5 with h5py, weights-NAME.csv) as a dictionary, run.json and other .json as it is."""
    name = os.fsdecode(_c.file_name(file))
    base = os.path.basename(name)
    if base.endswith(".json"):
        try:
            with open(name, encoding="utf-8") as text:
                return json.load(text)
        except (OSError, ValueError) as error:
            raise Error("%s: %s" % (name, error)) from None
    if base.startswith("weights-"):
        return _weights(name)
    table = c_uint64()
    c.table_read(_c.file_name(name), byref(table))
    try:
        text = c_char_p()
        c.table_describe(table, byref(text))
        about = json.loads(text.value.decode("utf-8", "replace"))
        if about["kind"] == "spikes":
            populations = {
                each["name"]: FileSpikes(_column(table, i, b"times_ms", "float64"),
                                         _column(table, i, b"node_ids", "uint64"), each["neurons"])
                for i, each in enumerate(about["populations"])}
            return SpikeFile(name, populations, about["duration_ms"], about["notes"])
        return [FileTrace(each, _column(table, i, b"node_ids", "uint64"),
                          _c.shaped(_column(table, i, b"values", "float32"), each["rows"], each["columns"]))
                for i, each in enumerate(about["traces"])]
    finally:
        c.table_free(table)


def _column(table, number, column, kind):
    values, count = c_void_p(), c_size_t()
    c.table_column(table, number, column, byref(values), byref(count))
    return _c.copied(cast(values, _POINTERS[kind]), count.value, kind)


def _weights(name):
    """Recorded weights: source, target, delay_ms and time as arrays, data[time][synapse], and the projection."""
    if name.endswith(".h5"):
        try:
            import h5py
        except ImportError:
            raise Error("%s: reading recorded weights from HDF5 needs h5py; --format csv writes text instead"
                        % name) from None
        try:
            with h5py.File(name, "r") as opened:
                (projection, group), = opened["weights"].items()
                found = {key: group[key][()] for key in ("data", "source", "target", "delay_ms", "time")}
                return dict(found, projection=projection)
        except (OSError, KeyError, ValueError) as error:
            raise Error("%s: %s" % (name, error)) from None
    try:
        with open(name, newline="", encoding="utf-8") as text:
            rows = list(csv.DictReader(text))
        return {key: [float(row[key]) for row in rows] for key in ("time_ms", "source", "target", "delay_ms", "weight")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Error("%s: %s" % (name, error)) from None


def neo_block(name, parts, duration_ms):
    """A neo.Block. parts: (population, times_ms, neurons)."""
    try:
        import neo
        import quantities
    except ImportError:
        raise Error("to_neo() needs the package neo (Debian: python3-neo)") from None
    block, segment = neo.Block(name=name), neo.Segment(name=name)
    block.segments.append(segment)
    for population, times_ms, neurons in parts:
        by_neuron = {}
        for time, neuron in zip(times_ms, neurons):
            by_neuron.setdefault(int(neuron), []).append(float(time))
        stop = duration_ms if duration_ms is not None else max([0.0, *map(float, times_ms)])
        for neuron, times in sorted(by_neuron.items()):
            segment.spiketrains.append(neo.SpikeTrain(
                times * quantities.ms, t_start=0 * quantities.ms, t_stop=stop * quantities.ms,
                name="%s %d" % (population, neuron), population=population, neuron=neuron))
    return block
