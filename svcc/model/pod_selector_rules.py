"""The rules for selectors inside a Pod, of labels and of nodes.

    labelSelector: {matchExpressions: [{key: app, operator: In}]}     SVC104 …matchExpressions[0].values
    matchFields: [{key: metadata.uid, operator: In, values: [a]}]     SVC105 …matchFields[0].key

Facts (Kubernetes 1.34): a selector of nodes knows Gt and Lt as well, each with one value; of the fields of a node only metadata.name
can be asked for, with In or NotIn and one value. Preferred terms may have values that no label has.
"""

from svcc.diag import Reason
from svcc.model.names import check_label_value, check_labels, check_qualified_name
from svcc.model.pod_draft import fields_of, found_in, list_of, text_of
from svcc.model.pod_names import check_subdomain, require
from svcc.model.pod_values import check_word_given
from svcc.source.cursor import Cursor, Fields, Node

_OF_LABELS = ("In", "NotIn", "Exists", "DoesNotExist")
_OF_NODES = (*_OF_LABELS, "Gt", "Lt")
_OF_FIELDS = ("In", "NotIn")
_NODE_NAME = "metadata.name"


def check_label_selector(cursor: Cursor, node: Node | None) -> None:
    """Report what is wrong with a selector of labels."""
    found = fields_of(cursor, node)
    if cursor.is_mapping(found.get("matchLabels", cursor.root)):
        check_labels(cursor, found.get("matchLabels"))
    for one, inside in found_in(cursor, found.get("matchExpressions")):
        _check_expression(cursor, one, inside, _OF_LABELS)
        check_label_values(cursor, inside.get("values"))


def check_node_term(cursor: Cursor, node: Node | None, *, preferred: bool = False) -> None:
    """Report what is wrong with one term of a selector of nodes."""
    found = fields_of(cursor, node)
    for one, inside in found_in(cursor, found.get("matchExpressions")):
        _check_expression(cursor, one, inside, _OF_NODES)
        if not preferred:
            check_label_values(cursor, inside.get("values"))
    for one, inside in found_in(cursor, found.get("matchFields")):
        _check_field(cursor, one, inside)


def _check_expression(cursor: Cursor, node: Node, found: Fields, operators: tuple[str, ...]) -> None:
    """SVC104 and SVC112: values that an operator needs, or cannot have."""
    _check_operator(cursor, node, found, operators)
    operator, values = text_of(found.get("operator")), list_of(found.get("values"))
    if operator in ("In", "NotIn") and not values:
        require(cursor, node, found, "values", f"{operator} compares with values")
    elif operator in ("Exists", "DoesNotExist") and values:
        cursor.report("SVC112", f"{operator} has no values", found["values"], reason=Reason.FORBIDDEN)
    elif operator in ("Gt", "Lt") and operator in operators and len(values) != 1:
        _need_one(cursor, node, found)
    check_label_key(cursor, node, found, "key")


def _check_operator(cursor: Cursor, node: Node, found: Fields, operators: tuple[str, ...]) -> None:
    if "operator" not in found:
        hint = f"one of {', '.join(operators)}"
        cursor.report("SVC105", "operator is required", node, below="operator", reason=Reason.INVALID, hint=hint)
    check_word_given(cursor, found.get("operator"), operators, reason=Reason.INVALID)


def _need_one(cursor: Cursor, node: Node, found: Fields) -> None:
    where, below = found.get("values", node), "" if "values" in found else "values"
    cursor.report("SVC104", "needs exactly one value", where, below=below, reason=Reason.REQUIRED)


def _check_field(cursor: Cursor, node: Node, found: Fields) -> None:
    _check_operator(cursor, node, found, _OF_FIELDS)
    if text_of(found.get("operator")) in _OF_FIELDS and len(list_of(found.get("values"))) != 1:
        _need_one(cursor, node, found)
    if text_of(found.get("key")) == _NODE_NAME:
        for value in list_of(found.get("values")):
            if text_of(value) == "":
                cursor.report("SVC103", "a node has a name", value, reason=Reason.INVALID)
            check_subdomain(cursor, value)
    else:
        where, below = found.get("key", node), "" if "key" in found else "key"
        message = "nodes are chosen by no other field than metadata.name"
        cursor.report("SVC105", message, where, below=below, reason=Reason.INVALID)


def check_label_key(cursor: Cursor, node: Node, found: Fields, name: str) -> None:
    """SVC135: a field that holds the key of a label, and cannot be empty."""
    key = text_of(found.get(name))
    if key is not None:
        at = f"{cursor.path(node)}.{name}" if not key else ""
        check_qualified_name(cursor, key, found.get(name, node), at=at)


def check_label_values(cursor: Cursor, node: Node | None) -> None:
    """SVC136: values that no label has."""
    for value in list_of(node):
        word = text_of(value)
        if word is not None:
            check_label_value(cursor, word, value)
