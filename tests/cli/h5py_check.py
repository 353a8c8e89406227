#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Another reader reads what we record: the SONATA files of a run against the csv files of the same run.

Run by h5py_check.sh in an empty folder, with IZHI naming the program.
"""
import csv
import os
import subprocess
import sys

import h5py

NETWORK = """
[network]
name = "h5py"
dt_ms = 0.5
[population.exc]
size = 80
cell = "excitatory-2003"
noise_stddev = 5.0
[population.silent]
size = 3
[population.inh]
size = 20
cell = "inhibitory-2003"
noise_stddev = 4.0
[projection.ampa]
source = "exc"
target = "inh"
rule = "fixed-indegree"
indegree = 10
weight = 0.02
dynamics = { type = "ampa" }
[trace.some]
population = "inh"
neurons = [3, 0, 19]
variables = ["v", "u", "current", "excitatory", "conductance"]
projection = "ampa"
interval_ms = 1.0
"""


def run(form):
    command = [os.environ["IZHI"], "run", "net.toml", "--duration", "500ms", "--out", form, "--format", form, "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def check(truth, what):
    if not truth:
        sys.exit("failed: " + what)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def check_root(file):
    check(file.attrs["magic"] == 0x0A7A and file.attrs["magic"].dtype == "uint32", "magic")
    check(list(file.attrs["version"]) == [0, 1] and file.attrs["version"].dtype == "uint32", "version")


def check_spikes():
    with open("csv/spikes.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    check(len(rows) > 20, "there are spikes to compare")
    with h5py.File("sonata/spikes.h5", "r") as file:
        check_root(file)
        check(sorted(file["spikes"]) == ["exc", "inh", "silent"], "every population has its group")
        for name, group in file["spikes"].items():
            sorting = group.attrs.get_id("sorting").dtype
            check(h5py.check_enum_dtype(sorting) == {"none": 0, "by_id": 1, "by_time": 2}, "sorting is an enumeration")
            check(group.attrs["sorting"] == 2, "sorted by time")
            times, ids = group["timestamps"], group["node_ids"]
            check(times.dtype == "float64" and ids.dtype == "uint64", "types")
            check(text(times.attrs["units"]) == "ms", "units of " + name)
            expected = [(float(row["time_ms"]), int(row["neuron"])) for row in rows if row["population"] == name]
            check(list(zip(times[:].tolist(), ids[:].tolist())) == expected, "spikes of " + name)


def check_traces():
    import numpy

    with open("csv/trace-some.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    check(len(rows) == 500, "a sample every ms")
    for variable, units, projection in (
        ("v", "mV", ""),
        ("u", "mV", ""),
        ("current", "mV/ms", ""),
        ("excitatory", "mV/ms", ""),
        ("conductance", "1/ms", "ampa"),
    ):
        with h5py.File("sonata/trace-some-%s.h5" % variable, "r") as file:
            check_root(file)
            report = file["report/inh"]
            mapping = report["mapping"]
            check(report["data"].dtype == "float32", "type of data")
            check(text(report["data"].attrs["units"]) == units, "units of " + variable)
            check(text(report["data"].attrs.get("projection", "")) == projection, "projection of " + variable)
            check(text(mapping["time"].attrs["units"]) == "ms", "units of time")
            check(mapping["node_ids"][:].tolist() == [3, 0, 19], "node_ids")
            check(mapping["index_pointers"][:].tolist() == [0, 1, 2, 3], "index_pointers")
            check(mapping["element_ids"][:].tolist() == [0, 0, 0], "element_ids")
            start, stop, interval = mapping["time"][:].tolist()
            check(start == float(rows[0]["time_ms"]) and interval == 1.0 and stop == start + len(rows), "time")
            ending = variable + ("." + projection if projection else "")
            columns = ["inh.%d.%s" % (neuron, ending) for neuron in (3, 0, 19)]
            expected = numpy.array([[numpy.float32(row[column]) for column in columns] for row in rows])
            check(expected.any(), "something happens to " + variable)
            check(numpy.array_equal(report["data"][:], expected), "samples of " + variable)


with open("net.toml", "w") as stream:
    stream.write(NETWORK)
run("sonata")
run("csv")
check_spikes()
check_traces()
print("h5py", h5py.__version__, "reads what we record")
