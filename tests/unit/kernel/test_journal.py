import stat
import time
import zlib
from dataclasses import replace

import pytest

from svcc.kernel import journal
from svcc.kernel.base import Denied
from svcc.kernel.journal import Journal, Phase
from svcc.kernel.state import State

MEMORY = State("iptables", "nft", "boot:1", {"net.ipv4.ip_forward": "0"}, ("ip nat",))
WRITTEN = [{"place": "sysctl", "held": {"net.ipv4.ip_forward": "0"}}]
ONE = Journal(Phase.DONE, 12, "iptables", "5f70", "pid 4711 (svcc apply shop/)", journal.pack(WRITTEN), MEMORY)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SVCC_RUN_DIR", str(tmp_path / "run"))
    return tmp_path / "run"


@pytest.mark.parametrize(
    "one", [ONE, replace(ONE, phase=Phase.CONFIRMING, until=17.5), replace(ONE, memory=None, before="", why="so")]
)
def test_what_is_written_is_read(one):
    journal.write("lab", one)
    assert one == journal.read("lab")


def test_what_was_there_before_is_packed_and_unpacked():
    assert WRITTEN == journal.unpack(journal.pack(WRITTEN))


def test_each_namespace_has_its_own_and_none_is_none(folder):
    assert None is journal.read("lab")
    assert not folder.exists()
    journal.write("lab", ONE)
    assert None is journal.read("host")


def test_after_a_reboot_or_in_a_namespace_made_anew_there_is_none(monkeypatch):
    journal.write("lab", ONE)
    monkeypatch.setattr("svcc.kernel.netns.instance", lambda: "another boot:1")
    assert None is journal.read("lab")


def test_only_its_user_can_read_it(folder):
    journal.write("lab", ONE)
    (path,) = folder.iterdir()
    assert ("lab.journal", 0o600) == (path.name, stat.S_IMODE(path.stat().st_mode))


@pytest.mark.parametrize("text", ["", "{", "[]\n", "{}\n", b"\xff\xfe"])
def test_a_damaged_journal_is_named(text, folder):
    journal.write("lab", ONE)
    (folder / "lab.journal").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Denied, match=r"lab\.journal is damaged"):
        journal.read("lab")


def test_a_phase_that_there_is_not_is_damage(folder):
    journal.write("lab", ONE)
    path = folder / "lab.journal"
    path.write_text(path.read_text().replace('"done"', '"begun"'))
    with pytest.raises(Denied, match="is damaged"):
        journal.read("lab")


@pytest.mark.parametrize("packed", ["", "AAAA", "no base 64!", ONE.before[:-8]])
def test_what_was_there_before_is_not_made_up(packed):
    with pytest.raises((ValueError, zlib.error)):
        journal.unpack(packed)


def test_it_is_left_as_it_was_before(folder):
    journal.write("lab", ONE)
    journal.put_back("lab", replace(ONE, generation=11))
    assert 11 == journal.read("lab").generation
    journal.put_back("lab", None)
    assert [] == list(folder.iterdir())


def test_a_link_in_its_place_is_replaced_and_not_followed(folder, tmp_path):
    folder.mkdir(mode=0o700)
    (tmp_path / "precious").write_text("precious")
    (folder / "lab.journal").symlink_to(tmp_path / "precious")
    journal.write("lab", ONE)
    assert ("precious", ONE) == ((tmp_path / "precious").read_text(), journal.read("lab"))


def test_the_time_that_is_left_does_not_know_of_the_clock(monkeypatch):
    one = replace(ONE, phase=Phase.CONFIRMING, until=journal.since_boot() + 60)
    now = time.time()
    for jump in (-86400, 86400):
        monkeypatch.setattr(time, "time", lambda jump=jump: now + jump)
        assert 55 < one.left <= 60
    assert 0 == replace(one, until=journal.since_boot() - 1).left == replace(one, until=None).left
