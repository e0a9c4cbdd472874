"""Decode what every object has: its name, namespace, labels, and svcc's own annotations.

    metadata: {name: cart, namespace: shop}    ->    Meta(name=ObjectName("shop", "cart"), labels={}, …)

A missing namespace is `default`; without a name there is a Meta all the same, so that the rules for the rest of the object are
asked. `managedFields`, which only the API server writes, are not looked into.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeGuard

from svcc.diag import Span
from svcc.model import fields, meta_rules
from svcc.model.decode_ignore import decode_ignore
from svcc.model.names import check_labels, key_nodes
from svcc.model.service import ObjectName
from svcc.net import Address, parse_address
from svcc.source.cursor import Cursor, Fields, Node, did_you_mean

MAX_LABEL = 63
MAX_SUBDOMAIN = 253
MAX_WEIGHT = 1000

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
DNS_LABEL = re.compile(rf"{_LABEL}\Z")
SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")
_SPECIAL = re.compile(r"0\.0\.0\.0\Z|127\.|169\.254\.|2(?:2[4-9]|3[0-9])\.|::1?\Z|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:")
_ORDINARY_IPV4 = re.compile(
    r"(?!0\.0\.0\.0\Z|127\.|169\.254\.|2(?:2[4-9]|3[0-9])\.)"
    r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}\Z"
)
_WEIGHT = re.compile(r"[0-9]{1,4}\Z")
_USUAL = frozenset({"name", "namespace", "labels", "annotations"})

NameCheck = Callable[[Cursor, str, Node], None]


class Meta(NamedTuple):
    """Name, labels and annotations; the annotations as nodes, since their values have positions."""

    name: ObjectName
    """With an empty name where the object has none: that is reported."""
    labels: dict[str, str]
    annotations: Fields
    name_node: Node
    labels_node: Node | None
    span: Span


def check_label(cursor: Cursor, name: str, node: Node, *, letter_first: bool = False) -> None:
    """Report a name that is not a DNS label."""
    if len(name) > MAX_LABEL:
        cursor.report("SVC103", f"a name has at most {MAX_LABEL} characters", node)
    elif not DNS_LABEL.match(name):
        message = f'"{name}" is not a DNS label'
        cursor.report("SVC103", message, node, hint="lower-case letters, digits and - inside")
    elif letter_first and not name[0].isalpha():
        hint = "relaxedServiceNames in the configuration allows digits"
        cursor.report("SVC103", f'the name of a Service starts with a letter, not as "{name}"', node, hint=hint)


def check_subdomain(cursor: Cursor, name: str, node: Node) -> None:
    """Report a name that is not a DNS subdomain."""
    if len(name) > MAX_SUBDOMAIN:
        cursor.report("SVC103", f"a name has at most {MAX_SUBDOMAIN} characters", node)
    elif not SUBDOMAIN.match(name):
        hint = "lower-case letters, digits, - and . inside"
        cursor.report("SVC103", f'"{name}" is not a DNS name', node, hint=hint)


def decode_meta(cursor: Cursor, top: Fields, kind: str, check_name: NameCheck = check_subdomain) -> Meta:
    """Return the metadata of an object, and give the cursor its name; every mistake is in the sink."""
    cursor.object = kind
    node = top.get("metadata")
    meta = cursor.fields(node, fields.OBJECT_META) if node is not None else {}
    name = cursor.text(meta.get("name")) or ""
    namespace = cursor.text(meta.get("namespace")) or "default"
    place = meta.get("name") or node or cursor.root
    if name:
        cursor.object = f"{kind}/{namespace}/{name}"
        check_name(cursor, name, place)
    else:
        meta_rules.check_name_is_there(cursor, meta, node)
    if not _is_label(namespace):
        check_label(cursor, namespace, meta["namespace"])
    annotations = _annotations(cursor, meta["annotations"]) if "annotations" in meta else {}
    labels = check_labels(cursor, meta["labels"]) if "labels" in meta else {}
    if not meta.keys() <= _USUAL:
        meta_rules.check_rest(cursor, meta, check_name)
    return Meta(ObjectName(namespace, name), labels, annotations, place, meta.get("labels"), cursor.word_span(place))


@lru_cache(maxsize=8192)
def _is_label(name: str) -> bool:
    return len(name) <= MAX_LABEL and DNS_LABEL.match(name) is not None


def _annotations(cursor: Cursor, node: Node) -> Fields:
    """Return annotations whose keys can be; look into those that are svcc's."""
    annotations = cursor.fields(node, None)
    meta_rules.check_annotations(cursor, node, annotations)
    keys: dict[str, Node] | None = None
    for key, value in annotations.items():
        if not key.startswith(fields.OURS):
            continue
        if key not in fields.ANNOTATIONS:
            guess = did_you_mean(key, tuple(sorted(fields.ANNOTATIONS))).removeprefix("; ")
            keys = key_nodes(node) if keys is None else keys
            cursor.report("SVC102", f"svcc has no annotation {key[:60]}", keys.get(key, value), hint=guess)
        elif key == fields.IGNORE:
            decode_ignore(cursor, value)
    return annotations


def is_ordinary_ipv4(text: str) -> TypeGuard[Address]:
    """Tell in one step what `usable_address` tells of an IPv4 address."""
    return _ORDINARY_IPV4.match(text) is not None


def is_special(address: Address) -> bool:
    """Tell whether an address is unspecified, loopback, link-local or multicast."""
    return _SPECIAL.match(address) is not None


def usable_address(cursor: Cursor, node: Node | None) -> Address | None:
    """Return an address that a Service or an endpoint can have."""
    address = cursor.address(node)
    if address is None or node is None or not is_special(address):
        return address
    cursor.report("SVC107", f"{address} is unspecified, loopback, link-local or multicast", node)
    return None


def decode_weights(cursor: Cursor, meta: Meta) -> dict[Address, int]:
    """Return the weights of the annotation `svcc.dev/weights`."""
    node = meta.annotations.get(fields.WEIGHTS)
    text = cursor.text(node)
    weights: dict[Address, int] = {}
    if not text or node is None:
        return weights
    for part in text.split(","):
        problem = _read_weight(part.strip(), weights)
        if problem:
            cursor.report("SVC111", problem, node, hint='as in "10.1.2.3=3, 10.1.2.4=1"')
            break
    return weights


def _read_weight(part: str, weights: dict[Address, int]) -> str:
    """Add one `address=weight`; return what is wrong with it, or ""."""
    left, _, right = part.partition("=")
    try:
        address = parse_address(left.strip())
    except ValueError as error:
        return str(error)[:120]
    weight = right.strip()
    if not _WEIGHT.match(weight) or int(weight) > MAX_WEIGHT:
        return f'the weight of {address} must be a whole number from 0 to {MAX_WEIGHT}, not "{weight[:40]}"'
    if address in weights:
        return f"{address} appears twice"
    weights[address] = int(weight)
    return ""
