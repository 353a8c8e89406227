# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Cells of izhi.pynn against closed solutions, fine integration, and izhi itself."""
import unittest
import warnings

import numpy as np
from pyNN import errors
from pyNN.parameters import Sequence
from pyNN.random import NumpyRNG, RandomDistribution

import izhi
import izhi.pynn as sim


def signal(population, name):
    return population.get_data().segments[-1].filter(name=name)[0].magnitude


def trains(population):
    return [train.magnitude for train in population.get_data().segments[-1].spiketrains]


class IntegrateAndFire(unittest.TestCase):
    def test_interval_with_constant_current(self):
        sim.setup(timestep=0.1, threads=1)
        currents = np.array([0.8, 1.0, 1.5])
        cells = sim.Population(3, sim.IF_curr_exp(i_offset=currents, tau_refrac=2.0))
        cells.record("spikes")
        sim.run(500.0)
        for current, train in zip(currents, trains(cells)):
            rise = 20.0 * np.log(20.0 * current / (20.0 * current - 15.0))
            expected = 2.0 + 0.1 * np.ceil(rise / 0.1)
            np.testing.assert_allclose(np.diff(train), expected, atol=1e-6)
            self.assertAlmostEqual(train[0], 0.1 * np.ceil(rise / 0.1), places=6)

    def test_membrane_follows_the_exact_solution(self):
        sim.setup(timestep=0.1, threads=1)
        cell = sim.Population(1, sim.IF_curr_exp(i_offset=0.5, v_rest=-60.0, tau_m=10.0, cm=0.5))
        cell.initialize(v=-70.0)
        cell.record("v")
        sim.run(30.0)
        v = signal(cell, "v")[:, 0]
        t = np.arange(301) * 0.1
        np.testing.assert_allclose(v, -50.0 - 20.0 * np.exp(-t / 10.0), atol=5e-5)
        self.assertEqual(v[0], -70.0)

    def one_input(self, model, weight, receptor, **parameters):
        sim.setup(timestep=0.1, threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
        cell = sim.Population(1, model(v_thresh=100.0, **parameters))
        sim.Projection(source, cell, sim.AllToAllConnector(), sim.StaticSynapse(weight=weight, delay=1.5),
                       receptor_type=receptor)
        cell.record("v")
        sim.run(40.0)
        return signal(cell, "v")[:, 0], np.maximum(np.arange(401) * 0.1 - 6.5, 0.0)

    def test_exponential_current(self):
        for receptor, weight in (("excitatory", 0.5), ("inhibitory", -0.5)):
            v, t = self.one_input(sim.IF_curr_exp, weight, receptor, tau_syn_E=2.0, tau_syn_I=4.0, cm=0.5)
            tau = 2.0 if weight > 0 else 4.0
            expected = -65.0 + weight / 0.5 * (np.exp(-t / 20.0) - np.exp(-t / tau)) / (1 / tau - 1 / 20.0)
            np.testing.assert_allclose(v, expected, atol=5e-5)
            self.assertEqual(v[65], -65.0)
            self.assertNotEqual(v[66], -65.0)

    def test_alpha_current(self):
        v, t = self.one_input(sim.IF_curr_alpha, 0.5, "excitatory", tau_syn_E=2.0)
        rate = 1 / 2.0 - 1 / 20.0
        expected = -65.0 + 0.5 * np.e / 2.0 * (np.exp(-t / 20.0) - np.exp(-t / 2.0) * (1.0 + rate * t)) / rate**2
        np.testing.assert_allclose(v, expected, atol=5e-5)

    def test_jump(self):
        v, t = self.one_input(sim.IF_curr_delta, 3.0, "excitatory")
        expected = np.where(np.arange(401) >= 65, -65.0 + 3.0 * np.exp(-t / 20.0), -65.0)
        np.testing.assert_allclose(v, expected, atol=5e-5)

    def test_conductances(self):
        for model, shape in ((sim.IF_cond_exp, lambda t, tau: np.exp(-t / tau)),
                             (sim.IF_cond_alpha, lambda t, tau: t / tau * np.exp(1 - t / tau))):
            for receptor, reversal, tau in (("excitatory", 0.0, 1.0), ("inhibitory", -80.0, 3.0)):
                v, _ = self.one_input(model, 0.05, receptor, tau_syn_E=1.0, tau_syn_I=3.0, e_rev_I=-80.0)
                fine, expected, dt = -65.0, [-65.0], 0.001
                for step in range(40000):
                    since = (step + 0.5) * dt - 6.5
                    g = 0.05 * shape(since, tau) if since > 0 else 0.0
                    total, steady = 1 / 20.0 + g, (-65.0 / 20.0 + g * reversal) / (1 / 20.0 + g)
                    fine = steady + (fine - steady) * np.exp(-total * dt)
                    if step % 100 == 99:
                        expected.append(fine)
                self.assertLess(abs(v - expected).max(), 2e-3)

    def test_refractory_cell_stays_at_reset(self):
        sim.setup(timestep=0.1, threads=1)
        cell = sim.Population(1, sim.IF_curr_exp(i_offset=2.0, tau_refrac=3.0, v_reset=-70.0))
        cell.record(["v", "spikes"])
        sim.run(50.0)
        v, spikes = signal(cell, "v")[:, 0], trains(cell)[0]
        for time in spikes[:-1]:
            first = int(round(time / 0.1))
            self.assertTrue((v[first:first + 31] == -70.0).all())
            self.assertGreater(v[first + 31], -70.0)

    def test_cells_with_different_constants(self):
        """Cells that izhi keeps in different populations are the same as cells alone, whatever their order."""
        constants = dict(tau_m=[10.0, 20.0, 10.0, 30.0], tau_syn_E=[1.0, 2.0, 2.0, 1.0], v_thresh=[-50.0, -52.0, -50.0, -50.0])
        together = self.fan(4, constants)
        for which in range(4):
            alone = self.fan(1, {name: values[which] for name, values in constants.items()}, first=which)
            np.testing.assert_array_equal(together[:, which], alone[:, 0])

    def fan(self, size, constants, first=0):
        sim.setup(timestep=0.1, threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0, 4.0]))
        cells = sim.Population(size, sim.IF_curr_exp(i_offset=0.4, **constants))
        synapses = [(0, cell, 1.0 + 0.5 * (first + cell), 0.5 + 0.1 * (first + cell)) for cell in range(size)]
        sim.Projection(source, cells, sim.FromListConnector(synapses))
        cells.record("v")
        sim.run(30.0)
        return signal(cells, "v")


