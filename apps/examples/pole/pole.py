#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Balances a simulated pole on a cart with a spiking network that runs in izhi, over the wire.

    apps/examples/pole/pole.py                          60 s in lockstep, with pushes; the angle over time
    apps/examples/pole/pole.py --controller none        without a controller: none, cut (the network sees nothing), linear
    apps/examples/pole/pole.py --realtime               over UDP, in real time
    apps/examples/pole/pole.py --svg pole.svg           all controllers in one picture
    apps/examples/pole/pole.py --connect unix:/tmp/s    with a server that runs already (izhi serve apps/examples/pole/pole.toml --io ...)

README.md says how the state of the cart becomes currents and spikes become a force.
"""

import argparse
import hashlib
import json
import math
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
sys.path.insert(0, os.path.join(TOP, "engine", "wire"))
import izhi_wire  # noqa: E402

DT = 0.001  # s, that of the network
# Full scale of the sensors: angle [rad], its speed [rad/s], place of the cart [m], its speed [m/s]
SCALES = {"angle": 0.2, "turning": 1.0, "place": 1.2, "moving": 1.0}
CURRENT = 6.0  # mV/ms at full scale; as much as the sensors' bias, so that one of a pair falls silent
FORCE = 2.0  # N for a difference of one spike per ms between the motors
FORCE_MOST = 10.0  # N
FORCE_TAU = 0.015  # s: muscles and motors are slow
ALONE = ("none", "linear")  # controllers that have no network
FALLEN_ANGLE, FALLEN_PLACE = math.radians(12.0), 2.4


class Cart:
    """Barto, Sutton and Anderson 1983: a cart of 1 kg, a pole of 0.1 kg and 1 m, without friction."""

    def __init__(self):
        self.place, self.moving, self.angle, self.turning = 0.0, 0.0, math.radians(3.0), 0.0

    def step(self, force):
        gravity, mass, pole_mass, half = 9.8, 1.1, 0.1, 0.5
        sine, cosine = math.sin(self.angle), math.cos(self.angle)
        push = (force + pole_mass * half * self.turning**2 * sine) / mass
        turn = (gravity * sine - cosine * push) / (half * (4 / 3 - pole_mass * cosine**2 / mass))
        self.moving += DT * (push - pole_mass * half * turn * cosine / mass)
        self.turning += DT * turn
        self.place += DT * self.moving
        self.angle += DT * self.turning

    def fallen(self):
        return abs(self.angle) > FALLEN_ANGLE or abs(self.place) > FALLEN_PLACE

    def state(self):
        return {"angle": self.angle, "turning": self.turning, "place": self.place, "moving": self.moving}


class Pushes:
    """Somebody pushes the cart now and then: for 0.1 s with up to 5 N, every two seconds."""

    def __init__(self, seed):
        self._random, self._force = random.Random(seed), 0.0

    def at(self, step):
        if step % 2000 == 1000:
            self._force = self._random.uniform(-5.0, 5.0)
        return self._force if step % 2000 in range(1000, 1100) and step >= 1000 else 0.0


class Motors:
    """From spikes to a force: their difference, smoothed."""

    def __init__(self, client):
        self._right, self._left = (client.populations[client.population(f"push-{side}")] for side in ("right", "left"))
        self.force = 0.0

    def take(self, neurons):
        right = sum(self._right.first <= n < self._right.first + self._right.size for n in neurons)
        difference = (right - (len(neurons) - right)) / (DT * 1000)
        wanted = max(-FORCE_MOST, min(FORCE_MOST, FORCE * difference))
        self.force += DT / FORCE_TAU * (wanted - self.force)
        return self.force


class Sensors:
    def __init__(self, client):
        self._pairs = {name: (client.population(name + "-right"), client.population(name + "-left")) for name in SCALES}

    def write(self, given, cart, hold=0):
        for name, value in cart.state().items():
            share = max(-1.0, min(1.0, value / SCALES[name]))
            right, left = self._pairs[name]
            given.current(right, CURRENT * share, hold=hold).current(left, -CURRENT * share, hold=hold)
        return given


class Log:
    def __init__(self, controller):
        self.controller, self.angles, self._hash = controller, [], hashlib.sha256()

    def add(self, cart, force):
        self.angles.append(math.degrees(cart.angle))
        self._hash.update(struct.pack("<5d", cart.place, cart.moving, cart.angle, cart.turning, force))

    def result(self, fallen):
        size = max(1, len(self.angles))
        return {"controller": self.controller, "balanced_s": round(len(self.angles) * DT, 3), "fallen": fallen,
                "angle_rms_deg": round(math.sqrt(sum(a * a for a in self.angles) / size), 3),
                "angle_max_deg": round(max(map(abs, self.angles), default=0.0), 3),
                "trajectory": self._hash.hexdigest()[:16]}


def run_alone(controller, seconds, seed):
    """Without a network: no force, or a linear law with the gains that the network's weights stand for."""
    cart, pushes, log, force = Cart(), Pushes(seed), Log(controller), 0.0
    for step in range(round(seconds / DT)):
        wanted = 0.0
        if controller == "linear":
            wanted = 35.0 * cart.angle + 8.0 * cart.turning + 1.8 * cart.place + 3.5 * cart.moving
        force += DT / FORCE_TAU * (max(-FORCE_MOST, min(FORCE_MOST, wanted)) - force)
        cart.step(force + pushes.at(step))
        log.add(cart, force)
        if cart.fallen():
            break
    return log, log.result(cart.fallen())


