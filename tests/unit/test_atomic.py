"""Files are written as a whole or not at all, and so are sets of them."""

import os

import pytest

from svcc import atomic
from svcc.atomic import replace_all


def held(folder):
    return {str(one.relative_to(folder)): one.read_text() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dns").mkdir()
    for name in ("a", "dns/b", "gone"):
        (tmp_path / name).write_text(f"old {name}")
    return tmp_path


def write(folder):
    texts = {folder / name: f"new {name}" for name in ("a", "dns/b", "env/c/d")}
    replace_all(texts, [folder / "gone"])


def test_all_files_are_written_and_those_that_are_gone_are_removed(folder):
    write(folder)
    assert {"a": "new a", "dns/b": "new dns/b", "env/c/d": "new env/c/d"} == held(folder)
    assert 0o644 == (folder / "env/c/d").stat().st_mode & 0o777


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", range(3))
def test_a_failure_at_any_file_leaves_everything_as_it_was(step, number, folder, monkeypatch):
    before = held(folder)
    left = [number]
    real = os.fsync if step == "fsync" else atomic.Path.replace

    def fail_once(*words):
        left[0] -= 1
        if left[0] == -1:
            raise OSError(28, "No space left on device", str(words[-1]))
        return real(*words)

    monkeypatch.setattr(os if step == "fsync" else atomic.Path, step, fail_once)
    with pytest.raises(OSError, match="No space left"):
        write(folder)
    assert before == held(folder)
    assert not (folder / "env").exists()


def test_a_folder_in_the_place_of_a_file_is_told_and_stays(folder):
    (folder / "env/c/d").mkdir(parents=True)
    (folder / "env/c/d/mine").write_text("mine")
    before = held(folder)
    with pytest.raises(IsADirectoryError, match="env/c/d"):
        write(folder)
    assert before == held(folder)


def test_without_hard_links_a_failure_leaves_everything_as_it_was_too(folder, monkeypatch):
    def refuse(*_words, **_options):
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    (folder / "env").write_text("a file where a folder belongs")
    before = held(folder)
    with pytest.raises(OSError, match="env"):
        write(folder)
    assert before == held(folder)
    (folder / "env").unlink()
    write(folder)
    assert {"a": "new a", "dns/b": "new dns/b", "env/c/d": "new env/c/d"} == held(folder)


def test_a_link_is_replaced_and_what_it_leads_to_stays(folder):
    (folder / "elsewhere").write_text("mine")
    (folder / "a").unlink()
    (folder / "a").symlink_to(folder / "elsewhere")
    write(folder)
    assert ("new a", "mine") == ((folder / "a").read_text(), (folder / "elsewhere").read_text())
