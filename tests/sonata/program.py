# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Running izhi on a network and reading what it wrote: what check_sonata.py and hostile.py share."""
import subprocess
import sys
from pathlib import Path

try:
    import h5py
    import numpy
except ImportError as missing:
    print("skipped: %s (Debian: python3-h5py, python3-numpy)" % missing, file=sys.stderr)
    sys.exit(77)

SKIPPED = 77
LIMIT_S = 60  # no command of these tests takes longer; what hangs is killed


class Program:
    """The izhi program."""

    def __init__(self, path):
        self.path = str(Path(path).resolve())

    def run(self, *arguments, folder=None, limit=LIMIT_S):
        """Exit code (negative: a signal; None: killed after `limit` seconds), stdout, stderr."""
        try:
            done = subprocess.run(
                [self.path, *map(str, arguments)],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            return None, "", ""
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def read_spikes(path, dt):
    """{population: [(node id, step)]} in the order of the file; times must be whole steps."""
    found = {}
    with h5py.File(path, "r") as file:
        assert file.attrs["magic"] == 0x0A7A and list(file.attrs["version"]) == [0, 1], "root attributes of %s" % path
        for name, group in file["spikes"].items():
            times, nodes = group["timestamps"][:], group["node_ids"][:]
            assert text(group["timestamps"].attrs["units"]) == "ms"
            steps = numpy.round(times / dt)
            assert numpy.allclose(steps * dt, times, rtol=0, atol=1e-6), "a time that is not a whole step"
            found[name] = list(zip(nodes.tolist(), steps.astype(int).tolist()))
    return found


def sorting(path, population):
    """The name of the order that the file claims for its spikes."""
    with h5py.File(path, "r") as file:
        group = file["spikes"][population]
        names = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
        return next(name for name, number in names.items() if number == group.attrs["sorting"])


def read_report(path):
    """{population: (node ids, times, data)} of a report; one value for each node."""
    found = {}
    with h5py.File(path, "r") as file:
        assert file.attrs["magic"] == 0x0A7A
        for name, group in file["report"].items():
            start, stop, interval = group["mapping/time"][:].tolist()
            data = group["data"][:]
            nodes = group["mapping/node_ids"][:].tolist()
            assert group["mapping/index_pointers"][:].tolist() == list(range(len(nodes) + 1))
            times = start + interval * numpy.arange(len(data))
            assert abs(times[-1] + interval - stop) < 1e-6 * interval, "stop of %s" % path
            found[name] = (nodes, times, data)
    return found
