"""A small cluster of network namespaces: clients, one node, pods, and the rest of the world.

    LAYOUT = Layout(node=("172.20.5.11",), hosts={"c": ("198.18.0.2",), "p1": ("10.128.7.21",)})
    with Lab(LAYOUT) as lab:          c ── veth ──┐
        lab.run("n", "ip", "addr")                n ── veth ── world (answers for every address that n has no route to)
        lab.socket("p1", AF_INET, …)  p1 ─ veth ──┘

Every host hangs on the node by its own veth pair and routes everything to it. The node's addresses are on a bridge that is
up, so that its own clients have a route; its default route leads to `world`, so a packet that nobody touched is seen to
arrive unchanged.

Facts (Linux 6.18):
- `setns` moves one thread; a socket stays in the namespace in which it was made.
- /proc/sys/net shows the namespace of the thread that opens the file.
- ICMP errors are limited globally (50 at once) and for each target: the masks take port-unreachable out of both limits.
- `accept_dad=0` must be set before a link is made; `nodad` on each address as well.
- IPv4 answers ARP for any local address on any link, IPv6 does not: gateways are fe80::1 on each link.
- `net.ipv4.ip_nonlocal_bind` stays 0; `world` uses transparent sockets to answer from addresses that it does not have.
"""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

NODE = "n"
WORLD = "w"
SECONDS = 30
"""No command of the lab may take longer."""

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_ANY_ADDRESS_IS_MINE = ("rule add iif eth0 lookup 100", "route add local default dev lo table 100")

_EVERYWHERE = {
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/ip_local_port_range": "33000 65000",
}
_ON_THE_NODE = {
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv4/icmp_ratemask": "0",
    "net/ipv6/icmp/ratelimit": "0",
    "net/ipv6/icmp/ratemask": "255",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
}


@dataclass(frozen=True)
class Layout:
    """The node's own addresses, and the addresses of each host by its name; both families together."""

    node: tuple[str, ...]
    hosts: Mapping[str, tuple[str, ...]]

    def owner(self, address: str) -> str | None:
        """Return the name of the namespace that holds an address."""
        if address in self.node or address in {"127.0.0.1", "::1"}:
            return NODE
        return next((name for name, held in self.hosts.items() if address in held), None)


class LabError(Exception):
    """The lab cannot be built here, or a command in it failed."""


class Lab:
    """The namespaces of one layout, made on entry and removed on exit. Names are unique to the process."""

    _made = 0

    def __init__(self, layout: Layout) -> None:
        Lab._made += 1
        self.layout = layout
        self.prefix = f"svcclab-{os.getpid()}-{Lab._made}-"
        self.names = (NODE, WORLD, *layout.hosts)
        self._descriptors: dict[str, int] = {}

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            raise LabError("network namespaces need root")
        if shutil.which("ip") is None:
            raise LabError("the ip command is missing: apt-get install iproute2")
        try:
            self._build()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.remove()

    def path(self, name: str) -> Path:
        """Return the file that holds a namespace open."""
        return Path("/run/netns") / self.netns(name)

    def netns(self, name: str) -> str:
        """Return the full name of a namespace, as `ip netns` and `svcc --netns` take it."""
        return self.prefix + name

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Move this thread into a namespace for a while."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _setns(self._descriptor(name))
            try:
                yield
            finally:
                _setns(home)
        finally:
            os.close(home)

    def _descriptor(self, name: str) -> int:
        """Return a namespace, opened once."""
        if name not in self._descriptors:
            self._descriptors[name] = os.open(self.path(name), os.O_RDONLY)
        return self._descriptors[name]

    def socket(self, name: str, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Return a new socket that lives in a namespace."""
        with self.inside(name):
            return socket.socket(family, kind, protocol)

    def sysctl(self, name: str, settings: Mapping[str, str]) -> None:
        """Write kernel settings in a namespace; keys are paths below /proc/sys."""
        with self.inside(name):
            for key, value in settings.items():
                Path("/proc/sys", key).write_text(value, encoding="ascii")

    def run(self, name: str, *command: str, text: str | None = None) -> str:
        """Run a command in a namespace and return what it printed.

        Raises:
            LabError: it failed; the message holds the command and its words.
        """
        return _run(("ip", "netns", "exec", self.netns(name), *command), text)

    def let_reach_for_loopback(self, name: str) -> None:
        """Let a host send the node packets for 127/8, as only an intruder would, instead of keeping them to itself."""
        gateway = next(one for one in self.layout.node if ":" not in one)
        self.sysctl(name, {"net/ipv4/conf/all/route_localnet": "1"})
        lines = ("addr del 127.0.0.1/8 dev lo", f"route add 127.0.0.0/8 via {gateway} dev eth0 onlink")
        _batch(("-n", self.netns(name)), lines)

    def remove(self) -> None:
        """Remove every namespace of this lab; those that are not there do not matter."""
        while self._descriptors:
            os.close(self._descriptors.popitem()[1])
        for name in self.names:
            if self.path(name).exists():
                subprocess.run(("ip", "netns", "del", self.netns(name)), check=False, timeout=SECONDS)

    def _build(self) -> None:
        _batch((), [f"netns add {self.netns(name)}" for name in self.names])
        for name in self.names:
            self.sysctl(name, _EVERYWHERE)
        self.sysctl(NODE, _ON_THE_NODE)
        _batch(("-n", self.netns(NODE)), self._node_lines())
        for name in (WORLD, *self.layout.hosts):
            _batch(("-n", self.netns(name)), self._host_lines(name))
        for family in ("-4", "-6"):
            _batch((family, "-n", self.netns(WORLD)), _ANY_ADDRESS_IS_MINE)

    def _node_lines(self) -> Iterator[str]:
        yield "link set lo up"
        yield "link add name br0 type bridge"
        yield "link set br0 up"
        for address in self.layout.node:
            yield f"addr add {_alone(address)} dev br0 {_nodad(address)}"
        for name, addresses in {WORLD: (), **self.layout.hosts}.items():
            yield f"link add v-{name} type veth peer name eth0 netns {self.netns(name)}"
            yield f"addr add fe80::1/64 dev v-{name} nodad"
            yield f"link set v-{name} up"
            for address in addresses:
                yield f"route add {_alone(address)} dev v-{name}"
        source = next(one for one in self.layout.node if ":" not in one)
        yield f"route add default via 169.254.0.2 dev v-{WORLD} onlink src {source}"
        six = next((one for one in self.layout.node if ":" in one), None)
        if six is not None:
            yield f"route add default via fe80::2 dev v-{WORLD} src {six}"

    def _host_lines(self, name: str) -> Iterator[str]:
        gateway = next(one for one in self.layout.node if ":" not in one)
        yield "link set lo up"
        for address in ("169.254.0.2", "fe80::2") if name == WORLD else self.layout.hosts[name]:
            length = "/64" if address.startswith("fe80") else _alone(address).removeprefix(address)
            yield f"addr add {address}{length} dev eth0 {_nodad(address)}"
        yield "link set eth0 up"
        yield f"route add default via {gateway} dev eth0 onlink"
        yield "route add default via fe80::1 dev eth0"


def _setns(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _alone(address: str) -> str:
    return f"{address}/128" if ":" in address else f"{address}/32"


def _nodad(address: str) -> str:
    return "nodad" if ":" in address else ""


def _batch(options: tuple[str, ...], lines: Iterable[str]) -> None:
    _run(("ip", *options, "-batch", "-"), "".join(f"{line}\n" for line in lines))


def _run(command: tuple[str, ...], text: str | None) -> str:
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False, timeout=SECONDS)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
