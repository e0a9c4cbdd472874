"""`svcc trace`: where a packet goes, how probably, and which line of which file says so."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import click

from svcc.cli.live import Machine, enter, with_facts
from svcc.cli.options import Input, compiled_of, kernel_options, manifest_options, subcommand
from svcc.cli.plans import print_remarks
from svcc.cli.render import printable
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Stopped
from svcc.emit.iptables.ruleset import IptablesRuleset, adopt_origins
from svcc.emit.iptables.text import parse, render
from svcc.emit.iptables.walk import UnknownRule
from svcc.emit.ipvs.lower import Ipvs
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.emit.ipvs.text import parse as parse_servers
from svcc.emit.ipvs.text import render as render_servers
from svcc.emit.nftables.ruleset import NftTable
from svcc.emit.nftables.ruleset import adopt_origins as nft_adopt_origins
from svcc.emit.nftables.state import UnknownRule as UnknownNftRule
from svcc.emit.nftables.text import parse as parse_table
from svcc.emit.nftables.text import render as render_table
from svcc.graph.nodes import Host
from svcc.kernel.base import KernelError
from svcc.net import Address, Family, Protocol, endpoint_text, family_of, parse_address
from svcc.pipeline import Compiled, host_of, lower_iptables, lower_ipvs, lower_nftables
from svcc.plan.ipvs import named_as
from svcc.probes import decode_probes, kind_of_source, parse_destination
from svcc.source.files import read_source
from svcc.trace import GraphTracer, IptablesTracer, IpvsTracer, Kind, NftablesTracer, Probe, Result, as_json

Tables = Mapping[Family, NftTable]


@dataclass(slots=True)
class Lowered:
    """What the manifests were lowered to, for the targets that were asked for."""

    rulesets: Mapping[Family, IptablesRuleset] = field(default_factory=dict)
    tables: Tables = field(default_factory=dict)
    ipvs: Ipvs = field(default_factory=lambda: Ipvs(IpvsState(), {family: NftTable(family) for family in Family}))

    @classmethod
    def of(cls, given: Input, compiled: Compiled, words: dict[str, Any]) -> "Lowered":
        """Lower for one mode, or, to know the origins of what is live, for all."""
        found, graph, mode, live = cls(), compiled.graph, words["mode"], words["live"]
        # Of what is live they only give the origins: there, what a target cannot say is no mistake.
        sink, passing = (Diagnostics(), suppress(Stopped)) if live else (given.sink, nullcontext())
        with passing:
            if live or mode == "iptables":
                found.rulesets = lower_iptables(graph, sink)
        with passing:
            if live or mode == "nftables":
                found.tables = lower_nftables(graph, sink)
        with passing:
            if live or mode == "ipvs":
                found.ipvs = lower_ipvs(graph, given.config, sink)
        return found


@subcommand("trace", "svcc trace examples/shop --from 10.128.7.40 --to 10.96.0.10:80")
@manifest_options(required=False, modes=("graph", "iptables", "nftables", "ipvs"))
@click.option("--from", "source", metavar="IP", help="The client's address.")
@click.option(
    "--kind", type=click.Choice([one.value for one in Kind]), help="Where the client is; default: by address."
)
@click.option("--to", "target", metavar="IP:PORT[/PROTO]", help="What the client connects to.")
@click.option("--probes", "probes_file", metavar="FILE", type=click.Path(), help="YAML or JSON list of probes.")
@click.option("--live", is_flag=True, help="Walk what the kernel holds now, instead of what the manifests say.")
@kernel_options
def command(**words: Any) -> int:
    """Say where a packet goes, with which probability, and which line of which file asked for it.

    --mode graph (the default) walks the meaning itself, --mode iptables, nftables and ipvs the rules as emitted and parsed
    back, --live those that the kernel holds now.
    """
    if not words["paths"] and not words["live"]:
        raise click.UsageError("Give the manifests, or --live.")
    given = Input.from_words({**words, "mode": None})
    if words["live"]:
        enter(words["netns"])
        given.config = with_facts(given.config)
    compiled: Compiled | None = None
    lowered = Lowered()
    with given.reporting():
        probes = _probes(given, words)
        given.config = _with_node(given.config, probes)
        if given.paths:
            compiled = compiled_of(given)
            lowered = Lowered.of(given, compiled, words)
    host = compiled.graph.host if compiled is not None else host_of(given.config)
    placed = [one if isinstance(one, Probe) else one.probe(host) for one in probes]
    if words["live"]:
        machine = Machine.look(None, words["backend"])
        print_remarks(machine.bypassed(), given)
        results = _live(placed, _live_tracer(machine, lowered, host, compiled))
    else:
        assert compiled is not None
        tracer = _tracer(words["mode"], compiled, lowered)
        results = [tracer.trace(one) for one in placed]
    if given.shape == "json":
        click.echo(json.dumps([as_json(one) for one in results], indent=2))
    else:
        for line in _lines(results, verbose=given.verbose):
            click.echo(printable(line))
    return 0


class _Unplaced(NamedTuple):
    """A probe whose kind is still to be found from its address."""

    source: Address
    to: Address
    port: int
    protocol: Protocol

    def probe(self, host: Host) -> Probe:
        return Probe(kind_of_source(host, self.source), *self)


def _probes(given: Input, words: dict[str, Any]) -> Sequence[Probe | _Unplaced]:
    start_text, to_text, probes_file = words["source"], words["target"], words["probes_file"]
    if (start_text is None) != (to_text is None) or (start_text is None) == (probes_file is None):
        raise click.UsageError("Give --from and --to, or --probes.")
    if probes_file is not None:
        source = read_source(probes_file, given.sink)
        probes = decode_probes(source, given.sink) if source is not None else ()
        if given.sink.errors:
            given.tell_the_rest()
        return probes
    try:
        start = parse_address(start_text)
        to = parse_destination(to_text)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    if family_of(start) is not family_of(to[0]):
        raise click.UsageError(f"{start} and {to[0]} are of different families.")
    return [Probe(Kind(words["kind"]), start, *to) if words["kind"] else _Unplaced(start, *to)]


def _with_node(config: NodeConfig, probes: Sequence[Probe | _Unplaced]) -> NodeConfig:
    """Return the configuration with the node's addresses, taken from probes of kind node where it names none."""
    if config.node_ips:
        return config
    own = (one.source for one in probes if isinstance(one, Probe) and one.kind is Kind.NODE)
    return replace(config, node_ips=tuple(dict.fromkeys(own)))


