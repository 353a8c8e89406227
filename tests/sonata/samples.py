# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""The networks of these tests. All are small, and every choice is made by a fixed seed.

Weights are whole sixteenths and delays whole steps, so that every form of a file (also in single precision) holds the
same numbers, and izhi's weights in fixed point are exact.
"""
import numpy as np

from networks import Clamp, Edges, Form, Group, Network, Nodes, Spikes

RS = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0}
FS = {"a": 0.1, "b": 0.2, "c": -65.0, "d": 2.0}


def sixteenths(values):
    return np.round(np.asarray(values) * 16) / 16


def in_ms(steps, dt):
    """Times of whole steps, as short decimal numbers."""
    return np.round(np.asarray(steps) * dt, 9)


def trains(random, nodes, rate_hz, tstop, dt, first=1):
    """A train for each node, on the grid."""
    last = int(round(tstop / dt))
    return {
        int(node): in_ms(np.flatnonzero(random.random(last - first) < rate_hz * dt / 1000) + first, dt).tolist()
        for node in nodes
    }


def pairs(random, sources, targets, probability):
    """Ordered pairs, each with this probability."""
    chosen = random.random((len(sources), len(targets))) < probability
    return np.array([(sources[i], targets[j]) for i, j in zip(*np.nonzero(chosen))], dtype=np.int64).reshape(-1, 2)


def point(template, params=None, **more):
    return {"model_type": "point_neuron", "model_template": template, "dynamics_params": params or {}, **more}


VIRTUAL = {"model_type": "virtual", "model_template": None, "dynamics_params": None}


def virtual(name, count, ids=None, **more):
    return Nodes(name, {10: {**VIRTUAL, **more}}, [10] * count, ids=ids)


def delays(random, count, dt, low, high):
    return in_ms(random.integers(int(round(low / dt)), int(round(high / dt)) + 1, count), dt)


# One model each ---------------------------------------------------------------------------------------------------------


def of_one_model(template, excitatory, inhibitory, weights, seed, dt=0.1, tstop=100.0, rate_hz=60.0, static=None):
    """40 cells of a model, a quarter of them inhibitory, driven by 20 virtual nodes. `weights`: the largest of
    recurrent excitation, inhibition and drive."""
    random = np.random.default_rng(seed)
    to_e, to_i, drive = weights
    count, inhibitory_from = 40, 30
    types = {100: point(template, excitatory, ei="e"), 101: point(template, inhibitory, ei="i")}
    cells = Nodes("v1", types, np.where(np.arange(count) < inhibitory_from, 100, 101))
    inside = pairs(random, np.arange(count), np.arange(count), 0.2)
    kind = np.where(inside[:, 0] < inhibitory_from, 200, 201)
    values = np.where(kind == 200, to_e, to_i) * random.uniform(0.25, 1.0, len(inside))
    synapse = {"model_template": static} if static else {}
    inner = Edges(
        "v1",
        "v1",
        inside,
        {200: dict(synapse), 201: dict(synapse)},
        kind,
        [
            Group(
                np.arange(len(inside)),
                {"syn_weight": sixteenths(values), "delay": delays(random, len(inside), dt, max(dt, 0.5), 5.0)},
            )
        ],
    )
    source = virtual("lgn", 20)
    outside = pairs(random, np.arange(20), np.arange(count), 0.3)
    outer = Edges(
        "lgn",
        "v1",
        outside,
        {300: {"syn_weight": drive, "delay": max(1.5, 2 * dt), **synapse}},
        [300] * len(outside),
        [Group(np.arange(len(outside)), {"nsyns": random.integers(1, 4, len(outside))})],
    )
    return Network(
        [cells, source], [inner, outer], dt, tstop, [Spikes("lgn", trains(random, range(20), rate_hz, tstop, dt))]
    )


def izhikevich(consistent, dt=0.1):
    """Weights are in mV/ms for one step (published) or jumps in mV (consistent)."""
    scale = 1.0 if consistent else 1.0 / dt
    state = {"V_m": -65.0, "U_m": -13.0, "consistent_integration": consistent}
    weights = (4 * scale, -6 * scale, sixteenths(3.5 * scale).item())
    network = of_one_model("nest:izhikevich", {**RS, **state}, {**FS, **state}, weights, seed=11, dt=dt)
    cells = network.nodes[0]
    random = np.random.default_rng(12)
    rows = np.arange(len(cells.type_of))
    cells.groups = [
        Group(
            rows,
            {},
            {"d": sixteenths(random.uniform(2, 8, len(rows))), "I_e": sixteenths(random.uniform(0, 4, len(rows)))},
        )
    ]
    return network


def iaf_delta():
    return of_one_model("nest:iaf_psc_delta", {}, {}, (3.0, -4.0, 4.0), seed=21, static="static_synapse")


def iaf_exp():
    params = {
        "C_m": 200.0,
        "tau_m": 15.0,
        "tau_syn_ex": 3.0,
        "tau_syn_in": 7.5,
        "E_L": -65.0,
        "V_m": -65.0,
        "V_th": -50.0,
        "V_reset": -60.0,
        "t_ref": 1.5,
    }
    return of_one_model(
        "nest:iaf_psc_exp", params, {**params, "I_e": 100.0, "tau_m": 10.0}, (300.0, -400.0, 250.0), seed=31
    )


def iaf_alpha():
    params = {"tau_syn_in": 5.0, "V_reset": -65.0, "V_m": -62.0}
    return of_one_model(
        "nest:iaf_psc_alpha", params, {"t_ref": 0.5}, (200.0, -300.0, 160.0), seed=41, static="nest:static_synapse"
    )


def intfire1(tstop=300.0):
    """As Allen's example of 300 cells: signs of weights in the JSON files of edges, weight_function wmax, nsyns of
    each edge."""
    random = np.random.default_rng(51)
    types = {
        100: {
            "model_type": "point_process",
            "model_template": "nrn:IntFire1",
            "dynamics_params": {"tau": 0.024, "type": "NEURON_IntFire1", "refrac": 0.003},
        },
        101: {
            "model_type": "point_process",
            "model_template": "nrn:IntFire1",
            "dynamics_params": {"tau": 0.007, "type": "NEURON_IntFire1", "refrac": 0.003},
        },
    }
    count = 60
    cells = Nodes("v1", types, np.where(np.arange(count) < 48, 100, 101))
    inside = pairs(random, np.arange(count), np.arange(count), 0.3)
    from_i, to_i = inside[:, 0] >= 48, inside[:, 1] >= 48
    plus, minus = {"level_of_detail": "instanteneous", "sign": 1}, {"level_of_detail": "instanteneous", "sign": -1}
    common = {"delay": 2.0, "weight_function": "wmax"}
    inner = Edges(
        "v1",
        "v1",
        inside,
        {
            100: {**common, "syn_weight": 0.01, "dynamics_params": minus},
            101: {**common, "syn_weight": 0.03, "dynamics_params": minus},
            102: {**common, "syn_weight": 0.05, "dynamics_params": plus},
            103: {**common, "syn_weight": 0.008, "dynamics_params": plus},
        },
        np.where(from_i, np.where(to_i, 100, 101), np.where(to_i, 102, 103)),
        [Group(np.arange(len(inside)), {"nsyns": np.full(len(inside), 5)})],
    )
    outside = pairs(random, np.arange(30), np.arange(count), 0.4)
    outer = Edges(
        "lgn",
        "v1",
        outside,
        {100: {**common, "syn_weight": 0.03, "dynamics_params": plus}},
        [100] * len(outside),
        [Group(np.arange(len(outside)), {"nsyns": random.integers(1, 6, len(outside))})],
    )
    spikes = Spikes("lgn", trains(random, range(30), 40.0, tstop, 0.1), form="h5-old")
    return Network([cells, virtual("lgn", 30)], [inner, outer], 0.1, tstop, [spikes])


# All in one -------------------------------------------------------------------------------------------------------------


def mixed(form=None, **changes):
    """Several models in one population, with node ids that are neither ordered nor contiguous; two groups of nodes
    and of edges with different columns, which override what the types say; everything that a form can change."""
    random = np.random.default_rng(61)
    dt, tstop = 0.1, 60.0
    form = form or Form()
    published = {"consistent_integration": False, "U_m": -13.0, "V_m": -65.0}
    types = {
        100: point("nest:izhikevich", {**RS, **published}, ei="e", layer=4),
        7: point("nest:izhikevich", {**FS, **published}, ei="i", layer=5),
        102: point("nest:iaf_psc_exp", {"tau_syn_ex": 3.0}, ei="e", layer=4),
        103: point("nest:iaf_psc_alpha", {"V_reset": -65.0}, ei="e", layer=5),
        104: {**point("nest:iaf_psc_delta", {}, ei="i", layer=6), "model_type": "point_process"},
    }
    type_of = random.permutation(np.repeat([100, 7, 102, 103, 104], [10, 4, 8, 8, 8]))
    count = len(type_of)
    ids = random.permutation(np.arange(3, 3 + 2 * count, 2))
    groups = []
    for number, members in enumerate(([100, 7], [102, 103, 104])):
        rows = np.flatnonzero(np.isin(type_of, members))
        tuning = sixteenths(random.uniform(0, 180, len(rows)))
        if number == 0:
            params = {
                "d": sixteenths(random.uniform(2, 8, len(rows))),
                "I_e": sixteenths(random.uniform(0, 6, len(rows))),
            }
            groups.append(
                Group(rows, {"tuning": tuning, "area": ["V1" if row % 3 else "LM" for row in rows]}, params, ("area",))
            )
        else:
            groups.append(Group(rows, {"depth": tuning}))
    if not form.types_files:  # a group has one set of parameters: one for each type
        split = []
        for group in groups:
            for type_id in sorted(set(type_of[group.rows])):
                inside = np.flatnonzero(type_of[group.rows] == type_id)
                split.append(
                    Group(
                        group.rows[inside],
                        {name: [column[i] for i in inside] for name, column in group.columns.items()},
                        {name: [column[i] for i in inside] for name, column in group.params.items()},
                        group.library,
                    )
                )
        groups = split
    cortex = Nodes("cortex", types, type_of, ids, groups)
    model_of = {int(node): types[int(kind)]["model_template"] for node, kind in zip(ids, type_of)}
    largest = {
        "nest:izhikevich": 60.0,
        "nest:iaf_psc_exp": 200.0,
        "nest:iaf_psc_alpha": 150.0,
        "nest:iaf_psc_delta": 4.0,
    }

    inside = pairs(random, ids, ids, 0.15)
    ei = {int(node): types[int(kind)]["ei"] for node, kind in zip(ids, type_of)}
    sign = np.array([1 if ei[int(source)] == "e" else -1 for source in inside[:, 0]])
    scale = np.array([largest[model_of[int(target)]] for target in inside[:, 1]])
    weight = sixteenths(sign * scale * random.uniform(0.2, 1.0, len(inside)))
    first = random.random(len(inside)) < 0.5
    one, two = np.flatnonzero(first), np.flatnonzero(~first)
    inner = Edges(
        "cortex",
        "cortex",
        inside,
        {
            5: {"delay": 2.5, "model_template": "static_synapse", "nsyns": 1},
            6: {"delay": 1.0, "model_template": None, "nsyns": None},
        },
        np.where(first, 5, 6),
        [
            # weights by edge, delays by type; one of the types has nsyns, which the other group overrides
            Group(one, {"syn_weight": weight[one]}),
            Group(
                two,
                {
                    "syn_weight": weight[two] / 2,
                    "nsyns": np.full(len(two), 2),
                    "delay": delays(random, len(two), dt, 0.1, 6.0),
                },
            ),
        ],
    )
    outside = pairs(random, np.arange(12), ids, 0.5)
    kinds = np.array(
        [
            {"nest:izhikevich": 1, "nest:iaf_psc_exp": 2, "nest:iaf_psc_alpha": 3, "nest:iaf_psc_delta": 4}[
                model_of[int(t)]
            ]
            for t in outside[:, 1]
        ]
    )
    outer = Edges(
        "thalamus",
        "cortex",
        outside,
        {
            kind: {"syn_weight": largest[model], "delay": 1.5, "model_template": "static_synapse"}
            for kind, model in enumerate(largest, 1)
        },
        kinds,
        [Group(np.arange(len(outside)), {"nsyns": random.integers(0, 3, len(outside))})],
        order="source",
    )
    spikes = Spikes("thalamus", trains(random, range(12), 90.0, tstop, dt))
    made = dict(
        nodes=[cortex, virtual("thalamus", 12)],
        edges=[inner, outer],
        dt=dt,
        tstop=tstop,
        spikes=[spikes],
        node_sets={
            "by_population": {"population": "thalamus"},
            "excitatory": {"population": "cortex", "ei": "e"},
            "area_v1": {"area": "V1"},
            "deep": {"population": ["cortex"], "layer": [5, 6]},
            "some": {"population": "cortex", "node_id": sorted(int(node) for node in ids[:7])},
            "several": ["some", "deep"],
            "nested": ["several", "area_v1"],
        },
        form=form,
    )
    return Network(**{**made, **changes})


# Small ones, for single rules -------------------------------------------------------------------------------------------


def chain(
    template, params, weight, delay, times, dt=0.1, tstop=20.0, edge_params=None, synapse=None, count=1, nsyns=None
):
    """One virtual node onto `count` cells, with one synapse each (of `weight`, or a list of weights)."""
    cells = Nodes("cells", {1: point(template, params)}, [1] * count)
    weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), count)
    columns = {"syn_weight": weights.tolist()}
    if nsyns is not None:
        columns["nsyns"] = list(nsyns)
    edge = {"delay": delay, "model_template": synapse}
    if edge_params is not None:
        edge["dynamics_params"] = edge_params
    edges = Edges(
        "inputs", "cells", [(0, n) for n in range(count)], {1: edge}, [1] * count, [Group(np.arange(count), columns)]
    )
    return Network([cells, virtual("inputs", 1)], [edges], dt, tstop, [Spikes("inputs", {0: list(times)})])


def depressing(dt=0.1, **params):
    """tsodyks2_synapse: bursts onto cells whose thresholds count how much arrives."""
    given = {"U": 0.3, "u": 0.3, "x": 1.0, "tau_rec": 100.0, "tau_fac": 50.0, **params}
    random = np.random.default_rng(71)
    tstop, count = 300.0, 40
    cells = Nodes("cells", {1: point("nest:iaf_psc_delta", {"tau_m": 20.0})}, [1] * count)
    edges = Edges(
        "inputs",
        "cells",
        pairs(random, np.arange(10), np.arange(count), 0.4),
        {1: {"model_template": "tsodyks2_synapse", "dynamics_params": given, "delay": 1.2}},
        [],
    )
    edges.type_of = np.full(len(edges.pairs), 1)
    edges.groups = [
        Group(np.arange(len(edges.pairs)), {"syn_weight": sixteenths(random.uniform(20, 60, len(edges.pairs)))})
    ]
    bursts = {}
    for node in range(10):
        starts = random.integers(10, 2500, 4)
        steps = sorted({int(start + 60 * n + random.integers(0, 20)) for start in starts for n in range(5)})
        bursts[node] = in_ms([step for step in steps if step < 3000], dt).tolist()
    return Network([cells, virtual("inputs", 10)], [edges], dt, tstop, [Spikes("inputs", bursts)])


def learning(dt=0.1, ties=False, **params):
    """stdp_synapse: plastic weights of no effect, onto cells that a strong static synapse drives. So the spikes do
    not depend on what is learned, and the weights can be compared. Spikes of the sources fall on even steps, those of
    the cells plus the delay on odd ones, so that no two meet at a synapse at the same time; with `ties` many do."""
    given = {"tau_plus": 15.0, "lambda": 0.05, "alpha": 1.1, "mu_plus": 0.5, "mu_minus": 0.8, "Wmax": 1.0, **params}
    random = np.random.default_rng(81)
    tstop, count, sources = 500.0, 6, 8
    cells = Nodes("cells", {1: point("nest:iaf_psc_delta", {"tau_minus": 25.0})}, [1] * count)
    plastic = np.array([(s, c) for s in range(sources) for c in range(count)])
    weights = random.uniform(0.2, 0.8, len(plastic))
    learned = Edges(
        "learned",
        "cells",
        plastic,
        {1: {"model_template": "stdp_synapse", "dynamics_params": given, "delay": 2.0}},
        [1] * len(plastic),
        [Group(np.arange(len(plastic)), {"syn_weight": np.round(weights * 4096) / 4096})],
    )
    forced = Edges(
        "teachers", "cells", [(n, n) for n in range(count)], {1: {"syn_weight": 50.0, "delay": 1.0}}, [1] * count
    )
    even = lambda steps: np.unique(steps // 2 * 2)  # noqa: E731
    last = 4400  # silent at the end, so that nothing is in flight
    trains_of_sources = {s: in_ms(even(random.integers(20, last, 30)), dt).tolist() for s in range(sources)}
    trains_of_teachers = {}
    for n in range(count):
        steps = even(random.integers(20, last, 25)) + (
            0 if ties else 1
        )  # + delay of 10 steps: the cell fires; + 20: at the synapse
        steps = [step for place, step in enumerate(steps) if place == 0 or step - steps[place - 1] > 22]
        trains_of_teachers[n] = in_ms(steps, dt).tolist()
    return Network(
        [cells, virtual("learned", sources), virtual("teachers", count)],
        [learned, forced],
        dt,
        tstop,
        [Spikes("learned", trains_of_sources), Spikes("teachers", trains_of_teachers)],
    )


def clamped():
    """Current clamps on every model that takes one."""
    types = {
        1: point("nest:izhikevich", {**RS, "consistent_integration": False, "U_m": -13.0}, kind="a"),
        2: point("nest:iaf_psc_exp", {}, kind="b"),
        3: point("nest:iaf_psc_alpha", {"tau_m": 20.0}, kind="b"),
        4: point("nest:iaf_psc_delta", {"C_m": 150.0}, kind="b"),
    }
    cells = Nodes("cells", types, [1, 1, 2, 2, 3, 3, 4, 4])
    return Network(
        [cells],
        [],
        0.1,
        150.0,
        clamps=[
            Clamp({"population": "cells", "kind": "b"}, 500.0, 10.0, 60.0),
            Clamp(
                {"population": "cells", "node_id": [0, 2, 4, 6]},
                [12.0, 7.5, 20.0],
                [20.0, 80.0, 110.0],
                [30.0, 20.0, 25.0],
            ),
            Clamp("odd", 100.0, 15.0, 90.0),
        ],
        node_sets={"odd": {"node_id": [1, 3, 5, 7]}},
    )


def small_export():
    """A network file for the way out: several populations, delays, both signs, listed synapses."""
    return """[network]
name = "small"
seed = 5
dt_ms = 0.5
[population.exc]
size = 40
cell = "RS"
d = { uniform = [4, 8] }
bias_current = { uniform = [3, 7] }
[population.inh]
size = 10
cell = "FS"
bias_current = 4.0
[population.lif]
size = 8
model = "lif"
bias_current = 500.0
[projection.ee]
source = "exc"
target = "exc"
rule = "fixed-outdegree"
outdegree = 8
weight = { uniform = [0.5, 3.0] }
delay_ms = { uniform = [0.5, 10] }
[projection.ie]
source = "inh"
target = "exc"
rule = "fixed-probability"
probability = 0.3
weight = -2.5
delay_ms = 1.5
[projection.to-lif]
source = "exc"
target = "lif"
rule = "fixed-indegree"
indegree = 5
weight = 60.0
delay_ms = { uniform = [1, 4] }
dynamics = { type = "exponential", tau_ms = 2.0 }
[projection.by-hand]
source = "exc"
target = "inh"
rule = "explicit"
synapses = [[0, 5, 4.5, 1.0], [39, 5, 3.0, 12.0], [0, 5, 1.5, 1.0], [7, 0, 8.0, 3.0]]
"""
