"""A plan that was looked at is applied exactly, or not at all; each in a namespace of its own."""

import json
import stat

import pytest
from test_cli_kernel import CONFIG, SVCC, WEB, svcc, tool
from test_undo_kernel import everything_sorted

pytestmark = pytest.mark.kernel

NEEDS_AN_ADDRESS = """\
---
apiVersion: v1
kind: Service
metadata: {name: more, namespace: lab}
spec: {ports: [{name: http, port: 80}]}
"""


@pytest.fixture(params=["iptables", "nftables"])
def mode(request, namespace):
    return request.param


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB)
    (folder / "svcc.yaml").write_text(CONFIG)
    return folder


@pytest.fixture
def plan(tmp_path):
    return tmp_path / "today.plan"


def test_what_was_planned_is_applied_whatever_has_become_of_the_files(mode, lab, plan):
    found = everything_sorted()
    planned = svcc("plan", lab, "--mode", mode, "--out", plan)
    assert (0, True) == (planned.returncode, f"`svcc apply {plan}` does exactly this" in planned.stdout)
    assert (0o600, found) == (stat.S_IMODE(plan.stat().st_mode), everything_sorted())
    (lab / "web.yaml").write_text("what: is this\n")
    (lab / "svcc.yaml").unlink()
    assert 0 == svcc("apply", plan).returncode
    assert found != everything_sorted()
    after = everything_sorted()
    again = svcc("apply", plan)
    assert (0, "Nothing to do: the kernel is as the manifests say.\n") == (again.returncode, again.stdout)
    (lab / "web.yaml").write_text(WEB)
    (lab / "svcc.yaml").write_text(CONFIG)
    assert (0, after) == (svcc("status", lab, "--mode", mode).returncode, everything_sorted())


def test_the_digest_of_the_plan_is_that_of_the_file_and_of_the_apply(mode, lab, plan):
    planned = json.loads(svcc("plan", lab, "--mode", mode, "--out", plan, "--format", "json").stdout)
    applied = json.loads(svcc("apply", plan, "--format", "json").stdout)
    assert planned["digest"] == json.loads(plan.read_text())["digest"] == applied["digest"]


def test_a_kernel_that_has_moved_is_not_touched_and_what_moved_is_told(mode, lab, plan):
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    (lab / "web.yaml").write_text(WEB.replace("10.128.9.31", "10.128.9.41"))
    assert 0 == svcc("plan", lab, "--mode", mode, "--out", plan).returncode
    (lab / "web.yaml").write_text(WEB.replace("10.128.9.31", "10.128.9.51"))
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    found = everything_sorted()
    for words in ((), ("--dry-run",)):
        refused = svcc("apply", plan, *words)
        assert (4, "") == (refused.returncode, refused.stdout)
        assert "this is not what was looked at any more" in refused.stderr
        assert {"iptables": "SVCC-SVC-NAVV37HDGJLPWY47", "nftables": "members"}[mode] in refused.stderr
        assert found == everything_sorted()


def test_a_file_whose_inputs_lead_elsewhere_is_refused(namespace, lab, plan):
    assert 0 == svcc("plan", lab, "--out", plan).returncode
    held = json.loads(plan.read_text())
    plan.write_text(json.dumps({**held, "digest": "0" * 64}))
    found = everything_sorted()
    refused = svcc("apply", plan)
    assert (4, True) == (refused.returncode, "this is not what was looked at any more" in refused.stderr)
    assert found == everything_sorted()


def test_a_plan_for_another_namespace_or_node_is_refused(namespace, lab, plan):
    assert 0 == svcc("plan", lab, "--out", plan).returncode
    held = json.loads(plan.read_text())
    for changes, words in (
        ({"place": "elsewhere"}, "the plan is for the network namespace elsewhere"),
        ({"node": "worker-9"}, "the plan is for the node worker-9, and this is worker-1"),
    ):
        plan.write_text(json.dumps({**held, **changes}))
        refused = svcc("apply", plan)
        assert (4, True) == (refused.returncode, words in refused.stderr)


def test_what_is_in_the_way_now_is_still_in_the_way(namespace, lab, plan):
    assert 0 == svcc("plan", lab, "--out", plan).returncode
    tool("iptables-nft", "-t", "nat", "-N", "KUBE-SERVICES")
    refused = svcc("apply", plan)
    assert (4, True) == (refused.returncode, "the kernel holds rules of kube-proxy" in refused.stderr)
    assert 0 == svcc("apply", plan, "--force").returncode


def test_the_lock_is_written_only_where_the_user_says(namespace, lab, plan, tmp_path):
    (lab / "web.yaml").write_text(WEB + NEEDS_AN_ADDRESS)
    assert 0 == svcc("plan", lab, "--out", plan).returncode
    applied = svcc("apply", plan)
    assert (0, True) == (applied.returncode, "What was allocated for this plan is not kept" in applied.stderr)
    assert not (lab / "svcc.lock").exists()
    assert 0 == svcc("apply", plan, "--lock", tmp_path / "kept.lock").returncode
    assert "lab/more IPv4" in (tmp_path / "kept.lock").read_text()


def test_a_plan_from_standard_input_holds_it(namespace, lab, plan):
    config = lab / "svcc.yaml"
    tool("sh", "-c", f"cat {lab}/web.yaml | {SVCC} plan - --config {config} --out {plan} --netns {namespace}")
    assert 0 == svcc("apply", plan).returncode
    assert 0 == svcc("status", lab).returncode
