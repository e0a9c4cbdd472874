"""The command line against the real kernel, as a user meets it: each test in a namespace of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from svcc.kernel import netns
from svcc.kernel.backend import Backend
from svcc.kernel.lock import hold
from svcc.net import Family
from tests.lab.worker import CONFIG

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).parents[2]
SVCC = Path(sys.executable).with_name("svcc")
NOBODY = 65534
WEB = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: lab}
spec:
  type: NodePort
  ipFamilyPolicy: RequireDualStack
  ipFamilies: [IPv4, IPv6]
  clusterIP: 10.96.0.10
  clusterIPs: [10.96.0.10, "fd00:96::10"]
  ports: [{name: http, port: 80, nodePort: 30080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-4, namespace: lab, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [10.128.7.21], nodeName: worker-1}
- {addresses: [10.128.9.31], nodeName: worker-2}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-6, namespace: lab, labels: {kubernetes.io/service-name: web}}
addressType: IPv6
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: ["fd00:10::21"], nodeName: worker-1}
"""
CHAIN = "SVCC-SVC-NAVV37HDGJLPWY47"
TO_WEB = ("--from", "10.128.7.40", "--to", "10.96.0.10:80")


def svcc(*words, **environment):
    done = subprocess.run(
        [SVCC, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "bug in svcc" not in done.stdout + done.stderr
    return done


def tool(*argv, stdin=""):
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True).stdout


def everything(which):
    """Return all that the tools show and the settings, without dates and counters."""
    saved = [tool(one.tool(family, "save")) for one in Backend for family in Family if one is which]
    text = "\n--\n".join([*saved, tool("nft", "list", "ruleset")])
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    if which is Backend.LEGACY:
        # The kernel keeps an empty legacy table until its namespace goes.
        text = re.sub(r"^\*\w+\n(?::\w+ ACCEPT \[\d+:\d+\]\n)+COMMIT\n", "", text, flags=re.MULTILINE)
    names = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.all.route_localnet")
    settings = {name: Path("/proc/sys", *name.split(".")).read_text() for name in names}
    return re.sub(r"\[\d+:\d+\]|packets \d+ bytes \d+", "", text), settings


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB)
    (folder / "svcc.yaml").write_text(CONFIG)
    return folder


@pytest.fixture(params=list(Backend), ids=lambda one: one.value)
def which(request, namespace):
    """Give each backend in turn, in a fresh namespace."""
    return request.param


def with_backend(which):
    return ("--backend", which.value)


def test_from_the_first_plan_to_clean(which, lab):
    on = (lab, *with_backend(which))
    found = everything(which)
    plan = svcc("plan", *on, "--exit-code")
    assert (3, True) == (plan.returncode, "+ lab/web:http" in plan.stdout)
    assert found == everything(which)

    assert (0, True) == (svcc("apply", *on).returncode, found != everything(which))
    again = svcc("plan", *on, "--exit-code")
    assert (0, "Nothing to do: the kernel is as the manifests say.\n") == (again.returncode, again.stdout)
    status = svcc("status", *on)
    assert (0, "The kernel is as the manifests say.\n") == (status.returncode, status.stdout)

    tool(which.tool(Family.IPV4), "-t", "nat", "-D", CHAIN, "2")
    status = svcc("status", *on)
    assert (3, True) == (status.returncode, "~ lab/web:http" in status.stdout)
    held = json.loads(svcc("status", *on, "--format", "json").stdout)
    assert [(f"IPv4 nat {CHAIN}", "update")] == [(one["key"], one["action"]) for one in held["changes"]]

    assert 0 == svcc("apply", *on).returncode
    assert 0 == svcc("status", *on).returncode
    assert 0 == svcc("clean", *with_backend(which)).returncode
    assert found == everything(which)
    assert "There was nothing of svcc." in svcc("clean", *with_backend(which)).stdout


