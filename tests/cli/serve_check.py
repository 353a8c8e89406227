# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""izhi serve from outside, without a browser: serve_check.py IZHI FOLDER"""
import json
import re
import struct
import subprocess
import sys
import time
from pathlib import Path

top = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(top / "support"), str(top.parent / "engine" / "wire")]
sys.dont_write_bytecode = True
import izhi_wire  # noqa: E402
from live_view import INTERRUPT, PATIENCE_S, Closed, Server, Viewer  # noqa: E402

izhi, folder = sys.argv[1], Path(sys.argv[2])
failures = 0


def check(good, what):
    global failures
    if not good:
        failures += 1
        print(f"FAILED: {what}", file=sys.stderr)


def status_line(answer):
    return answer.split(b"\r\n")[0].decode()


def files_are_served(server):
    page = server.get("/")
    check(" 200 " in status_line(page), "the page is there")
    check(b"default-src 'none'" in page and b"nosniff" in page, "with its policy")
    body = page.partition(b"\r\n\r\n")[2].decode()
    check("http:" not in body and "https:" not in body, "and asks for nothing from elsewhere")
    for name in set(re.findall(r'(?:src|href)="([^"]+)"', body)) | {"raster.js", "frames.js", "plots.js", "link.js"}:
        answer = server.get("/" + name)
        check(" 200 " in status_line(answer) and len(answer) > 300, f"{name} is there")
    check(" 404 " in status_line(server.get("/../../etc/passwd")), "nothing else is")
    check(" 404 " in status_line(server.get("/live")), "the live view is not served as a file")
    check(" 405 " in status_line(server.get("/", "DELETE")), "GET only")
    head = server.get("/style.css", "HEAD").partition(b"\r\n\r\n")
    check(b" 200 " in head[0] and head[2] == b"", "HEAD has no body")


def strangers_are_turned_away(server):
    port = server.port
    check(" 421 " in status_line(server.get("/", Host="evil.example")), "another name for this machine")
    check(" 421 " in status_line(server.get("/", Host=f"evil.example:{port}")), "another name with the port")
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{port + 1}"):
        try:
            Viewer(server.host, port, origin=origin)
            check(False, f"a page of {origin} watches")
        except Closed as closed:
            check(closed.code == 403, f"a page of {origin}: {closed}")
    Viewer(server.host, port, origin=f"http://127.0.0.1:{port}").close()


def malformed_requests_end(server):
    host = f"Host: 127.0.0.1:{server.port}\r\n".encode()
    for what, raw in {
        "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
        "long headers": b"GET / HTTP/1.1\r\n" + host + b"X: " + b"x" * 20000 + b"\r\n\r\n",
        "no version": b"GET /\r\n\r\n",
        "a body": b"GET / HTTP/1.1\r\n" + host + b"Content-Length: 5\r\n\r\nhello",
        "a huge length": b"GET / HTTP/1.1\r\n" + host + b"Content-Length: 99999999999999999999\r\n\r\n",
        "no host": b"GET / HTTP/1.1\r\n\r\n",
        "zeros": b"\0" * 9000,
    }.items():
        check(b" 200 " not in server.request(raw).split(b"\r\n")[0], f"{what}: no page")
    half = Viewer(server.host, server.port)  # goes away in the middle of a frame
    half.socket.sendall(b"\x81\xfe")
    half.close()
    check(server.alive(), "the server lives on after malformed requests")


def watching_without_token(server):
    viewer = server.view()
    check(viewer.hello["control"] is False, "no control without the token")
    check([p["name"] for p in viewer.hello["populations"]] == ["exc", "inh"], "hello names the populations")
    frames = []
    while len(frames) < 20:
        frames += viewer.wait("frames")
    for one, next_one in zip(frames, frames[1:]):
        check(one["first"] + one["steps"] == next_one["first"], "no step is missing")
    check(all(max(frame["dots"], default=0) < viewer.hello["rows"] for frame in frames), "rows are of the raster")
    check(all(sum(frame["counts"]) == len(frame["dots"]) for frame in frames), "every spike is a dot")
    for message in ({"do": "pause"}, {"do": "noise", "population": "exc", "scale": 0}, {"do": "restart", "seed": 1}):
        viewer.say(message)
        check("token" in viewer.wait("refused")["why"], f"{message} needs the token")
    viewer.close()