class Izhikevich(unittest.TestCase):
    def test_is_the_neuron_of_izhi(self):
        """The same spikes and the same bits of v and u as izhi's own network."""
        d = np.linspace(2.0, 8.0, 20)
        sim.setup(timestep=0.5, threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[20.0, 50.0]))
        cells = sim.Population(20, sim.Izhikevich(a=0.02, b=0.2, c=-65.0, d=d, i_offset=0.008))
        sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=12.0, delay=2.0))
        cells.record(["spikes", "v", "u"])
        sim.run(300.0)

        net = izhi.Network(dt_ms=0.5)
        spikes = net.population("source", 1, model="spikes", times_ms=[20.0, 50.0], neurons=[0, 0])
        own = net.population("cells", 20, a=0.02, b=0.2, c=-65.0, d=d, v0_mv=-70.0, u0_mv=-14.0, bias_current=8.0)
        net.connect(spikes, own, rule="all-to-all", weight=12.0, delay_ms=2.0)
        run = net.simulate(threads=1)
        run.run(300.0)
        times, neurons = run.spikes("cells")
        for cell, train in enumerate(trains(cells)):
            np.testing.assert_allclose(train, times[neurons == cell])
        self.assertGreater(len(times), 50)
        np.testing.assert_array_equal(signal(cells, "v")[-1], own.v.astype(float))
        np.testing.assert_array_equal(signal(cells, "u")[-1], own.u.astype(float))

    def test_regular_spiking(self):
        sim.setup(timestep=0.1, threads=1)
        cells = sim.Population(2, sim.Izhikevich(d=8.0, i_offset=[0.0, 0.010]))
        cells.record(["spikes", "v"])
        sim.run(1000.0)
        quiet, busy = trains(cells)
        self.assertEqual(len(quiet), 0)
        self.assertTrue(20 <= len(busy) <= 30, len(busy))  # 10 mV/ms: 23 to 26 Hz by the step
        v = signal(cells, "v")
        self.assertLess(v.max(), 30.0)
        self.assertEqual(v[int(round(busy[3] / 0.1)), 1], -65.0)  # the sample of a spike is the reset

    def test_weight_is_a_jump_of_v(self):
        sim.setup(timestep=0.1, threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0]))
        cells = sim.Population(2, sim.Izhikevich())
        sim.Projection(source, cells[1:2], sim.AllToAllConnector(), sim.StaticSynapse(weight=2.0, delay=1.0))
        cells.record("v")
        sim.run(20.0)
        v = signal(cells, "v")
        self.assertEqual(v[109, 0], v[109, 1])
        self.assertAlmostEqual(v[110, 1] - v[110, 0], 2.0, delta=0.05)

    def test_parameters_of_single_cells(self):
        sim.setup(threads=1)
        cells = sim.Population(4, sim.Izhikevich(a=[0.02, 0.1, 0.02, 0.1], d=RandomDistribution("uniform", low=1, high=9)))
        cells[2].c = -50.0
        self.assertEqual(cells.get("a").tolist(), [0.02, 0.1, 0.02, 0.1])
        self.assertEqual(cells.get("c").tolist(), [-65.0, -65.0, -50.0, -65.0])
        self.assertEqual(cells.get("b"), 0.2)
        self.assertEqual(len(set(cells.get("d").tolist())), 4)
        self.assertEqual(cells[1:3].get(["a", "c"])[1].tolist(), [-65.0, -50.0])