def test_the_json_of_a_plan_has_exactly_the_promised_shape(namespace, lab):
    held = json.loads(svcc("plan", lab, "--format", "json").stdout)
    assert ["mode", "digest", "summary", "services", "changes", "conntrack"] == list(held)
    assert ("iptables", {"create", "update", "delete"}) == (held["mode"], set(held["summary"]))
    assert {("service", "action", "reason", "before", "after")} == {tuple(one) for one in held["services"]}
    keys = ("subsystem", "action", "kind", "key", "before", "after", "reason", "origin")
    assert {keys} == {tuple(one) for one in held["changes"]}
    assert sum(held["summary"].values()) == len(held["changes"])
    assert [("lab/web:http", ["10.128.7.21:8080", "10.128.9.31:8080", "[fd00:10::21]:8080"])] == [
        (one["service"], one["after"]) for one in held["services"]
    ]
    assert held["digest"] == json.loads(svcc("plan", lab, "--format", "json").stdout)["digest"]


def test_a_dry_run_checks_and_changes_nothing(which, lab):
    found = everything(which)
    ended = svcc("apply", lab, *with_backend(which), "--dry-run")
    assert (0, True) == (ended.returncode, "Checked, and not committed." in ended.stdout)
    assert found == everything(which)


def test_status_alone_says_what_is_held(namespace, lab):
    assert "Nothing of svcc is in this kernel.\n" == svcc("status").stdout
    svcc("apply", lab, "--backend", "nft")
    assert "iptables backend nft, 1 Service port" in svcc("status").stdout
    held = json.loads(svcc("status", "--format", "json").stdout)
    assert ("nft", ["lab/web:http"]) == (held["backend"], held["services"])


def test_a_namespace_is_worked_in_from_outside(namespace, lab):
    elsewhere = ("unshare", "--net", SVCC, "apply", lab, "--netns", namespace, "--backend", "nft", "-q")
    assert "" == tool(*map(str, elsewhere))
    assert 0 == svcc("status", lab).returncode


def test_a_namespace_that_is_not_there_is_told_with_exit_4(namespace, lab):
    ended = svcc("plan", lab, "--netns", "svcc-no-such")
    assert (4, True) == (ended.returncode, "svcc-no-such" in ended.stderr)


@pytest.mark.parametrize("command", ["apply", "clean"])
def test_another_svcc_at_work_is_told_with_exit_4(command, namespace, lab):
    found = everything(Backend.NFT)
    words = (lab,) if command == "apply" else ()
    with hold(netns.identity()):
        ended = svcc(command, *words, "--backend", "nft")
    assert (4, True) == (ended.returncode, f"pid {os.getpid()} " in ended.stderr)
    assert f"is at work in the network namespace {namespace}" in ended.stderr
    assert found == everything(Backend.NFT)


def test_beside_kube_proxy_nothing_is_applied_without_force(which, lab):
    restore = which.tool(Family.IPV4, "restore")
    tool(restore, "--noflush", stdin="*nat\n:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\nCOMMIT\n")
    found = everything(which)
    plan = svcc("plan", lab, *with_backend(which))
    assert "SVC401" in plan.stderr
    refused = svcc("apply", lab, *with_backend(which))
    assert (4, True) == (refused.returncode, "the kernel holds rules of kube-proxy: IPv4 nat" in refused.stderr)
    assert found == everything(which)
    assert 0 == svcc("apply", lab, *with_backend(which), "--force").returncode
    assert 0 == svcc("clean", *with_backend(which)).returncode
    assert found == everything(which)


