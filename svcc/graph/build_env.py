"""Build the environment blocks: the variables that the kubelet gives to the containers of each namespace.

    namespace shop: Services cart, mail (ExternalName), sessions (headless)         EnvBlock("shop", CART_…, KUBERNETES_…)
    namespace default: Service kubernetes                                     ->    EnvBlock("default", KUBERNETES_…)

Services with an address only, by name. `default/kubernetes` is in every block, also without service links, unless they are on
and the namespace has a `kubernetes` of its own. Of two Services that make one variable the later one gives its value; the
kubelet takes either (SVC217).
"""

from collections.abc import Iterable, Iterator, Sequence

from svcc.graph.names import EnvBlock
from svcc.model.service import Service
from svcc.model.variables import EVERYWHERE, variables


def build_env(services: Sequence[Service]) -> Iterator[EnvBlock]:
    """Yield a block for every namespace that has a Service, by name."""
    groups: dict[str, list[Service]] = {}
    for one in services:
        groups.setdefault(one.name.namespace, []).append(one)
    everywhere = [one for one in services if one.name == EVERYWHERE]
    for namespace, own in sorted(groups.items()):
        yield build_block((*own, *everywhere), namespace)


def build_block(services: Iterable[Service], namespace: str, *, links: bool = True) -> EnvBlock:
    """Return the block of one namespace; without service links it has hardly anything."""
    chosen: dict[str, Service] = {}
    for one in services:
        if not one.cluster_ips:
            continue
        if links and one.name.namespace == namespace:
            chosen[one.name.name] = one
        elif one.name == EVERYWHERE:
            chosen.setdefault(one.name.name, one)
    found: dict[str, str] = {}
    for _, one in sorted(chosen.items()):
        found.update(variables(one))
    return EnvBlock(namespace, tuple(found.items()))
