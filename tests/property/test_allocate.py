"""Whatever comes and goes: nobody else moves, nothing is held twice, and every change is told."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcc.allocate import Lock, allocate, demand_same, render
from svcc.allocate.decode_lock import decode_lock
from svcc.allocate.lock import Key, cluster_ip_key
from svcc.allocate.locked import differences
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.manifests import Manifests
from svcc.model.service import IpFamilyPolicy, ObjectName, Service, ServicePort, ServiceType, TrafficPolicy
from svcc.net import Address, Family, Protocol, address_at, contains, family_of, number, parse_address, parse_network

V4, V6 = parse_network("10.96.0.0/26"), parse_network("fd00:96::/122")
PORTS = (30000, 30079)
CONFIG = NodeConfig(service_cidrs=(V4, V6), node_port_range=PORTS)
NAMES = [ObjectName(namespace, name) for namespace in ("lab", "shop") for name in ("a", "b", "cart", "dns", "z")]
STATED = st.none() | st.integers(1, 40)
MOVED = {"SVC232", "SVC233", "SVC234", "SVC237"}

steady = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def services(draw, name):
    kind = draw(st.sampled_from(ServiceType))
    headless = kind is ServiceType.CLUSTER_IP and draw(st.integers(0, 4)) == 0
    numbers = draw(st.lists(st.sampled_from([(53, "TCP"), (53, "UDP"), (80, "TCP")]), min_size=1, unique=True))
    return Service(
        name,
        type=kind,
        headless=headless,
        ip_family_policy=None if kind is ServiceType.EXTERNAL_NAME else draw(st.sampled_from(IpFamilyPolicy)),
        ports=tuple(ServicePort(f"p{port}-{word.lower()}", Protocol(word), port) for port, word in numbers),
        external_policy=draw(st.sampled_from(TrafficPolicy))
        if kind is ServiceType.LOAD_BALANCER
        else TrafficPolicy.CLUSTER,
        allocate_node_ports=draw(st.booleans()) if kind is ServiceType.LOAD_BALANCER else True,
    )


@st.composite
def inputs(draw, names=NAMES):
    """Draw Services without a clash, some of which state an address or a port."""
    found, taken = [], set()
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        one = draw(services(name))
        at, port, check = draw(STATED), draw(STATED), draw(STATED)
        if at not in taken and one.wants_cluster_ip and at:
            one = replace(one, cluster_ips=(address_at(int(V4[0]) + at, Family.IPV4),), ip_families=(Family.IPV4,))
        if one.type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER) and port and ("port", port) not in taken:
            # The decoder has the other protocols inherit what one of them states.
            first = one.ports[0].port
            ports = (replace(p, node_port=PORTS[0] + port) if p.port == first else p for p in one.ports)
            one = replace(one, ports=tuple(ports))
            taken.add(("port", port))
        if one.wants_health_check_port and check and ("port", check) not in taken:
            one = replace(one, health_check_node_port=PORTS[0] + check)
            taken.add(("port", check))
        taken.add(at)
        found.append(one)
    return tuple(found)


def run(found, lock=None, config=CONFIG):
    sink = Diagnostics()
    after = allocate(Manifests(tuple(found)), config, lock or Lock(), sink)
    return after.manifests.services, after.lock, sink


def facts_of(lock):
    return {key: value for _, section in lock.sections() for key, value in section.items()}


def stated_keys(found):
    for one in found:
        yield from (cluster_ip_key(one.name, family_of(address)) for address in one.cluster_ips)
        yield from (Key(one.name, p.port, p.protocol.value) for p in one.ports if p.node_port is not None)
        if one.health_check_node_port is not None:
            yield Key(one.name)


def uses_of(found):
    """Yield each value in use with who may share it."""
    for one in found:
        yield from ((address, (one.name, 0)) for address in one.cluster_ips)
        yield from ((p.node_port, (one.name, p.port)) for p in one.ports if p.node_port is not None)
        if one.health_check_node_port is not None:
            yield one.health_check_node_port, (one.name, 0)


def values_held(found, lock):
    """Return who has each value, in use or idle; more than one owner is a mistake."""
    owners = {}
    for value, owner in (*uses_of(found), *((value, key.owner) for key, value in facts_of(lock).items())):
        owners.setdefault(value, set()).add(owner)
    return owners


def in_range(value):
    if isinstance(value, int):
        return PORTS[0] <= value <= PORTS[1]
    network = V4 if family_of(value) is Family.IPV4 else V6
    last = network[-1] if network is V6 else network[-2]
    return contains(network, value) and int(network[0]) < number(value) <= int(last)


def demand_sound(before, found, lock):
    assert all(len(owners) == 1 for owners in values_held(found, lock).values())
    assert all(in_range(value) for value in facts_of(lock).values())
    assert not facts_of(lock).keys() & set(stated_keys(before))
    assert {key.service for key in facts_of(lock)} <= {one.name for one in before}
    for old, one in zip(sorted(before, key=lambda one: one.name), sorted(found, key=lambda one: one.name), strict=True):
        assert old.cluster_ips == one.cluster_ips[: len(old.cluster_ips)]
        assert one.ip_families == one.families if one.wants_cluster_ip else () == one.cluster_ips
        assert not one.wants_node_ports or all(port.node_port for port in one.ports)
        assert bool(one.health_check_node_port) == one.wants_health_check_port


@steady
@given(st.lists(inputs(), min_size=1, max_size=5))
def test_nobody_else_moves_when_services_come_and_go(sequence):
    lock = Lock()
    for found in sequence:
        held, here, stated = facts_of(lock), {one.name for one in found}, set(stated_keys(found))
        complete, lock, sink = run(found, lock)
        assert 0 == sink.errors
        demand_sound(found, complete, lock)
        told = {one.field for one in sink if one.code in MOVED}
        should_stay = {key for key in held if key.service in here and key not in stated and key.path not in told}
        assert {key: held[key] for key in should_stay} == {key: facts_of(lock).get(key) for key in should_stay}
        # Only what a manifest states can move a fact here: the range has room, and facts were sound before.
        assert {one.code for one in sink} <= {"SVC234"}


@steady
@given(inputs(), inputs())
def test_without_stated_values_nobody_moves_at_all(first, second):
    plain = [tuple(without_stated(one) for one in found) for found in (first, second)]
    _, lock, _ = run(plain[0])
    _, after, sink = run(plain[1], lock)
    assert [] == list(sink)
    here = {one.name for one in plain[1]}
    kept = {key: value for key, value in facts_of(lock).items() if key.service in here}
    assert kept == {key: facts_of(after)[key] for key in kept}


def without_stated(one):
    ports = tuple(replace(port, node_port=None) for port in one.ports)
    return replace(one, cluster_ips=(), ip_families=(), ports=ports, health_check_node_port=None)


@steady
@given(inputs(), st.randoms(use_true_random=False))
def test_the_order_of_services_changes_nothing(found, random):
    shuffled = random.sample(found, len(found))
    one, other = run(found), run(shuffled)
    assert sorted(one[0], key=lambda service: service.name) == sorted(other[0], key=lambda service: service.name)
    assert render(one[1]) == render(other[1])
    assert list(one[2]) == list(other[2])


@steady
@given(inputs(), inputs())
def test_allocating_again_changes_nothing(first, second):
    _, lock, _ = run(first)
    complete, lock, _ = run(second, lock)
    again, same, sink = run(second, lock)
    assert (complete, lock, []) == (again, same, list(sink))
    demand_same(lock, same, Manifests(second), sink, ())
    assert [] == list(sink)


@steady
@given(inputs())
def test_complete_manifests_allocate_nothing(found):
    complete, lock, _ = run(found)
    again, empty, sink = run(complete)
    assert (complete, Lock(), []) == (again, empty, list(sink))
    assert complete == run(complete, lock)[0]


def merged(one, other):
    """Merge two locks as a union of lines: a section's lines of one side, then those that only the other has."""
    left, right = render(one).splitlines(), render(other).splitlines()
    sections = [at for at, line in enumerate(left) if not line.startswith((" ", "#"))][2:]
    lines = left[: sections[0]]
    for start, end in zip(sections, [*sections[1:], len(left)], strict=True):
        held = left[start:end]
        at = right.index(held[0])
        more = (line for line in right[at + 1 :])
        lines += held
        for line in more:
            if not line.startswith(" "):
                break
            if line not in held:
                lines.append(line)
    return "\n".join([*lines, ""])


