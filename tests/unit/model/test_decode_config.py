import pytest

from svcc.config import DetectLocal, DnsOptions, IpvsOptions, Mode, NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode_config import decode_config
from svcc.net import parse_network
from tests.support import networks

OURS = "apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\n"
THEIRS = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"
FULL = """\
mode: nftables
nodeName: worker-1
nodeIPs: [172.20.5.11, "fd00::11"]
zone: eu-a
podCIDRs: [10.128.7.0/24]
clusterCIDRs: [10.128.0.0/14]
detectLocalMode: InterfaceNamePrefix
detectLocal: {bridgeInterface: cni0, interfaceNamePrefix: veth}
serviceCIDRs: [10.96.0.0/16]
nodePortRange: 30000-31000
nodePortAddresses: [primary]
localhostNodePorts: true
masqueradeAll: true
masqueradeBit: 15
verdictBit: 16
assignLoadBalancerIPs: true
scheduler: rr
relaxedServiceNames: true
clusterDomain: cluster.local
dns: {ttl: 5, pods: disabled}
ipvs: {scheduler: wlc, innerCIDRs: ["fd00:eeee::/64"], strictARP: true, excludeCIDRs: [192.0.2.0/24], tcpTimeout: 15m, tcpFinTimeout: 0s, udpTimeout: 1m30s}
"""
KUBEADM = """\
bindAddress: 0.0.0.0
clientConnection: {acceptContentTypes: "", burst: 0, contentType: "", kubeconfig: /var/lib/kube-proxy/kubeconfig.conf, qps: 0}
clusterCIDR: 10.128.0.0/14, fd00::/48
configSyncPeriod: 0s
conntrack: {maxPerCore: null, min: 131072, tcpBeLiberal: false, tcpEstablishedTimeout: 24h0m0s}
detectLocal: {bridgeInterface: "", interfaceNamePrefix: ""}
detectLocalMode: ""
enableProfiling: false
hostnameOverride: worker-2
iptables: {localhostNodePorts: null, masqueradeAll: true, masqueradeBit: 15, minSyncPeriod: 0s, syncPeriod: 0s}
ipvs: {excludeCIDRs: null, minSyncPeriod: 0s, scheduler: "", strictARP: false, tcpTimeout: 0s}
logging: {flushFrequency: 0, options: {json: {infoBufferSize: "0"}}, verbosity: 0}
metricsBindAddress: ""
mode: ""
nodePortAddresses: null
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel: {enableDSR: false}
"""


def run(text):
    sink = Diagnostics()
    config = decode_config(Source("svcc.yaml", text), sink)
    return config, list(sink)


def test_every_key_of_ours_is_read():
    expected = NodeConfig(
        mode=Mode.NFTABLES,
        node_name="worker-1",
        node_ips=("172.20.5.11", "fd00::11"),
        zone="eu-a",
        pod_cidrs=(parse_network("10.128.7.0/24"),),
        cluster_cidrs=(parse_network("10.128.0.0/14"),),
        detect_local=DetectLocal.INTERFACE_PREFIX,
        local_interface="veth",
        service_cidrs=(parse_network("10.96.0.0/16"),),
        node_port_range=(30000, 31000),
        node_port_primary=True,
        localhost_node_ports=True,
        masquerade_all=True,
        masquerade_bit=15,
        verdict_bit=16,
        assign_load_balancer_ips=True,
        scheduler="rr",
        ipvs=IpvsOptions(
            scheduler="wlc",
            inner_cidrs=networks("fd00:eeee::/64", "169.254.96.0/20"),
            strict_arp=True,
            exclude_cidrs=networks("192.0.2.0/24"),
            tcp_timeout=900,
            udp_timeout=90,
        ),
        relaxed_service_names=True,
    )
    assert (expected, []) == run(OURS + FULL)


def test_an_empty_configuration_is_the_default():
    assert (NodeConfig(), []) == run(OURS)


def test_kube_proxys_configuration_is_mapped():
    expected = NodeConfig(
        node_name="worker-2",
        cluster_cidrs=(parse_network("10.128.0.0/14"), parse_network("fd00::/48")),
        masquerade_all=True,
        masquerade_bit=15,
        verdict_bit=14,
    )
    assert (expected, []) == run(THEIRS + KUBEADM)


def test_addresses_to_listen_at_have_a_port():
    text = "bindAddress: '::'\nhealthzBindAddress: '[::]:10256'\nmetricsBindAddress: 127.0.0.1:10249\n"
    assert [] == run(THEIRS + text)[1]


def test_what_kube_proxy_does_and_svcc_does_not_is_reported():
    text = "conntrack: {min: 1, tcpBeLiberal: true}\n"
    assert [("SVC116", "conntrack.min"), ("SVC116", "conntrack.tcpBeLiberal")] == [
        (one.code, one.field) for one in run(THEIRS + text)[1]
    ]


