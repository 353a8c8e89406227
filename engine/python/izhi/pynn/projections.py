# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Projections. A projection holds its synapses in PyNN's units: as arrays, or, where izhi can make them by a rule of its own,
as that rule until somebody asks for them."""
import numpy as np
from pyNN import common, connectors, errors, random
from pyNN.space import Space
from pyNN.standardmodels import check_weights

from . import simulator
from .standardmodels.synapses import (STDPMechanism, SimpleStochasticSynapse, StaticSynapse,
                                      TsodyksMarkramSynapse)


class NativeRNG(random.NativeRNG):
    """Lets izhi draw the connections of FixedProbabilityConnector, FixedNumberPreConnector, FixedNumberPostConnector and
    FixedTotalNumberConnector with its own rules, which needs no time in Python. The seed of setup() determines them. Where that
    is not possible, and for values of parameters, numbers are drawn as with NumpyRNG."""

    def __init__(self, seed=None):
        super().__init__(seed)
        self.parallel_safe = True
        self._numpy = random.NumpyRNG(seed=151985012 if seed is None else seed)

    def next(self, n=None, distribution=None, parameters=None, mask=None):
        return self._numpy.next(n, distribution, parameters, mask)

    def __getattr__(self, name):
        if name == "_numpy":
            raise AttributeError(name)
        return getattr(self._numpy, name)


class Connection(common.Connection):
    """One synapse. Its attributes are those of the synapse type: connection.weight, connection.delay."""

    def __init__(self, projection, index):
        self.__dict__.update(_projection=projection, _index=index)

    presynaptic_index = property(lambda self: int(self._projection._pre[self._index]))
    postsynaptic_index = property(lambda self: int(self._projection._post[self._index]))

    def __getattr__(self, name):
        projection = self.__dict__["_projection"]
        if name not in projection.attribute_names:
            raise AttributeError("a connection has no %s; it has %s" % (name, ", ".join(projection.attribute_names)))
        value = projection._attribute(name)
        return float(value if np.ndim(value) == 0 else value[self._index])

    def __setattr__(self, name, value):
        if name not in self._projection.attribute_names:
            raise AttributeError("a connection has no %s; it has %s"
                                 % (name, ", ".join(self._projection.attribute_names)))
        values = self._projection._whole_attribute(name).copy()
        values[self._index] = value
        self._projection._change(name, values)

    def as_tuple(self, *names):
        return tuple(getattr(self, name) for name in names)


class Projection(common.Projection):
    __doc__ = common.Projection.__doc__
    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(self, presynaptic_neurons, postsynaptic_neurons, connector, synapse_type=None, source=None,
                 receptor_type=None, space=Space(), label=None):
        if not len(getattr(postsynaptic_neurons, "receptor_types", "?")):
            raise errors.ConnectionError("spike sources receive no connections")
        super().__init__(presynaptic_neurons, postsynaptic_neurons, connector, synapse_type, source, receptor_type, space,
                         label)
        state = self._simulator.state
        state.check_may_grow("a Projection")
        if not isinstance(self.synapse_type, (StaticSynapse, TsodyksMarkramSynapse, STDPMechanism,
                                              SimpleStochasticSynapse)):
            raise NotImplementedError("izhi.pynn has no %s" % type(self.synapse_type).__name__)
        self.plastic = isinstance(self.synapse_type, STDPMechanism)
        self.stochastic = isinstance(self.synapse_type, SimpleStochasticSynapse)
        self.short_term = isinstance(self.synapse_type, TsodyksMarkramSynapse)
        self.pre_cells = np.array([int(each) for each in self.pre.all_cells], dtype=np.int64)
        self.post_cells = np.array([int(each) for each in self.post.all_cells], dtype=np.int64)
        self._chunks, self._places, self._attributes = [], None, {}
        self._stale = False  # whether the simulation has newer weights
        self.rule = self._native_rule()
        if self.rule is None:
            connector.connect(self)
            self._collect()
        self._check_delays()
        self._first_weights = self._attributes["weight"]
        self.number = len(state.projections)
        state.projections.append(self)
        state.changed()

    @property
    def attribute_names(self):
        return [self.synapse_type.translations[name]["translated_name"] for name in self.synapse_type.translations]

    # ------------------------------------------------------------- making synapses

    def _native_rule(self):
        """izhi's rule of the connector, with its keys, if izhi makes the same synapses by itself."""
        connector = self._connector
        kind = type(connector)
        native = isinstance(getattr(connector, "rng", None), random.NativeRNG)
        rule = None
        if kind is connectors.AllToAllConnector and connector.allow_self_connections in (True, False):
            rule = dict(rule="all-to-all", autapses=bool(connector.allow_self_connections))
        elif kind is connectors.OneToOneConnector and self.pre.size == self.post.size:
            rule = dict(rule="one-to-one")
        elif native and kind is connectors.FixedProbabilityConnector and connector.allow_self_connections != "NoMutual":
            rule = dict(rule="fixed-probability", probability=min(connector.p_connect, 1.0),
                        autapses=bool(connector.allow_self_connections))
        elif native and kind in (connectors.FixedNumberPreConnector, connectors.FixedNumberPostConnector) \
                and isinstance(connector.n, (int, np.integer)):
            name = "indegree" if kind is connectors.FixedNumberPreConnector else "outdegree"
            rule = {"rule": "fixed-" + name, name: int(connector.n), "multapses": bool(connector.with_replacement),
                    "autapses": bool(connector.allow_self_connections)}
        elif native and kind is connectors.FixedTotalNumberConnector and connector.with_replacement \
                and isinstance(connector.n, (int, np.integer)):
            rule = dict(rule="fixed-total", total=int(connector.n),
                        autapses=bool(connector.allow_self_connections))
        ranges = [cells.size and cells[-1] - cells[0] + 1 == cells.size and (np.diff(cells) == 1).all()
                  for cells in (self.pre_cells, self.post_cells)]
        values = {}
        if rule is not None and all(ranges) and not self.stochastic:
            space = self.synapse_type.native_parameters
            space.shape = self.shape
            if all(each.is_homogeneous and not callable(each.base_value) for _, each in space.items()):
                values = {name: float(each.evaluate(simplify=True)) for name, each in space.items()}
        if not values or native and not self._simulator.state.may_be_one_target(self.post):
            return None
        if connector.safe:
            check_weights(values["weight"], self)
        self._attributes = values
        return rule

    def _convergent_connect(self, presynaptic_indices, postsynaptic_index, **values):
        """Synapses from several cells onto one."""
        sources = np.asarray(presynaptic_indices)
        if sources.dtype == bool:
            sources = sources.nonzero()[0]
        self._chunks.append((sources.astype(np.int64), postsynaptic_index, values))

    def _collect(self):
        """Turns what connectors passed into arrays; values that all synapses share stay single numbers."""
        chunks, self._chunks = self._chunks, []
        sizes = [len(sources) for sources, _, _ in chunks]
        if not chunks:
            space = self.synapse_type.native_parameters
            self._places = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
            self._attributes = {name: np.zeros(0) for name in space.keys()}
            return
        self._places = (np.concatenate([sources for sources, _, _ in chunks]),
                        np.repeat(np.array([int(target) for _, target, _ in chunks]), sizes))
        for name in chunks[0][2]:
            parts = [values[name] for _, _, values in chunks]
            if all(np.ndim(part) == 0 for part in parts) and len(set(map(float, parts))) == 1:
                self._attributes[name] = float(parts[0])
            else:
                self._attributes[name] = np.concatenate(
                    [np.broadcast_to(np.asarray(part, dtype=float), size) for part, size in zip(parts, sizes)])

    def _check_delays(self):
        state, delays = self._simulator.state, np.asarray(self._attributes["delay"])
        if delays.size == 0:
            return
        low, high = float(delays.min()), float(delays.max())
        shortest, longest = state.given_min_delay, state.given_max_delay
        if not low >= state.dt / 2:
            raise errors.ConnectionError("a delay is %g ms; allowed: at least the timestep, %g ms" % (low, state.dt))
        if shortest != "auto" and low < shortest - state.dt / 2 or longest != "auto" and high > longest + state.dt / 2:
            raise errors.ConnectionError("Delay (%g to %g) is out of range [%s, %s]" % (low, high, shortest, longest))

    def _expand(self):
        """The synapses of a rule of izhi, as arrays."""
        kind, npre, npost = self.rule["rule"], self.pre.size, self.post.size
        if kind == "all-to-all":
            pre, post = np.tile(np.arange(npre), npost), np.repeat(np.arange(npost), npre)
            if not self.rule["autapses"]:
                other = self.pre_cells[pre] != self.post_cells[post]
                pre, post = pre[other], post[other]
        elif kind == "one-to-one":
            pre = post = np.arange(npre)
        else:
            pre, post = self._simulator.state.drawn_synapses(self)
            order = np.lexsort((pre, post))
            pre, post = pre[order], post[order]
        self._places = pre, post

    @property
    def _pre(self):
        if self._places is None:
            self._expand()
        return self._places[0]

    @property
    def _post(self):
        if self._places is None:
            self._expand()
        return self._places[1]

    def __len__(self):
        if self._places is None and self.rule["rule"] == "all-to-all":
            same = 0 if self.rule["autapses"] else np.intersect1d(self.pre_cells, self.post_cells).size
            return self.pre.size * self.post.size - same
        return len(self._pre)

    # ------------------------------------------------------------------ attributes

    def _attribute(self, name):
        """The values of an attribute: a number if it is that of all synapses, or an array."""
        if name == "weight" and self._stale:
            self._simulator.state.read_weights(self)
            self._stale = False
        return self._attributes[name]

    def _whole_attribute(self, name):
        return np.broadcast_to(np.asarray(self._attribute(name), dtype=float), len(self))

    def _change(self, name, values):
        state = self._simulator.state
        if name == "delay" and state.steps_done > 0:
            raise NotImplementedError("delays cannot change after run(); call reset() first")
        if np.ndim(values):
            if state.steps_done > 0 and self.number in state.made_by_rule:
                raise NotImplementedError("%s of the connections of %s cannot become different after run(), because izhi made "
                                          "them by a rule; set different values before the first run, or call reset()"
                                          % (name, self.label))
            self._pre  # a rule of izhi has one value for all synapses
            if np.isnan(values).any():
                raise ValueError("%s of %s has no value for some of its connections" % (name, self.label))
        if name == "weight":
            self._stale = False
            self._first_weights = values
            state.weights_changed(self)
        self._attributes[name] = values
        if name == "delay":
            self._check_delays()
        state.changed()

    def _set_attributes(self, parameter_space):
        for name, value in parameter_space.items():
            if value.is_homogeneous and not callable(value.base_value):
                self._change(name, float(value.evaluate(simplify=True)))
            else:
                self._change(name, value.evaluate(simplify=False)[self._pre, self._post])

    def _get_attributes_as_list(self, names):
        columns = []
        for name in names:
            if name == "presynaptic_index":
                columns.append(self._pre.tolist())
            elif name == "postsynaptic_index":
                columns.append(self._post.tolist())
            else:
                columns.append(self._whole_attribute(name).tolist())
        return list(zip(*columns))

    def _get_attributes_as_arrays(self, names, multiple_synapses="sum"):
        combine = {"sum": np.add, "min": np.minimum, "max": np.maximum}.get(multiple_synapses)
        starts = {"sum": 0.0, "min": np.inf, "max": -np.inf}
        made = []
        for name in names:
            values = self._whole_attribute(name)
            if combine is None:  # the last assignment to a place counts
                step = 1 if multiple_synapses == "last" else -1
                array = np.full(self.shape, np.nan)
                array[self._pre[::step], self._post[::step]] = values[::step]
            else:
                array = np.full(self.shape, starts[multiple_synapses])
                combine.at(array, (self._pre, self._post), values)
                empty = np.ones(self.shape, dtype=bool)
                empty[self._pre, self._post] = False
                array[empty] = np.nan
            made.append(array)
        return made

    def _set_initial_value_array(self, variable, initial_value):
        raise NotImplementedError("izhi.pynn cannot initialize %s of synapses" % variable)

    def _value_list_to_array(self, attributes):
        if any(isinstance(value, list) or isinstance(value, np.ndarray) and value.ndim == 1
               for value in attributes.values()):
            return super()._value_list_to_array(attributes)
        return attributes

    @property
    def connections(self):
        """All synapses, as Connection objects."""
        return (Connection(self, index) for index in range(len(self)))

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [Connection(self, each) for each in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError("there are %d connections" % len(self))
        return Connection(self, index % len(self))
