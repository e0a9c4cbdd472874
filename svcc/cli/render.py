"""Colours and tables on a terminal, plain lines elsewhere. The only place that knows rich, imported only when it is used.

echo((("bold", "web.yaml:9: "), ("red", "error")), "auto")     ->  coloured on a terminal, plain in a pipe
table(("service", "backends"), (("shop/cart", "3"),), "auto")  ->  aligned columns
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

Styled = Sequence[tuple[str, str]]

_AT_ONCE = 500
"""Lines that are written together."""
_RESET = "\x1b[0m"


def colored(color: str, *, err: bool = False) -> bool:
    """Tell whether to colour: `always`, `never`, or `auto` for a terminal that does not refuse it."""
    if color != "auto":
        return color == "always"
    stream = sys.stderr if err else sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _console(*, err: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=err, force_terminal=True, highlight=False, soft_wrap=True)


def echo(line: Styled, color: str, *, err: bool = False) -> None:
    """Print one line made of styled parts; what a terminal would obey instead of show is replaced."""
    echo_lines((line,), color, err=err)


def echo_lines(lines: Iterable[Styled], color: str, *, err: bool = False) -> None:
    """Print lines as they come, many at a time."""
    write = _in_color if colored(color, err=err) else _plain
    for batch in _batches(lines):
        click.echo("\n".join(write(line) for line in batch), err=err, color=True)


def _plain(line: Styled) -> str:
    return printable("".join(text for _, text in line))


def _in_color(line: Styled) -> str:
    return "".join(f"{_start(style)}{printable(text)}{_RESET}" if style else printable(text) for style, text in line)


@cache
def _start(style: str) -> str:
    words = style.split()
    color = next((word for word in words if word not in ("bold", "dim")), None)
    return click.style("", fg=color, bold="bold" in words or None, dim="dim" in words or None, reset=False)


def _batches(lines: Iterable[Styled]) -> Iterator[list[Styled]]:
    rest = iter(lines)
    while batch := list(islice(rest, _AT_ONCE)):
        yield batch


@contextmanager
def working(what: str, *, quiet: bool = False) -> Iterator[None]:
    """Show on a terminal that something is at work, with the time it has taken; nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        shown.add_task(what, total=None)
        yield


def printable(text: str) -> str:
    """Return a text without control characters, so that no manifest can move the cursor or colour the screen."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "�" for one in text)


def counted(number: int, what: str) -> str:
    """Return `1 error`, `2 errors`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


RUNES = {"+": "green", "-": "red", "~": "yellow"}


def echo_plan_line(line: str, color: str) -> None:
    """Print a line of a plan, coloured by its first mark."""
    echo(((RUNES.get(line.lstrip()[:1], ""), line),), color)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], color: str) -> None:
    """Print rows under heads: a table on a terminal, aligned plain columns elsewhere."""
    if colored(color):
        from rich.table import Table

        drawn = Table(*heads, header_style="bold", box=None, pad_edge=False)
        for row in rows:
            drawn.add_row(*row)
        _console(err=False).print(drawn)
        return
    widths = [max(len(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
