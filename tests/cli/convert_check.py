#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""What izhi convert writes as SONATA, read by another reader: every file as the format has it, and the same spikes.

A network that SONATA can say is made into a network file again from nodes, edges and configs alone; any other one from
izhi_network.toml and its edges. Run by convert.sh in an empty folder, with IZHI naming the program.
"""
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

IZHI = os.environ["IZHI"]


def izhi(*arguments):
    done = subprocess.run([IZHI, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("failed: izhi %s: %s" % (" ".join(map(str, arguments)), done.stderr))
    return done.stdout


def check(truth, what):
    if not truth:
        sys.exit("failed: " + what)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def run(network, duration):
    result = json.loads(izhi("run", network, "--duration", duration, "--json"))
    return result["spikes"], result["spike_hash"]


class Folder:
    """An exported network."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.simulation = json.loads((self.folder / "simulation_config.json").read_text())
        self.circuit = json.loads(self.path(self.simulation["network"]).read_text())
        self.sets = json.loads(self.path(self.simulation["node_sets_file"]).read_text())
        self.nodes, self.edges = {}, {}
        for entry in self.circuit["networks"]["nodes"]:
            self.read_nodes(entry)
        for entry in self.circuit["networks"]["edges"]:
            self.read_edges(entry)

    def path(self, name):
        manifest = {**self.simulation["manifest"], **getattr(self, "circuit", {}).get("manifest", {})}
        while "$" in name:
            key, _, rest = name.partition("/")
            name = manifest[key] + "/" + rest
        return self.folder / name

    def table(self, name, key):
        with open(self.path(name), newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter=" "))
        return {int(row.pop(key)): {name: None if value == "NULL" else value for name, value in row.items()} for row in rows}

    def root(self, file):
        check(file.attrs["magic"] == 0x0A7A and file.attrs["magic"].dtype == "uint32", "magic of " + file.filename)
        check(list(file.attrs["version"]) == [0, 1], "version of " + file.filename)

    def component(self, folder, name):
        return json.loads((self.path(self.circuit["components"][folder]) / name).read_text())

    def read_nodes(self, entry):
        types = self.table(entry["node_types_file"], "node_type_id")
        with h5py.File(self.path(entry["nodes_file"]), "r") as file:
            self.root(file)
            for name, nodes in file["nodes"].items():
                size = len(nodes["node_id"])
                check(nodes["node_id"].dtype == "uint64" and nodes["node_type_id"].dtype == "int64", "types of " + name)
                check(nodes["node_id"][:].tolist() == list(range(size)), "ids of " + name)
                check(nodes["node_group_id"][:].tolist() == [0] * size, "groups of " + name)
                check(nodes["node_group_index"][:].tolist() == list(range(size)), "places of " + name)
                kinds = set(nodes["node_type_id"][:].tolist()) or set(types)  # without nodes
                check(len(kinds) == 1, "one type of " + name)
                row = types[kinds.pop()]
                params = {}
                if row["dynamics_params"]:
                    params = self.component("point_neuron_models_dir", row["dynamics_params"])
                check(self.sets[name] == {"population": name}, "the set of " + name)
                columns = {key: data[:] for key, data in nodes["0"].get("dynamics_params", {}).items()}
                places = {key: nodes["0"][key][:] for key in "xyz" if key in nodes["0"]}
                self.nodes[name] = {"size": size, "type": row, "params": params, "columns": columns, "places": places}

    def read_edges(self, entry):
        types = self.table(entry["edge_types_file"], "edge_type_id")
        with h5py.File(self.path(entry["edges_file"]), "r") as file:
            self.root(file)
            for name, edges in file["edges"].items():
                source, target = edges["source_node_id"], edges["target_node_id"]
                check(source.dtype == "uint64" and edges["edge_type_id"].dtype == "int64", "types of " + name)
                count = len(source)
                check(count > 0, "edges of " + name)
                check(edges["edge_group_id"][:].tolist() == [0] * count, "groups of " + name)
                check((edges["edge_group_index"][:] == np.arange(count)).all(), "places of " + name)
                kinds = set(edges["edge_type_id"][:].tolist())
                check(len(kinds) == 1, "one type of " + name)
                row = types[kinds.pop()]
                ends = text(source.attrs["node_population"]), text(target.attrs["node_population"])
                sources, targets = source[:].astype(np.int64), target[:].astype(np.int64)
                order = targets * (1 << 32) + sources
                check((np.diff(order) >= 0).all(), "%s is sorted by target, then source" % name)
                self.index(edges["indices/source_to_target"], sources, self.nodes[ends[0]]["size"], name)
                self.index(edges["indices/target_to_source"], targets, self.nodes[ends[1]]["size"], name)

                def values(column):
                    check((column in edges["0"]) != (row[column] is not None), "one place for %s of %s" % (column, name))
                    return edges["0"][column][:] if column in edges["0"] else np.full(count, float(row[column]))

                self.edges[entry["edges_file"], name] = {
                    "ends": ends,
                    "sources": sources,
                    "targets": targets,
                    "weights": values("syn_weight"),
                    "delays": values("delay"),
                    "model": row["model_template"],
                    "params": self.component("synaptic_models_dir", row["dynamics_params"]),
                }

    def index(self, group, ids, size, what):
        """Each node's ranges hold its edges, all of them, once."""
        of_node, ranges = group["node_id_to_range"][:], group["range_to_edge_id"][:]
        check(of_node.dtype == "int64" and of_node.shape == (size, 2) and ranges.shape[1:] == (2,), "index of " + what)
        check((group["node_id_to_ranges"][:] == of_node).all(), "both names of the index of " + what)
        found = np.full(len(ids), -1)
        for node, (first, last) in enumerate(of_node.tolist()):
            check((first, last) == (-1, -1) or 0 <= first < last <= len(ranges), "ranges of %s" % what)
            for begin, end in ranges[max(first, 0) : max(last, 0)].tolist():
                check(begin < end and (found[begin:end] == -1).all(), "ranges of %s lie apart" % what)
                found[begin:end] = node
        check((found == ids).all(), "the index of %s finds every edge" % what)