def run_lockstep(client, controller, seconds, seed):
    cart, pushes, log = Cart(), Pushes(seed), Log(controller)
    motors, sensors = Motors(client), Sensors(client)
    client.subscribe(spikes=["push-right", "push-left"], lockstep=True)
    for step in range(round(seconds / DT)):
        given = client.input()
        if controller != "cut":
            sensors.write(given, cart)
        force = motors.take(client.step(given).neurons)
        cart.step(force + pushes.at(step))
        log.add(cart, force)
        if cart.fallen():
            break
    return log, log.result(cart.fallen())


def run_realtime(client, controller, seconds, seed):
    """Each message of spikes is a millisecond of the cart; the answer is for the step after the one that has begun."""
    cart, pushes, log = Cart(), Pushes(seed), Log(controller)
    motors, sensors = Motors(client), Sensors(client)
    first = client.subscribe(spikes=["push-right", "push-left"])
    done = first
    while done - first < round(seconds / DT) and not cart.fallen():
        spikes = client.receive(timeout=2.0)
        if spikes is None:
            raise SystemExit("pole.py: the network does not run")
        while done < spikes.step and not cart.fallen():  # more than one if a message was lost
            done += 1
            force = motors.take(spikes.neurons if done == spikes.step else ())
            cart.step(force + pushes.at(done - first))
            log.add(cart, force)
        if controller != "cut":
            # If messages come too late the last word stands, but not for long.
            sensors.write(client.input(spikes.step + 1), cart, hold=20).send()
    counted, _ = client.statistics()
    result = log.result(cart.fallen())
    result.update(lost=client.lost, late=counted["late"], applied=counted["applied"],
                  ping_us=round(1e6 * sorted(client.ping() for _ in range(101))[50]))
    return log, result


