# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""SONATA networks on disk, written with h5py from a short description.

A Network says what the network is: populations of nodes and of edges with their types and columns, inputs, reports.
Its Form says how that is written: one config or two, which kind of manifest, how the tables are separated, which
numbers the HDF5 files hold, and so on. Every form of a network is the same network, so every form must give the same
spikes. `write` writes the files; `resolve` gives the cells, synapses and inputs that they mean, for the reference.
"""
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import h5py
import numpy as np

MAGIC = 0x0A7A


@dataclass
class Group:
    """Rows of a population that share columns. `params` are its dynamics_params; columns named in `library` are texts
    that are written as numbers of an explicit enumeration (@library)."""

    rows: Any
    columns: dict = field(default_factory=dict)
    params: dict = field(default_factory=dict)
    library: tuple = ()


@dataclass
class Nodes:
    """A node population. `types`: the attributes of each node_type_id, where dynamics_params is a dictionary (a JSON
    file) and None is NULL. `ids` None: node_id is absent, and nodes are counted from 0."""

    name: str
    types: dict
    type_of: Any
    ids: Any = None
    groups: Any = None

    def __post_init__(self):
        self.type_of = np.asarray(self.type_of)
        if self.groups is None:
            self.groups = [Group(np.arange(len(self.type_of)))]

    def node_ids(self):
        """The node_id of each row."""
        return np.arange(len(self.type_of)) if self.ids is None else np.asarray(self.ids)


@dataclass
class Edges:
    """An edge population. `pairs`: node ids of source and target. `order`: how the file sorts the edges (target,
    source, none). `indices`: which are written (both, source, target, or nothing)."""

    source: str
    target: str
    pairs: Any
    types: dict
    type_of: Any
    groups: Any = None
    order: str = "target"
    indices: str = "both"
    name: Optional[str] = None

    def __post_init__(self):
        self.pairs = np.asarray(self.pairs, dtype=np.int64).reshape(-1, 2)
        self.type_of = np.asarray(self.type_of)
        self.name = self.name or "%s_to_%s" % (self.source, self.target)
        if self.groups is None:
            self.groups = [Group(np.arange(len(self.pairs)))]


@dataclass
class Spikes:
    """An input of spikes: the times of each node of a virtual population. `form`: h5, h5-old, h5-units-s or csv."""

    population: str
    trains: dict
    form: str = "h5"
    node_set: Any = None


@dataclass
class Clamp:
    """A current clamp on a node set: numbers, or lists of equal length."""

    node_set: Any
    amp: Any
    delay: Any
    duration: Any


@dataclass
class Form:
    """How a network is written. The defaults are those of Allen's own files."""

    config: str = "two"  # two: circuit and simulation; one: all in one file; three: a file that names both
    manifest: str = "plain"  # plain, braces, configdir, dots, bare, absolute, prefix, undollared
    circuit_folder: str = ""  # where circuit_config.json lies, below the folder of the simulation config
    csv: str = "plain"  # plain, wide, quoted
    files: str = "each"  # each population in a file of its own; together: one nodes file, one edges file
    numbers: str = "wide"  # wide: 64 bits; narrow: 32 bits and fewer; odd: big-endian, chunked and compressed
    texts: str = "variable"  # variable or fixed length
    root: bool = True  # whether magic and version are there
    index_name: str = "node_id_to_range"  # or node_id_to_ranges
    index_group: str = "indices"  # or indicies, as old files have it
    group_index: str = "straight"  # straight or shuffled
    types_files: bool = True  # False: no types tables; all attributes are columns of groups, type ids are -1
    types_population: bool = False  # a column `population` in the tables
    queries: bool = True  # columns that people keep in tables: target_query, source_query, pop_name
    positions: bool = False  # x, y, z and rotations in the groups
    empty_group: bool = False  # a group without rows beside the others
    disabled: bool = False  # entries with "enabled": false that name what does not exist


@dataclass
class Network:
    nodes: list
    edges: list
    dt: float
    tstop: float
    spikes: list = field(default_factory=list)
    clamps: list = field(default_factory=list)
    node_sets: dict = field(default_factory=dict)
    reports: dict = field(default_factory=dict)
    output: dict = field(default_factory=dict)
    run: dict = field(default_factory=dict)
    form: Form = field(default_factory=Form)

    def population(self, name):
        return next(nodes for nodes in self.nodes if nodes.name == name)


