"""What kube-router's annotations on a Service say, as far as svcc does the same.

    kube-router.io/service.scheduler: mh
    kube-router.io/service.schedflags: flag-1,flag-2    ->  Scheduling("mh", ("mh-fallback", "mh-port"), <node>)

kube-router (2.x) knows the schedulers rr, wrr, lc, wlc, sh, dh and mh, takes rr for any other word, and looks at flags with mh alone. Its
`service.hairpin` is what svcc always does. Direct server return is not: kube-router changes the network of the endpoint's pod for it.
"""

from typing import NamedTuple

from svcc.model import fields
from svcc.source.cursor import Cursor, Fields, Node, did_you_mean

_PREFIX = "kube-router.io/service."
_SCHEDULER, _FLAGS = f"{_PREFIX}scheduler", f"{_PREFIX}schedflags"
_MH_FLAGS = {"flag-1": "mh-fallback", "flag-2": "mh-port"}
_ELSEWHERE = {
    f"{_PREFIX}dsr": f"{fields.FORWARDING}: tun sends by tunnels; their ends in the pods are yours to make",
    f"{_PREFIX}local": "use externalTrafficPolicy: Local, and internalTrafficPolicy: Local",
    f"{_PREFIX}skiplbips": "remove the address from status.loadBalancer.ingress, or give it ipMode: Proxy",
}


class Scheduling(NamedTuple):
    """Scheduler and flags in svcc's words; `node` is the annotation's, None where there is none."""

    scheduler: str | None = None
    flags: tuple[str, ...] = ()
    node: Node | None = None


def kube_router_scheduler(cursor: Cursor, annotations: Fields) -> Scheduling:
    """Return the scheduler that kube-router would use; SVC116: an annotation of kube-router's that has no effect."""
    for name, hint in _ELSEWHERE.items():
        if name in annotations:
            cursor.report("SVC116", f"svcc does not do what {name} says", annotations[name], hint=hint)
    node = annotations.get(_SCHEDULER)
    word = cursor.text(node)
    scheduler = word
    if node is not None and word is not None and word not in fields.IPVS_SCHEDULERS:
        guess = did_you_mean(word, tuple(fields.IPVS_SCHEDULERS)).removeprefix("; ")
        cursor.report("SVC116", f'"{word[:60]}" is no scheduler, and kube-router takes rr', node, hint=guess)
        scheduler = "rr"
    return Scheduling(scheduler, _flags(cursor, annotations.get(_FLAGS), scheduler), node)


def _flags(cursor: Cursor, node: Node | None, scheduler: str | None) -> tuple[str, ...]:
    text = cursor.text(node)
    if not text or node is None:
        return ()
    if scheduler != "mh":
        cursor.report("SVC116", f"{_FLAGS} counts with the scheduler mh alone", node, hint="remove it")
        return ()
    words = [word.strip() for word in text.split(",")]
    wrong = next((word for word in words if word not in _MH_FLAGS), None)
    if wrong is not None:
        cursor.report("SVC116", f'"{wrong[:60]}" is no flag of mh', node, hint=f"one of {', '.join(_MH_FLAGS)}")
    return tuple(sorted({_MH_FLAGS[word] for word in words if word in _MH_FLAGS}))
