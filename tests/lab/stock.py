"""Put what svcc compiles for IPVS on the node of a lab with the tools that every Debian has, and nothing of svcc.

    Stock(lab).load(made)      sysctl -p, nft -f, ipvsadm -R, ip -batch, each with the file that `svcc compile -o DIR` has for it

Each load replaces the one before, as far as that differs: `ipvsadm -C` first, and svcc0 is made anew.
"""

from collections.abc import Mapping
from typing import NamedTuple

from svcc.emit.ipvs.ruleset import INTERFACE, IpvsState
from svcc.emit.ipvs.text import parse
from tests.flow.table import Row
from tests.lab.namespaces import NODE, Lab

SETTINGS, COMPANION, SERVICES, ADDRESSES = (
    *("sysctl.d/90-svcc.conf", "ipvs/companion.nft"),
    *("ipvs/services.ipvsadm", "ipvs/addresses"),
)


class Made(NamedTuple):
    """What svcc compiles for one node: the files, by their paths, and the state that they are to bring about."""

    files: Mapping[str, str]
    state: IpvsState
    rows: tuple[Row, ...] = ()
    """The probes about it."""


class Stock:
    """The node of a lab, and what stands on it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._there: dict[str, str] = {}

    def load(self, made: Made) -> None:
        """Put everything on the node, in the order in which nothing is answered before it is whole."""
        there, self._there = self._there, {}
        fresh = {path for path, text in made.files.items() if there.get(path) != text}
        if SERVICES in fresh:
            self.lab.run(NODE, "ipvsadm", "-C")
        if ADDRESSES in fresh and ADDRESSES in there:
            self.lab.run(NODE, "ip", "link", "delete", INTERFACE)
        for path, tool in (
            (SETTINGS, ("sysctl", "-q", "-p", "-")),
            (COMPANION, ("nft", "-f", "-")),
            (SERVICES, ("ipvsadm", "-R")),
            (ADDRESSES, ("ip", "-batch", "-")),
        ):
            if path in fresh:
                self.lab.run(NODE, *tool, text=made.files[path])
        self._there = dict(made.files)

    def clear(self) -> None:
        """Leave nothing on the node."""
        self._there = {}
        self.lab.run(NODE, "ipvsadm", "-C")
        self.lab.run(NODE, "nft", "flush", "ruleset")
        if f" {INTERFACE}:" in self.lab.run(NODE, "ip", "-oneline", "link"):
            self.lab.run(NODE, "ip", "link", "delete", INTERFACE)

    def held(self) -> IpvsState:
        """Return the virtual and real servers that the node has."""
        return parse(self.lab.run(NODE, "ipvsadm", "-Sn"))