@steady
@given(inputs(NAMES[:4]), inputs(NAMES[4:7]), inputs(NAMES[7:]), st.booleans())
def test_a_lock_survives_the_merge_of_two_branches(base, mine, theirs, turned):
    base, mine, theirs = (tuple(without_stated(one) for one in found) for found in (base, mine, theirs))
    _, common, _ = run(base)
    locks = [run((*base, *more), common)[1] for more in (mine, theirs)]
    sink = Diagnostics()
    lock = decode_lock(Source("svcc.lock", merged(*reversed(locks) if turned else locks)), sink)
    assert [] == list(sink)
    assert {**facts_of(locks[0]), **facts_of(locks[1])} == facts_of(lock)
    every = (*base, *mine, *theirs)
    complete, after, sink = run(every, lock)
    demand_sound(every, complete, after)
    assert {one.code for one in sink} <= {"SVC233"}
    moved = {one.key for one in differences(lock, after) if one.before is not None}
    assert {key.path for key in moved} == {one.field for one in sink}
    assert not {key.service for key in moved} & {one.name for one in base}


ADDRESSES = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda value: address_at(value, Family.IPV4)),
    st.integers(int(V6[0]), int(V6[0]) + 70).map(lambda value: address_at(value, Family.IPV6)),
    st.integers(2**64, 2**128 - 1).map(lambda value: address_at(value, Family.IPV6)),
    st.integers(int(V4[0]) - 3, int(V4[0]) + 70).map(lambda value: address_at(value, Family.IPV4)),
)
ANY_PORT = st.integers(29990, 30089) | st.integers(1, 65535)


