"""The options that say how much diagnostics count: --strict and --ignore.

--strict --ignore SVC221,SVC303 --ignore SVC218   ->   Diagnostics(strict=True, ignore={"SVC221", "SVC303", "SVC218"})
"""

from collections.abc import Callable
from typing import Any

import click

from svcc.codes import CODES, Severity
from svcc.diag import Diagnostics
from svcc.guess import closest_code

Command = Callable[..., Any]


def _codes(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    """Return the codes of all options; an error cannot be ignored, nor a code that does not exist."""
    words = [word.strip().upper() for value in values for word in value.split(",")]
    for word in words:
        if word and word not in CODES:
            raise click.BadParameter(unknown(word), ctx, param)
        if word and CODES[word].severity is Severity.ERROR:
            raise click.BadParameter(f"{word} is an error: it cannot be ignored.", ctx, param)
    return frozenset(word for word in words if word)


def unknown(word: str) -> str:
    """Return what to say of a code that does not exist."""
    close = closest_code(word, tuple(CODES))
    return f"There is no diagnostic {word!r}. " + (
        f"Did you mean {close}?" if close else "svcc explain --all lists them."
    )


def silence_options(command: Command) -> Command:
    """Add --strict and --ignore to a command."""
    ignore = click.option(
        "--ignore", multiple=True, callback=_codes, metavar="CODE", help="Neither print nor count it; also CODE,CODE."
    )
    return click.option("--strict", is_flag=True, help="Warnings are errors.")(ignore(command))


def sink_of(words: dict[str, Any]) -> Diagnostics:
    """Return the sink that the options ask for."""
    return Diagnostics(strict=words["strict"], ignore=words["ignore"])
