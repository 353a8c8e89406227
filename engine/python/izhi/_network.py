# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Descriptions of networks: made in Python, or loaded from a network file or a built-in network."""
from __future__ import annotations

import json
import os
import weakref
from ctypes import byref, c_char_p, c_size_t, c_uint64
from typing import Any, Iterable, Sequence, Union

from . import _c, _text
from ._c import Error, Numbers, c, encoded, name_of, number_of, whole_of
from ._simulation import Simulation

# Keys of a population that take a value for each neuron, and their names in the engine.
_PER_NEURON = {"a": "a", "b": "b", "c": "c", "d": "d", "v0_mv": "v0_mv", "u0_mv": "u0_mv", "v_reset_mv": "c",
               "bias_current": "bias_current", "noise_stddev": "noise_stddev", "rate_hz": "rate_hz"}


def _is_list(value):
    return not isinstance(value, (str, bytes, dict, _text.Distribution)) and hasattr(value, "__len__")


class Population:
    """A population of a network. `exc.v` and the like read the latest simulation of the network."""

    def __init__(self, network, name, size):
        self._network, self.name, self.size = weakref.ref(network), name, size

    def __len__(self):
        return self.size

    def __repr__(self):
        return "<izhi.Population %r of %d neurons>" % (self.name, self.size)

    def _state(self):
        network = self._network()
        simulation = network and network._latest and network._latest()
        if simulation is None:
            raise Error("population %s has no state: the network has no simulation yet; simulate() makes one"
                        % self.name)
        return simulation[self.name]

    @property
    def v(self):
        """v of every neuron [mV]."""
        return self._state().v

    @property
    def u(self):
        """u of every neuron [mV; nine-parameter: pA]."""
        return self._state().u