class Server:
    """izhi, started for this run; or one that runs already."""

    def __init__(self, options):
        self._process, self.where = None, options.connect
        if self.where:
            return
        self._folder = tempfile.TemporaryDirectory()
        path = os.path.join(self._folder.name, "io")
        io = ["--io", "0"] if options.realtime else ["--io", "unix:" + path, "--io-lockstep"]
        try:
            self._process = subprocess.Popen([options.izhi, "serve", os.path.join(HERE, "pole.toml"), *io],
                                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        except OSError as error:  # it may look like a program and be none
            self._folder.cleanup()
            refuse(f"--izhi is '{options.izhi}', which cannot be run ({error.strerror}); allowed: the izhi program")
        for line in self._process.stderr:
            if line.startswith("io: "):
                self.where = line.split()[1]
                return
            print(line, end="", file=sys.stderr)
        raise SystemExit("pole.py: izhi did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process.stderr.close()
            self._folder.cleanup()


def run(options, controller):
    if controller in ALONE:
        return run_alone(controller, options.seconds, options.seed)
    with Server(options) as server, izhi_wire.Client(server.where) as client:
        drive = run_realtime if options.realtime else run_lockstep
        return drive(client, controller, options.seconds, options.seed)


def text_plot(angles, columns=100, rows=13, most=12.0):
    """The range of the angle in each stretch of time, upright at the middle."""
    lines = [[" "] * columns for _ in range(rows)]
    size = max(1, math.ceil(len(angles) / columns))
    for column in range(0, math.ceil(len(angles) / size)):
        part = angles[column * size:(column + 1) * size]
        low, high = (min(rows - 1, max(0, round((1 - a / most) * (rows - 1) / 2))) for a in (min(part), max(part)))
        for row in range(high, low + 1):
            lines[row][column] = "*"
    marks = {0: f"{most:+4.0f} deg ", rows // 2: "   0     ", rows - 1: f"{-most:+4.0f} deg "}
    text = [marks.get(row, " " * 9) + "|" + "".join(line).rstrip() for row, line in enumerate(lines)]
    return "\n".join(text + [" " * 9 + f"0 to {len(angles) * DT:g} s"])


def svg_plot(logs, seconds):
    """Angle over time, a row for each controller."""
    width, height, left = 900, 130, 90
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height * len(logs) + 30}" '
             'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>']
    titles = {"network": "spiking network", "none": "no controller", "cut": "network, senses cut", "linear": "linear law"}
    across = (width - left - 20) / seconds
    for row, log in enumerate(logs):
        middle = row * height + height / 2 + 5
        parts.append(f'<text x="{left - 8}" y="{middle - 52}" text-anchor="end">12&#176;</text>'
                     f'<text x="{left - 8}" y="{middle + 4}" text-anchor="end">0</text>'
                     f'<text x="{left + 6}" y="{middle - 44}" font-weight="bold">{titles[log.controller]}</text>'
                     f'<rect x="{left}" y="{middle - 56}" width="{width - left - 20}" height="112" fill="none" stroke="#ccc"/>')
        every = max(1, round(seconds / DT / 1500))
        points = " ".join(f"{left + i * DT * across:.1f},{middle - max(-12.0, min(12.0, log.angles[i])) / 12 * 56:.1f}"
                          for i in range(0, len(log.angles), every))
        parts.append(f'<polyline points="{points}" fill="none" stroke="#1f5fa8" stroke-width="1.2"/>')
    base = height * len(logs) + 16
    parts += [f'<text x="{left + s * across:.0f}" y="{base}" text-anchor="middle">{s:g} s</text>'
              for s in (seconds * k / 5 for k in range(6))]
    return "\n".join(parts) + "\n</svg>\n"


def refuse(problem):
    """What the user got wrong: one line and exit code 2, as izhi does."""
    print(f"pole.py: {problem}", file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        refuse(message)


def check(options):
    """Before anything runs."""
    if not DT <= options.seconds <= 1e6:  # nor is nan
        refuse(f"--seconds is {options.seconds:g}; allowed: {DT:g} to 1000000")
    if options.svg is not None:
        for name, given in (("--controller", options.controller is not None), ("--json", options.json)):
            if given:
                refuse(f"{name} does not go with --svg, which draws all controllers")
        folder = os.path.dirname(options.svg) or "."
        if not options.svg or os.path.isdir(options.svg) or not os.path.isdir(folder) or \
                not os.access(options.svg if os.path.exists(options.svg) else folder, os.W_OK):
            refuse(f"--svg is '{options.svg}', which cannot be written; "
                   "allowed: a file in a folder that exists and can be written to")
    options.controller = options.controller or "network"
    if options.controller in ALONE:
        for name, given in (("--realtime", options.realtime), ("--connect", options.connect is not None)):
            if given:
                refuse(f"{name} goes with the network, and the controller is {options.controller}; "
                       "allowed: --controller network or cut")
    elif options.connect is None and shutil.which(options.izhi) is None:
        why = "which is not a program" if os.path.exists(options.izhi) else "which does not exist"
        refuse(f"--izhi is '{options.izhi}', {why}; allowed: the izhi program")


def main():
    parser = Parser(description="Balances a pole with a spiking network over the wire.")
    parser.add_argument("--izhi", default=os.path.join(TOP, "build", "bin", "izhi"),
                        help="the izhi program [build/bin/izhi]")
    parser.add_argument("--connect", help="a server that runs already: ADDRESS:PORT or unix:PATH")
    parser.add_argument("--controller", choices=["network", "none", "cut", "linear"], help="[network]")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1, help="of the pushes")
    parser.add_argument("--realtime", action="store_true", help="over UDP, in real time, instead of lockstep")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--svg", help="draw all controllers into this file")
    options = parser.parse_args()
    check(options)
    try:
        if options.svg:
            logs = [run(options, controller)[0] for controller in ("network", "cut", "none", "linear")]
            try:
                with open(options.svg, "w", encoding="utf-8") as file:
                    file.write(svg_plot(logs, options.seconds))
            except OSError as error:
                raise SystemExit(f"pole.py: cannot write '{options.svg}': {error.strerror}") from None
            return
        log, result = run(options, options.controller)
    except izhi_wire.Error as error:
        raise SystemExit(f"pole.py: {error}") from None
    if options.json:
        print(json.dumps(result))
        return
    print(text_plot(log.angles))
    print(f"\n{result['controller']}: " + ("fell after" if result["fallen"] else "balanced for") +
          f" {result['balanced_s']:g} s; angle rms {result['angle_rms_deg']:g}, at most {result['angle_max_deg']:g} deg"
          + (f"; {result['lost']} messages lost, {result['late']} of {result['late'] + result['applied']} inputs late, "
             f"round trip {result['ping_us']} us" if "lost" in result else ""))


if __name__ == "__main__":
    main()
