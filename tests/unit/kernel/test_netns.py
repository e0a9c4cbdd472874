import os
from pathlib import Path

from svcc.kernel import netns


def test_a_namespace_that_is_removed_while_names_are_looked_at_is_another_one(tmp_path, monkeypatch):
    class Listed:
        """A folder whose listing still has a name that is gone."""

        def is_dir(self):
            return True

        def iterdir(self):
            return iter([tmp_path / "gone"])

    own = Path("/proc/self/ns/net").stat()
    monkeypatch.setattr(netns, "NAMED", Listed())
    monkeypatch.setattr(netns, "_init", lambda: Path("/proc/1/status").stat())
    assert f"net-{own.st_ino}" == netns.identity()


def test_who_may_not_see_inits_namespace_has_folders_for_one_host(monkeypatch):
    monkeypatch.setattr(netns, "_init", lambda: None)
    monkeypatch.setattr(netns, "NAMED", Path("/nowhere"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "host" == netns.identity()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert f"net-{Path('/proc/self/ns/net').stat().st_ino}" == netns.identity()
