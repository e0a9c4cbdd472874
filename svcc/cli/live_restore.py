"""What an apply wanted, as a text that outlives a boot, and what `svcc restore` makes of it.

    LastApplied("nftables", None, {"net.ipv4.ip_forward": "1"}, NftState(…)).text()
        ->  {"svcc": "0.1.0", "mode": "nftables", "backend": null, "settings": {…}, "ipvs": null}
            eNqrVkrOz0lVslJQ…     the states that its subsystems should have, as `written` writes them, and at last where flows may lead
    read(text)      ->  the same LastApplied
    flows_of(text)  ->  Flows, to delete those that are stale by it

Nothing else is needed to put it back: no manifests, no network, no name of this node.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from svcc import __version__
from svcc.cli import last_flows
from svcc.cli.flows import Flows
from svcc.cli.live import Wanted
from svcc.cli.live_ipvs import WantedIpvs
from svcc.config import Mode
from svcc.emit.nftables.ruleset import COMPANION
from svcc.graph.nodes import Host
from svcc.kernel import journal, written
from svcc.kernel.backend import Backend
from svcc.kernel.base import Denied
from svcc.kernel.dummy import Svcc0
from svcc.kernel.iptables import Iptables
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.nftables import Nftables
from svcc.net import parse_network
from svcc.plan.conntrack import Fronts
from svcc.plan.links import Dummy
from svcc.plan.nftables import NftState

_NO_FRONTS = Fronts({}, Host())


@dataclass(frozen=True, slots=True)
class LastApplied:
    """What an apply wanted; `settings` are all that it needs."""

    mode: str
    backend: Backend | None
    """Of iptables, where that is given something."""
    settings: Mapping[str, str]
    wanted: Wanted
    fronts: Fronts = _NO_FRONTS

    def text(self) -> str:
        """Return it as a text."""
        wanted, about = self.wanted, None
        if isinstance(wanted, WantedIpvs):
            about = {"settings": dict(wanted.settings), "inner": list(map(str, wanted.inner))}
        head = {
            "svcc": __version__,
            "mode": self.mode,
            "backend": None if self.backend is None else self.backend.value,
            "settings": dict(self.settings),
            "ipvs": about,
        }
        return f"{json.dumps(head)}\n{journal.pack([*self._states(), last_flows.write(self.fronts)])}\n"

    def _states(self) -> list[dict[str, Any]]:
        wanted = self.wanted
        if isinstance(wanted, NftState):
            return [written.write(Nftables(), wanted)]
        if isinstance(wanted, WantedIpvs):
            servers = written.write(Ipvs(lambda _: False), wanted.state)
            addresses = written.write(Svcc0(), Dummy(wanted.state.addresses))
            return [servers, addresses, written.write(Nftables(table=COMPANION), wanted.companion)]
        assert self.backend is not None, "bug in svcc: rules of iptables without a backend"
        return [written.write(Iptables(self.backend), wanted)]


def read(text: str) -> LastApplied:
    """Return what an apply wanted.

    Raises:
        Denied: the text is damaged.
    """
    head = head_of(text)
    try:
        *held, flows = journal.unpack(text.partition("\n")[2].strip())
        wanted = _wanted(head, dict(map(written.read, held)))
        return LastApplied(head.mode.value, head.backend, head.settings, wanted, last_flows.read(flows))
    except _DAMAGES:
        raise _damaged() from None


@dataclass(frozen=True, slots=True)
class Head:
    """What the first line says, which is read in no time."""

    mode: Mode
    backend: Backend | None
    settings: Mapping[str, str]
    ipvs: Any


def head_of(text: str) -> Head:
    """Return what the first line says of what an apply wanted.

    Raises:
        Denied: it is damaged.
    """
    try:
        head = json.loads(text.partition("\n")[0])
        backend = None if head["backend"] is None else Backend(head["backend"])
        settings = {str(key): str(value) for key, value in head["settings"].items()}
        return Head(Mode(head["mode"]), backend, settings, head["ipvs"])
    except _DAMAGES:
        raise _damaged() from None


_DAMAGES = (ValueError, KeyError, TypeError, AttributeError, zlib.error)


def _damaged() -> Denied:
    return Denied("what was applied last is damaged and cannot be put back", hint="`svcc apply` again")


def flows_of(text: str) -> Flows:
    """Return the flows to what is in the kernel again, or is to be: those that lead elsewhere are stale, since the rules of in between made them.

    None is, where the text is damaged: what only sweeps must stop nothing.
    """
    try:
        return Flows(last_flows.read(journal.unpack(text.partition("\n")[2].strip())[-1]))
    except (ValueError, KeyError, TypeError, IndexError, zlib.error):
        return Flows(_NO_FRONTS)


def _wanted(head: Head, states: Mapping[str, Any]) -> Wanted:
    mode, about, backend = head.mode, head.ipvs, head.backend
    if mode is Mode.NFTABLES:
        tables: NftState = states[f"{written.NFTABLES} svcc"]
        return tables
    if mode is Mode.IPVS:
        state = replace(states[written.IPVS], addresses=states[written.LINKS].addresses or ())
        inner = tuple(map(parse_network, about["inner"]))
        return WantedIpvs(state, states[f"{written.NFTABLES} {COMPANION}"], dict(about["settings"]), inner)
    if mode is not Mode.IPTABLES or backend is None:
        raise ValueError("rules of iptables without a backend, or of nobody")
    rulesets: Wanted = states[f"{written.IPTABLES} {backend.value}"]
    return rulesets
