"""Judge the metadata of Namespaces and Nodes, which stand beside Services in many inputs.

kind: Namespace
metadata: {name: shop.eu}               SVC103 metadata.name
metadata: {name: a, namespace: b}       SVC112 metadata.namespace
"""

from svcc.model import fields, meta_rules
from svcc.model.decode_meta import check_label, check_subdomain
from svcc.model.names import check_labels
from svcc.source.cursor import Cursor, Fields

NAME_CHECKS = {"Namespace": check_label, "Node": check_subdomain}


def check_cluster_scoped(cursor: Cursor, kind: str) -> Fields:
    """Return the metadata of an object that is in no namespace, and report mistakes in it."""
    node = cursor.peek(cursor.root, ("metadata",)).get("metadata")
    cursor.object = kind
    meta = cursor.fields(node, fields.OBJECT_META)
    name = cursor.text(meta.get("name"))
    if name:
        cursor.object = f"{kind}/{name}"
        NAME_CHECKS[kind](cursor, name, meta["name"])
    else:
        meta_rules.check_name_is_there(cursor, meta, node)
    if cursor.text(meta.get("namespace")):
        cursor.report("SVC112", f"a {kind} is in no namespace", meta["namespace"], hint="remove it")
    if "annotations" in meta:
        meta_rules.check_annotations(cursor, meta["annotations"], cursor.fields(meta["annotations"], None))
    check_labels(cursor, meta.get("labels"))
    meta_rules.check_rest(cursor, meta, NAME_CHECKS[kind])
    return meta
