"""Know other programs by what they leave in the kernel: the names of their chains, tables and processes.

    of_chain("DOCKER-USER")      ->  "Docker"        of_table("inet firewalld")   ->  "firewalld"
    of_chain("KUBE-SVC-ABC")     ->  "kube-proxy"    of_chain("my-own")           ->  ""

A name is a sign, no proof: anybody may choose it.
"""

DOCKER, FIREWALLD, KUBE_PROXY, UFW = "Docker", "firewalld", "kube-proxy", "ufw"
NETWORK_MANAGER, NETWORKD = "NetworkManager", "systemd-networkd"

_CHAINS = (
    ("DOCKER", DOCKER),
    ("KUBE-KUBELET", "the kubelet"),
    ("KUBE-FIREWALL", "the kubelet"),
    ("KUBE-", KUBE_PROXY),
    ("ufw", UFW),
    ("LIBVIRT_", "libvirt"),
    ("cali-", "Calico"),
    ("CILIUM_", "Cilium"),
    ("FLANNEL-", "flannel"),
    ("CNI-", "a CNI plugin"),
    ("NETAVARK", "Podman"),
    ("f2b-", "fail2ban"),
)
"""By how their names begin; the first that fits."""
_OF_FIREWALLD = ("_ZONES", "_ZONES_SOURCE", "_direct", "_POLICIES_pre", "_POLICIES_post")
_TABLES = {
    "firewalld": FIREWALLD,
    "kube-proxy": KUBE_PROXY,
    "docker-bridges": DOCKER,
    "libvirt_network": "libvirt",
    "netavark": "Podman",
}
PROCESSES = {
    "dockerd": DOCKER,
    "firewalld": FIREWALLD,
    "kube-proxy": KUBE_PROXY,
    "NetworkManager": NETWORK_MANAGER,
    "systemd-network": NETWORKD,
}
"""By the name that the kernel keeps of a process, at most 15 letters."""


def of_chain(name: str) -> str:
    """Return whose a chain of iptables may be by its name, "" where the name says nothing."""
    if name.endswith(_OF_FIREWALLD):
        return FIREWALLD
    return next((owner for start, owner in _CHAINS if name.startswith(start)), "")


def of_table(place: str) -> str:
    """Return whose a table of nf_tables may be, `inet firewalld`, "" where the name says nothing."""
    return _TABLES.get(place.partition(" ")[2], "")
