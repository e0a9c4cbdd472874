"""SVC241 and SVC242: selectors that find no endpoint among the Pods of the input.

    Service shop/cart, selector {app: crat}; Pods {app: cart}       ->   SVC241: no Pod of shop has app: crat; did you mean cart?
    Service shop/cart, selector {app: cart}; Deployment shop/cart   ->   SVC242: workloads have no addresses

Nothing is told where a Pod has mistakes or a part of the input could not be read: the Pods may stand there.
"""

from collections.abc import Iterator

from svcc.check.known import Known
from svcc.check.missing import MAX_GUESSES, UNREAD
from svcc.diag import Diagnostics
from svcc.guess import closest
from svcc.model.service import Service, ServiceType

AS_THE_CLUSTER_HAS_THEM = "give the Pods as the cluster has them: kubectl get svc,pods,nodes -A -o yaml"


def check_selectors(known: Known, sink: Diagnostics) -> None:
    """SVC241: a selector whose Pods are no endpoints, or that matches none."""
    if not known.manifests.pods or _is_incomplete(known, sink):
        return
    labels = _Labels(known)
    for service in _without_slices(known):
        pods = known.manifests.selected.get(service.name, ())
        if any(one.is_endpoint for one in pods):
            continue
        message, hint = _of_none(len(pods)) if pods else labels.missing(service)
        sink.add(
            "SVC241",
            message,
            span=service.spans.get("spec.selector", service.span),
            object=f"Service/{service.name}",
            field="spec.selector",
            hint=hint,
        )


def check_workloads(known: Known, sink: Diagnostics) -> None:
    """SVC242: workloads instead of Pods; one note for all."""
    workloads = known.manifests.workloads
    if workloads is None or known.manifests.pods or _is_incomplete(known, sink):
        return
    count = sum(1 for _ in _without_slices(known))
    if count:
        kinds = ", ".join(f"{kind} ({number})" for kind, number in workloads.counts.items())
        services = "1 Service finds" if count == 1 else f"{count} Services find"
        message = f"{kinds}: workloads have no addresses, and {services} no endpoints"
        sink.add("SVC242", message, span=workloads.span, hint=AS_THE_CLUSTER_HAS_THEM)


def _is_incomplete(known: Known, sink: Diagnostics) -> bool:
    return bool(known.broken.get("Pod")) or sink.holds(UNREAD)


def _without_slices(known: Known) -> Iterator[Service]:
    """Yield the Services whose endpoints can only be Pods."""
    for one in known.manifests.services:
        asks = one.has_selector and one.type is not ServiceType.EXTERNAL_NAME
        if asks and one.name not in known.slices and not known.is_broken("endpoints", one.name):
            yield one


def _of_none(count: int) -> tuple[str, str]:
    what = "the Pod that this selector matches is no endpoint"
    if count > 1:
        what = f"none of the {count} Pods that this selector matches is an endpoint"
    return f"{what}: it has no address, or has ended", AS_THE_CLUSTER_HAS_THEM


class _Labels:
    """The values of the labels that Pods have, by namespace and key; collected only when there is something to report."""

    def __init__(self, known: Known) -> None:
        self.pods = known.manifests.pods
        self._values: dict[tuple[str, str], dict[str, None]] | None = None
        self._sorted: dict[tuple[str, str], list[str]] = {}
        self._guesses = 0

    def missing(self, service: Service) -> tuple[str, str]:
        """Return what a selector that matches no Pod asks for in vain, and what was meant."""
        namespace = service.name.namespace
        values = self._collected()
        for key, value in sorted(service.selector.items()):
            if value not in values.get((namespace, key), ()):
                hint = self._meant(namespace, key, value)
                return f"no Pod of the namespace {namespace} has the label {key}: {value}", hint
        return f"no Pod of the namespace {namespace} has all labels of this selector", ""

    def _collected(self) -> dict[tuple[str, str], dict[str, None]]:
        if self._values is None:
            self._values = {}
            for pod in self.pods:
                for key, value in pod.labels.items():
                    self._values.setdefault((pod.name.namespace, key), {})[value] = None
        return self._values

    def _meant(self, namespace: str, key: str, value: str) -> str:
        self._guesses += 1
        if self._guesses > MAX_GUESSES:
            return ""
        values, at = self._collected(), (namespace, key)
        if at not in self._sorted:
            self._sorted[at] = sorted(values.get(at, ()))
        close = closest(value, self._sorted[at])
        if close:
            return f"did you mean {close}?"
        other = next((where for (where, word), held in values.items() if word == key and value in held), None)
        return f"Pods of the namespace {other} have it" if other else ""
