"""Real name servers that serve a folder of zones, each a process of its own that ends with its test.

    with NameServer("knot", Path("out/dns"), "192.0.2.53", work) as server:      knotd, with out/dns/knot.conf in its configuration
        server.ask("cart.shop.svc.cluster.local", "A")   ->  dns.message.Message

A server is told of the zones by the very file that svcc wrote for it. It listens on one address, port 53, in the network namespace
of the thread, or in the one that is named.
"""

import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.exception
import dns.message
import dns.query

SECONDS = 20
"""No server takes longer to start or to end."""
_POLL = 0.02

CONFIGURATIONS = {
    "bind": """\
options {{
    directory "{zones}"; listen-on {{ {four}; }}; listen-on-v6 {{ {six}; }}; pid-file none; recursion no; notify no;
    managed-keys-directory "{work}"; session-keyfile none; empty-zones-enable no; dnssec-validation no; allow-query {{ any; }};
}};
controls {{}};
include "{zones}/named.conf";
""",
    "knot": """\
server:
    rundir: "{work}"
    listen: "{address}@53"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{work}"
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "{zones}"
include: "{zones}/knot.conf"
""",
    "nsd": """\
server:
    server-count: 1
    ip-address: {address}
    username: ""
    chroot: ""
    database: ""
    pidfile: "{work}/nsd.pid"
    xfrdfile: "{work}/xfrd.state"
    xfrdir: "{work}"
    zonelistfile: "{work}/zone.list"
    zonesdir: "{zones}"
remote-control:
    control-enable: no
include: "{zones}/nsd.conf"
""",
}
COMMANDS = {
    "bind": ("named", "-g", "-n", "1", "-c"),
    "knot": ("knotd", "-c"),
    "nsd": ("nsd", "-d", "-c"),
}
KINDS = tuple(COMMANDS)


class NameServer:
    """One name server between entry and exit; `kind` is bind, knot or nsd."""

    def __init__(self, kind: str, zones: Path, address: str, work: Path, *, netns: str = "") -> None:
        work.mkdir(parents=True, exist_ok=True)
        self.kind = kind
        self.address = address
        self._log = work / f"{kind}.log"
        six = ":" in address
        words = {"four": "none" if six else address, "six": address if six else "none"}
        path = work / f"{kind}.conf"
        path.write_text(CONFIGURATIONS[kind].format(zones=zones.resolve(), work=work, address=address, **words))
        inside = ("ip", "netns", "exec", netns) if netns else ()
        self._command = (*inside, *COMMANDS[kind], str(path))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(SECONDS)

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return self._log.read_text(errors="replace")

    def wait(self, zone: str) -> None:
        """Wait until the server answers for a zone; the thread is where it can be asked."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            assert self._process is not None
            assert self._process.poll() is None, f"{self.kind} ended: {self.log}"
            try:
                answer = dns.query.udp(dns.message.make_query(zone, "SOA"), self.address, timeout=0.5)
            except (OSError, dns.exception.Timeout):
                answer = None
            if answer is not None and answer.answer:
                return
            time.sleep(_POLL)
        raise AssertionError(f"{self.kind} does not answer for {zone}: {self.log}")

    def ask(self, name: str, kind: str, *, tcp: bool = False) -> dns.message.Message:
        """Ask one question, by TCP or by UDP, and return the answer."""
        send = dns.query.tcp if tcp else dns.query.udp
        return send(dns.message.make_query(name, kind), self.address, timeout=SECONDS)
