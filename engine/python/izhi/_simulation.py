# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Running a network."""
from __future__ import annotations

import array
import collections
import ctypes
import json
import time

import weakref
from ctypes import POINTER, byref, c_char_p, c_float, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Callable, Sequence

from . import _c, _plot
from ._c import Error, Numbers, c, encoded, name_of, number_of, whole_of

Spikes = collections.namedtuple("Spikes", "times_ms neurons")
Spikes.__doc__ = """Spikes in order of time: their times [ms] and neurons, as arrays."""
Synapses = collections.namedtuple("Synapses", "sources targets weights delay_steps")
Synapses.__doc__ = """Synapses as arrays: neurons are numbered over the network, delays are in steps of dt."""


class Samples(collections.namedtuple("Samples", "times_ms values variables neurons")):
    """Rows of samples: times [ms] and values[row, column]. The columns are the variables, and within each the neurons."""
    __slots__ = ()

    def __getitem__(self, key):
        if not isinstance(key, str):
            return tuple.__getitem__(self, key)
        if key not in self.variables:
            raise Error("the trace has no variable %r; it has %s" % (key, ", ".join(self.variables)))
        width, place = len(self.neurons), self.variables.index(key)
        if _c.numpy is not None:
            return self.values[:, place * width:(place + 1) * width]
        return [row[place * width:(place + 1) * width] for row in self.values]


class PopulationState:
    """The neurons of a population in a simulation. Every property is a new array, a copy of the moment."""

    def __init__(self, simulation, about):
        self._simulation = simulation
        #: name, number of the first neuron over the network, number of neurons
        self.name, self.first, self.size = about["name"], about["first"], about["size"]

    def __len__(self):
        return self.size

    def __repr__(self):
        return "<izhi.PopulationState %r of %d neurons>" % (self.name, self.size)

    def _read(self, variable):
        values, pointer = _c.empty(self.size, "float32")
        c.simulation_read(self._simulation._handle, encoded(self.name, "population"), variable, pointer, self.size)
        return values

    v = property(lambda self: self._read(b"v"), doc="v of every neuron [mV]")
    u = property(lambda self: self._read(b"u"), doc="u of every neuron [mV; nine-parameter: pA]")
    a = property(lambda self: self._read(b"a"), doc="parameter a of every neuron [1/ms]")
    b = property(lambda self: self._read(b"b"), doc="parameter b of every neuron")
    c = property(lambda self: self._read(b"c"), doc="parameter c of every neuron [mV]")
    d = property(lambda self: self._read(b"d"), doc="parameter d of every neuron")

    def spikes(self) -> Spikes:
        """The spikes of this population, with neurons numbered from 0."""
        return self._simulation.spikes(self.name)

    def rate_hz(self) -> float:
        """The mean rate of its neurons since the last clear(), or since the start [Hz]."""
        lasted = self._simulation.time_ms - self._simulation._cleared_ms
        return len(self.spikes().neurons) / max(self.size, 1) / lasted * 1000 if lasted > 0 else 0.0


