"""After a boot, `svcc restore` puts virtual servers, addresses, companion and settings back; a boot is a namespace made anew."""

import subprocess
from pathlib import Path

import pytest

from tests.kernel.test_cli_kernel import CONFIG, WEB, svcc

IPVS = ("--mode", "ipvs", "--no-fallback")
SETTINGS = ("net.ipv4.vs.conntrack", "net.ipv4.ip_forward", "net.ipv4.conf.all.arp_ignore")
OTHERS = ("-A", "-t", "192.0.2.9:53", "-s", "rr")


def did(*words):
    """Return what a command of svcc prints, which succeeds."""
    done = svcc(*words)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def shown():
    """Return all that the stock tools show of IPVS, and the settings."""
    tools = (["ipvsadm", "-Sn"], ["ip", "-o", "address", "show", "dev", "svcc0"], ["nft", "-s", "list", "ruleset"])
    texts = [subprocess.run(words, capture_output=True, text=True, check=False).stdout for words in tools]
    held = {name: Path("/proc/sys", *name.split(".")).read_text() for name in SETTINGS}
    return [sorted(_without_number(line) for line in text.splitlines()) for text in texts], held


def _without_number(line):
    number, colon, rest = line.partition(": svcc0")
    return colon + rest if colon and number.isdigit() else line


def with_loopback():
    """Have what every booted machine has: without any address at all, ip_vs takes no real server."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


@pytest.fixture
def lab(namespace, tmp_path):
    assert namespace
    with_loopback()
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB)
    (folder / "svcc.yaml").write_text(f"{CONFIG}ipvs: {{strictARP: true, excludeCIDRs: [192.0.2.0/24]}}\n")
    return folder


def test_a_boot_later_all_of_ipvs_is_there_again_without_the_manifests(lab, boot, tmp_path):
    fresh = shown()
    did("apply", lab, *IPVS)
    found = shown()
    assert fresh != found
    boot()
    with_loopback()
    assert fresh == shown()
    (lab / "web.yaml").rename(tmp_path / "away.yaml")
    assert did("restore").endswith("Put back, and read back.\n")
    assert found == shown()
    (tmp_path / "away.yaml").rename(lab / "web.yaml")
    did("status", lab, *IPVS)
    did("rollback")
    assert fresh == shown()


def test_a_restore_leaves_virtual_servers_of_others_alone(lab, boot):
    did("apply", lab, *IPVS)
    boot()
    with_loopback()
    subprocess.run(["ipvsadm", *OTHERS], check=True)
    did("restore")
    assert " ".join(OTHERS) in shown()[0][0]
    did("clean")
    assert [" ".join(OTHERS)] == shown()[0][0]