def write_synapses(path, sources, targets, weights, delays):
    with open(path, "w") as stream:
        stream.write("source,target,weight,delay_ms\n")
        for row in zip(sources.tolist(), targets.tolist(), weights.tolist(), delays.tolist()):
            stream.write("%d,%d,%r,%r\n" % row)


def by_own_text(exported, out):
    """izhi_network.toml with the synapses of the edges."""
    section = exported.simulation["izhi"]
    dt = exported.simulation["run"]["dt"]
    lines, names = exported.path(section["network_file"]).read_text().splitlines(), []
    for projection in section["projections"]:
        parts = []
        for part in projection["edges"]:
            edges = exported.edges[part["edges_file"], part["population"]]
            parts.append(
                (
                    edges["sources"] + part["source_offset"],
                    edges["targets"] + part["target_offset"],
                    edges["weights"] * part["weight_factor"],
                    edges["delays"] + part["delay_steps"] * dt,
                )
            )
        columns = [np.concatenate(column) for column in zip(*parts)] if parts else [np.zeros(0)] * 4
        write_synapses(exported.folder / (projection["name"] + ".csv"), *columns)
        at = lines.index("[projection.%s]" % projection["name"])
        lines.insert(at + 1, 'synapses_file = "%s.csv"' % projection["name"])
        names.append(projection["name"])
    check([line[12:-1] for line in lines if line.startswith("[projection.")] == names, "the projections in their order")
    path = exported.folder / out
    path.write_text("\n".join(lines) + "\n")
    return path


IZHIKEVICH = {"a": "a", "b": "b", "c": "c", "d": "d", "V_m": "v0_mv", "U_m": "u0_mv", "I_e": "bias_current"}
LEAKY = {
    "C_m": "capacitance",
    "tau_m": "tau_m_ms",
    "E_L": "e_l_mv",
    "V_th": "v_th_mv",
    "V_reset": "v_reset_mv",
    "t_ref": "refractory_ms",
    "V_m": "v0_mv",
    "I_e": "bias_current",
}


