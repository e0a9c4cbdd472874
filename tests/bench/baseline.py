"""The same Services as kube-proxy's iptables mode programs them: what svcc is measured against.

    Shape(billing/svc-00000, 10.96.1.2,     -A KUBE-SERVICES -m comment … -d 10.96.1.2/32 --dport 80 -j KUBE-SVC-A…
          10.128.7.2, 10.128.9.2)       ->  -A KUBE-SVC-A… ! -s 10.128.0.0/14 -d 10.96.1.2/32 … -j KUBE-MARK-MASQ
                                            -A KUBE-SVC-A… -m statistic --mode random --probability 0.5 -j KUBE-SEP-B…
                                            -A KUBE-SVC-A… -j KUBE-SEP-C…
                                            -A KUBE-SEP-B… -s 10.128.7.2 -j KUBE-MARK-MASQ
                                            -A KUBE-SEP-B… -p tcp -m tcp -j DNAT --to-destination 10.128.7.2:8080

The shape is that of kube-proxy 1.31 (chains, their order of rules, names); above 1,000 endpoints it leaves the comments of
the chains of a Service out, and so does this. One kindness: chains are declared by name, because in kube-proxy's own order
iptables-nft 1.8.9 needs minutes for what takes seconds when sorted.
"""

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Iterator

from examples.big import Shape
from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.net import Family

LARGE = 1000
"""Endpoints above which kube-proxy leaves comments out."""

FILTER = """\
*filter
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-SERVICES - [0:0]
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
"""
NAT_CHAINS = ("KUBE-MARK-MASQ", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-SERVICES")
NAT_RULES = """\
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
"""
LAST_RULE = (
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"'
    " -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS\n"
)


def kube_proxy_script(services: Iterable[Shape], pods: str = "10.128.0.0/14") -> str:
    """Return one iptables-restore script, in iptables-save's form, for Services of `examples/big.py`."""
    wanted = tuple(services)
    large = sum(len(one.backends) for one in wanted) > LARGE
    dispatch: list[str] = []
    rules: dict[str, list[str]] = {name: [] for name in NAT_CHAINS}
    for one in wanted:
        dispatch.append(_dispatch(one))
        for chain, rule in _service_rules(one, pods, comments=not large):
            rules.setdefault(chain, []).append(rule)
    nat = "".join(f":{chain} - [0:0]\n" for chain in sorted(rules))
    body = "".join(f"-A {chain} {rule}\n" for chain in sorted(rules) for rule in rules[chain])
    return f"{FILTER}*nat\n{nat}{NAT_RULES}{''.join(dispatch)}{LAST_RULE}{body}COMMIT\n"


def read_script(script: str) -> IptablesRuleset:
    """Return a restore script as a ruleset, whoever's chains it holds."""
    tables: dict[str, dict[str, list[str]]] = {}
    chains: dict[str, list[str]] = {}
    for line in script.splitlines():
        if line.startswith("*"):
            chains = tables.setdefault(line[1:], {})
        elif line.startswith(":"):
            chains.setdefault(line[1:].split(" ", 1)[0], [])
        elif line.startswith("-A "):
            _, name, rule = line.split(" ", 2)
            chains.setdefault(name, []).append(rule)
    held = {table: {name: Chain(tuple(rules)) for name, rules in found.items()} for table, found in tables.items()}
    return IptablesRuleset(Family.IPV4, held)


def service_chain(service: Shape) -> str:
    """Return the name that kube-proxy gives the chain of a Service port."""
    return "KUBE-SVC-" + _hashed(f"{service.namespace}/{service.name}:httptcp")


def _endpoint_chain(service: Shape, to: str) -> str:
    return "KUBE-SEP-" + _hashed(f"{service.namespace}/{service.name}:httptcp{to}")


def _hashed(text: str) -> str:
    return b32encode(hashlib.sha256(text.encode()).digest())[:16].decode()


def _dispatch(one: Shape) -> str:
    said = f'-m comment --comment "{one.namespace}/{one.name}:http cluster IP"'
    return f"-A KUBE-SERVICES -d {one.address}/32 -p tcp {said} -m tcp --dport 80 -j {service_chain(one)}\n"


def _service_rules(one: Shape, pods: str, *, comments: bool) -> Iterator[tuple[str, str]]:
    chain, port = service_chain(one), f"{one.namespace}/{one.name}:http"
    said = f'-m comment --comment "{port} cluster IP"'
    yield chain, f"! -s {pods} -d {one.address}/32 -p tcp {said} -m tcp --dport 80 -j KUBE-MARK-MASQ"
    for index, backend in enumerate(one.backends):
        to = f"{backend.address}:8080"
        left = len(one.backends) - index
        chance = f"-m statistic --mode random --probability {round(2**31 / left) / 2**31:.11f} " if left > 1 else ""
        arrow = f'-m comment --comment "{port} -> {to}" ' if comments else ""
        yield chain, f"{arrow}{chance}-j {_endpoint_chain(one, to)}"
        named = f'-m comment --comment "{port}" ' if comments else ""
        yield _endpoint_chain(one, to), f"-s {backend.address}/32 {named}-j KUBE-MARK-MASQ"
        yield _endpoint_chain(one, to), f"-p tcp {named}-m tcp -j DNAT --to-destination {to}"
