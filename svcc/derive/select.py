"""Find the Pods that the selector of each Service matches.

    Service shop/cart, selector {app: cart}                 Manifests.selected[shop/cart] = (Pod shop/cart-0, Pod shop/cart-1)
    Pods shop/cart-0, shop/cart-1 {app: cart, tier: web}  ->
    Pod bank/cart-0 {app: cart}                             (another namespace)

A Pod is matched by its namespace and by every label of the selector, whatever state it is in. Of each selector only the Pods
with its rarest label are looked at, and each selector of a namespace once, so the time is that of reading the input. Where the
matches are far more than the input says, as no cluster has them, the search ends early: `check` refuses such an input.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from svcc.model.manifests import Manifests
from svcc.model.pod import Pod
from svcc.model.service import ObjectName, Service, ServiceType
from svcc.model.size import allowed

_Pair = tuple[str, str, str]
"""Namespace, key and value of a label."""
_Index = Mapping[_Pair, set[int]]
_NONE: set[int] = set()


def select(manifests: Manifests) -> Manifests:
    """Add the Pods that each Service selects."""
    choosing = [one for one in manifests.services if one.has_selector and one.type is not ServiceType.EXTERNAL_NAME]
    if not choosing or not manifests.pods:
        return manifests
    index = _index(manifests.pods, {pair for one in choosing for pair in _pairs(one)})
    known: dict[tuple[_Pair, ...], tuple[Pod, ...]] = {}
    selected: dict[ObjectName, tuple[Pod, ...]] = {}
    left = allowed(manifests)
    for one in choosing:
        pairs = tuple(sorted(_pairs(one)))
        if pairs not in known:
            known[pairs] = tuple(manifests.pods[number] for number in _matches(pairs, index))
        found = known[pairs]
        if found:
            selected[one.name] = found
            left -= len(found) * max(1, len(one.ports))
            if left < 0:
                break
    return replace(manifests, selected=selected)


def _pairs(service: Service) -> Iterable[_Pair]:
    return ((service.name.namespace, key, value) for key, value in service.selector.items())


def _index(pods: tuple[Pod, ...], wanted: set[_Pair]) -> _Index:
    """Return the numbers of the Pods with each label that some selector asks for."""
    index: dict[_Pair, set[int]] = {}
    for number, pod in enumerate(pods):
        namespace = pod.name.namespace
        for key, value in pod.labels.items():
            pair = (namespace, key, value)
            if pair in wanted:
                index.setdefault(pair, set()).add(number)
    return index


def _matches(pairs: tuple[_Pair, ...], index: _Index) -> list[int]:
    """Return the numbers of the Pods with all of some labels, in their order."""
    rarest, *others = sorted((index.get(pair, _NONE) for pair in pairs), key=len)
    return sorted(rarest.intersection(*others))
