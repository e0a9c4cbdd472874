"""svcc.lock on the command line: where it is, who writes it, and what --locked refuses."""

import json
import os

import pytest

OPEN = """\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: lab}
spec:
  type: NodePort
  ports:
  - {name: http, port: 80}
"""
SECTIONS = "clusterIPs:\n  lab/cart IPv4: 10.96.1.7\nnodePorts:\n  lab/cart 80/TCP: 30412\nhealthCheckNodePorts:\n"
LOCK = f"apiVersion: svcc.dev/v1alpha1\nkind: Lock\n{SECTIONS}"


@pytest.fixture
def cart(lab):
    (lab / "cart.yaml").write_text(OPEN)
    return lab


def defaults(svcc, *words):
    ended = svcc("defaults", *words, "-o", "json", "-q")
    assert 0 == ended.code, ended.err
    return {one["metadata"]["name"]: one for one in json.loads(ended.out)["items"]}


def test_compile_writes_the_lock_beside_the_configuration_and_says_so(svcc, cart):
    ended = svcc("compile", cart, "-o", "out")
    assert 0 == ended.code
    assert f"{cart}/svcc.lock is written: 2 allocated, 3 serials\n" in ended.err
    assert "  lab/cart IPv4: 10.96." in (cart / "svcc.lock").read_text()
    again = svcc("compile", cart, "-o", "out")
    assert (0, "13 files in out, 0 changed\n") == (again.code, again.err)


def test_what_is_released_is_counted(svcc, cart):
    (cart / "svcc.lock").write_text(LOCK.replace("10.96.1.7", "10.96.1.7\n  lab/gone IPv4: 10.96.1.8"))
    assert f"{cart}/svcc.lock is written: 1 released, 3 serials\n" in svcc("compile", cart, "-o", "out").err


def test_compile_to_stdout_writes_the_lock_too(svcc, cart):
    assert 0 == svcc("compile", cart, "-q").code
    assert (cart / "svcc.lock").exists()


@pytest.mark.parametrize("command", ["check", "defaults", "graph"])
def test_a_command_that_only_shows_writes_nothing(svcc, cart, command):
    assert 0 == svcc(command, cart).code
    assert not (cart / "svcc.lock").exists()


def test_what_the_lock_holds_is_what_a_service_gets(svcc, cart):
    (cart / "svcc.lock").write_text(LOCK)
    spec = defaults(svcc, cart, "--locked")["cart"]["spec"]
    assert ("10.96.1.7", 30412) == (spec["clusterIP"], spec["ports"][0]["nodePort"])


def test_without_anything_to_keep_no_file_is_made(svcc, lab):
    assert 0 == svcc("compile", lab).code
    assert not (lab / "svcc.lock").exists()


def test_locked_refuses_to_allocate_to_release_and_to_move(svcc, cart):
    new = svcc("check", cart, "--locked", "--format", "json")
    assert 1 == new.code
    assert {"SVC236"} == {one["code"] for one in json.loads(new.out)["diagnostics"]}
    assert 1 == svcc("compile", cart, "--locked", "-o", "out").code
    assert not (cart / "svcc.lock").exists()
    (cart / "svcc.lock").write_text(LOCK)
    assert 0 == svcc("check", cart, "--locked").code
    (cart / "cart.yaml").unlink()
    gone = svcc("check", cart, "--locked")
    assert 1 == gone.code
    assert "svcc.lock:4:18: error[SVC236]" in gone.err


def test_a_comparison_counts_the_lock_as_well(svcc, cart):
    svcc("compile", cart, "-o", "out")
    assert 0 == svcc("compile", cart, "--check", "out").code
    (cart / "svcc.lock").unlink()
    ended = svcc("compile", cart, "--check", "out")
    assert (3, f"~ {cart}/svcc.lock: its facts are out of date\n") == (ended.code, ended.out)
    assert not (cart / "svcc.lock").exists()


def test_another_lock_file_can_be_named(svcc, cart):
    (cart / "other.lock").write_text(LOCK)
    assert "10.96.1.7" == defaults(svcc, cart, "--lock", cart / "other.lock")["cart"]["spec"]["clusterIP"]


