# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Populations, views of them, and assemblies. A population holds its parameters as arrays in PyNN's units."""
import warnings

import numpy as np
from pyNN import common, errors
from pyNN.parameters import LazyArray, ParameterSpace

from . import simulator
from .recording import Recorder


def _one_if_same(values):
    """Values of cells, or the one that they share."""
    same = all(each == values[0] for each in values) if values.dtype == object else (values == values[0]).all()
    return values[0] if same else values.copy()


class Assembly(common.Assembly):
    _simulator = simulator


class PopulationView(common.PopulationView):
    _simulator = simulator
    _assembly_class = Assembly

    def _get_view(self, selector, label=None):
        return PopulationView(self, selector, label)

    def _places(self):
        return self.index_in_grandparent(np.arange(self.size))

    def _get_parameters(self, *names):
        places = self._places()
        return ParameterSpace({name: _one_if_same(self.grandparent._parameters[name][places]) for name in names},
                              shape=(self.size,))

    def _set_parameters(self, parameter_space):
        parameter_space.evaluate(simplify=False)
        self.grandparent._change(dict(parameter_space.items()), self._places())

    def _set_initial_value_array(self, variable, initial_values):
        self.grandparent._initialize(variable, initial_values.evaluate(simplify=False), self._places())

    def initialize(self, **initial_values):
        for variable, value in initial_values.items():
            self._set_initial_value_array(variable, LazyArray(value, shape=(self.size,), dtype=float))
            whole = self.grandparent
            whole.initial_values[variable] = LazyArray(whole._start[variable].copy(), shape=(whole.size,), dtype=float)


