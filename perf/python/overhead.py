#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""What Python adds: perf/python/overhead.py [BUILD_FOLDER], with the build folder as it is after tests/run.

Runs a second of cortex-10k by turns in Python and in the program, and prints the ratio of their times; the time of a step() of ten neurons;
and the time to make a network of a million synapses from numpy arrays."""
import json
import pathlib
import statistics
import subprocess
import sys
import time

build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "build")
if not (build / "python" / "izhi").is_dir():
    sys.exit("perf/python/overhead.py: %s has no Python module; give a build folder after tests/run" % build)
sys.path.insert(0, str(build / "python"))
import izhi  # noqa: E402

PAIRS, SECONDS = 81, 1


def of_program(threads):
    done = subprocess.run([build / "bin" / "izhi", "run", "cortex-10k", "--json", "--quiet", "--duration",
                           "%ds" % SECONDS, "--threads", str(threads)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.decode())["run_s"]


def of_python(threads):
    with izhi.load("cortex-10k").simulate(threads=threads) as sim:
        begin = time.perf_counter()
        sim.run(1000 * SECONDS)
        return time.perf_counter() - begin


for threads in (1, 2):
    ratios, best = [], {of_python: float("inf"), of_program: float("inf")}
    for pair in range(PAIRS):
        first, second = (of_python, of_program) if pair % 2 else (of_program, of_python)
        times = {first: first(threads)}
        times[second] = second(threads)
        ratios.append(times[of_python] / times[of_program])
        best = {which: min(best[which], times[which]) for which in times}
    quarters = statistics.quantiles(ratios, n=4)
    print("sim.run(%d) of cortex-10k, %d thread(s): time over that of the program, which records no spikes: median of %d pairs"
          " %.3f (quartiles %.3f to %.3f), best over best %.3f"
          % (1000 * SECONDS, threads, PAIRS, quarters[1], quarters[0], quarters[2], best[of_python] / best[of_program]))

net = izhi.Network()
net.population("few", 10)
with net.simulate(record=False) as sim:
    best = float("inf")
    for _ in range(30):
        begin = time.perf_counter()
        for _ in range(2000):
            sim.step()
        best = min(best, (time.perf_counter() - begin) / 2000)
    print("step() of 10 neurons: %.2f us" % (best * 1e6))

try:
    import numpy
except ImportError:
    sys.exit("a million synapses: needs numpy")
rng = numpy.random.default_rng(1)
sources, targets = rng.integers(0, 10000, 10**6), rng.integers(0, 10000, 10**6)
weights = rng.uniform(0, 1, 10**6)
best = float("inf")
for _ in range(5):
    begin = time.perf_counter()
    net = izhi.Network()
    cells = net.population("cells", 10000, cell="RS")
    net.synapses(cells, cells, sources, targets, weight=weights)
    net.simulate().close()
    best = min(best, time.perf_counter() - begin)
print("a million synapses from numpy, wired: %.3f s" % best)
