# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Running, resetting, recording and changing networks of izhi.pynn."""
import os
import pickle
import tempfile
import unittest

import numpy as np
import quantities as pq
from pyNN import errors
from pyNN.random import RandomDistribution

import izhi
import izhi.pynn as sim


def signal(population, name="v", segment=-1):
    return population.get_data().segments[segment].filter(name=name)[0].magnitude


class Time(unittest.TestCase):
    def test_run_until(self):
        sim.setup(timestep=0.1, threads=1)
        sim.Population(1, sim.IF_cond_exp())
        for time in (12.7, 12.7, 99.9):
            sim.run_until(time)
            self.assertEqual(sim.get_current_time(), time)
        with self.assertRaises(ValueError):
            sim.run_until(88.8)
        self.assertEqual(sim.run(0.1), 100.0)
        self.assertEqual(sim.run_for(0.3), 100.3)

    def test_pieces_are_the_whole(self):
        def of(*lengths):
            sim.setup(timestep=0.1, threads=1)
            cells = sim.Population(3, sim.IF_curr_exp(i_offset=[0.7, 0.8, 0.9]))
            inputs = sim.Population(3, sim.SpikeSourcePoisson(rate=200.0))
            sim.Projection(inputs, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.2, delay=3.0))
            cells.record(["v", "spikes"])
            for length in lengths:
                sim.run(length)
            block = cells.get_data().segments[0]
            return block.analogsignals[0].magnitude, [train.magnitude.tolist() for train in block.spiketrains]

        whole, pieces = of(100.0), of(*[0.1] * 20, 48.0, 50.0)
        np.testing.assert_array_equal(whole[0], pieces[0])
        self.assertEqual(whole[1], pieces[1])

    def test_callbacks(self):
        sim.setup(timestep=0.1, threads=1)
        cell = sim.Population(1, sim.IF_curr_exp())
        cell.record("v")
        seen = []

        def every_five(time):
            seen.append(time)
            cell.set(i_offset=0.02 * len(seen))
            return time + 5.0

        sim.run(20.0, callbacks=[every_five])
        self.assertEqual(seen, [0.0, 5.0, 10.0, 15.0, 20.0])
        v, wanted = signal(cell)[:, 0], -65.0
        for step in range(200):
            rest = -65.0 + 20.0 * 0.02 * (step // 50 + 1)
            wanted = rest + (wanted - rest) * np.exp(-0.1 / 20.0)
            self.assertAlmostEqual(v[step + 1], wanted, delta=2e-4)

    def test_runs_shorter_than_a_sample(self):
        sim.setup(timestep=0.1, threads=1)
        cells = sim.Population(2, sim.IF_curr_exp(i_offset=0.5))
        cells.record(["v", "spikes"], sampling_interval=0.5)
        sim.run(0.0)
        self.assertEqual(signal(cells).tolist(), [[-65.0, -65.0]])
        for _ in range(10):
            sim.run(0.3)
        self.assertEqual(signal(cells).shape, (7, 2))
        self.assertFalse(np.isnan(signal(cells)).any())
        for wrong in (-1.0, float("nan"), float("inf")):
            with self.assertRaises(ValueError):
                sim.run(wrong)

    def test_empty_network(self):
        sim.setup(threads=1)
        sim.run(10.0)
        self.assertEqual(sim.get_current_time(), 10.0)

    def test_delays_of_the_network(self):
        sim.setup(min_delay="auto", threads=1)
        a, b = sim.Population(3, sim.IF_cond_exp()), sim.Population(5, sim.IF_cond_exp())
        self.assertEqual(sim.get_min_delay(), 0.1)
        sim.Projection(a, b, sim.AllToAllConnector(), sim.StaticSynapse(delay=0.5))
        sim.Projection(a, b, sim.AllToAllConnector(), sim.StaticSynapse(delay=1.5))
        self.assertEqual((sim.get_min_delay(), sim.get_max_delay()), (0.5, 1.5))
        sim.setup(min_delay=0.4, max_delay=2.0)
        self.assertEqual((sim.get_min_delay(), sim.get_max_delay()), (0.4, 2.0))
        a = sim.Population(3, sim.IF_cond_exp())
        self.assertEqual(sim.Projection(a, a, sim.OneToOneConnector()).get("delay", "list", with_address=False), [0.4] * 3)
        for delay in (0.2, 2.5):
            with self.assertRaises(errors.ConnectionError):
                sim.Projection(a, a, sim.OneToOneConnector(), sim.StaticSynapse(delay=delay))


class Reset(unittest.TestCase):
    def network(self):
        sim.setup(timestep=0.1, threads=1)
        sources = sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.2, 3.8, 9.2], [1.5, 1.9, 2.7, 4.8, 6.8]]))
        noise = sim.Population(5, sim.SpikeSourcePoisson(rate=100.0))
        cells = sim.Population(2, sim.IF_curr_exp())
        cells.record("v")
        sim.Projection(sources, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.5, delay=0.5))
        sim.Projection(noise, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1, delay=0.5))
        return cells

    def test_segments_are_equal(self):
        cells = self.network()
        for _ in range(3):
            sim.run(10.0)
            sim.reset()
        segments = cells.get_data().segments
        self.assertEqual(len(segments), 3)
        for segment in segments:
            self.assertEqual(segment.analogsignals[0].shape, (101, 2))
            np.testing.assert_array_equal(segment.analogsignals[0].magnitude, segments[0].analogsignals[0].magnitude)

    def test_with_clear(self):
        cells = self.network()
        blocks = []
        for _ in range(3):
            sim.run(10.0)
            blocks.append(cells.get_data(clear=True))
            sim.reset()
        for block in blocks:
            self.assertEqual(len(block.segments), 1)
            np.testing.assert_array_equal(block.segments[0].analogsignals[0].magnitude,
                                          blocks[0].segments[0].analogsignals[0].magnitude)

    def test_setup_again(self):
        first = self.network()
        sim.run(10.0)
        v = signal(first)
        second = self.network()
        sim.run(10.0)
        np.testing.assert_array_equal(v, signal(second))

    def test_changes_after_reset(self):
        cells = self.network()
        sim.run(10.0)
        with self.assertRaisesRegex(izhi.Error, "reset"):
            sim.Population(1, sim.IF_curr_exp())
        with self.assertRaisesRegex(izhi.Error, "reset"):
            sim.Projection(cells, cells, sim.AllToAllConnector())
        sim.reset()
        other = sim.Population(1, sim.IF_curr_exp())
        other.record("v")
        sim.Projection(cells, other, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
        cells.initialize(v=-51.0)
        cells.set(tau_m=[10.0, 15.0], i_offset=2.0)
        sim.run(10.0)
        self.assertEqual(signal(cells)[0].tolist(), [-51.0, -51.0])
        self.assertGreater(signal(other)[-1, 0], -65.0)


class Changes(unittest.TestCase):
    def test_parameters_between_runs(self):
        """A part of the network with new parameters goes on from where it was."""
        sim.setup(timestep=0.1, threads=1)
        cell = sim.Population(1, sim.IF_curr_exp(i_offset=0.5))
        cell.record("v")
        sim.run(10.0)
        cell.set(tau_m=10.0, v_rest=-60.0)
        sim.run(10.0)
        v = signal(cell)[:, 0]
        first = -55.0 - 10.0 * np.exp(-np.arange(101) * 0.1 / 20.0)
        second = -55.0 + (first[-1] + 55.0) * np.exp(-np.arange(1, 101) * 0.1 / 10.0)
        np.testing.assert_allclose(v, np.append(first, second), atol=1e-4)

    def test_weights_between_runs(self):
        sim.setup(timestep=0.1, threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 9.9, 15.0]))
        cells = sim.Population(2, sim.IF_curr_delta(tau_m=1e4))
        projection = sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=2.0, delay=1.0))
        cells.record("v")
        sim.run(10.0)
        projection.set(weight=[1.0, 3.0])
        sim.run(10.0)
        v = signal(cells) + 65.0
        # The spike at 9.9 was on its way and keeps its weight.
        np.testing.assert_allclose(v[-1], [2.0 + 2.0 + 1.0, 2.0 + 2.0 + 3.0], atol=0.01)

    def test_spikes_between_runs(self):
        sim.setup(timestep=0.1, threads=1)
        sources = sim.Population(2, sim.SpikeSourceArray())
        cells = sim.Population(2, sim.IF_cond_exp())
        sim.Projection(sources, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.01))
        cells.record("v")
        times = np.arange(2.0, 100.0, 100.0 / 13.0)
        sources[0].spike_times = times
        sources[1].spike_times = times + 3.0
        sim.run(100.0)
        sim.run(100.0)
        sources[0].spike_times = times + 200.0
        sim.run(100.0)
        v = signal(cells)
        self.assertTrue((v[1000] > -60.0).all())
        self.assertTrue((v[2000] < -64.9).all())
        self.assertGreater(v[-1, 0], -60.0)
        self.assertLess(v[-1, 1], -64.99)

    def test_what_cannot_change(self):
        sim.setup(timestep=0.1, threads=1)
        cells = sim.Population(2, sim.IF_curr_exp())
        projection = sim.Projection(cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
        sim.run(1.0)
        with self.assertRaisesRegex(NotImplementedError, "reset"):
            projection.set(delay=2.0)
        cells[0].tau_m = 11.0
        with self.assertRaisesRegex(izhi.Error, "tau_m.*reset"):
            sim.run(1.0)
        sim.reset()
        projection.set(delay=2.0)
        sim.run(1.0)
        sim.setup(threads=1)
        cells = sim.Population(2, sim.IF_curr_exp(), label="mine")
        projection = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.TsodyksMarkramSynapse(weight=1.0))
        sim.run(1.0)
        projection.set(U=0.25)
        sim.run(1.0)
        projection.set(U=[0.1, 0.2, 0.3, 0.4])
        with self.assertRaisesRegex(izhi.Error, "become different"):
            sim.run(1.0)

    def test_errors_name_the_population(self):
        sim.setup(threads=1)
        sim.Population(1, sim.IF_curr_exp(), label="good")
        sim.Population(1, sim.IF_curr_exp(v_reset=-40.0), label="bad")
        with self.assertRaisesRegex(izhi.Error, "v_reset_mv is -40.*bad"):
            sim.run(1.0)

    def test_start_at_the_threshold(self):
        """Cells that start at their threshold or beyond fire in the first step."""
        sim.setup(timestep=0.1, threads=1)
        cells = sim.Population(4, sim.IF_cond_exp(tau_refrac=1.0, v_reset=-60.0),
                               initial_values={"v": [-50.0, -45, -50.0005, -60]})
        other = sim.Population(2, sim.Izhikevich(), initial_values={"v": [35.0, 20.0]})
        for each in (cells, other):
            each.record(["spikes", "v"])
        sim.run(0.0)
        other.initialize(u=-10.0)
        sim.run(5.0)
        block = cells.get_data().segments[0]
        self.assertEqual([train.magnitude.tolist() for train in block.spiketrains], [[0.1], [0.1], [], []])
        self.assertEqual(block.analogsignals[0].magnitude[0].tolist(), [-50.0, -45.0, -50.0005, -60.0])
        self.assertEqual(block.analogsignals[0].magnitude[1, :2].tolist(), [-60.0, -60.0])
        self.assertEqual([len(train) for train in other.get_data().segments[0].spiketrains], [1, 1])

    def test_initialize(self):
        sim.setup(threads=1)
        cells = sim.Population(4, sim.IF_curr_exp(), initial_values={"v": RandomDistribution("uniform", low=-64, high=-60)})
        cells[0].set_initial_value("v", -55.5)
        cells[1:3].initialize(v=-58.0)
        self.assertEqual(cells[0].get_initial_value("v"), -55.5)
        cells.record("v")
        sim.run(1.0)
        self.assertEqual(signal(cells)[0, :3].tolist(), [-55.5, -58.0, -58.0])
        self.assertTrue(-64 <= signal(cells)[0, 3] <= -60)


