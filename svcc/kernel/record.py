"""Write down which virtual servers are ours, and of which Service port each is: ip_vs itself keeps neither.

    keep({VirtualKey("10.96.0.10", TCP, 80): Virtual("rr", service="shop/cart:http")})
    /var/lib/svcc/host.ipvs    4f1c…:3
                               10.96.0.10:80/TCP shop/cart:http
    recall()                   {VirtualKey("10.96.0.10", TCP, 80): "shop/cart:http"}

It is written before a commit with all that there may be after it, so that whoever is killed on the way leaves nothing unknown. It belongs to
one instance of a network namespace. Without it, what stands at an address of svcc0 is ours all the same.
"""

from collections.abc import Mapping

from svcc.emit.ipvs.ruleset import VirtualKey
from svcc.kernel import netns, state
from svcc.net import Address, Protocol


def keep(held: Mapping[VirtualKey, str]) -> None:
    """Write down virtual servers with their Service ports; none leaves no file.

    Raises:
        Denied: the folder of state cannot be written.
    """
    lines = "".join(f"{at} {service}\n" for at, service in held.items())
    state.write_servers(netns.identity(), f"{netns.instance()}\n{lines}" if lines else "")


def recall() -> dict[VirtualKey, str]:
    """Return what was written down in this instance of the namespace; nothing where there is none, or where it is damaged."""
    text = state.read_servers(netns.identity())
    instance, _, lines = (text or "").partition("\n")
    if instance != netns.instance():
        return {}
    found: dict[VirtualKey, str] = {}
    for line in lines.splitlines():
        place, _, service = line.partition(" ")
        try:
            found[_key(place)] = service
        except ValueError:
            return {}
    return found


def _key(text: str) -> VirtualKey:
    endpoint, _, protocol = text.partition("/")
    address, _, port = endpoint.rpartition(":")
    return VirtualKey(Address(address.strip("[]")), Protocol(protocol), int(port))
