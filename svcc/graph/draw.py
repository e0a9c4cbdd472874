"""Draw the graph: Graphviz or Mermaid source, or SVG; frontends on the left, backends on the right.

digraph svcc { "10.96.0.10:80/TCP" -> "shop/cart:http TCP IPv4 cluster" [label="everyone"]; … }
"""

from collections.abc import Iterator
from html import escape

from svcc.graph.nodes import Frontend, RuleGraph, Verdict
from svcc.net import endpoint_text

Edge = tuple[str, str, str]


def _edges(graph: RuleGraph) -> Iterator[Edge]:
    """Yield from, to and label of every arrow."""
    for frontend in graph.frontends:
        yield from _frontend_edges(frontend)
    for pool in graph.pools:
        for backend in pool.backends:
            label = f"weight {backend.weight}" if backend.weight != 1 else ""
            yield str(pool.id), endpoint_text(backend.address, backend.port), label


def _frontend_edges(frontend: Frontend) -> Iterator[Edge]:
    ways: dict[str, list[str]] = {}
    for who, target in zip(("pod", "node", "external"), frontend.then.targets, strict=True):
        to = target.to.value if isinstance(target.to, Verdict) else str(target.to)
        ways.setdefault(to, []).append(who + (" (masquerade)" if target.masquerade else ""))
    for to, clients in ways.items():
        yield str(frontend.at), to, ", ".join(clients)


def dot(graph: RuleGraph) -> Iterator[str]:
    """Yield the lines of a Graphviz digraph."""
    yield "digraph svcc {"
    yield "  rankdir=LR; node [shape=box];"
    for start, to, label in _edges(graph):
        yield f'  "{start}" -> "{to}"' + (f' [label="{label}"];' if label else ";")
    yield "}"


def mermaid(graph: RuleGraph) -> Iterator[str]:
    """Yield the lines of a Mermaid flowchart."""
    yield "flowchart LR"
    names: dict[str, str] = {}
    for start, to, label in _edges(graph):
        for text in (start, to):
            if text not in names:
                names[text] = f"n{len(names)}"
                yield f'  {names[text]}["{text}"]'
        yield f"  {names[start]} -->" + (f'|"{label}"|' if label else "") + f" {names[to]}"


_WIDTH, _HEIGHT, _GAP = 330, 24, 120


def svg(graph: RuleGraph) -> Iterator[str]:
    """Yield the lines of an SVG picture in three columns: frontends, pools and verdicts, backends."""
    edges = tuple(_edges(graph))
    places: dict[str, tuple[int, int]] = {}
    starts = {str(one.at) for one in graph.frontends}
    middle = dict.fromkeys(to for start, to, _ in edges if start in starts)
    ends = dict.fromkeys(to for start, to, _ in edges if start not in starts)
    for column, texts in enumerate((dict.fromkeys(str(one.at) for one in graph.frontends), middle, ends)):
        for row, text in enumerate(texts):
            places[text] = (10 + column * (_WIDTH + _GAP), 10 + row * (_HEIGHT + 8))
    height = max((y for _, y in places.values()), default=0) + _HEIGHT + 10
    width = 3 * _WIDTH + 2 * _GAP + 20
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="monospace" font-size="12">'
    for start, to, label in edges:
        (x1, y1), (x2, y2) = places[start], places[to]
        line = f'<line x1="{x1 + _WIDTH}" y1="{y1 + 12}" x2="{x2}" y2="{y2 + 12}" stroke="gray"/>'
        yield f"  {line[:-2]}><title>{escape(label)}</title></line>"
    for text, (x, y) in places.items():
        yield f'  <rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" fill="white" stroke="black"/>'
        yield f'  <text x="{x + 6}" y="{y + 16}">{escape(text)}</text>'
    yield "</svg>"
