#!/usr/bin/env bash
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
# izhi serve --io with the Python client: what it tells, what is sent in, hostile messages, lockstep, the pole.
. "$(dirname "${BASH_SOURCE[0]}")/support.bash"
export PYTHONPATH=$source_top/engine/wire PYTHONDONTWRITEBYTECODE=1
small_network net.toml

# Refused, with one line and nothing opened
refused "--io is '70000'" serve net.toml --io 70000
refused "PORT, ADDRESS:PORT" serve net.toml --io localhost
refused "numeric IPv4 or IPv6" serve net.toml --io localhost:0
refused "--io-token" serve net.toml --io 0.0.0.0:0
refused "16 to 64" serve net.toml --io 0 --io-token short
refused "two UDP ports" serve net.toml --io 0 --io 1
refused "not a socket" serve net.toml --io unix:net.toml
refused "needs --io" serve net.toml --io-lockstep
refused "the clients set the pace" serve net.toml --io 0 --io-lockstep --speed 2
refused "--page needs --io" serve net.toml --page
refused "--io-timeout needs --io-lockstep" serve net.toml --io 0 --io-timeout 1s
refused "--port is for the page" serve net.toml --io 0 --port 0
refused "--json is for programs without the page" serve net.toml --io 0 --page --json
refused "nowhere" serve net.toml --io 0 --log nowhere/log
refused "--io cannot be used: unix:nowhere/socket: No such file" serve net.toml --io unix:nowhere/socket
refused "--io cannot be used: UDP 203.0.113.1 port 0" serve net.toml --io 203.0.113.1:0 --io-token correct-horse-battery
cat >port.py <<'PYTHON'
import socket, sys, time
taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taken.bind(("127.0.0.1", 0))
print(taken.getsockname()[1], flush=True)
time.sleep(600)
PYTHON
"$python" port.py >"$logs/port" &
holder=$!
while [ ! -s "$logs/port" ] && kill -0 "$holder" 2>/dev/null; do sleep 0.02; done
refused "a free port" serve net.toml --io "$(cat "$logs/port")"
kill "$holder"

# served PYTHON_FILE OPTION...: a server of $network (net.toml) in the background; the program gets its addresses and must succeed. Then SIGINT.
served() {
    local program=$1
    shift
    local served_network=${network:-net.toml}
    what="izhi serve $served_network $*"
    : >"$logs/err"
    "$izhi" serve "$served_network" "$@" --json >"$logs/out" 2>"$logs/err" </dev/null &
    server=$!
    local wanted
    wanted=$(grep -o -- '--io ' <<<"$* " | wc -l)
    while [ "$(grep -c '^io: ' "$logs/err")" -lt "$wanted" ] && kill -0 "$server" 2>/dev/null; do sleep 0.02; done
    # shellcheck disable=SC2046
    "$python" "$program" $(sed -n 's/^io: \([^ ]*\).*/\1/p' "$logs/err") >"$logs/client" 2>&1 ||
        fail "$what: $(cat "$logs/client")"
    # One with a duration ends by itself.
    case " $* " in
        *" --duration "*) expected=0 ;;
        *) expected=130 && kill -INT "$server" ;;
    esac
    wait "$server"
    code=$?
    out=$(cat "$logs/out")
    err=$(cat "$logs/err")
    expect_code "$expected"
}

