"""Any Pods and Services at all: the slices that are made of them say what each Pod says for itself.

The oracle asks every Pod for every port of every Service, from the manifests as they are written.
"""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from svcc.config import NodeConfig
from svcc.derive.pods import MAX_ENDPOINTS
from svcc.diag import Diagnostics, Source
from svcc.net import Family, family_of, parse_network
from svcc.reading import read

CONFIG = NodeConfig(service_cidrs=(parse_network("10.96.0.0/16"), parse_network("fd00:96::/112")))
NAMES = ("http", "web", "dns")
PROTOCOLS = ("TCP", "UDP")
# Most Pods are selected by most Services, or there would be little to compare.
LABELS = st.sampled_from(({"app": "a"}, {"app": "a", "tier": "a"}, {"app": "a", "tier": "b"}, {"app": "b"}, {}))
SELECTORS = st.sampled_from(({"app": "a"}, {"app": "a"}, {"app": "a", "tier": "a"}, {"tier": "b"}, {"app": "b"}, {}))
NAMESPACES = st.sampled_from(("shop", "shop", "shop", "bank"))
NODES = {"worker-1": "eu-a", "worker-2": "eu-b", "worker-3": None}
ZONES = [
    {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone} if zone else {}},
    }
    for name, zone in NODES.items()
]


@st.composite
def containers(draw):
    """One container, with ports of different names."""
    names = draw(st.lists(st.sampled_from((*NAMES, None)), unique=True, max_size=3))
    ports = [
        {
            "containerPort": draw(st.integers(1, 9)),
            "protocol": draw(st.sampled_from(PROTOCOLS)),
            **({"name": name} if name else {}),
        }
        for name in names
    ]
    return {"image": "a", "ports": ports}


@st.composite
def pods(draw, index):
    """A Pod in any state, with addresses that no other has."""
    own = [{"name": f"c{at}", **draw(containers())} for at in range(draw(st.integers(1, 2)))]
    early = [
        {"name": f"i{at}", **draw(containers()), **({"restartPolicy": "Always"} if draw(st.booleans()) else {})}
        for at in range(draw(st.integers(0, 1)))
    ]
    ready = draw(st.sampled_from(("True", "True", "False", "Unknown", None)))
    addresses = draw(st.sampled_from((("4", "6"), ("4",), ("6",), ("6", "4"), ())))
    given_ips = [{"ip": f"10.128.0.{index + 1}" if one == "4" else f"fd00::{index + 1:x}"} for one in addresses]
    node = draw(st.sampled_from((*NODES, "worker-9", None)))
    named = draw(
        st.sampled_from(
            ({}, {"hostname": f"h{index}"}, {"hostname": f"h{index}", "subdomain": "s0"}, {"subdomain": "s0"})
        )
    )
    meta = {"name": f"p{index}", "namespace": draw(NAMESPACES), "labels": draw(LABELS)}
    phase = draw(st.sampled_from(("Running", "Running", "Running", None, "Pending", "Unknown", "Succeeded", "Failed")))
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**meta, **({"deletionTimestamp": "2024-03-01T10:00:00Z"} if draw(st.booleans()) else {})},
        "spec": {"containers": own, "initContainers": early, **({"nodeName": node} if node else {}), **named},
        "status": {
            "podIPs": given_ips,
            **({"phase": phase} if phase else {}),
            **({"conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": ready}]} if ready else {}),
        },
    }  # fmt: skip


@st.composite
def services(draw, index):
    """A Service with a selector that may be empty, headless or with a cluster IP in any families."""
    headless = draw(st.booleans())
    targets = st.sampled_from((*NAMES, 0, 8080, None))
    ports = [
        {"name": f"n{at}", "port": 80 + at, "protocol": draw(st.sampled_from(PROTOCOLS)), "targetPort": draw(targets)}
        for at in range(draw(st.integers(0 if headless else 1, 2)))
    ]
    families = draw(st.sampled_from((["IPv4"], ["IPv6"], ["IPv4", "IPv6"], ["IPv6", "IPv4"])))
    spec = {
        "ports": [{key: value for key, value in one.items() if value is not None} for one in ports],
        "selector": draw(SELECTORS),
        "ipFamilies": families,
        "ipFamilyPolicy": "RequireDualStack" if len(families) > 1 else "SingleStack",
        "publishNotReadyAddresses": draw(st.booleans()),
        **({"clusterIP": "None"} if headless else {}),
    }
    distribution = draw(st.sampled_from((None, "PreferClose", "PreferSameZone", "PreferSameNode")))
    if headless and not spec["selector"]:
        spec |= {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"s{index}", "namespace": draw(NAMESPACES)},
        "spec": {**spec, **({"trafficDistribution": distribution} if distribution else {})},
    }


