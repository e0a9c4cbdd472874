"""Refuse what would change `svcc.lock`: the meaning of `--locked`.

    before  shop/cart IPv4: 10.96.199.48          SVC236 cart.yaml:4:9: Service shop/cart has no value in
    after   shop/cart IPv4: 10.96.199.48    ->          the lock, and would be given fd00:96::506a
            shop/cart IPv6: fd00:96::506a

Only facts count, not the order of lines or a comment.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from svcc.allocate.lock import LOCK_KIND, SERIALS, Key, Lock
from svcc.allocate.report import MOVES, subject
from svcc.diag import Diagnostic, Diagnostics
from svcc.model.manifests import Manifests

_HINT = "run without --locked, look at what changes in the lock, and commit it"


class Difference(NamedTuple):
    """A fact that is not the same in two locks; None where there is no such fact."""

    key: Key
    before: str | None
    after: str | None


def differences(before: Lock, after: Lock) -> Iterator[Difference]:
    """Yield every fact that differs, by section and key."""
    for (_, old), (_, new) in zip(before.sections(), after.sections(), strict=True):
        if old == new:
            continue
        for key in sorted(old.keys() | new.keys()):
            left, right = old.get(key), new.get(key)
            if left != right:
                yield Difference(key, _text(left), _text(right))


def summary(before: Lock, after: Lock) -> str:
    """Return `2 allocated, 1 moved, 3 released, 1 serial`, without what did not happen."""
    found = Counter(
        "allocated" if one.before is None else "released" if one.after is None else "moved"
        for one in differences(before, after)
    )
    words = [f"{found[word]} {word}" for word in ("allocated", "moved", "released") if found[word]]
    zones = sum(before.serials.get(zone) != after.serials.get(zone) for zone in before.serials.keys() | after.serials)
    if zones:
        words.append("1 serial" if zones == 1 else f"{zones} serials")
    return ", ".join(words) or "only its form has changed"


def demand_same(
    before: Lock, after: Lock, manifests: Manifests, sink: Diagnostics, told: Collection[Diagnostic]
) -> None:
    """Report SVC236 for every fact that allocation would add, change or release; `told` is what allocation has to say.

    Its warnings on facts that cannot stay are errors here, with the same words.
    """
    services = {one.name: one.span for one in manifests.services}
    moves = [one for one in told if one.code in MOVES]
    sink.extend(one for one in told if one.code not in MOVES)
    for one in moves:
        words, place = one.message, one.span
        sink.add("SVC236", words, span=place, object=one.object, field=one.field, hint=_HINT, related=one.related)
    said = {one.field for one in moves}
    for difference in differences(before, after):
        key = difference.key
        if key.path not in said:
            span = before.spans.get(key) or services.get(key.service)
            words = _message(difference)
            sink.add("SVC236", words, span=span, object=f"Service/{key.service}", field=key.path, hint=_HINT)


def demand_same_serials(before: Lock, after: Lock, sink: Diagnostics) -> None:
    """Report SVC236 for every zone whose serial would change."""
    for zone in sorted(before.serials.keys() | after.serials):
        old, new = before.serials.get(zone), after.serials.get(zone)
        if old == new:
            continue
        if old is None or new is None:
            message = f"the zone {zone} is {'new' if old is None else 'gone'}"
        else:
            message = f"the records of the zone {zone} are not those of serial {old.number}, and would get {new.number}"
        span = before.serial_spans.get(zone)
        sink.add("SVC236", message, span=span, object=LOCK_KIND, field=f"{SERIALS}[{zone}]", hint=_HINT)


def _message(one: Difference) -> str:
    who = subject(one.key)
    if one.before is None:
        return f"{who} has no value in the lock, and would be given {one.after}"
    if one.after is None:
        return f"the lock holds {one.before} for {who}, which would be released"
    return f"{who} would move from {one.before} to {one.after}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
