"""What svcc must not forget between two runs in one network namespace, so that `clean` leaves no trace.

remember(plan, Backend.NFT)     right before a commit: settings that change, tables that are there already
take_back(before, Backend.NFT)  after a commit that was rolled back: what was remembered `before` it, and nothing more
settings_found()                {"net.ipv4.ip_forward": "0"}: what a setting is to be again that is no longer needed
settle({"net.ipv4.ip_forward"}) after an apply: settings that it does not need are as they were found, and are forgotten
leave((Backend.NFT,))           after clean: empty tables made on our behalf go, and so does the memory
without_iptables()              after a switch to nftables: the same for the tables, while settings stay remembered
"""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from svcc.kernel import found, netns, state
from svcc.kernel.backend import Backend
from svcc.kernel.base import KernelError
from svcc.kernel.run import installed
from svcc.kernel.state import State
from svcc.plan.change import Plan
from svcc.plan.sysctl import SUBSYSTEM


def held() -> State | None:
    """Return what is remembered of this namespace.

    Raises:
        Denied: it cannot be read, or is damaged.
    """
    return state.load(netns.identity(), netns.instance())


NONE = "none"
"""The backend where iptables is given nothing."""


def remember(plan: Plan, backend: Backend | None) -> None:
    """Write down what a commit is about to change; what was found before the first one stays.

    `backend` is None where iptables is given nothing. Which tables are there is not known without `nft`, nor for another
    backend; clean then leaves every table where it is.
    """
    before = held()
    if before is None or (backend is not None and before.backend != backend.value):
        tables = found.base_chains() if backend is Backend.NFT and installed("nft") else None
        word = backend.value if backend is not None else NONE
        before = State(plan.mode, word, netns.instance(), before.sysctls if before else {}, tables)
    settings = {one.key: one.before[0] for one in plan.changes if one.subsystem == SUBSYSTEM and one.before}
    state.save(netns.identity(), replace(before, mode=plan.mode, sysctls={**settings, **before.sysctls}))


def take_back(before: State | None, backend: Backend | None) -> None:
    """Remember what was remembered before a commit that was rolled back; tables that it made go too, where there was no iptables.

    It never fails: what it cannot take back does no harm, and the reason of the rollback is what must be told.
    """
    with contextlib.suppress(KernelError, OSError):
        if before is None:
            leave((backend,) if backend is not None else ())
        else:
            if before.backend == NONE and (now := held()) is not None:
                _remove_created(now)
            state.save(netns.identity(), before)


def settings_found() -> Mapping[str, str]:
    """Return the settings that we changed, with the values that were found.

    Raises:
        Denied: the memory cannot be read, or is damaged.
    """
    before = held()
    return before.sysctls if before is not None else {}


def settle(needed: Collection[str]) -> None:
    """Forget settings that are not needed any more: an apply has just put them back. Failing to is no failure of the apply."""
    with contextlib.suppress(KernelError):
        before = held()
        kept = {key: value for key, value in before.sysctls.items() if key in needed} if before is not None else {}
        if before is not None and kept != before.sysctls:
            state.save(netns.identity(), replace(before, sysctls=kept))


def leave(cleaned: Sequence[Backend], left: Sequence[Backend] = (), *, tables: bool = False) -> tuple[str, ...]:
    """Take away empty tables that are there because of us, forget what is put back, and return the tables that went.

    Without memory of what was found, every table is left where it is; so is everything when another backend than those
    `cleaned` was applied to. `left` are the backends that still hold rules of ours, and `tables` says that those of nftables
    are there: for them the settings stay remembered.

    Raises:
        KernelError: a table cannot be taken away; everything is remembered still, for the next time.
    """
    identity, before = netns.identity(), held()
    if before is None:
        state.forget(identity)
        return ()
    if before.backend != NONE and Backend(before.backend) not in cleaned:
        if not (left or tables):
            state.save(identity, replace(before, sysctls={}))
        return ()
    gone = _remove_created(before)
    if left or tables:
        state.save(identity, replace(before, backend=left[0].value if left else NONE, found=None))
    else:
        state.forget(identity)
    return gone


def without_iptables() -> bool:
    """Take away empty tables of iptables that are there because of us, when our rules have left them; tell whether none is left."""
    with contextlib.suppress(KernelError):
        before = held()
        if before is not None and before.backend != NONE:
            _remove_created(before)
            state.save(netns.identity(), replace(before, backend=NONE, found=None))
        return True
    return False


def _remove_created(before: State) -> tuple[str, ...]:
    if before.backend != Backend.NFT.value or before.found is None or not installed("nft"):
        return ()
    return found.remove_created(before.found)