def by_meaning(exported, out):
    """A network file from what nodes, edges and inputs mean in NEST."""
    dt = exported.simulation["run"]["dt"]
    integrations = {n["params"].get("consistent_integration") for n in exported.nodes.values()} - {None}
    numerics = "forward-euler" if integrations == {True} else "published"
    lines = ["[network]", "dt_ms = %r" % dt, 'numerics = "%s"' % numerics]
    for name, nodes in exported.nodes.items():
        lines += ["[population.%s]" % name, "size = %d" % nodes["size"]]
        template, params = nodes["type"]["model_template"], dict(nodes["params"])
        if nodes["type"]["model_type"] == "virtual":
            entry = next(i for i in exported.simulation["inputs"].values() if i["node_set"] == name)
            lines += ['model = "spikes"', 'spikes_file = "%s"' % exported.path(entry["input_file"]).resolve()]
            lines += ['spikes_population = "%s"' % name]
            continue
        keys = IZHIKEVICH if template == "nest:izhikevich" else LEAKY
        if keys is LEAKY:
            lines.append('model = "lif"')
        params.pop("consistent_integration", None)
        taus = {sign: params.pop("tau_syn_" + sign, 2.0) for sign in ("ex", "in")}
        nodes["taus"] = taus
        if "V_min" in params:
            lines.append("v_min_mv = %r" % params.pop("V_min"))
        for key, value in params.items():
            lines.append("%s = %r" % (keys[key], value))
        for key, column in nodes["columns"].items():
            lines.append("%s = [%s]" % (keys[key], ", ".join(repr(value) for value in column.tolist())))
    for number, ((_, name), edges) in enumerate(exported.edges.items()):
        to = exported.nodes[edges["ends"][1]]
        template = to["type"]["model_template"]
        jump = dt if template == "nest:izhikevich" and numerics == "published" else 1.0
        current = template in ("nest:iaf_psc_exp", "nest:iaf_psc_alpha")
        for sign, chosen in (("ex", edges["weights"] >= 0), ("in", edges["weights"] < 0)):
            if not chosen.any():
                continue
            file = "%d-%s.csv" % (number, sign)
            write_synapses(
                exported.folder / file,
                edges["sources"][chosen],
                edges["targets"][chosen],
                edges["weights"][chosen] * jump,
                edges["delays"][chosen] + (dt if current else 0.0),
            )
            lines += ["[projection.%s-%s]" % (name, sign), 'source = "%s"' % edges["ends"][0]]
            lines += ['target = "%s"' % edges["ends"][1], 'rule = "explicit"', 'synapses_file = "%s"' % file]
            if current:
                kind = "exponential" if template == "nest:iaf_psc_exp" else "alpha"
                lines.append('dynamics = { type = "%s", tau_ms = %r }' % (kind, to["taus"][sign]))
            if edges["model"] == "tsodyks2_synapse":
                given = edges["params"]
                check(given["u"] == given["U"] and given["x"] == 1.0, "the start of " + name)
                form = "short_term = { utilisation = %r, tau_u_ms = %r, tau_x_ms = %r }"
                lines.append(form % (given["U"], given["tau_fac"], given["tau_rec"]))
            else:
                check(edges["model"] == "static_synapse", "the model of " + name)
    for name, entry in exported.simulation["inputs"].items():
        if entry["input_type"] != "current_clamp":
            continue
        lists = [np.atleast_1d(entry[key]).tolist() for key in ("amp", "delay", "duration")]
        for number, (amp, delay, duration) in enumerate(zip(*lists)):
            rules = exported.sets[entry["node_set"]]
            nodes = rules.get("node_id", list(range(exported.nodes[rules["population"]]["size"])))
            check(nodes == list(range(nodes[0], nodes[-1] + 1)), "neighbours")
            lines += ["[stimulus.%s-%d]" % (name, number), 'target = "%s"' % rules["population"], 'type = "dc"']
            lines += ["first = %d" % nodes[0], "count = %d" % len(nodes), "amplitude = %r" % amp]
            lines += ["start_ms = %r" % (delay + dt), "stop_ms = %r" % (delay + dt + duration)]
    path = exported.folder / out
    path.write_text("\n".join(lines) + "\n")
    return path