def wrong_tokens(server):
    for token in ("wrong", server.token[:-1], server.token + "0", "x" * 4000):
        viewer = Viewer(server.host, server.port)
        viewer.say({"do": "enter", "token": token})
        check(viewer.wait_closed() == 1008, f"token {token[:20]}: closed")
    # Who goes on trying is slowed down, and then finds the right one refused, too, for a second.
    for _ in range(8):
        viewer = Viewer(server.host, server.port)
        viewer.say({"do": "enter", "token": "wrong"})
        check(viewer.wait_closed() == 1008, "closed again")
    viewer = Viewer(server.host, server.port)
    viewer.say({"do": "enter", "token": server.token})
    check(viewer.wait_closed() == 1008, "the token is not looked at")
    time.sleep(1.1)
    server.view(server.token).close()


def run_is_controlled(server):
    viewer = server.view(server.token)
    check(viewer.hello["control"] is True, "control with the token")
    usual = viewer.rate(0)
    check(4 < usual < 11, f"exc fires at about 7 Hz: {usual}")

    viewer.say({"do": "pause"})
    held = viewer.wait("status", lambda status: status["state"] == "paused")
    later = viewer.wait("status")
    check(held["step"] == later["step"], "a paused run stands")
    viewer.say({"do": "step", "count": 7})
    check(viewer.wait("status", lambda status: status["step"] > held["step"])["step"] - held["step"] <= 7, "steps go on")
    check(viewer.wait("status", lambda status: status["step"] >= held["step"] + 7)["step"] == held["step"] + 7, "by 7")
    viewer.say({"do": "resume"})
    viewer.wait("status", lambda status: status["state"] == "running" and status["step"] > held["step"] + 50)

    for population in ("exc", "inh"):
        viewer.say({"do": "noise", "population": population, "scale": 0})
    viewer.wait("status", lambda status: status["noise"] == [0, 0] and status["interventions"] >= 2)
    viewer.rate(0, 300)
    check(viewer.rate(0) < 0.5, "without noise nobody fires")
    viewer.say({"do": "pulse", "population": "exc", "amplitude": 100, "duration_ms": 20})
    check(viewer.rate(0, 300) > 3, "a pulse makes them fire")
    viewer.say({"do": "noise", "population": "exc", "scale": 1})
    viewer.say({"do": "noise", "population": "inh", "scale": 1})
    viewer.say({"do": "weights", "projection": viewer.hello["projections"][1]["name"], "scale": 0})
    viewer.wait("status", lambda status: status["weights"] == [1, 0] and status["interventions"] >= 6)
    check(viewer.rate(0) > 1.3 * usual, "without inhibition they fire more")

    viewer.say({"do": "speed", "times": 0.1})
    check(viewer.wait("status", lambda status: status["speed"] == 0.1), "the speed is told")
    viewer.say({"do": "speed", "times": 1})
    viewer.close()


def neurons_are_watched(server):
    viewer = server.view()
    viewer.say({"do": "watch", "neuron": 850})
    told = viewer.wait("neuron")
    check(told["population"] == "inh" and told["d"] == 2.0 and 0.02 <= told["a"] <= 0.1, f"parameters: {told}")
    frame = viewer.wait("frames", lambda frames: 850 in frames[-1]["watched"])[-1]
    slot, watched = frame["watched"].index(850), len(frame["watched"])
    v = [frame["states"][2 * (k * watched + slot)] for k in range(frame["steps"])]
    check(all(-150 < value <= 30 for value in v), f"v is a potential: {v}")
    others = [server.view() for _ in range(9)]
    for number, other in enumerate(others):
        other.say({"do": "watch", "neuron": number})
    refused = 0
    for other in others:
        said = None
        while said not in ("neuron", "refused"):
            said, _ = other.receive()
        refused += said == "refused"
    check(refused == 2, f"eight neurons at a time, 850 being one: {refused} refused")
    for other in others:
        other.close()
    viewer.close()


