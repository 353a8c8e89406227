# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""The Python module. Run by tests/python/run with every Python that is found, with numpy and without it."""
import gc
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import izhi

try:
    import numpy
except ImportError:
    numpy = None
PROGRAM = os.environ.get("IZHI")


def paper(seed=42, **keys):
    """The network of the paper, in Python."""
    net = izhi.Network(name="paper", seed=seed, **keys)
    exc = net.population("exc", 800, cell="excitatory-2003", noise_stddev=5)
    inh = net.population("inh", 200, cell="inhibitory-2003", noise_stddev=2)
    net.connect(exc, net.everyone, rule="all-to-all", weight=izhi.uniform(0, 0.5))
    net.connect(inh, net.everyone, rule="all-to-all", weight=izhi.uniform(-1, 0))
    return net, exc, inh


class Hashes(unittest.TestCase):
    """The same bits as the program."""

    def of_program(self, network, ms, *more):
        done = subprocess.run([PROGRAM, "run", network, "--duration", "%gms" % ms, "--json", "--quiet", *more],
                              stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout.decode())

    @unittest.skipUnless(PROGRAM, "IZHI does not name the program")
    def test_every_builtin_network(self):
        for name in izhi.builtins():
            with self.subTest(network=name):
                if name == "microcircuit":  # 1.4 GB; a fiftieth of it is below
                    self.assertIn("[network]", izhi.load(name).text)
                    continue
                ms = 20 if name.endswith(("00k", "1m")) else 100
                expected = self.of_program(name, ms)
                with izhi.load(name).simulate(record=False) as sim:
                    sim.run(ms)
                    self.assertEqual(sim.spike_hash, expected["spike_hash"])
                    self.assertEqual(sim.synapses_total, expected["synapses"])

    @unittest.skipUnless(PROGRAM, "IZHI does not name the program")
    def test_sonata(self):
        with tempfile.TemporaryDirectory() as folder:
            made = os.path.join(folder, "network")
            subprocess.run([PROGRAM, "convert", "cuba", "--sonata", made], stdout=subprocess.DEVNULL, check=True)
            with izhi.load("cuba").simulate() as plain, izhi.load(os.path.join(made, "simulation_config.json")).simulate() as read:
                plain.run(50)
                read.run(50)
                self.assertGreater(read.spike_count, 0)
                self.assertEqual(read.spike_hash, plain.spike_hash)
            with open(os.path.join(made, "circuit_config.json"), "w") as config:
                config.write("{}")
            with self.assertRaisesRegex(izhi.Error, "circuit_config.json: networks is missing; allowed"):
                izhi.load(os.path.join(made, "circuit_config.json")).simulate()

    @unittest.skipIf(numpy is None, "needs numpy")
    def test_numbers_of_numpy(self):
        settings = {"population.exc.noise_stddev": numpy.float32(6)}
        with izhi.load("cortex-1k", seed=numpy.int64(3), **settings).simulate(threads=numpy.int32(1)) as one:
            with izhi.load("cortex-1k", seed=3, **{"population.exc.noise_stddev": 6}).simulate(threads=2) as other:
                one.run(numpy.float32(50))
                other.run_steps(numpy.uint8(50))
                self.assertEqual(one.spike_hash, other.spike_hash)

    @unittest.skipUnless(PROGRAM, "IZHI does not name the program")
    def test_settings_and_scale(self):
        expected = self.of_program("microcircuit:0.02", 50, "--seed", "3")
        with izhi.load("microcircuit:0.02", seed=3).simulate() as sim:
            sim.run(50)
            self.assertEqual(sim.spike_hash, expected["spike_hash"])
        expected = self.of_program("cortex-1k", 200, "--set", "population.exc.noise_stddev=6")
        with izhi.load("cortex-1k", **{"population.exc.noise_stddev": 6}).simulate() as sim:
            sim.run(200)
            self.assertEqual(sim.spike_hash, expected["spike_hash"])

    def test_network_in_python_is_the_file(self):
        net, _, _ = paper()
        with net.simulate(threads=1) as one, izhi.load("cortex-1k", seed=42).simulate(threads=2) as other:
            one.run(300)
            other.run_steps(300)
            self.assertEqual(one.spike_hash, other.spike_hash)
            self.assertEqual(one.state_hash, other.state_hash)
            self.assertEqual(one.spike_count, 2361)


