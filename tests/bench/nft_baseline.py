"""The same Services as kube-proxy's nftables mode programs them: a chain a Service, a chain an endpoint, an anonymous map a Service.

    Shape(billing/svc-00000, 10.96.1.2,     add element ip kube-proxy service-ips { 10.96.1.2 . tcp . 80 : goto service-… }
          10.128.7.2, 10.128.9.2)       ->  add rule ip kube-proxy service-… numgen random mod 2 vmap { 0 : goto endpoint-…, 1 : goto endpoint-… }
                                            add rule ip kube-proxy endpoint-… ip saddr 10.128.7.2 jump mark-for-masquerade
                                            add rule ip kube-proxy endpoint-… meta l4proto tcp dnat to 10.128.7.2:8080

The shape is that of kube-proxy 1.33: names of chains with a hash and a readable tail, verdict maps for dispatch, one transaction.
"""

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Iterator

from examples.big import Shape

HEAD = """\
add table ip kube-proxy { comment "rules for kube-proxy" ; }
add set ip kube-proxy cluster-ips { type ipv4_addr ; }
add map ip kube-proxy no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict ; }
add map ip kube-proxy firewall-ips { type ipv4_addr . inet_proto . inet_service : verdict ; }
add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict ; }
add map ip kube-proxy service-nodeports { type inet_proto . inet_service : verdict ; }
add set ip kube-proxy nodeport-ips { type ipv4_addr ; }
add chain ip kube-proxy mark-for-masquerade
add rule ip kube-proxy mark-for-masquerade mark set mark or 0x4000
add chain ip kube-proxy masquerading
add rule ip kube-proxy masquerading mark and 0x4000 == 0 return
add rule ip kube-proxy masquerading mark set mark xor 0x4000
add rule ip kube-proxy masquerading masquerade fully-random
add chain ip kube-proxy cluster-ips-check
add rule ip kube-proxy cluster-ips-check ip daddr @cluster-ips reject
add rule ip kube-proxy cluster-ips-check ip daddr { 10.96.0.0/16 } drop
add chain ip kube-proxy services
add rule ip kube-proxy services ip daddr . meta l4proto . th dport vmap @service-ips
add rule ip kube-proxy services ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
add chain ip kube-proxy filter-forward { type filter hook forward priority -110 ; }
add rule ip kube-proxy filter-forward ct state new ip daddr . meta l4proto . th dport vmap @no-endpoint-services
add rule ip kube-proxy filter-forward ct state new jump cluster-ips-check
add chain ip kube-proxy nat-prerouting { type nat hook prerouting priority -100 ; }
add rule ip kube-proxy nat-prerouting jump services
add chain ip kube-proxy nat-output { type nat hook output priority -100 ; }
add rule ip kube-proxy nat-output jump services
add chain ip kube-proxy nat-postrouting { type nat hook postrouting priority 100 ; }
add rule ip kube-proxy nat-postrouting jump masquerading
"""


def kube_proxy_nft(services: Iterable[Shape], pods: str = "10.128.0.0/14") -> str:
    """Return the nft script of kube-proxy's shape; `pods` is its cluster CIDR."""
    return HEAD + "".join(f"{line}\n" for one in services for line in _service(one, pods))


def _service(one: Shape, pods: str) -> Iterator[str]:
    name = f"{one.namespace}/{one.name}/tcp/http"
    chain = f"service-{_hashed(name)}-{name}"
    ends = [f"endpoint-{_hashed(name + to.address)}-{name}__{to.address}/8080" for to in one.backends]
    for end, to in zip(ends, one.backends, strict=True):
        yield f"add chain ip kube-proxy {end}"
        yield f"add rule ip kube-proxy {end} ip saddr {to.address} jump mark-for-masquerade"
        yield f"add rule ip kube-proxy {end} meta l4proto tcp dnat to {to.address}:8080"
    yield f"add chain ip kube-proxy {chain}"
    yield f"add rule ip kube-proxy {chain} ip daddr {one.address} tcp dport 80 ip saddr != {pods} jump mark-for-masquerade"
    verdicts = " , ".join(f"{index} : goto {end}" for index, end in enumerate(ends))
    yield f"add rule ip kube-proxy {chain} numgen random mod {len(ends)} vmap {{ {verdicts} }}"
    yield f"add element ip kube-proxy cluster-ips {{ {one.address} }}"
    yield f"add element ip kube-proxy service-ips {{ {one.address} . tcp . 80 : goto {chain} }}"


def _hashed(text: str) -> str:
    return b32encode(hashlib.sha256(text.encode()).digest())[:8].decode()
