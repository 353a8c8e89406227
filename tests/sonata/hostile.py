#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""A valid SONATA network, altered field by field and byte by byte: hostile.py IZHI [--all] [--flips N] [--only TEXT]

izhi must end with exit code 0 or 2 within the time limit. With 2 it says one line, which names the file, and nothing
else. What is expected of a case:
    REFUSED  exit code 2, and the line names the altered file (or what the case says); of altered fields also what is
             allowed
    FINE     exit code 0
    ANY      either, because readers may differ in what they look at
Never a signal, never another code, never a hang.

Of sweeps over all fields every fourth case is run, every eighth where either is right. --all runs them all, --flips N as
many files with flipped bytes as wanted.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from program import Program  # noqa: E402  (exits with 77 without h5py)

import h5py  # noqa: E402
import numpy as np  # noqa: E402

import samples  # noqa: E402
from networks import Clamp, write  # noqa: E402

REFUSED, FINE, ANY = "refused", "fine", "any"
TIME_LIMIT_S = 20
SIMULATION, CIRCUIT, SETS = "simulation_config.json", "circuit_config.json", "node_sets.json"
NODES, EDGES, OUTER = (
    "network/cortex_nodes.h5",
    "network/cortex_to_cortex_edges.h5",
    "network/thalamus_to_cortex_edges.h5",
)
VIRTUAL_NODES, SPIKES = "network/thalamus_nodes.h5", "inputs/spikes0.h5"
NODE_TYPES, EDGE_TYPES = "network/cortex_node_types.csv", "network/cortex_to_cortex_edge_types.csv"
PARAMS = "components/cells/node-cortex-102.json"


def base_network():
    reports = {"v": {"module": "multimeter_report", "variable_name": "V_m", "cells": "some", "dt": 1.0}}
    clamps = [
        Clamp("nested", 300.0, 1.0, 2.0),
        Clamp({"population": "cortex", "area": "V1"}, [5.0, 6.0], [1.0, 2.0], [0.5, 0.5]),
    ]
    return samples.mixed(tstop=3.0, reports=reports, clamps=clamps)