cat >talk.py <<'PYTHON'
import sys, time, izhi_wire
for where in sys.argv[1:]:
    with izhi_wire.Client(where) as client:
        assert client.name == "small" and client.neurons == 100 and client.dt_ms == 1.0 and client.seed == 3
        assert client.populations == [("exc", 0, 80), ("inh", 80, 20)] and not client.lockstep
        client.subscribe(spikes=["inh"], rates_interval=50)
        rates, last, steps, forced = [], None, 0, 0
        client.input().current("exc", 20.0, hold=100000).send()
        while len(rates) < 4:
            event = client.receive(timeout=20)
            if isinstance(event, izhi_wire.Spikes):
                assert all(80 <= n < 100 for n in event.neurons) and list(event.neurons) == sorted(event.neurons)
                last = event.step
                steps += 1
                forced += 85 in event.neurons
                if steps % 20 == 0:
                    client.input().spikes([85]).send()
            else:
                assert event.interval == 50 and event.step % 50 == 0 and len(event.spikes) == 2
                rates.append(event.spikes[0])
        assert steps > 100 and forced >= steps // 20 - 2, (steps, forced)
        assert sum(rates[2:]) > 80, rates           # 20 mV/ms make every excitatory neuron fire
        client.input(last - 50).current("exc", 1.0).send()
        client.input(last + 10**6).spikes([1]).send()
        client.input().current("inh", float("nan")).current("inh", 1.0, first=20).send()
        for _ in range(2000):  # until the engine has taken them
            time.sleep(0.01)
            own, _ = client.statistics()
            if own["late"] and own["early"]:
                break
        assert own["late"] == 1 and own["early"] == 1 and own["out_of_range"] == 2, own
        assert own["received"] == own["accepted"] and own["applied"] > 1
        assert 0 < client.ping() < 20
        given = client.input()
        for wrong, says in ((lambda: client.population("nobody"), "it has exc, inh"),
                            (lambda: client.subscribe(lockstep=True), "--io-lockstep"),
                            (lambda: client.subscribe(spikes=[-1]), "is -1; allowed: an integer from 0"),
                            (lambda: client.subscribe(rates_interval=0.5), "rates_interval is 0.5; allowed"),
                            (lambda: client.input(-1), "step is -1; allowed"),
                            (lambda: given.spikes([1, -1]), "is -1; allowed"),
                            (lambda: given.spikes([2**32]), "is 4294967296; allowed"),
                            (lambda: given.current("exc", 1.0, hold=-1), "hold is -1; allowed"),
                            (lambda: given.current("exc", "much"), "amplitude is 'much'; allowed"),
                            (lambda: given.current("exc", 1e300), "amplitude is 1e+300; allowed"),
                            (lambda: given.rates("eye", 1.0), "it has exc, inh"),
                            (lambda: given.rates("exc", "much"), "a rate is 'm'; allowed"),
                            (lambda: given.rates("exc", [1.0, None]), "a rate is None; allowed"),
                            (lambda: given.rates("exc", 1e300), "a rate is 1e+300; allowed"),
                            (lambda: given.rates("exc", [1.0, 2.0], count=3), "count is 3; allowed: 2"),
                            (lambda: given.rates("exc", 1.0, first=-1), "first is -1; allowed"),
                            (lambda: given.rates("exc", 1.0, hold=0.5), "hold is 0.5; allowed"),
                            *((lambda where=where: izhi_wire.Client(where), "ADDRESS:PORT")
                              for where in ("foo", "127.0.0.1:0", "127.0.0.1:http", "[::1]", ""))):
            try:
                wrong()
                raise SystemExit(f"not refused: {says}")
            except izhi_wire.Error as error:
                assert says in str(error), (says, str(error))
PYTHON
served talk.py --io 0 --io unix:socket
[ ! -e socket ] || fail "$what: left its socket behind"
expect_json 'r["io"]["received"] == r["io"]["accepted"] > 20 and r["io"]["late"] == 2 and r["io"]["out_of_range"] == 4'
expect_json 'r["io"]["steps_lost"] == 0 and r["stopped"] is True and "missed" in r["realtime"]'
# Without a duration none was asked for, and none is told
timeout -s INT 1 "$izhi" serve net.toml --io 0 >"$logs/out" 2>"$logs/err"
what="izhi serve net.toml --io 0, interrupted"
grep -qE '^  duration +[^ ]+ m?s, then interrupted \(' "$logs/out" || fail "$what: $(cat "$logs/out" "$logs/err")"
served talk.py --io [::1]:0
expect_err "[::1]:"

