"""Requests that go on and on while something else happens, and connections that stay open, from a process of their own.

    with Traffic(lab, [Target("cart", Request("c", …))], [Listen("l1", 8080)], [Request("c", …, 7)]) as traffic:
        … change the rules
    traffic.calls    ->  [Call(target=0, start=812.31, end=812.32, result=Answer(…), tries=1), …]
    traffic.broken   ->  ()     the long connections that ended, or whose answers stopped

Times are seconds of the monotonic clock, which all processes of a machine share. A datagram that nobody answers within a second is sent once
more, from another port. The servers answer in the same process, so that nothing of the test's own work delays them.
"""

import contextlib
import itertools
import json
import multiprocessing
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from types import TracebackType
from typing import NamedTuple, Self

from tests.lab.namespaces import Lab
from tests.lab.requests import DATAGRAMS, Answer, Request, Result, Silence, heard, open_request
from tests.lab.servers import Listen, Servers

ECHO = 7
"""The port on which every server's namespace says back what it hears."""
PATIENCE = {"TCP": 6.0, "UDP": 1.0}
TRIES = {"TCP": 1, "UDP": 2}
PAUSE = 0.02
"""Seconds between the end of a call and the next one to the same target, unless somebody wants others."""
_BEAT = 0.1
_SILENT = 5.0


class Target(NamedTuple):
    """What is called again and again; `service` is whose endpoints may answer."""

    service: str
    request: Request


class Call(NamedTuple):
    """One call that has ended."""

    target: int
    start: float
    end: float
    result: Result
    tries: int


class Traffic:
    """Everything that goes on between entry and exit."""

    def __init__(
        self,
        lab: Lab,
        targets: Sequence[Target],
        listen: Sequence[Listen],
        connections: Sequence[Request] = (),
        pause: float = PAUSE,
    ) -> None:
        self.targets = tuple(targets)
        self.calls: tuple[Call, ...] = ()
        self.broken: tuple[str, ...] = ()
        fork = multiprocessing.get_context("fork")
        self._ours, theirs = fork.Pipe()
        work = (lab, self.targets, tuple(listen), tuple(connections), pause, theirs)
        self._process = fork.Process(target=_go_on, args=work, daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        assert self._ours.poll(20), "the traffic did not start"
        assert "ready" == self._ours.recv()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ours.send("stop")
        if self._ours.poll(30):
            self.calls, self.broken = self._ours.recv()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()


class _Waiting(NamedTuple):
    """A call under way."""

    target: int
    socket: socket.socket
    start: float
    until: float
    tries: int


def _go_on(
    lab: Lab,
    targets: Sequence[Target],
    listen: Sequence[Listen],
    long: Sequence[Request],
    pause: float,
    pipe: Connection,
) -> None:
    stopping = threading.Event()
    pods = sorted({one.namespace for one in listen})
    echoes = [
        threading.Thread(target=_echo, args=(lab, name, family), daemon=True)
        for name in pods
        for family in (socket.AF_INET, socket.AF_INET6)
    ]
    with Servers(lab, listen):
        for one in echoes:
            one.start()
        broken: list[str] = []
        talks = [threading.Thread(target=_talk, args=(lab, one, stopping, broken), daemon=True) for one in long]
        time.sleep(0.2)
        for one in talks:
            one.start()
        pipe.send("ready")
        calls = _call(lab, targets, pause, pipe)
        stopping.set()
        for one in talks:
            one.join(_SILENT + 1)
    pipe.send((tuple(calls), tuple(broken)))


def _call(lab: Lab, targets: Sequence[Target], pause: float, pipe: Connection) -> list[Call]:
    """Call every target until somebody says stop, then wait for the calls under way."""
    calls: list[Call] = []
    due = [(time.monotonic(), index, 1, 0.0) for index in range(len(targets))]
    stopped = False
    own_ports = itertools.cycle(DATAGRAMS)
    with selectors.DefaultSelector() as selector:
        while due or selector.get_map():
            stopped = stopped or pipe.poll()
            now = time.monotonic()
            due, ready = [one for one in due if one[0] > now], [one for one in due if one[0] <= now]
            for _, index, tries, start in ready:
                if stopped and tries == 1:
                    continue
                request = targets[index].request
                if request.protocol == "UDP":
                    request = request._replace(own_port=next(own_ports))
                opened = open_request(lab, request)
                begun = start if tries > 1 else now
                if isinstance(opened, Silence):
                    calls.append(Call(index, begun, now, opened, tries))
                    due.append((now + pause, index, 1, 0.0))
                else:
                    waiting = _Waiting(index, opened, begun, now + PATIENCE[request.protocol], tries)
                    selector.register(opened, selectors.EVENT_READ, waiting)
            for key, _ in selector.select(0.005):
                result = heard(key.data.socket)
                if result is not None:
                    _end(selector, key.data, result, pause, (calls, due))
            now = time.monotonic()
            for key in tuple(selector.get_map().values()):
                waiting = key.data
                if waiting.until <= now:
                    again = waiting.tries < TRIES[targets[waiting.target].request.protocol]
                    _end(selector, waiting, None if again else Silence.DROPPED, pause, (calls, due))
    return calls


Due = list[tuple[float, int, int, float]]


def _end(
    selector: selectors.BaseSelector, one: _Waiting, result: Result | None, pause: float, lists: tuple[list[Call], Due]
) -> None:
    """Note what became of a call; one without a result is tried again."""
    calls, due = lists
    selector.unregister(one.socket)
    one.socket.close()
    now = time.monotonic()
    if result is None:
        due.append((now, one.target, one.tries + 1, one.start))
    else:
        calls.append(Call(one.target, one.start, now, result, one.tries))
        due.append((now + pause, one.target, 1, 0.0))


def _echo(lab: Lab, name: str, family: int) -> None:
    listening = lab.socket(name, family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listening.bind(("", ECHO))
    listening.listen()
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=_say_back, args=(connection,), daemon=True).start()


def _say_back(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while said := connection.recv(64):
            connection.sendall(said)


def _talk(lab: Lab, request: Request, stopping: threading.Event, broken: list[str]) -> None:
    """Keep one connection open and send something over it ten times a second."""
    name = json.dumps(request)
    try:
        made = lab.socket(
            request.namespace, socket.AF_INET6 if ":" in request.to else socket.AF_INET, socket.SOCK_STREAM
        )
        with made:
            made.settimeout(_SILENT)
            made.bind((request.source, 0))
            made.connect((request.to, request.port))
            while not stopping.wait(_BEAT):
                made.sendall(b"beat")
                if made.recv(64) == b"":
                    broken.append(f"{name}: it was ended")
                    return
    except OSError as problem:
        broken.append(f"{name}: {problem}")


def answered(calls: Sequence[Call]) -> list[Call]:
    """Return the calls that somebody answered."""
    return [one for one in calls if isinstance(one.result, Answer)]
