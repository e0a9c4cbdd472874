"""Decode the configuration: svcc's own NodeConfig, or kube-proxy's KubeProxyConfiguration.

    kind: NodeConfig                          NodeConfig(node_name="worker-1",
    nodeName: worker-1                  ->      cluster_cidrs=(10.128.0.0/14,), …)
    clusterCIDRs: [10.128.0.0/14]

Every key is checked like a manifest's. After a mistake the value of its key is the default; the mistake is in the sink.
"""

from svcc.config import DetectLocal, Mode, NodeConfig
from svcc.diag import Diagnostics, Source, Span
from svcc.model.decode_kube_proxy import decode_kube_proxy
from svcc.model.decode_meta import check_subdomain, usable_address
from svcc.model.fields import SCHEDULERS
from svcc.model.ipvs_options import LISTS, TIMES, ipvs_options, ipvs_spans
from svcc.model.node_options import (
    DETECTORS,
    check_detector,
    check_differ,
    distinguishing,
    list_spans,
    local_interface,
    node_port_addresses,
    spans_of,
)
from svcc.model.node_sections import cluster_domain, dns_options, zone
from svcc.net import MAX_PORT
from svcc.source.cursor import Cursor, Fields
from svcc.source.document import documents

OUR_VERSION = "svcc.dev/v1alpha1"
KUBE_PROXY_VERSION = "kubeproxy.config.k8s.io/v1alpha1"
MAX_BIT = 31

_MODES = {one.value: one for one in Mode}
_KNOWN = frozenset(
    {
        "apiVersion", "kind", "metadata", "mode", "nodeName", "nodeIPs", "zone", "podCIDRs", "clusterCIDRs",
        "detectLocalMode", "detectLocal", "serviceCIDRs", "nodePortRange", "nodePortAddresses", "localhostNodePorts",
        "masqueradeAll", "masqueradeBit", "verdictBit", "assignLoadBalancerIPs", "scheduler", "relaxedServiceNames",
        "clusterDomain", "dns", "ipvs",
    }
)  # fmt: skip
_IPVS = frozenset({"scheduler", "strictARP", *LISTS, *TIMES})
_KINDS = {"NodeConfig": OUR_VERSION, "KubeProxyConfiguration": KUBE_PROXY_VERSION}


def decode_config(source: Source, sink: Diagnostics) -> NodeConfig:
    """Return the configuration that a source holds; mistakes are in the sink."""
    found = list(documents(source, sink))
    if not found:
        if not sink.errors:
            sink.add("SVC003", "the file holds no configuration", span=Span(source, 1, 1), hint="kind: NodeConfig")
        return NodeConfig()
    for extra in found[1:]:
        cursor = Cursor(extra, extra.node, sink)
        cursor.report("SVC003", "a configuration is one document", extra.node)
    cursor = Cursor(found[0], found[0].node, sink)
    kind = _kind(cursor)
    if kind == "NodeConfig":
        return node_config(cursor)
    return decode_kube_proxy(cursor) if kind else NodeConfig()


def _kind(cursor: Cursor) -> str | None:
    root = cursor.root
    top = cursor.peek(root, ("apiVersion", "kind"))
    for name in ("apiVersion", "kind"):
        if name not in top:
            message = f"a configuration has {name}"
            cursor.report("SVC003", message, root, below=name, hint=f"apiVersion: {OUR_VERSION}, kind: NodeConfig")
            return None
    kind = cursor.choice(top["kind"], {name: name for name in _KINDS})
    if kind is None:
        return None
    cursor.object = kind
    return kind if cursor.choice(top["apiVersion"], {_KINDS[kind]: kind}) else None


