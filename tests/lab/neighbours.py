"""Rules of the shape that Docker and firewalld give a host, for the node of a lab, and restarts of both.

    docker(lab, "iptables-nft")       its chains in nat and filter: container d at 172.17.0.2, port 80 published as 8088; FORWARD drops
    docker(lab, tool, again=True)     the same after a restart: flushed, made again, and its jumps put before all others
    firewalld(lab)                    its table, with a zone that lets 9022 in and rejects what is left; a reload is the same again

A user's rule in DOCKER-USER lets pods be reached, as whoever runs pods beside Docker has to.
"""

from tests.lab.namespaces import NODE, Lab

CONTAINER, GATEWAY = "172.17.0.2", "v-d"
PUBLISHED, LET_IN, REJECTED = 8088, 9022, 9999
_NAT = f"""\
*nat
:DOCKER - [0:0]
{{start}} PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
{{start}} OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
{{start}} POSTROUTING -s 172.17.0.0/16 ! -o {GATEWAY} -j MASQUERADE
-A DOCKER -i {GATEWAY} -j RETURN
-A DOCKER ! -i {GATEWAY} -p tcp -m tcp --dport {PUBLISHED} -j DNAT --to-destination {CONTAINER}:80
COMMIT
"""
_FILTER = f"""\
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
{{start}} FORWARD -i {GATEWAY} ! -o {GATEWAY} -j ACCEPT
{{start}} FORWARD -o {GATEWAY} -j DOCKER
{{start}} FORWARD -o {GATEWAY} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
{{start}} FORWARD -j DOCKER-ISOLATION-STAGE-1
{{start}} FORWARD -j DOCKER-USER
-A DOCKER -d {CONTAINER}/32 ! -i {GATEWAY} -o {GATEWAY} -p tcp -m tcp --dport 80 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i {GATEWAY} ! -o {GATEWAY} -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o {GATEWAY} -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -s 10.128.0.0/14 -j ACCEPT
-A DOCKER-USER -d 10.128.0.0/14 -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
"""
_FIREWALLD = f"""\
table inet firewalld
delete table inet firewalld
table inet firewalld {{
	chain mangle_PREROUTING {{
		type filter hook prerouting priority -140; policy accept;
		jump mangle_PREROUTING_ZONES
	}}
	chain mangle_PREROUTING_ZONES {{
		return
	}}
	chain nat_PREROUTING {{
		type nat hook prerouting priority -90; policy accept;
		jump nat_PREROUTING_ZONES
	}}
	chain nat_PREROUTING_ZONES {{
		return
	}}
	chain nat_POSTROUTING {{
		type nat hook postrouting priority 110; policy accept;
	}}
	chain filter_INPUT {{
		type filter hook input priority 10; policy accept;
		ct state {{ established, related }} accept
		ct status dnat accept
		iifname "lo" accept
		jump filter_INPUT_ZONES
		ct state invalid drop
		reject with icmpx admin-prohibited
	}}
	chain filter_INPUT_ZONES {{
		goto filter_IN_public
	}}
	chain filter_IN_public {{
		meta l4proto {{ icmp, ipv6-icmp }} accept
		tcp dport {LET_IN} accept
		reject with icmpx admin-prohibited
	}}
	chain filter_FORWARD {{
		type filter hook forward priority 10; policy accept;
		ct state {{ established, related }} accept
		ct status dnat accept
		iifname "lo" accept
		jump filter_FORWARD_ZONES
		ct state invalid drop
		reject with icmpx admin-prohibited
	}}
	chain filter_FORWARD_ZONES {{
		iifname "{GATEWAY}" accept
		return
	}}
}}
"""
_BASE = {"nat": ("PREROUTING", "OUTPUT", "POSTROUTING"), "filter": ("FORWARD",)}


def docker(lab: Lab, iptables: str, *, again: bool = False) -> None:
    """Give the node what Docker gives a host; `again` is a restart, which takes its own away first."""
    if again:
        for table in _BASE:
            lab.run(
                NODE, f"{iptables}-restore", "--noflush", text=_without(lab.run(NODE, f"{iptables}-save", "-t", table))
            )
    for text in (_NAT, _FILTER):
        lab.run(NODE, f"{iptables}-restore", "--noflush", text=text.format(start="-I"))


def _without(saved: str) -> str:
    """Return the script that takes Docker's rules and chains out of a table."""
    lines = saved.splitlines()
    table = next(line for line in lines if line.startswith("*"))
    chains = [line[1:].split(" ")[0] for line in lines if line.startswith(":DOCKER")]
    rules = [
        line.replace("-A ", "-D ", 1) for line in lines if line.startswith("-A ") and not line.startswith("-A DOCKER")
    ]
    own = [line for line in rules if "DOCKER" in line or GATEWAY in line or "172.17." in line]
    return "\n".join(
        (table, *(f":{one} - [0:0]" for one in chains), *own, *(f"-X {one}" for one in chains), "COMMIT\n")
    )


def firewalld(lab: Lab) -> None:
    """Give the node what firewalld gives a host, in one transaction, whether or not it has it."""
    lab.run(NODE, "nft", "-f", "-", text=_FIREWALLD)
