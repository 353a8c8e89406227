# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Sources of current. A source gives its current for each step [nA], held during the step; simulator.py adds the currents of
each cell and passes them on whenever they change."""
import numpy as np
from pyNN.parameters import ParameterSpace, Sequence
from pyNN.standardmodels import StandardCurrentSource, build_translations, electrodes

from ..simulator import state


def _unchanged(model):
    return build_translations(*[(name, name) for name in model.default_parameters])


class _Source(StandardCurrentSource):
    def __init__(self, **parameters):
        object.__setattr__(self, "targets", [])  # pairs of a population and indices in it
        object.__setattr__(self, "_given", [])   # currents of the steps that were run
        object.__setattr__(self, "_network", None)
        super().__init__(**parameters)
        space = ParameterSpace(self.default_parameters, self.get_schema(), shape=(1,))
        space.update(**parameters)
        self.set_native_parameters(self.translate(space))

    def set_native_parameters(self, parameters):
        parameters.evaluate(simplify=True)
        values = {name: value.value if isinstance(value, Sequence) else float(value)
                  for name, value in parameters.items()}
        self._check(values)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _values(self):
        return {name: self.__dict__[name] for name in self.default_parameters if name in self.__dict__}

    def get_native_parameters(self):
        return ParameterSpace({name: Sequence(value) if isinstance(value, np.ndarray) else value
                               for name, value in self._values().items()}, shape=(1,))

    def get_parameters(self):
        """A dictionary of all parameters."""
        return self._values()

    def _check(self, values):
        """Raises if values are not possible, and brings them into their final form."""

    def inject_into(self, cells):
        """Adds the current to cells: a Population, PopulationView, Assembly, or a list of cells."""
        populations = getattr(cells, "populations", [cells])
        found = []
        for group in populations:
            for population, indices in _places(group):
                if not population.celltype.injectable:
                    raise TypeError("Can't inject current into a spike source.")
                found.append((population, indices))
        if self._network is not state.network_number:
            self._forget()
            object.__setattr__(self, "targets", [])
            object.__setattr__(self, "_network", state.network_number)
            state.current_sources.append(self)
            object.__setattr__(self, "_number", len(state.current_sources))
        self.targets.extend(found)

    def record(self):
        """The current is always recorded; see get_data()."""

    _record = record

    def _forget(self):
        """Before a run from t = 0."""
        object.__setattr__(self, "_given", [])

    def _keep(self, first, amplitudes):
        """The currents with which steps were run."""
        missing = first - sum(map(len, self._given))
        if missing > 0:  # was injected later
            self._given.append(self._amplitudes(first - missing, missing) * 0.0)
        self._given.append(amplitudes)

    def _get_data(self):
        steps = state.steps_done
        kept = np.concatenate(self._given) if self._given else np.zeros(0)
        if len(kept) <= steps:
            kept = np.concatenate([kept, self._amplitudes(len(kept), steps + 1 - len(kept))])
        return state.times_of(np.arange(steps + 1)), kept[:steps + 1]

    def _window(self, first, count):
        """Whether each step lies between start and stop."""
        steps = np.arange(first, first + count)
        return (steps >= state.steps_of(self.start)) & (steps < state.steps_of(self.stop))

    # For subclasses: the current in each of `count` steps from `first` on [nA].
    def _amplitudes(self, first, count):
        raise NotImplementedError


def _places(group):
    """The populations of cells and the indices in them."""
    if hasattr(group, "index_in_grandparent"):
        return [(group.grandparent, group.index_in_grandparent(np.arange(group.size)))]
    if hasattr(group, "all_cells"):
        return [(group, np.arange(group.size))]
    places = {}
    for cell in group:
        places.setdefault(id(cell.parent), (cell.parent, []))[1].append(cell.parent.id_to_index(cell))
    return [(population, np.array(indices)) for population, indices in places.values()]


class DCSource(_Source, electrodes.DCSource):
    __doc__ = electrodes.DCSource.__doc__
    translations = _unchanged(electrodes.DCSource)

    def _amplitudes(self, first, count):
        return np.where(self._window(first, count), self.amplitude, 0.0)


class ACSource(_Source, electrodes.ACSource):
    __doc__ = electrodes.ACSource.__doc__
    translations = _unchanged(electrodes.ACSource)

    def _amplitudes(self, first, count):
        since = state.times_of(np.arange(first, first + count)) - self.start
        angles = 2e-3 * np.pi * self.frequency * since + np.pi / 180.0 * self.phase
        return np.where(self._window(first, count), self.offset + self.amplitude * np.sin(angles), 0.0)


class StepCurrentSource(_Source, electrodes.StepCurrentSource):
    __doc__ = electrodes.StepCurrentSource.__doc__
    translations = _unchanged(electrodes.StepCurrentSource)

    def _check(self, values):
        if not values.keys() & {"times", "amplitudes"}:
            return
        times, amplitudes = [np.asarray(values.get(name, self.__dict__.get(name)), dtype=float)
                             for name in ("times", "amplitudes")]
        if times.size and times.min() < 0.0:
            raise ValueError("Step current cannot accept negative timestamps.")
        if (np.diff(times) <= 0.0).any():
            raise ValueError("Step current timestamps should be monotonically increasing.")
        if times.size != amplitudes.size:
            raise ValueError("StepCurrentSource has %d times and %d amplitudes" % (times.size, amplitudes.size))
        steps = np.array([state.steps_of(time) for time in times], dtype=np.int64)
        last = np.append(np.diff(steps) > 0, True)[:steps.size]  # the last one of each step counts
        values["times"], values["amplitudes"] = state.times_of(steps[last]), amplitudes[last]

    def _amplitudes(self, first, count):
        if len(self.times) == 0:
            return np.zeros(count)
        begins = np.array([state.steps_of(time) for time in self.times])
        which = np.searchsorted(begins, np.arange(first, first + count), side="right") - 1
        return np.where(which >= 0, np.asarray(self.amplitudes, dtype=float)[np.maximum(which, 0)], 0.0)


class NoisyCurrentSource(_Source, electrodes.NoisyCurrentSource):
    __doc__ = electrodes.NoisyCurrentSource.__doc__
    translations = _unchanged(electrodes.NoisyCurrentSource)

    def __init__(self, **parameters):
        object.__setattr__(self, "_draws", np.zeros(0))
        parameters.pop("rng", None)  # izhi's seed determines the noise
        parameters.setdefault("dt", state.dt)
        super().__init__(**parameters)

    def _amplitudes(self, first, count):
        steps = np.arange(first, first + count) - state.steps_of(self.start)
        which = np.maximum(steps, 0) // max(1, state.steps_of(self.dt))
        inside = self._window(first, count)
        needed = int(which[inside].max()) + 1 if inside.any() else 0
        if needed > len(self._draws):  # always the same draws, of which more are taken here
            generator = np.random.RandomState([state.seed % 2**32, getattr(self, "_number", 0), 1])
            object.__setattr__(self, "_draws", generator.standard_normal(2 * needed))
        amplitudes = np.zeros(count)
        amplitudes[inside] = self.mean + self.stdev * self._draws[which[inside]]
        return amplitudes