def node_config(cursor: Cursor) -> NodeConfig:
    """Return the NodeConfig at the cursor's root; after a mistake a key has its default."""
    found = cursor.fields(cursor.root, _KNOWN)
    ipvs = cursor.fields(found.get("ipvs"), _IPVS)
    check_differ(cursor, found.get("nodePortAddresses"))
    node_ips = [usable_address(cursor, node) for node in cursor.sequence(found.get("nodeIPs"))]
    addresses = tuple(one for one in node_ips if one is not None)
    primary, ranges = node_port_addresses(cursor, found, has_node_ips=bool(node_ips))
    detect = cursor.choice(found.get("detectLocalMode"), DETECTORS) or DetectLocal.CLUSTER_CIDR
    interface = local_interface(cursor, found, detect)
    pods = distinguishing(cursor, found.get("podCIDRs"))
    check_detector(cursor, found, detect, has_fact=bool(interface or (pods and detect is DetectLocal.NODE_CIDR)))
    masquerade, verdict = _bits(cursor, found)
    return NodeConfig(
        mode=cursor.choice(found.get("mode"), _MODES) or Mode.IPTABLES,
        node_name=_node_name(cursor, found),
        node_ips=addresses,
        zone=zone(cursor, found),
        pod_cidrs=pods,
        cluster_cidrs=distinguishing(cursor, found.get("clusterCIDRs")),
        detect_local=detect,
        local_interface=interface,
        service_cidrs=distinguishing(cursor, found.get("serviceCIDRs")),
        node_port_range=_port_range(cursor, found),
        node_port_primary=primary,
        node_port_cidrs=ranges,
        localhost_node_ports=bool(cursor.boolean(found.get("localhostNodePorts"))),
        masquerade_all=bool(cursor.boolean(found.get("masqueradeAll"))),
        masquerade_bit=masquerade,
        verdict_bit=verdict,
        assign_load_balancer_ips=bool(cursor.boolean(found.get("assignLoadBalancerIPs"))),
        scheduler=cursor.choice(found.get("scheduler"), SCHEDULERS),
        ipvs=ipvs_options(cursor, ipvs),
        relaxed_service_names=bool(cursor.boolean(found.get("relaxedServiceNames"))),
        cluster_domain=cluster_domain(cursor, found),
        dns=dns_options(cursor, found),
        spans={
            **list_spans(cursor, found, ("nodeIPs", "podCIDRs", "clusterCIDRs", "serviceCIDRs")),
            **spans_of(cursor, found, ("mode", "clusterDomain")),
            **ipvs_spans(cursor, ipvs),
        },
    )


def _node_name(cursor: Cursor, found: Fields) -> str | None:
    node = found.get("nodeName")
    name = cursor.text(node)
    if not name or node is None:
        return None
    check_subdomain(cursor, name, node)
    return name


def _port_range(cursor: Cursor, found: Fields) -> tuple[int, int]:
    default = NodeConfig().node_port_range
    node = found.get("nodePortRange")
    text = cursor.text(node)
    if text is None or node is None:
        return default
    low, _, high = text.partition("-")
    # Five digits are enough for any port and keep int() away from absurd lengths.
    fits = all(part.isascii() and part.isdigit() and len(part) <= len(str(MAX_PORT)) for part in (low, high))
    if fits and 1 <= int(low) <= int(high) <= MAX_PORT:
        return int(low), int(high)
    cursor.report("SVC106", f'"{text[:40]}" is not a range of ports', node, hint="as in 30000-32767")
    return default


def _bits(cursor: Cursor, found: Fields) -> tuple[int, int]:
    default = NodeConfig()
    masquerade = cursor.integer(found.get("masqueradeBit"), 0, MAX_BIT)
    verdict = cursor.integer(found.get("verdictBit"), 0, MAX_BIT)
    masquerade = default.masquerade_bit if masquerade is None else masquerade
    verdict = default.verdict_bit if verdict is None else verdict
    node = found.get("verdictBit") or found.get("masqueradeBit")
    if masquerade == verdict and node is not None:
        hint = "masqueradeBit is 14 and verdictBit 15 where they are not given"
        cursor.report("SVC112", f"masqueradeBit and verdictBit are both {verdict}", node, hint=hint)
    return masquerade, verdict