class Running(unittest.TestCase):
    def test_spikes_and_state(self):
        net, exc, inh = paper()
        with self.assertRaisesRegex(izhi.Error, "no simulation yet"):
            exc.v
        with net.simulate() as sim:
            self.assertEqual(sim.steps_done, 0)
            fired = [list(sim.step()) for _ in range(50)]
            self.assertEqual(sim.time_ms, 50.0)
            times, neurons = sim.spikes()
            self.assertEqual([int(n) for n in neurons], [n for step in fired for n in step])
            self.assertEqual(len(times), sim.spike_count)
            self.assertTrue(all(a <= b for a, b in zip(times, times[1:])))
            of_inh = sim.spikes(inh)
            self.assertEqual([int(n) + 800 for n in of_inh.neurons], [int(n) for n in neurons if n >= 800])
            self.assertEqual(len(sim["inh"].spikes().neurons), len(of_inh.neurons))
            self.assertEqual(len(exc.v), 800)
            self.assertEqual(list(exc.v), list(sim["exc"].v))
            self.assertTrue(all(0.019 < a < 0.021 for a in sim["exc"].a))
            self.assertAlmostEqual(sim["exc"].rate_hz(), len(sim.spikes("exc").neurons) / 800 / 0.05)
            # The same times whether spikes are asked for on the way, and after clear().
            sim.run_steps(50)
            both = list(sim.spikes().times_ms)
            sim.clear()
            self.assertEqual(len(sim.spikes().times_ms), 0)
            sim.run_steps(30)
            later = list(sim.spikes().times_ms)
            self.assertEqual(len(later), len(sim.spikes().neurons))
            with paper()[0].simulate() as once:
                once.run_steps(130)
                self.assertEqual(list(once.spikes().times_ms), both + later)
            if numpy is not None:
                self.assertIsInstance(times, numpy.ndarray)
                self.assertEqual(exc.u.dtype, numpy.float32)

    def test_traces_and_weights(self):
        net = izhi.Network(seed=3)
        exc = net.population("exc", 100, cell="RS", noise_stddev=6)
        name = net.trace(exc, [3, 50], ["v", "u"], interval_ms=2)
        plastic = net.connect(exc, exc, rule="fixed-outdegree", outdegree=10, weight=2.0,
                              plasticity={"rule": "pair", "highest": 4})
        record = net.record_weights(plastic, interval_ms=10)
        with net.simulate() as sim:
            for _ in range(40):
                sim.step()
            trace = sim.trace(name)
            self.assertEqual([float(t) for t in trace.times_ms], [2.0 * (i + 1) for i in range(20)])
            self.assertEqual((len(trace["v"]), len(trace["v"][0])), (20, 2))
            self.assertEqual(trace["u"][19][1], sim["exc"].u[50])
            with self.assertRaisesRegex(izhi.Error, "it has v, u"):
                trace["w"]
            times, values = sim.recorded_weights(record)
            self.assertEqual([float(t) for t in times], [0.0, 10.0, 20.0, 30.0, 40.0])
            self.assertEqual([float(w) for w in values[4]], [float(w) for w in sim.weights(plastic)])
            sources, targets, weights, delays = sim.synapses(plastic)
            self.assertEqual(len(sources), 1000)
            self.assertEqual(set(delays), {1})
            sim.set_weight(plastic, 0, 0, 3.5)
            self.assertEqual(float(sim.weights(plastic)[0]), 3.5)

    def test_arrays(self):
        net = izhi.Network()
        d = [2.0 + 0.01 * i for i in range(300)]
        cells = net.population("cells", 300, cell="RS", d=d if numpy is None else numpy.asarray(d))
        pair = net.synapses(cells, cells, [0, 1, 2], [3, 4, 5], weight=[20.0, 30.0, -1.0], delay_ms=[1.0, 2.0, 5.0])
        all_alike = net.synapses(cells, cells, range(100), range(100, 200), weight=1.5, delay_ms=4, name="alike")
        spikes = net.population("spikes", 3, model="spikes", times_ms=[5, 1, 2], neurons=[0, 1, 2])
        with net.simulate() as sim:
            self.assertTrue(all(abs(x - y) < 1e-5 for x, y in zip(sim["cells"].d, d)))
            found = sim.network.synapses(pair)
            self.assertEqual([list(map(float, column)) for column in found],
                             [[0, 1, 2], [3, 4, 5], [20, 30, -1], [1, 2, 5]])
            self.assertEqual(len(sim.network.synapses(all_alike)[0]), 100)
            sim.run(10)
            self.assertEqual([(float(t), int(n)) for t, n in zip(*sim.spikes(spikes))], [(1, 1), (2, 2), (5, 0)])

    def test_a_million_synapses(self):
        if numpy is None:
            self.skipTest("needs numpy")
        rng = numpy.random.default_rng(1)
        net = izhi.Network()
        cells = net.population("cells", 10000, cell="RS")
        net.synapses(cells, cells, rng.integers(0, 10000, 10**6), rng.integers(0, 10000, 10**6),
                     weight=rng.uniform(0, 1, 10**6), name="all")
        with net.simulate() as sim:
            self.assertEqual(sim.synapses_total, 10**6)

    def test_state_goes_on(self):
        net, exc, _ = paper()
        with net.simulate() as one, net.simulate(threads=1) as other, tempfile.TemporaryDirectory() as folder:
            one.run(60)
            one.set_current(exc, 2.5)
            one.set_current("inh", [1.0, 2.0], first=3)
            one.pulse(exc, 10, ms=5, count=100)
            one.input_spikes(exc, 20, [1, 2, 3])
            one.scale_noise("inh", 0.5)
            one.save(os.path.join(folder, "state"))
            other.restore(pathlib.Path(folder) / "state")
            one.run(40)
            other.run(40)
            self.assertEqual(one.spike_hash, other.spike_hash)
            data = one.checkpoint()
            one.run(10)
            other.restore(data)
            other.run(10)
            self.assertEqual(one.state_hash, other.state_hash)
            one.force_spikes(exc, [7, 9])
            self.assertTrue({7, 9} <= set(map(int, one.step())))
            one.scale_weights(one.network.description["projections"][0]["name"], 0)

    def test_realtime_and_threads(self):
        net, exc, _ = paper()
        with net.simulate() as sim:
            seen = []

            def each(step, neurons):
                seen.append((step, len(neurons)))
                sim.force_spikes(exc, [5])
                return step == 20
            sim.run_realtime(100, speed=50, callback=each)
            self.assertEqual([step for step, _ in seen], list(range(1, 21)))
            self.assertTrue(sum(1 for n in sim.spikes(exc).neurons if n == 5) >= 19)

            def fails(step, neurons):
                raise KeyError("mine")
            with self.assertRaisesRegex(KeyError, "mine"):
                sim.run_realtime(100, speed=50, callback=fails)
            self.assertEqual(sim.steps_done, 21)

            # Another thread goes on while the simulation runs, and can stop it.
            timer = threading.Timer(0.2, sim.stop)
            timer.start()
            self.assertFalse(sim.run(10**9))
            timer.join()

    def test_interrupt(self):
        net, _, _ = paper()
        with net.simulate(record=False) as sim, net.simulate(record=False) as other:
            before = signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored here
            self.addCleanup(signal.signal, signal.SIGINT, before)
            timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
            timer.start()
            begin = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                sim.run(10**10)
            self.assertLess(time.monotonic() - begin, 20)
            done = sim.steps_done
            sim.run_steps(1000)
            other.run_steps(done + 1000)
            self.assertEqual(sim.spike_hash, other.spike_hash)

    def test_busy(self):
        net, _, _ = paper()
        with net.simulate(record=False) as sim:
            thread = threading.Thread(target=lambda: sim.run(10**9))
            thread.start()
            answers = set()
            until = time.monotonic() + 20
            while not answers and time.monotonic() < until:
                try:
                    sim.spike_count
                except izhi.RunError as error:
                    answers.add(str(error))
            sim.stop()
            thread.join()
            self.assertTrue(answers <= {"another call uses the simulation"})
            self.assertTrue(answers)

    def test_notes_and_profile(self):
        with izhi.load("cortex-1k").simulate(profile=True) as sim:
            sim.run(100)
            self.assertEqual(sim.profile()["steps"], 100)
            self.assertEqual(sim.notes(), [])
            self.assertIn("cortex-1k", repr(sim) + sim._repr_html_())
        self.assertIn("closed", repr(sim))
        self.assertIn("<table>", izhi.load("cortex-1k")._repr_html_())


