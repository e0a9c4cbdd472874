"""Send the probes of the flow table through a lab, and say in words what became of each.

    answers(lab, rows, times)   ->   {"pod 10.128.7.40 -> 10.96.0.10 80/TCP (…)": Counter({"10.128.7.21:8080": 2, …}), …}
    ending(lab, rows)           ->   ({"…": Silence.REFUSED, …}, {"…": Silence.REFUSED, …})      as it should be, and as it is

A backend that saw another client address than it should is another word, so that equality says it all.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable

from tests.flow.table import Row, Share
from tests.lab import flow_cluster
from tests.lab.flow_cluster import LAYOUT
from tests.lab.namespaces import Lab
from tests.lab.requests import DATAGRAMS, Answer, Request, Result, Silence, ask_all

PATIENCE = 5.0
QUIET = 0.5
"""Seconds after which a packet counts as dropped; a refusal takes a millisecond."""
_ENDS = {"reject": Silence.REFUSED, "drop": Silence.DROPPED}
# The kernel keeps what it did with a port of a datagram for minutes: none is used twice.
_datagrams = itertools.cycle(DATAGRAMS)


def with_verdict(verdict: str, rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows of one verdict."""
    return tuple(one for one in rows if one.expect.verdict == verdict)


def sent(lab: Lab, rows: tuple[Row, ...], times: Callable[[Row], int], timeout: float) -> dict[Row, list[Result]]:
    """Send every row's request so many times in a row; the answers come back by row."""
    asked = [(row, _request(row)) for row in rows for _ in range(times(row))]
    heard: dict[Row, list[Result]] = {row: [] for row in rows}
    for (row, _), result in zip(asked, ask_all(lab, [one for _, one in asked], timeout), strict=True):
        heard[row].append(result)
    return heard


def _request(row: Row) -> Request:
    request = flow_cluster.request(row, ("TCP", "UDP", "SCTP"))
    assert request is not None, f"the lab cannot send {row}"
    return request._replace(own_port=next(_datagrams)) if row.protocol == "UDP" else request


def answers(lab: Lab, rows: tuple[Row, ...], times: Callable[[Row], int]) -> dict[str, Counter[str]]:
    """Return, for each row, how often which backend answered, and whether each saw the client that it should."""
    return {str(row): Counter(_words(row, results)) for row, results in sent(lab, rows, times, PATIENCE).items()}


def _words(row: Row, results: list[Result]) -> list[str]:
    shares = {(one.address, one.port): one for one in row.expect.backends}
    words = []
    for one in results:
        share = shares.get((one.address, one.port)) if isinstance(one, Answer) else None
        if share is None or not isinstance(one, Answer):
            words.append(str(one))
        elif one.client in clients_of(row, share):
            words.append(f"{one.address}:{one.port}")
        else:
            words.append(f"{one.address}:{one.port} saw {one.client}, masquerade: {share.masquerade}")
    return words


def clients_of(row: Row, share: Share) -> set[str]:
    """Return the client addresses that a backend may see: the client's own, or the node's when masqueraded."""
    if not share.masquerade:
        return {row.source}
    # What is delivered on the node itself never passes postrouting, so its source stays as it is.
    return set(LAYOUT.node) | ({row.source} if share.address in LAYOUT.node else set())


def turn(row: Row) -> int:
    """Return after how many connections in turn every backend of a row has had exactly its share."""
    return math.lcm(*(one.probability.denominator for one in row.expect.backends))


def dealt(row: Row) -> Counter[str]:
    """Return how often each backend answers in one turn, as `answers` tells it."""
    return Counter({f"{one.address}:{one.port}": int(turn(row) * one.probability) for one in row.expect.backends})


def ending(lab: Lab, rows: tuple[Row, ...]) -> tuple[dict[str, Result], dict[str, Result]]:
    """Return, for each row that no backend answers, what should become of it and what did."""
    expected: dict[str, Result] = {}
    found: dict[str, Result] = {}
    for verdict, patience in (("reject", PATIENCE), ("drop", QUIET), ("accept", PATIENCE)):
        for row, results in sent(lab, with_verdict(verdict, rows), lambda _: 1, patience).items():
            expected[str(row)] = _ENDS.get(verdict, Answer(row.to, row.port, row.source))
            found[str(row)] = results[0]
    return expected, found
