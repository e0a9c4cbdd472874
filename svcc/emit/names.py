"""Names of chains, derived so that a reader can match them with kube-proxy's by eye.

    pool_chain(shop/cart:http, TCP, cluster)   ->  SVCC-SVC-5XEBTAMPFYUOYT7N    (kube-proxy: KUBE-SVC-5XEBTAMPFYUOYT7N)
    tree_chain(10.96.0.0/16)                   ->  SVCC-T-10.96.0.0-16

The suffix is the first 16 letters of base32(sha256("ns/name:port" + protocol)), exactly kube-proxy's; our own prefix keeps
the two apart. A chain name may have 28 characters at most in iptables-legacy: 9 + 16 = 25, and 7 + 21 for prefixes in trees.
"""

import base64
import hashlib
from functools import cache

from svcc.graph.nodes import PoolId, PortName, Scope
from svcc.net import Network, Protocol

_TREE_ROOM = 21


_BYTES = 10
"""Ten bytes are exactly sixteen letters: encoding the rest of the digest would be work for nothing."""


@cache
def suffix(text: str) -> str:
    """Return the first 16 letters of base32(sha256(text))."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()[:_BYTES]).decode()


def service_suffix(name: PortName, protocol: str, more: str = "") -> str:
    """Return the suffix of a Service port's chains; `more` distinguishes one endpoint or gate from another."""
    return suffix(f"{name}{protocol.lower()}{more}")


def pool_chain(pool: PoolId) -> str:
    """Return the chain that holds a pool's endpoints: SVC for all of them, SVL for this node's own."""
    kind = "SVC" if pool.scope == Scope.CLUSTER.value else "SVL"
    return f"SVCC-{kind}-{service_suffix(pool.name, pool.protocol)}"


def route_chain(name: PortName, protocol: Protocol, kind: str) -> str:
    """Return the chain that splits traffic by client before it reaches the pools; `kind` is `EXT` or `CIP`."""
    return f"SVCC-{kind}-{service_suffix(name, protocol.value)}"


def gate_chain(name: PortName, protocol: Protocol, at: str) -> str:
    """Return the chain of one gated frontend; `at` is its address, or `node port`."""
    return f"SVCC-FW-{service_suffix(name, protocol.value, at)}"


def endpoint_list(pool: PoolId, endpoint: str) -> str:
    """Return the name of the xt_recent list that remembers the clients of one endpoint of one pool."""
    kind = "SEP" if pool.scope == Scope.CLUSTER.value else "SEL"
    return f"SVCC-{kind}-{service_suffix(pool.name, pool.protocol, endpoint)}"


def tree_chain(network: Network) -> str:
    """Return the chain of one prefix of the dispatch tree, readable where it fits."""
    text = f"{network.network_address}-{network.prefixlen}".replace(":", ".")
    return f"SVCC-T-{text if len(text) <= _TREE_ROOM else suffix(text)}"


def port_tree_chain(protocol: Protocol, low: int, high: int) -> str:
    """Return the chain of one range of node ports."""
    return f"SVCC-NP-{protocol.value}-{low}-{high}"