class Projection:
    """A projection of a network."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return "<izhi.Projection %r>" % self.name


class _Everyone:
    """All neurons of a network."""
    name = "everyone"

    def __repr__(self):
        return "izhi.everyone"


everyone = _Everyone()
#: a population or projection, or its name
Named = Union[str, Population, Projection, _Everyone]
#: a number, or a distribution that numbers are drawn from
Drawn = Union[float, _text.Distribution]


class Description:
    """What networks made here and loaded ones have in common."""

    def __init__(self):
        self._latest = None
        self.everyone = everyone
        self._arrays = []  # what is passed beside the text: a function of izhi.h, names, arrays

    # For subclasses: a new draft, without the arrays.
    def _open(self):
        raise NotImplementedError

    def _draft(self):
        draft = c_uint64(self._open())
        try:
            for function, arguments in self._arrays:
                function(draft, *arguments)
        except BaseException:
            c.draft_free(draft)
            raise
        return draft

    def set_values(self, population: Named, parameter: str, values: Sequence[float]) -> None:
        """A value of one parameter for every neuron of a population, in place of the text. @parameter: a, b, c, d, v0_mv,
        u0_mv, bias_current, noise_stddev, or rate_hz of Poisson sources."""
        numbers = Numbers(values, "float64", parameter)
        self._arrays.append((_PassNumbers(c.draft_set_values, numbers), (encoded(name_of(population), "population"),
                                                                          encoded(parameter, "parameter"))))

    def set_synapses(self, projection: Named, sources: Sequence[int], targets: Sequence[int],
                     weights: Sequence[float] | None = None, delays_ms: Sequence[float] | None = None) -> None:
        """The synapses of a projection whose rule is "explicit", as arrays: neurons numbered within source and target,
        weights, and delays [ms]. Without weights or delays, those of the text hold for all."""
        given = [Numbers(sources, "uint32", "sources"), Numbers(targets, "uint32", "targets")]
        given += [Numbers(each, "float64", what) if each is not None else None
                  for each, what in ((weights, "weights"), (delays_ms, "delays_ms"))]
        for each, what in zip(given[1:], ("targets", "weights", "delays_ms")):
            if each is not None and each.count != given[0].count:
                raise Error("there are %d sources and %d %s; allowed: the same number of all"
                            % (given[0].count, each.count, what))
        self._arrays.append((_PassSynapses(given), (encoded(name_of(projection), "projection"),)))

    def set_spikes(self, population: Named, times_ms: Sequence[float], neurons: Sequence[int]) -> None:
        """The spikes of a population with model = "spikes": times [ms] and neurons, in any order."""
        times, who = Numbers(times_ms, "float64", "times_ms"), Numbers(neurons, "uint32", "neurons")
        if times.count != who.count:
            raise Error("there are %d times and %d neurons; allowed: the same number of both"
                        % (times.count, who.count))
        self._arrays.append((_PassSpikes(times, who), (encoded(name_of(population), "population"),)))

    @property
    def text(self) -> str:
        """The network as the text of a network file, without arrays."""
        draft, text = c_uint64(self._open()), c_char_p()
        try:
            c.draft_text(draft, byref(text))
            return text.value.decode("utf-8", "replace")
        finally:
            c.draft_free(draft)

    def check(self) -> list[str]:
        """Every fault of the network, as a list of texts; empty if it is valid."""
        draft, faults = self._draft(), c_char_p()
        try:
            c.draft_check(draft, byref(faults))
            return faults.value.decode("utf-8", "replace").splitlines()
        finally:
            c.draft_free(draft)

    def build(self) -> BuiltNetwork:
        """Checks the network, and makes it immutable. @raise izhi.Error for the first fault."""
        draft, network = self._draft(), c_uint64()
        try:
            c.draft_build(draft, byref(network))
        finally:
            c.draft_free(draft)
        return BuiltNetwork(network)

    def simulate(self, threads: int = 0, isa: str | None = None, record: bool = True,
                 profile: bool = False) -> Simulation:
        """Wires the network, ready to run.

        threads: 0 takes as many as the machine has and the network can use. isa: one of izhi.machine()["isas"].
        record: keep spikes, traces and weights for Simulation.spikes() and the like. profile: for Simulation.profile().
        The results do not depend on any of them."""
        simulation = Simulation(self.build(), threads, isa, record, profile)
        self._latest = weakref.ref(simulation)
        return simulation

    def _repr_html_(self):
        about = self.build().description
        rows = "".join("<tr><td>%s</td><td>%s</td><td style='text-align:right'>%s</td></tr>"
                       % (_html(each["name"]), _html(each["model"]), format(each["size"], ","))
                       for each in about["populations"])
        return ("<b>%s</b>: %s neurons, dt %g ms, seed %d<table><tr><th>population</th><th>model</th><th>neurons</th>"
                "</tr>%s</table>" % (_html(about["name"]), format(about["neurons"], ","), about["dt_ms"], about["seed"],
                                     rows))


def _html(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _PassNumbers:
    def __init__(self, function, numbers):
        self.function, self.numbers = function, numbers

    def __call__(self, draft, *names):
        self.function(draft, *names, self.numbers.pointer, self.numbers.count)


class _PassSynapses:
    def __init__(self, given):
        self.given = given

    def __call__(self, draft, name):
        c.draft_set_synapses(draft, name, *[each.pointer if each is not None else None for each in self.given],
                             self.given[0].count)


class _PassSpikes:
    def __init__(self, times, neurons):
        self.times, self.neurons = times, neurons

    def __call__(self, draft, name):
        c.draft_set_spikes(draft, name, self.times.pointer, self.neurons.pointer, self.times.count)


class BuiltNetwork:
    """A network that was checked. Simulations of it may run at the same time."""

    def __init__(self, handle):
        self._handle = handle
        self._finalizer = weakref.finalize(self, c.network_free, handle)
        text = c_char_p()
        c.network_describe(handle, byref(text))
        #: name, seed, dt_ms, neurons, populations, projections, traces, weights, notes
        self.description = json.loads(text.value.decode("utf-8", "replace"))

    def __repr__(self):
        return "<izhi.BuiltNetwork %r of %d neurons>" % (self.description["name"], self.description["neurons"])

    @property
    def notes(self) -> list[str]:
        """What is allowed, but may not be intended."""
        return list(self.description["notes"])

    def synapses(self, projection: Named) -> tuple:
        """The synapses of a projection as they are wired: sources and targets (numbered within the source and the target of
        the projection), weights, delays in steps."""
        name, total = encoded(name_of(projection), "projection"), c_size_t()
        c.network_read_synapses(self._handle, name, None, None, None, None, 0, byref(total))
        made = [_c.empty(total.value, kind) for kind in ("uint32", "uint32", "float64", "uint32")]
        if total.value:
            c.network_read_synapses(self._handle, name, *[pointer for _, pointer in made], total.value, None)
        return tuple(array for array, _ in made)

    def simulate(self, threads: int = 0, isa: str | None = None, record: bool = True,
                 profile: bool = False) -> Simulation:
        """As Network.simulate()."""
        return Simulation(self, threads, isa, record, profile)


class Network(Description):
    """A network that is described in Python. Every method adds a section of a network file, whose keys are in
    engine/io/NETWORK_FILE.md; keys that are not named here are passed on as they are.

        net = izhi.Network(seed=42)
        exc = net.population("exc", 800, cell="excitatory-2003", noise_stddev=5)
        inh = net.population("inh", 200, cell="inhibitory-2003", noise_stddev=2)
        net.connect(exc, net.everyone, rule="all-to-all", weight=izhi.uniform(0, 0.5))
        net.connect(inh, net.everyone, rule="all-to-all", weight=izhi.uniform(-1, 0))
        sim = net.simulate()
        sim.run(1000)
    """

    def __init__(self, name: str = "network", seed: int = 1, dt_ms: float = 1.0, **keys: Any):
        super().__init__()
        self._sections = [_text.section("network", None, dict(name=name, seed=seed, dt_ms=dt_ms, **keys))]
        self._counts = {}

    def __repr__(self):
        return "<izhi.Network of %d sections>" % len(self._sections)

    def _add(self, group, name, keys):
        if not isinstance(name, str) or not name or not all(each.isalnum() and each.isascii() or each in "_-"
                                                            for each in name):
            raise Error("%s is named %r; allowed: letters, digits, '_' and '-'" % (group, name))
        if name in self._counts.setdefault(group, []):
            raise Error("there are two with the name %s.%s" % (group, name))
        text = _text.section(group, name, keys)
        self._counts[group].append(name)
        self._sections.append(text)

    def _usual(self, group, name):
        """The given name, or a number that is free."""
        number = len(self._counts.get(group, [])) + 1
        while name is None and "%s-%d" % (group, number) in self._counts.get(group, []):
            number += 1
        return name if name is not None else "%s-%d" % (group, number)

    def population(self, name: str, size: int, **keys: Any) -> Population:
        """Neurons, or spike sources with model="poisson" or model="spikes". Parameters may be numbers, distributions, or
        arrays with a value for each neuron.

        Keys of neurons: cell, model, a, b, c, d, v0_mv, u0_mv, bias_current, noise_stddev, ...; of sources: rate_hz, or
        times_ms and neurons (arrays with a value for each spike)."""
        arrays = {key: keys.pop(key) for key in list(keys) if key in _PER_NEURON and _is_list(keys[key])}
        spikes = None
        if keys.get("model") == "spikes" and "neurons" in keys:
            spikes = keys.pop("times_ms", []), keys.pop("neurons")
        self._add("population", name, dict(size=size, **{key: value for key, value in keys.items()}))
        if "rate_hz" in arrays:
            self._sections[-1] += "rate_hz = 0.0\n"  # the array replaces it
        for key, values in arrays.items():
            self.set_values(name, _PER_NEURON[key], values)
        if spikes:
            self.set_spikes(name, *spikes)
        return Population(self, name, size)

    def connect(self, source: Named, target: Named, rule: str = "all-to-all", weight: Drawn | None = None,
                delay_ms: Drawn | None = None, name: str | None = None, **keys: Any) -> Projection:
        """Synapses from one population (or net.everyone) onto another. weight and delay_ms: a number or a distribution."""
        name = self._usual("projection", name)
        self._add("projection", name, dict(source=name_of(source), target=name_of(target), rule=rule, weight=weight,
                                           delay_ms=delay_ms, **keys))
        return Projection(name)

    def synapses(self, source: Named, target: Named, sources: Sequence[int], targets: Sequence[int],
                 weight: float | Sequence[float], delay_ms: float | Sequence[float] = 1.0, name: str | None = None,
                 **keys: Any) -> Projection:
        """Given synapses: arrays of sources and targets, numbered within their populations. weight and delay_ms [ms] are a
        number for all, or an array with one for each."""
        name = self._usual("projection", name)
        each = {key: value for key, value in (("weight", weight), ("delay_ms", delay_ms)) if not _is_list(value)}
        self._add("projection", name, dict(source=name_of(source), target=name_of(target), rule="explicit", **each, **keys))
        self.set_synapses(name, sources, targets, weight if _is_list(weight) else None,
                          delay_ms if _is_list(delay_ms) else None)
        return Projection(name)

    def stimulate(self, target: Named, type: str, name: str | None = None, **keys: Any) -> None:
        """Input over time: type="dc", "ramp", "pulses", "poisson", "spikes", "pulse-packet", "sine", "ou", "waveform",
        "random-neurons", with the keys of the type."""
        self._add("stimulus", self._usual("stimulus", name), dict(target=name_of(target), type=type, **keys))

    def trace(self, population: Named, neurons: Iterable[int], variables: Iterable[str] = ("v",),
              interval_ms: float | None = None, name: str | None = None, **keys: Any) -> str:
        """Records variables of some neurons (a list of their numbers) every interval. Returns the trace's name."""
        name = self._usual("trace", name)
        self._add("trace", name, dict(population=name_of(population), neurons=list(neurons), variables=list(variables),
                                      interval_ms=interval_ms, **keys))
        return name

    def reward(self, type: str, name: str | None = None, **keys: Any) -> None:
        """Rewards that raise the dopamine level: type="times" or "coincidence"."""
        self._add("reward", self._usual("reward", name), dict(type=type, **keys))

    def record_weights(self, projection: Named, interval_ms: float | None = None, name: str | None = None,
                       **keys: Any) -> str:
        """Records the weights of a plastic projection every interval. Returns the name of the record."""
        name = self._usual("weights", name)
        self._add("weights", name, dict(projection=name_of(projection), interval_ms=interval_ms, **keys))
        return name

    def _open(self):
        draft = c_uint64()
        c.draft_from_text(encoded("\n".join(self._sections), "the network"), b"network", byref(draft))
        return draft.value


class LoadedNetwork(Description):
    """A network file, or a built-in network. See izhi.load()."""

    def __init__(self, name, seed, settings):
        super().__init__()
        self.name = os.fsdecode(_c.file_name(name))
        self._seed, self._settings = seed, settings
        c.draft_free(c_uint64(self._open()))  # raises now if there is no such network

    def __repr__(self):
        return "<izhi.LoadedNetwork %r>" % self.name

    def _open(self):
        draft = c_uint64()
        c.draft_open(_c.file_name(self.name), byref(draft))
        try:
            if self._seed is not None:
                c.draft_set_seed(draft, whole_of(self._seed, "seed"))
            for key, value in self._settings.items():
                c.draft_set(draft, encoded(key, "the key"), number_of(value, key))
        except BaseException:
            c.draft_free(draft)
            raise
        return draft.value


def load(name: str | os.PathLike, seed: int | None = None, **settings: float) -> LoadedNetwork:
    """Loads a network file, the config of a SONATA network, or a built-in network such as "cortex-10k" or
    "microcircuit:0.1" (izhi.builtins() lists them). Settings change numbers of the file: izhi.load("cortex-10k",
    **{"population.exc.noise_stddev": 4})."""
    return LoadedNetwork(name, seed, settings)