class Sources(unittest.TestCase):
    def test_given_spikes(self):
        sim.setup(timestep=0.1, threads=1)
        sources = sim.Population(2, sim.SpikeSourceArray(spike_times=[Sequence([1.2, 3.8, 9.2]), Sequence([0.3])]))
        sources.record("spikes")
        sim.run(5.0)
        self.assertEqual([train.tolist() for train in trains(sources)], [[1.2, 3.8], [0.3]])
        sources.set(spike_times=[Sequence([7.0]), Sequence([6.0, 8.0])])
        sim.run(5.0)
        self.assertEqual([train.tolist() for train in trains(sources)], [[1.2, 3.8, 7.0], [0.3, 6.0, 8.0]])
        self.assertEqual(sources.get_spike_counts(), {sources[0]: 3, sources[1]: 3})

    def test_two_spikes_in_a_step(self):
        sim.setup(timestep=1.0, threads=1)
        sources = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0, 2.1, 2.2, 4.0]))
        sources.record("spikes")
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            sim.run(10.0)
        self.assertTrue(any("same step" in str(each.message) for each in seen))
        self.assertEqual(trains(sources)[0].tolist(), [2.0, 3.0, 4.0, 5.0])

    def test_times_between_steps(self):
        sim.setup(timestep=0.05, spike_precision="off_grid", threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0.075, 10.025, 12.34, 1000.025]))
        source.record("spikes")
        got = []
        for _ in range(3):
            sim.run(10.0)
            got.append(source.get_data("spikes", clear=True).segments[0].spiketrains[0].magnitude.tolist())
        self.assertEqual(got, [[0.075], [10.025, 12.34], []])

    def test_order_of_given_spikes(self):
        sim.setup(threads=1)
        for times in ([[2.0, 1.0]], [[-1.0]], [[float("nan")]]):
            with self.assertRaises(errors.InvalidParameterValueError):
                sim.Population(1, sim.SpikeSourceArray(spike_times=times))

    def test_poisson(self):
        sim.setup(threads=1)
        sources = sim.Population(3, sim.SpikeSourcePoisson(rate=[100, 200, 1000.0]))
        sources.record("spikes")
        sim.run(20000.0)
        for rate, train in zip((100, 200, 1000), trains(sources)):
            self.assertAlmostEqual(len(train), 20 * rate, delta=5 * np.sqrt(20 * rate))
            intervals = np.diff(train)
            self.assertAlmostEqual(intervals.std() / intervals.mean(), 1.0, delta=0.15)

    def test_other_intervals(self):
        def of(model, *lengths, **values):
            sim.setup(threads=1, seed=3)
            sources = sim.Population(2, model(**values))
            sources.record("spikes")
            for length in lengths:
                sim.run(length)
            return sources, [train.tolist() for train in trains(sources)]

        for model, values, mean, spread in (
                (sim.SpikeSourceGamma, dict(alpha=[6, 2], beta=[100.0, 200.0]), (60.0, 10.0), (6**-0.5, 2**-0.5)),
                (sim.SpikeSourcePoissonRefractory, dict(rate=[50.0, 100.0], tau_refrac=5.0), (20.0, 10.0), (0.75, 0.5))):
            _, whole = of(model, 30000.0, **values)
            for train, wanted, share in zip(whole, mean, spread):
                intervals = np.diff(train)
                self.assertAlmostEqual(intervals.mean(), wanted, delta=0.1 * wanted)
                self.assertAlmostEqual(intervals.std() / intervals.mean(), share, delta=0.12 * share)
            sources, pieces = of(model, 10.0, 2500.0, 27490.0, **values)
            self.assertEqual(pieces, whole)
            sim.reset()
            sim.run(1000.0)
            self.assertEqual([train.tolist() for train in trains(sources)],
                             [[time for time in train if time <= 1000.0] for train in whole])
        sources, before = of(sim.SpikeSourcePoissonRefractory, 500.0, rate=200.0, tau_refrac=2.0, start=100.0, duration=800.0)
        self.assertGreater(min(map(min, before)), 100.0)
        sources[0:1].set(rate=20.0)
        sim.run(1000.0)
        slow, fast = trains(sources)
        self.assertEqual(slow.tolist()[:len(before[0])], before[0])
        self.assertTrue(slow.max() <= 900.0 and fast.max() <= 900.0)
        self.assertLess((slow > 500.0).sum(), 25)
        self.assertGreater((fast > 500.0).sum(), 50)

    def test_poisson_from_and_until(self):
        sim.setup(threads=1)
        sources = sim.Population(2, sim.SpikeSourcePoisson(rate=500.0, start=[20.0, 50.0], duration=[60.0, 1000.0]))
        sources.record("spikes")
        sim.run(70.0)
        sim.run(30.0)
        first, second = trains(sources)
        self.assertTrue(20.0 < first.min() and first.max() <= 80.0)
        self.assertTrue(50.0 < second.min() and second.max() > 90.0)
        sources.set(rate=0.0)
        sim.run(50.0)
        self.assertEqual(sum(map(len, trains(sources))), len(first) + len(second))


