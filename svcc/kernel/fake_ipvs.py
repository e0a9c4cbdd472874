"""ip_vs and svcc0 in memory, as strict as the real ones, for tests of everything above them.

    fake = FakeIpvs(IpvsState(…))
    fake.commit(fake.plan(fake.snapshot(), Come(want)))
    FakeIpvs(fail_at={3: KeyboardInterrupt()})      what the operation 3 raises, once, before it is done
    FakeIpvs(refuse_at={3: errno.ENOMEM})           the kernel refuses that one and does the others, as it does

They refuse what the kernel refuses: a server that is there already, a real server of a virtual one that is not there, a change or deletion
of what is not there. Connections are what a test says there are; they end with their server.
"""

import errno
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from svcc.emit.ipvs.operation import Operation, Verb
from svcc.emit.ipvs.ruleset import IpvsState, RealKey, Virtual, VirtualKey
from svcc.kernel.base import KernelError
from svcc.kernel.dummy import InUse, Svcc0
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.ipvs_tools import Held
from svcc.net import Address

Owned = Callable[[VirtualKey], bool]


class FakeServers:
    """The tools of ip_vs over dictionaries."""

    def __init__(
        self,
        state: IpvsState,
        fail_at: Mapping[int, BaseException] | None = None,
        refuse_at: Mapping[int, int] | None = None,
    ) -> None:
        self.held = {at: replace(one, service="", origin=None) for at, one in state.virtuals.items()}
        self.backends = dict(state.reals)
        self.connections = dict(state.connections)
        self.operations: list[Operation] = []
        self.fail_at = dict(fail_at or {})
        self.refuse_at = dict(refuse_at or {})

    def virtuals(self) -> dict[VirtualKey, Virtual]:
        """Return every virtual server."""
        return dict(self.held)

    def statistics(self) -> dict[VirtualKey, tuple[int, ...]]:
        """Return zeros: nobody sends anything to servers in memory."""
        return dict.fromkeys(self.held, (0, 0, 0, 0, 0))

    def reals(self, places: Iterable[VirtualKey]) -> Iterator[tuple[VirtualKey, Held]]:
        """Yield the real servers of virtual servers, none where there is no such virtual server."""
        by_place: dict[VirtualKey, Held] = {}
        for (at, to), real in self.backends.items():
            by_place.setdefault(at, {})[to] = (real, self.connections.get((at, to), 0))
        for at in places:
            yield at, by_place.get(at, {})

    def tell(self, some: Sequence[Operation]) -> dict[int, int]:
        """Do operations in order, going on after one that is refused; return their error numbers by place."""
        refused = {}
        for place, one in enumerate(some):
            number = len(self.operations)
            self.operations.append(one)
            if number in self.fail_at:
                raise self.fail_at.pop(number)
            error = self.refuse_at.pop(number, 0) or (self._of_virtual(one) if one.to is None else self._of_real(one))
            if error:
                refused[place] = error
        return refused

    def _of_virtual(self, one: Operation) -> int:
        there = one.at in self.held
        if one.verb is Verb.ADD and there:
            return errno.EEXIST
        if one.verb is not Verb.ADD and not there:
            return errno.ESRCH
        if one.verb is Verb.DELETE:
            del self.held[one.at]
            for key in [key for key in self.backends if key[0] == one.at]:
                self._end(key)
        else:
            assert one.virtual is not None, "bug in svcc: a virtual server without values"
            self.held[one.at] = replace(one.virtual, service="", origin=None)
        return 0

    def _of_real(self, one: Operation) -> int:
        assert one.to is not None
        key = (one.at, one.to)
        if one.at not in self.held:
            return errno.ESRCH
        if one.verb is Verb.ADD and key in self.backends:
            return errno.EEXIST
        if one.verb is not Verb.ADD and key not in self.backends:
            return errno.ENOENT
        if one.verb is Verb.DELETE:
            self._end(key)
        else:
            assert one.real is not None, "bug in svcc: a real server without values"
            self.backends[key] = one.real
        return 0

    def _end(self, key: tuple[VirtualKey, RealKey]) -> None:
        del self.backends[key]
        self.connections.pop(key, None)


class FakeIpvs(Ipvs):
    """The IPVS subsystem over servers in memory."""

    def __init__(
        self,
        state: IpvsState | None = None,
        fail_at: Mapping[int, BaseException] | None = None,
        refuse_at: Mapping[int, int] | None = None,
        owned: Owned = lambda _: True,
    ) -> None:
        self.tools = FakeServers(state or IpvsState(), fail_at, refuse_at)
        super().__init__(owned, self.tools)

    def connect(self, at: VirtualKey, to: RealKey) -> None:
        """Give a real server one more connection."""
        real = self.tools.backends[at, to]
        assert real.weight, "a real server of weight 0 takes no new connections"
        self.tools.connections[at, to] = self.tools.connections.get((at, to), 0) + 1
        self.forget()

    def connect_ends(self, at: VirtualKey, to: RealKey) -> None:
        """End the connections of a real server."""
        self.tools.connections.pop((at, to), None)
        self.forget()


class FakeLink:
    """The tools of svcc0 over a list; each address is an operation, as are making and removing it."""

    def __init__(self, held: Collection[Address] | None, fail_at: Mapping[int, BaseException] | None = None) -> None:
        self.held = None if held is None else list(held)
        self.operations = 0
        self.fail_at = dict(fail_at or {})

    def addresses(self) -> tuple[Address, ...] | None:
        """Return the addresses, or None when there is no interface."""
        return None if self.held is None else tuple(self.held)

    def make(self) -> None:
        """Make the interface."""
        self._count()
        if self.held is not None:
            raise KernelError("the kernel refused to make the interface svcc0: File exists")
        self.held = []

    def remove(self) -> None:
        """Remove the interface."""
        self._count()
        self._there()
        self.held = None

    def add(self, some: Collection[Address]) -> None:
        """Add addresses."""
        held = self._there()
        for one in some:
            self._count()
            if one in held:
                raise KernelError(f"the kernel refused to add an address {one}: File exists")
            held.append(one)

    def take(self, some: Collection[Address]) -> None:
        """Take addresses away."""
        held = self._there()
        for one in some:
            self._count()
            if one not in held:
                raise KernelError(f"the kernel refused to delete an address {one}: Cannot assign requested address")
            held.remove(one)

    def _there(self) -> list[Address]:
        if self.held is None:
            raise KernelError("there is no interface svcc0 any more", hint="apply again")
        return self.held

    def _count(self) -> None:
        number, self.operations = self.operations, self.operations + 1
        if number in self.fail_at:
            raise self.fail_at.pop(number)


class FakeSvcc0(Svcc0):
    """The subsystem of svcc0 over addresses in memory."""

    def __init__(
        self,
        held: Collection[Address] | None = None,
        fail_at: Mapping[int, BaseException] | None = None,
        in_use: InUse = lambda _: (),
    ) -> None:
        self.tools = FakeLink(held, fail_at)
        super().__init__(self.tools, in_use)
