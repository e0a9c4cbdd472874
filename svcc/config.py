"""Everything about the node and the options that can change output: the NodeConfig.

    apiVersion: svcc.dev/v1alpha1
    kind: NodeConfig                      ->   NodeConfig(node_name="worker-1", cluster_cidrs=(10.128.0.0/14,), …)
    nodeName: worker-1
    clusterCIDRs: [10.128.0.0/14]

Compiling is a function of two values, manifests and this one; nothing is read from the environment on the way.
Facts that were left out (`node_ips`, `node_name`) are None or empty; plan and apply fill them in from the system.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from svcc.diag import Span
from svcc.net import Address, Family, Network, family_of, network_family, parse_network


class Mode(Enum):
    """A target that carries packets."""

    IPTABLES = "iptables"
    NFTABLES = "nftables"
    IPVS = "ipvs"
    USERSPACE = "userspace"


class DetectLocal(Enum):
    """How a packet from a pod is recognised (kube-proxy's detectLocalMode)."""

    CLUSTER_CIDR = "ClusterCIDR"
    NODE_CIDR = "NodeCIDR"
    BRIDGE_INTERFACE = "BridgeInterface"
    INTERFACE_PREFIX = "InterfaceNamePrefix"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class IpvsOptions:
    """The section `ipvs`. Time-outs are in seconds; 0 leaves the kernel's as they are."""

    scheduler: str | None = None
    """Of Services that name none, in IPVS mode."""
    inner_cidrs: tuple[Network, ...] = (parse_network("169.254.96.0/20"), parse_network("fd00:ffff::/64"))
    """Where outsiders of an external Local policy are sent inside of this node, one network of a family."""
    strict_arp: bool = False
    """Answer only for addresses of the interface that was asked, not for those of svcc0."""
    exclude_cidrs: tuple[Network, ...] = ()
    """Virtual servers at these addresses are somebody else's."""
    tcp_timeout: int = 0
    tcp_fin_timeout: int = 0
    udp_timeout: int = 0


@dataclass(frozen=True, slots=True)
class DnsOptions:
    """What zones answer beside the least: the section `dns`."""

    ttl: int = 5
    """Seconds, of every record but the version of the schema."""
    pods: bool = False
    """Known addresses of pods have names (`pods: insecure`)."""
    endpoints: bool = True
    """Endpoints of Services with a cluster IP have names, too (`endpoints: all`)."""
    service_srv: bool = False
    """The name of a Service answers SRV itself."""
    addresses: tuple[Address, ...] = ()
    """Of the name server; none means those of the Service kube-system/kube-dns."""


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """One node's facts and options. Addresses and networks of both families stand in one tuple each."""

    mode: Mode = Mode.IPTABLES
    node_name: str | None = None
    node_ips: tuple[Address, ...] = ()
    zone: str | None = None
    pod_cidrs: tuple[Network, ...] = ()
    cluster_cidrs: tuple[Network, ...] = ()
    detect_local: DetectLocal = DetectLocal.CLUSTER_CIDR
    local_interface: str | None = None
    """The bridge (BridgeInterface) or the start of interface names (InterfaceNamePrefix)."""
    service_cidrs: tuple[Network, ...] = ()
    node_port_range: tuple[int, int] = (30000, 32767)
    node_port_primary: bool = False
    """Node ports on the first address of each family only (`nodePortAddresses: [primary]`)."""
    node_port_cidrs: tuple[Network, ...] = ()
    """Node ports on local addresses in these networks; a family that is not named has all of them."""
    localhost_node_ports: bool = False
    masquerade_all: bool = False
    masquerade_bit: int = 14
    verdict_bit: int = 15
    assign_load_balancer_ips: bool = False
    scheduler: str | None = None
    """Of Services that name none, in every mode; see `default_scheduler`."""
    ipvs: IpvsOptions = IpvsOptions()
    relaxed_service_names: bool = False
    """Names of Services may start with a digit."""
    cluster_domain: str = "cluster.local"
    """The zone that names stand in, without its last dot."""
    dns: DnsOptions = DnsOptions()
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    """Where the addresses and networks stand: field path -> span; none where they were read from the system."""

    @property
    def default_scheduler(self) -> str | None:
        """The scheduler of Services that name none: in IPVS mode that of the section `ipvs` comes first."""
        return (self.ipvs.scheduler if self.mode is Mode.IPVS else None) or self.scheduler

    def pod_networks(self, family: Family) -> tuple[Network, ...]:
        """Return the networks whose addresses are pods, empty when pods are not told by address."""
        mode = self.detect_local
        if mode is DetectLocal.CLUSTER_CIDR:
            return tuple(one for one in self.cluster_cidrs if network_family(one) is family)
        if mode is DetectLocal.NODE_CIDR:
            return tuple(one for one in self.pod_cidrs if network_family(one) is family)
        return ()

    def primary(self, family: Family) -> Address | None:
        """Return the node's first address of a family."""
        return next((one for one in self.node_ips if family_of(one) is family), None)
