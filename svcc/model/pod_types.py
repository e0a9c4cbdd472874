"""Check the types of every field of a Pod, and that there are no others.

    spec: {hostNetwork: "yes", contaners: []}   ->   SVC101 spec.hostNetwork: must be true or false, not the string "yes"
                                                     SVC102 spec.contaners: there is no field contaners here

One walk over the table of `pod_fields`, without recursion. Numbers are 64 bits wide here; narrower ranges are rules.
"""

from svcc.diag import Reason
from svcc.model.pod_draft import number_of
from svcc.model.pod_fields import TYPES, Field, Shape
from svcc.model.quantities import is_quantity
from svcc.source.cursor import Cursor, Node, ScalarNode, kind_of
from svcc.source.scalars import Kind

_LARGEST = 2**63 - 1
_PORTS = (Kind.STRING, Kind.INTEGER)
_QUANTITIES = (Kind.STRING, Kind.INTEGER, Kind.FLOAT)
_SHOWN = 60

_Waiting = list[tuple[Node, Field]]


def check_types(cursor: Cursor) -> None:
    """Report every field of the Pod at the cursor's root that is unknown or of the wrong type."""
    waiting: _Waiting = [(cursor.root, Field(Shape.ONE, "Pod"))]
    while waiting:
        node, field = waiting.pop()
        if field.shape is Shape.LIST:
            waiting += [(one, Field(Shape.ONE, field.of)) for one in _elements(cursor, node, field.of)]
        elif field.shape is Shape.MAP:
            waiting += [(one, Field(Shape.ONE, field.of)) for one in cursor.fields(node, None).values()]
        elif field.of in TYPES:
            fields, known = TYPES[field.of]
            waiting += [(one, fields[name]) for name, one in cursor.fields(node, known).items() if name in known]
        else:
            _check_scalar(cursor, node, field.of)


def _elements(cursor: Cursor, node: Node, of: str) -> list[Node]:
    """Return the nodes of a list; a null among mappings is one without any field, which no rule would see."""
    found = cursor.sequence(node)
    for one in found if of in TYPES else ():
        if kind_of(one) is Kind.NULL:
            cursor.report("SVC101", "must be a mapping, not null", one)
    return found


def _check_scalar(cursor: Cursor, node: Node, of: str) -> None:
    if of == "string":
        cursor.text(node)
    elif of == "integer" or (of == "mode" and number_of(node) is None):
        cursor.integer(node, -_LARGEST - 1, _LARGEST)
    elif of == "boolean":
        cursor.boolean(node)
    elif of == "port":
        if kind_of(node) not in _PORTS:
            cursor.text(node)
    elif of == "quantity":
        _check_quantity(cursor, node)


def _check_quantity(cursor: Cursor, node: Node) -> None:
    """SVC157: a quantity that cannot be read."""
    if not isinstance(node, ScalarNode) or kind_of(node) not in _QUANTITIES:
        cursor.text(node)
    elif not is_quantity(node.value):
        message = f'"{node.value[:_SHOWN]}" is not a quantity'
        cursor.report(
            "SVC157", message, node, reason=Reason.INVALID, hint="a number and a unit, as in 100m, 0.5, 64Mi or 1G"
        )