@st.composite
def locks(draw):
    addresses = draw(st.lists(st.tuples(st.sampled_from(NAMES), ADDRESSES)))
    ports = st.tuples(st.sampled_from(NAMES), st.sampled_from([53, 80, 443]), st.sampled_from(["TCP", "UDP"]), ANY_PORT)
    checks = st.tuples(st.sampled_from(NAMES), ANY_PORT)
    return Lock(
        {cluster_ip_key(name, family_of(address)): address for name, address in addresses},
        {Key(name, port, word): value for name, port, word, value in draw(st.lists(ports))},
        {Key(name): value for name, value in draw(st.lists(checks))},
    )


@steady
@given(locks())
def test_reading_a_lock_is_the_inverse_of_writing_it(lock):
    sink = Diagnostics()
    assert lock == decode_lock(Source("svcc.lock", render(lock)), sink)
    assert [] == list(sink)


@steady
@given(inputs(), locks())
def test_any_lock_is_repaired_and_every_change_is_told(found, lock):
    complete, after, sink = run(found, lock)
    assert 0 == sink.errors
    demand_sound(found, complete, after)
    here, stated = {one.name for one in found}, set(stated_keys(found))
    changed = {one.key for one in differences(lock, after) if one.before is not None}
    changed = {key for key in changed if key.service in here and key not in stated}
    assert {key.path for key in changed} == {one.field for one in sink}
    assert (complete, after, []) == (*run(found, after)[:2], list(run(found, after)[2]))


@steady
@given(inputs(), locks(), st.sampled_from(["10.96.0.0/30", "10.96.0.0/29", "10.96.0.0/28"]), st.integers(0, 6))
def test_a_range_that_is_too_small_gives_what_it_has(found, lock, network, ports):
    config = NodeConfig(service_cidrs=(parse_network(network), V6), node_port_range=(30000, 30000 + ports))
    complete, after, sink = run(found, lock, config)
    assert all(len(owners) == 1 for owners in values_held(complete, after).values())
    lacking = any(one.wants_cluster_ip and one.ip_families != one.families for one in complete)
    lacking |= any(one.wants_node_ports and not all(port.node_port for port in one.ports) for one in complete)
    lacking |= any(one.wants_health_check_port and not one.health_check_node_port for one in complete)
    assert lacking == bool(sink.errors)
    assert {one.code for one in sink if one.severity.value == "error"} <= {"SVC235"}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"(shop/cart|a/b) ?(IPv4|80/TCP|[!-~]{0,6}): ?[!-~]{0,12}", fullmatch=True))
def test_no_line_of_a_lock_is_too_odd_to_be_read(line):
    for section in ("clusterIPs", "nodePorts", "healthCheckNodePorts"):
        sink = Diagnostics()
        text = f"apiVersion: svcc.dev/v1alpha1\nkind: Lock\n{section}:\n  {line}\n"
        lock = decode_lock(Source("svcc.lock", text), sink)
        for value in facts_of(lock).values():
            assert isinstance(value, int) or parse_address(value) == Address(value)
