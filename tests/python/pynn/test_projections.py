# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Connectors, synapses and their attributes in izhi.pynn, for populations, views and assemblies."""
import os
import tempfile
import unittest

import numpy as np
from pyNN import common, errors
from pyNN.core import IndexBasedExpression
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.space import Grid2D, Space

import izhi.pynn as sim
from izhi.pynn import building, simulator


def two(n=5, m=7, model=None):
    sim.setup(timestep=0.1, threads=1)
    model = model or sim.IF_cond_exp()
    return sim.Population(n, model), sim.Population(m, model)


def columns(projection, *names):
    return np.array(projection.get(list(names), format="list")).T


class Connectors(unittest.TestCase):
    def test_all_to_all(self):
        a, _ = two()
        projection = sim.Projection(a, a, sim.AllToAllConnector(allow_self_connections=False),
                                    sim.StaticSynapse(weight=RandomDistribution("gamma", k=2.0, theta=0.5), delay="0.2+0.3*d"))
        i, j, delay = columns(projection, "delay")
        np.testing.assert_allclose(delay, 0.2 + 0.3 * abs(i - j))
        self.assertEqual(len(projection), 20)
        self.assertEqual(len(set(columns(projection, "weight")[2])), 20)

    def test_functions_of_distance(self):
        a, b = two()
        projection = sim.Projection(a, b, sim.AllToAllConnector(), sim.TsodyksMarkramSynapse(
            weight=lambda d: d, delay=0.5, U=lambda d: 0.02 * d + 0.1))
        i, j, weight, delay, limit = columns(projection, "weight", "delay", "U")
        np.testing.assert_array_equal(weight, abs(i - j))
        np.testing.assert_array_equal(delay, 0.5)
        np.testing.assert_array_equal(limit, 0.02 * abs(i - j) + 0.1)
        sim.run(1.0)

    def test_fixed_numbers(self):
        a, b = two()
        for replacement in (False, True):
            pre = sim.Projection(a, b, sim.FixedNumberPreConnector(3, with_replacement=replacement, rng=NumpyRNG(seed=1)),
                                 sim.StaticSynapse(weight=0.5))
            np.testing.assert_array_equal(np.nansum(pre.get("weight", "array"), axis=0), [1.5] * 7)
            post = sim.Projection(a, b, sim.FixedNumberPostConnector(3, with_replacement=replacement, rng=NumpyRNG(seed=2)),
                                  sim.StaticSynapse(weight=0.5))
            np.testing.assert_array_equal(np.nansum(post.get("weight", "array"), axis=1), [1.5] * 5)
            if not replacement:
                self.assertEqual((~np.isnan(post.get("weight", "array"))).sum(), 15)
        many = sim.Projection(a, b, sim.FixedNumberPostConnector(20, with_replacement=True), sim.StaticSynapse(weight=0.5))
        self.assertEqual(np.nansum(many.get("weight", "array")), 50.0)
        for operation in ("min", "max", "first", "last"):
            values = many.get("weight", "array", multiple_synapses=operation)
            self.assertEqual(set(values[~np.isnan(values)]), {0.5})
        self.assertEqual(len(sim.Projection(a, b, sim.FixedTotalNumberConnector(12))), 12)
        sim.run(1.0)

    def test_probability_one_is_all_to_all(self):
        a, _ = two()
        synapse = sim.StaticSynapse(weight=0.1, delay="0.2+0.3*d")
        made = [sim.Projection(a, a, connector, synapse) for connector in (
            sim.AllToAllConnector(allow_self_connections=False),
            sim.FixedProbabilityConnector(1, allow_self_connections=False))]
        for name in ("weight", "delay"):
            self.assertEqual(*[sorted(each.get(name, "list")) for each in made])

    def test_same_draws_as_other_simulators(self):
        """The random numbers are PyNN's, so a script has the same network on every simulator."""
        import pyNN.mock
        found = []
        for module in (sim, pyNN.mock):
            module.setup(timestep=0.1)
            a, b = module.Population(20, module.IF_cond_exp()), module.Population(30, module.IF_cond_exp())
            rng = NumpyRNG(seed=7)
            projections = [module.Projection(a, b, connector, module.StaticSynapse(
                weight=RandomDistribution("uniform", low=0, high=1, rng=rng), delay=0.3)) for connector in (
                    module.FixedProbabilityConnector(0.3, rng=rng), module.FixedNumberPreConnector(4, rng=rng),
                    module.DistanceDependentProbabilityConnector("exp(-d/5)", rng=rng))]
            found.append([sorted(each.get(["weight", "delay"], "list")) for each in projections])
        for ours, theirs in zip(*found):
            np.testing.assert_array_equal(np.array(ours), np.array(theirs))

    def test_lists_and_files(self):
        a, b = two()
        given = [(0, 0, 0.1, 0.3), (3, 6, 0.2, 0.4), (0, 0, 0.3, 0.5), (1, 2, 0.4, 0.6)]
        listed = sim.Projection(a, b, sim.FromListConnector(given))
        self.assertEqual(sorted(listed.get(["weight", "delay"], "list")), sorted(given))
        self.assertEqual(listed.get("weight", "array")[0, 0], 0.4)
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "connections.txt")
            listed.save(["weight", "delay"], file)
            again = sim.Projection(a, b, sim.FromFileConnector(file, distributed=False))
            self.assertEqual(sorted(again.get(["weight", "delay"], "list")), sorted(given))
        self.assertEqual(len(sim.Projection(a, b, sim.CloneConnector(listed))), 3)
        matrix = np.eye(5, 7, dtype=bool)
        i, j, _ = columns(sim.Projection(a, b, sim.ArrayConnector(matrix)), "weight")
        self.assertTrue((i == j).all() and len(i) == 5)
        self.assertEqual(len(sim.Projection(a, a, sim.FromListConnector([]))), 0)
        sim.run(1.0)

    def test_space_and_indices(self):
        sim.setup(timestep=0.1, threads=1)
        sheet = sim.Population(36, sim.IF_cond_exp(), structure=Grid2D(dx=10.0, dy=10.0))

        class Rows(IndexBasedExpression):
            def __call__(self, i, j):
                return (i % 6 == j % 6).astype(float)
        i, j, _ = columns(sim.Projection(sheet, sheet, sim.IndexBasedProbabilityConnector(Rows())), "weight")
        self.assertTrue((i % 6 == j % 6).all() and len(i) == 216)
        near = sim.Projection(sheet, sheet, sim.DistanceDependentProbabilityConnector("d<15"),
                              sim.StaticSynapse(weight=0.001, delay="0.1+d/100"), space=Space(axes="xy"))
        i, j, delay = columns(near, "delay")
        distance = np.hypot(*(sheet.positions[:2, i.astype(int)] - sheet.positions[:2, j.astype(int)]))
        self.assertLess(distance.max(), 15.0)
        np.testing.assert_allclose(delay, 0.1 + distance / 100)
        sim.run(1.0)

    def test_rules_of_izhi(self):
        a, b = two(100, 50)
        rng = sim.NativeRNG()
        for connector, size in ((sim.FixedProbabilityConnector(0.1, rng=rng), None),
                                (sim.FixedNumberPreConnector(5, rng=rng), 250),
                                (sim.FixedNumberPostConnector(5, with_replacement=True, rng=rng), 500),
                                (sim.FixedTotalNumberConnector(77, rng=rng), 77)):
            projection = sim.Projection(a, b, connector, sim.StaticSynapse(weight=0.0123, delay=0.3))
            i, j, weight, delay = columns(projection, "weight", "delay")
            self.assertEqual(len(projection), len(i))
            if size:
                self.assertEqual(len(i), size)
            else:
                self.assertAlmostEqual(len(i), 500, delta=110)
            self.assertTrue(i.max() < 100 and j.max() < 50 and (weight == 0.0123).all() and (delay == 0.3).all())
        sim.run(1.0)
        with self.assertRaises(NotImplementedError):
            projection.set(weight=RandomDistribution("uniform", low=0, high=1))
        projection.set(weight=0.02)
        sim.run(1.0)
        sim.reset()
        before = projection.get("weight", "list")
        projection.set(weight=np.arange(5000.0).reshape(100, 50) * 1e-6)
        sim.run(1.0)
        self.assertEqual([each[:2] for each in projection.get("weight", "list")], [each[:2] for each in before])

    def test_where_rules_of_izhi_are_not_possible(self):
        a, b = two(100, 50)
        different = sim.Population(50, sim.IF_cond_exp(tau_m=[10.0, 20.0] * 25))
        alpha = sim.Population(50, sim.IF_cond_alpha())
        weights = RandomDistribution("uniform", low=0.01, high=0.02, rng=sim.NativeRNG(seed=3))
        for pre, post, synapse in ((a[::2], b, sim.StaticSynapse(weight=0.01)), (a, different, sim.StaticSynapse(weight=0.01)),
                                   (a, alpha, sim.StaticSynapse(weight=0.01)), (a, b, sim.StaticSynapse(weight=weights))):
            for connector, per_target in ((sim.FixedNumberPreConnector(5, rng=sim.NativeRNG(seed=1)), 5),
                                          (sim.FixedProbabilityConnector(0.1, rng=sim.NativeRNG()), None)):
                projection = sim.Projection(pre, post, connector, synapse)
                i, j, weight = columns(projection, "weight")
                self.assertTrue((0.01 <= weight).all() and (weight <= 0.02).all() and len(i) > 100)
                if per_target:
                    self.assertEqual(np.bincount(j.astype(int)).tolist(), [5] * 50)
        sim.run(1.0)

    def test_rules_and_lists_are_the_same_network(self):
        """All to all as a rule of izhi and as a list, with plastic synapses too: the same spikes and weights."""
        results = []
        usual = building.MOST_LISTED
        for most in (usual, 0):
            building.MOST_LISTED = most
            try:
                a, b = two(12, 12, sim.IF_cond_exp(v_thresh=-55.0))
                inputs = sim.Population(12, sim.SpikeSourcePoisson(rate=100.0))
                sim.Projection(inputs, a, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.05, delay=0.4))
                sim.Projection(a, a, sim.AllToAllConnector(allow_self_connections=False),
                               sim.StaticSynapse(weight=0.002, delay=0.3))
                learning = sim.Projection(a[2:9], b[1:12], sim.AllToAllConnector(), sim.STDPMechanism(
                    sim.SpikePairRule(), sim.AdditiveWeightDependence(w_max=0.05), weight=0.02, delay=1.0))
                for each in (a, b):
                    each.record("spikes")
                sim.run(200.0)
                results.append(([train.magnitude.tolist() for each in (a, b)
                                 for train in each.get_data().segments[0].spiketrains], learning.get("weight", "array")))
                self.assertEqual(bool(simulator.state.made_by_rule), most == 0)
            finally:
                building.MOST_LISTED = usual
        self.assertGreater(sum(map(len, results[0][0])), 30)
        self.assertEqual(results[0][0], results[1][0])
        np.testing.assert_array_equal(results[0][1], results[1][1])
        self.assertGreater(len(set(results[0][1].ravel())), 3)