# What hostile messages do: nothing but numbers, while a client is served
cat >hostile.py <<'PYTHON'
import random, socket, struct, sys, izhi_wire
random.seed(1)
address, _, port = sys.argv[1].rpartition(":")
client = izhi_wire.Client(sys.argv[1])
client.subscribe(spikes=["exc"])
hostile = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
hostile.connect((address, int(port)))
hostile.settimeout(0.05)
header = struct.Struct("<4sBBHQIIQ")
said = 0
for turn in range(3000):
    body = random.randbytes(random.randrange(1400))
    kind = turn % 5
    if kind == 1:  # a sound header, a payload of chance
        body = header.pack(b"IZHW", 1, random.choice([1, 2, 3, 4, 5, 6, 7]), 0, random.getrandbits(64), turn, len(body), 5) + body
    elif kind == 2:  # another version
        body = header.pack(b"IZHW", 2, 5, 0, 0, 0, len(body), 0) + body
    elif kind == 3:
        body = bytes(random.randrange(32769, 60000))
    elif kind == 4:  # whole messages, of no session
        body = header.pack(b"IZHW", 1, 5, 0, random.getrandbits(64), turn, 8, 0) + bytes(8)
    hostile.send(body)
    said += len(body)
    if turn % 50 == 49:
        client.statistics()  # and give the server its turn
heard = 0
try:
    while True:
        heard += len(hostile.recv(65536))
except TimeoutError:
    pass
assert heard == 0, heard
own, server = client.statistics()
print(server)
assert server["version"] == 600 and server["oversized"] == 600 and server["no_session"] >= 600
assert server["malformed"] >= 600 and own["malformed"] == own["no_session"] == 0
dropped = ("malformed", "version", "oversized", "no_session", "bad_cookie", "refused", "repeated")
assert server["received"] == server["accepted"] + sum(server[reason] for reason in dropped)
assert client.receive(timeout=20).step > 0
client.close()
PYTHON
served hostile.py --io 127.0.0.1:0
expect_json 'r["io"]["steps_lost"] == 0 and r["io"]["malformed"] >= 600'

# A token from a file or the environment does not show among the arguments
echo short >token
refused "has 5 characters" serve net.toml --io 0 --io-token-file token
export IZHI_IO_TOKEN=brief
refused "has 5 characters" serve net.toml --io 0
unset IZHI_IO_TOKEN
rm token

# A token: who does not know it is refused
cat >token.py <<'PYTHON'
import sys, izhi_wire
izhi_wire.Client(sys.argv[1], token="correct-horse-battery").close()
for token in ("", "correct-horse-batterx"):
    try:
        izhi_wire.Client(sys.argv[1], token=token)
        raise SystemExit("let in")
    except izhi_wire.Error as error:
        assert "token" in str(error), error
PYTHON
served token.py --io 0 --io-token correct-horse-battery
expect_json 'r["io"]["refused"] == 2'

# A neuron that leaves the range of single precision: a client in lockstep hears of it, the log is finished
printf '[population.a]\nsize = 5\n' >calm.toml
cat >fails.py <<'PYTHON'
import sys, izhi_wire
client = izhi_wire.Client(sys.argv[1])
client.subscribe(lockstep=True)
try:
    client.input().current("a", -100000.0).send()
    for step in range(10000):
        client.step()
    raise SystemExit("it went on")
except izhi_wire.Error as error:
    assert "single precision" in str(error), error
PYTHON
"$izhi" serve calm.toml --io unix:socket --io-lockstep --log calm.log --json >"$logs/out" 2>"$logs/err" </dev/null &
server=$!
what="izhi serve calm.toml --io-lockstep"
while ! grep -q '^io: ' "$logs/err" && kill -0 "$server" 2>/dev/null; do sleep 0.02; done
"$python" fails.py unix:socket >"$logs/client" 2>&1 || fail "$what: $(cat "$logs/client")"
wait "$server"
code=$?
out=$(cat "$logs/out")
err=$(cat "$logs/err")
expect_code 1
expect_err "left the range of single precision"
expect_json 'r["steps"] > 0 and r["io"]["received"] > 0'
tail -n 1 calm.log | grep -q '^{"steps":' || fail "$what: its log is not finished: $(cat calm.log)"

# Lockstep: the network waits, and a run is the same every time, on one thread and on two
cat >lockstep.py <<'PYTHON'
import sys, izhi_wire
with izhi_wire.Client(sys.argv[1]) as client:
    assert client.lockstep and client.subscribe(everyone=True, lockstep=True) == 0
    count = 0
    for step in range(500):
        given = client.input().current("exc", 3.0 + (count % 7)).spikes([step % 100])
        spikes = client.step(given)
        assert spikes.step == step + 1 and step % 100 in spikes.neurons and spikes.complete
        count += len(spikes.neurons)
