"""Write a cluster of any size as one YAML file: Services and EndpointSlices as people and Helm write them.

    python examples/big.py --services 2 --endpoints 3     ->   ---
                                                               apiVersion: v1
                                                               kind: Service
                                                               metadata:
                                                                 name: svc-00000
                                                                 …

The same numbers and seed give the same bytes. ClusterIPs lie at random in 10.96.0.0/16, pods in 10.128.0.0/14, one /24 a
node. It prints 10,000 Services with ten endpoints each in less than a second.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SERVICE_NETWORK = (10 << 24) + (96 << 16)
POD_NETWORK = (10 << 24) + (128 << 16)
RESERVED = 256
"""Addresses at the start of the service range that are left to kubernetes, DNS and other fixed ones."""
NODES = 1000
PODS_A_NODE = 250
TEAMS = ("billing", "catalog", "checkout", "identity", "logistics", "media", "search", "support")
MAX_SERVICES = (1 << 16) - RESERVED - 1

HEADER = """\
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/managed-by: Helm
spec:
  type: ClusterIP
  clusterIP: {address}
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: 8080
      protocol: TCP
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: {name}-{suffix}
  namespace: {namespace}
  labels:
    kubernetes.io/service-name: {name}
addressType: IPv4
ports:
  - name: http
    port: 8080
    protocol: TCP
endpoints:
"""
ENDPOINT = """\
  - addresses: [{address}]
    nodeName: {node}
    conditions: {{ready: true}}
"""


class Backend(NamedTuple):
    """One ready pod and the node that it runs on."""

    address: str
    node: str


class Shape(NamedTuple):
    """One Service of the cluster: port http, 80 → 8080, TCP."""

    namespace: str
    name: str
    address: str
    backends: tuple[Backend, ...]


def dotted(number: int) -> str:
    """Return an IPv4 address in its usual form."""
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def shapes(services: int, endpoints: int, seed: int = 1) -> Iterator[Shape]:
    """Yield the Services of a cluster, by name."""
    chance = random.Random(seed)
    addresses = chance.sample(range(RESERVED, RESERVED + MAX_SERVICES), services)
    nodes = chance.sample(range(NODES), NODES)
    for index, offset in enumerate(addresses):
        pods = range(index * endpoints, (index + 1) * endpoints)
        yield Shape(
            TEAMS[index % len(TEAMS)],
            f"svc-{index:05d}",
            dotted(SERVICE_NETWORK + offset),
            tuple(_backend(pod, nodes) for pod in pods),
        )


def _backend(pod: int, nodes: list[int]) -> Backend:
    host, turn = divmod(pod, NODES)
    node = nodes[turn]
    return Backend(dotted(POD_NETWORK + node * 256 + 2 + host), f"worker-{node + 1}")


def documents(services: int, endpoints: int, seed: int = 1) -> Iterator[str]:
    """Yield the YAML of each Service with its EndpointSlice."""
    chance = random.Random(seed)
    for one in shapes(services, endpoints, seed):
        suffix = "".join(chance.choices("bcdfghjklmnpqrstvwxz2456789", k=5))
        head = HEADER.format(name=one.name, namespace=one.namespace, address=one.address, suffix=suffix)
        yield head + "".join(ENDPOINT.format(address=pod.address, node=pod.node) for pod in one.backends)


def main() -> None:
    """Read the arguments and write the file."""
    reader = argparse.ArgumentParser(
        description="Write a cluster of any size as one YAML file, for tests of scale.",
        epilog="example: python examples/big.py --services 10000 --endpoints 10 --single-file /tmp/big.yaml",
    )
    reader.add_argument("--services", type=int, default=1000, metavar="N", help="how many Services (default 1000)")
    reader.add_argument("--endpoints", type=int, default=10, metavar="N", help="endpoints of each (default 10)")
    reader.add_argument("--seed", type=int, default=1, help="another seed gives other addresses (default 1)")
    reader.add_argument("--single-file", type=Path, metavar="FILE", help="write there instead of to standard output")
    given = reader.parse_args()
    if not 0 <= given.services <= MAX_SERVICES:
        reader.error(f"--services must be 0 to {MAX_SERVICES}: more do not fit into 10.96.0.0/16")
    if not 0 <= given.services * given.endpoints <= NODES * PODS_A_NODE:
        reader.error(f"at most {NODES * PODS_A_NODE} endpoints fit into 10.128.0.0/14")
    if given.single_file is None:
        sys.stdout.writelines(documents(given.services, given.endpoints, given.seed))
        return
    with given.single_file.open("w", encoding="utf-8") as file:
        file.writelines(documents(given.services, given.endpoints, given.seed))


if __name__ == "__main__":
    main()