def every_model_has_its_peak():
    """A neuron of 2007 spikes up to its own peak, 50 mV of IB-2007, and its equations are told."""
    network = folder / "bursting.toml"
    network.write_text('[population.quiet]\nsize = 3\n[population.ib]\nsize = 2\ncell = "IB-2007"\nbias_current = 600.0\n')
    server = Server(izhi, str(network))
    viewer = server.view()
    viewer.say({"do": "watch", "neuron": 1})
    told = viewer.wait("neuron", lambda told: told["neuron"] == 1)
    check(told["model"] == "simple" and told["peak_mv"] == 30 and "vr" not in told, f"the neuron of 2003: {told}")
    viewer.say({"do": "watch", "neuron": 4})
    # That of before may be told once more, if the run began just then.
    told = viewer.wait("neuron", lambda told: told["neuron"] == 4)
    check((told["model"], told["peak_mv"], told["capacitance"], told["k"], told["vr"], told["vt"], told["bias"])
          == ("nine-parameter", 50, 150, 1.2, -75, -45, 600), f"the neuron of 2007: {told}")
    highest, frames = -1e9, 0
    while frames < 20:
        for frame in viewer.wait("frames"):
            if 4 not in frame["watched"]:
                continue
            frames += 1
            slot, watched = frame["watched"].index(4), len(frame["watched"])
            highest = max([highest] + [frame["states"][2 * (k * watched + slot)] for k in range(frame["steps"])])
    check(highest == 50, f"its spikes end at 50 mV: {highest}")
    viewer.close()
    server.finish(INTERRUPT)


def everybody_sees_the_same(server):
    first, second = server.view(), server.view()
    past = second.wait("frames")
    check(len(past) > 5, "who comes late gets the past")
    steps = {}
    while len(first.frames) < 60:
        first.wait("frames")
    for frame in first.frames:
        steps[frame["first"]] = frame
    shared = [frame for frame in past if frame["first"] in steps]
    while len(shared) < 30:
        shared += [frame for frame in second.wait("frames") if frame["first"] in steps]
        first.wait("frames")
        for frame in first.frames[-5:]:
            steps[frame["first"]] = frame
    check(all(steps[frame["first"]]["dots"] == frame["dots"] for frame in shared), "two viewers see the same spikes")
    first.close()
    second.close()


def hostile_messages(server):
    viewer = server.view(server.token)
    bad = ["", "{", "[]", "null", "12", '"pause"', "{}", '{"do":"explode"}', '{"do":["pause"]}', "[" * 4000,
           '{"do":"noise","population":"exc","scale":1e999}', '{"do":"noise","population":"nobody","scale":1}',
           '{"do":"step","count":-1}', '{"do":"watch","neuron":4294967296}', '{"do":"speed","times":"fast"}']
    for message in bad:
        viewer.say(message)
    while len(viewer.refused) < len(bad):
        viewer.receive()
    check(len(viewer.refused) == len(bad), "each bad message is answered")
    viewer.send_frame(2, b"\0" * 1000)  # dropped
    viewer.send_frame(9, b"ping")
    viewer.send_frame(1, b'{"do":"watch",', final=False)
    viewer.send_frame(0, b'"neuron":3}')
    check(viewer.wait("neuron")["neuron"] == 3, "a message in two fragments")
    viewer.close()

    for what, attack, code in (
        ("too long", lambda v: v.send_frame(1, b"x" * 5000), 1009),
        ("said to be huge", lambda v: v.socket.sendall(b"\x81\xff" + struct.pack(">Q", 1 << 62) + b"abcd"), 1009),
        ("not masked", lambda v: v.send_frame(1, b"{}", masked=False), 1002),
        ("reserved opcode", lambda v: v.send_frame(5, b"{}"), 1002),
        ("reserved bits", lambda v: v.send_frame(1, b"{}", reserved=0x40), 1002),
        ("no UTF-8", lambda v: v.send_frame(1, b'{"do":"\xff\xfe"}'), 1007),
        ("continuation of nothing", lambda v: v.send_frame(0, b"{}"), 1002),
        ("long ping", lambda v: v.send_frame(9, b"x" * 200), 1002),
    ):
        viewer = server.view(server.token)
        attack(viewer)
        closed = viewer.wait_closed()
        check(closed in (code, None), f"{what}: closed with {closed}")
    check(server.alive(), "the server lives on after hostile messages")