print(count)
PYTHON
hashes=
for threads in 1 2 1; do
    served lockstep.py --io unix:lockstep --io-lockstep --io-timeout 60s --threads "$threads" --duration 500ms --log log
    expect_json 'r["steps"] == 500 and r["io"]["go_timeouts"] == 0 and r["io"]["late"] == 0'
    hashes="$hashes $(json 'r["spike_hash"]')"
done
# shellcheck disable=SC2086
[ -n "$hashes" ] && [ "$(printf '%s\n' $hashes | sort -u | wc -l)" = 1 ] || fail "lockstep: runs differ: $hashes"

# What clients did is in the log, and the log gives the same spikes without them
run run net.toml --replay log --json
expect_code 0
expect_json "r['steps'] == 500 and r['spike_hash'] == '${hashes##* }'"

# Rates of sources: each acts in its step, ends with its hold or its client, and is in the log. A current into sources is counted
cat >seeing.toml <<'TOML'
[network]
name = "seeing"
seed = 3
[population.eye]
size = 1000
model = "poisson"
rate_hz = 0.0
[population.cells]
size = 50
[projection.out]
source = "eye"
target = "cells"
rule = "fixed-outdegree"
outdegree = 10
weight = 3.0
TOML
cat >rates.py <<'PYTHON'
import sys, izhi_wire
with izhi_wire.Client(sys.argv[1]) as client:
    client.subscribe(spikes=["eye", "cells"], lockstep=True)
    def eye(given=None):
        return [n for n in client.step(given).neurons if n < 1000]
    every = 1000.0 / client.dt_ms
    assert eye() == []
    assert eye(client.input().rates("eye", every, first=3, count=2)) == [3, 4]
    assert eye() == [3, 4]
    assert eye(client.input().rates("eye", (0, every, 0.0), first=2)) == [3]
    assert eye(client.input().rates(0, [every] * 2, first=998, hold=2)) == [3, 998, 999]
    assert eye() == [3, 998, 999] and eye() == [3]
    # More than one message holds, and a number for all
    assert eye(client.input().rates("eye", [every * (n % 2) for n in range(1000)])) == list(range(1, 1000, 2))
    assert eye(client.input().rates("eye", every)) == list(range(1000))
    some = [len(eye(client.input().rates("eye", 100.0))) for _ in range(100)]
    assert 9000 < sum(some) < 11000, sum(some)
    client.input().rates("eye", [1.0, -1.0, float("nan"), every + 1]).rates("eye", [1.0] * 3, first=998).rates(
        "cells", 1.0).current("eye", 1.0).current("cells", 0.5).send()
    client.step()
    own, _ = client.statistics()
    assert own["out_of_range"] == 8 and own["late"] == own["early"] == own["no_room"] == 0, own
with izhi_wire.Client(sys.argv[1]) as client:
    client.subscribe(everyone=True, lockstep=True)
    while True:  # until the rates of the last client are over
        spikes = client.step()
        if all(n >= 1000 for n in spikes.neurons):
            break
    for _ in range(5):
        assert all(n >= 1000 for n in client.step(client.input().rates("eye", 0.0, first=500)).neurons)
PYTHON
"$izhi" check seeing.toml >"$logs/out" 2>&1 || fail "izhi check seeing.toml: $(cat "$logs/out")"
network=seeing.toml served rates.py --io unix:rates --io-lockstep --io-timeout 60s --log rates-log
expect_json 'r["io"]["out_of_range"] == 8 and r["io"]["late"] == 0'
steps=$(json 'r["steps"]')
hash=$(json 'r["spike_hash"]')
grep -q '"kind":"source-rates","population":"eye","first":3,"rates_hz":\[1000.0,1000.0\]' rates-log ||
    fail "$what: the log lacks the rates: $(cut -c 1-200 rates-log)"
run run seeing.toml --replay rates-log --json
expect_code 0
expect_json "r['steps'] == $steps and r['spike_hash'] == '$hash'"
grep -v source-rates rates-log >no-rates-log
run run seeing.toml --replay no-rates-log --json
expect_code 1

# Saved in the middle: what clients had done is in the state, and with the log the rest of it is done again
served lockstep.py --io unix:lockstep --io-lockstep --io-timeout 60s --duration 500ms --log log-2 \
    --checkpoint every=70ms,dir=served,keep=9
