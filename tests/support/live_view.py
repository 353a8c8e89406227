# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""A viewer of izhi serve without a browser: a WebSocket client of the standard library, and the program around it.

What waits here waits for something to happen, up to a limit that no sound run reaches.
"""
import atexit
import base64
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import time

PATIENCE_S = 60


class Closed(Exception):
    """The server ended the connection; code is that of its close frame, or None."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed: {code} {reason}")
        self.code, self.reason = code, reason


class Server:
    """A running izhi serve."""

    def __init__(self, izhi, *arguments):
        self.process = subprocess.Popen([izhi, "serve", *arguments, "--port", "0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # whatever ends the program; nothing once the process was waited for
        link = self.process.stdout.readline()
        found = re.match(r"http://(\[?[0-9a-f.:]+\]?):(\d+)/#token=(\S+)\n", link)
        if not found:
            raise RuntimeError(f"no link: {link!r} {self.process.stderr.read()!r}")
        self.host, self.port, self.token = found[1].strip("[]"), int(found[2]), found[3]

    def finish(self, signal_number=None):
        """Exit code, rest of stdout, stderr."""
        if signal_number is not None:
            self.process.send_signal(signal_number)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err

    def alive(self):
        return self.process.poll() is None

    def request(self, raw):
        """What is answered to these bytes, until the connection ends or an answer with a length is complete."""
        with socket.create_connection((self.host, self.port), PATIENCE_S) as connection:
            try:
                connection.sendall(raw)
                answer = b""
                while chunk := connection.recv(65536):
                    answer += chunk
                    head, _, body = answer.partition(b"\r\n\r\n")
                    length = re.search(rb"(?i)content-length: (\d+)", head)
                    if body and length and len(body) >= int(length[1]):
                        break
                return answer
            except ConnectionError:
                return b""

    def get(self, path="/", method="GET", **headers):
        headers.setdefault("Host", f"{self.host}:{self.port}")
        lines = [f"{method} {path} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers.items()]
        return self.request(("\r\n".join(lines + ["Connection: close"]) + "\r\n\r\n").encode())

    def view(self, token=None, **options):
        """A viewer that has entered and has been greeted."""
        viewer = Viewer(self.host, self.port, **options)
        viewer.say({"do": "enter"} if token is None else {"do": "enter", "token": token})
        viewer.hello = viewer.wait("hello")
        return viewer


class Viewer:
    def __init__(self, host, port, origin=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect((host, port))
        self.buffer = b""
        self.frames, self.statuses, self.refused, self.lost = [], [], [], 0
        extra = f"Origin: {origin}\r\n" if origin else ""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{extra}\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Closed(int(head.split()[1]), "no WebSocket")

    def _more(self):
        chunk = self.socket.recv(1 << 16)
        if not chunk:
            raise Closed(None)
        self.buffer += chunk

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    # --- out

    def send_frame(self, opcode, payload=b"", final=True, masked=True, reserved=0):
        head = bytes([(0x80 if final else 0) | reserved | opcode])
        bit, length = (0x80 if masked else 0), len(payload)
        if length < 126:
            head += bytes([bit | length])
        elif length < 65536:
            head += bytes([bit | 126]) + struct.pack(">H", length)
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", length)
        if masked:
            mask = os.urandom(4)
            payload = mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + payload)

    def say(self, message):
        self.send_frame(1, (message if isinstance(message, str) else json.dumps(message)).encode())

    def close(self):
        self.socket.close()

    # --- in

    def receive(self):
        """The next message, kept where it belongs: ("frames", list) or (what it says, message)."""
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length == 126:
                length, = struct.unpack(">H", self._take(2))
            elif length == 127:
                length, = struct.unpack(">Q", self._take(8))
            payload, opcode = self._take(length), first & 0x0F
            if opcode == 8:
                raise Closed(struct.unpack(">H", payload[:2])[0] if payload else None, payload[2:].decode())
            if opcode == 9:
                self.send_frame(10, payload)
            elif opcode == 2:
                frames = decode_frames(payload)
                self.frames += frames
                return "frames", frames
            elif opcode == 1:
                return self._keep(json.loads(payload))

    def _keep(self, message):
        if message["say"] == "status":
            self.statuses.append(message)
        elif message["say"] == "refused":
            self.refused.append(message["why"])
        elif message["say"] == "lost":
            self.lost = message["frames"]
        elif message["say"] == "hello":
            self.hello = message
        return message["say"], message

    def wait(self, what, that=lambda message: True):
        """The next message of this kind of which that holds."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            said, message = self.receive()
            if said == what and that(message):
                return message
        raise TimeoutError(what)

    def wait_closed(self):
        end = time.monotonic() + PATIENCE_S
        try:
            while time.monotonic() < end:
                self.receive()
        except Closed as closed:
            return closed.code
        except ConnectionError:
            return None
        raise TimeoutError("not closed")

    def drain(self):
        """What has come so far."""
        while self.buffer or select.select([self.socket], [], [], 0)[0]:
            self.receive()

    def rate(self, population, steps=500):
        """Mean rate [Hz] over the next so many steps."""
        spikes = seen = 0
        while seen < steps:
            for frame in self.wait("frames"):
                spikes += sum(frame["counts"][population::frame["populations"]])
                seen += frame["steps"]
        return 1000 * spikes / (seen * self.hello["dt_ms"] * self.hello["populations"][population]["size"])


def decode_frames(data):
    """As apps/serve/PROTOCOL.md has it."""
    frames, at = [], 0

    def take(letter, count):
        nonlocal at
        values = struct.unpack_from(f"<{count}{letter}", data, at)
        at += struct.calcsize(f"<{count}{letter}")
        return values

    while at < len(data):
        magic, run, first, steps, populations, watched, dots, left_out, zero = struct.unpack_from("<4sIQ6I", data, at)
        assert magic == b"IZF1" and zero == 0, data[at:at + 40]
        at += 40
        frame = {"run": run, "first": first, "steps": steps, "populations": populations, "left_out": left_out,
                 "watched": take("I", watched), "counts": take("I", steps * populations),
                 "states": take("f", 2 * steps * watched), "dot_counts": take("I", steps), "dots": take("H", dots)}
        assert sum(frame["dot_counts"]) == dots
        frames.append(frame)
    assert at == len(data)
    return frames


INTERRUPT = signal.SIGINT
