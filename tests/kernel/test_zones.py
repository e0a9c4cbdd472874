"""What svcc writes for name servers, in real ones: BIND, Knot and NSD load the zones by the files made for them and answer alike.

Everything happens in network namespaces, on addresses of their own.
"""

import subprocess
from collections import Counter
from pathlib import Path

import dns.flags
import dns.rcode
import pytest

from svcc.cli.main import run
from svcc.emit.dns.files import dns_files
from svcc.emit.dns.text import render
from svcc.graph.names import NameRecord, Zone
from tests.golden.compiled import CASES, zones_in
from tests.lab.name_servers import KINDS, NameServer
from tests.names.questions import CLUSTER, CONFIG, ORIGIN, questions, seen

pytestmark = pytest.mark.kernel

ADDRESSES = {"bind": "192.0.2.1", "knot": "192.0.2.2", "nsd": "2001:db8::3"}
QUESTIONS = questions()
ZONES = {case: zones_in(case) for case in CASES}


@pytest.fixture
def here(namespace):
    """Enter a namespace with an address for each server."""
    for address in ADDRESSES.values():
        subprocess.run(["ip", "addr", "add", address, "dev", "lo"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return namespace


@pytest.fixture
def served(tmp_path):
    """Compile the cluster of the questions; the folder of its zones is the value."""
    words = ["compile", str(CLUSTER), "--config", str(CONFIG), "--lock", str(tmp_path / "svcc.lock")]
    assert 0 == run([*words, "-o", str(tmp_path / "out"), "-q", "--ignore", "SVC124"])
    return tmp_path / "out" / "dns"


@pytest.mark.parametrize("kind", KINDS)
def test_every_question_is_answered_as_it_is_documented_by_udp_and_by_tcp(kind, here, served, tmp_path):
    with NameServer(kind, served, ADDRESSES[kind], tmp_path / kind) as server:
        server.wait(ORIGIN)
        for tcp in (False, True):
            answers = [server.ask(one.name, one.type, tcp=tcp) for one in QUESTIONS]
            assert list(QUESTIONS) == [seen(*pair) for pair in zip(QUESTIONS, answers, strict=True)]
            assert all(one.flags & dns.flags.AA for one in answers)


def test_the_questions_are_of_every_type_and_every_kind_of_answer():
    assert 100 < len(QUESTIONS)
    assert {"A", "AAAA", "SRV", "PTR", "CNAME", "TXT", "SOA", "NS"} == {one.type for one in QUESTIONS}
    kinds = Counter("hit" if one.data else one.code for one in QUESTIONS)
    assert 10 < min(kinds["hit"], kinds["NOERROR"], kinds["NXDOMAIN"])
    assert len(QUESTIONS) == len({(one.name, one.type) for one in QUESTIONS})


def test_named_checkzone_accepts_every_zone_of_every_golden_without_a_warning(here, tmp_path):
    told = {}
    for text, name in {render(zone, 7): zone.name for zones in ZONES.values() for zone in zones}.items():
        path = tmp_path / f"db.{name}"
        path.write_text(text)
        done = subprocess.run(["named-checkzone", name, path], capture_output=True, text=True, check=False)
        told[text] = (name, done.returncode, done.stdout + done.stderr)
    assert 60 < len(told)
    assert [] == [one for one in told.values() if one[1:] != (0, f"zone {one[0]}/IN: loaded serial 7\nOK\n")]


def test_what_bind_prints_of_a_zone_is_what_svcc_wrote(here, served):
    for path in served.glob("db.*"):
        zone = path.name.removeprefix("db.")
        command = ["named-checkzone", "-q", "-D", "-s", "full", "-o", "-", zone, path]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        wrote = [line.split() for line in path.read_text().splitlines() if not line.startswith(";")]
        assert wrote == [line.split() for line in printed.splitlines()]


@pytest.mark.parametrize("kind", ["bind", "knot"])
def test_every_zone_of_every_golden_is_loaded_and_answers_all_of_its_records(kind, here, tmp_path):
    zones = [moved(zone, f"case-{number}.") for number, case in enumerate(ZONES) for zone in ZONES[case]]
    write(zones, tmp_path / "zones")
    with NameServer(kind, tmp_path / "zones", ADDRESSES[kind], tmp_path / kind) as server:
        server.wait(zones[-1].origin)
        for zone in zones:
            assert [zone.server] == [one.mname.to_text() for one in server.ask(zone.origin, "SOA").answer[0]]
            wanted = {}
            for one in zone.records:
                wanted.setdefault((one.owner, one.type.value), set()).add((one.data, one.ttl))
            for (owner, type_), data in wanted.items():
                answer = server.ask(owner, type_)
                assert dns.rcode.NOERROR == answer.rcode()
                assert data == {(one.to_text(), answer.answer[0].ttl) for one in answer.answer[0]}


def moved(zone: Zone, suffix: str) -> Zone:
    """Return a zone under a name of its own, so that one server can hold the zones of all goldens."""
    records = (NameRecord(f"{one.owner}{suffix}", one.type, _moved(one, suffix), one.ttl) for one in zone.records)
    server, mailbox = f"{zone.server}{suffix}", f"{zone.mailbox}{suffix}"
    return Zone(f"{zone.origin}{suffix}", zone.ttl, server, mailbox, tuple(records))


def _moved(one: NameRecord, suffix: str) -> str:
    return f"{one.data}{suffix}" if one.type.value in {"NS", "PTR", "SRV", "CNAME"} else one.data


def write(zones: list[Zone], folder: Path) -> None:
    for path, text in dns_files(zones, dict.fromkeys((one.name for one in zones), 7), "0").items():
        target = folder / path.removeprefix("dns/")
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