class Missing(unittest.TestCase):
    def test_says_so(self):
        sim.setup(threads=1)
        for name in ("EIF_cond_alpha_isfa_ista", "EIF_cond_exp_isfa_ista", "HH_cond_exp", "GIF_cond_exp",
                     "MultiQuantalSynapse", "ElectricalSynapse"):
            with self.assertRaisesRegex(NotImplementedError, name):
                getattr(sim, name)(weight=1.0)
        self.assertIn("Izhikevich", sim.list_standard_models())
        self.assertNotIn("HH_cond_exp", sim.list_standard_models())

    def test_conductance_cannot_start_elsewhere(self):
        sim.setup(threads=1)
        cells = sim.Population(2, sim.IF_cond_exp())
        with self.assertRaises(NotImplementedError):
            cells.initialize(gsyn_exc=0.1)

    def test_bad_parameters(self):
        for values in (dict(timestep=0.0), dict(seed=-1), dict(seed="x"), dict(timestep=0.1, dt=0.1)):
            with self.assertRaises(Exception):
                sim.setup(**values)
        sim.setup(threads=1)
        with self.assertRaises(errors.NonExistentParameterError):
            sim.IF_curr_exp(tau=3.0)
        sim.Population(1, sim.IF_curr_exp(tau_m=-1.0))
        with self.assertRaises(izhi.Error):
            sim.run(1.0)


class Random(unittest.TestCase):
    def balanced(self, threads):
        sim.setup(timestep=0.1, threads=threads, seed=5)
        rng = NumpyRNG(seed=98)
        cells = sim.Population(100, sim.IF_cond_exp(tau_syn_I=10.0, v_rest=-60.0, v_reset=-60.0, tau_refrac=5.0,
                                                    e_rev_I=-80.0))
        cells.initialize(v=RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng))
        inputs = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0, duration=50.0))
        for pre, weight, p, receptor in ((cells[:80], 4e-3, 0.02, "excitatory"), (cells[80:], 51e-3, 0.02, "inhibitory"),
                                         (inputs, 0.1, 0.1, "excitatory")):
            sim.Projection(pre, cells, sim.FixedProbabilityConnector(p, rng=rng),
                           sim.StaticSynapse(weight=weight, delay=0.2), receptor_type=receptor)
        noise = sim.NoisyCurrentSource(mean=0.1, stdev=0.5)
        cells[::2].inject(noise)
        cells.record("spikes")
        cells[:2].record("v")
        sim.run(200.0)
        return trains(cells), signal(cells, "v")

    def test_threads_change_nothing(self):
        one, two = self.balanced(1), self.balanced(2)
        self.assertGreater(sum(map(len, one[0])), 50)
        for a, b in zip(one[0], two[0]):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(one[1], two[1])


if __name__ == "__main__":
    unittest.main()
