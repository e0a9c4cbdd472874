"""One input of svcc as a value, and as a file of the corpus.

    # what went wrong once
    === manifests
    kind: Service
    === config
    kind: NodeConfig

A part that is more than ASCII stands as a Python literal below `=== manifests literal`, of the manifests one character a byte.
A part that is missing is empty.
"""

import ast
import re
from pathlib import Path
from typing import NamedTuple

CORPUS = Path(__file__).parent / "corpus"
NAME = "web.yaml"

_PART = re.compile(r"^=== (manifests|config|lock|name)( literal)?\n", re.MULTILINE)
_PLAIN = re.compile(r"[\n\x20-\x7e]*\Z")


class Case(NamedTuple):
    """What a user gives: manifests as bytes, the two files beside them as text, and how the manifests' file is called."""

    manifests: bytes
    config: str = ""
    lock: str = ""
    name: str = NAME


def read_case(path: Path) -> Case:
    """Return the case that a file of the corpus holds."""
    words = _PART.split(path.read_text(encoding="utf-8"))
    parts: dict[str, str] = {}
    for name, literal, text in zip(words[1::3], words[2::3], words[3::3], strict=True):
        parts[name] = ast.literal_eval(text.strip()) if literal else text
    return Case(
        parts.get("manifests", "").encode("latin-1"),
        parts.get("config", ""),
        parts.get("lock", ""),
        parts.get("name", NAME).removesuffix("\n"),
    )


def write_case(case: Case, path: Path, words: str) -> None:
    """Write a case as a file of the corpus, with a comment above it."""
    comment = "".join(f"# {line}\n" for line in words.splitlines())
    texts = {"manifests": case.manifests.decode("latin-1"), "config": case.config, "lock": case.lock}
    if case.name != NAME:
        texts["name"] = case.name
    parts = "".join(_part(name, text) for name, text in texts.items() if text)
    path.write_text(comment + parts, encoding="utf-8")


def _part(name: str, text: str) -> str:
    if _PLAIN.match(text) and text.endswith("\n") and not _PART.search(text):
        return f"=== {name}\n{text}"
    return f"=== {name} literal\n{text!a}\n"
