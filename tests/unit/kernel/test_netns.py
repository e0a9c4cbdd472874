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
    monkeypatch.setattr(netns, "_is_init", lambda _: False)
    assert f"net-{own.st_ino}" == netns.identity()