class Cases:
    """A list of (name, alteration of a folder, what is expected, words of the line)."""

    def __init__(self, base):
        self.base, self.list = base, []

    def add(self, name, change, expected=REFUSED, *words, swept=False):
        """The name begins with the file that is altered. `swept`: one of a sweep over all fields."""
        self.list.append((name, change, expected, words, swept))

    def chosen(self, all_of_them, only):
        """The cases to run: those that are not of sweeps, every fourth of the others, every eighth where ANY is expected."""
        if only:
            return [case for case in self.list if only in case[0]]
        swept = [case for case in self.list if case[4]]
        strict = [case for case in swept if case[2] != ANY]
        lenient = [case for case in swept if case[2] == ANY]
        if not all_of_them:
            strict, lenient = strict[::4], lenient[::8]
        return [case for case in self.list if not case[4]] + strict + lenient

    # HDF5: every data set and every attribute.

    def h5(self, file, name, change, expected=REFUSED, *words, swept=False, named=True):
        def altered(folder):
            with h5py.File(folder / file, "r+") as opened:
                change(opened)

        self.add("%s: %s" % (file, name), altered, expected, *([Path(file).name] if named else []), *words, swept=swept)

    def replaced(self, file, path, name, make, expected):
        def change(opened):
            data = opened[path]
            attributes, values = dict(data.attrs), data[()]
            del opened[path]
            make(opened, path, values)
            if path in opened and isinstance(opened[path], h5py.Dataset):
                opened[path].attrs.update(attributes)

        # Whose ids or types lead nowhere, and what no table gives, may be said of the other file.
        last = path.split("/")[-1]
        other = name == "missing" or last in ("node_id", "node_type_id")
        # Of a number out of range the message may name the population or projection instead of the file.
        other = other or name == "huge" or (last == "nsyns" and name in ("of 2^32 more", "huge last"))
        self.h5(file, "%s %s" % (path, name), change, expected, swept=True, named=not other)

    def data_sets(self, file, expected_of):
        paths = []
        with h5py.File(self.base / file, "r") as opened:
            opened.visititems(lambda path, item: paths.append(path) if isinstance(item, h5py.Dataset) else None)
            kinds = {path: opened[path].dtype.kind for path in paths}
        put = lambda function: lambda opened, path, values: opened.create_dataset(
            path, data=function(values)
        )  # noqa: E731

        def first(value, dtype):
            def function(values):
                changed = np.array(values, dtype=dtype)
                changed.flat[0] = value
                return changed

            return put(function)

        def last(value, dtype):
            def function(values):
                changed = np.array(values, dtype=dtype)
                changed.flat[-1] = value
                return changed

            return put(function)

        huge = lambda opened, path, values: opened.create_dataset(
            path, shape=(2**33,), dtype="<i8", chunks=(2**16,)
        )  # noqa: E731
        alterations = {
            "missing": lambda opened, path, values: None,
            "of texts": lambda opened, path, values: opened.create_dataset(
                path, data=["text"] * len(values), dtype=h5py.string_dtype()
            ),
            "of fixed texts": put(lambda values: np.array([b"text"] * len(values))),
            "one shorter": put(lambda values: values[:-1]),
            "one longer": put(lambda values: np.concatenate([values, values[-1:]])),
            "empty": put(lambda values: values[:0]),
            "a single value": put(lambda values: values[0] if len(values) else 0),
            "of two dimensions": put(lambda values: values.reshape(1, -1)),
            "a group": lambda opened, path, values: opened.create_group(path),
            "null": put(lambda values: h5py.Empty("<i8")),
            "of pairs": put(lambda values: np.zeros(len(values), dtype=[("a", "<i4"), ("b", "<f8")])),
            "opaque": put(lambda values: np.array([b"ab"] * len(values), dtype="V2")),
            "negative first": first(-1, "<f8"),
            "infinite": first(np.inf, "<f8"),
            "not a number": first(np.nan, "<f8"),
            "not a number last": last(np.nan, "<f8"),
            "huge": first(1e300, "<f8"),
            "of 2^33 values": huge,
        }
        whole = {
            "negative first": first(-1, "<i8"),
            "negative last": last(-7, "<i8"),
            "huge": first(2**63 - 1, "<u8"),
            "huge last": last(2**64 - 1, "<u8"),
            "of 2^32 more": first(2**32, "<u8"),
            "fractions": put(lambda values: values + 0.5),
        }
        for path in paths:
            numbers = kinds[path] in "iuf"
            for name, make in {**alterations, **(whole if kinds[path] in "iu" else {})}.items():
                if not numbers and name not in ("missing", "one shorter", "empty", "a group", "null", "of 2^33 values"):
                    continue
                self.replaced(file, path, name, make, expected_of(path, name))

    def every_data_set(self):
        def nodes(path, name):
            last = path.split("/")[-1]
            if last in ("node_type_id", "node_id"):
                return REFUSED
            if last in ("node_group_id", "node_group_index"):
                return ANY if name == "missing" else REFUSED
            if last in ("d", "I_e"):
                return {"missing": FINE, "negative first": FINE}.get(name, REFUSED)
            return ANY

        def edges(path, name):
            last = path.split("/")[-1]
            if "indices" in path:
                return ANY
            if last in ("edge_group_id", "edge_group_index") and name == "missing":
                return ANY
            if last == "syn_weight" and name == "negative first":
                return FINE
            if last in ("nsyns", "delay") and name == "missing":
                return FINE
            return REFUSED

        def spikes(path, name):
            last = path.split("/")[-1]
            return ANY if last == "timestamps" and name in ("huge",) else REFUSED

        self.data_sets(NODES, nodes)
        self.data_sets(EDGES, edges)
        self.data_sets(SPIKES, spikes)
        # of these only the rows that are looked at
        self.data_sets(VIRTUAL_NODES, lambda path, name: ANY)

    def attributes_of_h5(self):
        def put(path, name, value):
            return lambda opened: opened[path].attrs.__setitem__(name, value)

        def drop(path, name):
            return lambda opened: opened[path].attrs.__delitem__(name)

        for kind in ("source", "target"):
            path = "edges/cortex_to_cortex/%s_node_id" % kind
            self.h5(EDGES, kind + " without a population", drop(path, "node_population"))
            wrong = "thalamus" if kind == "target" else "corte"
            for value in ("nobody", "", wrong, "x" * 5000, "cor\ntex", 7, np.arange(3.0), ["cortex", "cortex"]):
                expected = ANY if isinstance(value, list) else REFUSED
                name = "%s of the population %r" % (kind, str(value)[:20])
                self.h5(EDGES, name, put(path, "node_population", value), expected)
        for file in (NODES, EDGES, SPIKES):
            for value in (5, "text", np.arange(4), -1.5):
                self.h5(file, "magic is %r" % (value,), put("/", "magic", value), ANY)
            for value in (7, "text", np.array([99, 99], dtype="u4"), np.arange(9)):
                self.h5(file, "version is %r" % (value,), put("/", "version", value), ANY)
        for value in ("furlongs", "", 5, np.arange(3)):
            self.h5(SPIKES, "units %r" % (value,), put("spikes/thalamus/timestamps", "units", value))

    def structure_of_h5(self):
        def moved(old, new):
            return lambda opened: opened.move(old, new)

        self.h5(NODES, "another name of the population", moved("nodes/cortex", "nodes/other"), named=False)
        self.h5(NODES, "no group nodes", moved("nodes", "knots"))
        self.h5(EDGES, "no group edges", moved("edges", "borders"))
        self.h5(NODES, "an empty group nodes", lambda opened: opened.__delitem__("nodes/cortex"), named=False)
        self.h5(EDGES, "an empty group edges", lambda opened: opened.__delitem__("edges/cortex_to_cortex"), ANY)
        self.h5(NODES, "group 1 is missing", lambda opened: opened.__delitem__("nodes/cortex/1"))
        self.h5(EDGES, "group 0 is missing", lambda opened: opened.__delitem__("edges/cortex_to_cortex/0"))
        self.h5(SPIKES, "no population of this name", moved("spikes/thalamus", "spikes/other"))
        self.h5(SPIKES, "no group spikes", moved("spikes", "spokes"))
        self.h5(
            NODES,
            "a parameter nobody knows",
            lambda opened: opened.create_dataset("nodes/cortex/0/dynamics_params/nonsense", data=np.zeros(14)),
            REFUSED,
            "nonsense",
        )
        self.h5(
            NODES,
            "a node id twice",
            lambda opened: opened["nodes/cortex/node_id"].__setitem__(1, opened["nodes/cortex/node_id"][0]),
        )
        self.h5(
            NODES,
            "an enumeration that ends too early",
            lambda opened: opened["nodes/cortex/0/area"].__setitem__(0, 99),
            ANY,
        )
        self.h5(
            NODES,
            "a place of a group twice",
            lambda opened: opened["nodes/cortex/node_group_index"].__setitem__(slice(None), 0),
            ANY,
        )
        self.h5(
            EDGES,
            "a place of a group twice",
            lambda opened: opened["edges/cortex_to_cortex/edge_group_index"].__setitem__(slice(None), 0),
            ANY,
        )
        for what, data in (("a source", "source_node_id"), ("a target", "target_node_id")):
            for value in (0, 4, 1000000, 2**31, 2**32 + 3):  # ids are odd numbers from 3 on
                path = "edges/cortex_to_cortex/" + data

                def change(opened, path=path, value=value):
                    values = opened[path][:]
                    values[len(values) // 2] = value
                    opened[path][...] = values

                self.h5(EDGES, "%s that is no node: %d" % (what, value), change, REFUSED, str(value))
        for file, path in ((NODES, "nodes/cortex/node_type_id"), (EDGES, "edges/cortex_to_cortex/edge_type_id")):
            self.h5(
                file,
                "a type that no table has",
                lambda opened, path=path: opened[path].__setitem__(3, 12345),
                REFUSED,
                "12345",
            )
        for file, path in ((NODES, "nodes/cortex/node_group_id"), (EDGES, "edges/cortex_to_cortex/edge_group_id")):
            self.h5(
                file,
                "a group that is not there",
                lambda opened, path=path: opened[path].__setitem__(3, 77),
                REFUSED,
                "77",
            )

        def link_to_itself(opened):
            opened["nodes/cortex/0/loop"] = opened["nodes"]

        self.h5(NODES, "a group in itself", link_to_itself, ANY)
        self.h5(
            NODES, "a population in itself", lambda opened: opened["nodes"].__setitem__("cortex2", opened["nodes"]), ANY
        )
        self.h5(
            NODES,
            "a soft link to itself",
            lambda opened: opened["nodes/cortex"].__setitem__("x", h5py.SoftLink("/nodes/cortex/x")),
            ANY,
        )

        def soft(opened):
            del opened["nodes/cortex/node_type_id"]
            opened["nodes/cortex/node_type_id"] = h5py.SoftLink("/nodes/cortex/node_type_id")

        self.h5(NODES, "a needed soft link to itself", soft)

        def dangling(opened):
            del opened["edges/cortex_to_cortex/source_node_id"]
            opened["edges/cortex_to_cortex/source_node_id"] = h5py.ExternalLink("nowhere.h5", "/x")

        self.h5(EDGES, "a link to a file that is not there", dangling)

        def zero(opened):
            del opened["edges/cortex_to_cortex/source_node_id"]
            opened["edges/cortex_to_cortex/source_node_id"] = h5py.ExternalLink("/dev/zero", "/x")

        self.h5(EDGES, "a link to a device", zero)

        def filtered(opened):
            del opened["edges/cortex_to_cortex/0/syn_weight"]
            count = int((opened["edges/cortex_to_cortex/edge_group_id"][:] == 0).sum())
            opened.create_dataset(
                "edges/cortex_to_cortex/0/syn_weight",
                data=np.full(count, 16.0),
                chunks=(7,),
                compression="lzf",
                fletcher32=True,
            )

        self.h5(EDGES, "a filter that may be missing", filtered, ANY)

        def deep(opened):
            group = opened["nodes/cortex/0"]
            for _ in range(300):
                group = group.create_group("deeper")

        self.h5(NODES, "300 groups in each other", deep, ANY)

        def many(opened):
            for number in range(2000):
                opened.create_group("nodes/p%d" % number)

        self.h5(NODES, "2000 empty populations", many, ANY)

        def all_huge(opened):
            for path in ("node_id", "node_type_id", "node_group_id", "node_group_index"):
                del opened["nodes/cortex/" + path]
                opened.create_dataset("nodes/cortex/" + path, shape=(2**36,), dtype="<u8", chunks=(2**16,))

        self.h5(NODES, "2^36 nodes that take no room", all_huge)

        def all_edges_huge(opened):
            for path in ("source_node_id", "target_node_id", "edge_type_id", "edge_group_id", "edge_group_index"):
                name = "edges/cortex_to_cortex/" + path
                attributes = dict(opened[name].attrs)
                del opened[name]
                data = opened.create_dataset(name, shape=(2**40,), dtype="<u8", chunks=(2**16,), fillvalue=5)
                data.attrs.update(attributes)

        self.h5(EDGES, "2^40 edges that take no room", all_edges_huge)

    # Texts: configs, tables, parameters.

    def json_change(self, file, name, change, expected=REFUSED, *words, swept=False):
        def altered(folder):
            content = json.loads((folder / file).read_text())
            result = change(content)
            (folder / file).write_text(json.dumps(content if result is None else result))

        self.add("%s: %s" % (file, name), altered, expected, *words, swept=swept)

    def every_json_key(self):
        values = {
            "null": None,
            "a number": 12345,
            "negative": -1,
            "a text": "nonsense",
            "a list": [],
            "an object": {},
            "true": True,
            "nested": [[{"a": [1]}]],
        }

        def paths(content, start=()):
            for key, value in content.items() if isinstance(content, dict) else enumerate(content):
                yield start + (key,)
                if isinstance(value, (dict, list)):
                    yield from paths(value, start + (key,))

        for file in (SIMULATION, CIRCUIT, SETS, PARAMS):
            content = json.loads((self.base / file).read_text())
            for path in paths(content):
                what = ".".join(map(str, path))

                def holder(content, path=path):
                    for key in path[:-1]:
                        content = content[key]
                    return content

                def remove(content, path=path, holder=holder):
                    del holder(content)[path[-1]]

                self.json_change(file, what + " is missing", remove, ANY, swept=True)
                for name, value in values.items():

                    def put(content, path=path, holder=holder, value=value):
                        holder(content)[path[-1]] = value

                    self.json_change(file, "%s is %s" % (what, name), put, ANY, swept=True)

    def json_keys_that_matter(self):
        def put(*path, value=None):
            def change(content):
                for key in path[:-1]:
                    content = content.setdefault(key, {}) if isinstance(content, dict) else content[key]
                content[path[-1]] = value

            return change

        def drop(*path):
            def change(content):
                for key in path[:-1]:
                    content = content[key]
                del content[path[-1]]

            return change

        def here(*path, value, expected=REFUSED, words=(SIMULATION,)):
            name = "%s is %s" % (".".join(path), str(value)[:40])
            self.json_change(SIMULATION, name, put(*path, value=value), expected, *words)

        def there(*path, value):
            name = "%s is %s" % (".".join(map(str, path)), str(value)[:40])
            self.json_change(CIRCUIT, name, put(*path, value=value), REFUSED, CIRCUIT)

        # a step of 0.1 ms and a second of time may be defaults, as in bmtk
        self.json_change(SIMULATION, "no run", drop("run"), ANY)
        self.json_change(SIMULATION, "no dt", drop("run", "dt"), ANY)
        here("run", "dt", value=None, expected=ANY)
        for value in ("0.1 ms", 0, -0.1, [], 1e-30, 1e30, True):
            here("run", "dt", value=value)
        for value in ("long", -5, [], {}):
            here("run", "tstop", value=value)
        here("run", "tstop", value=1e30, words=())
        for value in (7, [], {}, ""):
            here("network", value=value)
        for value in ("nowhere.json", "./", "."):  # the path is said
            here("network", value=value, words=())
        here("network", value="nowhere.json", words=("nowhere.json",))
        here("manifest", value=[1, 2])
        here("manifest", "$X", value=5)
        here("manifest", "$INPUTS_DIR", value="$NOWHERE/x")
        here("manifest", "$INPUTS_DIR", value="${NOWHERE")
        here("manifest", "$INPUTS_DIR", value="$INPUTS_DIR/x")
        here("inputs", value=[1])
        here("inputs", "spikes0", value=5)
        for value in ("nonsense", 5, None):
            here("inputs", "spikes0", "input_type", value=value)
        for value in ("nonsense", 5):
            here("inputs", "spikes0", "module", value=value)
        here("inputs", "spikes0", "input_file", value="nowhere.h5", words=("nowhere.h5",))
        here("inputs", "spikes0", "input_file", value=".", words=())
        for value in (5, None, [], ""):
            here("inputs", "spikes0", "input_file", value=value)
        here("inputs", "spikes0", "node_set", value=[], expected=ANY)
        for value in ("nobody", 5, "cortex", {"population": "nobody"}, {"population": 5}, {"population": {}}):
            here("inputs", "spikes0", "node_set", value=value)
        for key in ("amp", "delay", "duration"):
            for value in ("much", None, {}, [1.0, 2.0, 3.0], [1.0, "x"], []):
                here("inputs", "clamp0", key, value=value)
            here("inputs", "clamp0", key, value=1e300, expected=REFUSED if key == "amp" else ANY)
            self.json_change(
                SIMULATION, "a clamp without " + key, drop("inputs", "clamp0", key), REFUSED, SIMULATION, key
            )
        for key in ("delay", "duration"):
            here("inputs", "clamp0", key, value=-1.0)
        for value in ("nobody", 5, {"population": "nobody"}, {"nonsense": []}, {"node_id": "x"}):
            self.json_change(
                SIMULATION,
                "a clamp on %r" % (value,),
                put("inputs", "clamp0", "node_set", value=value),
                ANY if isinstance(value, dict) and "population" not in value else REFUSED,
            )
        here("reports", "v", "variable_name", value=5, expected=ANY)
        here("reports", "v", "cells", value="nobody")
        for key in ("variable_name", "module"):  # a report that izhi does not know may be left out with a note
            here("reports", "v", key, value="nonsense", expected=ANY)
        for value in (-1.0, 0.0, "x", 1e-9):
            here("reports", "v", "dt", value=value)
        here("reports", "v", "file_name", value=5)
        here("output", "output_dir", value=5)
        here("output", "spikes_file", value=5)
        here("output", "spikes_sort_order", value="sideways")
        here("output", "spikes_sort_order", value=5)
        here("output", value=5)
        here("node_sets_file", value="nowhere.json", words=("nowhere.json",))
        here("node_sets_file", value=5)
        there("networks", value=5)
        there("networks", value=[])
        there("networks", "nodes", value={})
        there("networks", "nodes", value=[5])
        there("networks", "nodes", value=[])
        there("networks", "edges", value=5)
        there("networks", "edges", value=["x"])
        there("networks", "nodes", 0, "nodes_file", value=5)
        there("networks", "nodes", 0, "node_types_file", value=5)
        there("components", value=5)
        there("components", "point_neuron_models_dir", value=5)
        self.json_change(CIRCUIT, "no networks", drop("networks"), REFUSED, CIRCUIT, "networks")
        self.json_change(
            CIRCUIT, "no nodes_file", drop("networks", "nodes", 0, "nodes_file"), REFUSED, CIRCUIT, "nodes_file"
        )
        self.json_change(
            CIRCUIT, "no edges_file", drop("networks", "edges", 0, "edges_file"), REFUSED, CIRCUIT, "edges_file"
        )
        self.json_change(CIRCUIT, "no folder of models", drop("components", "point_neuron_models_dir"), REFUSED)
        self.json_change(CIRCUIT, "no components", drop("components"), REFUSED)
        self.json_change(
            CIRCUIT, "nodes twice", lambda content: content["networks"]["nodes"].append(content["networks"]["nodes"][0])
        )
        self.json_change(
            CIRCUIT,
            "edges twice",
            lambda content: content["networks"]["edges"].append(content["networks"]["edges"][0]),
            ANY,
        )
        self.json_change(
            CIRCUIT,
            "nodes of a file of edges",
            put("networks", "nodes", 0, "nodes_file", value="network/cortex_to_cortex_edges.h5"),
        )
        self.json_change(
            CIRCUIT,
            "edges of a file of nodes",
            put("networks", "edges", 0, "edges_file", value="network/cortex_nodes.h5"),
        )
        self.json_change(CIRCUIT, "another simulator", put("target_simulator", value="NEURON"), ANY)
        # manifests
        self.json_change(
            SIMULATION,
            "a cyclic manifest",
            put("manifest", value={"$INPUTS_DIR": "$OUTPUT_DIR/x", "$OUTPUT_DIR": "$INPUTS_DIR/y"}),
            REFUSED,
            SIMULATION,
        )
        self.json_change(
            SIMULATION,
            "a manifest of itself",
            put("manifest", "$INPUTS_DIR", value="${INPUTS_DIR}"),
            REFUSED,
            SIMULATION,
        )
        bomb = {"$V%d" % n: "$V%d$V%d" % (n + 1, n + 1) for n in range(60)}
        bomb["$V60"] = "x"
        self.json_change(
            SIMULATION,
            "a manifest that grows",
            put("manifest", value={**bomb, "$INPUTS_DIR": "$V0", "$OUTPUT_DIR": "."}),
            REFUSED,
            SIMULATION,
        )
        chain = {"$V%d" % n: "$V%d" % (n + 1) for n in range(5000)}
        self.json_change(
            SIMULATION,
            "a long chain of variables",
            put("manifest", value={**chain, "$V5000": ".", "$INPUTS_DIR": "$V0/inputs", "$OUTPUT_DIR": "output"}),
            ANY,
        )
        self.json_change(SIMULATION, "a long name", put("manifest", "$" + "x" * 100000, value="."), ANY)
        # configs that include each other
        self.json_change(
            SIMULATION, "itself for the network", put("network", value="./simulation_config.json"), REFUSED
        )
        self.json_change(CIRCUIT, "a circle of configs", put("network", value="./simulation_config.json"), ANY)
        self.json_change(
            SIMULATION, "itself for the simulation", put("simulation", value="simulation_config.json"), REFUSED
        )

        # node sets
        def in_sets(name, value, expected=REFUSED, words=(SETS,)):
            self.json_change(SETS, "%s is %r" % (name, value), put(name, value=value), expected, *words)

        in_sets("nested", ["nested"])
        in_sets("several", ["nested", "some"])
        in_sets("nested", ["nobody"])
        for value in (
            5,
            "some",
            {"layer": {"a": 1}},
            [5],
            {"population": 5},
            {"node_id": ["x"]},
            {"node_id": [-1]},
            {"layer": [[1]]},
        ):
            in_sets(
                "nested",
                value,
                ANY if value == "some" or (isinstance(value, dict) and "node_id" in value) else REFUSED,
            )
        for value in (None, {"layer": None}):  # as if it were not there
            in_sets("nested", value, words=())
        self.json_change(SETS, "a list", lambda content: [content], REFUSED, SETS)
        self.json_change(
            SETS,
            "a long chain",
            lambda content: {
                **content,
                **{"s%d" % n: ["s%d" % (n + 1)] for n in range(20000)},
                "s20000": content["some"],
                "nested": ["s0"],
            },
            ANY,
        )
        self.json_change(
            SETS,
            "sets that double",
            lambda content: {
                **content,
                **{"s%d" % n: ["s%d" % (n + 1)] * 2 for n in range(60)},
                "s60": content["some"],
                "nested": ["s0"],
            },
            ANY,
        )
        # parameters
        for key, value in (
            ("tau_m", "ten"),
            ("tau_m", [10.0]),
            ("tau_m", {}),
            ("tau_m", 0.0),
            ("tau_m", -1.0),
            ("tau_m", 1e300),
            ("C_m", 0.0),
            ("V_reset", 0.0),
            ("t_ref", -1.0),
            ("V_m", 1e300),
            ("tau_syn_ex", -2.0),
            ("I_e", 1e300),
            ("nonsense", 1.0),
        ):
            # Of a number out of range the message may name the population instead of the file.
            words = ("allowed",) if isinstance(value, float) and key != "nonsense" else (Path(PARAMS).name, key)
            self.json_change(PARAMS, "%s is %r" % (key, value), put(key, value=value), REFUSED, *words)
        for value in (None, True):
            self.json_change(PARAMS, "tau_m is %r" % value, put("tau_m", value=value), ANY)
        self.json_change(PARAMS, "a list", lambda content: [1.0], REFUSED, Path(PARAMS).name)
        self.json_change(PARAMS, "a number", lambda content: 5, REFUSED, Path(PARAMS).name)

    def raw(self, file, name, make, expected=REFUSED, *words, swept=False):
        def altered(folder):
            path = folder / file
            content = path.read_bytes()
            path.unlink()
            made = make(path, content)
            if made is not None:
                path.write_bytes(made)

        self.add("%s: %s" % (file, name), altered, expected, *words, swept=swept)

    def texts(self):
        for file in (SIMULATION, CIRCUIT, SETS, PARAMS):
            name = Path(file).name
            self.raw(file, "text after it", lambda path, content: content + b"}", REFUSED, name)
            self.raw(
                file,
                "NaN",
                lambda path, content: content.replace(b"0.1", b"NaN")
                .replace(b"3.0", b"NaN")
                .replace(b"some", b"so\0me"),
                ANY,
            )
            self.raw(file, "half of it", lambda path, content: content[: len(content) // 2], REFUSED, name)
            self.raw(file, "a comment", lambda path, content: b"// comment\n" + content, REFUSED)
            self.raw(file, "a byte order mark", lambda path, content: b"\xef\xbb\xbf" + content, ANY)
            self.raw(file, "UTF-16", lambda path, content: content.decode().encode("utf-16"), REFUSED)
            self.raw(
                file, "a comma too many", lambda path, content: content.rstrip().rstrip(b"}") + b",}", REFUSED, name
            )
            self.raw(file, "single quotes", lambda path, content: content.replace(b'"', b"'"), REFUSED if b"'" else ANY)
            self.raw(file, "invalid UTF-8", lambda path, content: content.replace(b'"', b'"\xff\xfe', 3), ANY)
            self.raw(file, "a key twice", lambda path, content: content.replace(b"{", b'{"a": 1, "a": 2, ', 1), ANY)
            for opening in (b"[", b'{"a":', b'{"inputs":['):
                self.raw(
                    file,
                    "%s 100000 times" % opening.decode(),
                    lambda path, content, opening=opening: opening * 100000,
                    REFUSED,
                )
            self.raw(
                file,
                "a number of 100000 digits",
                lambda path, content: content.rstrip().rstrip(b"}") + b', "zz": ' + b"9" * 100000 + b"}",
                ANY,
            )
            self.raw(
                file,
                "escapes",
                lambda path, content: content.rstrip().rstrip(b"}") + b', "\\ud800\\u0000": "\\uDFFF"}',
                ANY,
            )
            self.raw(
                file, "a bad escape", lambda path, content: content.rstrip().rstrip(b"}") + b', "\\x": 1}', REFUSED
            )

    def tables(self):
        for file, key in ((NODE_TYPES, "node_type_id"), (EDGE_TYPES, "edge_type_id")):
            name = Path(file).name
            lines = (self.base / file).read_text().splitlines()
            header = lines[0].split()

            def rebuilt(change, lines=lines):
                def make(path, content):
                    import csv
                    import io

                    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=" "))
                    change(rows)
                    return "".join(
                        " ".join('"%s"' % c.replace('"', '""') if " " in c or '"' in c else c for c in row) + "\n"
                        for row in rows
                    ).encode()

                return make

            for column, title in enumerate(header):
                needed = {
                    "node_type_id": REFUSED,
                    "edge_type_id": REFUSED,
                    "model_type": REFUSED,
                    "model_template": REFUSED if key == "node_type_id" else FINE,
                    "delay": REFUSED,
                    "dynamics_params": ANY,
                }
                self.raw(
                    file,
                    "without " + title,
                    rebuilt(lambda rows, column=column: [row.pop(column) for row in rows]),
                    needed.get(title, ANY),
                    *([name] if needed.get(title) == REFUSED else [])
                )
                for value in (
                    "nonsense",
                    "-5",
                    "nan",
                    "inf",
                    "1e300",
                    "",
                    "NULL",
                    "99999999999999999999",
                    "x" * 50000,
                    "0x10",
                    "1;2",
                    "..",
                    "/etc/passwd",
                ):

                    def put(rows, column=column, value=value):
                        rows[1][column] = value

                    number = title in ("delay", key)
                    expected = REFUSED if number and value not in ("0x10",) else ANY
                    self.raw(
                        file,
                        "%s is %s" % (title, value[:12] or "empty"),
                        rebuilt(put),
                        expected,
                        *(["delay"] if expected == REFUSED and title == "delay" and value else []),
                        swept=True
                    )
            self.raw(file, "a row is missing", rebuilt(lambda rows: rows.pop(1)), REFUSED)
            self.raw(file, "a type twice", rebuilt(lambda rows: rows.append(rows[1])), REFUSED, name)
            self.raw(file, "a cell is missing", rebuilt(lambda rows: rows[1].pop()), REFUSED, name)
            self.raw(file, "a cell too many", rebuilt(lambda rows: rows[1].append("more")), REFUSED, name)
            self.raw(file, "a column twice", rebuilt(lambda rows: [row.append(row[1]) for row in rows]), REFUSED, name)
            self.raw(file, "an open quote", lambda path, content: content + b'55 "never closed', REFUSED, name)
            self.raw(file, "only the names", lambda path, content: content.split(b"\n")[0] + b"\n", REFUSED)
            self.raw(file, "commas", lambda path, content: content.replace(b" ", b","), ANY)
            self.raw(file, "CRLF", lambda path, content: content.replace(b"\n", b"\r\n"), FINE)
            self.raw(file, "empty lines", lambda path, content: content.replace(b"\n", b"\n\n"), ANY)
            self.raw(file, "no last end of line", lambda path, content: content.rstrip(b"\n"), FINE)
            self.raw(file, "zero bytes", lambda path, content: content.replace(b"o", b"\0"), ANY)
            self.raw(file, "a million spaces", lambda path, content: content.replace(b" ", b" " * 20000), ANY)
            self.raw(file, "invalid UTF-8", lambda path, content: content.replace(b"o", b"\xff"), ANY)

    def spike_tables(self):
        """Spikes as text instead of the HDF5 file."""
        header = "timestamps population node_ids\n"
        tables = {
            "a good one": (header + "1.0 thalamus 3\n2.0 thalamus 4\n", FINE),
            "no rows": (header, FINE),
            "another population": (header + "1.0 nobody 3\n", ANY),
            "a node that is not there": (header + "1.0 thalamus 300\n", REFUSED),
            "a negative node": (header + "1.0 thalamus -3\n", REFUSED),
            "a negative time": (header + "-1.0 thalamus 3\n", REFUSED),
            "no time": (header + "nan thalamus 3\n", REFUSED),
            "text for a time": (header + "soon thalamus 3\n", REFUSED),
            "a short row": (header + "1.0 thalamus\n", REFUSED),
            "a long row": (header + "1.0 thalamus 3 4 5\n", REFUSED),
            "no names": ("1.0 thalamus 3\n", ANY),
            "other names": ("when who where\n1.0 thalamus 3\n", REFUSED),
            "nothing": ("", REFUSED),
            "a half node": (header + "1.0 thalamus 3.5\n", REFUSED),
        }
        for name, (content, expected) in tables.items():

            def altered(folder, content=content):
                (folder / "inputs/spikes.csv").write_text(content)
                config = json.loads((folder / SIMULATION).read_text())
                config["inputs"]["spikes0"].update(module="csv", input_file="inputs/spikes.csv")
                (folder / SIMULATION).write_text(json.dumps(config))

            self.add(
                "simulation_config.json: spikes.csv with " + name,
                altered,
                expected,
                *(["spikes.csv"] if expected == REFUSED else [])
            )

    def files(self):
        random = np.random.default_rng(1)
        garbage = random.integers(0, 256, 5000, dtype=np.uint8).tobytes()
        for path in sorted(self.base.rglob("*")):
            if not path.is_file():
                continue
            file, name = str(path.relative_to(self.base)), path.name
            self.raw(file, "is missing", lambda path, content: None, REFUSED, name)
            self.raw(file, "is a folder", lambda path, content: path.mkdir(), REFUSED, name)
            empty = ANY if name == "thalamus_node_types.csv" else REFUSED
            self.raw(file, "is empty", lambda path, content: b"", empty, *([name] if empty == REFUSED else []))
            self.raw(file, "is noise", lambda path, content: garbage, REFUSED, name)
            self.raw(file, "has no end", lambda path, content: os.symlink("/dev/zero", path), REFUSED, name)
            self.raw(file, "is a link to itself", lambda path, content: os.symlink(path, path), REFUSED, name)
            if name.endswith(".h5"):
                self.raw(file, "is cut in half", lambda path, content: content[: len(content) // 2], REFUSED, name)
                self.raw(file, "has no last byte", lambda path, content: content[:-1], ANY)
                self.raw(file, "is a text", lambda path, content: b"source target\n1 2\n", REFUSED, name)
                self.raw(
                    file, "has noise after its signature", lambda path, content: content[:8] + garbage, REFUSED, name
                )

    def flips(self, count):
        """Random bytes of the HDF5 files."""
        random = np.random.default_rng(2)
        files = [NODES, EDGES, OUTER, VIRTUAL_NODES, SPIKES]
        for number in range(count):
            file = files[int(random.integers(len(files)))]
            seed = int(random.integers(2**31))

            def make(path, content, seed=seed):
                own = np.random.default_rng(seed)
                changed = bytearray(content)
                for _ in range(int(own.integers(1, 9))):
                    # half of the flips fall into the first two kilobytes, where the structure begins
                    end = min(2048, len(changed)) if own.random() < 0.5 else len(changed)
                    changed[int(own.integers(end))] ^= int(own.integers(1, 256))
                return bytes(changed)

            self.raw(file, "bytes flipped by %d" % seed, make, ANY)


def judge(code, out, err, expected, words):
    """What is wrong with the end of a case, or nothing."""
    if code is None:
        return "did not end within %d s" % TIME_LIMIT_S
    if code not in (0, 2):
        return "exit code %d: %s" % (code, err[:300])
    if code == 2:
        lines = err.splitlines()
        if len(lines) != 1:
            return "%d lines on stderr: %s" % (len(lines), err[:300])
        if out:
            return "wrote on stdout: " + out[:100]
        if len(err) > 1500:
            return "a line of %d characters: %s..." % (len(err), err[:100])
        if re.search("[\x00-\x09\x0b-\x1f\x7f]", err):
            return "control characters: %r" % err[:300]
        if expected == FINE:
            return "refused: " + err.strip()
        if expected == REFUSED:
            for word in words:
                if word not in err:
                    return "does not say %r: %s" % (word, err.strip()[:400])
    if code == 0 and expected == REFUSED:
        return "was accepted"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("izhi")
    parser.add_argument("--all", action="store_true", help="all cases of sweeps")
    parser.add_argument("--flips", type=int, default=120)
    parser.add_argument("--only", default="", help="only cases whose name has this text")
    parser.add_argument("--show", action="store_true", help="print what izhi says in each case")
    given = parser.parse_args()
    izhi = Program(given.izhi)
    top = Path(tempfile.mkdtemp(prefix="izhi-hostile-"))
    base = top / "base"
    write(base_network(), base)
    cases = Cases(base)
    for add in (
        cases.every_data_set,
        cases.attributes_of_h5,
        cases.structure_of_h5,
        cases.every_json_key,
        cases.json_keys_that_matter,
        cases.texts,
        cases.tables,
        cases.spike_tables,
        cases.files,
    ):
        add()
    cases.flips(given.flips)
    chosen = cases.chosen(given.all, given.only)

    def run(number):
        name, change, expected, words, _ = chosen[number]
        folder = top / str(number)
        shutil.copytree(base, folder, copy_function=os.link)
        try:
            altered = folder / name.split(":")[0]
            content = altered.read_bytes()
            altered.unlink()  # links to the base remain for all other files
            altered.write_bytes(content)
            change(folder)
            code, out, err = izhi.run("run", SIMULATION, "--quiet", folder=folder, limit=TIME_LIMIT_S)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if given.show:
            print("%s | %s | %s" % (name, code, err.strip()[:300]))
        return judge(code, out, err, expected, words)

    failures = []
    try:
        code, out, err = izhi.run("run", SIMULATION, "--quiet", folder=base)
        shutil.rmtree(base / "output", ignore_errors=True)
        if code != 0:
            print("FAILED: the network that is to be altered does not run: " + err.strip(), file=sys.stderr)
            return 1
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for number, problem in enumerate(pool.map(run, range(len(chosen)))):
                if problem:
                    failures.append("%s: %s" % (chosen[number][0], problem))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    for failure in failures:
        print("FAILED: " + failure, file=sys.stderr)
    print("%d of %d cases failed" % (len(failures), len(chosen)) if failures else "%d cases passed" % len(chosen))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
