from svcc.check import check
from svcc.derive.endpoints import mirror
from svcc.derive.select import select
from svcc.diag import Diagnostics
from svcc.model.endpoints import Endpoints, EndpointSubset
from svcc.model.manifests import Manifests
from svcc.model.pod import Pod
from svcc.model.service import ObjectName, Service, ServicePort
from svcc.model.size import allowed
from svcc.net import Address, Protocol
from tests.support import config, endpoint, endpoint_slice, service

NAME = ObjectName("lab", "web")
MANY = tuple(ServicePort(f"p{number}", Protocol.TCP, number) for number in range(1, 1001))
OUTER = tuple(Address(f"192.0.{high}.{low}") for high in range(4) for low in range(250))


def told(services, slices=()):
    sink = Diagnostics()
    check(Manifests(tuple(services), tuple(slices)), config(), sink)
    # That thousands of ports make many variables is another matter.
    return [(one.code, one.object, one.message) for one in sink if one.code != "SVC226"]


def test_a_product_of_addresses_and_ports_is_bounded():
    one = service(ports=MANY, external_ips=OUTER)
    assert [
        (
            "SVC222",
            "Service/lab/web",
            "this input makes 1,001,000 pairs of address and port, 1,001,000 of them here: at most 164,032 for its size",
        )
    ] == told([one])


def test_the_largest_object_is_told():
    endpoints = [endpoint(f"10.128.{high}.{low}") for high in range(4) for low in range(250)]
    held = endpoint_slice(*endpoints)
    ports = tuple(port for number in range(1, 1001) for port in endpoint_slice(port=number).ports)
    large = type(held)(held.name, held.service, held.family, ports, held.endpoints)
    assert ["EndpointSlice/lab/web-x"] == [object_ for _, object_, _ in told([service(ports=MANY)], [large])]


def test_pods_that_many_services_select_are_a_product():
    services = [service(f"s{n}", f"10.96.{n // 250}.{n % 250 + 1}", selector={"app": "a"}) for n in range(500)]
    pods = tuple(Pod(ObjectName("lab", f"p{n}"), {"app": "a"}) for n in range(500))
    sink = Diagnostics()
    check(select(Manifests(tuple(services), pods=pods)), config(), sink)
    (one,) = sink
    # Every pair is counted until there are too many, however many more there would be.
    assert ("SVC222", "at most 148,000 for its size") == (one.code, one.message.rpartition(": ")[2])


def test_mirrored_endpoints_do_not_widen_what_their_services_may_mean():
    held = Manifests(
        endpoints=(Endpoints(NAME, (EndpointSubset((endpoint("10.128.0.1"),), ()),)),), services=(Service(NAME),)
    )
    assert allowed(held) == allowed(mirror(held))


def test_many_ports_on_few_addresses_are_no_product():
    assert [] == told([service(ip=("10.96.0.10", "fd00:96::10"), ports=MANY, external_ips=OUTER[:20])])


def test_many_services_of_usual_size_are_no_product():
    names = [(f"s{number}", f"10.96.{number // 250}.{number % 250 + 1}") for number in range(5000)]
    assert [] == told(service(name, ip, ports=MANY[:3]) for name, ip in names)
