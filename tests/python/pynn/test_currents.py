# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Sources of current of izhi.pynn: when they begin and end, what they do to cells, and what is read back."""
import unittest

import numpy as np
import quantities as pq

import izhi.pynn as sim


def begin(dt=0.1):
    sim.setup(timestep=dt, min_delay=dt, threads=1)


def cells(size, **parameters):
    made = sim.Population(size, sim.IF_curr_exp(v_rest=-60.0, v_reset=-60.0, **dict(dict(v_thresh=100.0), **parameters)))
    made.initialize(v=-60.0)
    made.record("v")
    return made


def v_of(population):
    return population.get_data().segments[0].filter(name="v")[0].magnitude


def exact(amplitudes, tau=20.0, resistance=20.0, dt=0.1):
    """v - v_rest of a cell with a current that is constant in each step."""
    v, decay = [0.0], np.exp(-dt / tau)
    for amplitude in amplitudes:
        v.append(resistance * amplitude + (v[-1] - resistance * amplitude) * decay)
    return np.array(v)


class Kinds(unittest.TestCase):
    def check(self, source, steps=600, target=None):
        begin()
        population = cells(1)
        source = source()
        source.inject_into(population)
        sim.run(steps * 0.1)
        data = source.get_data()
        self.assertEqual(data.shape, (steps + 1, 1))
        self.assertEqual(data.units, pq.nA)
        self.assertAlmostEqual(float(data.times[-1].rescale("ms")), steps * 0.1, places=6)
        np.testing.assert_allclose(v_of(population)[:, 0], -60.0 + exact(data.magnitude[:-1, 0]), atol=2e-4)
        return data.magnitude[:, 0]

    def test_dc(self):
        i = self.check(lambda: sim.DCSource(amplitude=0.5, start=10.0, stop=20.0))
        self.assertTrue((i[:100] == 0).all() and (i[100:200] == 0.5).all() and (i[200:] == 0).all())

    def test_step(self):
        i = self.check(lambda: sim.StepCurrentSource(times=[0.0, 25.0, 40.0], amplitudes=[0.1, 0.6, -0.2]))
        self.assertTrue((i[:250] == 0.1).all() and (i[250:400] == 0.6).all() and (i[400:] == -0.2).all())

    def test_ac(self):
        i = self.check(lambda: sim.ACSource(amplitude=0.5, offset=0.1, frequency=100.0, phase=90.0, start=5.0, stop=45.0))
        t = np.arange(601) * 0.1
        inside = (np.arange(601) >= 50) & (np.arange(601) < 450)
        np.testing.assert_allclose(i, np.where(inside, 0.1 + 0.5 * np.cos(2 * np.pi * 0.1 * (t - 5.0)), 0.0), atol=1e-12)

    def test_noise(self):
        i = self.check(lambda: sim.NoisyCurrentSource(mean=0.4, stdev=0.2, start=10.0, stop=60.0, dt=0.5))
        self.assertTrue((i[:100] == 0).all() and (i[600:] == 0).all())
        held = i[100:600].reshape(-1, 5)
        self.assertTrue((held == held[:, :1]).all())
        self.assertEqual(len(set(held[:, 0])), 100)
        self.assertAlmostEqual(held[:, 0].mean(), 0.4, delta=0.08)
        self.assertAlmostEqual(held[:, 0].std(), 0.2, delta=0.06)

    def test_noise_is_the_same_again(self):
        first = self.check(lambda: sim.NoisyCurrentSource(mean=0.4, stdev=0.2))
        np.testing.assert_array_equal(first, self.check(lambda: sim.NoisyCurrentSource(mean=0.4, stdev=0.2)))

    def test_noise_of_two_sources_is_independent(self):
        begin()
        a, b = sim.NoisyCurrentSource(stdev=1.0), sim.NoisyCurrentSource(stdev=1.0)
        population = cells(2)
        population[0].inject(a)
        population[1].inject(b)
        sim.run(200.0)
        both = np.corrcoef(a.get_data().magnitude[:, 0], b.get_data().magnitude[:, 0])
        self.assertLess(abs(both[0, 1]), 0.1)


class Injection(unittest.TestCase):
    def test_equal_currents_are_equal(self):
        begin()
        population = cells(3)
        population[0].i_offset = 0.5
        population[1].inject(sim.DCSource(amplitude=0.5))
        population[2:3].inject(sim.StepCurrentSource(times=[0.0], amplitudes=[0.5]))
        sim.run(20.0)
        v = v_of(population)
        np.testing.assert_array_equal(v[:, 0], v[:, 1])
        np.testing.assert_array_equal(v[:, 0], v[:, 2])

    def test_sources_add(self):
        begin()
        population = cells(4)
        source = sim.DCSource(amplitude=0.25, start=5.0)
        source.inject_into(population[1:3])
        source.inject_into([population[2], population[3]])
        population.set(i_offset=0.1)
        sim.run(20.0)
        v = v_of(population)
        for cell, times in enumerate((0, 1, 2, 1)):
            amplitudes = 0.1 + 0.25 * times * (np.arange(200) >= 50)
            np.testing.assert_allclose(v[:, cell], -60.0 + exact(amplitudes), atol=2e-4)

    def test_assembly(self):
        begin()
        both = cells(2) + cells(3)[1:]
        both.inject(sim.DCSource(amplitude=0.5))
        sim.run(10.0)
        self.assertTrue((both.get_data().segments[0].filter(name="v")[0].magnitude[-1] > -60.0).all())

    def test_spike_sources_refuse(self):
        begin()
        with self.assertRaises(TypeError):
            sim.Population(1, sim.SpikeSourcePoisson()).inject(sim.DCSource())
        with self.assertRaises(TypeError):
            sim.DCSource().inject_into(sim.Population(1, sim.SpikeSourceArray()))

    def test_different_period_per_cell(self):
        """One current for each cell: T = tau ln(I tau / (I tau - v_thresh cm))."""
        sim.setup(timestep=0.01, threads=1)
        currents = np.arange(0.5, 1.5, 1.0 / 83)
        population = sim.Population(len(currents), sim.IF_curr_exp(tau_refrac=100.0, v_rest=0.0, v_reset=0.0, v_thresh=10.0))
        population.initialize(v=0.0)
        for cell, amplitude in zip(population, currents):
            cell.inject(sim.DCSource(start=25.0, stop=125.0, amplitude=amplitude))
        population.record("spikes")
        sim.run(150.0)
        trains = population.get_data().segments[0].spiketrains
        self.assertEqual([len(train) for train in trains], [0] + [1] * 82)
        found = np.array([train.magnitude[0] for train in trains[1:]])
        wanted = 25.0 + 20.0 * np.log(currents[1:] * 20.0 / (currents[1:] * 20.0 - 10.0))
        self.assertLess(abs(found - wanted).max(), 0.05)  # the weakest current passes the threshold at 0.01 mV/ms


