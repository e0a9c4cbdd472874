"""Clients that send datagrams from one port for ever, as resolvers do, to a Service of every kind of frontend; and the Service.

    with Clients(lab) as clients:
        clients.ask()      ->  {Place("c", "10.96.0.53", 53): "10.128.7.21", …}     who answered each; None where nobody did
        svcc.apply(…)
        clients.ask()      ->  …    from the same ports

Conntrack takes all that a client sends from one port to one place for one flow, and decides on its first packet alone.
"""

import contextlib
import json
import select
import socket
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import yaml

from tests.lab.namespaces import NODE, Lab, Layout
from tests.lab.servers import Listen

NODE_IPS = ("172.20.5.11", "fd00:20::11")
SECOND_IP = "172.21.5.11"
PODS = {
    "l1": ("10.128.7.21", "fd00:10:0:7::21"),
    "l2": ("10.128.7.22", "fd00:10:0:7::22"),
    "r1": ("10.128.9.31", "fd00:10:0:9::31"),
}
CLIENTS = {
    "c": ("198.18.0.2", "fd00:1::2"),
    "p": ("10.128.7.40", "fd00:10:0:7::40"),
    NODE: NODE_IPS,
}
LAYOUT = Layout(node=(*NODE_IPS, SECOND_IP), hosts={**PODS, "c": CLIENTS["c"], "p": CLIENTS["p"]})
VIP, EXTERNAL, BALANCER = (
    ("10.96.0.53", "fd00:96::53"),
    ("203.0.113.5", "2001:db8:71::5"),
    ("198.51.100.20", "2001:db8:51::20"),
)
PORT, NODE_PORT, TARGET = 53, 30053, 5353
SERVICE = "lab/dns:dns"
LISTEN = [Listen(pod, TARGET) for pod in PODS]
PATIENCE = 1.0
IGNORED = "SVC221, SVC312, SVC313"
"""Notes that would stand beside what is printed as JSON."""


class Place(NamedTuple):
    """A client, and where it sends to."""

    client: str
    to: str
    port: int


PLACES = tuple(
    Place(client, addresses[index], port)
    for client in CLIENTS
    for index in range(2)
    for addresses, port in ((VIP, PORT), (EXTERNAL, PORT), (BALANCER, PORT), (NODE_IPS, NODE_PORT))
)


def service(**spec: Any) -> dict[str, Any]:
    """Return the Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "dns", "namespace": "lab", "annotations": {"svcc.dev/ignore": IGNORED}},
        "spec": {
            "type": "LoadBalancer",
            "clusterIP": VIP[0],
            "clusterIPs": list(VIP),
            "externalIPs": list(EXTERNAL),
            "ipFamilyPolicy": "RequireDualStack",
            "ipFamilies": ["IPv4", "IPv6"],
            "ports": [{"name": "dns", "port": PORT, "protocol": "UDP", "nodePort": NODE_PORT}],
            **spec,
        },
        "status": {"loadBalancer": {"ingress": [{"ip": one} for one in BALANCER]}},
    }


def cluster(*pods: str, leaving: Sequence[str] = (), **spec: Any) -> str:
    """Return the Service with these endpoints, and some that terminate and serve, as YAML."""
    documents = [service(**spec)]
    for index, family in enumerate(("IPv4", "IPv6")):
        documents.append(
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "name": f"dns-{family.lower()}",
                    "namespace": "lab",
                    "labels": {"kubernetes.io/service-name": "dns"},
                },
                "addressType": family,
                "ports": [{"name": "dns", "port": TARGET, "protocol": "UDP"}],
                "endpoints": [
                    {
                        "addresses": [PODS[pod][index]],
                        "nodeName": "worker-1" if pod.startswith("l") else "worker-2",
                        "conditions": {
                            "ready": pod not in leaving,
                            "serving": True,
                            "terminating": pod in leaving,
                        },
                    }
                    for pod in (*pods, *leaving)
                ],
            }
        )
    return yaml.safe_dump_all(documents, sort_keys=False)


class Clients:
    """A socket for each place, bound to a port of its own for as long as this lasts."""

    def __init__(self, lab: Lab, places: Sequence[Place] = PLACES) -> None:
        self._lab, self._places = lab, places
        self._sockets: dict[Place, socket.socket] = {}

    def __enter__(self) -> Self:
        for place in self._places:
            family = socket.AF_INET6 if ":" in place.to else socket.AF_INET
            made = self._lab.socket(place.client, family, socket.SOCK_DGRAM)
            made.bind((CLIENTS[place.client][family == socket.AF_INET6], 0))
            made.connect((place.to, place.port))
            made.setblocking(False)  # noqa: FBT003 - the standard library has no keyword for it
            self._sockets[place] = made
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for one in self._sockets.values():
            one.close()

    def ask(self) -> Mapping[Place, str | None]:
        """Send one datagram each, never a second, and return the address of whoever answered; None without an answer."""
        for one in self._sockets.values():
            _drop_what_waits(one)
            with contextlib.suppress(OSError):
                one.send(b"?")
        answers: dict[Place, str | None] = dict.fromkeys(self._sockets)
        waiting = {one: place for place, one in self._sockets.items()}
        until = time.monotonic() + PATIENCE
        while waiting and (left := until - time.monotonic()) > 0:
            for one in select.select(list(waiting), [], [], left)[0]:
                place = waiting.pop(one)
                with contextlib.suppress(OSError):  # refused, which is no answer either
                    answers[place] = json.loads(one.recv(512))["address"]
        return answers


def answered_by(pod: str) -> dict[Place, str]:
    """Return the answers of `ask` where one pod answers everywhere."""
    return {place: PODS[pod][":" in place.to] for place in PLACES}


def _drop_what_waits(one: socket.socket) -> None:
    """Take late answers and refusals from a socket, so that none is taken for an answer to what is sent next."""
    for _ in range(8):
        try:
            one.recv(512)
        except BlockingIOError:
            return
        except OSError:
            continue
