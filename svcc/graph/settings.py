"""The kernel settings and modules that a graph needs.

    a graph with IPv4 and IPv6 frontends     ->  {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}
    with localhost node ports                ->  … "net.ipv4.conf.all.route_localnet": "1"

    around({"net.ipv4.ip_forward": "1", "net.ipv4.conf.all.route_localnet": "1"})
        ->  {"net.ipv4.ip_forward": "1"} before the rules, {"net.ipv4.conf.all.route_localnet": "1"} after them

route_localnet lets 127.0.0.0/8 be routed at all; it is never set without the guard that keeps other hosts out of that range: the
rules come first when it is set, and go last when it is put back. A rollback, in the reverse order, keeps to that as well.
"""

from collections.abc import Mapping

from svcc.graph.nodes import RuleGraph
from svcc.net import Family

_GUARDED = "net.ipv4.conf.all.route_localnet"


def settings(graph: RuleGraph) -> dict[str, str]:
    """Return the sysctl settings that the rules rely on, by name."""
    families = {one.family for one in graph.frontends}
    needed: dict[str, str] = {}
    if Family.IPV4 in families:
        needed["net.ipv4.ip_forward"] = "1"
        if graph.host.localhost_ports:
            needed[_GUARDED] = "1"
    if Family.IPV6 in families:
        needed["net.ipv6.conf.all.forwarding"] = "1"
    return needed


def around(wanted: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Split settings into those to write before the rules and those to write after them."""
    after = {key: value for key, value in wanted.items() if key == _GUARDED and value != "0"}
    return {key: value for key, value in wanted.items() if key not in after}, after


def modules(graph: RuleGraph) -> tuple[str, ...]:
    """Return the kernel modules that iptables rules of the graph load, sorted."""
    needed = {
        "nf_conntrack",
        "xt_MASQUERADE",
        "xt_addrtype",
        "xt_bpf",
        "xt_comment",
        "xt_conntrack",
        "xt_mark",
        "xt_nat",
    }
    needed.add("xt_statistic")
    if any(pool.affinity is not None for pool in graph.pools):
        needed.add("xt_recent")
    return tuple(sorted(needed))
