# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Plastic synapses of izhi.pynn against the sums over pairs of spikes that PyNN's models mean."""
import unittest

import numpy as np
from pyNN import errors

import izhi
import izhi.pynn as sim

DT = 0.1


def mechanism(weight, delay, fraction, dependence, a_plus=0.01, a_minus=0.012, tau_plus=20.0, tau_minus=15.0):
    return sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(tau_plus=tau_plus, tau_minus=tau_minus, A_plus=a_plus, A_minus=a_minus),
        weight_dependence=dependence, dendritic_delay_fraction=fraction, weight=weight, delay=delay)


def driven(model, strong, synapse, pre=(10.0, 32.0, 70.0), post=(15.0, 30.0, 45.0, 90.0), runs=(150.0,)):
    """One plastic synapse. Strong input makes the cell fire. Returns the spikes of both sides and the weights after runs."""
    sim.setup(timestep=DT, threads=1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=list(pre)))
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=list(post)))
    cell = sim.Population(1, model)
    sim.Projection(driver, cell, sim.AllToAllConnector(), sim.StaticSynapse(weight=strong, delay=1.0))
    projection = sim.Projection(source, cell, sim.AllToAllConnector(), synapse)
    cell.record("spikes")
    weights = []
    for length in runs:
        sim.run(length)
        weights.append(projection.get("weight", format="list", with_address=False)[0])
    return np.array(pre), cell.get_data().segments[0].spiketrains[0].magnitude, weights, projection


def expected(pre, post, weight, delay, fraction, up, down, low, high, tau_plus=20.0, tau_minus=15.0):
    """All pairs, in the order of the later spike. Arrivals at the synapse come before spikes of the cell at equal times only if
    they are earlier."""
    dendritic = round(fraction * delay / DT) * DT
    arrivals, returns = pre + delay - dendritic, post + dendritic
    events = sorted([(round(t, 6), 0) for t in arrivals] + [(round(t, 6), 1) for t in returns])
    for time, kind in events:
        if kind == 1:
            change = sum(np.exp(-(time - a) / tau_plus) for a in arrivals if a < time - 1e-6)
            weight = min(weight + up(weight) * change, high)
        else:
            change = sum(np.exp(-(time - b) / tau_minus) for b in returns if b < time - 1e-6)
            weight = max(weight - down(weight) * change, low)
    return weight


