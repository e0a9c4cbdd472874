r"""Put emitted text into its frame: the header that says what a file is and how to load it.

    frame("iptables.rules", version="0.1.0", family="IPv4", …, rules="*nat\n…")  ->  "# Made by svcc 0.1.0 …\n*nat\n…"

Templates (`templates/*.j2`) loop and indent; they never decide. An undefined name is an error. Nothing is escaped: what goes in
is our own canonical text, or checked words.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PLACES = (Path(__file__).parent.parent / "templates", Path(__file__).parent.parent.parent / "templates")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader([str(one) for one in _PLACES]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - rule scripts, not HTML
    )


def frame(name: str, **words: object) -> str:
    """Return one template filled in; its text ends with exactly one newline."""
    return _environment().get_template(f"{name}.j2").render(words).rstrip("\n") + "\n"
