"""Colours and tables on a terminal, plain lines elsewhere. The only place that knows rich, imported only when it is used.

echo((("bold", "web.yaml:9: "), ("red", "error")), "auto")     ->  coloured on a terminal, plain in a pipe
table(("service", "backends"), (("shop/cart", "3"),), "auto")  ->  aligned columns
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

Styled = Sequence[tuple[str, str]]

_AT_ONCE = 500
"""Lines that are written together."""


def colored(color: str, *, err: bool = False) -> bool:
    """Tell whether to colour: `always`, `never`, or `auto` for a terminal."""
    stream = sys.stderr if err else sys.stdout
    return color == "always" or (color == "auto" and stream.isatty())


def _console(*, err: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=err, force_terminal=True, highlight=False, soft_wrap=True)


def echo(line: Styled, color: str, *, err: bool = False) -> None:
    """Print one line made of styled parts; what a terminal would obey instead of show is replaced."""
    echo_lines((line,), color, err=err)


def echo_lines(lines: Iterable[Styled], color: str, *, err: bool = False) -> None:
    """Print lines as they come, many at a time."""
    if colored(color, err=err):
        from rich.text import Text

        console = _console(err=err)
        for batch in _batches(lines):
            drawn = (Text.assemble(*[(printable(text), style) for style, text in line]) for line in batch)
            console.print(Text("\n").join(drawn))
        return
    for batch in _batches(lines):
        click.echo("\n".join(printable("".join(text for _, text in line)) for line in batch), err=err)


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
