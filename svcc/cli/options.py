"""The options that commands share, and what they stand for: an `Input` with its configuration, ready to be read.

    @subcommand("graph", "svcc graph examples/shop")       # the example ends its help
    @manifest_options()
    def command(**words):
        given = Input.from_words(words)
        with given.reporting():                            # prints every diagnostic, however it ends
            compiled, rulesets = compile_input(given)      # Stopped when there are errors

The configuration is `--config`, else `svcc.yaml` beside the manifests, else in the working folder, else the defaults.
"""

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from svcc.cli.locks import LOCK_NAME, LockFile
from svcc.cli.render import printable, working
from svcc.cli.silence import silence_options, sink_of
from svcc.config import Mode, NodeConfig
from svcc.diag import Diagnostics, Reason

if TYPE_CHECKING:
    from svcc.allocate import Lock
    from svcc.cli.live import Wanted
    from svcc.diag import Source
    from svcc.graph.nodes import RuleGraph
    from svcc.model.manifests import Manifests
    from svcc.pipeline import Compiled

CONFIG_NAME = "svcc.yaml"
MODES = ("iptables", "nftables", "ipvs")
KERNEL_MODES = ("iptables", "nftables", "ipvs")
"""Those that can be applied as well as compiled."""
Command = Callable[..., Any]

SHAPES = ("human", "json", "github")
_SHOWN = 60


def _node_name(ctx: click.Context, param: click.Parameter, name: str | None) -> str | None:
    """Return the name of a node as it is; one that no node can have is wrong usage."""
    from svcc.model.pod_names import is_subdomain

    if name is not None and not is_subdomain(name):
        message = f"{name[:_SHOWN]!r} is not a DNS name: lower-case letters, digits, - and . inside."
        raise click.BadParameter(message, ctx, param)
    return name


def manifest_options(
    *, required: bool = True, modes: Sequence[str] = MODES, shapes: Sequence[str] = SHAPES
) -> Callable[[Command], Command]:
    """Add PATH... and the common options to a command; `modes` and `shapes` are what --mode and --format take."""
    common: tuple[Command, ...] = (
        click.option("--config", type=click.Path(), metavar="FILE", help=f"Default: {CONFIG_NAME} beside PATH."),
        click.option("--mode", type=click.Choice(modes), help="Target that carries packets; default: the config's."),
        click.option(
            "--lock",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help=f"Default: {LOCK_NAME} beside the configuration.",
        ),
        click.option("--locked", is_flag=True, help="Refuse any change of the lock file."),
        click.option("--node", callback=_node_name, metavar="NAME", help="This node's name, as endpoints call it."),
        click.option(
            "--format",
            "shape",
            type=click.Choice(shapes),
            default=shapes[0],
            help="Of results (stdout) and diagnostics (stderr).",
        ),
        silence_options,
        click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colours."),
        click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
        click.option("-v", "--verbose", is_flag=True, help="Print more: rules, notes, steps."),
    )

    def add(command: Command) -> Command:
        for option in reversed(common):
            command = option(command)
        return click.argument("paths", nargs=-1, required=required, metavar="PATH...", type=click.Path())(command)

    return add


def _seconds(ctx: click.Context, param: click.Parameter, text: str | None) -> float | None:
    """Return a length of time in seconds; what is none is wrong usage."""
    from svcc.model.durations import seconds_of

    found = None if text is None else seconds_of(text)
    if text is not None and (found is None or found < 0):
        raise click.BadParameter(f"{text[:_SHOWN]!r} is not a length of time, as in 5m, 1h30m or 20s.", ctx, param)
    return None if found is None else float(found)


def time_option(name: str, text: str) -> Callable[[Command], Command]:
    """Add an option that is a length of time, in seconds for the command."""
    return click.option(name, metavar="TIME", callback=_seconds, help=text)


def wait_option(command: Command) -> Command:
    """Add the option that waits for another svcc to end."""
    return time_option("--wait", "While another svcc is at work, wait for so long. Default: not at all.")(command)