class PairsOfSpikes(unittest.TestCase):
    CELLS = (("currents", lambda: sim.IF_curr_exp(tau_refrac=2.0), 60.0, 1.0),
             ("conductances", lambda: sim.IF_cond_exp(tau_refrac=2.0), 2.0, 0.001),
             ("jumps", lambda: sim.IF_curr_delta(tau_refrac=2.0), 50.0, 0.1))

    def test_additive(self):
        for name, model, strong, scale in self.CELLS:
            for fraction in (0.0, 0.5, 1.0):
                with self.subTest(cells=name, fraction=fraction):
                    synapse = mechanism(0.4 * scale, 2.0, fraction, sim.AdditiveWeightDependence(w_min=0, w_max=scale))
                    pre, post, weights, _ = driven(model(), strong, synapse)
                    self.assertGreaterEqual(len(post), 4)
                    wanted = expected(pre, post, 0.4 * scale, 2.0, fraction, lambda w: 0.01 * scale,
                                      lambda w: 0.012 * scale, 0.0, scale)
                    self.assertAlmostEqual(weights[-1] / scale, wanted / scale, places=5)
                    self.assertNotAlmostEqual(weights[-1] / scale, 0.4, places=3)

    def test_dependences(self):
        low, high = 0.1, 1.0
        share_up, share_down = lambda w: high - w, lambda w: w - low
        cases = (
            (sim.MultiplicativeWeightDependence(low, high), lambda w: 0.1 * share_up(w), lambda w: 0.12 * share_down(w)),
            (sim.AdditivePotentiationMultiplicativeDepression(low, high), lambda w: 0.1 * high,
             lambda w: 0.12 * share_down(w)),
            (sim.GutigWeightDependence(low, high, 0.5, 0.25),
             lambda w: 0.1 * (high - low) * (share_up(w) / (high - low)) ** 0.5,
             lambda w: 0.12 * (high - low) * (share_down(w) / (high - low)) ** 0.25))
        for dependence, up, down in cases:
            with self.subTest(dependence=type(dependence).__name__):
                synapse = mechanism(0.4, 1.0, 0.0, dependence, a_plus=0.1, a_minus=0.12)
                pre, post, weights, _ = driven(sim.IF_curr_exp(tau_refrac=2.0), 60.0, synapse)
                wanted = expected(pre, post, 0.4, 1.0, 0.0, up, down, low, high)
                self.assertAlmostEqual(weights[-1], wanted, places=5)

    def test_runs_in_pieces(self):
        synapse = lambda: mechanism(0.4, 2.0, 1.0, sim.AdditiveWeightDependence(w_max=1.0))  # noqa: E731
        whole = driven(sim.IF_curr_exp(tau_refrac=2.0), 60.0, synapse())[2]
        pieces = driven(sim.IF_curr_exp(tau_refrac=2.0), 60.0, synapse(), runs=(20.0, 15.0, 115.0))[2]
        self.assertEqual(whole[-1], pieces[-1])
        self.assertEqual(len(set(pieces)), 3)

    def test_weights_that_do_not_change_are_exact(self):
        sim.setup(threads=1)
        source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[5.0], []]))
        cells = sim.Population(3, sim.IF_cond_exp())
        weights = np.array([[0.0123, 0.02, 1 / 300], [0.7, 0.3, 1e-3]])
        projection = sim.Projection(source, cells, sim.AllToAllConnector(), mechanism(
            0.1, 0.5, 1.0, sim.AdditiveWeightDependence(w_max=1.0)))
        projection.set(weight=weights)
        sim.run(20.0)
        np.testing.assert_array_equal(projection.get("weight", "array"), weights)

    def test_weights_set_between_runs_and_reset(self):
        synapse = mechanism(0.4, 2.0, 1.0, sim.AdditiveWeightDependence(w_max=1.0))
        pre, post, weights, projection = driven(sim.IF_curr_exp(tau_refrac=2.0), 60.0, synapse, runs=(68.0,))
        projection.set(weight=0.25)
        self.assertEqual(projection.get("weight", "list", with_address=False), [0.25])
        sim.run(1.0)
        self.assertEqual(projection.get("weight", "list", with_address=False), [0.25])
        sim.run(60.0)
        changed = projection.get("weight", "list", with_address=False)[0]
        self.assertNotEqual(changed, 0.25)
        sim.reset()
        self.assertEqual(projection.get("weight", "list", with_address=False), [0.25])
        sim.run(68.0)
        self.assertAlmostEqual(projection.get("weight", "list", with_address=False)[0], 0.25 + weights[-1] - 0.4, places=6)

    def test_parameters(self):
        sim.setup(threads=1)
        a, b = sim.Population(4, sim.IF_cond_exp()), sim.Population(3, sim.IF_cond_exp())
        projection = sim.Projection(a, b, sim.FixedNumberPreConnector(2), mechanism(
            0.5, None, 1.0, sim.AdditiveWeightDependence(w_min=0, w_max=1), a_plus=0.0, a_minus=0.5))
        a_plus, a_minus = projection.get(["A_plus", "A_minus"], format="array")
        self.assertEqual(set(a_plus[~np.isnan(a_plus)]), {0.0})
        self.assertEqual(set(a_minus[~np.isnan(a_minus)]), {0.5})
        projection.set(A_minus=0.25)
        self.assertEqual({each[2] for each in projection.get("A_minus", "list")}, {0.25})
        sim.run(1.0)

    def test_different_parameters_of_synapses(self):
        """Synapses of one projection with their own amplitudes and delays are those of projections of their own."""
        got = []
        for cell in range(3):
            _, post, weights, _ = driven(sim.IF_curr_exp(tau_refrac=2.0), 60.0, mechanism(
                0.4, 1.0 + cell, 1.0, sim.AdditiveWeightDependence(w_max=1.0), a_plus=0.01 * (1 + cell)))
            got.append(weights[-1])
        sim.setup(timestep=DT, threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 32.0, 70.0]))
        driver = sim.Population(1, sim.SpikeSourceArray(spike_times=[15.0, 30.0, 45.0, 90.0]))
        cells = sim.Population(3, sim.IF_curr_exp(tau_refrac=2.0))
        sim.Projection(driver, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=60.0, delay=1.0))
        projection = sim.Projection(source, cells, sim.AllToAllConnector(), mechanism(
            0.4, 1.0, 1.0, sim.AdditiveWeightDependence(w_max=1.0)))
        projection.set(A_plus=[0.01, 0.02, 0.03], delay=[1.0, 2.0, 3.0])
        sim.run(150.0)
        np.testing.assert_allclose(projection.get("weight", "list", with_address=False), got, rtol=1e-6)

    def test_bounds(self):
        sim.setup(threads=1)
        a, b = sim.Population(1, sim.IF_cond_exp()), sim.Population(1, sim.IF_cond_exp())
        sim.Projection(a, b, sim.AllToAllConnector(), mechanism(2.0, 1.0, 1.0, sim.AdditiveWeightDependence(w_max=1.0)))
        with self.assertRaisesRegex(errors.ConnectionError, "w_min to w_max"):
            sim.run(1.0)

    def test_alpha_conductances_refuse(self):
        sim.setup(threads=1)
        a, b = sim.Population(1, sim.IF_cond_exp()), sim.Population(1, sim.IF_cond_alpha())
        sim.Projection(a, b, sim.AllToAllConnector(), mechanism(0.5, 1.0, 1.0, sim.AdditiveWeightDependence(w_max=1.0)))
        with self.assertRaises(NotImplementedError):
            sim.run(1.0)


