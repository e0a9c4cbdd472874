"""The rules for where a Pod wants to run: `affinity`.

    requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}      SVC104 …nodeSelectorTerms
    preferredDuringSchedulingIgnoredDuringExecution: [{weight: 101, …}]          SVC106 …[0].weight

Facts (Kubernetes 1.34): namespaces are told by `namespace`, without an index. What matchLabelKeys choose is added to the selector
when a Pod is made, so a Pod as the API server shows it has both: the key, and `In` with the one value of the Pod's own label.
"""

from svcc.diag import Reason
from svcc.model.names import check_qualified_name
from svcc.model.pod_draft import Draft, fields_of, found_in, list_of, text_of
from svcc.model.pod_names import SHOWN, Place, is_label, path_of, require
from svcc.model.pod_selector_rules import check_label_key, check_label_selector, check_node_term
from svcc.model.pod_values import check_range
from svcc.source.cursor import Cursor, Fields, Node

_REQUIRED, _PREFERRED = (f"{one}DuringSchedulingIgnoredDuringExecution" for one in ("required", "preferred"))
_MAX_WEIGHT = 100


def check_affinity(draft: Draft) -> None:
    """Report what is wrong with the affinities of a Pod."""
    cursor = draft.cursor
    affinity = fields_of(cursor, draft.spec.get("affinity"))
    _check_nodes(cursor, fields_of(cursor, affinity.get("nodeAffinity")))
    own = labels_of(draft)
    for name in ("podAffinity", "podAntiAffinity"):
        found = fields_of(cursor, affinity.get(name))
        for node, term in found_in(cursor, found.get(_REQUIRED)):
            _check_term(cursor, node, term, own)
        for node, weighted in found_in(cursor, found.get(_PREFERRED)):
            _check_weight(cursor, node, weighted)
            term_node = weighted.get("podAffinityTerm")
            at = Place(node, ".podAffinityTerm") if term_node is None else None
            _check_term(cursor, term_node or node, fields_of(cursor, term_node), own, at)


def labels_of(draft: Draft) -> dict[str, str]:
    """Return the Pod's own labels."""
    meta = draft.top.get("metadata")
    labels = draft.cursor.peek(meta, ("labels",)).get("labels") if meta is not None else None
    return {name: text_of(one) or "" for name, one in fields_of(draft.cursor, labels).items()}


def _check_nodes(cursor: Cursor, found: Fields) -> None:
    """SVC104: a selector without terms chooses no node."""
    selector = found.get(_REQUIRED)
    if selector is not None and cursor.is_mapping(selector):
        inside = fields_of(cursor, selector)
        require(cursor, selector, inside, "nodeSelectorTerms")
        for node, _ in found_in(cursor, inside.get("nodeSelectorTerms")):
            check_node_term(cursor, node)
    for node, term in found_in(cursor, found.get(_PREFERRED)):
        _check_weight(cursor, node, term)
        check_node_term(cursor, term.get("preference"), preferred=True)


def _check_weight(cursor: Cursor, node: Node, found: Fields) -> None:
    if "weight" not in found:
        message = f"must be between 1 and {_MAX_WEIGHT}"
        cursor.report("SVC106", message, node, below="weight", reason=Reason.INVALID)
    check_range(cursor, found.get("weight"), 1, _MAX_WEIGHT)


def _check_term(cursor: Cursor, node: Node, found: Fields, own: dict[str, str], at: Place | None = None) -> None:
    for name in ("labelSelector", "namespaceSelector"):
        check_label_selector(cursor, found.get(name))
    for namespace in list_of(found.get("namespaces")):
        _check_namespace(cursor, namespace, Place(node, ".namespace"))
    check_match_keys(cursor, node, found, own)
    if require(cursor, node, found, "topologyKey", at=at):
        check_label_key(cursor, node, found, "topologyKey")


def _check_namespace(cursor: Cursor, node: Node, at: Place) -> None:
    """SVC103: not the name of a namespace."""
    name = text_of(node)
    if name is not None and not is_label(name):
        message = f'"{name[:SHOWN]}" is not the name of a namespace'
        cursor.report("SVC103", message, node, at=path_of(cursor, at), reason=Reason.INVALID)


def check_match_keys(cursor: Cursor, node: Node, found: Fields, own: dict[str, str]) -> None:
    """SVC135: keys that no label has; SVC112: keys without a selector, or in both of two places; `own` are the Pod's labels."""
    keys, others = (list_of(found.get(name)) for name in ("matchLabelKeys", "mismatchLabelKeys"))
    for name, nodes in (("matchLabelKeys", keys), ("mismatchLabelKeys", others)):
        if nodes and "labelSelector" not in found:
            cursor.report("SVC112", "needs a labelSelector", found[name], reason=Reason.FORBIDDEN)
            continue
        for one in nodes:
            check_qualified_name(cursor, text_of(one) or "", one)
    words = {text_of(one) for one in others}
    for one in keys:
        if text_of(one) in words:
            cursor.report("SVC112", "is in mismatchLabelKeys as well", one, reason=Reason.INVALID)
    if keys and "labelSelector" in found:
        _check_selected(cursor, Place(node, ""), keys, fields_of(cursor, found["labelSelector"]), own)


def _check_selected(cursor: Cursor, at: Place, keys: list[Node], selector: Fields, own: dict[str, str]) -> None:
    """SVC112: a key that the selector names as well, other than the API server would."""
    named = set(fields_of(cursor, selector.get("matchLabels")))
    merged: set[str] = set()
    for _, found in found_in(cursor, selector.get("matchExpressions")):
        key, values = text_of(found.get("key")) or "", [text_of(one) for one in list_of(found.get("values"))]
        if key not in merged and text_of(found.get("operator")) == "In" and [own.get(key)] == values:
            merged.add(key)
        else:
            named.add(key)
    for index, one in enumerate(keys):
        key = text_of(one) or ""
        if key in named and key in own:
            place = path_of(cursor, Place(at.node, f"[{index}]"))
            cursor.report("SVC112", "is in labelSelector as well", one, at=place, reason=Reason.INVALID)