def floods_are_dropped(server):
    viewer = server.view(server.token)
    for _ in range(3000):
        viewer.say({"do": "noise", "population": "exc", "scale": 1})
        viewer.drain()
    check(server.alive(), "the server lives on after a flood")
    viewer.wait("status", lambda status: status["state"] == "running")
    viewer.close()


def many_connections(server):
    import socket
    owner = server.view(server.token)
    idle = [socket.create_connection((server.host, server.port), PATIENCE_S) for _ in range(100)]
    time.sleep(0.2)
    # However many strangers are there, who has the token stays, and one more comes in.
    server.view(server.token).close()
    owner.say({"do": "watch", "neuron": 3})
    owner.wait("neuron")
    owner.close()
    for one in idle:
        one.close()
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and " 200 " not in status_line(server.get("/")):
        time.sleep(0.05)
    check(" 200 " in status_line(server.get("/")), "places are given back")


def restarts(server):
    viewer, other = server.view(server.token), server.view()
    viewer.say({"do": "restart", "seed": 77})
    for one in (viewer, other):
        hello = one.wait("hello")
        check(hello["seed"] == 77 and hello["run"] == viewer.hello["run"], "a restart is told")
    first = viewer.wait("frames", lambda frames: frames[0]["run"] == viewer.hello["run"])[0]
    check(first["first"] == 1, f"it starts from the start: {first['first']}")
    status = viewer.wait("status", lambda status: status["run"] == viewer.hello["run"])
    check(status["noise"] == [1, 1] and status["weights"] == [1, 1], "and as described")
    viewer.close()
    other.close()


def slow_viewers_lose_frames():
    # Fast, so that all buffers are full long before the slow one is thought to be gone (30 s).
    server = Server(izhi, "cortex-1k", "--speed", "50")
    slow, quick = server.view(receive_buffer=4096), server.view()
    while len(quick.frames) < 400:
        quick.wait("frames")
    lost = slow.wait("lost")["frames"]
    check(lost > 0, "who does not read loses frames and is told")
    check(quick.lost == 0, "who reads does not")
    check(all(a["first"] + a["steps"] == b["first"] for a, b in zip(quick.frames, quick.frames[1:])), "not one")
    slow.close()
    quick.close()
    server.finish(INTERRUPT)


def other_machines_need_the_token():
    word = "a-word-of-my-own"
    server = Server(izhi, "cortex-1k", "--host", "0.0.0.0", "--token", word)
    server.host = "127.0.0.1"
    check(server.token == word, "the given token is taken")
    check(" 200 " in status_line(server.get("/", Host=f"somewhere.example:{server.port}")), "by any name")
    for token in (None, "wrong-word-of-mine"):
        viewer = Viewer(server.host, server.port)
        viewer.say({"do": "enter"} if token is None else {"do": "enter", "token": token})
        check(viewer.wait_closed() == 1008, f"token {token}: nothing is shown")
        check(not viewer.frames and not viewer.statuses, "nothing at all")
    check(server.view(word).hello["control"], "the word opens")
    server.finish(INTERRUPT)


def replays(log, told):
    seed = json.loads(log.read_text().splitlines()[0])["seed"]
    again = subprocess.run([izhi, "run", "cortex-1k", "--seed", str(seed), "--replay", str(log), "--json", "--quiet"],
                           capture_output=True, text=True, timeout=PATIENCE_S)
    check(again.returncode == 0, f"the replay of {log}: {again.stderr}")
    check(again.returncode == 0 and json.loads(again.stdout)["spike_hash"] == told, f"{log} replays to the same spikes")


