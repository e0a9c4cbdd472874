import pytest

from svcc.check import check
from svcc.check.known import Known
from svcc.check.networks import check_nodes_in_pod_ranges
from svcc.diag import Diagnostics
from svcc.model.manifests import Manifests
from tests.support import addresses, config, networks
from tests.unit.check.told import NAMED, found, texts_at, told


def of(text):
    return told(config=NAMED + text, without={"SVC005"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "serviceCIDRs: [10.96.0.0/16]\nclusterCIDRs: [10.0.0.0/8]\n",
            [("SVC208", "svcc:4", "serviceCIDRs[0]", "svcc:5")],
        ),
        ("serviceCIDRs: [10.0.0.0/8]\npodCIDRs: [10.128.7.0/24]\n", [("SVC208", "svcc:5", "podCIDRs[0]", "svcc:4")]),
        (
            "serviceCIDRs: [10.0.0.0/8]\nclusterCIDRs: [10.0.0.0/8]\n",
            [("SVC208", "svcc:5", "clusterCIDRs[0]", "svcc:4")],
        ),
        (
            "serviceCIDRs: ['fd00::/64']\nclusterCIDRs: ['fd00::/48']\n",
            [("SVC208", "svcc:4", "serviceCIDRs[0]", "svcc:5")],
        ),
        ("serviceCIDRs: [10.96.0.0/16]\nnodeIPs: [10.96.0.11]\n", [("SVC208", "svcc:5", "nodeIPs[0]", "svcc:4")]),
        ("clusterCIDRs: [10.128.0.0/14]\nnodeIPs: [10.128.7.1]\n", [("SVC209", "svcc:5", "nodeIPs[0]", "svcc:4")]),
        ("clusterCIDRs: [10.0.0.0/8, 10.128.0.0/14]\n", [("SVC210", "svcc:4", "clusterCIDRs[1]", "svcc:4")]),
        ("nodeIPs: [10.0.0.1, 10.0.0.1]\n", [("SVC210", "svcc:4", "nodeIPs[1]", "svcc:4")]),
        (
            "clusterCIDRs: [10.128.0.0/14]\npodCIDRs: [10.128.7.0/24]\nserviceCIDRs: [10.96.0.0/16]\nnodeIPs: [172.20.5.11]\n",
            [],
        ),
    ],
)
def test_overlapping_ranges_are_told_with_both_places(text, expected):
    assert expected == of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "clusterCIDRs: [10.128.0.0/14]\nipvs: {innerCIDRs: [10.130.0.0/24]}\n",
            [("SVC208", "svcc:5", "ipvs.innerCIDRs[0]", "svcc:4")],
        ),
        (
            "nodeIPs: ['fd00:ffff::7']\nmode: ipvs\n",
            [("SVC208", "svcc:4", "nodeIPs[0]")],
        ),
        ("clusterCIDRs: ['fd00::/8']\nmode: ipvs\n", [("SVC208", "svcc:4", "ipvs.innerCIDRs[1]")]),
        ("clusterCIDRs: ['fd00::/8']\nmode: nftables\n", []),
        (
            "serviceCIDRs: [10.96.0.0/16]\nipvs: {excludeCIDRs: [192.0.2.0/24, 10.96.5.0/24]}\nmode: ipvs\n",
            [("SVC208", "svcc:5", "ipvs.excludeCIDRs[1]", "svcc:4")],
        ),
        ("serviceCIDRs: [10.96.0.0/16]\nipvs: {excludeCIDRs: [10.96.5.0/24]}\n", []),
        ("nodeIPs: [172.20.5.11]\nipvs: {excludeCIDRs: [172.20.0.0/16]}\nmode: ipvs\n", []),
    ],
)
def test_inner_networks_are_ipvss_own_and_what_it_leaves_alone_is_not_needed(text, expected):
    assert expected == of(text)


def test_an_overlap_is_told_once_for_ranges_in_one_another():
    text = "serviceCIDRs: [10.0.0.0/8]\nclusterCIDRs: [10.128.0.0/14]\npodCIDRs: [10.128.7.0/24]\n"
    assert [("SVC208", "svcc:5", "clusterCIDRs[0]", "svcc:4")] == of(text)


def test_a_node_in_the_range_of_its_own_pods_is_told_once():
    text = "clusterCIDRs: [10.128.0.0/14]\npodCIDRs: [10.128.7.0/24]\nnodeIPs: [10.128.7.1]\n"
    assert [("SVC209", "svcc:6", "nodeIPs[0]", "svcc:5")] == of(text)


def test_the_caret_is_under_the_range():
    text = NAMED + "serviceCIDRs: ['fd00::/64', 10.96.0.0/16]\nclusterCIDRs: [10.0.0.0/8]\n"
    diagnostics = [one for one in found(config=text) if one.code == "SVC208"]
    assert ["10.96.0.0/16"] == texts_at(diagnostics)
    assert ["serviceCIDRs[1] 10.96.0.0/16 overlaps clusterCIDRs[0] 10.0.0.0/8"] == [one.message for one in diagnostics]


def test_the_range_of_kube_proxys_configuration_has_its_place():
    text = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: 10.0.0.0/8,10.1.0.0/16\n"
    diagnostics = [one for one in found(config=text) if one.code == "SVC210"]
    assert [("KubeProxyConfiguration", "clusterCIDR")] == [(one.object, one.field) for one in diagnostics]


def test_addresses_read_from_the_system_may_be_among_the_pods():
    node = config(node_ips=addresses("10.128.7.1"), cluster_cidrs=networks("10.128.0.0/14"))
    sink = Diagnostics()
    check_nodes_in_pod_ranges(Known.of(Manifests(), node), sink)
    assert [] == list(sink)


def test_many_ranges_are_looked_at_in_one_walk():
    node = config(cluster_cidrs=networks("10.0.0.0/8") * 20_000)
    sink = Diagnostics()
    check(Manifests(), node, sink)
    assert 19_999 == sink.warnings
