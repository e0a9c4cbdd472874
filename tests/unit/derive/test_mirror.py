from dataclasses import replace

from svcc.derive.endpoints import mirror
from svcc.model.endpoints import Endpoint, Endpoints, EndpointSlice, EndpointSubset, SlicePort
from svcc.model.manifests import Manifests
from svcc.model.pod import Pod
from svcc.model.service import ObjectName, Service
from svcc.net import Family, Protocol

NAME = ObjectName("shop", "db")
PORT = SlicePort("", Protocol.TCP, 5432)
SUBSET = EndpointSubset((Endpoint("10.0.0.10"), Endpoint("fd00::1"), Endpoint("10.0.0.9", ready=False)), (PORT,))


def mirrored(service, *subsets, skip=False):
    return mirror(Manifests(services=(service,), endpoints=(Endpoints(NAME, subsets, skip),))).slices


def test_each_family_of_a_subset_makes_a_slice_sorted_by_address():
    four, six = mirrored(Service(NAME), SUBSET)
    assert (Family.IPV4, ("10.0.0.9", "10.0.0.10"), (PORT,)) == (
        four.family,
        tuple(one.address for one in four.endpoints),
        four.ports,
    )
    assert (NAME, Family.IPV6, ("fd00::1",)) == (six.service, six.family, tuple(one.address for one in six.endpoints))


def test_each_subset_keeps_its_own_ports():
    other = EndpointSubset((Endpoint("10.0.0.1"),), (SlicePort("b", Protocol.TCP, 1),))
    slices = mirrored(Service(NAME), other, SUBSET)
    assert [("b", 1), ("", 2), ("", 1)] == [(one.ports[0].name, len(one.endpoints)) for one in slices]


def test_a_service_with_a_selector_is_not_mirrored():
    assert () == mirrored(Service(NAME, selector={"app": "db"}), SUBSET)


def test_a_service_whose_selector_matches_pods_is_mirrored_unless_it_has_slices():
    service = Service(NAME, selector={"app": "db"})
    pods = {NAME: (Pod(ObjectName("shop", "db-0"), {"app": "db"}),)}
    held = Manifests(services=(service,), endpoints=(Endpoints(NAME, (SUBSET,)),), selected=pods)
    assert ["db-mirror-0-ipv4", "db-mirror-0-ipv6"] == [one.name.name for one in mirror(held).slices]
    given = EndpointSlice(ObjectName("shop", "db-x"), NAME, Family.IPV4)
    assert (given,) == mirror(replace(held, slices=(given,))).slices


def test_the_skip_label_on_either_object_stops_mirroring():
    assert () == mirrored(Service(NAME, skip_mirror=True), SUBSET)
    assert () == mirrored(Service(NAME), SUBSET, skip=True)


def test_endpoints_of_no_service_are_not_mirrored():
    assert () == mirrored(Service(ObjectName("bank", "db")), SUBSET)