# What a description means ---------------------------------------------------------------------------------------------


def attributes(population, key_of_types):
    """The attributes of each row: of its group, else of its type. dynamics_params are merged key by key."""
    rows = []
    for type_id in population.type_of:
        attributes_of_type = population.types.get(int(type_id), {})
        row = {key: value for key, value in attributes_of_type.items() if value is not None}
        row["dynamics_params"] = dict(row.get("dynamics_params", {}))
        row[key_of_types] = int(type_id)
        rows.append(row)
    for group in population.groups:
        for place, row in enumerate(group.rows):
            for name, column in group.columns.items():
                rows[row][name] = column[place]
            for name, column in group.params.items():
                rows[row]["dynamics_params"][name] = column[place]
    return rows


def resolve(network):
    """The network as plain lists, for the reference:
    cells: (population, node id, model, parameters); edges: dictionaries; spikes: {(population, id): times};
    clamps: (set of (population, id), amp, delay, duration)."""
    cells, virtual = [], []
    for nodes in network.nodes:
        for node_id, row in zip(nodes.node_ids(), attributes(nodes, "node_type_id")):
            key = (nodes.name, int(node_id))
            if row["model_type"] == "virtual":
                virtual.append(key)
            else:
                cells.append((key, row["model_template"], row["dynamics_params"]))
    models = {key: model for key, model, _ in cells}
    edges = []
    for population in network.edges:
        for (source, target), row in zip(population.pairs, attributes(population, "edge_type_id")):
            weight = float(row["syn_weight"]) * float(row.get("nsyns", 1))
            params = row["dynamics_params"]
            to = (population.target, int(target))
            if models[to] == "nrn:IntFire1":
                weight *= params.get("sign", 1)
            synapse = (row.get("model_template") or "static_synapse").replace("nest:", "")
            edges.append(
                {
                    "source": (population.source, int(source)),
                    "target": to,
                    "weight": weight,
                    "delay": float(row["delay"]),
                    "synapse": synapse,
                    "params": params,
                }
            )
    spikes = {}
    for given in network.spikes:
        for node_id, times in given.trains.items():
            spikes.setdefault((given.population, int(node_id)), []).extend(float(time) for time in times)
    clamps = []
    for clamp in network.clamps:
        where = select(network, clamp.node_set) & set(models)
        listed = (np.atleast_1d(value) for value in (clamp.amp, clamp.delay, clamp.duration))
        clamps += [(where, float(amp), float(delay), float(duration)) for amp, delay, duration in zip(*listed)]
    return {
        "cells": cells,
        "virtual": virtual,
        "edges": edges,
        "spikes": spikes,
        "clamps": clamps,
        "dt": network.dt,
        "tstop": network.tstop,
    }


def select(network, node_set):
    """The nodes (population, id) of a node set: a name, or an object of rules."""
    if isinstance(node_set, str):
        if node_set in network.node_sets:
            return select(network, network.node_sets[node_set])
        return select(network, {"population": node_set})
    if isinstance(node_set, list):
        return set().union(*(select(network, name) for name in node_set))
    chosen = set()
    for nodes in network.nodes:
        for node_id, row in zip(nodes.node_ids(), attributes(nodes, "node_type_id")):
            row = dict(row, population=nodes.name, node_id=int(node_id))
            if all(row.get(key) in (value if isinstance(value, list) else [value]) for key, value in node_set.items()):
                chosen.add((nodes.name, int(node_id)))
    return chosen


# Files ----------------------------------------------------------------------------------------------------------------