expect_json "r['spike_hash'] == '${hashes##* }' and r['checkpoints']['last'] == 'served/checkpoint-500.izhi'"
expect_json "r['checkpoints']['written'] + r['checkpoints']['left_out'] == 8"
run resume served/checkpoint-70.izhi --replay log-2 --checkpoint every=1s,dir=again --json
expect_code 0
expect_json "r['steps'] == 500 and r['resumed_at_step'] == 70 and r['spike_hash'] == '${hashes##* }'"
[ "$(state_of again/checkpoint-500.izhi)" = "$(state_of served/checkpoint-500.izhi)" ] || fail "$what: another state"
run resume served/checkpoint-70.izhi --checkpoint every=1s,dir=alone --json
expect_code 0
expect_json "r['steps'] == 500 and r['spike_hash'] != '${hashes##* }'"
sed 2,5d log-2 >other-log
refused "interventions by step 70; allowed: the log of that run" resume served/checkpoint-70.izhi --replay other-log
cat >silent.py <<'PYTHON'
import sys, izhi_wire
with izhi_wire.Client(sys.argv[1]) as client:
    client.subscribe(lockstep=True)
    for step in range(5):
        assert client.receive(timeout=20).step == step + 1
    own, _ = client.statistics()
    assert own["go_timeouts"] >= 5, own
PYTHON
served silent.py --io unix:silent --io-lockstep --io-timeout 10ms --checkpoint every=1s,dir=endless --log endless-log
endless=$(json 'r["checkpoints"]["last"]')
refused "the run was to last until it was stopped; allowed: --duration, or --replay with its log" resume "$endless"
refused "the run is complete; allowed: --duration above" resume endless --replay endless-log --realtime
run resume "$endless" --duration 1min --json
expect_code 0
expect_json 'r["steps"] == 60000'

# A client that does not answer in time holds nobody up for ever
served silent.py --io unix:silent --io-lockstep --io-timeout 10ms

# The pole: balanced by the network, and the same every time; fallen without it or without its senses
pole() {
    what="pole.py $*"
    env -u PYTHONPATH "$python" "$source_top/apps/examples/pole/pole.py" --izhi "$izhi" --json "$@" >"$logs/out" 2>"$logs/err" ||
        fail "$what: $(cat "$logs/err")"
    out=$(cat "$logs/out")
}
pole --seconds 10
expect_json 'r["balanced_s"] == 10 and r["fallen"] is False and r["angle_rms_deg"] < 3'
trajectory=$(json 'r["trajectory"]')
pole --seconds 10
expect_json "r['trajectory'] == '$trajectory'"
pole --controller none
expect_json 'r["fallen"] is True and r["balanced_s"] < 1'
pole --controller cut
expect_json 'r["fallen"] is True and r["balanced_s"] < 3'

# pole_refused TEXT ARGUMENT...: exit code 2 and one line that holds TEXT
pole_refused() {
    local text=$1
    shift
    env -u PYTHONPATH "$python" "$source_top/apps/examples/pole/pole.py" "$@" >"$logs/out" 2>"$logs/err"
    code=$?
    err=$(cat "$logs/err")
    what="pole.py $*"
    expect_code 2
    expect_err "$text"
    expect_silent_out
    [ "$(wc -l <"$logs/err")" = 1 ] || fail "$what: not one line of complaint: $err"
}
for seconds in -5 0 nan inf; do pole_refused "--seconds is $seconds; allowed: 0.001 to" --seconds="$seconds"; done
pole_refused "--seconds" --seconds long
pole_refused "--izhi is '/nope', which does not exist" --izhi /nope
pole_refused "--izhi is '$work/net.toml', which is not a program" --izhi "$work/net.toml"
printf '\0' >broken-program
chmod +x broken-program
pole_refused "cannot be run (Exec format error)" --izhi ./broken-program
pole_refused "--svg is 'nowhere/x.svg', which cannot be written" --izhi "$izhi" --svg nowhere/x.svg
pole_refused "--svg is '.', which cannot be written" --izhi "$izhi" --svg .
pole_refused "--controller does not go with --svg" --izhi "$izhi" --svg x.svg --controller cut
pole_refused "--realtime goes with the network" --realtime --controller linear
pole_refused "--connect goes with the network" --connect unix:x --controller none
finish
