"""Read the table of questions: questions.txt.

cart.shop.svc  A  10.96.20.10     ->   Question("cart.shop.svc.cluster.local.", "A", "NOERROR", {"10.96.20.10"})
"""

from pathlib import Path
from typing import NamedTuple

import dns.message
import dns.rcode
import dns.reversename

HERE = Path(__file__).parent
CLUSTER, CONFIG = HERE / "cluster.yaml", HERE / "svcc.yaml"
ORIGIN = "cluster.local."


class Question(NamedTuple):
    """A name and a type, and what is answered: a code, and the data of all records, those of aliases too."""

    name: str
    type: str
    code: str
    data: frozenset[str]


def questions() -> tuple[Question, ...]:
    """Return every question of the table."""
    lines = (HERE / "questions.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_question(line) for line in lines if line and not line.startswith("#"))


def _question(line: str) -> Question:
    name, kind, *rest = line.split(maxsplit=2)
    (text,) = rest
    code = "NXDOMAIN" if text == "NXDOMAIN" else "NOERROR"
    data = (
        () if text in {"NXDOMAIN", "NODATA"} else (one.strip().replace(" Z.", f" {ORIGIN}") for one in text.split("|"))
    )
    return Question(_absolute(name), kind, code, frozenset(one.replace(".Z.", f".{ORIGIN}") for one in data))


def _absolute(name: str) -> str:
    if name == "@":
        return ORIGIN
    if name.startswith(("4:", "6:")):
        return dns.reversename.from_address(name[2:]).to_text()
    return name if name.endswith(".") else f"{name}.{ORIGIN}"


def seen(question: Question, answer: dns.message.Message) -> Question:
    """Return the question with what was answered to it."""
    data = frozenset(one.to_text() for section in answer.answer for one in section)
    return Question(question.name, question.type, dns.rcode.to_text(answer.rcode()), data)
