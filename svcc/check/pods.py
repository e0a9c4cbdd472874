"""SVC240, SVC243, SVC244 and SVC211: what is remarkable where the endpoints of a Service are Pods, or could be.

Service shop/cart, targetPort: htpp; its Pods have a port http   ->   SVC243 at htpp; did you mean http?
Service shop/cart, its slices and its Pods                       ->   SVC240: the slices count
"""

from collections.abc import Iterator

from svcc.check.known import Known, place, related
from svcc.check.missing import MAX_GUESSES
from svcc.diag import Diagnostics
from svcc.guess import closest
from svcc.model.pod import Pod
from svcc.model.service import Service, ServicePort, TrafficDistribution

_DISTRIBUTION = "spec.trafficDistribution"


def check_given_before_pods(known: Known, sink: Diagnostics) -> None:
    """SVC240: slices or Endpoints of Services that select Pods; one note, at the first."""
    found = [
        one
        for one in known.services.values()
        if one.name in known.manifests.selected
        and one.name in known.slices
        and not sink.ignores("SVC240", f"Service/{one.name}")
    ]
    if not found:
        return
    first = min(found, key=lambda one: (*place(one.span), one.name))
    slices = known.slices[first.name]
    what = "Endpoints" if all(one.derived for one in slices) else "slices"
    count = f"; {len(found)} Services in all" if len(found) > 1 else ""
    sink.add(
        "SVC240",
        f"this Service has {what}, so the Pods that it selects do not count{count}",
        span=first.span,
        object=f"Service/{first.name}",
        field="spec.selector",
        hint=f"leave out the {what}, or the Pods",
        related=related(slices[0].span, f"the {what}"),
    )


def _made_of_pods(known: Known) -> Iterator[tuple[Service, list[Pod]]]:
    """Yield each Service whose endpoints are Pods, with those."""
    for service in known.manifests.services:
        if service.name in known.manifests.selected and service.name not in known.slices:
            pods = [one for one in known.manifests.selected[service.name] if one.is_endpoint]
            if pods and not known.is_broken("endpoints", service.name):
                yield service, pods


def check_target_ports(known: Known, sink: Diagnostics) -> None:
    """SVC243: a name as targetPort that no Pod of the Service has."""
    guesses = 0
    for service, pods in _made_of_pods(known):
        for index, port in enumerate(service.ports):
            if not isinstance(port.target, str) or any((port.target, port.protocol) in one.ports for one in pods):
                continue
            guesses += 1
            sink.add(
                "SVC243",
                f'no Pod of this Service has a {port.protocol.value} port named "{port.target}"{_then(service)}',
                span=port.target_span or port.span,
                object=f"Service/{service.name}",
                field=f"spec.ports[{index}].targetPort",
                hint=_hint(port, pods[0]) if guesses <= MAX_GUESSES else "",
                related=related(pods[0].span, "a Pod of this Service"),
            )


def _then(service: Service) -> str:
    return ": connections are refused" if service.carries_packets else ""


def _hint(port: ServicePort, pod: Pod) -> str:
    """Say what the ports of the first Pod are called."""
    names = sorted({name for name, protocol in pod.ports if protocol is port.protocol})
    if any(name == port.target for name, _ in pod.ports):
        return f"the port of that name has another protocol than {port.protocol.value}"
    close = closest(str(port.target), names)
    return f"did you mean {close}?" if close else "give the port of a container that name, or give the number here"


def check_pods_are_no_cluster_ips(known: Known, sink: Diagnostics) -> None:
    """SVC211: a Pod with the cluster IP of a Service for its address; once a Pod that packets are sent to."""
    if not known.manifests.selected:
        return
    owners = {address: one for one in known.manifests.services for address in one.cluster_ips}
    wrong = {one.name for one in known.manifests.pods if not owners.keys().isdisjoint(one.addresses)}
    if not wrong:
        return
    sent_to = {one.name: one for service, pods in _made_of_pods(known) if service.carries_packets for one in pods}
    for name in sorted(wrong & sent_to.keys()):
        pod = sent_to[name]
        address = next(one for one in pod.addresses if one in owners)
        owner = owners[address]
        span = owner.spans.get("spec.clusterIP", owner.span)
        sink.add(
            "SVC211",
            f"{address} is the cluster IP of Service {owner.name}: as an endpoint it never answers",
            span=pod.span,
            object=f"Pod/{name}",
            field="status.podIP",
            hint="one of the two addresses is wrong",
            related=related(span, f"the cluster IP of Service {owner.name}"),
        )


def check_zones(known: Known, sink: Diagnostics) -> None:
    """SVC244: a preference for near endpoints where it is not known of all which are near."""
    zones = {one.name: one.zone for one in known.manifests.nodes}
    for service, pods in _made_of_pods(known) if known.manifests.selected else ():
        if service.distribution is None:
            continue
        by_node = service.distribution is TrafficDistribution.SAME_NODE
        ready = (one for one in pods if service.publish_not_ready or one.is_available)
        unknown = next(
            (one for one in ready if not (one.node_name if by_node else zones.get(one.node_name or ""))), None
        )
        if unknown is not None:
            what = (
                "is on no node" if unknown.node_name is None else f"is on {unknown.node_name}, whose zone is not known"
            )
            sink.add(
                "SVC244",
                f"{service.distribution.value} has no effect: Pod {unknown.name} {what}",
                span=service.spans.get(_DISTRIBUTION, service.span),
                object=f"Service/{service.name}",
                field=_DISTRIBUTION,
                hint="give the Nodes as well: kubectl get svc,pods,nodes -A -o yaml",
                related=related(unknown.span, f"Pod {unknown.name}"),
            )
