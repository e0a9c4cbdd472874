import stat

import pytest

from svcc.kernel import applied
from svcc.kernel.base import Denied


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("SVCC_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("SVCC_STATE_DIR", str(tmp_path / "state"))
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_kept_is_what_was_applied_last_and_only_its_owner_reads_it(folders):
    assert "" == applied.kept("lab")
    applied.keep("lab", "one")
    applied.keep("lab", "two")
    assert ("two", "") == (applied.kept("lab"), applied.kept("host"))
    assert [0o600] == [stat.S_IMODE(path.stat().st_mode) for path in (folders / "state").iterdir()]


def test_nothing_leaves_no_file(folders):
    applied.keep("lab", "one")
    applied.keep("lab", "")
    applied.keep("lab", "")
    assert [] == names(folders / "state")


def test_looking_makes_no_folder(folders):
    assert "" == applied.kept("lab")
    applied.put_back("lab", 1)
    assert [] == names(folders)


def test_a_rollback_keeps_what_was_kept_before_the_apply():
    applied.keep("lab", "one")
    applied.set_aside("lab", 2)
    applied.keep("lab", "two")
    applied.put_back("lab", 2)
    assert "one" == applied.kept("lab")


def test_before_the_first_apply_nothing_was_kept(folders):
    applied.set_aside("lab", 1)
    applied.keep("lab", "one")
    applied.put_back("lab", 1)
    assert [] == names(folders / "state")


def test_what_waits_to_be_confirmed_is_kept_only_then():
    applied.keep("lab", "one")
    applied.set_aside("lab", 2)
    applied.propose("lab", 2, "two")
    assert "one" == applied.kept("lab")
    applied.accept("lab", 2)
    assert "two" == applied.kept("lab")


def test_what_was_set_aside_is_forgotten_after_the_next_apply_but_one(folders):
    for number in range(1, 6):
        applied.keep("lab", f"{number}")
        applied.set_aside("lab", number)
        applied.propose("lab", number, "more")
    applied.set_aside("host", 1)
    assert ["lab.4.applied", "lab.4.proposed", "lab.5.applied", "lab.5.proposed"] == names(folders / "run")


def test_what_cannot_be_read_is_told(folders):
    applied.keep("lab", "one")
    (folders / "state" / "lab.applied").write_bytes(b"\xff\xfe")
    with pytest.raises(Denied, match=r"lab\.applied cannot be read"):
        applied.kept("lab")
