import stat

import pytest

from svcc.kernel.base import Busy, Denied, NotFound, ToolFailed, Unsupported
from svcc.kernel.run import failure, run


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Give a function that makes a tool of this shell text."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def make(name, text):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return make


def test_standard_input_goes_in_and_standard_output_comes_out():
    assert run(["cat"], stdin="déjà\n") == "déjà\n"


def test_tools_speak_english(tool):
    tool("speak", 'echo "$LC_ALL"')
    assert run(["speak"]) == "C\n"


def test_a_missing_tool_names_the_package_to_install(monkeypatch):
    monkeypatch.setattr("svcc.kernel.run._SBIN", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotFound, match="ip6tables-nft-save is not installed") as caught:
        run(["ip6tables-nft-save"])
    assert caught.value.hint == "apt-get install iptables"


def test_a_tool_that_hangs_is_ended(tool):
    tool("hang", "exec sleep 60")
    with pytest.raises(ToolFailed, match=r"hang did not end within 0\.2 seconds"):
        run(["hang"], timeout=0.2)


def test_a_failing_tool_is_quoted_on_one_line(tool):
    tool(
        "fail",
        "echo '# Warning: legacy' >&2; echo 'bad rule' >&2; echo 'line 3' >&2; echo \"Try \\`fail -h'\" >&2; exit 2",
    )
    with pytest.raises(ToolFailed) as caught:
        run(["fail"])
    assert caught.value.message == "fail failed with status 2: bad rule; line 3"


@pytest.mark.parametrize(
    ("complaint", "kind"),
    [
        ("Could not fetch rule set generation id: Permission denied (you must be root)", Denied),
        ("Fatal: can't open lock file /run/xtables.lock: Permission denied", Denied),
        ("Operation not permitted (you must be root)", Denied),
        ("Another app is currently holding the xtables lock. Perhaps you want to use the -w option?", Busy),
        ("can't initialize ip6tables table `nat': Table does not exist (do you need to insmod?)", Unsupported),
        ("iptables-restore: line 3 failed", ToolFailed),
    ],
)
def test_complaints_are_sorted_by_kind(complaint, kind):
    assert type(failure("iptables", 4, complaint)) is kind


def test_a_tool_that_died_says_by_which_signal():
    assert failure("iptables-nft-save", -11, "").message == "iptables-nft-save was ended by signal 11"