class Recording(unittest.TestCase):
    def test_number_of_samples(self):
        sim.setup(timestep=0.1, threads=1)
        a, b = sim.Population(3, sim.IF_cond_exp(i_offset=1.0)), sim.Population(4, sim.IF_cond_exp())
        a.record("v", sampling_interval=1.0)
        a.record("spikes")
        b.record("v", sampling_interval=0.5)
        sim.run(10.0)
        first, second = [each.get_data().segments[0].analogsignals[0] for each in (a, b)]
        self.assertEqual((first.sampling_period, first.shape), (1.0 * pq.ms, (11, 3)))
        self.assertEqual((second.sampling_period, second.shape), (0.5 * pq.ms, (21, 4)))
        self.assertFalse(np.isnan(first).any())
        with self.assertRaises(ValueError):
            a.record("v", sampling_interval=0.25)
        self.assertEqual(sim.run(5.0), 15.0)
        self.assertEqual(a.get_data().segments[0].analogsignals[0].shape, (16, 3))

    def test_record_none(self):
        sim.setup(threads=1)
        cells = sim.Population(7, sim.IF_cond_exp())
        cells[3].i_offset, cells[4].i_offset = 0.1, 0.2
        cells[3:4].record("v")
        sim.run(10.0)
        sim.reset()
        cells.record(None)
        cells[4:5].record("v")
        sim.run(10.0)
        first, second = [segment.analogsignals[0] for segment in cells.get_data().segments]
        self.assertEqual(first.shape, second.shape)
        self.assertEqual([each.array_annotations["channel_index"].tolist() for each in (first, second)], [[3], [4]])
        self.assertEqual(first[0, 0], second[0, 0])
        self.assertFalse((first[1:] == second[1:]).any())

    def test_assembly(self):
        sim.setup(timestep=0.1, threads=1)
        both = sim.Population(5, sim.IF_cond_exp()) + sim.Population(6, sim.IF_cond_exp(tau_m=[10, 20, 30] * 2))
        inputs = sim.Population(5, sim.SpikeSourcePoisson(rate=50.0))
        sim.connect(inputs, both, weight=0.1, delay=0.5, receptor_type="inhibitory")
        sim.connect(inputs, both, weight=0.1, delay=0.3, receptor_type="excitatory")
        both.record("v")
        both[2:9].record(["gsyn_exc", "gsyn_inh"])
        sim.run(50.0)
        parts = [population.get_data().segments[0] for population in both.populations]
        whole = both.get_data().segments[0]
        for name, widths in (("v", (5, 6, 11)), ("gsyn_exc", (3, 4, 7)), ("gsyn_inh", (3, 4, 7))):
            shapes = [segment.filter(name=name)[0].shape for segment in parts + [whole]]
            self.assertEqual(shapes, [(501, width) for width in widths])
        np.testing.assert_array_equal(parts[1].filter(name="v")[0][:, 3], whole.filter(name="v")[0][:, 8])

    def test_gsyn_moves_v(self):
        """v from the recorded conductances is the recorded v."""
        sim.setup(timestep=0.1, threads=1)
        cells = sim.Population(4, sim.IF_cond_exp(v_thresh=100.0, tau_m=[10.0, 20.0, 20.0, 10.0], tau_syn_I=9.0))
        inputs = sim.Population(10, sim.SpikeSourcePoisson(rate=100.0))
        sim.Projection(inputs, cells, sim.FixedProbabilityConnector(0.5), sim.StaticSynapse(weight=0.02, delay=0.7))
        sim.Projection(inputs, cells, sim.FixedProbabilityConnector(0.5), sim.StaticSynapse(weight=0.03, delay=1.1),
                       receptor_type="inhibitory")
        cells.record(["v", "gsyn_exc", "gsyn_inh"])
        sim.run(37.0)
        sim.run(63.0)
        v, exc, inh = [signal(cells, name) for name in ("v", "gsyn_exc", "gsyn_inh")]
        self.assertGreater(exc.min(axis=0).max() + exc.max(), 0.02)
        tau = np.array([10.0, 20.0, 20.0, 10.0])
        exc, inh = [g[:-1] * d / 0.1 * (1 - np.exp(-0.1 / d)) for g, d in ((exc, 5.0), (inh, 9.0))]
        total = 1.0 / tau + exc + inh
        steady = (-65.0 / tau - 70.0 * inh) / total
        np.testing.assert_allclose(v[1:], steady + (v[:-1] - steady) * np.exp(-0.1 * total), atol=1e-3)

    def test_recording_that_begins_later(self):
        sim.setup(timestep=0.1, threads=1)
        cells = sim.Population(2, sim.IF_curr_exp(i_offset=0.5))
        sim.run(5.0)
        cells[0:1].record("v")
        sim.run(5.0)
        cells.record("v")
        sim.run(5.0)
        v = signal(cells)
        self.assertEqual(v.shape, (151, 2))
        wanted = -55.0 - 10.0 * np.exp(-np.arange(151) * 0.1 / 20.0)
        np.testing.assert_allclose(v[50:, 0], wanted[50:], atol=1e-4)
        np.testing.assert_allclose(v[100:, 1], wanted[100:], atol=1e-4)
        self.assertTrue(np.isnan(v[:50, 0]).all() and np.isnan(v[:100, 1]).all())

    def test_clear(self):
        sim.setup(timestep=0.1, threads=1)
        cells = sim.Population(2, sim.IF_curr_exp(i_offset=1.0))
        cells.record(["v", "spikes"])
        blocks = []
        for _ in range(3):
            sim.run(50.0)
            blocks.append(cells.get_data(clear=True).segments[0])
        signals = [block.analogsignals[0] for block in blocks]
        self.assertEqual([each.shape for each in signals], [(501, 2)] * 3)
        self.assertEqual([float(each.t_start) for each in signals], [0.0, 50.0, 100.0])
        self.assertEqual(signals[0][-1, 0], signals[1][0, 0])
        times = np.concatenate([block.spiketrains[0].magnitude for block in blocks])
        np.testing.assert_allclose(np.diff(times), np.diff(times)[0], atol=1e-6)

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            sim.setup(timestep=0.1, threads=1)
            cells = sim.Population(2, sim.IF_curr_exp(v_thresh=-55.0, tau_refrac=5.0))
            cells[0].inject(sim.DCSource(amplitude=2.5, start=25.0, stop=75.0))
            name = {each: os.path.join(folder, each + ".pkl") for each in ("one", "other", "all", "spikes")}
            sim.record(["spikes", "v"], cells[0], name["one"])
            sim.record(["spikes"], cells[1], name["other"])
            sim.record_v(cells, name["all"])
            cells.record("spikes", to_file=name["spikes"])
            sim.run(100.0)
            sim.end()
            read = {}
            for each in name:
                with open(name[each], "rb") as file:
                    read[each] = pickle.load(file).segments[0]
        counts = {each: [len(train) for train in read[each].spiketrains] for each in read}
        self.assertGreater(counts["one"][0], 3)
        self.assertEqual(counts["other"], [0])
        self.assertEqual(counts["spikes"], [counts["one"][0], 0])
        self.assertEqual([len(read[each].analogsignals) for each in ("one", "other", "all", "spikes")], [1, 0, 1, 0])
        self.assertEqual(read["all"].analogsignals[0].shape, (1001, 2))
        self.assertEqual(cells.get_data().segments[0].analogsignals[0].shape, (1001, 2))  # also after end()

    def test_what_cannot_be_recorded(self):
        sim.setup(threads=1)
        with self.assertRaises(errors.RecordingError):
            sim.Population(1, sim.IF_curr_exp()).record("gsyn_exc")
        with self.assertRaises(errors.RecordingError):
            sim.Population(1, sim.SpikeSourcePoisson()).record("v")
        cells = sim.Population(1, sim.IF_cond_exp())
        sim.run(1.0)
        with self.assertRaises(ValueError):
            cells.record("gsyn_exc")


if __name__ == "__main__":
    unittest.main()