class ShortTerm(unittest.TestCase):
    def shares(self, times, limit, rec, facil):
        use, left, last, made = 0.0, 1.0, 0.0, []
        for time in times:
            use *= np.exp(-(time - last) / facil) if facil else 0.0
            left = 1.0 - (1.0 - left) * np.exp(-(time - last) / rec)
            use += limit * (1.0 - use)
            made.append(use * left)
            left -= made[-1]
            last = time
        return made

    def test_jumps(self):
        times = [5.0, 15.0, 25.0, 35.0, 135.0]
        for limit, rec, facil in ((0.5, 100.0, 0.0), (0.1, 30.0, 500.0)):
            sim.setup(timestep=DT, threads=1)
            source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
            cell = sim.Population(1, sim.IF_curr_delta(tau_m=5.0))
            sim.Projection(source, cell, sim.AllToAllConnector(), sim.TsodyksMarkramSynapse(
                U=limit, tau_rec=rec, tau_facil=facil, weight=4.0, delay=1.0))
            cell.record("v")
            sim.run(150.0)
            v = cell.get_data().segments[0].analogsignals[0].magnitude[:, 0] + 65.0
            at = np.round((np.array(times) + 1.0) / DT).astype(int)
            jumps = v[at] - v[at - 1] * np.exp(-DT / 5.0)
            np.testing.assert_allclose(jumps, 4.0 * np.array(self.shares(times, limit, rec, facil)), atol=2e-4)

    def test_conductance(self):
        times = [5.0, 15.0, 25.0, 35.0]
        sim.setup(timestep=DT, threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
        cells = sim.Population(2, sim.IF_cond_exp(tau_syn_E=2.0))
        projection = sim.Projection(source, cells, sim.AllToAllConnector(), sim.TsodyksMarkramSynapse(
            U=0.3, tau_rec=80.0, tau_facil=20.0, weight=0.01, delay=0.5))
        projection.set(U=[0.3, 0.6])
        cells.record("gsyn_exc")
        sim.run(20.0)
        sim.run(20.0)
        g = cells.get_data().segments[0].analogsignals[0].magnitude
        t = np.arange(401) * DT
        for cell, limit in enumerate((0.3, 0.6)):
            wanted = sum(np.where(t > time + 0.45, 0.01 * share * np.exp(-(t - time - 0.5) / 2.0), 0.0)
                         for time, share in zip(times, self.shares(times, limit, 80.0, 20.0)))
            np.testing.assert_allclose(g[:, cell], wanted, atol=1e-9)

    def test_conductance_of_plastic_synapses_refuses(self):
        sim.setup(threads=1)
        a, b = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0])), sim.Population(1, sim.IF_cond_exp())
        sim.Projection(a, b, sim.AllToAllConnector(), mechanism(0.5, 1.0, 1.0, sim.AdditiveWeightDependence(w_max=1.0)))
        b.record("gsyn_exc")
        with self.assertRaisesRegex(izhi.Error, "plastic"):
            sim.run(5.0)


