"""What svcc must not forget between two runs in one network namespace, so that `clean` leaves no trace.

remember(plan, Backend.NFT)     right before a commit: settings that change, tables that are there already
settings_found()                {"net.ipv4.ip_forward": "0"}: what clean wants them to be again
leave((Backend.NFT,))           after clean: empty tables made on our behalf go, and so does the memory
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from svcc.kernel import found, netns, state
from svcc.kernel.backend import Backend
from svcc.kernel.run import installed
from svcc.kernel.state import State
from svcc.plan.change import Plan
from svcc.plan.sysctl import SUBSYSTEM


def remember(plan: Plan, backend: Backend) -> None:
    """Write down what a commit is about to change; what was found before the first one stays."""
    identity, instance = netns.identity(), netns.instance()
    held = state.load(identity, instance)
    if held is None:
        tables = found.base_chains() if backend is Backend.NFT and installed("nft") else ()
        held = State(plan.mode, backend.value, instance, found=tables)
    settings = {one.key: one.before[0] for one in plan.changes if one.subsystem == SUBSYSTEM and one.before}
    state.save(
        identity, replace(held, mode=plan.mode, backend=backend.value, sysctls={**settings, **dict(held.sysctls)})
    )


def settings_found() -> Mapping[str, str]:
    """Return the settings that we changed, with the values that were found."""
    held = state.load(netns.identity(), netns.instance())
    return dict(held.sysctls) if held is not None else {}


def leave(cleaned: Sequence[Backend]) -> tuple[str, ...]:
    """Take away empty tables that are there because of us, forget everything, and return the tables that went.

    Without memory of what was found, every table is left where it is; so is everything when another backend than those
    `cleaned` was applied to.
    """
    identity = netns.identity()
    held = state.load(identity, netns.instance())
    gone: tuple[str, ...] = ()
    if held is not None:
        if Backend(held.backend) not in cleaned:
            return ()
        if held.backend == Backend.NFT.value and installed("nft"):
            gone = found.remove_created(held.found)
    state.forget(identity)
    return gone
