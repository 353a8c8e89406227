# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""A second simulator of SONATA networks: numpy, double precision, plain loops over steps.

It is written from the equations and from the definitions of NEST and NEURON that README.md lists; it shares nothing
with izhi. `simulate` goes step by step; `simulate_events` goes from event to event and takes networks of IntFire1
only, so that two implementations of these confirm each other.

Step k leads from (k - 1) dt to k dt. A spike of step k has the time k dt.
"""
import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# A current clamp acts so many steps after its time: bmtk connects the generator with a delay of one step.
CLAMP_LAG = 1

LEAKY = {
    "tau_m": 10.0,
    "C_m": 250.0,
    "t_ref": 2.0,
    "E_L": -70.0,
    "V_th": -55.0,
    "V_reset": -70.0,
    "V_m": -70.0,
    "I_e": 0.0,
}
SYNAPTIC = {"tau_syn_ex": 2.0, "tau_syn_in": 2.0}
DEFAULTS = {
    "nest:izhikevich": {
        "a": 0.02,
        "b": 0.2,
        "c": -65.0,
        "d": 8.0,
        "V_m": -65.0,
        "U_m": 0.0,
        "V_th": 30.0,
        "V_min": -np.inf,
        "I_e": 0.0,
        "consistent_integration": True,
        "tau_minus": 20.0,
    },
    "nest:iaf_psc_delta": {**LEAKY, "V_min": -np.inf, "tau_minus": 20.0},
    "nest:iaf_psc_exp": {**LEAKY, **SYNAPTIC, "tau_minus": 20.0},
    "nest:iaf_psc_alpha": {**LEAKY, **SYNAPTIC, "V_min": -np.inf, "tau_minus": 20.0},
    "nrn:IntFire1": {"tau": 0.010, "refrac": 0.005},  # seconds
}
TSODYKS2 = {"U": 0.5, "u": 0.5, "x": 1.0, "tau_rec": 800.0, "tau_fac": 0.0}
STDP = {"tau_plus": 20.0, "lambda": 0.01, "alpha": 1.0, "mu_plus": 1.0, "mu_minus": 1.0, "Wmax": 100.0}
IGNORED = {"type", "level_of_detail", "sign"}  # keys of Allen's JSON files that no equation has


def parameters(defaults, given, what):
    """The defaults with what is given. A key that the model does not have is an error of the test."""
    unknown = set(given) - set(defaults) - IGNORED
    assert not unknown, "%s has no %s" % (what, sorted(unknown))
    return {**defaults, **{key: value for key, value in given.items() if key not in IGNORED}}


def in_steps(time, dt):
    steps = round(time / dt)
    assert abs(steps * dt - time) < 1e-3 * dt, "%r ms is not a multiple of %r ms" % (time, dt)
    return steps


# Cells: each class has the cells of one model. `step` takes what is due at its end and the clamp current that acts in it,
# and returns which cells fire.


class Izhikevich:
    channels = 1

    def __init__(self, params, dt, real):
        column = lambda name: np.array([p[name] for p in params], dtype=real)  # noqa: E731
        self.a, self.b, self.c, self.d = (column(name) for name in "abcd")
        self.v, self.u, self.threshold, self.lowest, self.bias = (
            column(n) for n in ("V_m", "U_m", "V_th", "V_min", "I_e")
        )
        self.consistent = np.array([bool(p["consistent_integration"]) for p in params])
        self.dt = real(dt)

    def slope(self, v, u):
        return 0.04 * v * v + 5.0 * v + 140.0 - u

    def step(self, due, clamp, k):
        h, v, u = self.dt, self.v, self.u
        current = self.bias + clamp
        euler_v = v + h * (self.slope(v, u) + current) + due[0]
        euler_u = u + h * self.a * (self.b * v - u)
        half = v + h / 2 * (self.slope(v, u) + current + due[0])
        half = half + h / 2 * (self.slope(half, u) + current + due[0])
        half_u = u + h * self.a * (self.b * half - u)
        v = np.where(self.consistent, euler_v, half).astype(self.v.dtype)
        u = np.where(self.consistent, euler_u, half_u).astype(self.v.dtype)
        v = np.maximum(v, self.lowest)
        fired = v >= self.threshold
        self.v, self.u = np.where(fired, self.c, v), np.where(fired, u + self.d, u)
        return fired


class Leaky:
    """What iaf_psc_delta, iaf_psc_exp and iaf_psc_alpha share. u is the distance of v from E_L."""

    def __init__(self, params, dt, real):
        column = lambda name: np.array([p[name] for p in params], dtype=np.float64)  # noqa: E731
        self.rest = column("E_L")
        tau, capacitance = column("tau_m"), column("C_m")
        self.u, self.threshold, self.reset = (column(n) - self.rest for n in ("V_m", "V_th", "V_reset"))
        self.u = self.u.astype(real)
        self.lowest = np.array([p.get("V_min", -np.inf) for p in params]) - self.rest
        self.bias = column("I_e")
        self.decay = np.exp(-dt / tau).astype(real)
        self.gain = (-tau / capacitance * np.expm1(-dt / tau)).astype(real)
        self.refractory_steps = np.array([in_steps(p["t_ref"], dt) for p in params])
        self.left = np.zeros(len(params), dtype=np.int64)

    @property
    def v(self):
        return self.u + self.rest

    def advance(self, change, jumps=0.0):
        """One step: decay and `change` where not refractory, jumps as well; then the threshold."""
        free = self.left == 0
        u = np.maximum(self.decay * self.u + change + jumps, self.lowest).astype(self.u.dtype)
        self.u = np.where(free, u, self.u)
        self.left = np.where(free, 0, self.left - 1)
        fired = self.u >= self.threshold
        self.u = np.where(fired, self.reset, self.u).astype(self.u.dtype)
        self.left = np.where(fired, self.refractory_steps, self.left)
        return fired


class Delta(Leaky):
    channels = 1

    def step(self, due, clamp, k):
        return self.advance(self.gain * (self.bias + clamp), due[0])


def of_exponential(tau_syn, tau_m, capacitance, h):
    """What a decaying current of 1 at the beginning of a step adds to u at its end (P21 of Rotter and Diesmann)."""
    if tau_syn == tau_m:
        return h / capacitance * np.exp(-h / tau_m)
    b = tau_syn * tau_m / (tau_m - tau_syn)
    return b / capacitance * np.exp(-h / tau_syn) * np.expm1(h / b)


def of_rise(tau_syn, tau_m, capacitance, h):
    """The same of the state that an alpha current rises from (P31)."""
    if tau_syn == tau_m:
        return h * h / (2 * capacitance) * np.exp(-h / tau_m)
    b = tau_syn * tau_m / (tau_m - tau_syn)
    return b / capacitance * np.exp(-h / tau_syn) * (b * np.expm1(h / b) - h)


class Exponential(Leaky):
    channels = 2  # positive and negative weights

    def __init__(self, params, dt, real):
        super().__init__(params, dt, real)
        names = ("tau_syn_ex", "tau_syn_in")
        self.keep = [np.array([np.exp(-dt / p[name]) for p in params], dtype=real) for name in names]
        self.act = [
            np.array([of_exponential(p[n], p["tau_m"], p["C_m"], dt) for p in params], dtype=real) for n in names
        ]
        self.current = [np.zeros(len(params), dtype=real) for _ in names]

    def step(self, due, clamp, k):
        change = self.gain * (self.bias + clamp)
        for channel in (0, 1):
            change = change + self.act[channel] * self.current[channel]
        for channel in (0, 1):
            self.current[channel] = (self.keep[channel] * self.current[channel] + due[channel]).astype(self.u.dtype)
        return self.advance(change)


class Alpha(Exponential):
    def __init__(self, params, dt, real):
        super().__init__(params, dt, real)
        names = ("tau_syn_ex", "tau_syn_in")
        self.rise_act = [np.array([of_rise(p[n], p["tau_m"], p["C_m"], dt) for p in params], dtype=real) for n in names]
        self.peak = [np.array([np.e / p[name] for p in params], dtype=real) for name in names]
        self.rise = [np.zeros(len(params), dtype=real) for _ in names]
        self.dt = dt

    def step(self, due, clamp, k):
        change = self.gain * (self.bias + clamp)
        for channel in (0, 1):
            change = change + self.rise_act[channel] * self.rise[channel] + self.act[channel] * self.current[channel]
        for channel in (0, 1):
            keep = self.keep[channel]
            self.current[channel] = (self.dt * keep * self.rise[channel] + keep * self.current[channel]).astype(
                self.u.dtype
            )
            self.rise[channel] = (keep * self.rise[channel] + self.peak[channel] * due[channel]).astype(self.u.dtype)
        return self.advance(change)


class IntFire1:
    channels = 1

    def __init__(self, params, dt, real):
        self.tau = np.array([p["tau"] * 1000.0 for p in params])
        self.refractory_steps = np.array([in_steps(p["refrac"] * 1000.0, dt) for p in params])
        self.m, self.free_from = np.zeros(len(params), dtype=real), np.zeros(len(params), dtype=np.int64)
        self.keep = np.exp(-dt / self.tau).astype(real)

    @property
    def v(self):
        return self.m

    def step(self, due, clamp, k):
        free = k >= self.free_from
        self.m = np.where(free, self.keep * self.m + due[0], 0.0).astype(self.m.dtype)
        fired = self.m > 1
        self.m = np.where(fired, 0.0, self.m).astype(self.m.dtype)
        self.free_from = np.where(fired, k + self.refractory_steps, self.free_from)
        return fired


MODELS = {
    "nest:izhikevich": Izhikevich,
    "nest:iaf_psc_delta": Delta,
    "nest:iaf_psc_exp": Exponential,
    "nest:iaf_psc_alpha": Alpha,
    "nrn:IntFire1": IntFire1,
}


# Synapses whose weight depends on the past. `send(k)` gives the weight of a spike that the source emits in step k.


class Depressing:
    """tsodyks2_synapse, as in NEST from 3.9 on."""

    def __init__(self, edge, dt):
        given = parameters(TSODYKS2, edge["params"], "tsodyks2_synapse")
        self.weight, self.utilisation = edge["weight"], given["U"]
        self.u, self.x = given["u"], given["x"]
        self.tau_rec, self.tau_fac, self.dt, self.last = given["tau_rec"], given["tau_fac"], dt, None

    def send(self, k):
        if self.last is not None:
            passed = (k - self.last) * self.dt
            self.x = 1 + (self.x - self.x * self.u - 1) * np.exp(-passed / self.tau_rec)
            kept = np.exp(-passed / self.tau_fac) if self.tau_fac > 0 else 0.0
            self.u = self.utilisation + self.u * (1 - self.utilisation) * kept
        self.last = k
        return self.weight * self.u * self.x


class Learning:
    """stdp_synapse of NEST: the whole delay is dendritic."""

    def __init__(self, edge, dt, delay_steps, history, tau_minus):
        given = parameters(STDP, edge["params"], "stdp_synapse")
        self.weight, self.highest = edge["weight"], given["Wmax"]
        self.up, self.down = given["lambda"], given["lambda"] * given["alpha"]
        self.mu_plus, self.mu_minus = given["mu_plus"], given["mu_minus"]
        self.tau_plus, self.tau_minus = given["tau_plus"], tau_minus
        self.dt, self.delay, self.history = dt, delay_steps, history  # history: steps in which the target fired
        self.trace, self.last = 0.0, 0

    def potentiate(self, k):
        """By spikes of the target that reach the synapse after the last spike of the source, up to step k."""
        for fired in self.history:
            if self.last < fired + self.delay <= k:
                trace = self.trace * np.exp((self.last - fired - self.delay) * self.dt / self.tau_plus)
                x = self.weight / self.highest
                self.weight = min(x + self.up * (1 - x) ** self.mu_plus * trace, 1.0) * self.highest

    def send(self, k):
        self.potentiate(k)
        past = (k - self.delay - fired for fired in self.history)
        trace = sum(np.exp(-steps * self.dt / self.tau_minus) for steps in past if steps > 0)
        x = self.weight / self.highest
        self.weight = max(x - self.down * x**self.mu_minus * trace, 0.0) * self.highest
        self.trace = self.trace * np.exp((self.last - k) * self.dt / self.tau_plus) + 1.0
        self.last = k
        return self.weight


@dataclass
class Result:
    """spikes: (population, node id, step), by step; v: of each step and cell, in the order of `cells`; weights: of
    the plastic edges at the end, by the number of the edge."""

    spikes: list
    cells: list
    v: Any = None
    weights: dict = field(default_factory=dict)

    def of(self, population):
        return [(node, step) for name, node, step in self.spikes if name == population]


def simulate(problem, real=np.float64, record=False):
    """Simulates what networks.resolve gives. `real`: the precision of the states."""
    dt = problem["dt"]
    steps = in_steps(problem["tstop"], dt)
    keys = [key for key, _, _ in problem["cells"]]
    number = {key: n for n, key in enumerate(keys)}
    sets, params_of = [], {}
    for model, cls in MODELS.items():
        members = [n for n, (_, name, _) in enumerate(problem["cells"]) if name == model]
        if members:
            params = [parameters(DEFAULTS[model], problem["cells"][n][2], model) for n in members]
            params_of.update(zip(members, params))
            sets.append((np.array(members), cls(params, dt, real)))
    known = {name for _, name, _ in problem["cells"]}
    assert known <= set(MODELS), known

    histories = [[] for _ in keys]
    outgoing = {}
    plastic = {}
    longest = 1
    for place, edge in enumerate(problem["edges"]):
        delay, target = in_steps(edge["delay"], dt), number[edge["target"]]
        assert delay >= 1
        longest = max(longest, delay)
        static, other = outgoing.setdefault(edge["source"], ([], []))
        if edge["synapse"] == "static_synapse":
            static.append((delay, target, edge["weight"]))
        elif edge["synapse"] == "tsodyks2_synapse":
            other.append((delay, target, Depressing(edge, dt)))
        else:
            assert edge["synapse"] == "stdp_synapse", edge["synapse"]
            plastic[place] = Learning(edge, dt, delay, histories[target], params_of[target]["tau_minus"])
            other.append((delay, target, plastic[place]))
    for key, (static, other) in outgoing.items():
        columns = list(zip(*static)) if static else ((), (), ())
        arrays = tuple(np.array(c, dtype=t) for c, t in zip(columns, (np.int64, np.int64, np.float64)))
        outgoing[key] = arrays, other

    ring = np.zeros((longest + 1, 2, len(keys)))  # due weights, by step, channel (positive, negative), target
    given = {}
    for key, times in problem["spikes"].items():
        for time in times:
            given.setdefault(in_steps(time, dt), []).append(key)
    changes = {}
    for where, amp, delay, duration in problem["clamps"]:
        begin = in_steps(delay, dt) + CLAMP_LAG + 1
        cells = np.array(sorted(number[key] for key in where), dtype=np.int64)
        changes.setdefault(begin, []).append((cells, amp))
        changes.setdefault(begin + in_steps(duration, dt), []).append((cells, -amp))

    def emit(key, k):
        (delays, targets, weights), other = outgoing.get(key, (((), (), ()), ()))
        if len(delays):
            np.add.at(ring, ((k + delays) % len(ring), np.where(weights > 0, 0, 1), targets), weights)
        for delay, target, synapse in other:
            weight = synapse.send(k)
            ring[(k + delay) % len(ring), 0 if weight > 0 else 1, target] += weight

    clamp = np.zeros(len(keys))
    spikes = []
    v = np.zeros((steps, len(keys))) if record else None
    for k in range(1, steps + 1):
        for cells, amp in changes.get(k, ()):
            clamp[cells] += amp
        slot = ring[k % len(ring)]
        fired = []
        for members, cells in sets:
            due = slot[:, members]
            due = due if cells.channels == 2 else due.sum(axis=0, keepdims=True)
            fired += members[np.flatnonzero(cells.step(due.astype(real), clamp[members].astype(real), k))].tolist()
            if record:
                v[k - 1, members] = cells.v
        slot[:] = 0.0
        for n in sorted(fired):
            histories[n].append(k)
        for n in sorted(fired):
            spikes.append((*keys[n], k))
            emit(keys[n], k)
        for key in given.get(k, ()):
            emit(key, k)
    for synapse in plastic.values():
        synapse.potentiate(steps)
    return Result(spikes, keys, v, {place: synapse.weight for place, synapse in plastic.items()})


def simulate_events(problem, same=1e-7):
    """Networks of IntFire1 cells and virtual nodes, from event to event, at any time. Events at the same time (within
    `same` ms) are summed. Returns (population, node id, time in ms)."""
    cells = {}
    for key, model, given in problem["cells"]:
        assert model == "nrn:IntFire1"
        params = parameters(DEFAULTS[model], given, model)
        cells[key] = {
            "tau": params["tau"] * 1000.0,
            "refrac": params["refrac"] * 1000.0,
            "m": 0.0,
            "at": 0.0,
            "free": 0.0,
        }
    outgoing = {}
    for edge in problem["edges"]:
        assert edge["synapse"] == "static_synapse"
        outgoing.setdefault(edge["source"], []).append((edge["delay"], edge["target"], edge["weight"]))
    events, count = [], 0

    def emit(key, time):
        nonlocal count
        for delay, target, weight in outgoing.get(key, ()):
            heapq.heappush(events, (time + delay, count, target, weight))
            count += 1

    for key, times in problem["spikes"].items():
        for time in times:
            emit(key, time)
    spikes = []
    while events and events[0][0] <= problem["tstop"] + same:
        time = events[0][0]
        due = {}
        while events and events[0][0] <= time + same:
            _, _, target, weight = heapq.heappop(events)
            due[target] = due.get(target, 0.0) + weight
        for key, weight in sorted(due.items()):
            cell = cells[key]
            if time < cell["free"] - same:
                continue
            if cell["free"] > cell["at"]:
                cell["m"], cell["at"] = 0.0, cell["free"]
            cell["m"] = cell["m"] * np.exp(-(time - cell["at"]) / cell["tau"]) + weight
            cell["at"] = time
            if cell["m"] > 1:
                cell["m"], cell["free"] = 0.0, time + cell["refrac"]
                spikes.append((*key, time))
                emit(key, time)
    return spikes
