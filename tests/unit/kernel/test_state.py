from dataclasses import replace

import pytest

from svcc.kernel import state
from svcc.kernel.base import Denied
from svcc.kernel.state import State

STATE = State("iptables", "nft", "boot:1", {"net.ipv4.ip_forward": "0"}, ("ip nat", "ip nat OUTPUT"))


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SVCC_STATE_DIR", str(tmp_path / "state"))


def test_what_is_saved_is_loaded():
    state.save("lab", STATE)
    assert state.load("lab", "boot:1") == STATE


def test_a_namespace_made_anew_has_no_state():
    state.save("lab", STATE)
    assert state.load("lab", "boot:2") is None


def test_each_namespace_has_its_own():
    state.save("lab", STATE)
    assert state.load("host", "boot:1") is None


def test_forgetting_twice_is_fine():
    state.save("lab", STATE)
    state.forget("lab")
    state.forget("lab")
    assert state.load("lab", "boot:1") is None


def test_saving_leaves_no_temporary_file(tmp_path):
    state.save("lab", STATE)
    state.save("lab", STATE)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["lab.json"]


def test_a_damaged_state_is_named(tmp_path):
    state.save("lab", STATE)
    (tmp_path / "state" / "lab.json").write_text("{")
    with pytest.raises(Denied, match=r"lab\.json is damaged"):
        state.load("lab", "boot:1")


def test_that_nothing_is_known_of_tables_is_kept_apart_from_none_being_there():
    for found in (None, ()):
        state.save("lab", replace(STATE, found=found))
        assert found == state.load("lab", "boot:1").found


def test_reading_and_forgetting_make_no_folder(tmp_path):
    assert (None, None) == (state.load("lab", "boot:1"), state.read_seen("lab"))
    state.forget("lab")
    assert not (tmp_path / "state").exists()


def test_a_folder_that_is_none_costs_the_shortcut_and_nothing_else(tmp_path):
    (tmp_path / "state").write_text("")
    state.write_seen("lab", "text")
    assert None is state.read_seen("lab")
    with pytest.raises(Denied, match="is not a folder"):
        state.save("lab", STATE)
