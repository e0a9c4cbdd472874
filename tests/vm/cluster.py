"""A small cluster for applies in the machine with ip_vs, and its node: three Services, and connections that stay open.

cart  10.96.0.10:80                                  talk  10.96.0.70:7, which says back what it hears
web   198.51.100.20:80 of a load balancer, node port 30080, only to this node's endpoints

with Echoes(lab), open_talk(lab) as made:
    assert b"still there?" == says_back(made)
"""

import socket
import struct
import time

import yaml

from svcc.config import Mode
from tests.lab.appliance import want
from tests.lab.namespaces import NODE, Layout
from tests.lab.requests import Request
from tests.lab.servers import Listen
from tests.lab.traffic import ECHO, Target, Traffic
from tests.lab.worker import CONFIG

PODS = {"l1": ("10.128.7.21", "fd00:10:0:7::21"), "r1": ("10.128.9.31", "fd00:10:0:9::31")}
LAYOUT = Layout(
    node=("172.20.5.11", "fd00:20::11"),
    hosts={**PODS, "c": ("198.18.0.2", "fd00:1::2"), "p": ("10.128.7.40", "fd00:10:0:7::40")},
)
CART, TALK, BALANCER = "10.96.0.10", "10.96.0.70", "198.51.100.20"


def service(name, address, port, target, **spec):
    metadata = {"name": name, "namespace": "lab", "annotations": spec.pop("annotations", {})}
    status = spec.pop("status", {})
    ports = [{"name": "x", "port": port, "targetPort": target, **spec.pop("of_port", {})}]
    held = {"clusterIP": address, "ports": ports, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": held, "status": status}


def endpoints(name, pods, port):
    every = [
        {"addresses": [PODS[pod][0]], "nodeName": "worker-1" if pod.startswith("l") else "worker-2"} for pod in pods
    ]
    labels = {"kubernetes.io/service-name": name}
    metadata = {"name": f"{name}-1", "namespace": "lab", "labels": labels}
    ports = [{"name": "x", "port": port}]
    kind = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    return {**kind, "metadata": metadata, "ports": ports, "endpoints": every}


def cluster(cart=("l1", "r1"), talk=("l1", "r1"), web=("l1", "r1"), policy="Local", **more):
    objects = [service("cart", CART, 80, 8080, **more), endpoints("cart", cart, 8080)]
    objects += [service("talk", TALK, ECHO, ECHO), endpoints("talk", talk, ECHO)]
    if web is not None:
        ingress = {"loadBalancer": {"ingress": [{"ip": BALANCER}]}}
        spec = {"type": "LoadBalancer", "externalTrafficPolicy": policy, "of_port": {"nodePort": 30080}}
        objects += [service("web", "10.96.0.20", 80, 8081, status=ingress, **spec), endpoints("web", web, 8081)]
    return yaml.safe_dump_all(objects)


def ipvs(**changes):
    return want(cluster(**changes), CONFIG, Mode.IPVS)


def open_talk(lab):
    made = lab.socket("c", socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(10)
    # It ends with a reset: ip_vs forgets that in ten seconds, an orderly end in two minutes.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.bind(("198.18.0.2", 0))
    made.connect((TALK, ECHO))
    return made


def says_back(made):
    made.sendall(b"still there?")
    return made.recv(64)


class Echoes:
    """Servers that say back what they hear, on every pod, for as long as a block lasts."""

    def __init__(self, lab):
        self.lab = lab

    def __enter__(self):
        called = Target("cart", Request("c", "198.18.0.2", CART, 80))
        self.traffic = Traffic(self.lab, [called], [Listen(pod, 8080) for pod in PODS], pause=1.0)
        return self.traffic.__enter__()

    def __exit__(self, *raised):
        self.traffic.__exit__(*raised)


def wait_until_idle(lab, address, seconds=90):
    """Wait until ip_vs has no connection to an address."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        held = lab.run(NODE, "ipvsadm", "-Lcn").splitlines()[2:]
        if not any(address in line for line in held):
            return
        time.sleep(1)
    raise AssertionError(f"connections to {address} do not end: {held}")
