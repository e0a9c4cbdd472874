"""Find the stale flows of UDP and SCTP, and delete them after a commit; whatever goes wrong here is told, and stops nothing.

flows = Flows(fronts_of(compiled, Mode.NFTABLES))
flows.look()      ->  what is stale now
flows.await_end() before a commit, and flows.delete() behind it    ->  what was stale, and is gone

IPVS is told of endpoints that go, and ends their flows itself some milliseconds later (Linux 5.9): whether it or we were first, they count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from svcc.diag import Severity
from svcc.emit.ipvs.ruleset import INTERFACE
from svcc.kernel import conntrack, rtnetlink
from svcc.kernel.base import KernelError
from svcc.plan.conntrack import Fronts, Stale, StaleFlows, counted, stale
from svcc.plan.preflight import Remark

_HINT = "until they end, clients that go on sending may not reach the Service: `conntrack -L -p udp` lists them"


@dataclass(slots=True)
class Flows:
    """The flows to the frontends of one input; `remarks` is why they could not be read or deleted."""

    fronts: Fronts
    remarks: list[Remark] = field(default_factory=list)
    _before: tuple[Stale, ...] = ()

    def look(self) -> tuple[StaleFlows, ...]:
        """Return what is stale."""
        return counted(self._told(self._stale, "read"))

    def await_end(self) -> None:
        """Remember what is stale where a commit alone can end it."""
        self._before = tuple(self._told(self._stale, "read")) if self.fronts.by_ipvs else ()

    def delete(self) -> tuple[StaleFlows, ...]:
        """Delete what is stale, and return what was, with what has ended since `await_end`."""
        return counted(self._told(self._deleted, "deleted"))

    def _deleted(self) -> Sequence[Stale]:
        found = self._stale()
        gone = frozenset(conntrack.delete([one.flow for one in found]))
        still = {one.flow for one in found}
        return [one for one in found if one.flow in gone] + [one for one in self._before if one.flow not in still]

    def _stale(self) -> Sequence[Stale]:
        if not self.fronts.frontends:
            return ()
        fronts = self.fronts.on(rtnetlink.local(rtnetlink.index(INTERFACE)))
        return stale(fronts, conntrack.read(fronts))

    def _told(self, act: Callable[[], Sequence[Stale]], what: str) -> Sequence[Stale]:
        try:
            return act()
        except (KernelError, OSError) as problem:
            self.remarks.append(Remark(Severity.WARNING, f"stale flows cannot be {what}: {problem}", _HINT))
            return ()
