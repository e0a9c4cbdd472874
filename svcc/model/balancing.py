"""Decode how a Service shares its connections: the annotations for scheduler, forwarding method and connection limits.

    svcc.dev/scheduler: "sh, sh-port"                       ->  Balancing("sh", ("sh-port",))
    svcc.dev/forwarding: dr                                 ->  Balancing(forwarding="dr")
    svcc.dev/connection-limits: "*=100:200, 10.1.2.3=50"    ->  Balancing(connection_limits={"*": ConnectionLimit(100, 200),
                                                                    "10.1.2.3": ConnectionLimit(0, 50)})

The scheduler comes first, then its flags: sh-fallback and sh-port go with sh, mh-fallback and mh-port with mh, ops (every packet on its
own, for UDP) with all. A limit is `lower:upper`: an endpoint with `upper` connections gets no new one until it has fewer than `lower`;
`upper` alone leaves the lower one to Linux, which takes three quarters. `*` is every endpoint that is not named.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from svcc.diag import Related
from svcc.model import fields
from svcc.model.decode_meta import Meta
from svcc.model.kube_router import kube_router_scheduler
from svcc.model.service import EVERY_OTHER, MASQ, ConnectionLimit
from svcc.net import parse_address
from svcc.source.cursor import Cursor, Node, did_you_mean

ONE_PACKET = "ops"
FLAGS = {"sh-fallback": "sh", "sh-port": "sh", "mh-fallback": "mh", "mh-port": "mh", ONE_PACKET: ""}
"""Each flag with the scheduler that it goes with; "" is any."""
MAX_CONNECTIONS = 2**31 - 1
_LIMIT = re.compile(r"(?:([0-9]{1,10}):)?([0-9]{1,10})\Z")
_EXAMPLE = 'as in "*=100:200, 10.1.2.3=50:80"'
_FORWARDING = {word: word for word in (MASQ, "dr", "tun")}


class Balancing(NamedTuple):
    """What the annotations of a Service say; the names are those of its fields."""

    scheduler: str | None = None
    scheduler_flags: tuple[str, ...] = ()
    forwarding: str = MASQ
    connection_limits: Mapping[str, ConnectionLimit] = {}


def decode_balancing(cursor: Cursor, meta: Meta) -> Balancing:
    """Return how a Service shares its connections; mistakes are in the sink."""
    ours = meta.annotations.get(fields.SCHEDULER)
    theirs = kube_router_scheduler(cursor, meta.annotations)
    scheduler, flags = _scheduler(cursor, ours) if ours is not None else (theirs.scheduler, theirs.flags)
    if ours is not None and theirs.node is not None:
        related = (Related(cursor.span(ours), "this one counts"),)
        cursor.report("SVC125", f"{fields.SCHEDULER} is there too, and wins", theirs.node, related=related)
    forwarding = cursor.choice(meta.annotations.get(fields.FORWARDING), _FORWARDING)
    limits = _limits(cursor, meta.annotations.get(fields.CONNECTION_LIMITS))
    return Balancing(scheduler, flags, forwarding or MASQ, limits)


def _scheduler(cursor: Cursor, node: Node) -> tuple[str | None, tuple[str, ...]]:
    text = cursor.text(node)
    if text is None:
        return None, ()
    name, *flags = (word.strip() for word in text.split(","))
    if name not in fields.SCHEDULERS:
        _unsupported(cursor, node, name, tuple(fields.SCHEDULERS))
        return None, ()
    for index, flag in enumerate(flags):
        if flag not in FLAGS:
            _unsupported(cursor, node, flag, tuple(FLAGS))
        elif FLAGS[flag] not in ("", name) or name == "random":
            with_ = FLAGS[flag] or "the schedulers of IPVS"
            cursor.report("SVC112", f"{flag} goes with {with_}, not with {name}", node, hint="remove the flag")
        elif flag in flags[:index]:
            cursor.report("SVC119", f"{flag} is given twice", node)
        else:
            continue
        return name, ()
    return name, tuple(sorted(flags))


def _unsupported(cursor: Cursor, node: Node, word: str, known: tuple[str, ...]) -> None:
    hint = f"one of {', '.join(known)}{did_you_mean(word, known)}"
    cursor.report("SVC105", f'"{word[:60]}" is not supported', node, hint=hint)


def _limits(cursor: Cursor, node: Node | None) -> dict[str, ConnectionLimit]:
    text = cursor.text(node)
    found: dict[str, ConnectionLimit] = {}
    if not text or node is None:
        return found
    for part in text.split(","):
        problem = _read_limit(part.strip(), found)
        if problem:
            cursor.report("SVC111", problem, node, hint=_EXAMPLE)
            break
    return found


def _read_limit(part: str, limits: dict[str, ConnectionLimit]) -> str:
    """Add one `address=lower:upper`; return what is wrong with it, or ""."""
    left, _, right = part.partition("=")
    word = left.strip()
    try:
        address = word if word == EVERY_OTHER else parse_address(word)
    except ValueError as error:
        return str(error)[:120]
    found = _LIMIT.match(right.strip())
    limit = ConnectionLimit(int(found[1] or 0), int(found[2])) if found else None
    if limit is None or not 1 <= limit.upper <= MAX_CONNECTIONS or limit.lower > limit.upper:
        least = f"a whole number from 1 to {MAX_CONNECTIONS}, or two as lower:upper"
        return f'the limit of {address} must be {least}, not "{right.strip()[:40]}"'
    if address in limits:
        return f"{address} appears twice"
    limits[address] = limit
    return ""
