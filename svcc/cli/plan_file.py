"""Write a plan that can be reviewed to a file, and apply exactly that.

    svcc plan shop/ --out today.plan      what the plan was made from, by content, and its digest; nobody else can read it
    svcc apply today.plan                 compiles and plans again: the same digest, or Moved with what is different

Options that say what a plan is made from are in the file already, so that they are wrong usage beside it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from svcc import __version__
from svcc.atomic import PRIVATE, replace_text
from svcc.cli.locks import LOCK_NAME, LockFile
from svcc.cli.options import KERNEL_MODES, Input, configured, found_sources
from svcc.codes import CODES, Severity
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source, Span, Stopped
from svcc.kernel import netns
from svcc.kernel.backend import Backend
from svcc.kernel.base import KernelError
from svcc.model.pod_names import is_subdomain
from svcc.plan.change import Plan
from svcc.reviewed import Reviewed, decode, is_one, marks, moved, render
from svcc.source.files import decode_text, read_source

_SHOWN = 3
_OF_A_PLAN = ("config", "mode", "node", "locked", "strict", "ignore")
_BACKENDS = ("auto", *(one.value for one in Backend))


class Moved(KernelError):  # noqa: N818 - one of the house's words
    """What a plan would do now is not what was looked at; nothing was touched."""


def hold_inputs(given: Input) -> None:
    """Read all inputs now, and use no others, so that what is compiled and what is written are the same."""
    given.sources = tuple(found_sources(given))
    given.lock = given.lock.loaded(given.sink)


@dataclass(frozen=True, slots=True)
class Out:
    """Where a plan goes, and the options that it was made with."""

    path: str
    backend: str
    no_fallback: bool
    words: dict[str, Any]

    def write(self, plan: Plan, given: Input) -> None:
        """Write the plan of an input whose texts are held."""
        reviewed = Reviewed(
            svcc=__version__,
            digest=plan.digest,
            place=netns.identity(),
            node=given.config.node_name or "",
            backend=self.backend,
            mode=self.words["mode"],
            named=self.words["node"],
            no_fallback=self.no_fallback,
            locked=self.words["locked"],
            strict=self.words["strict"],
            ignored=tuple(sorted(self.words["ignore"])),
            changes=marks(plan.changes),
            manifests=given.sources or (),
            config=given.configured_by,
            lock=given.lock.known or (),
        )
        replace_text(Path(self.path), render(reviewed), mode=PRIVATE, durable=True)


def found_plan(words: dict[str, Any]) -> Reviewed | None:
    """Return the plan that the one path names, or None where it names manifests.

    Raises:
        Stopped: it is a plan, and damaged; that has been printed.
        UsageError: an option says again what is in the plan.
    """
    paths = words["paths"]
    if len(paths) != 1 or not Path(paths[0]).is_file():
        return None
    printing = Input((), NodeConfig(), words["shape"], words["color"])
    source = read_source(paths[0], Diagnostics())
    if source is None or not is_one(source.text):
        return None
    with printing.reporting():
        reviewed = decode(source, printing.sink)
        if reviewed is None or not _sensible(reviewed, source, printing.sink):
            raise Stopped
    again = [name for name in _OF_A_PLAN if words[name]] + ["backend"] * (words["backend"] != "auto")
    if again:
        raise click.UsageError(f"--{again[0]} is in the plan already, as it was when the plan was made.")
    return reviewed


def _sensible(reviewed: Reviewed, source: Source, sink: Diagnostics) -> bool:
    """Tell whether the options of a plan are such as the command line would take."""
    wrong = {
        "mode": reviewed.mode is not None and reviewed.mode not in KERNEL_MODES,
        "named": reviewed.named is not None and not is_subdomain(reviewed.named),
        "backend": reviewed.backend not in _BACKENDS,
        "ignored": any(one not in CODES or CODES[one].severity is Severity.ERROR for one in reviewed.ignored),
    }
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        sink.add(
            "SVC403",
            f"not a plan that this svcc can apply: {name!r} has a value that no option takes",
            span=Span(source, 1, 1),
        )
    return not any(wrong.values())


def input_of(reviewed: Reviewed, words: dict[str, Any]) -> Input:
    """Return the input that a plan was made from; only `--lock` and how to print are the command's."""
    given = Input(tuple(words["paths"]), NodeConfig(), words["shape"], words["color"], words["quiet"], words["verbose"])
    given.sink = Diagnostics(strict=reviewed.strict, ignore=reviewed.ignored)
    with given.reporting():
        given.configured_by = _readable(reviewed.config, given.sink)
        given.sources = _readable(reviewed.manifests, given.sink)
        known = _readable(reviewed.lock, given.sink)
        given.lock = LockFile(Path(words["lock"] or LOCK_NAME), reviewed.locked, known)
        given.config = configured(given, reviewed.mode, reviewed.named, KERNEL_MODES)
        if given.sink.errors:
            raise Stopped
    return given


def _readable(texts: tuple[Source, ...], sink: Diagnostics) -> tuple[Source, ...]:
    """Return texts that hold what a file may hold; what is wrong with the others is in the sink."""
    read = (decode_text(one.name, one.text.encode("utf-8", "surrogatepass"), sink) for one in texts)
    return tuple(one for one in read if one is not None)


def tell_of_lock(given: Input) -> None:
    """Say that what was allocated is not kept: a file must not choose which file of this machine is written."""
    if given.held != given.facts and not given.quiet:
        click.echo("What was allocated for this plan is not kept: --lock FILE keeps it.", err=True)


def demand_place(reviewed: Reviewed, given: Input) -> None:
    """Make sure that a plan is for this node and this network namespace.

    Raises:
        Moved: it is for another one.
    """
    here = netns.identity()
    if reviewed.place != here:
        hint = "" if reviewed.place == "host" else f"--netns {reviewed.place}"
        raise Moved(f"the plan is for {_words(reviewed.place)}, and this is {_words(here)}", hint=hint)
    if reviewed.node != given.config.node_name:
        raise Moved(f"the plan is for the node {reviewed.node}, and this is {given.config.node_name}")


def _words(place: str) -> str:
    return "the host" if place == "host" else f"the network namespace {place}"


def demand_same(reviewed: Reviewed, plan: Plan) -> None:
    """Make sure that a plan is the one that was looked at; one that has nothing to do any more may pass.

    Raises:
        Moved: it is another one.
    """
    if plan.digest == reviewed.digest or not plan.changes:
        return
    different = moved(reviewed, plan.changes)
    more = f" and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
    what = f": {', '.join(different[:_SHOWN])}{more}" if different else ""
    by = f" (made by svcc {reviewed.svcc}, this is {__version__})" if reviewed.svcc != __version__ else ""
    number = f"{len(different)} object{'' if len(different) == 1 else 's'} would be changed in another way"
    message = f"this is not what was looked at any more{by}: {number}{what}"
    raise Moved(message, hint="nothing was touched; plan again, and look at it")
