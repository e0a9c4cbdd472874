"""Gather what the preflight judges.

gather(["10.96.0.10"], [30080], foreign=…, settings=…, families={Family.IPV4})  ->  Facts(forwarding={Family.IPV4: True}, unrouted=(), …)
"""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from svcc.kernel import links, sysctl
from svcc.kernel.backend import Foreign, version
from svcc.kernel.nftables import version as nft_version
from svcc.net import Address, Family
from svcc.plan.preflight import FORWARDING, LOCAL_PORTS, RESERVED_PORTS, Facts

_CONF = Path("/proc/sys/net/ipv4/conf")
_STRICT = "1"
_PROBED = 64
"""Asking for one route takes a millisecond, and Services share a few networks: some of them tell."""


def gather(
    addresses: Sequence[Address],
    node_ports: Sequence[int],
    foreign: Foreign,
    settings: Mapping[str, str],
    families: Collection[Family],
    *,
    iptables: bool = True,
) -> Facts:
    """Return the facts that matter for Services of these families, ports and addresses, when a plan sets these settings.

    Addresses are those that need a route; `iptables` says which tool the plan is carried out with, nft else.
    """
    step = max(1, -(-len(addresses) // _PROBED))
    return Facts(
        forwarding={family: sysctl.read(FORWARDING[family]) == "1" for family in Family if family in families},
        settings=settings,
        strict=_strict(),
        unrouted=links.unrouted(addresses[::step]),
        dropping=foreign.dropping,
        ahead=foreign.ahead,
        hidden=foreign.hidden,
        node_ports=node_ports,
        local_ports=next(iter(port_ranges(sysctl.read(LOCAL_PORTS))), range(0)),
        reserved_ports=port_ranges(sysctl.read(RESERVED_PORTS)),
        iptables=version() if iptables else "",
        nft="" if iptables else nft_version(),
        kernel=os.uname().release,
    )


def port_ranges(text: str | None) -> tuple[range, ...]:
    """Return ports as the kernel writes them: `32768 60999` is one range, `8080,9148-9150` are two."""
    words = (text or "").replace("\t", "-").replace(" ", "-").split(",")
    bounds = [word.partition("-") for word in words if word]
    return tuple(range(int(low), int(high or low) + 1) for low, _, high in bounds)


def _strict() -> tuple[str, ...]:
    """Return the interfaces where reverse-path filtering is strict: the larger of `all` and their own counts."""
    names = sorted(path.name for path in _CONF.iterdir()) if _CONF.is_dir() else []
    own = {name: (_CONF / name / "rp_filter").read_text().strip() for name in names}
    every = own.pop("all", "0")
    own.pop("default", None)
    own.pop("lo", None)
    return tuple(name for name, value in own.items() if max(value, every) == _STRICT)