def test_without_a_configuration_the_lock_is_beside_the_manifests(svcc, cart):
    (cart / "svcc.yaml").unlink()
    (cart / "web.yaml").unlink()
    (cart / "svcc.lock").write_text(LOCK)
    (cart / "cart.yaml").write_text(OPEN.replace("spec:\n", "spec:\n  clusterIP: 10.96.0.7\n"))
    assert 30412 == defaults(svcc, cart)["cart"]["spec"]["ports"][0]["nodePort"]
    assert 30412 == defaults(svcc, cart / "cart.yaml")["cart"]["spec"]["ports"][0]["nodePort"]


def test_a_lock_with_mistakes_stops_everything_and_stays(svcc, cart):
    (cart / "svcc.lock").write_text(LOCK.replace("10.96.1.7", "10.96.1.777"))
    ended = svcc("compile", cart, "-o", "out")
    assert 1 == ended.code
    assert f"{cart}/svcc.lock:4:18: error[" in ended.err
    assert "10.96.1.777" in (cart / "svcc.lock").read_text()


def test_a_folder_that_cannot_be_written_is_the_machines_refusal(svcc, cart, tmp_path):
    lock = tmp_path / "no-such-folder" / "svcc.lock"
    ended = svcc("compile", cart, "--lock", lock)
    assert 4 == ended.code
    assert str(lock.parent) in ended.err
    assert "" == ended.out


def test_the_lock_keeps_its_mode_and_is_readable(svcc, cart):
    old = os.umask(0o077)
    try:
        svcc("compile", cart, "-o", "out")
    finally:
        os.umask(old)
    assert 0o644 == (cart / "svcc.lock").stat().st_mode & 0o777


def test_every_node_gets_the_same_allocation(svcc, cart):
    nodes = "".join(
        f"---\napiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\nnodeName: {name}\nserviceCIDRs: [10.96.0.0/16]\n"
        for name in "ab"
    )
    (cart / "nodes.yml.txt").write_text(nodes)
    (cart / "svcc.yaml").unlink()
    assert 0 == svcc("compile", cart, "--all-nodes", cart / "nodes.yml.txt", "-o", "out").code
    texts = {(cart.parent / "out" / name / "iptables" / "rules.v4").read_text() for name in "ab"}
    assert 1 == len(texts)
    assert "lab/cart IPv4" in (cart / "svcc.lock").read_text()


def test_a_lock_that_cannot_be_written_leaves_the_output_alone(svcc, cart):
    ended = svcc("compile", cart, "-o", "out", "--lock", "gone/my.lock")
    assert (4, "error: gone/my.lock: No such file or directory\n") == (ended.code, ended.err)
    assert not (cart / "out").exists()


@pytest.mark.parametrize("order", [1, -1])
def test_several_folders_have_one_lock_above_them_whatever_their_order(svcc, cart, order):
    folders = [cart / "a", cart / "b"]
    (cart / "svcc.yaml").unlink()
    for folder in folders:
        folder.mkdir()
        text = OPEN.replace("name: cart", f"name: cart-{folder.name}").replace("spec:", "spec:\n  clusterIP: None", 1)
        (folder / "one.yaml").write_text(text.replace("  type: NodePort\n", ""))
    (folders[0] / "node-port.yaml").write_text(OPEN.replace("spec:", f"spec:\n  clusterIP: 10.96.0.{40 + order}"))
    ended = svcc("compile", *folders[::order], "-q")
    assert 0 == ended.code, ended.err
    assert ["svcc.lock"] == [one.name for one in sorted(cart.rglob("svcc.lock")) if one.parent == cart]
    assert not list(cart.glob("*/svcc.lock"))


def test_locked_tells_what_cannot_be_allocated_and_nothing_that_follows_from_it(svcc, cart):
    (cart / "svcc.lock").write_text(LOCK)
    config = (cart / "svcc.yaml").read_text()
    (cart / "svcc.yaml").write_text(
        "".join(line for line in config.splitlines(keepends=True) if "serviceCIDRs" not in line)
    )
    ended = svcc("check", cart, "--locked", "--format", "json")
    assert ["SVC109"] == [one["code"] for one in json.loads(ended.out)["diagnostics"] if one["severity"] == "error"]
