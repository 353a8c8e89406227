# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Recorded data of a population: taken from the simulation after every run, and handed out as PyNN asks for them."""
import numpy as np
import quantities as pq
from pyNN import recording

from . import simulator

pq.uS = pq.UnitQuantity("microsiemens", 1e-6 * pq.S, "uS")
pq.nS = pq.UnitQuantity("nanosiemens", 1e-9 * pq.S, "nS")


class Recorder(recording.Recorder):
    _simulator = simulator

    def __init__(self, population, file=None):
        super().__init__(population, file)
        self._forget()

    # ------------------------------------------------------------ what is recorded

    def _record(self, variable, new_ids, sampling_interval=None):
        state = self._simulator.state
        if variable == "spikes":
            return
        if sampling_interval is not None:
            steps = state.steps_of(sampling_interval)
            if steps < 1 or abs(steps * state.dt - sampling_interval) > 1e-6 * state.dt:
                raise ValueError("sampling_interval is %g ms; allowed: a multiple of the timestep, %g ms"
                                 % (sampling_interval, state.dt))
            self.sampling_interval = sampling_interval
        elif not any(self.recorded[name] for name in self.recorded if name not in ("spikes", variable)):
            if self.recorded[variable] == set(new_ids):
                self.sampling_interval = state.dt
        if variable.startswith("gsyn") and state.steps_done > 0:
            raise ValueError("%s can be recorded only from t = 0; call record() before run()" % variable)
        state.changed()

    def _reset(self):
        """record(None): nothing is recorded any more."""
        self._forget()
        self._simulator.state.changed()

    @property
    def interval_steps(self):
        return self._simulator.state.steps_of(self.sampling_interval)

    def recorded_indices(self, variable):
        """Indices in the population of the cells of which a variable is recorded, in order."""
        ids = np.array(sorted(int(each) for each in self.recorded.get(variable, ())), dtype=np.int64)
        return ids - int(self.population.first_id)

    def sampled(self):
        """The variables, except spikes, that are recorded."""
        return [name for name in self.recorded if name != "spikes" and self.recorded[name]]

    # ------------------------------------------------------------------------ data

    def _forget(self):
        """Forgets all data, because time starts again."""
        self._spike_steps, self._spike_cells, self._chunks = [], [], {}

    def keep_spikes(self, steps, cells):
        recorded = self.recorded_indices("spikes")
        if recorded.size == 0:
            return
        if recorded.size < self.population.size:
            mine = np.isin(cells, recorded)
            steps, cells = steps[mine], cells[mine]
        self._spike_steps.append(steps)
        self._spike_cells.append(cells)

    def keep_samples(self, variable, steps, cells, values):
        """Samples: values[row, column] at steps[row] of cells[column]."""
        self._chunks.setdefault(variable, []).append((steps, cells, values))

    def _spikes(self, ids):
        """Times [ms] and ids of the spikes of cells since the last clear."""
        state = self._simulator.state
        first = int(self.population.first_id)
        steps = np.concatenate(self._spike_steps) if self._spike_steps else np.zeros(0, dtype=np.int64)
        cells = np.concatenate(self._spike_cells) if self._spike_cells else np.zeros(0, dtype=np.int64)
        wanted = np.zeros(self.population.size, dtype=bool)
        wanted[np.array([int(each) for each in ids], dtype=np.int64) - first] = True
        mine = wanted[cells]
        steps, cells = steps[mine], cells[mine]
        times = state.times_of(steps)
        if state.exact_spike_times and self.population.celltype.form == "spikes":
            times = self.population.exact_times(steps, cells, times)
        return times, cells + first

    def _get_spiketimes(self, ids, clear=False):
        times, owners = self._spikes(ids)
        return owners, times

    def _local_count(self, variable, filter_ids=None):
        ids = sorted(int(each) for each in self.filter_recorded(variable, filter_ids))
        _, owners = self._spikes(ids)
        first = int(self.population.first_id)
        counts = np.bincount(owners - first, minlength=self.population.size)
        return {each: int(counts[each - first]) for each in ids}

    def _get_all_signals(self, variable, ids, clear=False):
        state, interval = self._simulator.state, self.interval_steps
        start = state.steps_of(float(self._recording_start_time.rescale("ms")))
        first_row = -(-start // interval)
        rows = max(state.steps_done // interval - first_row + 1, 0)
        columns = np.array([int(each) for each in ids], dtype=np.int64) - int(self.population.first_id)
        signals = np.full((rows, len(columns)), np.nan)
        column_of = np.full(self.population.size, -1)
        column_of[columns] = np.arange(len(columns))
        for steps, cells, values in self._chunks.get(variable, ()):
            fits = (steps % interval == 0) & (steps >= first_row * interval)
            into = column_of[cells]
            signals[np.ix_(steps[fits] // interval - first_row, into[into >= 0])] = values[fits][:, into >= 0]
        return signals, None

    def _clear_simulator(self):
        """Forgets all data but the samples of this moment, with which the next segment begins."""
        now = self._simulator.state.steps_done
        self._spike_steps, self._spike_cells = [], []
        for variable, chunks in self._chunks.items():
            self._chunks[variable] = [(steps[steps == now], cells, values[steps == now])
                                      for steps, cells, values in chunks if (steps == now).any()]
