"""Read kube-proxy's own configuration as far as it says something about the dataplane.

    kind: KubeProxyConfiguration              NodeConfig(cluster_cidrs=(10.128.0.0/14, fd00::/48),
    clusterCIDR: 10.128.0.0/14,fd00::/48  ->    masquerade_all=True)
    iptables: {masqueradeAll: true}

The fields are those of kubeproxy.config.k8s.io/v1alpha1 (Kubernetes 1.34). A value that is null, empty, zero or false is the
default, as kubeadm writes them all. What changes packets in kube-proxy and nothing in svcc is reported when it is set.
"""

from typing import TypeVar

from svcc.config import DetectLocal, Mode, NodeConfig
from svcc.diag import Reason
from svcc.model.decode_meta import check_subdomain
from svcc.model.ipvs_options import TIMES, ipvs_options, ipvs_spans
from svcc.model.kube_proxy_rules import check_conntrack, check_periods, check_process
from svcc.model.node_options import (
    DETECTORS,
    check_detector,
    local_interface,
    node_port_addresses,
    spans_of,
    told_apart,
)
from svcc.net import Network, network_family, parse_network
from svcc.source.cursor import Cursor, Fields, Node, did_you_mean

MAX_BIT = 31

_KNOWN = frozenset(
    {
        "apiVersion", "kind", "metadata", "featureGates", "clientConnection", "logging", "hostnameOverride",
        "bindAddress", "healthzBindAddress", "metricsBindAddress", "bindAddressHardFail", "enableProfiling",
        "showHiddenMetricsForVersion", "mode", "iptables", "ipvs", "nftables", "winkernel", "detectLocalMode",
        "detectLocal", "clusterCIDR", "nodePortAddresses", "oomScoreAdj", "conntrack", "configSyncPeriod",
        "portRange", "windowsRunAsService", "udpIdleTimeout",
    }
)  # fmt: skip
_IPTABLES = frozenset({"masqueradeBit", "masqueradeAll", "localhostNodePorts", "syncPeriod", "minSyncPeriod"})
_NFTABLES = frozenset({"masqueradeBit", "masqueradeAll", "syncPeriod", "minSyncPeriod"})
_IPVS = frozenset({"syncPeriod", "minSyncPeriod", "scheduler", "excludeCIDRs", "strictARP", *TIMES})
_CONNTRACK = frozenset(
    {
        "maxPerCore", "min", "tcpEstablishedTimeout", "tcpCloseWaitTimeout", "tcpBeLiberal", "udpTimeout",
        "udpStreamTimeout",
    }
)  # fmt: skip
_CONNTRACK_DEFAULTS = {
    "maxPerCore": ("32768",),
    "min": ("131072",),
    "tcpEstablishedTimeout": ("24h0m0s", "24h"),
    "tcpCloseWaitTimeout": ("1h0m0s", "1h"),
}
_UNSET = ("", "0", "0s", "false")
T = TypeVar("T")
_DETECTORS = {word: one for word, one in DETECTORS.items() if one is not DetectLocal.NONE}
"""Unlike svcc, kube-proxy always detects."""
_MODES = {"iptables": Mode.IPTABLES, "ipvs": Mode.IPVS, "nftables": Mode.NFTABLES}


def decode_kube_proxy(cursor: Cursor) -> NodeConfig:
    """Return what a KubeProxyConfiguration says about this node; mistakes are in the sink."""
    found = cursor.fields(cursor.root, _KNOWN)
    mode = _mode(cursor, found.get("mode"))
    detect = _chosen(cursor, found.get("detectLocalMode"), _DETECTORS) or DetectLocal.CLUSTER_CIDR
    interface = local_interface(cursor, found, detect)
    check_detector(cursor, found, detect, has_fact=bool(interface))
    primary, ranges = node_port_addresses(cursor, found, has_node_ips=False)
    iptables = cursor.fields(found.get("iptables"), _IPTABLES)
    nftables = cursor.fields(found.get("nftables"), _NFTABLES)
    ipvs = cursor.fields(found.get("ipvs"), _IPVS)
    masquerading = nftables if mode is Mode.NFTABLES else iptables
    bit = cursor.integer(masquerading.get("masqueradeBit"), 0, MAX_BIT)
    default = NodeConfig()
    bit = default.masquerade_bit if bit is None else bit
    for section in (iptables, nftables, ipvs):
        check_periods(cursor, section)
    check_process(cursor, found)
    _report_without_effect(cursor, found)
    return NodeConfig(
        mode=mode,
        node_name=_node_name(cursor, found),
        cluster_cidrs=_cluster_cidrs(cursor, found.get("clusterCIDR")),
        detect_local=detect,
        local_interface=interface,
        node_port_primary=primary,
        node_port_cidrs=ranges,
        localhost_node_ports=bool(cursor.boolean(iptables.get("localhostNodePorts"))),
        masquerade_all=bool(cursor.boolean(masquerading.get("masqueradeAll"))),
        masquerade_bit=bit,
        verdict_bit=default.masquerade_bit if bit == default.verdict_bit else default.verdict_bit,
        ipvs=ipvs_options(cursor, ipvs, in_parts=True),
        spans={**spans_of(cursor, found, ("mode", "clusterCIDR")), **ipvs_spans(cursor, ipvs)},
    )


def _chosen(cursor: Cursor, node: Node | None, choices: dict[str, T]) -> T | None:
    return cursor.choice(node, choices) if node is not None and cursor.text(node) else None


def _mode(cursor: Cursor, node: Node | None) -> Mode:
    """SVC105: a mode that kube-proxy does not have, which it calls Invalid."""
    word = cursor.text(node)
    if word and node is not None and word not in _MODES:
        hint = f"one of {', '.join(_MODES)}{did_you_mean(word, tuple(_MODES))}"
        cursor.report("SVC105", f'"{word[:60]}" is not supported', node, hint=hint, reason=Reason.INVALID)
    return _MODES.get(word or "", Mode.IPTABLES)


def _node_name(cursor: Cursor, found: Fields) -> str | None:
    node = found.get("hostnameOverride")
    name = cursor.text(node)
    if not name or node is None:
        return None
    check_subdomain(cursor, name, node)
    return name


def _cluster_cidrs(cursor: Cursor, node: Node | None) -> tuple[Network, ...]:
    text = cursor.text(node)
    if not text or node is None:
        return ()
    try:
        ranges = tuple(parse_network(part.strip()) for part in text.split(","))
    except ValueError as error:
        cursor.report("SVC108", str(error)[:120], node)
        return ()
    if len({network_family(one) for one in ranges}) < len(ranges):
        cursor.report("SVC108", "kube-proxy takes one range of each family", node, hint="as in 10.128.0.0/14,fd00::/48")
    return told_apart(cursor, node, ranges)


def _report_without_effect(cursor: Cursor, found: Fields) -> None:
    conntrack = cursor.fields(found.get("conntrack"), _CONNTRACK)
    check_conntrack(cursor, conntrack)
    nodes = [node for name, node in conntrack.items() if _is_set(node, _CONNTRACK_DEFAULTS.get(name, ()))]
    nodes += [node for name in ("portRange", "udpIdleTimeout") if (node := found.get(name)) is not None]
    for node in nodes:
        if _is_set(node):
            name = cursor.path(node)
            cursor.report("SVC116", f"svcc does not do what {name} says", node, hint="remove it, or set it otherwise")


def _is_set(node: Node, default: tuple[str, ...] = ()) -> bool:
    """Tell whether a value differs from the default; an empty list is one."""
    return bool(node.value) and node.value not in (*_UNSET, *default)
