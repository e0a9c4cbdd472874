import pytest

from svcc.emit.ipvs.ruleset import VirtualKey
from svcc.kernel import netns, record
from svcc.net import Address, Protocol

HELD = {
    VirtualKey(Address("10.96.0.10"), Protocol.TCP, 80): "shop/cart:http",
    VirtualKey(Address("fd00:96::10"), Protocol.SCTP, 3868): "",
}


@pytest.fixture(autouse=True)
def _namespace(tmp_path, monkeypatch):
    monkeypatch.setenv("SVCC_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(netns, "identity", lambda: "lab")
    monkeypatch.setattr(netns, "instance", lambda: "boot:7")


def test_what_was_written_down_is_recalled():
    record.keep(HELD)
    assert HELD == record.recall()


def test_nothing_is_recalled_where_nothing_was_written():
    assert {} == record.recall()


def test_another_instance_of_the_namespace_has_none_of_them(monkeypatch):
    record.keep(HELD)
    monkeypatch.setattr(netns, "instance", lambda: "boot:8")
    assert {} == record.recall()


def test_nothing_leaves_no_file(tmp_path):
    record.keep(HELD)
    record.keep({})
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["10.96.0.10 shop/cart", "10.96.0.10:80/QUIC shop/cart", "10.96.0.10:x/TCP shop/cart"])
def test_a_damaged_file_is_as_good_as_none(tmp_path, line):
    (tmp_path / "lab.ipvs").write_text(f"boot:7\n{line}\n")
    assert {} == record.recall()