class ViewsAndAssemblies(unittest.TestCase):
    def test_no_self_connections(self):
        sim.setup(threads=1)
        cells = sim.Population(10, sim.IF_cond_exp())
        first, second = cells[2:5], sim.PopulationView(cells, [3, 4, 5, 6])
        for pre, post in ((first, first), (first, second), (sim.PopulationView(cells, [4, 2, 3]), second)):
            projection = sim.Projection(pre, post, sim.AllToAllConnector(allow_self_connections=False),
                                        sim.StaticSynapse(weight=0.015, delay=1.0))
            wanted = {(i, j, 0.015) for i in range(pre.size) for j in range(post.size)
                      if pre.all_cells[i] != post.all_cells[j]}
            self.assertEqual(set(projection.get("weight", "list")), wanted)
            self.assertEqual(len(projection), len(wanted))

    def test_spikes_reach_the_right_cells(self):
        """From and onto views of views and assemblies of cells with different parameters."""
        sim.setup(timestep=0.1, threads=1)
        sources = [sim.Population(4, sim.SpikeSourceArray(spike_times=[[10.0 * (4 * k + cell + 1)] for cell in range(4)]))
                   for k in range(2)]
        cells = [sim.Population(5, sim.IF_curr_exp(tau_m=[10, 20, 30, 20, 10], v_thresh=0.0)),
                 sim.Population(6, sim.IF_curr_exp(v_thresh=0.0))]
        pre = sources[0][1:4][::2] + sources[1]
        post = cells[0][1:] + cells[1][[0, 3, 5]]
        pairs = [(0, 0), (1, 3), (2, 4), (5, 6), (3, 5), (4, 1)]
        projection = sim.Projection(pre, post, sim.FromListConnector([(i, j, 1.0 + i, 1.0) for i, j in pairs]))
        self.assertEqual(sorted((int(i), int(j)) for i, j, _ in projection.get("weight", "list")), sorted(pairs))
        for each in cells:
            each.record("v")
        sim.run(100.0)
        v = np.concatenate([each.get_data().segments[0].analogsignals[0].magnitude for each in cells], axis=1)
        reached = {}
        for cell in range(11):
            started = np.flatnonzero(v[:, cell] != -65.0)
            if len(started):
                reached[cell] = round(0.1 * started[0] - 1.1, 3)
        source_times = [20.0, 40.0, 50.0, 60.0, 70.0, 80.0]
        places = [1, 2, 3, 4, 5, 8, 10]
        self.assertEqual(reached, {places[j]: source_times[i] for i, j in pairs})

    def test_set_and_get_of_views(self):
        sim.setup(threads=1)
        cells = sim.Population(10, sim.IF_curr_exp())
        view = cells[2:8][1:4]
        view.set(tau_m=[11.0, 12.0, 13.0])
        view[1:2].set(i_offset=0.5)
        self.assertEqual(cells.get("tau_m").tolist(), [20, 20, 20, 11, 12, 13, 20, 20, 20, 20])
        self.assertEqual(view.get("i_offset").tolist(), [0.0, 0.5, 0.0])
        both = view + cells[8:]
        both.set(v_rest=-66.0)
        self.assertEqual(both.get("v_rest"), -66.0)
        self.assertEqual(cells.get("v_rest").tolist(), [-65.0] * 3 + [-66.0] * 3 + [-65.0] * 2 + [-66.0] * 2)
        self.assertEqual(sim.Population(3, sim.IF_curr_exp()).get("tau_m"), 20.0)
        self.assertIn("view", view.describe())


