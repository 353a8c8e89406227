# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""A client of `izhi serve NETWORK --io ...`: spikes and rates out of a running network; currents,
rates of sources, and spikes into it.

This file needs only Python's standard library (3.9 or newer, Linux): copy it beside your program. The protocol is
engine/wire/PROTOCOL.md.

    import izhi_wire

    with izhi_wire.Client("127.0.0.1:7700") as client:        # or "unix:/run/user/1000/izhi.sock"
        client.subscribe(spikes=["left", "right"])
        while True:
            event = client.receive(timeout=1.0)
            if isinstance(event, izhi_wire.Spikes):
                # Acts in the step after the next, because the next has begun when this arrives.
                client.input(event.step + 1).current("sense", 0.1 * len(event.neurons), hold=1).send()

If the server waits for its clients (--io-lockstep), each step is one call, and the run is the same every time:

        client.subscribe(spikes=["left", "right"], lockstep=True)
        for _ in range(1000):
            spikes = client.step(client.input().current("sense", 5.0))

A client is for one thread.
"""

import collections
import operator
import select
import socket
import struct
import time

__all__ = ["Client", "Error", "Population", "Spikes", "Rates", "COUNTERS", "NEXT_STEP"]

VERSION = 1
NEXT_STEP = 2**64 - 1  # input for the next step that begins
COUNTERS = ("received accepted malformed version oversized no_session bad_cookie refused repeated late early "
            "out_of_range no_room applied go_timeouts sent not_sent steps_lost").split()
REASONS = {0: "none", 1: "the client said goodbye", 2: "the client was silent for too long", 3: "the server ended",
           4: "the server has as many clients as it accepts", 5: "the token is missing or wrong",
           6: "there is no such population", 7: "the server does not wait for clients; start it with --io-lockstep",
           8: "the network restarts", 9: "a neuron left the range of single precision: the run is over"}

_MAGIC = b"IZHW"
_HEADER = struct.Struct("<4sBBHQIIQ")  # magic, version, type, flags, session, sequence, length, step
_LARGEST = 32768
_TO_THE_END = 2**32 - 1
_INPUT_BYTES = 1472  # the longest INPUT; more input is divided into several
_INPUT_ROOM = _INPUT_BYTES - _HEADER.size - 4  # for its entries

_HELLO, _DESCRIBE, _SUBSCRIBE, _INPUT, _PING, _STATISTICS, _BYE = range(1, 8)
_WELCOME, _POPULATIONS, _SUBSCRIBED, _PONG, _STATISTICS_REPLY, _GOODBYE, _CHALLENGE = 0x81, 0x82, 0x83, 0x85, 0x86, 0x87, 0x88
_SPIKES, _RATES = 0x90, 0x91
_GO, _EVERYONE, _LOCKSTEP = 1, 1, 2


class Error(Exception):
    """The server cannot be reached, rejected something, or has ended; or a message to it is not valid."""


def _whole(what, value, most=2**32 - 1):
    """The value, if it is an integer from 0 to `most`; a message cannot have anything else."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number <= most:
        raise Error(f"{what} is {value!r}; allowed: an integer from 0 to {most}")
    return number


def _is_single(value):
    try:
        struct.pack("<f", value)
    except (struct.error, OverflowError):
        return False
    return True


def _udp_address(where):
    address, _, port = where.rpartition(":")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise Error(f"'{where}' is not an address; allowed: ADDRESS:PORT, such as 127.0.0.1:7700 or [::1]:7700; "
                    "unix:PATH")
    return address.strip("[]"), int(port)


Population = collections.namedtuple("Population", "name first size")
Population.__doc__ = "A population; its neurons are first, ..., first + size - 1 over the network."

Spikes = collections.namedtuple("Spikes", "step neurons complete")
Spikes.__doc__ = """The spikes of one step, at time step * dt_ms: a tuple of neurons, numbered over the network, ascending.
`complete` is False if a part was lost on the way."""

Rates = collections.namedtuple("Rates", "step interval counted first spikes")
Rates.__doc__ = """The number of spikes of each population, from number `first` on, in the `interval` steps up to `step`. `counted` of
these steps reached the server."""


