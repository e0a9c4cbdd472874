"""A kernel that does not tell of flows, or does not delete them, is a warning and nothing else."""

from dataclasses import replace

import pytest

from svcc.cli import flows as flows_module
from svcc.cli.flows import Flows
from svcc.diag import Severity
from svcc.graph.nodes import AddressPort, Host
from svcc.kernel.base import Denied, KernelError
from svcc.net import Protocol
from svcc.plan.conntrack import Flow, Fronts, Served, StaleReason
from tests.support import addresses

VIP, GONE = addresses("10.96.0.53", "10.128.7.99")
AT = AddressPort(VIP, Protocol.UDP, 53)
FRONTS = Fronts({AT: Served("lab/dns", frozenset())}, Host())
FLOWS = [Flow(AT, GONE, 53, translated=True, zone=0, handle=bytes([number])) for number in range(3)]


class Conntrack:
    """Flows in memory: the last is gone when it is to be deleted; either act may be refused."""

    def __init__(self, refuse=()):
        self.refuse, self.held = dict(refuse), list(FLOWS)

    def read(self, fronts):
        assert FRONTS.frontends == fronts.frontends
        if "read" in self.refuse:
            raise self.refuse["read"]
        return list(self.held)

    def delete(self, some):
        if "delete" in self.refuse:
            raise self.refuse["delete"]
        assert set(some) <= set(self.held)
        return tuple(some)[:-1]


@pytest.fixture
def tools(monkeypatch):
    def use(**refuse):
        monkeypatch.setattr(flows_module, "conntrack", Conntrack(refuse))
        return Flows(FRONTS)

    return use


def numbers(found):
    return [(one.flows, one.reason) for one in found]


def test_only_flows_that_were_still_there_count_as_deleted(tools):
    flows = tools()
    assert [(3, StaleReason.EMPTY)] == numbers(flows.look())
    assert [(2, StaleReason.EMPTY)] == numbers(flows.delete())
    assert [] == flows.remarks


@pytest.mark.parametrize(("by_ipvs", "expected"), [(True, 2), (False, 1)])
def test_flows_that_ipvs_has_ended_meanwhile_count_as_deleted(by_ipvs, expected, monkeypatch):
    kernel = Conntrack()
    monkeypatch.setattr(flows_module, "conntrack", kernel)
    flows = Flows(replace(FRONTS, by_ipvs=by_ipvs))
    flows.await_end()
    kernel.held = FLOWS[1:]
    assert [(expected, StaleReason.EMPTY)] == numbers(flows.delete())


@pytest.mark.parametrize(
    ("refuse", "problem"),
    [
        ({"read": Denied("root alone")}, "stale flows cannot be deleted: root alone"),
        ({"delete": KernelError("no answer")}, "stale flows cannot be deleted: no answer"),
        ({"read": TimeoutError("timed out")}, "stale flows cannot be deleted: timed out"),
    ],
)
def test_what_the_kernel_refuses_is_a_warning(tools, refuse, problem):
    flows = tools(**refuse)
    assert () == flows.delete()
    (remark,) = flows.remarks
    assert (Severity.WARNING, problem) == (remark.severity, remark.text)


def test_without_services_of_udp_or_sctp_the_kernel_is_asked_nothing(tools):
    flows = tools(read=KernelError("asked"))
    flows.fronts = Fronts({}, Host())
    assert ((), []) == (flows.look(), flows.remarks)