def round_trip(network, duration, said, *options):
    """Exports a network; it has the same spikes when it is read back. `said`: whether SONATA says all of it."""
    name = "out-%d" % round_trip.count
    round_trip.count += 1
    printed = izhi("convert", network, "--sonata", name, *options)
    exported = Folder(name)
    check(("izhi" not in exported.simulation) == said, "%s has a section of its own: %s" % (network, printed))
    spikes, expected = run(network, duration)
    check(spikes > 20, "spikes of %s" % network)
    again = (by_meaning if said else by_own_text)(exported, "again.toml")
    check(run(again, duration) == (spikes, expected), "the spikes of %s" % network)
    print("%s: %d spikes, %d edge populations" % (network, spikes, len(exported.edges)))
    return exported, printed


round_trip.count = 0

# SONATA says all of these.
CELLS = """
[network]
name = "cells"
seed = 5
dt_ms = 0.1
numerics = "%s"
[population.exc]
size = 40
cell = "excitatory-2003"
bias_current = { uniform = [4, 8] }
position = { grid = [8, 5], spacing_mm = 0.05 }
[population.inh]
size = 10
cell = "FS"
bias_current = 4.0
v_min_mv = -80.0
[population.delta]
size = 8
model = "lif"
bias_current = { uniform = [400, 500] }
v0_mv = { uniform = [-69, -60] }
v_min_mv = -75.0
[population.exponential]
size = 9
model = "lif"
bias_current = 300.0
refractory_ms = 1.96
[population.alpha]
size = 5
model = "lif"
bias_current = 300.0
[population.retina]
size = 3
model = "spikes"
times_ms = [[10, 30.1], [], [50, 20, 120]]
[projection.recurrent]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 8
weight = { uniform = [0.5, 3.0] }
delay_ms = { uniform = [0.5, 10] }
[projection.twice]
source = "exc"
target = "exc"
target_first = 10
target_count = 20
source_first = 3
rule = "pairwise-poisson"
mean = 0.1
weight = { uniform = [-2, 2] }
[projection.inhibition]
source = "inh"
target = "exc"
rule = "fixed-probability"
probability = 0.3
weight = -2.5
delay_ms = 1.5
[projection.by-hand]
source = "exc"
target = "inh"
rule = "explicit"
synapses = [[0, 5, 4.5, 1.0], [39, 5, 3.0, 12.0], [0, 5, 1.5, 1.0], [7, 0, 8.0, 3.0]]
[projection.to-delta]
source = "exc"
target = "delta"
rule = "fixed-indegree"
indegree = 5
weight = 2.0
delay_ms = { uniform = [1, 4] }
short_term = { utilisation = 0.5, tau_u_ms = 20, tau_x_ms = 300 }
[projection.to-exponential]
source = "exc"
target = "exponential"
rule = "fixed-indegree"
indegree = 5
weight = 400.0
delay_ms = { uniform = [1, 4] }
dynamics = { type = "exponential", tau_ms = 3.0 }
[projection.exponential-inhibition]
source = "inh"
target = "exponential"
rule = "all-to-all"
weight = { uniform = [-300, 0] }
delay_ms = 0.2
dynamics = { type = "exponential", tau_ms = 7.0 }
[projection.to-alpha]
source = "retina"
target = "alpha"
rule = "all-to-all"
weight = { uniform = [-100, 600] }
delay_ms = 1
dynamics = { type = "alpha", tau_ms = 1.5 }
[projection.nothing]
source = "exc"
target = "inh"
rule = "fixed-probability"
probability = 0
weight = 1
[stimulus.push]
target = "exc"
first = 5
count = 10
type = "step"
amplitude = 3.5
start_ms = 40
[stimulus.beat]
target = "inh"
type = "pulses"
amplitude = 5.5
start_ms = 20
width_ms = 5
period_ms = 25
pulses = 4
[trace.few]
population = "exc"
neurons = [3, 0, 19]
interval_ms = 0.5
[trace.inh]
population = "inh"
neurons = { count = 10 }
report = "two"
start_ms = 10
stop_ms = 90
[trace.delta]
population = "delta"
neurons = [1]
report = "two"
start_ms = 10
stop_ms = 90
"""