def test_kube_proxys_section_for_ipvs_has_an_effect():
    text = "mode: ipvs\nipvs: {scheduler: sed, strictARP: true, excludeCIDRs: [192.0.2.0/24], tcpTimeout: 1.5s}\n"
    options = IpvsOptions("sed", strict_arp=True, exclude_cidrs=networks("192.0.2.0/24"), tcp_timeout=1)
    assert (NodeConfig(mode=Mode.IPVS, ipvs=options), []) == run(THEIRS + text)


def test_the_default_inner_networks_stand_in_for_a_family_that_is_not_named():
    assert IpvsOptions() == run(OURS + "ipvs: {innerCIDRs: []}")[0].ipvs
    changed = run(OURS + "ipvs: {innerCIDRs: [169.254.4.0/24]}")[0].ipvs.inner_cidrs
    assert networks("169.254.4.0/24", "fd00:ffff::/64") == changed


MISTAKES = [
    (OURS + "nodeNam: a", "SVC102", 3, 1, "nodeNam"),
    (OURS + "mode: iptable", "SVC105", 3, 7, "mode"),
    (OURS + "dns: {tll: 5}", "SVC102", 3, 7, "dns.tll"),
    (OURS + "masqueradeBit: 32", "SVC106", 3, 16, "masqueradeBit"),
    (OURS + "masqueradeBit: 15", "SVC112", 3, 16, "masqueradeBit"),
    (OURS + "nodePortAddresses: [primary]", "SVC113", 3, 21, "nodePortAddresses[0]"),
    (OURS + "nodePortAddresses: [10.0.0.1/8]", "SVC108", 3, 21, "nodePortAddresses[0]"),
    (OURS + "nodePortRange: 30000", "SVC101", 3, 16, "nodePortRange"),
    (OURS + "nodePortRange: 3-2", "SVC106", 3, 16, "nodePortRange"),
    (OURS + "detectLocalMode: BridgeInterface", "SVC113", 3, 18, "detectLocal.bridgeInterface"),
    (OURS + "detectLocalMode: NodeCIDR", "SVC113", 3, 18, "detectLocalMode"),
    (OURS + "dns: {ttl: 3601}", "SVC106", 3, 12, "dns.ttl"),
    (OURS + "dns: {pods: verified}", "SVC105", 3, 13, "dns.pods"),
    (OURS + "zone: eu/a", "SVC136", 3, 7, "zone"),
    (OURS + "clusterDomain: a_b", "SVC103", 3, 16, "clusterDomain"),
    (OURS + "nodePortAddresses: [10.0.0.0/8, 10.0.0.0/8]", "SVC119", 3, 33, "nodePortAddresses[1]"),
    (OURS + "ipvs: {innerCIDRs: [10.0.0.1/8]}", "SVC108", 3, 21, "ipvs.innerCIDRs[0]"),
    (OURS + "ipvs: {innerCIDRs: [169.254.4.0/31]}", "SVC108", 3, 21, "ipvs.innerCIDRs[0]"),
    (OURS + "ipvs: {innerCIDRs: [127.4.0.0/24]}", "SVC108", 3, 21, "ipvs.innerCIDRs[0]"),
    (OURS + "ipvs: {innerCIDRs: ['fe80::/64']}", "SVC108", 3, 21, "ipvs.innerCIDRs[0]"),
    (OURS + "ipvs: {innerCIDRs: [0.0.0.0/0]}", "SVC108", 3, 21, "ipvs.innerCIDRs[0]"),
    (OURS + "ipvs: {innerCIDRs: [10.4.0.0/24, 10.5.0.0/24]}", "SVC108", 3, 34, "ipvs.innerCIDRs[1]"),
    (OURS + "ipvs: {excludeCIDRs: [10.4.0.0/24, 10.4.0.0/24]}", "SVC119", 3, 36, "ipvs.excludeCIDRs[1]"),
    (OURS + "ipvs: {scheduler: random}", "SVC105", 3, 19, "ipvs.scheduler"),
    (OURS + "ipvs: {udpTimeout: 1500ms}", "SVC160", 3, 20, "ipvs.udpTimeout"),
    (OURS + "ipvs: {udpTimeout: 1000h}", "SVC160", 3, 20, "ipvs.udpTimeout"),
    (THEIRS + "ipvs: {innerCIDRs: [10.4.0.0/24]}", "SVC102", 3, 8, "ipvs.innerCIDRs"),
    (OURS + "ipvs: {tcpTimeout: 5}", "SVC160", 3, 20, "ipvs.tcpTimeout"),
    (OURS + "ipvs: {tcpTimeout: 5 s}", "SVC160", 3, 20, "ipvs.tcpTimeout"),
    (OURS + "ipvs: {strictARP: 'no'}", "SVC101", 3, 19, "ipvs.strictARP"),
    (THEIRS + "detectLocalMode: none", "SVC105", 3, 18, "detectLocalMode"),
    (THEIRS + "clusterCIDR: 10.0.0.0/9,10.128.0.0/9", "SVC108", 3, 14, "clusterCIDR"),
    (THEIRS + "metricsBindAddress: fd00::1:80", "SVC107", 3, 21, "metricsBindAddress"),
    (THEIRS + "healthzBindAddress: '[fd00::1]:0'", "SVC107", 3, 21, "healthzBindAddress"),
    (THEIRS + "iptables: {minSyncPeriod: 31s}", "SVC112", 3, 27, "iptables.syncPeriod"),
    (THEIRS + "clientConnection: {burst: -1}", "SVC106", 3, 27, "clientConnection.burst"),
    (OURS + "nodeIPs: [0.0.0.0]", "SVC107", 3, 11, "nodeIPs[0]"),
    (OURS + "nodeName: Worker", "SVC103", 3, 11, "nodeName"),
    (THEIRS + "clusterCIDR: 10.0.0.0", "SVC108", 3, 14, "clusterCIDR"),
    (THEIRS + "mode: kernelspace", "SVC105", 3, 7, "mode"),
    (THEIRS + "clustercidr: x", "SVC102", 3, 1, "clustercidr"),
    ("kind: NodeConfig\napiVersion: v1", "SVC105", 2, 13, "apiVersion"),
    ("kind: Service\napiVersion: v1", "SVC105", 1, 7, "kind"),
    ("[]", "SVC003", 1, 1, "apiVersion"),
    ("", "SVC003", 1, 1, ""),
    (OURS + "---\n" + OURS, "SVC003", 4, 1, ""),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "field"), MISTAKES)