def fallback_option(command: Command) -> Command:
    """Add the option that keeps IPVS mode from becoming another."""
    text = "Fail where the kernel lacks IPVS, instead of using iptables."
    return click.option("--no-fallback", is_flag=True, help=text)(command)


def netns_option(command: Command) -> Command:
    """Add the option that names a network namespace."""
    return click.option("--netns", metavar="NAME", help="Network namespace to work in.")(command)


def kernel_options(command: Command) -> Command:
    """Add the options of commands that look at a kernel."""
    command = netns_option(command)
    return click.option(
        "--backend", type=click.Choice(("auto", "nft", "legacy")), default="auto", help="iptables backend to use."
    )(command)


@dataclass(slots=True)
class Input:
    """What the user gave: paths, configuration and how to print; the sink of the run."""

    paths: tuple[str, ...]
    config: NodeConfig
    shape: str = "human"
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    results: bool = False
    """Diagnostics are the result, as of `check`: notes are shown too, and JSON goes to stdout."""
    sink: Diagnostics = field(default_factory=Diagnostics)
    lock: LockFile = field(default_factory=lambda: LockFile(Path(LOCK_NAME)))
    held: "Lock | None" = None
    """What the lock file held."""
    facts: "Lock | None" = None
    """What the lock file should hold, once the manifests are read."""
    configured_by: "tuple[Source, ...]" = ()
    """The configuration's text, where there is one."""
    sources: "tuple[Source, ...] | None" = None
    """The manifests' texts, where they have been read already."""

    @classmethod
    def from_words(cls, words: dict[str, Any], *, results: bool = False, modes: Sequence[str] = MODES) -> "Input":
        """Read the configuration and apply the options to it; `modes` are those that the command knows.

        Raises:
            Stopped: it has errors, and those of the manifests have been printed with them; but where diagnostics are the
                result, whoever reads the manifests prints all.
        """
        paths = tuple(words["paths"])
        given = cls(paths, NodeConfig(), words["shape"], words["color"], words["quiet"], words["verbose"], results)
        given.sink = sink_of(words)
        named = words.get("config")
        found = _config_beside(paths) if named is None else named
        given.configured_by = _read_config(found, given.sink)
        given.config = configured(given, words.get("mode"), words.get("node"), modes)
        given.lock = LockFile.found(words.get("lock"), found, paths, locked=words.get("locked", False))
        if given.sink.errors and not results:
            given.tell_the_rest()
        return given

    def tell_the_rest(self) -> NoReturn:
        """Print the mistakes of the manifests with those that are known already, and stop."""
        from svcc.diag import Stopped

        with self.reporting(), suppress(Stopped):
            read_manifests(self)
        raise Stopped

    @contextmanager
    def reporting(self) -> Iterator[Diagnostics]:
        """Yield the sink, and print what it holds at the end, however that comes."""
        try:
            yield self.sink
        finally:
            self.report()

    def report(self) -> None:
        """Print the diagnostics collected so far, once."""
        from svcc.cli.diagnostics import report

        report(self)
        self.sink = self.sink.fresh()


def _read_config(found: str | None, sink: Diagnostics) -> "tuple[Source, ...]":
    from svcc.diag import Full
    from svcc.source.files import read_source

    with suppress(Full):
        source = read_source(found, sink) if found is not None else None
        return () if source is None else (source,)
    return ()


def configured(given: Input, mode: str | None, node: str | None, modes: Sequence[str]) -> NodeConfig:
    """Return the configuration of an input, with what options say; mistakes in it are in the sink."""
    from svcc.diag import Full
    from svcc.model.config_mistakes import only_what_is_known
    from svcc.model.decode_config import decode_config

    config = NodeConfig()
    for source in given.configured_by:
        with suppress(Full):
            config = decode_config(source, given.sink)
    config = only_what_is_known(config, given.sink)
    if mode is not None:
        config = replace(config, mode=Mode(mode))
    else:
        check_mode(config, given.sink, modes)
    return config if node is None else replace(config, node_name=node)