class Simulation:
    """A network that runs. Made by simulate() of a network; may be used in a with statement, at whose end it is closed.

    One thread uses a simulation at a time; Python's lock is free while it steps, so other threads go on meanwhile."""

    def __init__(self, network: Any, threads: int = 0, isa: str | None = None, record: bool = True,
                 profile: bool = False):
        handle = c_uint64()
        threads = whole_of(threads, "threads", "1 to 1024, or 0 for all", most=1024)
        flags = (_c.RECORD if record else 0) | (_c.PROFILE if profile else 0)
        c.simulation_new(network._handle, threads, None if isa is None else encoded(isa, "isa"), flags, byref(handle))
        self._handle = handle
        self._finalizer = weakref.finalize(self, c.simulation_free, handle)
        #: the network, an izhi.BuiltNetwork
        self.network = network
        self._about = network.description
        self._populations = {each["name"]: PopulationState(weakref.proxy(self), each)
                             for each in self._about["populations"]}
        self._cleared_ms = 0.0
        self._step_places = handle, POINTER(c_uint32)(), c_size_t()  # made once: step() is called often
        #: the length of a step [ms]
        self.dt_ms = self._about["dt_ms"]

    # ------------------------------------------------------------------ running

    def _steps(self, ms):
        ms = number_of(ms, "the time")
        if not 0 <= ms / self.dt_ms < 2**62:
            raise Error("the time is %r ms; allowed: 0 or more" % ms)
        return int(ms / self.dt_ms + 0.5)

    def run(self, ms: float) -> bool:
        """Runs for a time [ms]. Returns False if stop() ended it earlier."""
        return self.run_steps(self._steps(ms))

    def run_steps(self, steps: int) -> bool:
        """Runs a number of steps. Returns False if stop() ended it earlier. Ctrl-C ends it with KeyboardInterrupt, and the
        simulation can go on later."""
        left, piece = whole_of(steps, "steps"), 64
        if left >= 2**62:
            raise Error("steps is %d; allowed: below 2^62" % left)
        # In pieces of about a tenth of a second, because Python looks at signals between calls only. The spikes do not
        # depend on how a run is divided.
        while True:
            now, begin = min(left, piece), time.perf_counter()
            if c.simulation_run(self._handle, now) != _c.OK:
                return False
            left -= now
            if left == 0:
                return True
            took = max(time.perf_counter() - begin, 1e-9)
            piece = max(1, min(4 * piece, int(0.1 * now / took)))

    def step(self) -> Sequence[int]:
        """One step. Returns the neurons that fired at its end, numbered over the network."""
        handle, neurons, count = self._step_places
        c.simulation_step(handle, byref(neurons), byref(count))
        return _c.copied(neurons, count.value, "uint32")

    def run_realtime(self, ms: float, speed: float = 1.0,
                     callback: Callable[[int, Sequence[int]], bool | None] | None = None) -> int:
        """Runs in real time, `speed` times as fast as the clock. callback(steps_done, neurons) is called after each step
        with the neurons that fired; it may change the simulation, and ends the run if it returns True or raises. Returns the
        number of steps that missed their time."""
        steps, missed, raised = self._steps(ms), c_uint64(), []

        def each(steps_done, neurons, count, _user):
            try:
                return 1 if callback(steps_done, _c.copied(neurons, count, "uint32")) is True else 0
            except BaseException as error:  # is raised again below
                raised.append(error)
                return 1
        function = _c.STEP_CALLBACK(each) if callback is not None else _c.STEP_CALLBACK()
        c.simulation_run_realtime(self._handle, steps, number_of(speed, "speed"), function, None, byref(missed))
        if raised:
            raise raised[0]
        return missed.value

    def stop(self) -> None:
        """Ends a run at its next step. For other threads."""
        c.simulation_stop(self._handle)

    def close(self) -> None:
        """Frees the simulation. It cannot be used afterwards."""
        self._finalizer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ------------------------------------------------------------------- where it is

    def _progress(self):
        progress = _c.Progress()
        c.simulation_progress(self._handle, byref(progress))
        return progress

    steps_done = property(lambda self: self._progress().steps_done, doc="steps since the start")
    time_ms = property(lambda self: self._progress().time_ms, doc="biological time since the start [ms]")
    spike_count = property(lambda self: self._progress().spike_count, doc="spikes since the start")
    spike_hash = property(lambda self: "%016x" % self._progress().spike_hash,
                          doc="a hash over all spikes, as the izhi program prints it: the same for any thread count")
    synapses_total = property(lambda self: self._progress().synapses, doc="the number of synapses")
    threads = property(lambda self: self._progress().threads, doc="threads that it runs on")
    dopamine = property(lambda self: self._progress().dopamine, doc="the dopamine level")

    @property
    def state_hash(self) -> str:
        """A hash over every bit of v and u."""
        value = c_uint64()
        c.simulation_state_hash(self._handle, byref(value))
        return "%016x" % value.value

    def notes(self) -> list[str]:
        """Notes on the network, and on what its neurons did: a list of texts."""
        text = c_char_p()
        c.simulation_notes(self._handle, byref(text))
        return text.value.decode("utf-8", "replace").splitlines()

    def profile(self) -> dict:
        """Where the time went, for a simulation made with profile=True."""
        text = c_char_p()
        c.simulation_profile(self._handle, byref(text))
        return json.loads(text.value.decode("utf-8"))

    # ---------------------------------------------------------------------- results

    def __getitem__(self, population: Any) -> PopulationState:
        name = name_of(population)
        if name not in self._populations:
            raise Error("there is no population %r; the network has %s" % (name, ", ".join(self._populations)))
        return self._populations[name]

    @property
    def populations(self) -> dict[str, PopulationState]:
        """All populations, by name."""
        return dict(self._populations)

    def spikes(self, population: Any = None) -> Spikes:
        """The spikes since the last clear(), or since the start: times [ms] and neurons. Of one population, neurons are
        numbered from 0 within it; otherwise over the network."""
        steps, neurons, count = POINTER(c_uint64)(), POINTER(c_uint32)(), c_size_t()
        c.simulation_spikes(self._handle, byref(steps), byref(neurons), byref(count))
        when, who = _c.copied(steps, count.value, "uint64"), _c.copied(neurons, count.value, "uint32")
        part = self[population] if population is not None else None
        if _c.numpy is not None:
            if part is not None:
                mine = (who >= part.first) & (who < part.first + part.size)
                when, who = when[mine], who[mine] - _c.numpy.uint32(part.first)
            return Spikes(self._times(when), who)
        if part is not None:
            mine = [i for i, neuron in enumerate(who) if part.first <= neuron < part.first + part.size]
            when, who = [when[i] for i in mine], array.array("I", [who[i] - part.first for i in mine])
        return Spikes(self._times(when), who)

    def _times(self, steps):
        if _c.numpy is not None:
            return steps * self.dt_ms
        return array.array("d", [step * self.dt_ms for step in steps])

    def _index_of(self, group, name, what):
        names = [each["name"] for each in self._about[group]]
        if hasattr(name, "__index__") and 0 <= name < len(names):
            return int(name)
        if name in names:
            return names.index(name)
        raise Error("there is no %s %r; the network has %s" % (what, name, ", ".join(names) or "none"))

    def _rows(self, function, number):
        steps, values, rows, columns = POINTER(c_uint64)(), POINTER(c_float)(), c_size_t(), c_size_t()
        function(self._handle, number, byref(steps), byref(values), byref(rows), byref(columns))
        when = _c.copied(steps, rows.value, "uint64")
        table = _c.copied(values, rows.value * columns.value, "float32")
        return self._times(when), _c.shaped(table, rows.value, columns.value)

    def trace(self, name: str | int = 0) -> Samples:
        """The samples of a trace, by name or number: sim.trace("trace-1")["v"][row, neuron]."""
        number = self._index_of("traces", name, "trace")
        about = self._about["traces"][number]
        times, values = self._rows(c.simulation_samples, number)
        return Samples(times, values, list(about["variables"]), list(about["neurons"]))

    def recorded_weights(self, name: str | int = 0) -> tuple:
        """Recorded weights, by the name or number of the record: times [ms] and values[row, synapse]."""
        number = self._index_of("weights", name, "record of weights")
        return self._rows(c.simulation_recorded_weights, number)

    def weights(self, projection: Any) -> Sequence[float]:
        """The weights of a plastic projection now, in order of source, delay, target."""
        return self._synapses(projection, only_weights=True)[0]

    def synapses(self, projection: Any) -> Synapses:
        """The synapses of a plastic projection now. For others see network.synapses()."""
        return Synapses(*self._synapses(projection, only_weights=False))

    def _synapses(self, projection, only_weights):
        name, total = encoded(name_of(projection), "projection"), c_size_t()
        c.simulation_read_synapses(self._handle, name, None, None, None, None, 0, byref(total))
        kinds = (None, None, "float32", None) if only_weights else ("uint32", "uint32", "float32", "uint32")
        made = [_c.empty(total.value, kind) if kind else (None, None) for kind in kinds]
        if total.value:
            c.simulation_read_synapses(self._handle, name, *[pointer for _, pointer in made], total.value, None)
        return [array for array, _ in made if array is not None]

    def clear(self) -> None:
        """Forgets the spikes, samples and weights that were recorded so far."""
        c.simulation_clear(self._handle)
        self._cleared_ms = self.time_ms

    # ------------------------------------------------------------------------ state

    def save(self, file: str | bytes | Any) -> None:
        """Writes the complete state to a file. A simulation that restores it goes on with the same bits."""
        c.simulation_save(self._handle, _c.file_name(file))

    def restore(self, state: str | bytes | Any) -> None:
        """Continues from a state: a file, or the bytes of checkpoint(). Recorded data stay."""
        if isinstance(state, (bytes, bytearray, memoryview)):
            data = bytes(state)
            c.simulation_restore_bytes(self._handle, ctypes.cast(ctypes.c_char_p(data), c_void_p), len(data))
        else:
            c.simulation_restore(self._handle, _c.file_name(state))

    def checkpoint(self) -> bytes:
        """The complete state, as bytes."""
        data, size = c_void_p(), c_size_t()
        c.simulation_checkpoint(self._handle, byref(data), byref(size))
        return ctypes.string_at(data, size.value)

    # ---------------------------------------------------------------- interventions

    def _population(self, population):
        return encoded(name_of(population), "population")

    def set_current(self, population: Any, current: float | Sequence[float], first: int = 0) -> None:
        """A constant current [mV/ms; nine-parameter and integrate-and-fire neurons: pA] from the next step on, until it is set
        again: a number for the whole population, or an array with one for each neuron from `first` on."""
        if hasattr(current, "__len__"):
            numbers = Numbers(current, "float32", "current")
            c.simulation_set_currents(self._handle, self._population(population), _u32(first, "first"), numbers.pointer,
                                      numbers.count)
        else:
            c.simulation_set_current(self._handle, self._population(population), number_of(current, "current"))

    def pulse(self, population: Any, amplitude: float, ms: float, first: int = 0, count: int | None = None) -> None:
        """A current for a time [ms], to `count` neurons from `first` on (by default to the last)."""
        c.simulation_pulse(self._handle, self._population(population), number_of(amplitude, "amplitude"),
                           self._steps(ms), _u32(first, "first"), 2**32 - 1 if count is None else _u32(count, "count"))

    def force_spikes(self, population: Any, neurons: Sequence[int]) -> None:
        """Neurons that fire at the end of the next step, whatever their v is."""
        numbers = Numbers(neurons, "uint32", "neurons")
        c.simulation_force_spikes(self._handle, self._population(population), numbers.pointer, numbers.count)

    def input_spikes(self, population: Any, weight: float, neurons: Sequence[int]) -> None:
        """Spikes from outside: v of each neuron jumps by the weight [mV] in the next step."""
        numbers = Numbers(neurons, "uint32", "neurons")
        c.simulation_input_spikes(self._handle, self._population(population), number_of(weight, "weight"),
                                  numbers.pointer, numbers.count)

    def set_rates(self, population: Any, rates_hz: float | Sequence[float], first: int = 0) -> None:
        """The rates [Hz] of Poisson sources: a number for all, or an array with one for each from `first` on."""
        first = _u32(first, "first")
        if not hasattr(rates_hz, "__len__"):
            rates_hz = [number_of(rates_hz, "rates_hz")] * (self[population].size - first)
        numbers = Numbers(rates_hz, "float32", "rates_hz")
        c.simulation_set_rates(self._handle, self._population(population), first, numbers.pointer, numbers.count)

    def scale_noise(self, population: Any, factor: float) -> None:
        """Multiplies the noise of a population; 1 is the noise of the network."""
        c.simulation_scale_noise(self._handle, self._population(population), number_of(factor, "factor"))

    def scale_weights(self, projection: Any, factor: float) -> None:
        """Multiplies the weights of a projection; 1 are the weights of the network. It is wired again for this."""
        c.simulation_scale_weights(self._handle, self._population(projection), number_of(factor, "factor"))

    def add_dopamine(self, amount: float) -> None:
        """Raises the dopamine level."""
        c.simulation_add_dopamine(self._handle, number_of(amount, "amount"))

    def set_weight(self, projection: Any, source: int, number: int, weight: float) -> None:
        """Sets one weight of a plastic projection: synapse `number` of a source, in order of delay, then target."""
        c.simulation_set_weight(self._handle, self._population(projection), _u32(source, "source"),
                                _u32(number, "number"), number_of(weight, "weight"))

    # --------------------------------------------------------------------- pictures

    def plot(self, axes: Any = None) -> Any:
        """A raster of the recorded spikes with matplotlib. Returns the axes."""
        return _plot.raster(self.spikes(), self._about["populations"], axes)

    def to_neo(self) -> Any:
        """The recorded spikes as a neo.Block with one segment, a SpikeTrain for each neuron that fired."""
        from ._read import neo_block
        parts = [(each["name"], *self.spikes(each["name"])) for each in self._about["populations"]]
        return neo_block(self._about["name"], parts, self.time_ms)

    def __repr__(self):
        if not self._finalizer.alive:
            return "<izhi.Simulation of %r, closed>" % self._about["name"]
        return "<izhi.Simulation of %r at %g ms, %d spikes>" % (self._about["name"], self.time_ms, self.spike_count)

    def _repr_html_(self):
        rows = "".join("<tr><td>%s</td><td style='text-align:right'>%s</td></tr>" % (name, format(part.size, ","))
                       for name, part in self._populations.items())
        return ("<b>%s</b> at %g ms: %s spikes, hash %s<table><tr><th>population</th><th>neurons</th></tr>%s</table>"
                % (self._about["name"], self.time_ms, format(self.spike_count, ","), self.spike_hash, rows))


def _u32(value, what):
    return whole_of(value, what, most=2**32 - 1)
