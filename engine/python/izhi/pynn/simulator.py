# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""The state of the simulation: running, recording, and what is read back. building.py makes the network.

Nothing is built before the first run. Later, currents and Poisson rates are set between steps; whatever else changes needs a
new network, which continues from the state of the old one. reset() builds again from t = 0."""
import numpy as np
from pyNN import common

import izhi

from .building import Building
from .conductances import Conductance

name = "izhi"


class ID(int, common.IDMixin):
    """A cell: its number over all populations, in the order of their creation."""

    def __init__(self, number):
        int.__init__(number)
        common.IDMixin.__init__(self)


def _same_weights(exact, single):
    """Whether weights are the same but for their rounding to single precision."""
    return np.isclose(exact, single, rtol=3e-7, atol=0.0)


class State(Building, common.control.BaseState):
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


state = State()