def check_mode(config: NodeConfig, sink: Diagnostics, modes: Sequence[str] = MODES) -> None:
    """SVC105: a configuration whose mode this version does not have, or this command."""
    if config.mode.value not in modes:
        what = "in this command" if config.mode.value in MODES else "in this version"
        message = f'"{config.mode.value}" is not available {what}'
        hint = f"one of {', '.join(modes)}; --mode {modes[0]} overrides it"
        span, reason = config.spans.get("mode"), Reason.NOT_SUPPORTED
        sink.add("SVC105", message, span=span, field="mode", reason=reason, hint=hint)


def _config_beside(paths: tuple[str, ...]) -> str | None:
    folders = [Path(one) if Path(one).is_dir() else Path(one).parent for one in paths if one != "-"]
    for folder in (*folders, Path()):
        candidate = folder / CONFIG_NAME
        if candidate.is_file():
            return str(candidate)
    return None


def read_manifests(given: Input) -> "Manifests":
    """Return the manifests at the paths; diagnostics are printed by the caller's `reporting`."""
    from svcc.reading import collector_paused

    with working("Reading manifests", quiet=given.quiet), collector_paused():
        return read_sources(given, found_sources(given))


def found_sources(given: Input) -> "Iterator[Source]":
    """Yield the sources at the paths."""
    from svcc.source.files import sources

    if given.sources is not None:
        return iter(given.sources)
    return sources(given.paths, given.sink, sys.stdin.buffer if sys.stdin else None)


def read_sources(given: Input, sources: "Iterable[Source]") -> "Manifests":
    """Return the manifests of sources, completed by the lock file."""
    from svcc.reading import read

    given.held = given.lock.read(given.sink)
    manifests, given.facts = read(sources, given.config, given.sink, given.held, locked=given.lock.locked)
    return manifests


def keep_lock(given: Input) -> None:
    """Write the lock file where what was allocated changes it, and say so."""
    from svcc.allocate.locked import summary

    if given.facts is None or given.held is None or not given.lock.keep(given.facts) or given.quiet:
        return
    click.echo(f"{printable(str(given.lock.path))} is written: {summary(given.held, given.facts)}", err=True)


def compile_graph_of(given: Input) -> "RuleGraph":
    """Return the graph of the manifests."""
    return compiled_of(given).graph


def compiled_of(given: Input) -> "Compiled":
    """Return the compiled cluster and graph of the manifests."""
    from svcc.pipeline import compile_graph
    from svcc.reading import collector_paused

    manifests = read_manifests(given)
    with working("Compiling", quiet=given.quiet), collector_paused():
        return compile_graph(manifests, given.config)


def compile_input(given: Input) -> "tuple[Compiled, Wanted]":
    """Return the compiled cluster and graph, and what the configured mode wants the kernel to hold."""
    from svcc.cli.live_ipvs import WantedIpvs
    from svcc.pipeline import lower_iptables, lower_ipvs, lower_nftables
    from svcc.plan.nftables import NftState
    from svcc.reading import collector_paused

    compiled = compiled_of(given)
    with working("Compiling", quiet=given.quiet), collector_paused():
        if given.config.mode is Mode.NFTABLES:
            return compiled, NftState.of(lower_nftables(compiled.graph, given.sink))
        if given.config.mode is Mode.IPVS:
            lowered = lower_ipvs(compiled.graph, given.config, given.sink)
            return compiled, WantedIpvs.of(compiled.graph, lowered, given.config.ipvs)
        return compiled, lower_iptables(compiled.graph, given.sink)


def subcommand(name: str, example: str) -> Callable[[Command], click.Command]:
    """Make a subcommand whose help ends with an example."""

    def make(function: Command) -> click.Command:
        return click.command(name, epilog=f"Example: {example}")(functools.wraps(function)(function))

    return make
