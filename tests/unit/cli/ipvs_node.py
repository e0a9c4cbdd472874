"""The three of IPVS in memory, for tests of the order in which an apply changes them."""

from dataclasses import replace

import pytest

from svcc.apply import Opened, apply
from svcc.cli.ipvs_passes import back
from svcc.cli.live_ipvs import HeldIpvs
from svcc.config import Mode
from svcc.emit.nftables.ruleset import COMPANION
from svcc.kernel.base import KernelError
from svcc.kernel.dummy import Svcc0
from svcc.kernel.fake_ipvs import FakeIpvs, FakeSvcc0
from svcc.kernel.fake_nft import FakeNft
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.nftables import Nftables
from tests.lab.appliance import want
from tests.lab.worker import CONFIG
from tests.vm.cluster import cluster

WANTED = want(cluster(), CONFIG, Mode.IPVS).wanted
FRONT, INNER = sorted(one for one in WANTED.state.addresses if not one.startswith("169.254.")), "169.254."


class Node:
    """The three of IPVS in memory, and what was committed to them: `servers`, `companion`, and addresses one by one."""

    def __init__(self):
        self.steps = []
        self.servers = FakeIpvs()
        self.links = FakeSvcc0(in_use=self.servers.in_use)
        self.nft = FakeNft()
        self.companion = Nftables(self.nft, table=COMPANION)
        for name in ("servers", "links", "companion"):
            self._watch(name, getattr(self, name))

    def _watch(self, name, subsystem):
        commit = subsystem.commit

        def committed(changes):
            commit(changes)
            lines = {line for one in changes for line in (one.after or one.before or ())}
            words = {"inner" if line.startswith(INNER) else "front" for line in lines} if name == "links" else {name}
            self.steps += sorted(words)

        subsystem.commit = committed

    def another_process(self):
        """Return the same node as a new process finds it: its own are servers that were wanted, and those at addresses of svcc0."""
        node, bound = Node(), frozenset(self.links.tools.held or ())
        node.servers = Ipvs(lambda at: at in WANTED.state.virtuals or at.address in bound, self.servers.tools)
        node.links = Svcc0(self.links.tools, node.servers.in_use)
        node.companion = Nftables(self.nft, table=COMPANION)
        return node

    def held(self):
        self.servers.forget()
        return HeldIpvs(
            self.servers, self.links, self.companion, self.servers.snapshot(), self.links.snapshot(), WANTED.inner
        )

    def befores(self):
        """Return what there is, the last subsystem first."""
        self.servers.forget()
        return [(one, one.snapshot()) for one in (self.links, self.companion, self.servers)]

    @property
    def state(self):
        (addresses, companion, servers) = (state for _, state in self.befores())
        return replace(servers, addresses=addresses.addresses or ()), companion

    def failed(self, parts):
        """Apply, fail at the end, and return the steps of the way back."""

        def seal(_):
            self.steps.clear()
            raise KernelError("no")

        with pytest.raises(KernelError, match="no"):
            apply("x", lambda: Opened(parts, back=back, seal=seal))
        return self.steps
