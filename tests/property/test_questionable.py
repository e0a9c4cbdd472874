"""Checking looks only at the Services that a target may refuse or remark on, and tells the same as compiling all."""

from contextlib import suppress
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from svcc.config import IpvsOptions, Mode
from svcc.diag import Diagnostics, Source, Span, Stopped
from svcc.model.manifests import Manifests
from svcc.model.service import MASQ, ConnectionLimit, ServiceType
from svcc.pipeline import compile_graph, lower_iptables, lower_ipvs, lower_nftables
from svcc.questionable import check_target
from tests.property.test_agreement import POD_IPS, clusters
from tests.support import addresses, config, networks, service

FILE = Source("a.yaml", "")
# Heavy enough to be refused alone or only together with others; primes, since weights are divided by what they share.
HEAVY = dict(zip(POD_IPS, (14_983, 15_031, 30_011, 40_009), strict=True))
DEMANDS = ("affinity", "weights", "scheduler", "flags", "forwarding", "limits")
LOWER = {
    Mode.IPTABLES: lambda graph, _, sink: lower_iptables(graph, sink),
    Mode.NFTABLES: lambda graph, _, sink: lower_nftables(graph, sink),
    Mode.IPVS: lower_ipvs,
}


@st.composite
def demanding(draw):
    """A cluster some of whose Services ask for some of what iptables lacks, each at a place of its own."""
    manifests = draw(clusters())
    demands = draw(st.sets(st.sampled_from(DEMANDS)))

    def some(demand, value):
        return draw(st.sampled_from((None, value))) if demand in demands else None

    services = tuple(
        replace(
            one,
            **(
                some("flags", {"scheduler": "sh", "scheduler_flags": ("ops",)})
                or {"scheduler": some("scheduler", "lc")}
            ),
            forwarding=some("forwarding", "dr") or MASQ,
            connection_limits=some("limits", {"10.128.7.21": ConnectionLimit(0, 9)}) or {},
            affinity_seconds=some("affinity", 10800),
            weights={},
            external_ips=(*one.external_ips, *_more(draw, f"198.51.{at}")),
            load_balancer_ips=_more(draw, f"203.0.{at}") if one.type is ServiceType.LOAD_BALANCER else (),
            ports=tuple(
                replace(port, span=Span(FILE, 100 * at + index + 1, 1)) for index, port in enumerate(one.ports)
            ),
        )
        for at, one in enumerate(manifests.services)
    )
    slices = tuple(replace(one, weights=some("weights", HEAVY) or {}) for one in manifests.slices)
    return replace(manifests, services=services, slices=slices)


def _more(draw, start):
    """Return addresses of both families that no other Service has."""
    group = start.replace(".", ":")
    return addresses(
        *draw(st.lists(st.sampled_from((f"{start}.1", f"{start}.2", f"2001:db8:{group}::1")), unique=True))
    )


@settings(deadline=None)
@given(demanding(), st.sampled_from(tuple(LOWER)), st.sampled_from((None, None, "random", "sh", "wrr")), st.booleans())
def test_a_check_tells_what_compiling_tells(manifests, mode, scheduler, localhost):
    inner = IpvsOptions(inner_cidrs=networks("169.254.96.0/30", "fd00:ffff::/126"))
    node = config(mode=mode, scheduler=scheduler, localhost_node_ports=localhost, ipvs=inner)
    checked, compiled = Diagnostics(), Diagnostics()
    check_target(manifests, node, checked)
    with suppress(Stopped):
        LOWER[mode](compile_graph(manifests, node).graph, node, compiled)
    assert list(compiled) == list(checked)


def test_in_ipvs_mode_every_address_is_asked_for_whose_it_is():
    own_first = service(external_ips=addresses("172.20.5.11", "198.51.100.1"))
    checked = Diagnostics()
    check_target(Manifests((own_first,)), config(mode=Mode.IPVS), checked)
    assert ["SVC312"] == [one.code for one in checked]