class Writer:
    """Writes one network into one folder."""

    def __init__(self, network, folder):
        self.network, self.form, self.folder = network, network.form, Path(folder)
        self.circuit = self.folder / self.form.circuit_folder
        self.random = np.random.default_rng(1234)

    # Numbers and texts in HDF5.

    def dataset(self, parent, name, values, kind):
        """A data set. kind: id (not negative), type (may be -1), whole, real or text."""
        values = np.asarray(values)
        if kind == "text":
            if self.form.texts == "fixed":
                encoded = [str(value).encode() for value in values]
                width = max([len(value) for value in encoded] + [1])
                return parent.create_dataset(name, data=np.array(encoded, dtype="S%d" % width))
            return parent.create_dataset(name, data=[str(value) for value in values], dtype=h5py.string_dtype())
        wide = {"id": "<u8", "type": "<i8", "whole": "<i8", "real": "<f8"}
        narrow = {"id": "<u4", "type": "<i4", "whole": "<u2", "real": "<f4"}
        odd = {"id": ">i8", "type": ">i4", "whole": ">i2", "real": ">f8"}
        dtype = {"wide": wide, "narrow": narrow, "odd": odd}[self.form.numbers][kind]
        if self.form.numbers == "odd" and len(values):
            return parent.create_dataset(
                name,
                data=values.astype(dtype),
                chunks=(max(1, len(values) // 3),) + values.shape[1:],
                compression="gzip",
                shuffle=True,
            )
        return parent.create_dataset(name, data=values.astype(dtype))

    def root(self, file):
        if self.form.root:
            file.attrs["magic"] = np.uint32(MAGIC)
            file.attrs["version"] = np.array([0, 1], dtype=np.uint32)

    def columns(self, parent, group, length):
        """The columns of a group, its dynamics_params and its enumerations."""
        for name, column in group.columns.items():
            column = list(column)
            if name in group.library:
                words = sorted({str(value) for value in column})
                self.dataset(parent, name, [words.index(str(value)) for value in column], "whole")
                self.dataset(parent.require_group("@library"), name, words, "text")
            elif column and isinstance(column[0], str):
                self.dataset(parent, name, column, "text")
            else:
                whole = np.issubdtype(np.asarray(column).dtype, np.integer)
                self.dataset(parent, name, column, "whole" if whole else "real")
        if group.params:
            params = parent.create_group("dynamics_params")
            for name, column in group.params.items():
                if np.asarray(column).dtype == bool:
                    params.create_dataset(name, data=np.asarray(column, dtype=np.int8))
                else:
                    self.dataset(params, name, column, "real")
        if self.form.positions and "x" not in group.columns:
            for name in ("x", "y", "z", "rotation_angle_yaxis"):
                self.dataset(parent, name, np.linspace(0, 1, length), "real")

    def groups(self, parent, population, order, prefix):
        """node_group_id and node_group_index (or edge_), and the groups. `order`: the row of each row of the file."""
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        ids, index = np.zeros(len(order), dtype=np.int64), np.zeros(len(order), dtype=np.int64)
        for number, group in enumerate(population.groups):
            rows = np.asarray(group.rows, dtype=np.int64)
            ranks = np.argsort(np.argsort(place[rows], kind="stable"), kind="stable")
            if self.form.group_index == "shuffled":
                ranks = self.random.permutation(len(rows))
            ids[place[rows]], index[place[rows]] = number, ranks
            stored = np.empty(len(rows), dtype=np.int64)
            stored[ranks] = np.arange(len(rows))
            sorted_group = Group(
                rows,
                {name: [column[i] for i in stored] for name, column in group.columns.items()},
                {name: [column[i] for i in stored] for name, column in group.params.items()},
                group.library,
            )
            self.columns(parent.create_group(str(number)), sorted_group, len(rows))
        if self.form.empty_group:
            self.dataset(parent.create_group(str(len(population.groups))), "unused", [], "real")
        self.dataset(parent, prefix + "_group_id", ids, "whole")
        self.dataset(parent, prefix + "_group_index", index, "id")

    def typed(self, population, skipped=()):
        """The population as it is written: without types tables, the attributes of types become columns of the
        groups."""
        if self.form.types_files:
            return population, population.type_of
        groups = []
        for group in population.groups:
            columns, params = dict(group.columns), dict(group.params)
            rows = [population.types[int(population.type_of[row])] for row in group.rows]
            for name in sorted({name for row in rows for name in row if name != "dynamics_params"}):
                values = [row.get(name) for row in rows]
                if set(values) == {"static_synapse"}:
                    continue  # the default
                if name not in columns and all(value is not None for value in values):
                    columns[name] = values
            for name in sorted({name for row in rows for name in (row.get("dynamics_params") or {})}):
                values = [(row.get("dynamics_params") or {}).get(name) for row in rows]
                if name not in params:
                    assert all(value is not None for value in values), "%s is not of all rows of a group" % name
                    params[name] = values
            library = tuple(name for name, column in columns.items() if isinstance(column[0], str))
            groups.append(Group(group.rows, columns, params, library))
        changed = type(population)(**{**population.__dict__, "groups": groups})
        return changed, np.full(len(population.type_of), -1)

    def write_nodes(self, file, nodes):
        parent = file.create_group("nodes/" + nodes.name)
        written, type_of = self.typed(nodes)
        if nodes.ids is not None:
            self.dataset(parent, "node_id", nodes.ids, "id")
        self.dataset(parent, "node_type_id", type_of, "type")
        self.groups(parent, written, np.arange(len(nodes.type_of)), "node")

    def write_edges(self, file, edges):
        parent = file.create_group("edges/" + edges.name)
        written, type_of = self.typed(edges)
        sources, targets = edges.pairs[:, 0], edges.pairs[:, 1]
        order = {
            "target": lambda: np.lexsort((sources, targets)),
            "source": lambda: np.lexsort((targets, sources)),
            "none": lambda: self.random.permutation(len(sources)),
        }[edges.order]()
        for name, values, population in (
            ("source_node_id", sources, edges.source),
            ("target_node_id", targets, edges.target),
        ):
            data = self.dataset(parent, name, values[order], "id")
            text = np.bytes_(population) if self.form.texts == "fixed" else population
            data.attrs["node_population"] = text
        self.dataset(parent, "edge_type_id", type_of[order], "type")
        self.groups(parent, written, order, "edge")
        for kind, values, population in (("source", sources, edges.source), ("target", targets, edges.target)):
            if edges.indices in ("both", kind):
                other = "target" if kind == "source" else "source"
                index = parent.require_group(self.form.index_group).create_group("%s_to_%s" % (kind, other))
                size = int(self.network.population(population).node_ids().max()) + 1
                self.write_index(index, values[order], size)

    def write_index(self, group, values, size):
        """The ranges of edges of each node id."""
        ranges, of_node = [], np.full((size, 2), -1, dtype=np.int64)
        starts = np.flatnonzero(np.diff(np.concatenate(([-1], values))) != 0) if len(values) else []
        stops = np.append(starts[1:], len(values)) if len(values) else []
        pieces = {}
        for start, stop in zip(starts, stops):
            pieces.setdefault(int(values[start]), []).append((int(start), int(stop)))
        for node in range(size):
            if node in pieces:
                of_node[node] = len(ranges), len(ranges) + len(pieces[node])
                ranges += pieces[node]
        group.create_dataset(self.form.index_name, data=of_node)
        group.create_dataset("range_to_edge_id", data=np.array(ranges, dtype=np.int64).reshape(-1, 2))

    # Tables and texts.

    def table(self, path, key, rows):
        """A table of types: separated by spaces; NULL where a row lacks an attribute."""
        names = [key] + sorted({name for _, row in rows for name in row})
        lines = [names]
        for type_id, row in rows:
            lines.append([type_id] + [row.get(name) for name in names[1:]])

        def text(value):
            if value is None:
                return "NULL"
            if isinstance(value, str) and (self.form.csv == "quoted" or " " in value or '"' in value or value == ""):
                return '"' + value.replace('"', '""') + '"'
            return value if isinstance(value, str) else repr(value)

        cells = [[text(value) for value in line] for line in lines]
        if self.form.csv == "wide":
            widths = [max(len(line[i]) for line in cells) + 2 for i in range(len(names))]
            content = "".join("".join(cell.ljust(w) for cell, w in zip(line, widths)) + "\n" for line in cells)
        else:
            content = "".join(" ".join(line) + "\n" for line in cells)
        path.write_text(content)

    def types_rows(self, population, kind, folder):
        """The rows of a table, with dynamics_params as names of JSON files, which are written."""
        rows = []
        for type_id, given in population.types.items():
            row = dict(given)
            params = row.pop("dynamics_params", None)
            if params is not None:
                name = "%s-%s-%d.json" % (kind, population.name, type_id)
                (folder / name).write_text(json.dumps(params))
                row["dynamics_params"] = name
            elif kind == "node":
                row["dynamics_params"] = None
            if self.form.types_population:
                row["population"] = population.name
            if self.form.queries and kind == "edge":
                row.setdefault("target_query", "model_type=='point_neuron'&name==\"a cell\"")
                row.setdefault("source_query", "*")
            if self.form.queries and kind == "node":
                row.setdefault("pop_name", 'cells "%d"' % type_id)
            rows.append((type_id, row))
        return rows

    def path(self, *parts):
        """A path below the folder of the config that names it."""
        folder, rest = parts[0], "/".join(parts[1:])
        rest = "/" + rest if rest else ""
        return {
            "plain": "$%s_DIR%s" % (folder.upper(), rest),
            "prefix": "$%s_DIR%s" % (folder.upper(), rest),
            "undollared": "$%s_DIR%s" % (folder.upper(), rest),
            "absolute": "$%s_DIR%s" % (folder.upper(), rest),
            "braces": "${%s_DIR}%s" % (folder.upper(), rest),
            "configdir": "${configdir}/%s%s" % (folder, rest),
            "dots": "./%s%s" % (folder, rest),
            "bare": folder + rest,
        }[self.form.manifest]

    def manifest(self, where, folders):
        """The manifest of a config in the folder `where`."""
        names = {"%s_DIR" % folder.upper(): folder for folder in folders}
        kind = self.form.manifest
        if kind == "plain":
            return {"$BASE_DIR": ".", **{"$" + name: "$BASE_DIR/" + folder for name, folder in names.items()}}
        if kind == "prefix":  # names that begin with other names, in an order that is not that of their use
            traps = {"$" + name[:-4]: "nowhere" for name in names}
            return {
                **{"$" + name: "$BASE/" + folder for name, folder in names.items()},
                **traps,
                "$BASE": "./",
                "$B": "nowhere",
            }
        if kind == "undollared":
            return {"BASE_DIR": ".", **{name: "$BASE_DIR/" + folder for name, folder in names.items()}}
        if kind == "absolute":
            return {
                "$BASE_DIR": str(where.resolve()),
                **{"$" + name: "$BASE_DIR/" + folder for name, folder in names.items()},
            }
        if kind == "braces":
            base = {"$BASE_DIR": "${configdir}"}
            return {**{"$" + name: "${BASE_DIR}/" + folder for name, folder in names.items()}, **base}
        return None

    def write_populations(self, kind, populations, write, key):
        """The HDF5 files and tables of nodes or edges, and their entries in the config."""
        network = self.circuit / "network"
        components = self.circuit / "components" / ("cells" if kind == "node" else "synapses")
        components.mkdir(parents=True, exist_ok=True)
        network.mkdir(parents=True, exist_ok=True)
        together = self.form.files == "together"
        batches = [populations] if together and populations else [[population] for population in populations]
        entries = []
        for batch in batches:
            name = "all" if together else batch[0].name
            with h5py.File(network / ("%s_%ss.h5" % (name, kind)), "w") as file:
                self.root(file)
                for population in batch:
                    write(file, population)
            entry = {"%ss_file" % kind: self.path("network", "%s_%ss.h5" % (name, kind))}
            if self.form.types_files:
                rows = []
                for population in batch:
                    rows += [row for row in self.types_rows(population, kind, components) if row not in rows]
                self.table(network / ("%s_%s_types.csv" % (name, kind)), key, rows)
                entry["%s_types_file" % kind] = self.path("network", "%s_%s_types.csv" % (name, kind))
            else:
                entry["%s_types_file" % kind] = None
            entries.append(entry)
        if self.form.disabled:
            entries.append({"%ss_file" % kind: "nowhere.h5", "%s_types_file" % kind: "nowhere.csv", "enabled": False})
        return entries

    def circuit_config(self):
        config = {
            "target_simulator": "NEST",
            "components": {
                "point_neuron_models_dir": self.path("components", "cells"),
                "synaptic_models_dir": self.path("components", "synapses"),
                "mechanisms_dir": "never/looked/at",
            },
            "networks": {
                "nodes": self.write_populations("node", self.network.nodes, self.write_nodes, "node_type_id"),
                "edges": self.write_populations("edge", self.network.edges, self.write_edges, "edge_type_id"),
            },
        }
        return config

    def write_spikes(self, given, number):
        """The file of a spike input; returns its entry in the config."""
        folder = self.folder / "inputs"
        folder.mkdir(exist_ok=True)
        rows = [(time, node) for node, times in given.trains.items() for time in times]
        if given.form != "h5-old":
            rows.sort()
        times = np.array([time for time, _ in rows], dtype=np.float64)
        nodes = np.array([node for _, node in rows], dtype=np.uint64)
        if given.form == "csv":
            name, module = "spikes%d.csv" % number, "csv"
            text = "".join("%r %s %d\n" % (float(time), given.population, node) for time, node in zip(times, nodes))
            (folder / name).write_text("timestamps population node_ids\n" + text)
        else:
            name, module = "spikes%d.h5" % number, "sonata" if given.form == "h5" else "h5"
            with h5py.File(folder / name, "w") as file:
                if given.form == "h5-old":
                    group = file.create_group("spikes")
                    group.create_dataset("gids", data=nodes)
                    group.create_dataset("timestamps", data=times)
                else:
                    self.root(file)
                    group = file.create_group("spikes/" + given.population)
                    enumeration = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")
                    group.attrs.create("sorting", 2, dtype=enumeration)
                    group.create_dataset("node_ids", data=nodes)
                    seconds = given.form == "h5-units-s"
                    data = group.create_dataset("timestamps", data=times / 1000 if seconds else times)
                    data.attrs["units"] = "s" if seconds else "ms"
        entry = {"input_type": "spikes", "module": module, "input_file": self.path("inputs", name)}
        entry["node_set"] = given.node_set if given.node_set is not None else given.population
        return entry

    def simulation_config(self):
        network = self.network
        inputs = {}
        for number, given in enumerate(network.spikes):
            inputs["spikes%d" % number] = self.write_spikes(given, number)
        for number, clamp in enumerate(network.clamps):
            inputs["clamp%d" % number] = {
                "input_type": "current_clamp",
                "module": "IClamp",
                "node_set": clamp.node_set,
                "amp": clamp.amp,
                "delay": clamp.delay,
                "duration": clamp.duration,
            }
        if self.form.disabled:
            inputs["never"] = {
                "input_type": "spikes",
                "module": "nwb",
                "input_file": "nowhere.nwb",
                "node_set": "nobody",
                "trial": "trial_0",
                "enabled": False,
            }
        config = {
            "run": {"tstop": network.tstop, "dt": network.dt, "dL": 20.0, "spike_threshold": -15, **network.run},
            "conditions": {"celsius": 34.0, "v_init": -80},
            "output": {
                "log_file": "log.txt",
                "output_dir": self.path("output"),
                "overwrite_output_dir": True,
                **network.output,
            },
        }
        if inputs:
            config["inputs"] = inputs
        if network.node_sets:
            (self.folder / "node_sets.json").write_text(json.dumps(network.node_sets, indent=2))
            config["node_sets_file"] = "node_sets.json"
        if network.reports:
            config["reports"] = dict(network.reports)
        if self.form.disabled:
            config.setdefault("reports", {})["never"] = {"enabled": False, "module": "ecp", "variable_name": "nothing"}
        return config

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.circuit.mkdir(parents=True, exist_ok=True)
        circuit, simulation = self.circuit_config(), self.simulation_config()
        circuit_manifest = self.manifest(self.circuit, ["network", "components"])
        if self.form.config == "one":
            assert not self.form.circuit_folder
            manifest = self.manifest(self.folder, ["network", "components", "inputs", "output"])
            config = {**({"manifest": manifest} if manifest else {}), **circuit, **simulation}
            return self.config_file(self.folder / "simulation_config.json", config)
        if circuit_manifest:
            circuit = {"manifest": circuit_manifest, **circuit}
        self.config_file(self.circuit / "circuit_config.json", circuit)
        manifest = self.manifest(self.folder, ["inputs", "output"])
        below = os.path.join(self.form.circuit_folder, "circuit_config.json")
        if self.form.config == "three":
            self.config_file(
                self.folder / "the_simulation.json", {**({"manifest": manifest} if manifest else {}), **simulation}
            )
            return self.config_file(
                self.folder / "simulation_config.json", {"network": "./" + below, "simulation": "the_simulation.json"}
            )
        name = {"configdir": "${configdir}/" + below, "bare": below}.get(self.form.manifest, "./" + below)
        config = {**({"manifest": manifest} if manifest else {}), "network": name, **simulation}
        return self.config_file(self.folder / "simulation_config.json", config)

    @staticmethod
    def config_file(path, config):
        path.write_text(json.dumps(config, indent=2) + "\n")
        return path


def write(network, folder):
    """Writes the network; returns the config to run."""
    return Writer(network, folder).write()