def complete_networks():
    for numerics, integration in (("published", False), ("forward-euler", True)):
        Path("cells.toml").write_text(CELLS % numerics)
        exported, printed = round_trip("cells.toml", "200ms", True, "--duration", "250ms")
        check(len(printed.splitlines()) == 1, "nothing is unseen: " + printed)
        nodes = exported.nodes
        check(nodes["exc"]["params"]["consistent_integration"] is integration, "consistent_integration")
        templates = {name: n["type"]["model_template"] for name, n in nodes.items()}
        models = {"exc": "izhikevich", "inh": "izhikevich", "delta": "iaf_psc_delta", "exponential": "iaf_psc_exp"}
        expected = {**{name: "nest:" + model for name, model in models.items()}, "alpha": "nest:iaf_psc_alpha", "retina": None}
        check(templates == expected, "templates: %s" % templates)
        check(nodes["retina"]["type"]["model_type"] == "virtual", "virtual nodes")
        params = nodes["exponential"]["params"]
        check((params["tau_syn_ex"], params["tau_syn_in"], params["t_ref"]) == (3.0, 7.0, 2.0), "constants: %s" % params)
        check(np.allclose(nodes["exc"]["places"]["x"][:9], [25, 75, 125, 175, 225, 275, 325, 375, 25]), "places in um")
        check(nodes["exc"]["params"]["a"] == 0.02 and "a" not in nodes["exc"]["columns"], "numbers as they were written")
        ends = {name: edges["ends"] for (_, name), edges in exported.edges.items()}
        check("exc_to_exc_twice" in ends and ends["exc_to_exc"] == ("exc", "exc"), "names of edges: %s" % list(ends))
        check(not any(file.endswith("nothing_edges.h5") for file, _ in exported.edges), "no file without edges")
        by_name = {name: edges for (_, name), edges in exported.edges.items()}
        check(set(by_name["inh_to_exc"]["weights"]) == {-2.5 / (0.1 if numerics == "published" else 1.0)}, "NEST's weight")
        check(set(by_name["inh_to_exponential"]["delays"]) == {0.1}, "NEST's delay")
        run_section = exported.simulation["run"]
        check(run_section == {"tstop": 250.0, "dt": 0.1}, "run")
        reports = exported.simulation["reports"]
        check(exported.sets[reports["few"]["cells"]] == {"population": "exc", "node_id": [0, 3, 19]}, "a set of nodes")
        check(reports["few"]["variable_name"] == "V_m" and reports["few"]["end_time"] == 250.0, "a report of the whole run")
        two = reports["two"]
        check(two["cells"] == ["inh", "delta-nodes"] and exported.sets["delta-nodes"]["node_id"] == [1], "a report of two populations")
        check((two["start_time"], two["end_time"], two["file_name"]) == (10.0, 90.0, "two.h5"), "a window: %s" % two)
        check(reports["few"]["dt"] == 0.5 and reports["few"]["file_name"] == "few.h5", "a report")
        with h5py.File(exported.path(exported.simulation["inputs"]["retina-spikes"]["input_file"]), "r") as file:
            exported.root(file)
            spikes = file["spikes/retina"]
            check(spikes["timestamps"][:].tolist() == [10, 20, 30.1, 50, 120], "times of input")
            check(spikes["node_ids"][:].tolist() == [0, 2, 0, 2, 2], "nodes of input")


