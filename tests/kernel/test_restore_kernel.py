"""After a boot, `svcc restore` puts back what was applied last; a boot is a namespace made anew, without /run."""

import shutil
from pathlib import Path

import pytest
from test_cli_kernel import CONFIG, WEB, svcc
from test_undo_kernel import everything_sorted, gone, remembered

pytestmark = pytest.mark.kernel

UNIT = Path(__file__).parents[2] / "examples" / "systemd" / "svcc-restore.service"


@pytest.fixture(params=["iptables", "nftables"])
def mode(request, namespace):
    return request.param


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB)
    (folder / "svcc.yaml").write_text(f"{CONFIG}localhostNodePorts: true\n")
    return folder


def other(lab):
    (lab / "web.yaml").write_text(WEB.replace("10.128.9.31", "10.128.9.41"))
    return lab


def test_a_boot_later_everything_is_there_again_without_the_manifests(mode, lab, boot, tmp_path):
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    found = everything_sorted()
    boot()
    assert found != everything_sorted()
    fresh = everything_sorted()
    (lab / "web.yaml").rename(tmp_path / "away.yaml")
    restored = svcc("restore")
    assert (0, True) == (restored.returncode, restored.stdout.endswith("Put back, and read back.\n")), restored.stderr
    assert found == everything_sorted()
    assert "Everything is there already.\n" == svcc("restore").stdout
    (tmp_path / "away.yaml").rename(lab / "web.yaml")
    assert 0 == svcc("status", lab, "--mode", mode).returncode
    assert 0 == svcc("clean").returncode
    assert (fresh, []) == (everything_sorted(), list((tmp_path / "state").iterdir()))


def test_a_boot_after_a_clean_or_before_any_apply_puts_nothing_back(namespace, lab, boot):
    nothing = f"Nothing was applied in the network namespace {namespace}: there is nothing to put back.\n"
    assert (0, nothing) == (svcc("restore").returncode, svcc("restore").stdout)
    assert 0 == svcc("apply", lab).returncode
    assert 0 == svcc("clean").returncode
    boot()
    assert nothing == svcc("restore").stdout


def test_what_was_rolled_back_is_not_put_back(mode, lab, boot):
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    found = everything_sorted()
    assert 0 == svcc("apply", other(lab), "--mode", mode).returncode
    assert 0 == svcc("rollback").returncode
    boot()
    assert 0 == svcc("restore").returncode
    assert found == everything_sorted()


def test_a_boot_inside_the_window_of_an_apply_puts_back_what_was_before_it(namespace, lab, boot, tmp_path):
    assert 0 == svcc("apply", lab).returncode
    found = everything_sorted()
    assert 0 == svcc("apply", other(lab), "--confirm-within", "600s").returncode
    shutil.rmtree(tmp_path / "run")
    assert gone(namespace)
    boot()
    assert 0 == svcc("restore").returncode
    assert found == everything_sorted()


def test_a_boot_after_confirming_puts_back_what_was_confirmed(namespace, lab, boot):
    assert 0 == svcc("apply", lab).returncode
    assert 0 == svcc("apply", other(lab), "--confirm-within", "600s").returncode
    found = everything_sorted()
    assert 0 == svcc("confirm").returncode
    boot()
    assert 0 == svcc("restore").returncode
    assert found == everything_sorted()


def test_a_restore_can_be_rolled_back(namespace, lab, boot, tmp_path):
    assert 0 == svcc("apply", lab).returncode
    boot()
    fresh = everything_sorted()
    assert 0 == svcc("restore").returncode
    assert 0 == svcc("rollback").returncode
    assert (fresh, {}) == (everything_sorted(), remembered(tmp_path))


def test_the_unit_for_systemd_does_so_before_the_network_is_up(namespace, lab, boot):
    held = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line)
    assert ("network-pre.target", "oneshot") == (held["Wants"], held["Type"])
    assert "network-pre.target" in held["Before"].split()
    program, *words = held["ExecStart"].removeprefix("/usr/bin/env ").split()
    assert "svcc" == program
    assert 0 == svcc("apply", lab).returncode
    found = everything_sorted()
    boot()
    assert 0 == svcc(*words).returncode
    assert found == everything_sorted()


def test_a_boot_after_a_clean_that_was_rolled_back_puts_back_what_was_cleaned(namespace, lab, boot):
    assert 0 == svcc("apply", lab).returncode
    found = everything_sorted()
    assert 0 == svcc("clean").returncode
    assert 0 == svcc("rollback").returncode
    assert found == everything_sorted()
    boot()
    assert 0 == svcc("restore").returncode
    assert found == everything_sorted()
