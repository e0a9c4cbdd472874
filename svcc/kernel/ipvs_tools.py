"""What is asked of ip_vs, and the real one, over generic netlink.

    tools = Netlink()
    tools.virtuals()                                           {VirtualKey("10.96.0.10", TCP, 80): Virtual("rr"), …}
    dict(tools.reals(tools.virtuals()))                        {VirtualKey(…): {RealKey("10.128.7.21", 8080): (Real(1), 3)}, …}
    tools.tell([Operation(Verb.ADD, …), …])              ->    {1: errno.EEXIST}      what was refused, by its place

A question about the real servers of one virtual server is a request of its own; hundreds of them, and of operations, go in one send.
"""

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol as Interface

from svcc.emit.ipvs.operation import Operation
from svcc.emit.ipvs.ruleset import Real, RealKey, Virtual, VirtualKey
from svcc.kernel import ipvs_wire as wire
from svcc.kernel import rights
from svcc.kernel.base import KernelError
from svcc.kernel.genetlink import Channel

Held = dict[RealKey, tuple[Real, int]]
"""The real servers of a virtual one, each with the number of its connections."""


class Tools(Interface):
    """What we ask of ip_vs; the fake offers the same."""

    def virtuals(self) -> dict[VirtualKey, Virtual]:
        """Return every virtual server but those by firewall mark."""
        ...

    def reals(self, places: Iterable[VirtualKey]) -> Iterable[tuple[VirtualKey, Held]]:
        """Yield the real servers of virtual servers, none where there is no such virtual server."""
        ...

    def tell(self, some: Sequence[Operation]) -> dict[int, int]:
        """Do operations in order, going on after one that is refused; return their error numbers by place."""
        ...

    def statistics(self) -> dict[VirtualKey, tuple[int, ...]]:
        """Return what every virtual server has counted: connections, packets in and out, bytes in and out."""
        ...


class Netlink:
    """The real ip_vs. The socket is opened when it is needed first, and given up after anything that leaves answers unread."""

    def __init__(self) -> None:
        self._opened: Channel | None = None

    @contextlib.contextmanager
    def _channel(self) -> Iterator[Channel]:
        channel, self._opened = self._opened or Channel(wire.FAMILY, wire.VERSION), None
        try:
            yield channel
        except OSError as problem:
            channel.close()
            raise _refused(problem) from None
        except BaseException:
            channel.close()
            raise
        self._opened = channel

    def virtuals(self) -> dict[VirtualKey, Virtual]:
        """Return every virtual server but those by firewall mark."""
        with self._channel() as channel:
            told = channel.ask(wire.GET_SERVICE)
        found = (wire.virtual_of(wire.within(one)) for one in told)
        return dict(one for one in found if one is not None)

    def statistics(self) -> dict[VirtualKey, tuple[int, ...]]:
        """Return what every virtual server has counted: connections, packets in and out, bytes in and out."""
        with self._channel() as channel:
            told = [wire.within(one) for one in channel.ask(wire.GET_SERVICE)]
        every = ((wire.virtual_of(one), wire.statistics_of(one)) for one in told)
        return {found[0]: counted for found, counted in every if found is not None}

    def reals(self, places: Iterable[VirtualKey]) -> Iterator[tuple[VirtualKey, Held]]:
        """Yield the real servers of virtual servers, none where there is no such virtual server."""
        with self._channel() as channel:
            every = tuple(places)
            answers = channel.ask_each(wire.GET_DESTINATION, map(wire.asked, every))
            for at, told in zip(every, answers, strict=True):
                held: Held = {}
                for one in told:
                    to, real, connections = wire.real_of(wire.within(one), at)
                    held[to] = (real, connections)
                yield at, held

    def tell(self, some: Sequence[Operation]) -> dict[int, int]:
        """Do operations in order, going on after one that is refused; return their error numbers by place."""
        with self._channel() as channel:
            return channel.tell(map(wire.packed, some))


def _refused(problem: OSError) -> KernelError:
    if problem.errno in (errno.EPERM, errno.EACCES):
        return rights.denied("changing ip_vs", rights.NET_ADMIN)
    return KernelError(f"ip_vs does not answer: {os.strerror(problem.errno or errno.ETIMEDOUT)}")
