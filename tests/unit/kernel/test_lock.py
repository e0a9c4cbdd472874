import os
import threading
import time

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


def test_waiting_ends_when_the_first_holder_does(folder):
    began, given_back = threading.Event(), []

    def first():
        with hold("host"):
            began.set()
            time.sleep(0.3)
            given_back.append(True)

    holder = threading.Thread(target=first)
    holder.start()
    assert began.wait(10)
    with hold("host", wait=30):
        assert [True] == given_back
    holder.join()


def test_waiting_ends_with_its_time(folder):
    before = time.monotonic()
    with hold("host"), pytest.raises(Busy, match="is at work on this host"), hold("host", wait=0.2):
        pass
    assert 0.2 <= time.monotonic() - before