class Attributes(unittest.TestCase):
    LISTS = ([(i, j) for i in range(4) for j in range(2)], [(0, 0), (3, 0), (1, 1), (1, 0), (2, 1)],
             [(0, 0), (1, 0), (3, 0), (1, 1), (1, 0), (2, 1)])

    def test_set_and_get(self):
        for pairs in self.LISTS:
            with self.subTest(pairs=pairs):
                a, b = two(4, 2)
                projection = sim.Projection(a, b, sim.FromListConnector(pairs),
                                            sim.TsodyksMarkramSynapse(U=0.5, weight=0.123, delay=0.1))
                i, j, weight, delay, limit = columns(projection, "weight", "delay", "U")
                self.assertEqual(sorted(zip(i, j)), sorted(pairs))
                self.assertTrue((weight == 0.123).all() and (delay == 0.1).all() and (limit == 0.5).all())
                places = (i.astype(int), j.astype(int))
                new = np.arange(8.0).reshape(4, 2)
                new[projection.get("weight", "array") != projection.get("weight", "array")] = np.nan
                projection.set(weight=new, delay=lambda d: 0.5 + d)
                np.testing.assert_array_equal(columns(projection, "weight")[2], new[places])
                np.testing.assert_array_equal(columns(projection, "delay")[2], 0.5 + abs(i - j))
                if len(pairs) != 6:
                    projection.set(U=list(0.9 - 0.1 * np.arange(len(pairs))))
                    array = projection.get("U", "array")
                    np.testing.assert_array_equal(array[~np.isnan(array)], 0.9 - 0.1 * np.arange(len(pairs)))
                projection.set(weight=RandomDistribution("uniform", low=0.1, high=0.2))
                weight = columns(projection, "weight")[2]
                self.assertTrue((0.1 <= weight).all() and (weight <= 0.2).all())
                sim.run(1.0)
                np.testing.assert_array_equal(columns(projection, "weight")[2], weight)

    def test_default_delay_and_weight(self):
        sim.setup(timestep=0.05, threads=1)
        cells = sim.Population(2, sim.IF_cond_exp())
        projection = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.TsodyksMarkramSynapse(U=0.543))
        self.assertEqual(projection.get("U", "list", with_address=False), [0.543] * 4)
        self.assertEqual(projection.get("delay", "list", with_address=False), [0.05] * 4)
        self.assertEqual(projection.get("weight", "list", with_address=False), [0.0] * 4)
        sim.run(1.0)
        projection.set(weight=0.1)
        sim.run(1.0)

    def test_connections(self):
        a, b = two(4, 3)
        projection = sim.Projection(a, b, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.05, delay=0.5))
        connections = list(projection.connections)
        self.assertEqual(len(connections), len(projection))
        self.assertIsInstance(connections[0], common.Connection)
        self.assertEqual((connections[2].weight, connections[2].delay), (0.05, 0.5))
        connections[2].weight, connections[2].delay = 0.0123, 1.0
        wanted = np.tile([0.05, 0.5], (12, 1))
        wanted[2] = 0.0123, 1.0
        np.testing.assert_array_equal(projection.get(("weight", "delay"), "list", with_address=False), wanted)
        self.assertEqual(projection[-1].as_tuple("presynaptic_index", "postsynaptic_index", "weight"), (3, 2, 0.05))
        self.assertEqual([each.weight for each in projection][2], 0.0123)
        with self.assertRaises(AttributeError):
            connections[0].U
        with self.assertRaises(AttributeError):
            connections[0].U = 1.0
        with self.assertRaises(IndexError):
            projection[12]

    def test_other_projections_change_nothing(self):
        a, b = two()
        first = sim.Projection(a, b, sim.AllToAllConnector(), sim.StaticSynapse(weight=lambda d: d))
        before = first.get("weight", "array")
        sim.Projection(a, b, sim.AllToAllConnector(), sim.StaticSynapse(weight=lambda d: 1 + 0 * d))
        np.testing.assert_array_equal(before, first.get("weight", "array"))

    def test_receptors(self):
        a, b = two(2, 2, sim.IF_curr_exp())
        self.assertEqual(sim.Projection(a, b, sim.OneToOneConnector(), sim.StaticSynapse(weight=-1.0)).receptor_type,
                         "inhibitory")
        with self.assertRaises(errors.ConnectionError):
            sim.Projection(a, b, sim.OneToOneConnector(), sim.StaticSynapse(weight=-1.0), receptor_type="excitatory")
        with self.assertRaises(errors.ConnectionError):
            sim.Projection(a, b, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0), receptor_type="NMDA")
        with self.assertRaises(errors.ConnectionError):
            sim.Projection(a, sim.Population(2, sim.SpikeSourceArray()), sim.OneToOneConnector())
        self.assertIn("Projection", sim.Projection(a, b, sim.OneToOneConnector()).describe())

    def test_connect(self):
        sim.setup(timestep=0.01, threads=1)
        sources = sim.Population(10, sim.SpikeSourceArray(spike_times=range(1, 10)))
        cells = sim.create(sim.IF_cond_exp(), n=10)
        sim.connect(sources[0], cells[0], weight=0.01, delay=0.1, p=1)
        cells.record(["spikes", "v"])
        sim.run(100.0)
        trains = cells.get_data().segments[0].spiketrains
        self.assertEqual([len(train) for train in trains], [1] + [0] * 9)
        self.assertAlmostEqual(float(trains[0][0]), 13.4, delta=0.1)


if __name__ == "__main__":
    unittest.main()