def logs_replay():
    log = folder / "live.jsonl"
    server = Server(izhi, "cortex-1k", "--log", str(log), "--duration", "3s")
    viewer = server.view(server.token)
    viewer.rate(0, 200)
    viewer.say({"do": "noise", "population": "exc", "scale": 1.5})
    viewer.say({"do": "pulse", "population": "inh", "amplitude": 20, "duration_ms": 30})
    viewer.say({"do": "weights", "projection": viewer.hello["projections"][0]["name"], "scale": 0.7})
    check(viewer.wait_closed() in (1001, None), "the end is told")
    code, out, _ = server.finish()
    check(code == 0, f"the end of --duration is {code}")
    told = re.search(r"spike hash\s+([0-9a-f]{16})", out)
    check(told is not None and "3 interventions" in out, f"the summary: {out}")
    replays(log, (told or [0, 0])[1])
    plain = subprocess.run([izhi, "run", "cortex-1k", "--duration", "3s", "--json", "--quiet"], capture_output=True,
                           text=True, timeout=PATIENCE_S)
    check(json.loads(plain.stdout)["spike_hash"] != (told or [0, 0])[1], "which are others than without it")


def result_of(*arguments):
    """What a command with --json printed."""
    done = subprocess.run([izhi, *map(str, arguments), "--json", "--quiet"], capture_output=True, text=True,
                          timeout=PATIENCE_S)
    check(done.returncode == 0, f"izhi {arguments}: {done.stderr}")
    return json.loads(done.stdout) if done.returncode == 0 else {}


def checkpoints_go_on():
    saved, log = folder / "live", folder / "saved.jsonl"
    server = Server(izhi, "cortex-1k", "--log", str(log), "--checkpoint", f"every=100ms,dir={saved},keep=1000")
    viewer = server.view(server.token)

    def wait_for_checkpoints(where, least):
        end = time.monotonic() + PATIENCE_S
        while len(list(where.glob("checkpoint-*.izhi"))) < least and time.monotonic() < end:
            time.sleep(0.02)

    def earliest(where):
        return min(where.glob("checkpoint-*.izhi"), key=lambda file: int(file.stem.split("-")[1]))

    viewer.wait("status", lambda status: status["state"] == "running")
    viewer.say({"do": "noise", "population": "exc", "scale": 1.5})
    viewer.wait("status", lambda status: status["interventions"] == 1)
    wait_for_checkpoints(saved, 2)
    viewer.say({"do": "pulse", "population": "inh", "amplitude": 20, "duration_ms": 30})
    viewer.say({"do": "weights", "projection": viewer.hello["projections"][0]["name"], "scale": 0.7})
    viewer.wait("status", lambda status: status["interventions"] == 3)
    (folder / "live-2").mkdir()
    (folder / "live-2" / "checkpoint-5.izhi").write_text("of somebody else")
    viewer.say({"do": "restart", "seed": 7})
    viewer.wait("status", lambda status: status["run"] == 1 and status["state"] == "running")
    wait_for_checkpoints(folder / "live-3", 1)
    viewer.say({"do": "pause"})
    viewer.wait("status", lambda status: status["state"] == "paused")
    viewer.say({"do": "noise", "population": "exc", "scale": 0.5})  # belongs to the step that never came
    viewer.wait("status", lambda status: status["run"] == 1 and status["interventions"] == 1)
    code, out, _ = server.finish(INTERRUPT)
    check(code == 130, f"Ctrl-C: {code}")
    hashes, steps = re.findall(r"spike hash +([0-9a-f]{16})", out), re.findall(r": ([0-9,]+) steps", out)
    steps = [int(text.replace(",", "")) for text in steps]
    check(len(hashes) == len(steps) == 2, f"two runs: {out}")
    check([file.name for file in (folder / "live-2").iterdir()] == ["checkpoint-5.izhi"], "a folder of others is left alone")
    for number, where in enumerate((saved, folder / "live-3")):
        last = where / f"checkpoint-{steps[number]}.izhi"
        check(last.exists() and f"checkpoint   {last}, the last of " in out, f"saved at the end: {last}, {out}")
        log_of_run = (log, folder / "saved-2.jsonl")[number]
        first = earliest(where)
        again = result_of("resume", first, "--replay", log_of_run, "--checkpoint", f"every=1min,dir={folder}/again-{number}")
        check(again.get("spike_hash") == hashes[number] and again.get("seed") == (42, 7)[number],
              f"{first} with its log gives the spikes of the run: {again}")
        longer = f"{steps[number] + 300}ms"
        on = result_of("resume", last, "--replay", log_of_run, "--duration", longer,
                       "--checkpoint", f"every=1min,dir={folder}/on-{number}")
        replayed = result_of("run", "cortex-1k", "--seed", again.get("seed", 0), "--replay", log_of_run,
                             "--duration", longer)
        check(on.get("spike_hash") == replayed.get("spike_hash"), f"{last} has all that was done until then")