class Refusals(unittest.TestCase):
    """One clear text for everything wrong, and never a crash."""

    def check(self, part, act, *arguments, **keys):
        with self.assertRaises(izhi.Error) as caught:
            act(*arguments, **keys)
        self.assertIn(part, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def test_descriptions(self):
        self.check("did you mean cortex-10k?", izhi.load, "cortex-10")
        self.check("the file is 5; allowed: a path", izhi.load, 5)
        self.check("zero character", izhi.load, "cortex\0")
        self.check("the file is None", izhi.read, None)
        self.check("seed is -1", izhi.load, "cortex-1k", seed=-1)
        self.check("seed is '1'", izhi.load, "cortex-1k", seed="1")
        self.check("network.seed is 9223372036854775808", izhi.load("cortex-1k", seed=2**63).simulate)
        self.check("too large", izhi.load, "cortex-1k", **{"population.exc.size": 10**400})
        self.check("no form in UTF-8", izhi.load, "cortex-1k", **{"\ud800": 1})
        self.check("allowed: a number", izhi.load, "cortex-1k", **{"population.exc.size": "many"})
        self.check("nobody", izhi.load("cortex-1k", **{"population.nobody.size": 5}).simulate)
        net = izhi.Network()
        self.check("allowed: letters", net.population, "a b", 5)
        self.check("allowed: letters", net.population, 'x"]\n[population.y', 5)
        exc = net.population("exc", 5)
        self.check("two with the name population.exc", net.population, "exc", 6)
        self.check("allowed: a number, a text", net.population, "x", object())
        self.check("neither a population", net.connect, exc, 5, weight=1)
        net.population("typo", 5, nose=3)
        self.check("network:11: population.typo.nose is unknown", net.build)
        self.assertEqual(len(net.check()), 1)
        net = izhi.Network()
        net.population("exc", 5, d=[1, 2])
        self.check("population.exc.d", net.build)
        self.check("2 dimensions" if numpy is not None else "d: ", net.set_values, "exc", "d", [[1, 2], [3, 4]])
        self.check("allowed: numbers" if numpy is not None else "d: ", net.set_values, "exc", "d", ["x"])
        self.check("sources", net.set_synapses, "p", [-1], [0])
        self.check("sources", net.set_synapses, "p", [0.5], [0])
        self.check("1 sources and 2 targets", net.set_synapses, "p", [0], [0, 1])

    def test_simulations(self):
        net, exc, _ = paper()
        self.check("threads is 'two'", net.simulate, threads="two")
        self.check("threads is -1", net.simulate, threads=-1)
        self.check("allowed", net.simulate, isa="mmx")
        with net.simulate() as sim:
            before = sim.state_hash
            for part, act in (("the time is -1", lambda: sim.run(-1)), ("the time is", lambda: sim.run("1")),
                              ("the time is nan", lambda: sim.run(float("nan"))),
                              ("the time: ", lambda: sim.run(10**400)),
                              ("steps is 1.5", lambda: sim.run_steps(1.5)),
                              ("steps is -1", lambda: sim.run_steps(-1)),
                              ("below 2^62", lambda: sim.run_steps(2**62)),
                              ("there is no population 'exx'", lambda: sim["exx"]),
                              ("exx", lambda: sim.set_current("exx", 1)),
                              ("no form in UTF-8", lambda: sim.set_current("\ud800", 1)),
                              ("first is 'x'", lambda: sim.set_rates(exc, 1, first="x")),
                              ("first is -1", lambda: sim.set_current(exc, [1], first=-1)),
                              ("count is 4294967296", lambda: sim.pulse(exc, 1, 1, count=2**32)),
                              ("model = \"poisson\"", lambda: sim.set_rates(exc, 1)),
                              ("1e+09", lambda: sim.set_current(exc, 1e9)),
                              ("current is 'x'", lambda: sim.set_current(exc, _Text())),
                              ("there is no trace", lambda: sim.trace()), ("none", lambda: sim.trace("x")),
                              ("has no plasticity", lambda: sim.weights("projection-1")),
                              ("neurons", lambda: sim.force_spikes(exc, [800])),
                              ("neurons", lambda: sim.force_spikes(exc, [-1])),
                              ("no/such", lambda: sim.restore("no/such")),
                              ("", lambda: sim.restore(b"garbage")),
                              ("zero character", lambda: sim.set_current("e\0", 1)),
                              ("speed", lambda: sim.run_realtime(5, speed=0)),
                              ("profile", sim.profile)):
                with self.subTest(part=part):
                    self.check(part, act)
            self.assertEqual(sim.state_hash, before)
        for act in (lambda: sim.run(1), sim.spikes, lambda: sim["exc"].v, sim.checkpoint):
            self.check("there is no simulation", act)
        with net.simulate(record=False) as sim:
            self.check("without IZHI_RECORD", sim.spikes)

    def test_no_leaks(self):
        for _ in range(30):
            net, _, _ = paper()
            sim = net.simulate()
            sim.run(2)
            del sim, net
        gc.collect()


class _Text:
    def __repr__(self):
        return "'x'"


class Files(unittest.TestCase):
    @unittest.skipUnless(PROGRAM, "IZHI does not name the program")
    def test_what_izhi_wrote(self):
        with tempfile.TemporaryDirectory() as folder:
            text = """[network]
name = "recorded"
[population.exc]
size = 50
noise_stddev = 6
[projection.p]
source = "exc"
target = "exc"
rule = "all-to-all"
weight = 1
plasticity = { rule = "pair" }
[trace.t]
population = "exc"
neurons = [1, 2]
variables = ["v"]
[weights.w]
projection = "p"
interval_ms = 20
"""
            path = os.path.join(folder, "net.toml")
            with open(path, "w") as file:
                file.write(text)
            with izhi.load(path).simulate() as sim:
                sim.run(100)
                spikes, trace = sim.spikes(), sim.trace("t")
            for form in ("sonata", "csv", "gdf"):
                out = os.path.join(folder, form)
                subprocess.run([PROGRAM, "run", path, "--duration", "100ms", "--quiet", "--out", out, "--format", form],
                               stdout=subprocess.DEVNULL, check=True)
                name = {"sonata": "spikes.h5", "csv": "spikes.csv", "gdf": "spikes.gdf"}[form]
                read = izhi.read(os.path.join(out, name))
                only, = read.values()
                self.assertEqual([float(t) for t in only.times_ms], [float(t) for t in spikes.times_ms])
                self.assertEqual([int(n) for n in only.node_ids], [int(n) for n in spikes.neurons])
                traces = izhi.read(os.path.join(out, "trace-t-v.h5" if form == "sonata" else "trace-t.csv"))
                self.assertEqual(len(traces), 1)
                self.assertEqual([float(v) for v in traces[0].values[99]], [float(v) for v in trace["v"][99]])
                self.assertEqual(float(traces[0].times_ms[99]), 100.0)
                self.assertEqual(izhi.read(os.path.join(out, "run.json"))["network"].splitlines()[1], 'name = "recorded"')
                if form != "sonata":
                    self.assertEqual(len(izhi.read(os.path.join(out, "weights-w.csv"))["weight"]), 6 * 2500)

    def test_neo(self):
        try:
            import neo
        except ImportError:
            self.skipTest("needs neo")
        net, _, _ = paper()
        with net.simulate() as sim:
            sim.run(50)
            block = sim.to_neo()
            self.assertIsInstance(block, neo.Block)
            trains = block.segments[0].spiketrains
            self.assertEqual(sum(len(train) for train in trains), sim.spike_count)
            first = trains[0]
            mine = [float(t) for t, n in zip(*sim.spikes("exc")) if n == first.annotations["neuron"]]
            self.assertEqual([float(t) for t in first.magnitude], mine)
            self.assertEqual(float(first.t_stop), 50.0)

    def test_plot(self):
        net, _, _ = paper()
        with net.simulate() as sim:
            sim.run(20)
            try:
                import matplotlib
            except ImportError:
                with self.assertRaisesRegex(izhi.Error, "python3-matplotlib"):
                    sim.plot()
                return
            matplotlib.use("Agg")
            self.assertEqual(sim.plot().get_ylabel(), "neuron")

    def test_what_cannot_be_read(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in (("a.h5", b"\x89HDF nonsense"), ("b.csv", b"what,ever\n1,x\n"), ("c.json", b"{"),
                                  ("weights-x.csv", b"nothing\n1\n"), ("weights-x.h5", b"nothing")):
                path = os.path.join(folder, name)
                with open(path, "wb") as file:
                    file.write(content)
                with self.subTest(file=name), self.assertRaisesRegex(izhi.Error, name.replace(".", "[.]")):
                    izhi.read(path)
            with self.assertRaises(izhi.Error):
                izhi.read(os.path.join(folder, "none.h5"))
            with self.assertRaises(izhi.Error):
                izhi.read(folder)


if __name__ == "__main__":
    print("Python %s, %s" % (sys.version.split()[0], "numpy " + numpy.__version__ if numpy else "no numpy"))
    unittest.main()