Tracer = GraphTracer | IptablesTracer | NftablesTracer | IpvsTracer


def _tracer(mode: str | None, compiled: Compiled, lowered: Lowered) -> Tracer:
    """Return a tracer over the meaning, or over the text that would be loaded, read back as the kernel would."""
    host = compiled.graph.host
    if mode == "nftables":
        return NftablesTracer(_read_back(lowered.tables), host, compiled)
    if mode == "ipvs":
        state = replace(parse_servers(render_servers(lowered.ipvs.state)), addresses=lowered.ipvs.state.addresses)
        held = Ipvs(named_as(state, lowered.ipvs.state), _read_back(lowered.ipvs.companions))
        return IpvsTracer(held, host, compiled)
    if mode != "iptables":
        return GraphTracer(compiled)
    read = {family: adopt_origins(parse(render(held), family), held) for family, held in lowered.rulesets.items()}
    return IptablesTracer(read, host, compiled)


def _read_back(tables: Tables) -> Tables:
    """Return tables as their text says them, with the origins that they had."""
    return {
        family: nft_adopt_origins(parse_table(render_table(one)), one) if one.chains else one
        for family, one in tables.items()
    }


def _live_tracer(machine: Machine, lowered: Lowered, host: Host, compiled: Compiled | None) -> Tracer:
    """Return a tracer over what of ours the kernel holds.

    Raises:
        KernelError: more than one mode, or backend, carries packets.
    """
    held, companions = machine.tables.snapshot().tables, machine.ipvs.companion.snapshot().tables
    if len(machine.rules) + bool(held) + bool(companions) > 1:
        hint = "`svcc apply PATH` leaves those of one mode, `svcc clean` none"
        raise KernelError("rules of svcc are there more than once: in several modes, or in both backends", hint=hint)
    if held:
        return NftablesTracer(_adopted(held, lowered.tables), host, compiled)
    if companions:
        live = replace(machine.ipvs.live, addresses=machine.ipvs.dummy.addresses or ())
        known = Ipvs(named_as(live, lowered.ipvs.state), _adopted(companions, lowered.ipvs.companions))
        return IpvsTracer(known, host, compiled)
    read = machine.rules[0].snapshot() if machine.rules else {family: IptablesRuleset(family) for family in Family}
    adopted = {family: adopt_origins(one, lowered.rulesets.get(family, one)) for family, one in read.items()}
    return IptablesTracer(adopted, host, compiled)


def _adopted(read: Tables, known: Tables) -> Tables:
    """Return tables that were read with the origins of compiled ones; a family that was not there is empty."""
    found = {family: nft_adopt_origins(one, known.get(family, one)) for family, one in read.items()}
    return {family: found.get(family, NftTable(family)) for family in Family}


def _live(probes: Sequence[Probe], tracer: Tracer) -> list[Result]:
    """Trace through what the kernel holds; rules of ours that someone has edited are the machine's fault, not ours."""
    try:
        return [tracer.trace(one) for one in probes]
    except (UnknownRule, UnknownNftRule) as unknown:
        hint = "`svcc status PATH` shows what was changed, `svcc apply PATH` repairs it"
        raise KernelError(f"the rules in the kernel are not as svcc writes them: {unknown}", hint=hint) from None


def _lines(results: Sequence[Result], *, verbose: bool) -> Iterator[str]:
    for one in results:
        probe = one.probe
        protocol = probe.protocol.value if probe.protocol else "OTHER"
        service = f"  {one.service}" if one.service else ""
        to = f"{endpoint_text(probe.to, probe.port)}/{protocol}"
        yield f"{probe.kind.value} {probe.source} -> {to}  {one.verdict}{service}"
        for backend, share in one.backends:
            rewritten = "  source rewritten" if backend.masquerade else ""
            yield f"  {share!s:>6}  {endpoint_text(backend.address, backend.port)}{rewritten}"
        if one.affinity is not None:
            yield f"          sticky per client for {one.affinity} s"
        for step, origin in one.path if verbose or len(results) == 1 else ():
            yield f"  via     {step}" + (f"  ({origin})" if origin else "")
        for left in one.excluded:
            where = f"  ({left.origin})" if left.origin else ""
            yield f"  not     {endpoint_text(left.address, left.port)}  {left.why}{where}"
