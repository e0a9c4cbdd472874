"""Hold every text that svcc writes against what such a text may look like at all.

The shapes here are written down a second time on purpose: they say what a rule, an index or a lock can hold, whatever the code
that writes them thinks of it. Nothing that a manifest says fits in but names, addresses and numbers.
"""

import json
import re
from collections.abc import Iterable, Mapping

from svcc.allocate.decode_lock import decode_lock
from svcc.allocate.lock import Lock
from svcc.allocate.lock import render as render_lock
from svcc.diag import Diagnostics, Source
from svcc.emit.iptables.read import parse_rule
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.emit.iptables.text import parse, render
from svcc.graph.draw import dot, mermaid, svg
from svcc.graph.nodes import RuleGraph
from svcc.graph.show import lines
from svcc.net import Family


class Broken(AssertionError):  # noqa: N818 - a promise is broken, not an error made
    """A promise about an output is not kept: which, and what was seen."""

    def __init__(self, promise: str, seen: object) -> None:
        super().__init__(f"{promise}: {str(seen)[:600]!r}")
        self.promise = promise


def demand(kept: object, promise: str, seen: object) -> None:
    """Raise `Broken` unless the promise is kept."""
    if not kept:
        raise Broken(promise, seen)


_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_SERVICE = rf"{_LABEL}/{_LABEL}"
_PORT_NAME = rf"{_SERVICE}(?::{_LABEL})?"
_IP4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_IP6 = r"[0-9a-f:]{2,39}"
_NET = rf"(?:{_IP4}/[0-9]{{1,2}}|{_IP6}/[0-9]{{1,3}})"
_CHAIN = r"(?:SVCC-[A-Z0-9a-f.-]{1,23}|PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)"
_PORT = r"[0-9]{1,5}"
_BITS = r"0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}"
_MATCH = "|".join(
    (
        rf"(?:! )?-[sd] {_NET}", r"(?:! )?-i [A-Za-z0-9_][A-Za-z0-9_.@-]{0,13}(?:[A-Za-z0-9_.@-]|\+)?", r"-p (?:tcp|udp|sctp)",
        rf"-m (?:tcp|udp|sctp) --dport {_PORT}(?::{_PORT})?", rf'-m comment --comment "{_PORT_NAME}"',
        r"-m addrtype --(?:src|dst)-type LOCAL", rf"-m mark --mark {_BITS}", r"-m conntrack --ctstate DNAT",
        r'-m bpf --bytecode "[0-9 ,]+"', r"-m statistic --mode random --probability [01]\.[0-9]{11}",
        r"-m recent (?:--update --seconds [0-9]{1,5} --reap|--set) --name SVCC-SE[PL]-[A-Z2-7]{16} --mask [0-9a-f.:]+ --rsource",
    )
)  # fmt: skip
_TARGET = "|".join(
    (
        rf"-[jg] {_CHAIN}", r"-j (?:DROP|RETURN)", r"-j MASQUERADE --random-fully", rf"-j MARK --set-xmark {_BITS}",
        rf"-j DNAT --to-destination (?:{_IP4}:{_PORT}|\[{_IP6}\]:{_PORT})", r"-j REJECT --reject-with icmp6?-(?:port|adm)-[a-z-]+",
    )
)  # fmt: skip
_RULES_LINE = re.compile(
    rf"(?:\*(?:raw|filter|nat)|:{_CHAIN} - \[0:0\]|COMMIT|-A {_CHAIN} (?:(?:{_MATCH}) )*(?:{_TARGET}))\Z", re.ASCII
)
_RULES_HEAD = re.compile(
    r"# Made by svcc [0-9.]+ from [0-9]+ Services: IPv[46]\. Do not edit; compile again\.\n"
    r"# Load it where svcc has no rules yet, with: ip6?tables-restore --noflush\n",
    re.ASCII,
)
_SETTING = re.compile(r"net\.ipv[46]\.[a-z_.]+ = [0-9]+\Z", re.ASCII)
_MODULE = re.compile(r"[a-zA-Z0-9_]+\Z", re.ASCII)
_MADE_BY = re.compile(r"# Made by svcc [0-9.]+\. [A-Za-z ]+\.\Z", re.ASCII)
_LOCK_LINE = re.compile(
    r"#[ -~]*\Z|apiVersion: svcc\.dev/v1alpha1\Z|kind: Lock\Z|(?:clusterIPs|nodePorts|healthCheckNodePorts):\Z"
    rf'|  {_SERVICE}(?: IPv[46]| {_PORT}/(?:TCP|UDP|SCTP))?: "?[0-9a-f.:]+"?\Z'
    rf"|serials:\Z|  {_LABEL}(?:\.{_LABEL})*: [0-9]{{1,10}}(?: [0-9a-f]{{16}})?\Z",
    re.ASCII,
)
_GRAPH_LINE = re.compile(r"[A-Za-z0-9 /:.,*\[\]()_@-]*\Z", re.ASCII)
_DRAWN_LINE = re.compile(r"[A-Za-z0-9 /:.,*\[\]()_@\"=;{}>|&#<+-]*\Z", re.ASCII)
_FILES = {"iptables/rules.v4", "iptables/rules.v6", "sysctl.d/90-svcc.conf", "modules-load.d/svcc.conf", "index.json"}