def refusal_of(client):
    """Why the server ended the session."""
    try:
        while client.receive(timeout=PATIENCE_S):
            pass
    except izhi_wire.Error as error:
        return str(error)
    return ""


def programs_and_the_page_at_once():
    where, log = f"unix:{folder}/both", folder / "both.jsonl"
    server = Server(izhi, "cortex-1k", "--io", where, "--page", "--log", str(log))
    viewer, client = server.view(server.token), izhi_wire.Client(where)
    client.subscribe(spikes=["exc"])
    usual = viewer.rate(0)
    client.input().current("exc", 15.0).send()
    viewer.wait("status", lambda status: status["interventions"] == 1)
    viewer.rate(0, 300)
    check(viewer.rate(0) > 2 * usual, "the page shows what a program does")

    client.input().current("exc", 0.0).send()
    for population in ("exc", "inh"):
        viewer.say({"do": "noise", "population": population, "scale": 0})
    viewer.wait("status", lambda status: status["interventions"] == 4)
    viewer.rate(0, 300)
    check(viewer.rate(0) < 0.5, "and what its controls do beside it")
    viewer.say({"do": "pulse", "population": "exc", "amplitude": 100, "duration_ms": 20})
    while len(client.receive(timeout=PATIENCE_S).neurons) < 400:
        pass  # a program sees what is done on the page, or waits for ever

    viewer.say({"do": "pause"})
    held = viewer.wait("status", lambda status: status["state"] == "paused")
    client.input().spikes([3]).send()
    while client.statistics()[0]["received"] < 4:
        pass
    check(viewer.wait("status")["interventions"] == held["interventions"], "what is sent during a pause waits")
    viewer.say({"do": "resume"})
    viewer.wait("status", lambda status: status["interventions"] == held["interventions"] + 1)

    viewer.say({"do": "restart", "seed": 5})
    viewer.wait("hello")
    check("network restarts" in refusal_of(client), "a restart ends the sessions of programs")
    client = izhi_wire.Client(where)
    check(client.seed == 5, f"who comes then hears of the new seed: {client.seed}")
    client.subscribe(spikes=["exc"])
    step = client.receive(timeout=PATIENCE_S).step
    check(step < held["step"], f"and of its steps: {step}")
    client.input().spikes(range(100)).send()
    viewer.say({"do": "noise", "population": "exc", "scale": 1.5})
    viewer.wait("status", lambda status: status["run"] == 1 and status["interventions"] == 2)
    code, out, _ = server.finish(INTERRUPT)
    check(code == 130 and "over the wire" in out, f"the end: {code} {out}")
    hashes = re.findall(r"spike hash +([0-9a-f]{16})", out)
    check(len(hashes) == 2, f"two runs: {out}")
    of_first = {"population-current", "noise-scale", "current-pulse", "forced-spikes"}
    for file, told, kinds in ((log, hashes[0], of_first),
                              (folder / "both-2.jsonl", hashes[-1], {"forced-spikes", "noise-scale"})):
        logged = [json.loads(line) for line in file.read_text().splitlines()]
        check({line.get("kind") for line in logged[1:-1]} == kinds, f"one log of both: {logged}")
        replays(file, told)