def test_one_endpoint_of_a_thousand_services_rewrites_one_chain(which, lab, tmp_path):
    manifests = lab / "web.yaml"
    big = [sys.executable, ROOT / "examples" / "big.py", "--services", "1000", "--endpoints", "3"]
    text = tool(*map(str, big))
    manifests.write_text(text)
    assert 0 == svcc("apply", lab, *with_backend(which), "-q").returncode
    found = re.search(r"addresses: \[(\S+)\]", text[len(text) // 2 :])
    manifests.write_text(text.replace(f"[{found[1]}]", "[10.131.255.250]"))
    plan = json.loads(svcc("plan", lab, *with_backend(which), "--format", "json").stdout)
    (change,) = plan["changes"]
    assert ("update", "chain", "IPv4 nat SVCC-SVC-") == (change["action"], change["kind"], change["key"][:18])
    assert 1 == len(plan["services"])
    assert 0 == svcc("apply", lab, *with_backend(which), "-q").returncode
    assert 0 == svcc("status", lab, *with_backend(which)).returncode


def failing(tmp_path, which):
    """Make an ip6tables-restore that finds every script good and then does not commit it; return a PATH with it first."""
    name = which.tool(Family.IPV6, "restore")
    real = subprocess.run(["sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=True).stdout.strip()
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / name).write_text(
        f'#!/bin/sh\ncase "$*" in *--test*) exec {real} "$@";; esac\necho "no luck today" >&2\nexit 1\n'
    )
    (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_second_family_that_fails_rolls_the_first_back(which, lab, tmp_path):
    found = everything(which)
    ended = svcc("apply", lab, *with_backend(which), PATH=failing(tmp_path, which))
    assert (4, True) == (ended.returncode, "no luck today" in ended.stderr)
    assert 0 == svcc("clean", *with_backend(which)).returncode
    assert found == everything(which)


def test_after_a_failed_change_the_kernel_holds_what_it_held(which, lab, tmp_path):
    assert 0 == svcc("apply", lab, *with_backend(which)).returncode
    found = everything(which)
    (lab / "web.yaml").write_text(WEB.replace("10.128.9.31", "10.128.9.41").replace("fd00:10::21", "fd00:10::41"))
    ended = svcc("apply", lab, *with_backend(which), PATH=failing(tmp_path, which))
    assert (4, True) == (ended.returncode, "no luck today" in ended.stderr)
    assert "  while  changing iptables, step 1 of 1\n  now    everything is as before" in ended.stderr
    assert found == everything(which)


def test_live_rules_are_traced_like_the_manifests(which, lab):
    assert 0 == svcc("apply", lab, *with_backend(which)).returncode
    words = (*TO_WEB, "--format", "json")
    (graph,), (live,), (alone,) = (
        json.loads(svcc("trace", *more, *words).stdout)
        for more in ((lab,), (lab, "--live", *with_backend(which)), ("--live", *with_backend(which)))
    )
    assert live["path"][0]["step"] == "nat PREROUTING -j SVCC-SERVICES"
    assert f"{lab}/web.yaml:10" in {one["origin"] for one in live["path"]}
    for one in (graph, live, alone):
        del one["path"]
    assert graph == live
    assert graph["backends"] == alone["backends"]


def test_live_rules_edited_by_hand_are_told_instead_of_guessed(which, lab):
    assert 0 == svcc("apply", lab, *with_backend(which)).returncode
    tool(which.tool(Family.IPV4), "-t", "nat", "-I", CHAIN, "-m", "limit", "--limit", "1/s", "-j", "RETURN")
    ended = svcc("trace", lab, "--live", *with_backend(which), *TO_WEB)
    assert (4, "") == (ended.returncode, ended.stdout)
    assert f"nat chain {CHAIN}, rule 1: not a rule that svcc writes" in ended.stderr


@pytest.mark.parametrize("words", [("plan",), ("apply",), ("status",)])
def test_a_missing_tool_is_told_with_its_package_and_exit_4(words, namespace, lab):
    # In a mount namespace of its own, so that nobody else misses the tools.
    hide = (
        'for folder in /usr/local/sbin /usr/sbin /sbin; do mount -t tmpfs none $folder; done; PATH=/nowhere exec "$@"'
    )
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", hide, "sh", SVCC, words[0], lab, *words[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (4, "") == (ended.returncode, ended.stdout)
    assert "is not installed" in ended.stderr
    assert "hint   apt-get install iptables" in ended.stderr


AS_NOBODY = """
import importlib, os, pkgutil, sys
import pyroute2, svcc
for module in pkgutil.walk_packages(svcc.__path__, "svcc."):
    importlib.import_module(module.name)
from svcc.cli.main import run
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize("command", ["plan", "apply", "status", "clean"])
def test_without_root_it_is_told_with_exit_4(command, namespace, tmp_path):
    found = everything(Backend.NFT)
    (tmp_path / "roots").mkdir(mode=0o700)
    words = () if command == "clean" else ("-",)
    ended = subprocess.run(
        [sys.executable, "-c", AS_NOBODY.format(nobody=NOBODY), command, *words],
        input=WEB,
        cwd="/",
        env={**os.environ, "SVCC_RUN_DIR": f"{tmp_path}/roots/run", "SVCC_STATE_DIR": f"{tmp_path}/roots/state"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (4, "", False) == (ended.returncode, ended.stdout, "Traceback" in ended.stderr), ended.stderr
    assert "hint   run svcc as root" in ended.stderr
    assert found == everything(Backend.NFT)
