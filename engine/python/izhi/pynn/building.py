# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""From PyNN's populations and projections to a network of izhi."""
import re

import numpy as np
from pyNN import errors

import izhi

from .conductances import alpha_shares

#: projections with more synapses are made by a rule of izhi where it has one: all to all, one to one
MOST_LISTED = 100000


def _one_if_same(values):
    return float(values[0]) if (values == values[0]).all() else np.asarray(values, dtype=float)


class Part:
    """Cells of a population that are one population of izhi."""

    def __init__(self, population, cells, name, first):
        #: the population and the indices of the cells in it
        self.population, self.cells = population, cells
        #: the name, and the number of the first neuron, in the network of izhi
        self.name, self.first = name, first
        self.size = len(cells)

    def value(self, parameter):
        """The value of a parameter that all cells share."""
        return float(self.population._parameters[parameter][self.cells[0]])

    def values(self, parameter):
        """The values of a parameter: one number if all cells share it."""
        return _one_if_same(self.values_of(parameter))

    def values_of(self, parameter):
        """The values of a parameter, one for each cell."""
        return self.population._parameters[parameter][self.cells]

    def start(self, variable):
        return _one_if_same(self.population._start[variable][self.cells])

    def _threshold(self):
        """The threshold, and the largest v from which a neuron of izhi can start."""
        if self.population.celltype.form == "simple":
            return 30.0, 29.0
        return self.value("v_thresh"), self.value("v_thresh") - 0.001

    def start_v(self):
        """v at the start. Neurons of izhi start below the threshold; see at_threshold()."""
        return _one_if_same(np.minimum(self.population._start["v"][self.cells], self._threshold()[1]))

    def at_threshold(self):
        """The neurons that fire in the first step because they start at the threshold or beyond."""
        return np.flatnonzero(self.population._start["v"][self.cells] >= self._threshold()[0])


class Group:
    """Synapses of a projection that are one projection of izhi."""

    def __init__(self, name, projection, members, sources, delays, targets, scale):
        self.name, self.projection, self.members, self.scale = name, projection, members, scale
        self.sources = sources
        #: members in the order in which izhi numbers synapses
        self.order = np.lexsort((targets, delays, sources)) if projection.plastic else None


class Relays:
    """Neurons of stochastic synapses, one for each. One step after a spike of the source, a neuron fires with the
    probability of its synapse."""

    def __init__(self, state, projection, first):
        self.name, self.size = "s%d" % projection.number, len(projection)
        #: their numbers, over the network and as cells
        self.numbers = first + np.arange(self.size)
        self.waiting = np.zeros(0, dtype=np.int64)
        self._generator = np.random.RandomState([state.seed % 2**32, state.seed >> 32, projection.number, 3])
        self._projection = projection
        sources = state._neuron_of[projection.pre_cells[projection._pre]]
        self._order = np.argsort(sources, kind="stable")
        self._sources = sources[self._order]

    def pass_on(self, fired):
        begin, end = np.searchsorted(self._sources, fired), np.searchsorted(self._sources, fired, side="right")
        found = [self._order[a:b] for a, b in zip(begin.tolist(), end.tolist()) if b > a]
        if not found:
            self.waiting = self.waiting[:0]
            return
        members = np.concatenate(found)
        passing = self._generator.random_sample(len(members)) < self._projection._whole_attribute("p")[members]
        self.waiting = members[passing]


