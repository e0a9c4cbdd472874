"""Read the flow table: the cluster, the node, the probes and what SEMANTICS.md demands of them.

    rows("probes.yaml")  ->  Row(kind="pod", source="10.128.7.40", to="10.96.0.10", port=80, protocol="TCP",
                                 expect=Expected("dnat", (Share("10.128.7.21", 8080, Fraction(1, 3), False), …)), why="…")

A variant overrides keys of config.yaml (null removes one) and has probes of its own.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml import CSafeLoader

HERE = Path(__file__).parent
CLUSTER = HERE / "cluster"
CONFIG = HERE / "config.yaml"
VARIANTS = tuple(sorted((HERE / "variants").glob("*.yaml")))


REFUSED_IN_IPVS = frozenset(
    {
        "an unserved port of an external IP is untouched",
        "another protocol of an external IP is untouched",
        "an unserved port of a load-balancer IP is untouched",
        "an unserved port of a gated address is untouched",
    }
)
"""By their reason, the probes that IPVS refuses instead: there these addresses are the node's own."""


class Share(NamedTuple):
    """A backend with its exact share and whether the client's address is rewritten on the way to it."""

    address: str
    port: int
    probability: Fraction
    masquerade: bool


class Expected(NamedTuple):
    """The verdict, the backends sorted by address and port, and the affinity timeout in seconds."""

    verdict: str
    backends: tuple[Share, ...]
    affinity: int | None = None


class Row(NamedTuple):
    """One probe and what must become of it."""

    kind: str
    source: str
    to: str
    port: int
    protocol: str
    expect: Expected
    why: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.source} -> {self.to} {self.port}/{self.protocol} ({self.why})"


class Variant(NamedTuple):
    """Another node: the text of its configuration, and its own probes."""

    name: str
    config: str
    rows: tuple[Row, ...]


def rows(file: str = "probes.yaml") -> tuple[Row, ...]:
    """Return the probes of the base configuration."""
    return _rows(_load(HERE / file))


def variant(path: Path) -> Variant:
    """Return one variant with its configuration filled in from the base."""
    held = _load(path)
    merged = {**_load(CONFIG), **held["config"]}
    kept = {key: value for key, value in merged.items() if value is not None}
    return Variant(path.stem, yaml.safe_dump(kept), _rows(held["probes"]))


def _load(path: Path) -> Any:
    # The loader in Python takes twelve times as long.
    return yaml.load(path.read_text(encoding="utf-8"), Loader=CSafeLoader)


def in_ipvs(row: Row) -> Row:
    """Return a row as IPVS must answer it."""
    return row._replace(expect=Expected("reject", ())) if row.why in REFUSED_IN_IPVS else row


def expected(held: Mapping[str, Any]) -> Expected:
    """Return an outcome in the shape of `svcc trace --format json`, expectations included."""
    affinity = held.get("affinity")
    return Expected(held["verdict"], _shares(held["backends"]), affinity["timeoutSeconds"] if affinity else None)


def _rows(probes: list[dict[str, Any]]) -> tuple[Row, ...]:
    return tuple(
        Row(
            one["from"]["kind"],
            one["from"]["ip"],
            one["to"],
            one["port"],
            one["protocol"],
            expected(one["expect"]),
            one["why"],
        )
        for one in probes
    )


@cache
def _fraction(text: str) -> Fraction:
    return Fraction(text)


def _shares(backends: list[dict[str, Any]]) -> tuple[Share, ...]:
    shares = (Share(one["address"], one["port"], _fraction(one["probability"]), one["masquerade"]) for one in backends)
    return tuple(sorted(shares, key=lambda one: (ip_address(one.address).packed, one.port)))