def lockstep_under_the_page():
    where = f"unix:{folder}/lockstep"
    server = Server(izhi, "cortex-1k", "--io", where, "--io-lockstep", "--io-timeout", "60min", "--page")
    viewer, client = server.view(server.token), izhi_wire.Client(where)
    client.subscribe(lockstep=True)
    for _ in range(100):
        client.step()
    viewer.wait("status", lambda status: status["step"] == 100)
    check(viewer.wait("status")["step"] == 100, "the run waits for the program")
    viewer.say({"do": "restart", "seed": 9})
    check("network restarts" in refusal_of(client), "but not when it is to begin anew")
    client = izhi_wire.Client(where)
    client.subscribe(lockstep=True)
    check(client.step().step == 1 and client.seed == 9, "step by step from the start")
    viewer.wait("status", lambda status: status["run"] == 1 and status["step"] == 1)
    code, out, _ = server.finish(INTERRUPT)
    check(code == 130, f"nor at Ctrl-C: {code} {out}")


def failed_runs_are_told():
    """A neuron that leaves the range of single precision: programs and page hear of it, and a restart goes on."""
    network, log, where = folder / "calm.toml", folder / "calm.jsonl", f"unix:{folder}/calm"
    network.write_text("[population.a]\nsize = 5\n")
    server = Server(izhi, network, "--io", where, "--page", "--log", log)
    viewer, client = server.view(server.token), izhi_wire.Client(where)
    client.subscribe(everyone=True)
    client.input().current("a", -100000.0).send()
    told = viewer.wait("status", lambda status: status["state"] == "failed")
    check(re.match("neuron [0-4] of population.a left the range of single precision", told["fault"]), f"why: {told}")
    check("single precision" in refusal_of(client), "programs hear of it")
    try:
        izhi_wire.Client(where)
        check(False, "a client came into a run that is over")
    except izhi_wire.Error as error:
        check("single precision" in str(error), f"those that come later hear of it too: {error}")
    viewer.say({"do": "pause"})
    check(viewer.wait("refused")["why"] == "the run failed; restart it", "a failed run cannot be paused")
    check(json.loads(log.read_text().splitlines()[-1])["steps"] == told["step"], "its log is finished")
    viewer.say({"do": "restart", "seed": 3})
    viewer.wait("status", lambda status: status["run"] == 1 and status["state"] == "running" and status["step"] > 3)
    check(viewer.wait("status")["fault"] is None, "another run has no fault")
    client = izhi_wire.Client(where)
    check(client.seed == 3, "programs come into the new run")
    client.input().current("a", -100000.0).send()
    viewer.wait("status", lambda status: status["run"] == 1 and status["state"] == "failed")
    code, out, err = server.finish(INTERRUPT)
    check(code == 1 and out.count("restart it on the page") == 2, f"the end: {code} {out}")
    check(out.count("spike hash   ") == 2 and out.count(" --replay ") == 2, f"results so far: {out}")
    check(err.count("left the range of single precision") == 2, f"the complaint: {err}")
    server = Server(izhi, network, "--io", where, "--page", "--duration", "60min")
    client = izhi_wire.Client(where)  # its currents end with it
    client.input().current("a", -100000.0).send()
    code, out, err = server.finish(None)
    check(code == 1 and "left the range" in err and "restart" not in out, f"one with a duration ends: {code} {out} {err}")


server = Server(izhi, "cortex-1k")
for test in (files_are_served, strangers_are_turned_away, malformed_requests_end, watching_without_token, wrong_tokens,
             run_is_controlled, neurons_are_watched, everybody_sees_the_same, hostile_messages, floods_are_dropped,
             many_connections, restarts):
    test(server)
    check(server.alive(), f"alive after {test.__name__}")
code, out, err = server.finish(INTERRUPT)
check(code == 130, f"Ctrl-C is {code}: {out} {err}")
for test in (slow_viewers_lose_frames, other_machines_need_the_token, logs_replay, checkpoints_go_on,
             every_model_has_its_peak, programs_and_the_page_at_once, lockstep_under_the_page,
             failed_runs_are_told):
    test()
sys.exit(failures > 0)