class Building:
    """The part of the State that makes the network. It cuts populations into parts, whose cells share their constants, and
    projections into groups."""

    def _build(self):
        """Makes the network of izhi."""
        network = izhi.Network(name="PyNN", seed=int(self.seed), dt_ms=self.dt, numerics=self.numerics)
        self._cut()
        self._traces = set()
        if self.steps_done == 0:
            self.made_by_rule, self._known_pieces = set(), {}
        for number, part in enumerate(self._parts):
            self._add_part(network, number, part)
        for relays in self._relays.values():
            network.population(relays.name, relays.size, model="lif", refractory_ms=0.0)
        self._groups = {}
        for projection in self.projections:
            self._groups[projection.number] = list(self._add_projection(network, projection))
        try:
            self._network = network.build()
        except izhi.Error as error:
            raise izhi.Error(self._explained(str(error))) from None

    def _explained(self, text):
        """An error of izhi with PyNN's name of what is wrong."""
        found = re.search(r"(population\.p|projection\.c)(\d+)", text)
        if not found:
            return text
        named = self.populations if found.group(1) == "population.p" else self.projections
        return "%s (this is %s of PyNN)" % (text, named[int(found.group(2))].label)

    def _cut(self):
        """Cuts populations into parts whose cells share what they have to share."""
        if self._parts and self.steps_done > 0:  # the state fits these parts only
            for part in self._parts:
                for parameter in part.population.celltype.shared:
                    values = part.population._parameters[parameter][part.cells]
                    if (values != values[0]).any():
                        raise izhi.Error("%s of cells of %s cannot become different after run(); call reset() first"
                                         % (parameter, part.population.label))
            return
        self._parts, first = [], 0
        for number, population in enumerate(self.populations):
            columns = [population._parameters[each] for each in population.celltype.shared]
            columns = [each for each in columns if (each != each[0]).any()]
            pieces = [np.arange(population.size)]
            if columns:
                _, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
                which = np.ravel(which)
                pieces = np.split(np.argsort(which, kind="stable"), np.cumsum(np.bincount(which))[:-1])
            for piece in pieces:
                name = "p%d" % number if len(pieces) == 1 else "p%d-%d" % (number, len(self._parts))
                self._parts.append(Part(population, piece, name, first))
                first += len(piece)
        self._cell_of = np.concatenate([part.population.first_number + part.cells for part in self._parts])
        self._neuron_of = np.empty(self.id_counter, dtype=np.int64)
        self._neuron_of[self._cell_of] = np.arange(self.id_counter)
        # Stochastic synapses have a neuron each, which is made to fire for every spike that passes.
        self._relays = {}
        for projection in self.projections:
            if projection.stochastic and len(projection):
                self._relays[projection.number] = Relays(self, projection, len(self._cell_of))
                self._cell_of = np.append(self._cell_of, len(self._cell_of) + np.arange(len(projection)))
        self._part_of = np.empty(self.id_counter, dtype=np.int64)
        sizes = [part.size for part in self._parts]
        self._part_of[self._cell_of[:self.id_counter]] = np.repeat(np.arange(len(self._parts)), sizes)

    def _add_part(self, network, number, part):
        form, population = part.population.celltype.form, part.population
        if form == "poisson":
            network.population(part.name, part.size, model="poisson", rate_hz=0.0)
        elif form == "spikes":
            steps, cells, _ = population.spike_steps()
            network.population(part.name, part.size, model="spikes", times_ms=steps * self.dt, neurons=cells)
        elif form == "simple":
            network.population(part.name, part.size, v0_mv=part.start_v(), u0_mv=part.start("u"),
                               **{each: part.values(each) for each in "abcd"})
        else:
            network.population(part.name, part.size, model="lif", tau_m_ms=part.value("tau_m"),
                               capacitance=1000.0 * part.value("cm"), e_l_mv=part.value("v_rest"),
                               v_th_mv=part.value("v_thresh"), refractory_ms=part.value("tau_refrac"),
                               v_reset_mv=part.values("v_reset"), v0_mv=part.start_v())
        for variable in ("v", "u"):
            cells = population.recorder.recorded_indices(variable)
            neurons = np.flatnonzero(np.isin(part.cells, cells))
            if neurons.size:
                trace = "r%d-%s" % (number, variable)
                network.trace(part.name, neurons.tolist(), [variable], name=trace,
                              interval_ms=population.recorder.interval_steps * self.dt)
                self._traces.add(trace)

    def _dynamics(self, part, receptor):
        """What spikes do to the cells of a part, as keys of a projection, and by how many steps their delay is longer in
        izhi: a current or conductance acts in the step in which a spike arrives, and PyNN's from the next one on."""
        celltype = part.population.celltype
        if celltype.synapses == "delta":
            return {}, 0
        side = "E" if receptor == "excitatory" else "I"
        kind = celltype.synapses.replace("alpha-conductance", "conductance")
        dynamics = dict(type=kind, tau_ms=part.value("tau_syn_" + side))
        if kind == "conductance":
            dynamics["reversal_mv"] = part.value("e_rev_" + side)
        return dict(dynamics=dynamics), 1

    def _add_projection(self, network, projection):
        """Adds a projection, cut where targets or parameters differ."""
        sources = self._neuron_of[projection.pre_cells]
        targets = self._neuron_of[projection.post_cells]
        parts = self._part_of[projection.post_cells]
        attributes = projection._attributes
        alpha = self._parts[parts[0]].population.celltype.synapses == "alpha-conductance"
        in_order = not alpha and all((np.diff(each) == 1).all() for each in (sources, targets)) and (parts == parts[0]).all()
        if self.steps_done > 0:
            by_rule = projection.number in self.made_by_rule
        else:  # later, values may become different only in a list
            by_rule = bool(projection.rule) and in_order and all(np.ndim(each) == 0 for each in attributes.values())
            if by_rule and projection.rule["rule"] in ("all-to-all", "one-to-one"):
                by_rule = len(projection) > MOST_LISTED
        if by_rule:
            self.made_by_rule.add(projection.number)
            yield self._add_rule(network, projection, sources, targets, self._parts[parts[0]])
            return
        if projection.rule and projection.rule["rule"] not in ("all-to-all", "one-to-one") and projection._places is None:
            raise errors.ConnectionError("NativeRNG is not possible with %s: its cells have alpha conductances, or differ in "
                                         "parameters that have to be the same within a population of izhi"
                                         % projection.label)
        if len(projection) == 0:
            return
        sources, targets = sources[projection._pre], targets[projection._post]
        if projection.stochastic:
            sources = self._relays[projection.number].numbers
        pieces = self._pieces(projection, parts[projection._post])
        for number, members in enumerate(pieces):
            name = "c%d" % projection.number if len(pieces) == 1 else "c%d-%d" % (projection.number, number)
            part = self._parts[parts[projection._post[members[0]]]]
            yield self._add_list(network, projection, name, members, sources[members], targets[members], part)

    def _pieces(self, projection, parts):
        """Sets of synapses that share a part and all that is the same within a projection of izhi."""
        keys = [parts]
        free = {"weight", "p"}
        if not np.any(np.asarray(projection._attributes.get("dendritic_delay_fraction", 0.0))):
            free.add("delay")
        keys += [values for name, values in projection._attributes.items() if np.ndim(values) and name not in free]
        if self.steps_done > 0:  # the state fits these pieces only
            for members in self._known_pieces[projection.number]:
                if any((each[members] != each[members[0]]).any() for each in keys):
                    raise izhi.Error("parameters of the synapses of %s cannot become different after run(); call reset() first"
                                     % projection.label)
            return self._known_pieces[projection.number]
        which = np.unique(parts, return_inverse=True)[1]
        for each in keys[1:]:
            other = np.unique(each, return_inverse=True)[1]
            which = np.unique(which * (other.max() + 1) + other, return_inverse=True)[1]
        pieces = np.split(np.argsort(which, kind="stable"), np.cumsum(np.bincount(which))[:-1])
        self._known_pieces[projection.number] = pieces
        return pieces

    def _add_list(self, network, projection, name, members, sources, targets, part):
        """Adds synapses one by one."""
        dynamics, later = self._dynamics(part, projection.receptor_type)
        scale = part.population.celltype.weight_scale
        values = {attribute: float(each) if np.ndim(each) == 0 else each[members]
                  for attribute, each in projection._attributes.items()}
        weights = np.broadcast_to(np.asarray(values["weight"], dtype=float) * scale, len(members))
        delays = np.maximum(np.floor(np.asarray(values["delay"]) / self.dt + 0.5 + 1e-9), 1) + later
        delays = np.broadcast_to(delays, len(members))
        if projection.stochastic:  # their neurons fire one step later than the source
            if delays.min() < 2:
                raise errors.ConnectionError("stochastic synapses that are jumps of v have delays of at least two steps, "
                                             "%g ms (%s)" % (2 * self.dt, projection.label))
            delays = delays - 1
        keys = self._plasticity(projection, values, scale, later)
        if part.population.celltype.synapses == "alpha-conductance":
            if projection.plastic:
                raise NotImplementedError("izhi.pynn has no STDPMechanism onto IF_cond_alpha; IF_cond_exp and the cells with "
                                          "currents have it")
            shares = alpha_shares(dynamics["dynamics"]["tau_ms"], self.dt)
            weights, delays = np.outer(weights, shares).ravel(), np.add.outer(delays, np.arange(len(shares))).ravel()
            sources, targets = np.repeat(sources, len(shares)), np.repeat(targets, len(shares))
        first = int(sources.min())
        network.synapses("everyone", part.name, sources - first, targets - part.first, weights, delays * self.dt, name=name,
                         source_first=first, source_count=int(sources.max()) - first + 1, **dynamics, **keys)
        return Group(name, projection, members, sources - first, delays, targets, scale)

    def _add_rule(self, network, projection, sources, targets, part):
        """Adds synapses by a rule of izhi."""
        dynamics, later = self._dynamics(part, projection.receptor_type)
        scale = part.population.celltype.weight_scale
        values = projection._attributes
        steps = max(self.steps_of(values["delay"]), 1) + later
        name = "c%d" % projection.number
        network.connect("everyone", part.name, weight=values["weight"] * scale, delay_ms=steps * self.dt, name=name,
                        source_first=int(sources[0]), source_count=len(sources),
                        target_first=int(targets[0] - part.first), target_count=len(targets), **projection.rule,
                        **dynamics, **self._plasticity(projection, values, scale, later))
        if not projection.plastic:
            return Group(name, projection, None, None, None, None, scale)
        return Group(name, projection, np.arange(len(projection)), projection._pre, np.zeros(len(projection)),
                     projection._post, scale)

    def _plasticity(self, projection, values, scale, later):
        """Keys of a projection for short-term and spike-timing dependent plasticity."""
        def the(name):
            return float(np.ravel(values[name])[0])

        if projection.short_term:
            return dict(short_term=dict(utilisation=the("U"), tau_u_ms=max(the("tau_facil"), 0.001),
                                        tau_x_ms=max(the("tau_rec"), 0.001)))
        if not projection.plastic:
            return {}
        low, high = the("w_min"), the("w_max")
        weights = np.asarray(values["weight"])
        if weights.min() < low or weights.max() > high:
            raise errors.ConnectionError("weights of %s are %g to %g; allowed: w_min to w_max, %g to %g"
                                         % (projection.label, weights.min(), weights.max(), low, high))
        dependence = projection.synapse_type.weight_dependence
        exponents = dependence.exponents or (the("mu_plus"), the("mu_minus"))
        # PyNN's amplitudes are shares of w_max; where a change is proportional to a distance from a bound, the range.
        amounts = [scale * (high - low if exponent else high) for exponent in exponents]
        # With a delay that is one step longer, a synapse sees arrivals one step later. The factors undo this exactly.
        shift = later * self.dt
        keys = dict(rule="pair", a_plus=the("A_plus") * amounts[0] * np.exp(-shift / the("tau_plus")),
                    a_minus=the("A_minus") * amounts[1] * np.exp(shift / the("tau_minus")),
                    tau_plus_ms=the("tau_plus"), tau_minus_ms=the("tau_minus"), lowest=low * scale, highest=high * scale)
        keys["a_plus"], keys["a_minus"] = float(keys["a_plus"]), float(keys["a_minus"])
        if exponents == (1.0, 1.0):
            keys["dependence"] = "multiplicative"
        elif exponents != (0.0, 0.0):
            keys.update(dependence="power", mu_plus=exponents[0], mu_minus=exponents[1])
        fraction = the("dendritic_delay_fraction")
        if fraction:
            keys["dendritic_delay_ms"] = self.dt * np.floor(fraction * max(self.steps_of(the("delay")), 1) + 0.5)
        return dict(plasticity=keys)
