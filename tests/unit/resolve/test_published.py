import pytest

from svcc.model.endpoints import SlicePort
from svcc.model.manifests import Manifests
from svcc.model.service import ServiceType
from svcc.net import Address, Protocol, dashed
from svcc.resolve.published import Member, publish
from tests.support import endpoint, endpoint_slice, service

HTTP = (SlicePort("http", Protocol.TCP, 8080),)


def members(*slices, **changes):
    (found,) = publish(Manifests((service(**changes),), slices))
    return found.members


def test_ready_endpoints_are_published_sorted_by_address():
    held = endpoint_slice(endpoint("10.128.9.31"), endpoint("10.128.7.21", hostname="db-0"))
    assert (Member("10.128.7.21", "db-0", HTTP), Member("10.128.9.31", "10-128-9-31", HTTP)) == members(held)


@pytest.mark.parametrize("terminating", [True, False])
def test_who_is_not_ready_is_not_published_even_if_it_serves(terminating):
    assert () == members(endpoint_slice(endpoint("10.128.7.21", ready=False, serving=True, terminating=terminating)))


def test_neither_topology_nor_the_family_of_the_service_matters():
    six = endpoint_slice(endpoint("fd00::1", hint_zones=("elsewhere",)), suffix="six")
    assert ["fd00--1"] == [one.label for one in members(six)]


def test_one_address_in_two_slices_is_one_member_with_the_ports_of_both():
    first = endpoint_slice(endpoint("10.128.7.21", hostname="b"))
    second = endpoint_slice(endpoint("10.128.7.21", hostname="a"), port=9090, suffix="y")
    assert (Member("10.128.7.21", "a", (*HTTP, SlicePort("http", Protocol.TCP, 9090))),) == members(first, second)


def test_an_external_name_publishes_nobody():
    assert () == members(endpoint_slice(endpoint("10.128.7.21")), ip=(), type=ServiceType.EXTERNAL_NAME)


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("10.128.7.21", "10-128-7-21"),
        ("fd00::21", "fd00--21"),
        ("fd00::", "fd00--0"),
        ("::5:0:1", "0--5-0-1"),
        ("::", "0--0"),
    ],
)
def test_an_address_is_a_label_that_neither_begins_nor_ends_with_a_dash(address, label):
    assert label == dashed(Address(address))
