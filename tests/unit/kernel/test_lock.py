import os

import pytest

from svcc.kernel.base import Busy, Denied
from svcc.kernel.lock import hold


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SVCC_RUN_DIR", str(tmp_path / "run"))
    return tmp_path / "run"


def test_a_second_holder_is_told_who_the_first_is(folder):
    with (
        hold("host"),
        pytest.raises(Busy, match=rf"pid {os.getpid()} \(.*pytest.*\) is at work on this host"),
        hold("host"),
    ):
        pass


def test_namespaces_do_not_meet(folder):
    with hold("host"), hold("lab"):
        assert sorted(path.name for path in folder.iterdir()) == ["host.lock", "lab.lock"]


def test_the_lock_is_free_again_afterwards(folder):
    with hold("host"):
        pass
    with hold("host"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_the_lock_is_not_followed(folder):
    folder.mkdir(mode=0o700)
    target = folder / "target"
    target.write_text("precious")
    (folder / "host.lock").symlink_to(target)
    with pytest.raises(Denied, match="cannot be opened"), hold("host"):
        pass
    assert target.read_text() == "precious"


def test_a_link_in_place_of_the_folder_is_not_followed(folder, tmp_path):
    folder.symlink_to(tmp_path)
    with pytest.raises(Denied, match="is a symbolic link"), hold("host"):
        pass


def test_a_folder_that_others_may_write_is_refused(folder):
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(Denied, match="others may write"), hold("host"):
        pass
