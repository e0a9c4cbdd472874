"""What a Pod says, read once and not yet judged: the rules for Pods look at this.

    spec: {containers: [{name: web}], initContainers: [{name: a}]}   ->   Draft(containers=(Container("containers", …, "web"),
                                                                                            Container("initContainers", …, "a")), …)

Types are judged elsewhere (`pod_types`), so the readers here report nothing: what is absent is "" or 0, as in the API server, and what
is of the wrong type is None.
"""

from dataclasses import dataclass

from svcc.source.cursor import Cursor, Fields, MappingNode, Node, ScalarNode, SequenceNode, kind_of
from svcc.source.scalars import TRUE_WORDS, Kind, plain_number

REGULAR, INIT, EPHEMERAL = LISTS = ("containers", "initContainers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Container:
    """One container as it is written; `kind` is the list it stands in."""

    kind: str
    node: Node
    found: Fields
    name: str | None

    @property
    def keeps_running(self) -> bool:
        """Whether it runs beside the others, not before them or for a while."""
        if self.kind == INIT:
            return text_of(self.found.get("restartPolicy")) == "Always"
        return self.kind == REGULAR


@dataclass(frozen=True, slots=True)
class Draft:
    """One Pod as it is written."""

    cursor: Cursor
    top: Fields
    node: Node
    """Of `spec`; of the whole object where there is no spec."""
    spec: Fields
    containers: tuple[Container, ...]
    """Of all three lists, in the order of `LISTS`."""
    host_network: bool

    def of_kind(self, kind: str) -> list[Container]:
        """Return the containers of one list."""
        return [one for one in self.containers if one.kind == kind]


def read_draft(cursor: Cursor, top: Fields) -> Draft:
    """Read the spec of a Pod as far as all of its rules need it."""
    spec = fields_of(cursor, top.get("spec"))
    containers = tuple(
        Container(kind, node, found, text_of(found.get("name")))
        for kind in LISTS
        for node, found in found_in(cursor, spec.get(kind))
    )
    return Draft(cursor, top, top.get("spec", cursor.root), spec, containers, flag_of(spec.get("hostNetwork")))


def fields_of(cursor: Cursor, node: Node | None) -> Fields:
    """Return the fields of a mapping; none of anything else."""
    return cursor.fields(node, None) if isinstance(node, MappingNode) else {}


def list_of(node: Node | None) -> list[Node]:
    """Return the nodes of a list; none of anything else."""
    return list(node.value) if isinstance(node, SequenceNode) else []


def found_in(cursor: Cursor, node: Node | None) -> list[tuple[Node, Fields]]:
    """Return every mapping of a list, with its fields."""
    return [(one, fields_of(cursor, one)) for one in list_of(node) if cursor.is_mapping(one)]


def text_of(node: Node | None) -> str | None:
    """Return a string, "" where there is none."""
    if node is None:
        return ""
    return str(node.value) if isinstance(node, ScalarNode) and kind_of(node) is Kind.STRING else None


def number_of(node: Node | None) -> int | None:
    """Return an integer, 0 where there is none."""
    if node is None:
        return 0
    return plain_number(node.value) if isinstance(node, ScalarNode) and kind_of(node) is Kind.INTEGER else None


def flag_of(node: Node | None, *, default: bool = False) -> bool:
    """Return a boolean."""
    if node is None or kind_of(node) is not Kind.BOOLEAN:
        return default
    return node.value in TRUE_WORDS
