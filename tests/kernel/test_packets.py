"""Real packets of the flow table, through real rules: iptables on both backends, and nftables.

The rules are put on the node of a lab by `svcc apply`; each probe that the lab can send is sent as often as it takes
that a backend which should answer and did not would be a one-in-10⁹ accident over the whole file.
"""

import math
import time
from collections import Counter

import pytest
import yaml

from tests.flow import table
from tests.flow.table import Row
from tests.lab import flow_cluster
from tests.lab.flow_cluster import CLIENTS, LAYOUT
from tests.lab.flow_probes import PATIENCE, answers, ending, sent, with_verdict
from tests.lab.namespaces import NODE, Lab
from tests.lab.requests import Request, ask_all
from tests.lab.servers import Servers
from tests.lab.svcc import Forked

pytestmark = pytest.mark.kernel

VARIANTS = {
    one.name: one
    for one in map(table.variant, table.VARIANTS)
    # What these say of other interfaces is walked in tests/flow; the lab's are always named the same.
    if one.name not in {"detect-bridge", "detect-prefix"}
}


def possible(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(one for one in rows if flow_cluster.request(one) is not None)


ROWS = possible(table.rows())
EVERY_ROW = (*ROWS, *(row for one in VARIANTS.values() for row in possible(one.rows)))
ON_OTHER_NODES = ("detect-none", "localhost-node-ports", "mark-bits", "masquerade-all", "node-ports-primary")
MISS = 1e-13
"""The probability, for one backend of one probe, that chance alone hides it."""
STICKY = ("10.96.0.140", "fd00:96::140")
STICKY_LONG = ("10.96.0.145", "fd00:96::145")
STICKY_SECONDS = 3
ROUNDS, ENOUGH = 12, 3


@pytest.fixture(scope="module", params=["nft", "legacy", "nftables"])
def lab(request, tmp_path_factory):
    with Lab(LAYOUT) as made, Servers(made, flow_cluster.listeners(EVERY_ROW)):
        for name in ("c", "p"):
            made.let_reach_for_loopback(name)
        made.svcc = Forked(made, tmp_path_factory.mktemp("svcc"), request.param)
        yield made


@pytest.fixture
def node(lab):
    """The lab's node as config.yaml has it, whatever an earlier test made of it."""
    lab.svcc.ensure(table.CLUSTER, table.CONFIG)
    return lab


def repeats(row: Row) -> int:
    """How often to ask so that each backend answers at least once, but for an accident of probability MISS."""
    if row.expect.affinity or len(row.expect.backends) == 1:
        return 3
    rarest = min(float(one.probability) for one in row.expect.backends)
    return math.ceil(math.log(MISS) / math.log(1 - rarest))


def test_at_least_forty_probes_are_sent():
    assert len(ROWS) > 40


def answering(lab, rows: tuple[Row, ...]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return, for each row, the backends that should answer and those that did."""
    expected = {str(row): {f"{one.address}:{one.port}" for one in row.expect.backends} for row in rows}
    return expected, {row: set(found) for row, found in answers(lab, rows, repeats).items()}


def test_every_expected_backend_answers_and_sees_the_expected_client(node):
    rows = tuple(one for one in with_verdict("dnat", ROWS) if not one.expect.affinity)
    expected, answered = answering(node, rows)
    assert expected == answered


def test_a_client_with_affinity_gets_one_of_the_expected_backends_every_time(node):
    rows = tuple(one for one in with_verdict("dnat", ROWS) if one.expect.affinity)
    expected, answered = answering(node, rows)
    assert [1] * len(rows) == [len(words) for words in answered.values()]
    assert {row: words for row, words in answered.items() if words <= expected[row]} == answered


@pytest.mark.parametrize("verdict", ["reject", "drop", "accept"])
def test_what_no_backend_may_answer_is_refused_or_dropped_or_left_alone(node, verdict):
    expected, found = ending(node, with_verdict(verdict, ROWS))
    assert expected == found


@pytest.mark.parametrize("to", ["10.96.0.150", "10.96.0.151", "fd00:96::150", "fd00:96::151"])
def test_weights_show_in_how_often_a_backend_answers(node, to):
    row = next(one for one in with_verdict("dnat", ROWS) if one.to == to and one.kind == "external")
    times = 1000
    counted = Counter(one.address for one in sent(node, (row,), lambda _: times, PATIENCE)[row])
    # Hoeffding's bound: a share further off than this is a one-in-10¹² accident.
    slack = math.sqrt(math.log(2e12) / (2 * times))
    for one in row.expect.backends:
        assert abs(counted[one.address] / times - float(one.probability)) < slack


def from_many_clients(addresses: tuple[str, str]) -> list[Request]:
    four, six = addresses
    asked = [Request("c", f"198.18.2.{number}", four, 80) for number in range(1, CLIENTS + 1)]
    return asked + [Request("c", f"fd00:2::1:{number}", six, 80) for number in range(1, CLIENTS + 1)]


def test_affinity_lasts_while_it_is_used_and_ends_by_its_timeout(node):
    asked = from_many_clients(STICKY)
    used, remembered = time.monotonic(), ask_all(node, asked, PATIENCE)
    kept = 0
    for _ in range(ROUNDS):
        time.sleep(STICKY_SECONDS / 2)
        start, answers = time.monotonic(), ask_all(node, asked, PATIENCE)
        if time.monotonic() - used < STICKY_SECONDS:
            assert remembered == answers
            kept += 1
        # On a machine so busy that the timeout passed meanwhile, the round says nothing: go on from here.
        used, remembered = start, answers
        if kept == ENOUGH:
            break
    assert kept == ENOUGH
    time.sleep(STICKY_SECONDS + 1)
    assert remembered != ask_all(node, asked, PATIENCE)


def test_an_endpoint_that_is_gone_is_never_returned_to(node, tmp_path):
    gone = {"10.128.7.22", "fd00:10:0:7::22"}
    before = ask_all(node, from_many_clients(STICKY_LONG), PATIENCE)
    node.svcc.ensure(cluster_without(gone, "sticky-long-", tmp_path), table.CONFIG)
    after = ask_all(node, from_many_clients(STICKY_LONG), PATIENCE)
    assert gone <= {one.address for one in before}
    assert gone.isdisjoint(one.address for one in after)
    stayed = [(old, new) for old, new in zip(before, after, strict=True) if old.address not in gone]
    assert [old for old, _ in stayed] == [new for _, new in stayed]


def cluster_without(gone, slices, folder):
    """Write the cluster again without some endpoints of the slices whose names start so."""
    for path in table.CLUSTER.iterdir():
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        for one in documents:
            if one["kind"] == "EndpointSlice" and one["metadata"]["name"].startswith(slices):
                one["endpoints"] = [held for held in one["endpoints"] if gone.isdisjoint(held["addresses"])]
        (folder / path.name).write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return folder


def test_applying_again_changes_nothing(node):
    assert node.svcc.plan_is_empty(table.CLUSTER, table.CONFIG)


@pytest.mark.parametrize("name", ON_OTHER_NODES)
def test_another_configuration_of_the_node_shows_in_its_packets(lab, name, tmp_path):
    config = tmp_path / "svcc.yaml"
    config.write_text(VARIANTS[name].config, encoding="utf-8")
    lab.svcc.ensure(table.CLUSTER, config)
    rows = possible(VARIANTS[name].rows)
    backends, answered = answering(lab, with_verdict("dnat", rows))
    assert backends == answered
    ends, found = ending(lab, rows)
    assert ends == found


def test_clean_leaves_no_rule_of_ours(lab):
    lab.svcc.clean()
    assert "SVCC" not in lab.svcc.saved(NODE).upper()