def check_artifacts(files: Mapping[str, str], rulesets: Mapping[Family, IptablesRuleset]) -> None:
    """Demand that each file is one of ours and each of its lines has one of its shapes."""
    demand(set(files) == _FILES, "artifacts are a fixed set of files", set(files))
    for name, text in files.items():
        demand(text.isascii() and text.endswith("\n"), f"{name} is ASCII and ends with a line break", text)
    for family, name in ((Family.IPV4, "iptables/rules.v4"), (Family.IPV6, "iptables/rules.v6")):
        _check_rules(files[name], rulesets[family])
    _check_lines(files["sysctl.d/90-svcc.conf"], _SETTING, "sysctl.d holds settings")
    _check_lines(files["modules-load.d/svcc.conf"], _MODULE, "modules-load.d holds names of modules")
    _check_index(files)


def _check_rules(text: str, ruleset: IptablesRuleset) -> None:
    head = _RULES_HEAD.match(text)
    demand(head, "a script of rules has its header", text[:300])
    assert head is not None
    body = text[head.end() :]
    for line in body.split("\n"):
        demand(not line or _RULES_LINE.match(line), "a line of a script has one of the known shapes", line)
    demand(parse(text, ruleset.family) == ruleset, "a script reads back as its ruleset", text)
    demand(render(parse(text, ruleset.family)).strip() == body.strip(), "a script is written the same again", text)
    for chains in ruleset.tables.values():
        for chain in chains.values():
            for rule in chain.rules:
                again = parse_rule(rule, ruleset.family).print(ruleset.family)
                demand(again == rule, "a rule is read and written the same again", (rule, again))


def _check_lines(text: str, shape: re.Pattern[str], promise: str) -> None:
    first, *rest = text.removesuffix("\n").split("\n")
    demand(_MADE_BY.match(first), promise, first)
    for line in rest:
        demand(shape.match(line), promise, line)


def _check_index(files: Mapping[str, str]) -> None:
    index = json.loads(files["index.json"])
    demand(set(index) == {"svcc", "mode", "artifacts", "services"}, "the index has its four keys", set(index))
    demand(set(index["artifacts"]) == _FILES - {"index.json"}, "the index names the other files", index["artifacts"])
    for name in index["services"]:
        demand(re.fullmatch(_SERVICE, name), "the index names Services by their names", name)


def check_graph(graph: RuleGraph) -> None:
    """Demand that every way to show a graph is made of names, addresses and numbers."""
    for line in lines(graph):
        demand(_GRAPH_LINE.match(line), "a graph is printed with plain words", line)
    for draw in (dot, mermaid, svg):
        for line in draw(graph):
            demand(_DRAWN_LINE.match(line) and line.count('"') % 2 == 0, "a graph is drawn with plain words", line)


def check_lock(lock: Lock) -> None:
    """Demand that a lock has lines of its few shapes and reads back as the same facts."""
    text = render_lock(lock)
    for line in text.removesuffix("\n").split("\n"):
        demand(_LOCK_LINE.match(line), "a line of svcc.lock has one of the known shapes", line)
    sink = Diagnostics()
    again = decode_lock(Source("svcc.lock", text), sink)
    demand(again == lock and not sink.errors, "svcc.lock reads back as the same facts", text)


def check_same(one: object, other: object, promise: str) -> None:
    """Demand that two values are equal."""
    if one != other:
        raise Broken(promise, _difference(str(one), str(other)))


def _difference(one: str, other: str) -> str:
    at = next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return f"…{one[max(0, at - 100) : at + 150]} ≠ …{other[max(0, at - 100) : at + 150]}"


def check_printable(texts: Iterable[str], promise: str) -> None:
    """Demand that no text moves a cursor, colours a screen or goes on in another line."""
    for text in texts:
        demand(text.isprintable(), promise, ascii(text))