def test_a_mistake_in_the_configuration_is_reported_where_it_stands(text, code, line, column, field):
    assert [(code, line, column, field)] == [
        (one.code, one.span.line, one.span.column, one.field) for one in run(text)[1]
    ]


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("clusterCIDRs: [0.0.0.0/0]", "SVC108", "clusterCIDRs"),
        ("serviceCIDRs: [10.96.0.0/16, 0.0.0.0/1, 128.0.0.0/1]", "SVC108", "serviceCIDRs"),
        (
            "detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: abcdefghijklmno}",
            "SVC103",
            "detectLocal.interfaceNamePrefix",
        ),
        (
            "detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: br+}",
            "SVC103",
            "detectLocal.bridgeInterface",
        ),
        (
            'detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: "a\\"b"}',
            "SVC103",
            "detectLocal.bridgeInterface",
        ),
    ],
)
def test_what_iptables_could_not_say_of_a_range_or_an_interface_is_refused(text, code, field):
    sink = Diagnostics()
    decode_config(Source("svcc.yaml", f"apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\n{text}\n"), sink)
    assert [(code, field)] == [(one.code, one.field) for one in sink]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dns: {}", DnsOptions()),
        ("dns: {ttl: 0, pods: insecure}", DnsOptions(ttl=0, pods=True)),
        ("dns: {endpoints: headless, serviceSRV: true}", DnsOptions(endpoints=False, service_srv=True)),
        ('dns: {addresses: [169.254.20.10, "fd00::53"]}', DnsOptions(addresses=("169.254.20.10", "fd00::53"))),
    ],
)
def test_the_section_for_names_is_read(text, expected):
    config, problems = run(OURS + text)
    assert (expected, []) == (config.dns, problems)


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("clusterDomain: ..", "SVC103", "clusterDomain"),
        ("clusterDomain: Cluster.Local", "SVC103", "clusterDomain"),
        ("clusterDomain: cluster.local.", "SVC103", "clusterDomain"),
        (f"clusterDomain: {'a' * 64}.local", "SVC103", "clusterDomain"),
        (f"clusterDomain: {'a.' * 127}b", "SVC103", "clusterDomain"),
        ("clusterDomain: 10.in-addr.arpa", "SVC103", "clusterDomain"),
        ("clusterDomain: ip6.arpa", "SVC103", "clusterDomain"),
        ("dns: {ttl: 1h}", "SVC101", "dns.ttl"),
        ("dns: {pods: verified}", "SVC105", "dns.pods"),
        ("dns: {endpoints: none}", "SVC105", "dns.endpoints"),
        ("dns: {serviceSRV: sometimes}", "SVC101", "dns.serviceSRV"),
        ("dns: {addresses: [ns.example.com]}", "SVC107", "dns.addresses[0]"),
        ("dns: {addresses: [192.0.2.1, 192.0.2.1]}", "SVC119", "dns.addresses[1]"),
        ("dns: {zones: []}", "SVC102", "dns.zones"),
    ],
)
def test_mistakes_in_what_names_answer_are_told(text, code, field):
    _, problems = run(OURS + text)
    assert [(code, field)] == [(one.code, one.field) for one in problems]


@pytest.mark.parametrize("domain", ["local", "home.arpa", "cluster.example.com"])
def test_a_domain_is_kept_as_it_is(domain):
    assert domain == run(f"{OURS}clusterDomain: {domain}\n")[0].cluster_domain