@st.composite
def clusters(draw):
    """A few of both, in any order."""
    held = [draw(services(index)) for index in range(draw(st.integers(1, 3)))]
    held += [draw(pods(index)) for index in range(draw(st.integers(1, 6)))]
    return draw(st.permutations([*held, *ZONES]))


def made(objects):
    """Return what svcc makes of objects."""
    sink = Diagnostics()
    text = "\n---\n".join(map(json.dumps, objects))
    slices = read([Source("all.json", text)], CONFIG, sink).manifests.slices
    assert 0 == sink.errors, [str(one) for one in sink]
    return slices


def said_by_slices(slices):
    """Return for every endpoint its facts and its ports, one by one."""
    return sorted(
        (
            str(held.service),
            one.address,
            (one.ready, one.serving, one.terminating, one.node_name, one.hint_zones, one.hint_nodes, one.hostname),
            sorted((port.name, port.protocol.value, port.port) for port in held.ports),
        )
        for held in slices
        for one in held.endpoints
    )


def said_by_pods(objects):
    """Return the same, asking each Pod for itself."""
    found = []
    for service in (one for one in objects if one["kind"] == "Service"):
        for pod in (one for one in objects if one["kind"] == "Pod"):
            if not is_chosen(service, pod):
                continue
            ports = [
                (port["name"], port["protocol"], number)
                for port in service["spec"]["ports"]
                if (number := target(pod, port)) is not None
            ]
            for address in (one["ip"] for one in pod["status"]["podIPs"]):
                if family_of(address).value in service["spec"]["ipFamilies"]:
                    where = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
                    found.append((where, address, facts(service, pod), sorted(ports)))
    return sorted(found)


def is_chosen(service, pod):
    selector, labels = service["spec"]["selector"], pod["metadata"]["labels"]
    same = service["metadata"]["namespace"] == pod["metadata"]["namespace"]
    alive = pod["status"].get("phase") not in ("Succeeded", "Failed")
    return bool(selector) and same and alive and all(labels.get(key) == value for key, value in selector.items())


def target(pod, port):
    wanted = port.get("targetPort")
    if not isinstance(wanted, str):
        return wanted or port["port"]
    lasting = [*pod["spec"]["containers"], *(one for one in pod["spec"]["initContainers"] if "restartPolicy" in one)]
    for container in lasting:
        for one in container["ports"]:
            if one.get("name") == wanted and one["protocol"] == port["protocol"]:
                return one["containerPort"]
    return None


def facts(service, pod):
    conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", ())}
    serving, going = conditions.get("Ready") == "True", "deletionTimestamp" in pod["metadata"]
    ready = service["spec"]["publishNotReadyAddresses"] or (serving and not going)
    node, wish = pod["spec"].get("nodeName"), service["spec"].get("trafficDistribution")
    zone = NODES.get(node)
    zones = (zone,) if wish and ready and zone else ()
    nodes = (node,) if wish == "PreferSameNode" and ready and node else ()
    named = pod["spec"].get("subdomain") == service["metadata"]["name"]
    return ready, serving, going, node, zones, nodes, pod["spec"].get("hostname") if named else None


@settings(deadline=None, max_examples=150)
@given(clusters())
def test_slices_say_what_every_pod_says_for_itself(objects):
    assert said_by_pods(objects) == said_by_slices(made(objects))


@settings(deadline=None, max_examples=60)
@given(clusters())
def test_each_slice_is_of_one_family_and_no_two_have_one_name_or_one_place_to_fill(objects):
    slices = made(objects)
    assert [{one.family} for one in slices] == [{family_of(at.address) for at in one.endpoints} for one in slices]
    assert (
        len(slices)
        == len({one.name for one in slices})
        == len({(one.service, one.family, one.ports) for one in slices})
    )


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 350), st.integers(1, 3))
def test_no_slice_has_more_than_a_hundred_endpoints_and_none_is_half_empty_before_the_last(count, shapes):
    objects = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "s0", "namespace": "shop"},
            "spec": {"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": "http"}]},
        },
        *(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": f"p{at}", "namespace": "shop", "labels": {"app": "a"}},
                "spec": {"containers": [{"name": "a", "image": "a", "ports": [{"name": "http", "containerPort": 1 + at % shapes}]}]},
                "status": {"podIP": f"10.128.{at // 250}.{at % 250}"},
            }
            for at in range(count)
        ),
    ]  # fmt: skip
    slices = made(objects)
    assert count == sum(len(one.endpoints) for one in slices)
    for number in range(1, shapes + 1):
        sizes = [len(one.endpoints) for one in slices if one.ports[0].port == number]
        assert all(size == MAX_ENDPOINTS for size in sizes[:-1])
        assert all(0 < size <= MAX_ENDPOINTS for size in sizes)
    assert {Family.IPV4} >= {one.family for one in slices}
