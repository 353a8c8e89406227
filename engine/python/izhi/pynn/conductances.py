# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Conductances over time, computed from spikes, and alpha conductances made of exponential ones."""
import numpy as np

import izhi


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