class Stochastic(unittest.TestCase):
    def run_with(self, synapse, model=sim.IF_curr_exp, lengths=(200.0,), scale=1.0):
        sim.setup(timestep=DT, threads=1, seed=11)
        inputs = sim.Population(10, sim.SpikeSourcePoisson(rate=100.0))
        cells = sim.Population(4, model(i_offset=0.7, tau_m=[10.0, 20.0, 20.0, 10.0]))
        sim.Projection(inputs, cells, sim.AllToAllConnector(), synapse(weight=0.3 * scale, delay=0.2))
        sim.Projection(cells, cells, sim.AllToAllConnector(), synapse(weight=0.5 * scale, delay=1.0))
        cells.record(["v", "spikes"])
        for length in lengths:
            sim.run(length)
        return cells, cells.get_data().segments[0].analogsignals[0].magnitude

    def test_certain_ones_are_static(self):
        """With a probability of 1: the same bits as static synapses, for currents, conductances and jumps of v."""
        for model, scale in ((sim.IF_curr_exp, 1.0), (sim.IF_cond_exp, 0.01), (sim.IF_curr_delta, 1.0)):
            wanted = self.run_with(sim.StaticSynapse, model, scale=scale)[1]
            got = self.run_with(lambda **keys: sim.SimpleStochasticSynapse(p=1.0, **keys), model, scale=scale)[1]
            np.testing.assert_array_equal(got, wanted)
            self.assertGreater(np.ptp(wanted), 5.0)

    def test_pieces_and_reset(self):
        synapse = lambda **keys: sim.SimpleStochasticSynapse(p=0.5, **keys)  # noqa: E731
        cells, whole = self.run_with(synapse)
        np.testing.assert_array_equal(whole, self.run_with(synapse, lengths=(0.3, 50.0, 0.1, 149.6))[1])
        cells, again = self.run_with(synapse)
        np.testing.assert_array_equal(whole, again)
        sim.reset()
        sim.run(200.0)
        np.testing.assert_array_equal(whole, cells.get_data().segments[1].analogsignals[0].magnitude)

    def test_share_of_spikes(self):
        sim.setup(timestep=DT, threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=np.arange(2.5, 1000.0, 5.0)))
        cells = sim.Population(4, sim.IF_cond_exp(tau_syn_E=1.0))
        projection = sim.Projection(source, cells, sim.AllToAllConnector(), sim.SimpleStochasticSynapse(
            weight=0.5, delay=0.5, p=np.array([[0.0, 0.5, 0.5, 1.0]])))
        self.assertEqual([each[2] for each in projection.get("p", "list")], [0.0, 0.5, 0.5, 1.0])
        cells.record(["gsyn_exc", "spikes"])
        sim.run(1000.0)
        g = cells.get_data().segments[0].analogsignals[0].magnitude
        rises = [np.flatnonzero((g[:-1, cell] < 0.4) & (g[1:, cell] >= 0.4)) for cell in range(4)]
        counts = [len(each) for each in rises]
        self.assertEqual([counts[0], counts[3]], [0, 200])
        self.assertTrue(70 < counts[1] < 130 and 70 < counts[2] < 130)
        self.assertFalse(np.array_equal(rises[1], rises[2]))
        np.testing.assert_allclose((rises[3] + 1) * DT, np.arange(3.0, 1000.0, 5.0))
        trains = cells.get_data().segments[0].spiketrains
        self.assertEqual(len(trains), 4)
        self.assertGreater(len(trains[3]), 50)

    def test_short_delays_of_jumps_refuse(self):
        sim.setup(timestep=DT, threads=1)
        cells = sim.Population(2, sim.IF_curr_delta())
        sim.Projection(cells, cells, sim.AllToAllConnector(), sim.SimpleStochasticSynapse(weight=0.5, delay=0.1))
        with self.assertRaisesRegex(errors.ConnectionError, "two steps"):
            sim.run(1.0)


if __name__ == "__main__":
    unittest.main()
