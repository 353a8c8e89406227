# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""The state of the simulation, and the way from PyNN's populations and projections to a network of izhi and back.

Nothing is built before the first run. Later, currents and Poisson rates are set between steps; whatever else changes needs a
new network, which continues from the state of the old one. reset() builds again from t = 0."""
import re

import numpy as np
from pyNN import common, errors

import izhi

name = "izhi"
#: projections with more synapses are made by a rule of izhi where it has one: all to all, one to one
MOST_LISTED = 100000


class ID(int, common.IDMixin):
    """A cell: its number over all populations, in the order of their creation."""

    def __init__(self, number):
        int.__init__(number)
        common.IDMixin.__init__(self)


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


def _one_if_same(values):
    return float(values[0]) if (values == values[0]).all() else np.asarray(values, dtype=float)


def _same_weights(exact, single):
    """Whether weights are the same but for their rounding to single precision."""
    return np.isclose(exact, single, rtol=3e-7, atol=0.0)


class State(common.control.BaseState):
    def __init__(self):
        super().__init__()
        self.mpi_rank, self.num_processes = 0, 1
        self.network_number = 0
        self.begin(common.control.DEFAULT_TIMESTEP, "auto", "auto", {})

    # ---------------------------------------------------------------------- set-up

    def begin(self, dt, min_delay, max_delay, options):
        """A new and empty network."""
        self.dt = float(dt)
        self.given_min_delay, self.given_max_delay = min_delay, max_delay
        self.seed = options.get("seed", 1)
        self.threads = options.get("threads", 0)
        self.numerics = options.get("numerics", "published")
        self.exact_spike_times = options.get("spike_precision") == "off_grid"
        if isinstance(self.seed, bool) or not isinstance(self.seed, (int, np.integer)) or not 0 <= self.seed < 2**63:
            raise izhi.Error("seed is %r; allowed: 0 to 2^63 - 1" % (self.seed,))
        if not 0.001 <= self.dt <= 10:
            raise izhi.Error("timestep is %r ms; allowed: 0.001 to 10" % (dt,))
        self.network_number += 1
        self.id_counter = 0
        self.segment_counter = -1
        self.recorders = set()
        self.write_on_end = []
        self.populations, self.projections, self.current_sources = [], [], []
        self._parts, self._groups = [], {}
        self.made_by_rule, self._known_pieces = set(), {}  # by numbers of projections
        self._network = self._simulation = None
        self.steps_done = 0
        self.reset()

    clear = begin

    def reset(self):
        """Back to t = 0, with the network as it is."""
        if self.steps_done > 0:
            for projection in self.projections:
                if projection.plastic:
                    projection._attributes["weight"] = projection._first_weights
                projection._stale = False
            self._parts = []
            self._network = None
            self.made_by_rule = set()
        self._simulation = None
        self.running = False
        self.t_start = 0
        self.steps_done = 0
        self.segment_counter += 1
        self._conductances = {}
        self._weights_set = []
        for recorder in self.recorders:
            recorder._forget()
        for population in self.populations:
            population.begin_again()
        for source in self.current_sources:
            source._forget()

    def changed(self):
        """The network needs to be built anew before the next run."""
        self._network = None

    def weights_changed(self, projection):
        """Weights were set."""
        if projection.plastic and self.steps_done > 0 and projection not in self._weights_set:
            self._weights_set.append(projection)

    def may_be_one_target(self, cells):
        """Whether cells can be the target of one projection of izhi, as far as their parameters are now."""
        populations = getattr(cells, "populations", [cells])
        whole = getattr(populations[0], "grandparent", populations[0])
        return len(populations) == 1 and whole.celltype.synapses != "alpha-conductance" and not any(
            (whole._parameters[each] != whole._parameters[each][0]).any() for each in whole.celltype.shared)

    def check_may_grow(self, what):
        if self.steps_done > 0:
            raise izhi.Error("%s cannot be made after run(); call reset() or setup() first" % what)

    # ------------------------------------------------------------------------ time

    def steps_of(self, ms):
        """A time as a number of steps."""
        return int(np.floor(min(float(ms) / self.dt, 2.0**60) + 0.5 + 1e-9))

    def times_of(self, steps):
        """Times of the ends of steps [ms], without the noise of binary fractions."""
        return np.round(np.asarray(steps) * self.dt, 9)

    @property
    def t(self):
        return float(self.times_of(self.steps_done))

    @property
    def shortest_possible_delay(self):
        """The delay of synapses that are given none."""
        return self.dt if self.given_min_delay == "auto" else self.given_min_delay

    def _extreme_delay(self, given, choose):
        if given != "auto":
            return given
        delays = [choose(np.asarray(each._attributes["delay"])) for each in self.projections if len(each)]
        return float(choose(delays)) if delays else self.dt

    min_delay = property(lambda self: self._extreme_delay(self.given_min_delay, np.min))
    max_delay = property(lambda self: self._extreme_delay(self.given_max_delay, np.max))

    # --------------------------------------------------------------------- running

    def run(self, simtime):
        self.run_until(self.t + simtime)

    def run_until(self, tstop):
        if not 0 <= tstop < 2**50:
            raise ValueError("the time is %r ms; allowed: a number of 0 or more" % (tstop,))
        count = self.steps_of(tstop) - self.steps_done
        if count < 0:
            raise ValueError("Time %g is in the past (current time %g)" % (tstop, self.t))
        if self.populations:
            drawn = [each.draw_until((self.steps_done + count + 1) * self.dt) for each in self.populations]
            if any(drawn):
                self.changed()
            self._prepare()
        self.running = True
        if self.populations:
            self._advance(count)
        else:
            self.steps_done += count

    def _prepare(self):
        """Makes the simulation, or makes it that of the changed network."""
        if self._network is None:
            for projection in self.projections:
                if projection.plastic:
                    projection._attribute("weight")  # those of the simulation so far
            self._build()
        if self._simulation is None or self._simulation.network is not self._network:
            old, self._simulation = self._simulation, None
            made = self._network.simulate(threads=self.threads)
            if old is None or self.steps_done == 0:
                self._with_common_current = set()  # numbers of parts
                for part in self._parts:
                    if part.population.celltype.injectable and part.at_threshold().size:
                        made.force_spikes(part.name, part.at_threshold())
            else:
                made.restore(old.checkpoint())
            self._simulation = made
            self._offsets, self._rates = {}, None
            self._set_weights()
        if self.steps_done == 0:
            for recorder in self.recorders:
                recorder._forget()
        self._sample_now()

    def _advance(self, count):
        """Runs steps, and takes over what was recorded."""
        most = max(100, min(10000, 5000000 // (1 + len(self.current_sources))))  # steps whose currents are held at a time
        begin = self.steps_done
        while count > 0:
            now = min(count, most)
            self._run_with_currents(now)
            self.steps_done += now
            count -= now
        for projection in self.projections:
            projection._stale = projection.plastic
        self._collect(begin)

    def _run_with_currents(self, count):
        """Runs steps, and sets currents and rates whenever they change."""
        first, changes = self.steps_done, {0, count}
        amplitudes = np.zeros((len(self.current_sources), count))
        for row, source in zip(amplitudes, self.current_sources):
            row[:] = source._amplitudes(first, count)
            source._keep(first, row.copy())
            changes.update((np.flatnonzero(np.diff(row)) + 1).tolist())
        inputs = self._inputs()
        poisson = [each for each in self.populations if each.celltype.form == "poisson"]
        for population in poisson:
            for edge in self._windows(population):
                inside = edge[(edge > first) & (edge < first + count)] - first
                changes.update(np.unique(inside).tolist())
        self._set_offsets({number for number, (cells, _, _) in inputs.items() if cells is not None})
        for number, (cells, _, _) in inputs.items():
            if cells is not None and number in self._with_common_current:
                self._simulation.set_current(self._parts[number].name, 0.0)
                self._with_common_current.remove(number)
        changes = sorted(changes)
        for begin, end in zip(changes, changes[1:]):
            now = amplitudes[:, begin]
            for number, (cells, sources, times) in inputs.items():
                part = self._parts[number]
                if cells is None:  # the same for all cells of the part
                    self._with_common_current.add(number)
                    self._simulation.set_current(part.name, 1000.0 * float(np.dot(times, now[sources])))
                else:
                    added = np.bincount(cells, weights=times * now[sources], minlength=part.size)
                    self._simulation.set_current(part.name, 1000.0 * (part.values_of("i_offset") + added))
            if poisson:
                self._set_rates(poisson, first + begin)
            if self._relays:
                self._run_with_relays(end - begin)
            else:
                self._simulation.run_steps(end - begin)

    def _run_with_relays(self, count):
        for _ in range(count):
            for relays in self._relays.values():
                if relays.waiting.size:
                    self._simulation.force_spikes(relays.name, relays.waiting)
            fired = np.asarray(self._simulation.step(), dtype=np.int64)
            for relays in self._relays.values():
                relays.pass_on(fired)

    def _inputs(self):
        """The parts that have sources of current: cells, numbers of sources, and how many times a source is injected; no
        cells if every source of a part acts on all of its cells alike."""
        found = {}
        for source, each in enumerate(self.current_sources):
            numbers = [population.first_number + indices for population, indices in each.targets]
            numbers, times = np.unique(np.concatenate(numbers), return_counts=True)
            owners = self._part_of[numbers]
            for part in np.unique(owners).tolist():
                mine = owners == part
                cells = self._neuron_of[numbers[mine]] - self._parts[part].first
                found.setdefault(part, []).append((cells, np.full(len(cells), source), times[mine]))
        inputs = {}
        for part, entries in found.items():
            size = self._parts[part].size
            if all(len(cells) == size and (times == times[0]).all() for cells, _, times in entries):
                inputs[part] = None, np.array([sources[0] for _, sources, _ in entries]), \
                    np.array([times[0] for _, _, times in entries], dtype=float)
            else:
                inputs[part] = tuple(np.concatenate(column) for column in zip(*entries))
        return inputs

    def _set_offsets(self, others):
        """Sets i_offset of all cells but those of some parts, where it is another than before."""
        for number, part in enumerate(self._parts):
            if not part.population.celltype.injectable:
                continue
            if number in others:
                self._offsets.pop(number, None)
                continue
            values = part.values_of("i_offset")
            if number not in self._offsets or not np.array_equal(values, self._offsets[number]):
                self._simulation.set_current(part.name, 1000.0 * values)
                self._offsets[number] = values

    def _windows(self, population):
        """The steps from and until which Poisson sources are active."""
        values = population._parameters
        start = np.minimum(values["start"] / self.dt, 2.0**60)
        stop = np.minimum((values["start"] + values["duration"]) / self.dt, 2.0**60)
        return [np.floor(each + 0.5 + 1e-9).astype(np.int64) for each in (start, stop)]

    def _set_rates(self, populations, step):
        rates = []
        for number, population in enumerate(populations):
            start, stop = self._windows(population)
            values = np.where((start <= step) & (step < stop), population._parameters["rate"], 0.0)
            if self._rates is None or not np.array_equal(values, self._rates[number]):
                self._simulation.set_rates(self._name_of(population), values)
            rates.append(values)
        self._rates = rates

    def _name_of(self, population):
        return next(part.name for part in self._parts if part.population is population)

    # ------------------------------------------------------------------- recording

    def _sample_now(self):
        """Takes the samples of this moment that are not there yet: of t = 0, or of cells whose recording begins."""
        for population in self.populations:
            recorder = population.recorder
            if self.steps_done % recorder.interval_steps:
                continue
            for variable in recorder.sampled():
                cells = recorder.recorded_indices(variable)
                for steps, known, _ in recorder._chunks.get(variable, ()):
                    if (steps == self.steps_done).any():
                        cells = np.setdiff1d(cells, known)
                if cells.size == 0:
                    continue
                values = np.zeros(population.size)
                if variable in ("v", "u"):
                    values = population._start[variable].copy()
                    if self.steps_done:
                        for part in self._parts:
                            if part.population is population:
                                values[part.cells] = getattr(self._simulation[part.name], variable)
                recorder.keep_samples(variable, np.array([self.steps_done]), cells, values[cells][np.newaxis])

    def _collect(self, begin):
        """Hands what the simulation recorded to the recorders."""
        spikes = self._simulation.spikes()
        steps = np.rint(np.asarray(spikes.times_ms) / self.dt).astype(np.int64)
        owners = self._cell_of[np.asarray(spikes.neurons, dtype=np.int64)]
        for population in self.populations:
            recorder = population.recorder
            sampled = recorder.sampled()
            if not sampled and not recorder.recorded.get("spikes"):
                continue
            mine = (owners >= population.first_number) & (owners < population.first_number + population.size)
            own_steps, own_cells = steps[mine], owners[mine] - population.first_number
            recorder.keep_spikes(own_steps, own_cells)
            for variable in sampled:
                if variable in ("v", "u"):
                    self._collect_samples(population, variable, own_steps, own_cells)
                else:
                    self._collect_conductance(population, variable, begin, steps, owners)
        self._simulation.clear()

    def _collect_samples(self, population, variable, spike_steps, spike_cells):
        for number, part in enumerate(self._parts):
            trace = "r%d-%s" % (number, variable)
            if part.population is not population or trace not in self._traces:
                continue
            samples = self._simulation.trace(trace)
            at = np.rint(np.asarray(samples.times_ms) / self.dt).astype(np.int64)
            cells = part.cells[np.asarray(samples.neurons, dtype=np.int64)]
            if len(at) == 0:
                continue
            values = np.asarray(samples[variable], dtype=float)
            if variable == "v":  # izhi's samples show the threshold in the step of a spike
                column_of = np.full(population.size, -1)
                column_of[cells] = np.arange(len(cells))
                columns = column_of[spike_cells]
                rows = np.minimum(np.searchsorted(at, spike_steps), len(at) - 1)
                shown = (columns >= 0) & (at[rows] == spike_steps)
                reset_to = population._parameters[population.celltype.reset_parameter]
                values[rows[shown], columns[shown]] = reset_to[spike_cells[shown]]
            population.recorder.keep_samples(variable, at, cells, values)

    def _collect_conductance(self, population, variable, begin, steps, owners):
        key = population.recorder, variable
        cells = population.recorder.recorded_indices(variable)
        known = self._conductances.get(key)
        if known is None:
            known = self._conductances[key] = Conductance(self, population, variable, cells)
        at, values = known.advance(begin, self.steps_done - begin, steps, owners)
        fits = at % population.recorder.interval_steps == 0
        population.recorder.keep_samples(variable, at[fits], known.cells, values[fits])

    # --------------------------------------------------------------------- weights

    def read_weights(self, projection):
        """Brings the weights of a plastic projection up to date."""
        whole = np.array(np.broadcast_to(np.asarray(projection._attributes["weight"], dtype=float), len(projection)))
        for group in self._groups.get(projection.number, ()):
            weights = np.asarray(self._simulation.weights(group.name))
            places = group.members[group.order]
            # Weights that did not change are exactly what was set.
            whole[places] = np.where(_same_weights(whole[places] * group.scale, weights), whole[places],
                                     weights.astype(float) / group.scale)
        projection._attributes["weight"] = whole

    def _set_weights(self):
        """Sets the weights that were given to plastic synapses since the last run."""
        for projection in self._weights_set:
            whole = projection._whole_attribute("weight")
            for group in self._groups.get(projection.number, ()):
                now = np.asarray(self._simulation.weights(group.name))
                places = group.members[group.order]
                wanted = whole[places] * group.scale
                sources = group.sources[group.order]
                number = np.arange(len(sources)) - np.searchsorted(sources, sources)
                for place in np.flatnonzero(~_same_weights(wanted, now)).tolist():
                    self._simulation.set_weight(group.name, int(sources[place]), int(number[place]),
                                                float(wanted[place]))
        self._weights_set = []

    def drawn_synapses(self, projection):
        """The synapses that izhi draws for a projection: indices of cells before and after."""
        if self._network is None:
            for population in self.populations:
                population.draw_until(0.0)
            self._build()
        group = self._groups[projection.number][0]
        sources, targets, _, _ = self._network.synapses(group.name)
        return np.asarray(sources, dtype=np.int64), np.asarray(targets, dtype=np.int64)

    # -------------------------------------------------------------------- building

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


def alpha_shares(tau, dt):
    """An alpha conductance as a series of exponential ones, one in each step from the arrival on: their weights as shares of
    the peak. The charge is that of the alpha function in each step; what comes after the last step is a ten thousandth."""
    steps = np.arange(int(np.ceil(11.8 * tau / dt)) + 2)
    after = (steps * dt + tau) * np.exp(1.0 - steps * dt / tau)  # the integral from the beginning of each step on
    decay = np.exp(-dt / tau)
    held = -np.diff(after) / (tau * (1.0 - decay))
    return held - decay * np.append(0.0, held[:-1])


class Conductance:
    """The conductance of some cells, computed from the spikes that reach them: it decays with its time constant, and every
    arrival adds its weight. An alpha conductance has a slope, which does that, and adds to the conductance."""

    def __init__(self, state, population, variable, cells):
        self.state, self.population, self.cells = state, population, cells
        self.receptor = "excitatory" if variable == "gsyn_exc" else "inhibitory"
        self.value, self.slope = np.zeros(len(cells)), np.zeros(len(cells))
        self.waiting = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
        self.resources = {}

    def _arrivals(self, projection, steps, owners):
        """The steps, columns and weights of arrivals through a projection."""
        if projection.plastic:
            raise izhi.Error("conductances of cells with plastic synapses cannot be recorded (%s)" % projection.label)
        column_of = np.full(self.state.id_counter, -1)
        column_of[self.population.first_number + self.cells] = np.arange(len(self.cells))
        columns = column_of[projection.post_cells[projection._post]]
        members = np.flatnonzero(columns >= 0)
        if members.size == 0:
            return self.waiting[0][:0], self.waiting[1][:0], self.waiting[2][:0]
        sources = projection.pre_cells[projection._pre[members]]
        if projection.stochastic:
            sources = self.state._relays[projection.number].numbers[members]
        order = np.argsort(sources, kind="stable")
        members, sources = members[order], sources[order]
        begin, end = np.searchsorted(sources, owners), np.searchsorted(sources, owners, side="right")
        counts = end - begin
        spike = np.repeat(np.arange(len(owners)), counts)
        place = np.arange(len(spike)) - np.repeat(np.cumsum(counts) - counts, counts) + begin[spike]
        weights = projection._whole_attribute("weight")[members][place]
        delays = np.floor(projection._whole_attribute("delay") / self.state.dt + 0.5 + 1e-9).astype(np.int64)
        delays = np.maximum(delays, 1)[members][place] - int(projection.stochastic)
        if projection.short_term:
            weights = weights * self._transmitted(projection, members, steps, begin, end)
        return steps[spike] + delays, columns[members][place], weights

    def _transmitted(self, projection, members, steps, begin, end):
        """The share of the weight that each spike brings through synapses with short-term plasticity."""
        known = self.resources.setdefault(projection.number, [np.zeros(len(members)), np.ones(len(members)),
                                                               np.zeros(len(members))])
        use, left, last = known
        limit, facil, rec = [projection._whole_attribute(each)[members] for each in ("U", "tau_facil", "tau_rec")]
        shares = []
        for step, low, high in zip(steps.tolist(), begin.tolist(), end.tolist()):
            own = slice(low, high)
            since = (step - last[own]) * self.state.dt
            use[own] *= np.exp(-since / np.maximum(facil[own], 0.001))
            left[own] = 1.0 - (1.0 - left[own]) * np.exp(-since / np.maximum(rec[own], 0.001))
            use[own] += limit[own] * (1.0 - use[own])
            shares.append(use[own] * left[own])
            left[own] -= shares[-1]
            last[own] = step
        return np.concatenate(shares) if shares else np.zeros(0)

    def advance(self, first, count, steps, owners):
        """Goes on by some steps. Returns them and the conductances at their ends."""
        found = [self.waiting]
        for projection in self.state.projections:
            if projection.receptor_type == self.receptor:
                found.append(self._arrivals(projection, steps, owners))
        when, where, weights = [np.concatenate(each) for each in zip(*found)]
        due = when <= first + count
        self.waiting = when[~due], where[~due], weights[~due]
        added = np.zeros((count, len(self.cells)))
        np.add.at(added, (when[due] - first - 1, where[due]), weights[due])
        side = "tau_syn_E" if self.receptor == "excitatory" else "tau_syn_I"
        tau, dt = self.population._parameters[side][self.cells], self.state.dt
        decay = np.exp(-dt / tau)
        alpha = self.population.celltype.synapses == "alpha-conductance"
        for row in added:
            if alpha:
                self.value, self.slope = decay * (self.value + dt * self.slope), decay * self.slope + np.e / tau * row
                row[:] = self.value
            else:
                row += self.value * decay
                self.value = row
        self.value = np.array(self.value)
        return np.arange(first + 1, first + count + 1), added


state = State()
