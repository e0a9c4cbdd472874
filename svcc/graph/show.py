"""Print the graph: stable text for people and golden files, and plain values for JSON.

    frontend 10.96.0.10:80/TCP  cluster IP  shop/cart:http
      pod       pool shop/cart:http TCP IPv4 cluster
      others    pool shop/cart:http TCP IPv4 cluster, masquerade
    pool shop/cart:http TCP IPv4 cluster  affinity 10800 s
      10.128.7.21:8080  local
      10.128.9.31:8080  weight 3

Equal graphs print equal text, whatever the order of the input was.
"""

from collections.abc import Iterator
from typing import Any

from svcc.graph.nodes import MASQ, Backend, Frontend, Host, Pool, Route, RuleGraph, Target, Verdict
from svcc.net import endpoint_text


def lines(graph: RuleGraph) -> Iterator[str]:
    """Yield the graph line by line."""
    yield from _host_lines(graph.host)
    for frontend in graph.frontends:
        yield f"frontend {frontend.at}  {frontend.kind.value}  {frontend.service}"
        if frontend.gate is not None:
            yield "  gate      " + " ".join(str(one) for one in frontend.gate.allow)
        for who, target in _split(frontend.then):
            yield f"  {who:<9} {target_text(target)}"
    for pool in graph.pools:
        yield f"pool {pool.id}{_traits(pool)}"
        for backend in pool.backends:
            yield f"  {backend_text(backend)}"
    for check in graph.health_checks:
        yield f"health check {check.port}  {check.namespace}/{check.service}  {check.ready_local} ready here"


def _host_lines(host: Host) -> Iterator[str]:
    yield "host"
    yield f"  addresses       {_words(host.addresses)}"
    yield f"  node ports on   {_words(host.node_ports_on)}{'  localhost' if host.localhost_ports else ''}"
    pods = host.pods
    by_name = f"interface {pods.interface}{'*' if pods.prefix else ''}" if pods.interface else ""
    yield f"  pods            {by_name or _words(pods.networks)}"
    yield f"  service ranges  {_words(host.service_cidrs)}"
    yield f"  cluster IPs     {_words(host.cluster_ips)}"
    if host.untouched:
        yield f"  untouched       {_words(host.untouched)}"
    yield f"  marks           masquerade bit {host.masquerade_bit}, verdict bit {host.verdict_bit}"


def _words(values: tuple[object, ...]) -> str:
    return " ".join(str(one) for one in values) or "none"


def _split(route: Route) -> Iterator[tuple[str, Target]]:
    """Yield each target once, with the clients it is for."""
    if route.pod == route.node == route.external:
        yield "everyone", route.pod
        return
    yield "pod", route.pod
    if route.node == route.external:
        yield "others", route.node
        return
    yield "node", route.node
    yield "external", route.external


def target_text(target: Target) -> str:
    """Return one target in words."""
    if isinstance(target.to, Verdict):
        return target.to.value
    return f"pool {target.to}" + (", masquerade" if target.masquerade else "")


def _traits(pool: Pool) -> str:
    affinity = f"  affinity {pool.affinity} s" if pool.affinity is not None else ""
    scheduler = f"  scheduler {', '.join((pool.scheduler, *pool.flags))}" if pool.scheduler else ""
    return affinity + scheduler + (f"  forwarding {pool.forwarding}" if pool.forwarding != MASQ else "")


def backend_text(backend: Backend) -> str:
    """Return one backend in words."""
    weight = f"  weight {backend.weight}" if backend.weight != 1 else ""
    limit = f"  limit {backend.lower}:{backend.upper}" if backend.upper else ""
    return endpoint_text(backend.address, backend.port) + weight + limit + ("  local" if backend.local else "")


def as_json(graph: RuleGraph) -> dict[str, Any]:
    """Return the graph as plain values, in the same order."""
    host = graph.host
    return {
        "host": {
            "addresses": list(host.addresses),
            "nodePortsOn": [str(one) for one in host.node_ports_on],
            "pods": {
                "networks": [str(one) for one in host.pods.networks],
                "interface": host.pods.interface,
                "prefix": host.pods.prefix,
            },
            "serviceCIDRs": [str(one) for one in host.service_cidrs],
            "clusterIPs": list(host.cluster_ips),
            "untouched": list(host.untouched),
            "localhostNodePorts": host.localhost_ports,
            "masqueradeAll": host.masquerade_all,
            "masqueradeBit": host.masquerade_bit,
            "verdictBit": host.verdict_bit,
        },
        "frontends": [_frontend_json(one) for one in graph.frontends],
        "pools": [_pool_json(one) for one in graph.pools],
        "healthChecks": [
            {"port": one.port, "service": f"{one.namespace}/{one.service}", "readyLocal": one.ready_local}
            for one in graph.health_checks
        ],
    }


def _frontend_json(frontend: Frontend) -> dict[str, Any]:
    return {
        "at": str(frontend.at),
        "kind": frontend.kind.value,
        "service": str(frontend.service),
        "gate": None if frontend.gate is None else [str(one) for one in frontend.gate.allow],
        "pod": _target_json(frontend.then.pod),
        "node": _target_json(frontend.then.node),
        "external": _target_json(frontend.then.external),
        "origin": str(frontend.origin) if frontend.origin else None,
    }


def _target_json(target: Target) -> dict[str, Any]:
    if isinstance(target.to, Verdict):
        return {"verdict": target.to.value}
    return {"pool": str(target.to), "masquerade": target.masquerade}


def _pool_json(pool: Pool) -> dict[str, Any]:
    return {
        "id": str(pool.id),
        "affinity": pool.affinity,
        "scheduler": pool.scheduler,
        "flags": list(pool.flags),
        "forwarding": pool.forwarding,
        "backends": [
            {
                "address": one.address,
                "port": one.port,
                "weight": one.weight,
                "lower": one.lower,
                "upper": one.upper,
                "local": one.local,
                "origin": str(one.origin) if one.origin else None,
            }
            for one in pool.backends
        ],
    }
