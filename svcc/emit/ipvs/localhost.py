"""Node ports on 127.0.0.1, which IPVS refuses to send anywhere: the companion does by DNAT, as the nftables target.

curl 127.0.0.1:30080 on the node   →   nat-output → localhost → pick → picks → pick-2 → slots → send → members
"""

from collections.abc import Mapping
from dataclasses import replace

from svcc.emit.nftables.lower import lower as lower_nftables
from svcc.emit.nftables.ruleset import Chain, NftTable
from svcc.emit.nftables.words import PORT_KEY
from svcc.graph.nodes import NodePort, RuleGraph
from svcc.net import Family, network_family

_COLLECTIONS = (
    "pools", "port-pools", "others", "port-others", "picks", "slots", "members", "sticky", "port-sticky", "affinity",
)  # fmt: skip
_LOOPBACK = "ip daddr 127.0.0.0/8"


def add_localhost(graph: RuleGraph, companions: Mapping[Family, NftTable]) -> Mapping[Family, NftTable]:
    """Return the companions with what node ports on localhost need, where the node has them."""
    if not graph.host.localhost_ports:
        return companions
    ports = tuple(one for one in graph.frontends if isinstance(one.at, NodePort) and one.family is Family.IPV4)
    table = lower_nftables(replace(graph, frontends=ports))[Family.IPV4]
    companion = companions[Family.IPV4]
    if not table.chains or not companion.chains:
        return companions
    chains = {name: one for name, one in table.chains.items() if one.base is None and name not in companion.chains}
    chains["localhost"] = Chain(None, (f"meta priority set {PORT_KEY} map @port-pools goto pick",))
    everywhere = any(one.prefixlen == 0 for one in graph.host.node_ports_on if network_family(one) is Family.IPV4)
    here = _LOOPBACK if everywhere else f"ip daddr @node-ports-on {_LOOPBACK}"
    output = companion.chains["nat-output"]
    chains["nat-output"] = replace(output, rules=(*output.rules[:-1], f"{here} jump localhost", output.rules[-1]))
    held = {name: table.collections[name] for name in _COLLECTIONS}
    return {
        **companions,
        Family.IPV4: replace(
            companion, collections={**companion.collections, **held}, chains={**companion.chains, **chains}
        ),
    }
