"""Walk one composed object with types: values out, every mistake reported with object, field path and span.

    spec: {type: NodePorts}     cursor.choice(fields["type"], TYPES)  ->  None, and in the sink
                                SVC105 web.yaml:4:14 Service/shop/cart spec.type: "NodePorts" is not supported
                                hint  one of ClusterIP, NodePort, …; did you mean NodePort?

Readers take a node or None (absent) and return the value or None; null is absent. `errors` tells afterwards whether all went
well. Nodes carry no path: it is found from the object's root only when something is reported, so that reading costs nothing.
A node that aliases share has the path and the span of its first place.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import TypeVar

from svcc.diag import Related
from svcc.guess import did_you_mean
from svcc.net import MAX_PORT, Address, Network, parse_address, parse_network
from svcc.source.document import NULL
from svcc.source.nodes import MappingNode, Node, ScalarNode, SequenceNode
from svcc.source.reporter import Reporter, short
from svcc.source.scalars import (
    FALSE_WORDS,
    TAGS,
    TRUE_WORDS,
    Kind,
    explain,
    is_plain_string,
    plain_kind,
    plain_number,
    seeming_number,
    usual_number,
)

__all__ = [
    "Cursor",
    "Fields",
    "Known",
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "did_you_mean",
    "kind_of",
]

Fields = dict[str, Node]
Known = frozenset[str]
T = TypeVar("T")

_MAX_MERGES = 32
_MAX_MESSAGE = 120
_MAX_GUESSES = 50


class Cursor(Reporter):
    """The reader of one object, from its root node."""

    __slots__ = ()

    @staticmethod
    def is_mapping(node: Node) -> bool:
        """Tell whether a node is a mapping, so that a field can be missing in it."""
        return isinstance(node, MappingNode)

    def fields(self, node: Node | None, known: Known | None) -> Fields:
        """Return the fields of a mapping without nulls; report those that are not `known` (None: any key)."""
        if isinstance(node, MappingNode):
            found: Fields = {}
            try:
                for key, value in node.value:
                    if value.tag is not NULL:
                        found[key.value] = value
            except TypeError:
                return self._odd_fields(node, known)
            if len(found) == len(node.value) and "<<" not in found and (known is None or known.issuperset(found)):
                return found
            return self._odd_fields(node, known)
        if node is not None and not _is_null(node):
            self._wrong_type(node, "a mapping")
        return {}

    @staticmethod
    def peek(node: Node, names: Iterable[str]) -> Fields:
        """Return some fields of a mapping without judging any of them."""
        # A key can be a list, which a set cannot look up.
        names = tuple(names)
        found: Fields = {}
        waiting: list[Node] = [node]
        rounds = 0
        while waiting and rounds <= _MAX_MERGES:
            rounds += 1
            source = waiting.pop(0)
            if isinstance(source, SequenceNode):
                waiting[:0] = source.value
            elif isinstance(source, MappingNode):
                found = {**{key.value: value for key, value in source.value if key.value in names}, **found}
                waiting[:0] = [value for key, value in source.value if _is_merge(key)]
        return {name: value for name, value in found.items() if value.tag is not NULL}

    def sequence(self, node: Node | None) -> list[Node]:
        """Return the nodes of a list; null is absent as a field, but a mistake as a member."""
        if isinstance(node, SequenceNode):
            found: list[Node] = node.value
            for one in found:
                if one.tag is not None and _is_null(one):
                    return self._without_nulls(found)
            return found
        if node is not None and not _is_null(node):
            self._wrong_type(node, "a list", "put `- ` before it" if isinstance(node, MappingNode) else "")
        return []

    def text(self, node: Node | None) -> str | None:
        """Return a string."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.tag is None:
            value: str = node.value
            if node.style or is_plain_string(value):
                return value
        return self._odd_text(node)

    def boolean(self, node: Node | None) -> bool | None:
        """Return a boolean."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.tag is None and not node.style:
            value = node.value
            if value in TRUE_WORDS:
                return True
            if value in FALSE_WORDS:
                return False
        if kind_of(node) is Kind.BOOLEAN and (node.value in TRUE_WORDS or node.value in FALSE_WORDS):
            return node.value in TRUE_WORDS
        if not _is_null(node):
            quoted = isinstance(node, ScalarNode) and bool(node.style) and node.value in ("true", "false")
            self._wrong_type(node, "true or false", "remove the quotes" if quoted else "")
        return None

    def integer(self, node: Node | None, low: int, high: int) -> int | None:
        """Return an integer from `low` to `high`."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.tag is None and not node.style:
            value = usual_number(node.value)
            if value is not None and low <= value <= high:
                return value
        return self._odd_integer(node, low, high)

    def port(self, node: Node | None) -> int | None:
        """Return a port number, 1 to 65535."""
        return self.integer(node, 1, MAX_PORT)

    def choice(self, node: Node | None, choices: Mapping[str, T]) -> T | None:
        """Return what one of a few words stands for."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.tag is None:
            chosen = choices.get(node.value)
            if chosen is not None:
                return chosen
        word = self.text(node)
        if word is not None:
            hint = f"one of {', '.join(choices)}{did_you_mean(word, tuple(choices))}"
            self.report("SVC105", f'"{short(word)}" is not supported', node, hint=hint)
        return None

    def address(self, node: Node | None) -> Address | None:
        """Return an IP address in canonical form."""
        if node is None:
            return None
        word = node.value if isinstance(node, ScalarNode) and node.tag is None else self.text(node)
        if word is None:
            return None
        try:
            return parse_address(word)
        except ValueError as error:
            self.report("SVC107", short(str(error), _MAX_MESSAGE), node)
            return None

    def word(self, node: Node | None) -> str | None:
        """Return a string as it is written: an IPv6 address of digits alone looks like a base 60 number to YAML."""
        if isinstance(node, ScalarNode) and node.tag is None and (node.style or ":" in node.value):
            return str(node.value)
        return self.text(node)

    def network(self, node: Node | None) -> Network | None:
        """Return a network in CIDR form; blanks around it do not count."""
        word = self.text(node)
        if word is None or node is None:
            return None
        try:
            return parse_network(word.strip())
        except ValueError as error:
            self.report("SVC108", short(str(error), _MAX_MESSAGE), node)
            return None

    def texts(self, node: Node | None) -> dict[str, str]:
        """Return a mapping of strings to strings, such as labels."""
        found: dict[str, str] = {}
        if node is None:
            return found
        pairs = node.value if node.__class__ is MappingNode else ()
        for key, value in pairs:
            if value.__class__ is ScalarNode and value.tag is None and key.__class__ is ScalarNode:
                word = value.value
                if value.style or is_plain_string(word):
                    found[key.value] = word
        if pairs and len(found) == len(pairs) and "<<" not in found:
            return found
        read = ((name, self.text(value)) for name, value in self.fields(node, None).items())
        return {name: word for name, word in read if word is not None}

    def _odd_fields(self, node: MappingNode, known: Known | None) -> Fields:
        """Read a mapping that holds nulls, merge keys, or mistakes."""
        own: Fields = {}
        merged: list[Node] = []
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.report("SVC101", "a key must be a word", key)
            elif _is_merge(key):
                merged.append(value)
            elif key.value in own:
                first = Related(self.span(own[key.value]), "first given here")
                self.report("SVC002", f"the key {short(key.value)} appears twice", key, related=(first,))
            else:
                own[key.value] = value
                if known is not None and key.value not in known:
                    self._unknown(key, known)
        if merged:
            own = {**self._merged(merged, known), **own}
        return {name: value for name, value in own.items() if not _is_null(value)}

    def _merged(self, sources: list[Node], known: Known | None) -> Fields:
        """Return the fields that merge keys bring in; earlier ones win."""
        found: Fields = {}
        rounds = 0
        while sources and rounds < _MAX_MERGES:
            rounds += 1
            source = sources.pop(0)
            if isinstance(source, SequenceNode):
                sources[:0] = source.value
            elif isinstance(source, MappingNode):
                deeper = [value for key, value in source.value if _is_merge(key)]
                rest = [(key, value) for key, value in source.value if not _is_merge(key)]
                mapping = copy(source)
                mapping.value = rest
                # A null here is what stands: it hides what this mapping itself merges in.
                nulls = {key.value: value for key, value in rest if isinstance(key, ScalarNode) and _is_null(value)}
                found = {**nulls, **self.fields(mapping, known), **found}
                sources[:0] = deeper
            else:
                self._wrong_type(source, "a mapping to merge")
        if sources:
            self.report("SVC101", f"more than {_MAX_MERGES} merge keys in one mapping", sources[0])
        return found

    def _without_nulls(self, nodes: list[Node]) -> list[Node]:
        for node in nodes:
            if _is_null(node):
                self.report("SVC101", "a member of a list must not be null", node, hint="remove it, or give it a value")
        return [node for node in nodes if not _is_null(node)]

    def _unknown(self, key: ScalarNode, known: Known) -> None:
        # Comparing words is slow; an object with many unknown fields needs no guess for the last of them.
        guess = did_you_mean(key.value, tuple(sorted(known))) if self.errors < _MAX_GUESSES else ""
        hint = guess.removeprefix("; ") or "look at the indentation, or remove it"
        self.report("SVC102", f"there is no field {short(key.value)} here", key, hint=hint)

    def _odd_text(self, node: Node) -> str | None:
        kind = kind_of(node)
        if kind is None or kind is Kind.NULL:
            if kind is None:
                self._wrong_type(node, "a string")
            return None
        if kind is Kind.STRING:
            return str(node.value)
        message = "must be a string"
        if node.tag is None:
            message = f"must be a string; {explain(node.value)}"
        self.report("SVC101", message, node, hint=f'put it in quotes: "{short(node.value)}"')
        return None

    def _odd_integer(self, node: Node, low: int, high: int) -> int | None:
        kind = kind_of(node)
        if kind is Kind.NULL:
            return None
        seeming = seeming_number(node.value) if isinstance(node, ScalarNode) and not node.style else None
        if kind is Kind.FLOAT and seeming is not None:
            message = f"must be an integer; by its leading zero {node.value} is octal, which has no 8 and no 9"
            self.report("SVC101", message, node, hint=f"write {seeming}")
            return None
        if kind is not Kind.INTEGER:
            quoted = kind is Kind.STRING and plain_kind(node.value) is Kind.INTEGER
            self._wrong_type(node, "an integer", "remove the quotes" if quoted else "")
            return None
        value = plain_number(node.value)
        octal = f", which YAML reads as octal {value}" if seeming not in (None, value) else ""
        if value is not None and low <= value <= high:
            if octal:
                self.report(
                    "SVC010", f"YAML reads {node.value} as octal {value}", node, hint=f"write {value}, or {seeming}"
                )
            return value
        if ":" in node.value:
            self.report("SVC101", f"must be a plain number; {explain(node.value)}", node)
        else:
            self.report("SVC106", f"must be between {low} and {high}, not {short(node.value)}{octal}", node)
        return None

    def _wrong_type(self, node: Node, wanted: str, hint: str = "") -> None:
        if isinstance(node, ScalarNode):
            kind = kind_of(node)
            found = f'the string "{short(node.value)}"' if kind is Kind.STRING else f"{(kind or Kind.NULL).value}"
        else:
            found = "a mapping" if isinstance(node, MappingNode) else "a list"
        self.report("SVC101", f"must be {wanted}, not {found}", node, hint=hint)


def kind_of(node: Node) -> Kind | None:
    """Return the type of a scalar; None for a mapping or a list."""
    if not isinstance(node, ScalarNode):
        return None
    if node.tag is None:
        return Kind.STRING if node.style else plain_kind(node.value)
    return TAGS.get(node.tag, Kind.STRING)


def _is_merge(key: Node) -> bool:
    return bool(key.value == "<<") and isinstance(key, ScalarNode) and not key.style


def _is_null(node: Node) -> bool:
    return node.tag is NULL or kind_of(node) is Kind.NULL