class Input:
    """Input for one step; see Client.input()."""

    def __init__(self, client, step):
        self._client, self._step, self._entries, self._spikes = client, step, [], []

    def current(self, population, amplitude, first=0, count=None, hold=0):
        """A current [mV/ms] to the neurons first, ..., first + count - 1 of a population (a name or its number), for `hold`
        steps, or, if hold is 0, until another current for the same range or the end of the session."""
        if isinstance(population, str):
            population = self._client.population(population)
        try:
            self._entries.append(struct.pack(
                "<BBHIIIfI", 1, 0, 0, _whole("population", population), _whole("first", first),
                _TO_THE_END if count is None else _whole("count", count), amplitude, _whole("hold", hold)))
        except (struct.error, OverflowError):
            raise Error(f"amplitude is {amplitude!r}; allowed: a number within single precision") from None
        return self

    def rates(self, population, rates, first=0, count=None, hold=0):
        """The rate [Hz] of Poisson sources (model = "poisson"), from 0 to 1000 / dt_ms: a number for the neurons first, ...,
        first + count - 1 of a population, or a list with one for each neuron from `first` on. They last for `hold` steps,
        or, if hold is 0, until other rates or the end of the session; then the rates are those of the network again."""
        if isinstance(population, str):
            population = self._client.population(population)
        population, first, hold = _whole("population", population), _whole("first", first), _whole("hold", hold)
        if count is not None:
            _whole("count", count)
        try:
            listed = list(rates)
        except TypeError:
            self._add_rates(population, first, _TO_THE_END if count is None else count, hold, [rates])
            return self
        if count not in (None, len(listed)):
            raise Error(f"count is {count!r}; allowed: {len(listed)}, the number of rates")
        most = (_INPUT_ROOM - 20) // 4
        for at in range(0, len(listed), most):
            some = listed[at:at + most]
            self._add_rates(population, _whole("first", first + at), len(some), hold, some)
        return self

    def _add_rates(self, population, first, count, hold, rates):
        try:
            self._entries.append(struct.pack(f"<BBHIIII{len(rates)}f", 3, 0, len(rates), population, first, count, hold,
                                             *rates))
        except (struct.error, OverflowError):
            wrong = next(rate for rate in rates if not _is_single(rate))
            raise Error(f"a rate is {wrong!r}; allowed: a number within single precision") from None

    def spikes(self, neurons):
        """These neurons, numbered over the network, fire in the step."""
        neurons = list(neurons)
        try:
            struct.pack(f"<{len(neurons)}I", *neurons)  # faster than checking each
        except struct.error:
            neurons = [_whole("a neuron that fires", neuron) for neuron in neurons]
        self._spikes.extend(neurons)
        return self

    def send(self):
        self._send(0)

    def go(self):
        """Sends the input and tells the server that this client is ready for the step (lockstep)."""
        self._send(_GO)

    def _send(self, flags):
        entries = list(self._entries)
        for at in range(0, len(self._spikes), 256):
            some = self._spikes[at:at + 256]
            entries.append(struct.pack(f"<BBH{len(some)}I", 2, 0, len(some), *some))
        while True:
            taken, size = 0, 0
            while taken < len(entries) and size + len(entries[taken]) <= _INPUT_ROOM:
                size += len(entries[taken])
                taken += 1
            rest = entries[taken:]
            self._client._send(_INPUT, struct.pack("<HH", taken, 0) + b"".join(entries[:taken]),
                               flags=0 if rest else flags, step=self._step)
            if not rest:
                return
            entries = rest


