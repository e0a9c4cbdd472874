"""Run a case through everything that is pure, and hold every promise against what comes out.

    judge(Case(b"kind: Service …"))  ->  Judged("compiled", {"iptables/rules.v4": …}), or "stopped", "unread", "refused";
                                     raises Broken, or whatever svcc failed with

Only `Stopped` may be raised by svcc. What is refused has diagnostics that can be shown anywhere; what is compiled has outputs
of known shapes, and its defaults are manifests that compile to the same and allocate nothing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from svcc.allocate.decode_lock import decode_lock
from svcc.allocate.lock import Lock
from svcc.artifacts import artifacts, iptables_files
from svcc.cli.diagnostics import as_json, github, human
from svcc.cli.render import printable
from svcc.codes import CODES
from svcc.config import Mode, NodeConfig
from svcc.defaults import Filled, filled
from svcc.diag import Diagnostic, Diagnostics, Source, Stopped
from svcc.emit.ipvs.text import parse as parse_servers
from svcc.emit.ipvs.text import render as render_servers
from svcc.emit.nftables.ruleset import NftTable
from svcc.emit.nftables.text import parse as parse_table
from svcc.emit.nftables.text import render as render_table
from svcc.model.decode_config import decode_config
from svcc.model.manifests import Manifests
from svcc.net import Family
from svcc.pipeline import compile_graph, lower_iptables, lower_ipvs, lower_nftables
from svcc.questionable import check_target
from svcc.reading import read
from svcc.source.files import decode_text
from svcc.source.plain import json_list, json_text, yaml_text
from tests.fuzz.case import Case
from tests.fuzz.names import check_names
from tests.fuzz.outputs import check_artifacts, check_graph, check_lock, check_printable, check_same, demand

LONGEST_LINE = 2000
"""Characters that a diagnostic may take for one line."""

_COMMAND = re.compile(
    r"::(?:error|warning|notice)(?: file=[^:,]*,line=[0-9]+,col=[0-9]+,title=SVC[0-9]{3})?::[^\r\n]*\Z"
)
_PROPERTY_LINE = re.compile(r"[A-Za-z0-9_/.\[\]-]*\Z")


class Judged(NamedTuple):
    """How a case ended, and the files that it was compiled to."""

    how: str
    files: Mapping[str, str] = {}


def judge(case: Case) -> Judged:
    """Return how a case ended; raise when a promise was not kept."""
    sink = Diagnostics()
    config, remarks = _configuration(case.config)
    sink.extend(remarks)
    source = None if sink.errors else decode_text(case.name, case.manifests, sink)
    judged = Judged("unread") if source is None else _judged(source, config, _lock(case.lock, sink), sink)
    check_diagnostics(sink)
    return judged


@lru_cache(maxsize=256)
def _configuration(text: str) -> tuple[NodeConfig, tuple[Diagnostic, ...]]:
    sink = Diagnostics()
    source = decode_text("svcc.yaml", text.encode(errors="surrogateescape"), sink)
    config = decode_config(source, sink) if text and source else NodeConfig()
    return config, tuple(sink)


def _lock(text: str, sink: Diagnostics) -> Lock:
    source = decode_text("svcc.lock", text.encode(errors="surrogateescape"), sink)
    return decode_lock(source, sink) if text and source else Lock()


def _judged(source: Source, config: NodeConfig, lock: Lock, sink: Diagnostics) -> Judged:
    try:
        allocated = read([source], config, sink, lock)
    except Stopped:
        demand(sink.errors, "what stops has told an error", source.text)
        return Judged("stopped")
    check_lock(allocated.lock)
    manifests = allocated.manifests
    if config.mode in (Mode.NFTABLES, Mode.IPVS):
        _check_mode(manifests, config, sink)
    config = replace(config, mode=Mode.IPTABLES)
    compiled = compile_graph(manifests, config)
    check_graph(compiled.graph)
    whole = Diagnostics()
    try:
        rulesets = lower_iptables(compiled.graph, whole)
    except Stopped:
        rulesets = {}
    _check_told(manifests, config, whole)
    sink.extend(whole)
    shown = filled([source], manifests)
    text = "".join(f"---\n{yaml_text(one.held)}" for one in shown)
    check_filled(shown, text, config, compiled.graph)
    if not rulesets:
        return Judged("refused")
    files = artifacts(compiled.graph, iptables_files(compiled.graph, rulesets), Mode.IPTABLES.value)
    check_artifacts(files, rulesets)
    check_names(manifests, config)
    return Judged("compiled", files)


def _check_told(manifests: Manifests, config: NodeConfig, whole: Diagnostics) -> None:
    """Demand that a check of the few Services that a target may refuse says what lowering all of them says."""
    short = Diagnostics()
    check_target(manifests, config, short)
    check_same([*short], [*whole], "check says what compile says")


def _check_mode(manifests: Manifests, config: NodeConfig, sink: Diagnostics) -> None:
    """Demand of nftables and IPVS that a check says what compiling says, and that what they print is read back as it was."""
    graph = compile_graph(manifests, config).graph
    whole = Diagnostics()
    tables: Mapping[Family, NftTable] = {}
    try:
        if config.mode is Mode.IPVS:
            lowered = lower_ipvs(graph, config, whole)
            tables = lowered.companions
            state = replace(parse_servers(render_servers(lowered.state)), addresses=lowered.state.addresses)
            check_same(lowered.state, state, "servers are read back as they were")
        else:
            tables = lower_nftables(graph, whole)
    except Stopped:
        demand(whole.errors, "what stops has told an error", config.mode)
    _check_told(manifests, config, whole)
    sink.extend(whole)
    for table in tables.values():
        if table.chains:
            check_same(table, parse_table(render_table(table)), "tables are read back as they were")


def check_filled(shown: list[Filled], text: str, config: NodeConfig, graph: object) -> None:
    """Demand that manifests that were filled in validate again, allocate nothing, and mean and look the same."""
    values = [json.loads(json_text(one.held)) for one in shown]
    listed = json.loads("".join(json_list(json_text(one.held) for one in shown)))["items"]
    check_same(values, listed, "a list of defaults is JSON")
    for name, again in (
        ("defaults.yaml", text),
        ("defaults.json", "".join(json_list(json_text(one.held) for one in shown))),
    ):
        sink = Diagnostics()
        source = decode_text(name, again.encode(), sink)
        check_printable(again.split("\n"), "defaults are lines of printable text")
        demand(source is not None, "defaults are text that YAML can hold", (tuple(sink), again))
        assert source is not None
        if not shown:
            continue
        try:
            read_again = read([source], config, sink)
        except Stopped:
            demand(
                not sink.errors,
                "defaults validate again",
                ([(one.code, one.message, one.field) for one in sink], again),
            )
            raise
        demand(not any(facts for _, facts in read_again.lock.sections()), "defaults allocate nothing", read_again.lock)
        check_same(graph, compile_graph(read_again.manifests, config).graph, "defaults mean the same")
        twice = "".join(f"---\n{yaml_text(one.held)}" for one in filled([source], read_again.manifests))
        check_same(text, twice, "defaults of defaults are the defaults")


def check_diagnostics(sink: Diagnostics) -> None:
    """Demand that each diagnostic can be shown to people and machines, and points at a place that is there."""
    for one in sink:
        demand(one.code in CODES, "a code is one of the table", one.code)
        _check_place(one)
        drawn = [printable("".join(text for _, text in line)) for line in human(one)]
        check_printable(drawn, "a line for people is one line")
        for line in drawn:
            demand(len(line) <= LONGEST_LINE, "a line for people has an end", line)
        words = (one.message, one.hint, one.object, one.field, *(other.message for other in one.related))
        check_printable(words, "the words of a diagnostic are on one printable line")
        demand(_COMMAND.match(printable(github(one))), "an annotation is one command", github(one))
    told = json.loads("\n".join(as_json(sink)))
    demand(told["errors"] == sink.errors, "JSON counts the errors", told)


def _check_place(one: Diagnostic) -> None:
    for span in (one.span, *(related.span for related in one.related)):
        if span is None:
            continue
        count = span.source.text.count("\n") + span.source.text.count("\r") + 2
        count += (
            sum(span.source.text.count(sign) for sign in "\x85\u2028\u2029") if not span.source.text.isascii() else 0
        )
        demand(
            1 <= span.line <= count and span.column >= 1 and span.length >= 0, "a span is a place in its source", span
        )