# What SONATA has no word for.
UNSEEN = """
[network]
numerics = "euler"
[population.exc]
size = 30
cell = "RS"
noise_stddev = 6.0
[population.nine]
size = 5
cell = "RS-2007"
bias_current = 200
[population.leaky]
size = 5
model = "lif"
bias_current = 500
v_reset_mv = { uniform = [-70, -60] }
[population.poisson]
size = 5
model = "poisson"
rate_hz = 30
[population.nobody]
size = 0
[projection.ampa]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 5
weight = 0.01
dynamics = { type = "ampa" }
[projection.fast]
source = "exc"
target = "leaky"
rule = "fixed-outdegree"
outdegree = 2
weight = 100
delay_ms = { uniform = [2, 3] }
dynamics = { type = "exponential", tau_ms = 1 }
[projection.slow]
source = "poisson"
target = "leaky"
rule = "fixed-outdegree"
outdegree = 2
weight = 100
dynamics = { type = "exponential", tau_ms = 4 }
[projection.learns]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 5
weight = { uniform = [0, 4] }
plasticity = { rule = "pair", a_plus = 0.5 }
[projection.triplet]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 2
weight = 2
plasticity = { rule = "triplet", set = "hippocampus" }
[stimulus.early]
target = "exc"
type = "dc"
amplitude = 2
[stimulus.sine]
target = "nine"
type = "sine"
amplitude = 50
frequency_hz = 10
[trace.u]
population = "exc"
neurons = [0]
variables = ["v", "u"]
[weights.learns]
projection = "learns"
[record]
spikes = ["exc"]
"""
SAID = (
    "numerics: euler",
    "exc.noise_stddev: the noise",
    "nine.model: nine-parameter",
    "leaky.v_reset_mv: ",
    "poisson.model: Poisson",
    "nobody: it has no neurons",
    "ampa.dynamics: conductance",
    "slow.dynamics.tau_ms: onto leaky",
    "slow.delay_ms: a delay of one step",
    "learns.plasticity: a delay that is not dendritic",
    "triplet.plasticity: a rule other than pairs",
    "stimulus.early: a current clamp begins",
    "stimulus.sine: SONATA has no such input",
    "trace.u: u;",
    "weights.learns: ",
    "record.spikes: ",
)


def unseen_networks():
    Path("unseen.toml").write_text(UNSEEN)
    exported, printed = round_trip("unseen.toml", "300ms", False)
    lines = printed.splitlines()
    for line in SAID:
        check(sum(line in said for said in lines) == 1, "one line of output has %r: %s" % (line, printed))
    check(exported.nodes["nine"]["type"]["model_template"] == "izhi:nine-parameter", "a model of izhi's")
    # A rule that is NEST's: its parameters, whatever else is unseen.
    Path("stdp.toml").write_text(
        UNSEEN.replace('"pair", a_plus = 0.5', '"pair", a_plus = 0.5, a_minus = 0.25, tau_minus_ms = 30, dendritic_delay_ms = 1, dependence = "multiplicative"')
    )
    exported, printed = round_trip("stdp.toml", "300ms", False)
    check("learns.plasticity" not in printed, "NEST's rule is seen")
    (learns,) = (edges for (file, _), edges in exported.edges.items() if file.endswith("learns_edges.h5"))
    expected = {"tau_plus": 20.0, "lambda": 0.05, "alpha": 0.5, "mu_plus": 1.0, "mu_minus": 1.0, "Wmax": 10.0}
    check(learns["model"] == "stdp_synapse" and learns["params"] == expected, "parameters of learning: %s" % learns["params"])
    check(exported.nodes["exc"]["params"]["tau_minus"] == 30.0, "tau_minus is the cell's")


FINE = """
[network]
seed = 3
[population.exc]
size = 60
cell = "RS"
bias_current = { uniform = [4, 9] }
[projection.fine]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 20
weight = { uniform = [0.9995, 1.0005] }
delay_ms = { uniform = [1, 10] }
"""

if __name__ == "__main__":
    complete_networks()
    unseen_networks()
    for builtin in ("cuba", "polychrony", "synfire", "distal-reward"):
        round_trip(builtin, "200ms", False)
    # Weights so even that they need 32 bits: a list of them would be rounded to 16.
    Path("fine.toml").write_text(FINE)
    round_trip("fine.toml", "1s", False)
    print("h5py", h5py.__version__, "reads what izhi convert writes")
