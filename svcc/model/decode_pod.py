"""Decode a Pod: its types, its rules, and what names, environments and endpoints need of it.

    kind: Pod                                                       Pod(name=ObjectName("shop", "cart-0"), addresses=("10.128.7.21",),
    metadata: {name: cart-0, namespace: shop}                  ->       ports={("http", TCP): 8080}, …)
    spec: {containers: [{name: web, image: web:1, ports: [{name: http, containerPort: 8080}]}]}
    status: {podIP: 10.128.7.21}

Nothing here asks what a Pod is for: a Pod without status, as people write it, is as good as one that `kubectl get` shows. A cluster
has many Pods, and most have the labels, the ports and the node of others: what is equal is kept once.
"""

from collections.abc import Mapping
from functools import lru_cache

from svcc.model.decode_meta import decode_meta, is_special
from svcc.model.pod import Pod, PortName
from svcc.model.pod_annotation_rules import check_pod_annotations
from svcc.model.pod_draft import flag_of, read_draft, text_of
from svcc.model.pod_fields import TYPES
from svcc.model.pod_port_rules import named_ports
from svcc.model.pod_rules import check_spec
from svcc.model.pod_status import decode_status
from svcc.model.pod_types import check_types
from svcc.model.service import ObjectName
from svcc.source.cursor import Cursor


def decode_pod(cursor: Cursor) -> Pod | None:
    """Return the Pod at the cursor's root; None after any mistake, which is then in the sink."""
    top = cursor.fields(cursor.root, TYPES["Pod"].known)
    meta = decode_meta(cursor, top, "Pod")
    check_types(cursor)
    draft = read_draft(cursor, top)
    check_spec(draft)
    check_pod_annotations(draft, meta.annotations)
    status = decode_status(cursor, top.get("status"))
    if cursor.errors:
        return None
    spec = draft.spec
    return Pod(
        ObjectName(_once(meta.name.namespace), meta.name.name),
        _labels_once(tuple(meta.labels.items())),
        tuple(one for one in status.addresses if not is_special(one)),
        _once(text_of(spec.get("nodeName")) or "") or None,
        _once(status.phase),
        status.ready,
        "deletionTimestamp" in cursor.peek(top["metadata"], ("deletionTimestamp",)),
        text_of(spec.get("hostname")) or None,
        _once(text_of(spec.get("subdomain")) or "") or None,
        draft.host_network,
        _ports_once(tuple(named_ports(draft).items())),
        flag_of(spec.get("enableServiceLinks"), default=True),
        meta.span,
    )


@lru_cache(maxsize=8192)
def _once(word: str) -> str:
    """Return a word that is equal to the given one, for equal words the same."""
    return word


@lru_cache(maxsize=8192)
def _labels_once(pairs: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return dict(pairs)


@lru_cache(maxsize=8192)
def _ports_once(pairs: tuple[tuple[PortName, int], ...]) -> Mapping[PortName, int]:
    return dict(pairs)
