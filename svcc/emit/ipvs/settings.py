"""Settings and modules of the kernel that IPVS needs beside those of every mode (`svcc.graph.settings`).

    any frontend        ->  {"net.ipv4.vs.conntrack": "1", "net.ipv4.vs.expire_nodest_conn": "1", …}
    with strict ARP     ->  … "net.ipv4.conf.all.arp_ignore": "1", "net.ipv4.conf.all.arp_announce": "2"
    schedulers rr, mh   ->  modules ip_vs, ip_vs_mh, ip_vs_rr, dummy, nf_conntrack, nf_tables, …

net.ipv4.vs.* are there once ip_vs is loaded, are about both families, and each network namespace has its own. Linux before 5.9 wants
conn_reuse_mode 0 (with 1 it delays a client that reuses a port by a second); svcc writes 1, which is right from 5.9 on, because its
companion table needs a newer kernel anyway. The time-outs of connections are set by netlink, as `ipvsadm --set` does.
"""

from svcc.emit.ipvs.lower import Ipvs
from svcc.graph.nodes import RuleGraph
from svcc.net import Family

_ALWAYS = {
    # Without it the companion's masquerading never sees what IPVS sends.
    "net.ipv4.vs.conntrack": "1",
    "net.ipv4.vs.conn_reuse_mode": "1",
    # A connection to a server that is gone ends, and a client that was bound to it is bound anew.
    "net.ipv4.vs.expire_nodest_conn": "1",
    "net.ipv4.vs.expire_quiescent_template": "1",
}
_STRICT_ARP = {"net.ipv4.conf.all.arp_ignore": "1", "net.ipv4.conf.all.arp_announce": "2"}
_COMPANION = (
    "nf_conntrack", "nf_tables", "nft_chain_nat", "nft_ct", "nft_fib_ipv4", "nft_fib_ipv6", "nft_masq", "nft_nat", "nft_reject",
)  # fmt: skip
_LOCALHOST = ("nft_hash", "nft_numgen")


def settings(graph: RuleGraph, *, strict_arp: bool = False) -> dict[str, str]:
    """Return the sysctl settings that IPVS relies on, by name; none where there is no frontend."""
    if not graph.frontends:
        return {}
    return _ALWAYS | (_STRICT_ARP if strict_arp else {})


def timeouts(tcp: int, tcp_fin: int, udp: int) -> dict[str, str]:
    """Return after how many seconds connections are forgotten, by the names of the configuration; 0 leaves one as it is."""
    named = {"ipvs.tcpTimeout": tcp, "ipvs.tcpFinTimeout": tcp_fin, "ipvs.udpTimeout": udp}
    return {name: str(seconds) for name, seconds in named.items() if seconds}


def modules(lowered: Ipvs) -> tuple[str, ...]:
    """Return the kernel modules that IPVS and its companion load, sorted."""
    needed = {"ip_vs", "dummy", *_COMPANION, *(f"ip_vs_{one.scheduler}" for one in lowered.state.virtuals.values())}
    if "slots" in lowered.companions[Family.IPV4].collections:
        needed.update(_LOCALHOST)
    return tuple(sorted(needed))
