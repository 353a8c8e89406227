#!/usr/bin/python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""The 2003 networks in Brian2. Writes a C++ program to FOLDER and compiles it. perf/compare/run calls this.

    brian2_cortex.py NETWORK SECONDS FOLDER        prints one JSON object with versions and flags

The program draws a new seed in each run. Brian2 has the settings of its users: C++ standalone, one thread, default
compiler flags. The precision is single, since izhi and the plain program compute in it too.
"""
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")  # Debian's pythran warns when it is imported, about nothing that is used here
import brian2 as b2  # noqa: E402

# neurons, targets per neuron (0: all neurons), factor of the paper's weights
RECIPES = {
    "cortex-1k": (1_000, 0, 1.0),
    "cortex-10k": (10_000, 100, 6.5),
    "cortex-100k": (100_000, 100, 6.5),
    "storm-10k": (10_000, 100, 10.0),
}

# Brian2's order within a step is groups, thresholds, synapses, resets. The update is in the slot of the groups. A spike
# at the threshold then adds its weights to `I` in the same step, and the update of the next step is the first to use
# them. This is the delay of one step of the published program. With a synaptic delay of 1 ms it would be two steps.
UPDATE = """
input_now = I + sigma * randn()
v += 0.5 * (0.04 * v * v + 5.0 * v + 140.0 - u + input_now)
v += 0.5 * (0.04 * v * v + 5.0 * v + 140.0 - u + input_now)
u += a * (b * v - u)
I = 0.0
"""

# Code for the generated program: Brian2 reports the time of the run, but not that of the build, and not the memory.
CLOCK = """
{ timespec now; clock_gettime(CLOCK_MONOTONIC, &now);
  std::ofstream("%s.txt") << std::fixed << now.tv_sec + 1e-9 * now.tv_nsec << std::endl; }
"""
MEMORY = """
{ std::ifstream status("/proc/self/status"); std::ofstream copy("memory.txt"); copy << status.rdbuf(); }
"""


def build(network, seconds, folder):
    neurons, outdegree, scale = RECIPES[network]
    exc_count = neurons // 5 * 4
    b2.prefs.core.default_float_dtype = b2.float32
    b2.set_device("cpp_standalone", build_on_run=False, directory=folder)
    b2.defaultclock.dt = 1 * b2.ms

    group = b2.NeuronGroup(
        neurons,
        "v : 1\nu : 1\nI : 1\na : 1 (constant)\nb : 1 (constant)\nc : 1 (constant)\nd : 1 (constant)\n"
        "r : 1 (constant)\nsigma : 1 (constant)",
        threshold="v >= 30.0", reset="v = c\nu += d", name="neurons")
    group.run_regularly(UPDATE, when="groups", name="update")
    exc, inh = group[:exc_count], group[exc_count:]

    group.r = "rand()"
    exc.a, exc.b, exc.c, exc.d, exc.sigma = 0.02, 0.2, "-65.0 + 15.0 * r * r", "8.0 - 6.0 * r * r", 5.0
    inh.a, inh.b, inh.c, inh.d, inh.sigma = "0.02 + 0.08 * r", "0.25 - 0.05 * r", -65.0, 2.0, 2.0
    group.v = -65.0
    group.u = "b * v"

    projections = []
    for source, weight in ((exc, f"{0.5 * scale} * rand()"), (inh, f"{-scale} * rand()")):
        synapses = b2.Synapses(source, group, "w : 1 (constant)", on_pre="I_post += w",
                                delay=0 * b2.ms)  # a single delay saves four bytes per synapse in Brian2
        if outdegree == 0:
            synapses.connect()
        else:
            synapses.connect(j=f"int(rand() * N_post) for _ in range({outdegree})")
        synapses.w = weight
        projections.append(synapses)
    spikes = b2.SpikeMonitor(group, name="spikes")

    device = b2.get_device()
    device.insert_code("before_start", CLOCK % "start")
    device.insert_code("before_network_run", CLOCK % "run")
    device.insert_code("after_end", MEMORY)
    b2.Network(group, *group.contained_objects, *projections, spikes).run(seconds * b2.second)
    device.build(directory=folder, compile=True, run=False)


def main():
    network, seconds, folder = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    start = time.monotonic()
    build(network, seconds, folder)
    print(json.dumps({
        "version": b2.__version__,
        "flags": " ".join(b2.prefs["codegen.cpp.extra_compile_args_gcc"]),
        "compile_s": time.monotonic() - start,
    }))


main()