class Population(common.Population):
    __doc__ = common.Population.__doc__
    _simulator = simulator
    _recorder_class = Recorder
    _assembly_class = Assembly

    def __init__(self, size, cellclass, cellparams=None, structure=None, initial_values={}, label=None):
        state = simulator.state
        before = len(state.populations), state.id_counter
        try:
            super().__init__(size, cellclass, cellparams, structure, initial_values, label)
        except BaseException:  # no trace of it remains
            del state.populations[before[0]:]
            state.id_counter = before[1]
            state.recorders.discard(self.__dict__.get("recorder"))
            raise

    def _create_cells(self):
        state = simulator.state
        if self.size < 1:
            raise ValueError("a Population has %d cells; allowed: 1 or more" % self.size)
        if not hasattr(self.celltype, "form"):
            raise NotImplementedError("izhi.pynn has no %s" % type(self.celltype).__name__)
        state.check_may_grow("a Population")
        numbers = range(state.id_counter, state.id_counter + self.size)
        self.all_cells = np.empty(self.size, dtype=object)
        for place, number in enumerate(numbers):
            cell = simulator.ID(number)
            cell.parent = self
            self.all_cells[place] = cell
        self._mask_local = np.ones(self.size, dtype=bool)
        space = self.celltype.native_parameters
        space.shape = (self.size,)
        space.evaluate(simplify=False)
        self._parameters = {name: np.array(value) for name, value in space.items()}
        self._start = {}  # values of the state at t = 0, by variable
        self._exact, self._warned = None, False
        self._drawn, self._drawn_until = None, 0.0  # of sources whose spikes are drawn here
        self._check_spikes(self._parameters)
        state.id_counter += self.size
        state.populations.append(self)
        state.changed()

    def _get_view(self, selector, label=None):
        return PopulationView(self, selector, label)

    def _get_parameters(self, *names):
        return ParameterSpace({name: _one_if_same(self._parameters[name]) for name in names}, shape=(self.size,))

    def _set_parameters(self, parameter_space):
        parameter_space.evaluate(simplify=False)
        self._change(dict(parameter_space.items()), slice(None))

    def _change(self, values, places):
        """Sets native parameters of some cells."""
        self._check_spikes(values)
        for name, value in values.items():
            self._parameters[name][places] = value
            self._exact = None
            if self._drawn is not None:
                self._draw_anew(places)
            # These act between steps, without a network of other parameters.
            if name != "i_offset" and self.celltype.form != "poisson":
                simulator.state.changed()

    @staticmethod
    def _check_spikes(values):
        for train in np.ravel(values.get("spike_times", ())):
            times = np.asarray(train.value, dtype=float)
            if not np.isfinite(times).all() or (times < 0.0).any() or (np.diff(times) < 0.0).any():
                raise errors.InvalidParameterValueError("spike_times have to be numbers of 0 or more in increasing order")

    def _set_initial_value_array(self, variable, initial_values):
        self._initialize(variable, initial_values.evaluate(simplify=False), slice(None))

    def _initialize(self, variable, values, places):
        if variable not in ("v", "u") and np.any(np.asarray(values) != 0.0):
            raise NotImplementedError("izhi.pynn cannot initialize %s to values other than 0" % variable)
        self._start.setdefault(variable, np.zeros(self.size))[places] = values
        if simulator.state.steps_done == 0:
            simulator.state.changed()

    def _set_cell_initial_value(self, id, variable, value):
        self[self.id_to_index(id):self.id_to_index(id) + 1].initialize(**{variable: value})

    @property
    def first_number(self):
        """The number of the first cell over all populations."""
        return int(self.all_cells[0])

    def spike_steps(self):
        """The spikes of an array source: steps, cells, and the given times. A spike is emitted at the end of the step that
        ends nearest to its time. A second one in the same step goes to the next free one."""
        if hasattr(self.celltype, "intervals"):
            given = [each.times for each in self._drawn]
        else:
            given = [np.asarray(each.value, dtype=float).ravel() for each in self._parameters["spike_times"]]
        cells = np.repeat(np.arange(self.size), [len(each) for each in given])
        times = np.concatenate(given)
        nearest = np.maximum(np.floor(times / simulator.state.dt + 0.5 + 1e-9).astype(np.int64), 1)
        # Strictly increasing within each cell: the offset keeps cells apart in one running maximum.
        place = np.arange(len(times)) - np.concatenate([[0], np.cumsum([len(each) for each in given])])[cells]
        apart = cells * (int(nearest.max(initial=0)) + len(times) + 1)
        steps = np.maximum.accumulate(nearest - place + apart) - apart + place if len(times) else nearest
        moved = int((steps != nearest).sum())
        if moved and not self._warned and self._drawn is None:
            warnings.warn("%d spikes of %s are in the same step of %g ms as another one of their cell; they are moved to the "
                          "next step" % (moved, self.label, simulator.state.dt))
            self._warned = True
        return steps, cells, times

    # ------------------------------------------------- sources whose spikes are drawn here

    def draw_until(self, time):
        """Draws spikes up to a time at least. Returns whether there are new ones. The trains do not depend on when they are
        drawn."""
        if not hasattr(self.celltype, "intervals") or self._drawn is not None and time <= self._drawn_until:
            return False
        if self._drawn is None:
            seed = simulator.state.seed
            self._drawn = [Train(np.random.RandomState([seed % 2**32, seed >> 32, int(cell), 2]))
                           for cell in self.all_cells]
        self._drawn_until = max(2.0 * time, 1000.0)
        for place, train in enumerate(self._drawn):
            values = {name: float(each[place]) for name, each in self._parameters.items()}
            train.draw(self.celltype, values, self._drawn_until)
        self._exact = None
        return True

    def _draw_anew(self, places):
        """Spikes of some sources that were not emitted yet are drawn again, with the parameters as they are now."""
        now = simulator.state.t
        for place in np.ravel(np.arange(self.size)[places]).tolist():
            self._drawn[place].forget(now)
        self._drawn_until = now

    def begin_again(self):
        """Back to t = 0."""
        self._drawn, self._drawn_until = None, 0.0

    def exact_times(self, steps, cells, times):
        """The given times of spikes of an array source, in place of those of their steps."""
        if self._exact is None:
            self._exact = {(step, cell): time
                           for step, cell, time in zip(*[each.tolist() for each in self.spike_steps()])}
        return np.array([self._exact.get((step, cell), time)
                         for step, cell, time in zip(steps.tolist(), cells.tolist(), times.tolist())], dtype=float)


class Train:
    """Spikes of one source, drawn one interval after the other."""

    def __init__(self, generator):
        self._generator = generator
        self.times, self._last, self._from = np.zeros(0), None, 0.0

    def draw(self, celltype, values, until):
        start, stop = max(values["start"], self._from), values["start"] + values["duration"]
        last = start if self._last is None else self._last
        if values.get("rate", 1.0) <= 0.0:
            return
        pieces = [self.times]
        while last < min(until, stop):
            pieces.append(last + np.cumsum(celltype.intervals(self._generator, 100, **values)))
            if not pieces[-1][-1] > last:
                raise errors.InvalidParameterValueError("intervals between spikes have to be positive")
            last = pieces[-1][-1]
        self.times, self._last = np.concatenate(pieces), last
        self.times = self.times[self.times < stop]

    def forget(self, now):
        """Goes on from now, with new intervals."""
        self.times, self._last, self._from = self.times[self.times <= now], None, now