class Changes(unittest.TestCase):
    def test_amplitude_between_runs(self):
        begin()
        population, source = cells(1), sim.DCSource(amplitude=0.1)
        source.inject_into(population)
        for _ in range(2):
            sim.run(30.0)
            source.amplitude += 0.1
        wanted = np.repeat([0.1, 0.2], 300)
        np.testing.assert_array_equal(source.get_data().magnitude[:-1, 0], wanted)
        np.testing.assert_allclose(v_of(population)[:, 0], -60.0 + exact(wanted), atol=2e-4)
        self.assertAlmostEqual(source.get_parameters()["amplitude"], 0.3)

    def test_windows_across_runs(self):
        begin()
        population = cells(4)
        given = (sim.DCSource(amplitude=0.15, start=25.0, stop=115.0),
                 sim.StepCurrentSource(times=[25.0, 75.0, 115.0], amplitudes=[0.05, 0.10, 0.20]),
                 sim.DCSource(amplitude=0.15, start=115.0, stop=145.0),
                 sim.StepCurrentSource(times=[125.0, 175.0, 215.0], amplitudes=[0.05, 0.10, 0.20]))
        for cell, source in zip(population, given):
            cell.inject(source)
        sim.run(100.0)
        sim.run(100.0)
        v = v_of(population)
        self.assertEqual(len(v), 2001)
        for cell, source in enumerate(given):
            np.testing.assert_allclose(v[:, cell], -60.0 + exact(source.get_data().magnitude[:-1, 0]), atol=2e-4)
        self.assertTrue((v[:1251, 3] == -60.0).all())

    def test_one_more_cell_later(self):
        """A current to all cells, and then another to some of them, with new parameters in between or without."""
        for change in (False, True):
            begin()
            population = cells(2)
            population.inject(sim.DCSource(amplitude=0.3))
            sim.run(10.0)
            if change:
                population.set(tau_refrac=3.0)
            population[1].inject(sim.DCSource(amplitude=0.2))
            sim.run(10.0)
            v = v_of(population)
            np.testing.assert_allclose(v[:, 0], -60.0 + exact(np.repeat(0.3, 200)), atol=2e-4)
            np.testing.assert_allclose(v[:, 1], -60.0 + exact(np.repeat([0.3, 0.5], 100)), atol=2e-4)

    def test_injected_later(self):
        begin()
        population, source = cells(1), sim.DCSource(amplitude=0.5)
        sim.run(10.0)
        population.inject(source)
        sim.run(10.0)
        np.testing.assert_array_equal(source.get_data().magnitude[:-1, 0], np.repeat([0.0, 0.5], 100))
        np.testing.assert_allclose(v_of(population)[:, 0], -60.0 + exact(np.repeat([0.0, 0.5], 100)), atol=2e-4)

    def test_reset(self):
        begin()
        population, source = cells(1), sim.NoisyCurrentSource(mean=0.5, stdev=0.3, start=3.0)
        population.inject(source)
        sim.run(20.0)
        sim.reset()
        sim.run(20.0)
        first, second = [segment.analogsignals[0].magnitude for segment in population.get_data().segments]
        np.testing.assert_array_equal(first, second)

    def test_times_of_steps(self):
        for dt, times, wanted in ((0.1, [0.41, 0.42, 0.86], [0.4, 0.9]), (0.01, [0.451, 0.452, 0.86], [0.45, 0.86])):
            begin(dt)
            for wrong in ([0.4, -0.6, 0.8], [0.5, 0.4999, 0.8]):
                with self.assertRaises(ValueError):
                    sim.StepCurrentSource(times=wrong, amplitudes=[0.5, -0.5, 0.5])
            with self.assertRaises(ValueError):
                sim.StepCurrentSource(times=[1.0, 2.0], amplitudes=[0.5])
            source = sim.StepCurrentSource(times=times, amplitudes=[0.5, -0.5, 0.25])
            np.testing.assert_allclose(source.times, wanted)
            np.testing.assert_array_equal(source.amplitudes, [-0.5, 0.25])

    def test_izhikevich(self):
        """1 nA is 1000 mV/ms: a current and an offset are the same."""
        sim.setup(timestep=0.5, threads=1)
        population = sim.Population(2, sim.Izhikevich(i_offset=[0.01, 0.0]))
        population[1].inject(sim.DCSource(amplitude=0.01))
        population.record("v")
        sim.run(100.0)
        v = v_of(population)
        np.testing.assert_array_equal(v[:, 0], v[:, 1])
        self.assertGreater(v[:, 0].max(), -50.0)


if __name__ == "__main__":
    unittest.main()
