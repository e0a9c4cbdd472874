import os

import pytest

from svcc.kernel import rights
from svcc.kernel.rights import NET_ADMIN, NET_RAW, SYS_MODULE, denied, held, passed_on

STATUS = "Name:\tsvcc\nCapInh:\t0000000000003000\nCapEff:\t{effective:016x}\nCapAmb:\t{ambient:016x}\n"


@pytest.fixture
def process(tmp_path, monkeypatch):
    """Be a process with some capabilities, of which some are ambient."""

    def become(*effective, ambient=(), user=1000):
        status = tmp_path / "status"
        status.write_text(STATUS.format(effective=bits(effective), ambient=bits(ambient)))
        monkeypatch.setattr(rights, "_STATUS", status)
        monkeypatch.setattr(os, "geteuid", lambda: user)

    return become


def bits(numbers):
    return sum(1 << number for number in numbers)


def test_a_capability_that_is_missing_is_named(process):
    process(NET_RAW)
    problem = denied("changing ip_vs", NET_ADMIN)
    assert "changing ip_vs needs CAP_NET_ADMIN, which this process does not have" == problem.message
    assert "AmbientCapabilities=CAP_NET_ADMIN" in problem.hint


def test_a_capability_that_programs_do_not_get_is_named_with_their_words(process):
    process(NET_ADMIN)
    problem = denied("nft", NET_ADMIN, by_tool=True, said="Operation not permitted")
    assert (
        "nft needs CAP_NET_ADMIN, which this process has but does not pass on: Operation not permitted"
        == problem.message
    )


def test_who_has_the_capability_is_told_to_look_elsewhere(process):
    process(SYS_MODULE, user=0)
    problem = denied("modprobe", SYS_MODULE, by_tool=True, said="Key was rejected")
    assert "modprobe was not permitted, although this process has CAP_SYS_MODULE: Key was rejected" == problem.message
    assert "in a container the host decides" in problem.hint


def test_what_is_ambient_is_passed_on_and_all_that_root_has(process):
    process(NET_ADMIN, NET_RAW, ambient=(NET_RAW,))
    assert (True, False, True) == (held(NET_ADMIN), passed_on(NET_ADMIN), passed_on(NET_RAW))
    process(NET_ADMIN, user=0)
    assert (True, True, False) == (held(NET_ADMIN), passed_on(NET_ADMIN), held(NET_RAW))


def test_the_capabilities_of_this_process_are_read_from_the_kernel():
    assert (os.geteuid() == 0) <= held(NET_ADMIN)