class Client:
    """`where` is "ADDRESS:PORT" (UDP; "[::1]:7700" for IPv6) or "unix:PATH"."""

    def __init__(self, where, token="", largest_message=None, timeout=2.0):
        self.where, self._timeout = where, timeout
        self._session, self._sequence, self._server_sequence = 0, 0, None
        self._waiting, self._gathering, self._lease, self._spoke = collections.deque(maxlen=4096), None, 5.0, 0.0
        self.lost = 0  # messages of the server that did not arrive
        try:
            if where.startswith("unix:"):
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                self._socket.connect(where[5:])
            else:
                address, port = _udp_address(where)
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                self._socket = socket.socket(family, socket.SOCK_DGRAM)
                self._socket.connect((address, port))
        except (OSError, ValueError) as error:
            raise Error(f"cannot reach {where}: {error}") from None
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._greet(token.encode(), largest_message or (_LARGEST if where.startswith("unix:") else 1472))

    def _greet(self, token, largest):
        def hello(cookie):
            return lambda: self._send(_HELLO, struct.pack("<QHBBI64s", cookie, largest, len(token), 0, 0, token))

        cookie = 0
        if not self.where.startswith("unix:"):
            _, payload = self._ask(_CHALLENGE, hello(0))
            cookie, = struct.unpack("<Q", payload)
        header, payload = self._ask(_WELCOME, hello(cookie))
        self._session, self._server_sequence = header[4], header[5]
        self.dt_ms, self.seed, self.neurons, populations, _, lease, lockstep, length = \
            struct.unpack_from("<dQIIHHBB", payload)
        self.lockstep = lockstep == 1  # whether the server waits for clients that ask for it
        self.name = payload[30:30 + length].decode(errors="replace")
        self._lease = lease / 1000
        self.populations = []
        while len(self.populations) < populations:
            self._fetch_populations()
        self._numbers = {p.name: number for number, p in enumerate(self.populations)}

    def _fetch_populations(self):
        wanted = len(self.populations)
        _, payload = self._ask(_POPULATIONS, lambda: self._send(_DESCRIBE, struct.pack("<I", wanted)),
                               lambda p: struct.unpack_from("<I", p)[0] == wanted)
        count, at = struct.unpack_from("<H", payload, 4)[0], 6
        for _ in range(count):
            first, size, length = struct.unpack_from("<IIB", payload, at)
            self.populations.append(Population(payload[at + 9:at + 9 + length].decode(errors="replace"), first, size))
            at += 9 + length

    def close(self):
        """Ends the session; the currents of this client end."""
        if self._session:
            try:
                self._send(_BYE)
            except (OSError, Error):
                pass
        self._session = 0
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def population(self, name):
        """The number of a population."""
        if name not in self._numbers:
            raise Error(f"{self.name} has no population '{name}'; it has {', '.join(self._numbers)}")
        return self._numbers[name]

    def subscribe(self, spikes=(), everyone=False, rates_interval=0, lockstep=False):
        """Replaces the subscription: the spikes of these populations (or of everyone) after each step, and the rates of all
        populations every `rates_interval` steps. Returns the number of steps done."""
        numbers = [] if everyone else [self.population(p) if isinstance(p, str) else _whole("a population of spikes", p)
                                       for p in spikes]
        _whole("rates_interval", rates_interval)
        first = self._sequence + 1
        header, payload = self._ask(
            _SUBSCRIBED,
            lambda: self._send(_SUBSCRIBE, struct.pack(f"<I{len(numbers)}I", rates_interval, *numbers),
                               flags=(_EVERYONE if everyone else 0) | (_LOCKSTEP if lockstep else 0)),
            lambda p: struct.unpack_from("<I", p)[0] >= first)
        reason = struct.unpack_from("<H", payload, 4)[0]
        if reason:
            raise Error(f"not subscribed: {REASONS.get(reason, reason)}")
        return header[7]

    def input(self, step=NEXT_STEP):
        """Input for the step from step * dt to (step + 1) * dt. Add currents, rates and spikes to it, then send() it."""
        return Input(self, _whole("step", step, NEXT_STEP))

    def receive(self, timeout=None):
        """The next Spikes or Rates, or None if none came within `timeout` seconds (None: wait forever). It keeps the session
        alive, so call it about once per second."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self._waiting:
            now = time.monotonic()
            if now - self._spoke > self._lease / 3:
                self._send(_PING, bytes(8))
            soon = now + self._lease / 3
            if not self._next(soon if until is None else min(soon, until)) and until is not None \
                    and time.monotonic() >= until:
                return None
        return self._waiting.popleft()

    def step(self, given=None, timeout=10.0):
        """Lockstep: sends this input for the next step, lets the step begin, and returns its Spikes."""
        (given or self.input()).go()
        until = time.monotonic() + timeout
        while True:
            event = self.receive(until - time.monotonic())
            if isinstance(event, Spikes):
                return event
            if event is None:
                raise Error(f"{self.where} did not step within {timeout} s")

    def ping(self):
        """The seconds that a message takes to the server's thread and back."""
        sent = []

        def question():
            sent.append(time.perf_counter())
            self._send(_PING, struct.pack("<Q", len(sent)))

        self._ask(_PONG, question, lambda p: struct.unpack("<Q", p)[0] == len(sent))
        return time.perf_counter() - sent[-1]

    def statistics(self):
        """The counters: two dictionaries with the keys COUNTERS, for this session and for the whole server."""
        _, payload = self._ask(_STATISTICS_REPLY, lambda: self._send(_STATISTICS))
        count = struct.unpack_from("<H", payload)[0]
        numbers = struct.unpack_from(f"<{2 * count}Q", payload, 4)
        return dict(zip(COUNTERS, numbers[:count])), dict(zip(COUNTERS, numbers[count:]))

    # --- messages

    def _send(self, kind, payload=b"", flags=0, step=0):
        self._sequence = (self._sequence + 1) % 2**32
        self._spoke = time.monotonic()
        datagram = _HEADER.pack(_MAGIC, VERSION, kind, flags, self._session, self._sequence, len(payload), step) + payload
        for _ in range(100):
            try:
                self._socket.send(datagram)
                return
            except BlockingIOError:  # the server is too slow: the queue of the Unix socket is full
                select.select([], [self._socket], [], 0.1)
            except ConnectionRefusedError:  # for an earlier datagram
                continue
            except OSError as error:
                while self._next(0.0):  # a server that has ended may have sent the reason
                    pass
                raise Error(f"cannot send to {self.where}: {error}") from None
        raise Error(f"cannot send to {self.where}")

    def _next(self, until):
        """The next message as (header, payload), or None if none came in time. Spikes and rates are kept for receive()."""
        while True:
            try:
                datagram = self._socket.recv(65536)
            except BlockingIOError:
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self._poll.poll(max(1, int(left * 1000)))
                continue
            except OSError as error:
                raise Error(f"cannot receive from {self.where}: {error}") from None
            if not datagram:
                raise Error(f"{self.where} closed the connection")
            if len(datagram) < _HEADER.size:
                continue
            header = _HEADER.unpack_from(datagram)
            if header[0] == _MAGIC and header[1] == VERSION and header[6] == len(datagram) - _HEADER.size and \
                    self._session in (0, header[4]):
                self._note(header, datagram)
                return header, datagram[_HEADER.size:]

    def _note(self, header, datagram):
        kind, sequence, step = header[2], header[5], header[7]
        if kind == _GOODBYE:
            self._session = 0
            reason, = struct.unpack_from("<H", datagram, _HEADER.size)
            raise Error(f"{self.where} ended the session: {REASONS.get(reason, reason)}")
        if not self._session:
            return
        ahead = (sequence - self._server_sequence) % 2**32
        if 0 < ahead < 2**31:
            self.lost += ahead - 1
            self._server_sequence = sequence
        if kind == _SPIKES:
            total, part, parts = struct.unpack_from("<IHH", datagram, 32)
            neurons = struct.unpack_from(f"<{(len(datagram) - 40) // 4}I", datagram, 40)
            self._gather(step, total, part, parts, neurons)
        elif kind == _RATES:
            interval, counted, first = struct.unpack_from("<III", datagram, 32)
            spikes = struct.unpack_from(f"<{(len(datagram) - 44) // 4}I", datagram, 44)
            self._waiting.append(Rates(step, interval, counted, first, spikes))

    def _gather(self, step, total, part, parts, neurons):
        if self._gathering and self._gathering[0] != step:
            self._release()
        if self._gathering:
            neurons = self._gathering[2] + neurons
        self._gathering = step, total, neurons
        if len(neurons) >= total or part + 1 == parts:
            self._release()

    def _release(self):
        step, total, neurons = self._gathering
        self._gathering = None
        self._waiting.append(Spikes(step, neurons, len(neurons) == total))

    def _ask(self, kind, question, right=lambda payload: True):
        """Asks every 0.1 s until an answer of this kind comes for which right(payload) is true."""
        until = time.monotonic() + self._timeout
        while time.monotonic() < until:
            question()
            again = min(until, time.monotonic() + 0.1)
            while (message := self._next(again)) is not None:
                if message[0][2] == kind and right(message[1]):
                    return message
        raise Error(f"{self.where} did not answer within {self._timeout} s")
