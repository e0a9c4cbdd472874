"""`svcc compile`: folders of artifacts that are written, checked and left in peace; scripts on stdout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from svcc.emit.iptables.text import parse
from svcc.net import Family

NAMES = [
    "dns/Corefile",
    "dns/db.128.10.in-addr.arpa",
    "dns/db.96.10.in-addr.arpa",
    "dns/db.cluster.local",
    "dns/knot.conf",
    "dns/named.conf",
    "dns/nsd.conf",
    "env/lab.env",
]
RULES = [
    "index.json",
    "iptables/rules.v4",
    "iptables/rules.v6",
    "modules-load.d/svcc.conf",
    "sysctl.d/90-svcc.conf",
]
FILES = sorted([*NAMES, *RULES])
NODES = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata: {name: worker-2, labels: {topology.kubernetes.io/zone: eu-b}}
  spec: {podCIDRs: [10.128.9.0/24]}
  status: {addresses: [{type: InternalIP, address: 172.20.5.12}, {type: Hostname, address: worker-2}]}
- apiVersion: v1
  kind: Node
  metadata: {name: worker-1}
  status: {addresses: [{type: InternalIP, address: 172.20.5.11}]}
"""
NODE_CONFIGS = """\
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
nodeName: a
serviceCIDRs: [10.96.0.0/16]
---
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
nodeName: b
serviceCIDRs: [10.96.0.0/20]
"""


def held(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_local(lab):
    text = (lab / "web.yaml").read_text()
    (lab / "web.yaml").write_text(text.replace("spec:\n", "spec:\n  internalTrafficPolicy: Local\n", 1))


def test_the_script_of_ipv4_is_printed_and_ipv6_on_demand(svcc, lab):
    four, six = svcc("compile", lab), svcc("compile", lab, "--family", "ipv6")
    assert (0, "", 0, "There are IPv4 rules too: --family ipv4\n") == (four.code, four.err, six.code, six.err)
    assert "SVCC-SERVICES" in parse(four.out, Family.IPV4).tables["nat"]
    assert {} == parse(six.out, Family.IPV6).tables


def test_a_folder_gets_every_artifact(svcc, lab, tmp_path):
    told = f"{lab}/svcc.lock is written: 3 serials\n13 files in build, 13 changed\n"
    assert (0, "", told) == svcc("compile", lab, "-o", "build")
    assert FILES == sorted(held(tmp_path / "build"))
    assert {"lab/web": {"frontends": 1, "backends": 2}} == json.loads((tmp_path / "build/index.json").read_text())[
        "services"
    ]


def test_the_same_again_changes_nothing(svcc, lab, tmp_path):
    svcc("compile", lab, "-o", "build")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "build").rglob("*")}
    assert "13 files in build, 0 changed\n" == svcc("compile", lab, "-o", "build").err
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "build").rglob("*")}


def test_a_folder_that_is_as_it_would_be_written_is_checked_with_exit_0(svcc, lab):
    svcc("compile", lab, "-o", "build")
    assert (0, "build is what would be written\n", "") == svcc("compile", lab, "--check", "build")


def test_a_changed_endpoint_is_shown_as_the_rules_that_differ_with_exit_3(svcc, lab, tmp_path):
    svcc("compile", lab, "-o", "build")
    before = held(tmp_path / "build")
    (lab / "web.yaml").write_text((lab / "web.yaml").read_text().replace("10.128.9.31", "10.128.9.41"))
    ended = svcc("compile", lab, "--check", "build")
    lines = ended.out.splitlines()
    assert (3, "") == (ended.code, ended.err)
    assert [
        "~ dns/db.128.10.in-addr.arpa",
        "~ dns/db.cluster.local",
        "~ index.json",
        "~ iptables/rules.v4",
        f"~ {lab}/svcc.lock: its facts are out of date",
    ] == [line for line in lines if not line.startswith(" ")]
    assert [
        "      - -p tcp -j DNAT --to-destination 10.128.9.31:8080",
        "      + -p tcp -j DNAT --to-destination 10.128.9.41:8080",
    ] == [line for line in lines if "DNAT" in line]
    assert before == held(tmp_path / "build")


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("iptables/rules.v4", "*nat\nCOMMIT\n", "~ iptables/rules.v4"),
        ("iptables/rules.v4", "who wrote this?\n", "~ iptables/rules.v4"),
        ("sysctl.d/90-svcc.conf", "net.ipv4.ip_forward = 0\n", "~ sysctl.d/90-svcc.conf"),
        ("index.json", "{", "~ index.json"),
    ],
)
def test_an_edited_file_is_found_with_exit_3(name, text, shown, svcc, lab, tmp_path):
    svcc("compile", lab, "-o", "build")
    (tmp_path / "build" / name).write_text(text)
    ended = svcc("compile", lab, "--check", "build")
    assert (3, True) == (ended.code, shown in ended.out.splitlines())


def test_a_missing_file_or_folder_is_found_with_exit_3(svcc, lab, tmp_path):
    missing = [*(f"+ {name}" for name in FILES), f"~ {lab}/svcc.lock: its facts are out of date"]
    assert missing == svcc("compile", lab, "--check", "build").out.splitlines()
    assert not (tmp_path / "build").exists()
    svcc("compile", lab, "-o", "build")
    (tmp_path / "build/iptables/rules.v6").unlink()
    assert (3, "+ iptables/rules.v6\n", "") == svcc("compile", lab, "--check", "build")


def test_what_an_earlier_compile_wrote_is_removed_and_foreign_files_stay(svcc, lab, tmp_path):
    build = tmp_path / "build"
    svcc("compile", lab, "-o", "build")
    index = json.loads((build / "index.json").read_text())
    index["artifacts"]["iptables/rules.old"] = "x"
    (build / "index.json").write_text(json.dumps(index))
    (build / "iptables/rules.old").write_text("old")
    (build / "README").write_text("mine")
    (build / "iptables/notes.v4").write_text("mine too")
    assert "- iptables/rules.old" in svcc("compile", lab, "--check", "build").out.splitlines()
    svcc("compile", lab, "-o", "build")
    assert sorted([*FILES, "README", "iptables/notes.v4"]) == sorted(held(build))
    assert (0, "build is what would be written\n", "") == svcc("compile", lab, "--check", "build")


def test_an_index_never_leads_outside_of_the_folder(svcc, lab, tmp_path):
    build, victim = tmp_path / "build", tmp_path / "victim"
    svcc("compile", lab, "-o", "build")
    victim.write_text("keep me")
    index = {"artifacts": {"../victim": "x", str(victim): "x", "iptables/../../victim": "x", "7": 7}}
    (build / "index.json").write_text(json.dumps(index))
    assert 0 == svcc("compile", lab, "-o", "build").code
    assert "keep me" == victim.read_text()


def test_a_folder_that_cannot_be_written_is_told(svcc, lab, tmp_path):
    (tmp_path / "file").write_text("")
    assert 2 == svcc("compile", lab, "-o", "file").code
    ended = svcc("compile", lab, "-o", "file/build")
    assert (4, True) == (ended.code, "not a directory" in ended.err.lower())


def test_errors_write_nothing(svcc, lab, tmp_path):
    svcc("compile", lab, "-o", "build")
    before = held(tmp_path / "build")
    (lab / "web.yaml").write_text("kind: Service\n")
    assert (1, "") == svcc("compile", lab, "-o", "build")[:2]
    assert (1, "") == svcc("compile", lab, "--check", "build")[:2]
    assert (1, "") == svcc("compile", lab)[:2]
    assert before == held(tmp_path / "build")


def test_the_same_input_gives_the_same_bytes_whatever_the_hash_seed_and_locale(lab, tmp_path):
    for seed, locale in (("0", "C"), ("4711", "C.UTF-8")):
        subprocess.run(
            [Path(sys.executable).with_name("svcc"), "compile", str(lab), "-o", str(tmp_path / seed), "-q"],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale},
            check=True,
        )
    assert held(tmp_path / "0") == held(tmp_path / "4711")


def test_the_order_of_the_paths_does_not_matter(svcc, lab, tmp_path):
    service, endpoints = (lab / "web.yaml").read_text().split("---\n")
    (tmp_path / "s.yaml").write_text(service)
    (tmp_path / "e.yaml").write_text(endpoints)
    config = ("--config", lab / "svcc.yaml")
    assert svcc("compile", "s.yaml", "e.yaml", *config) == svcc("compile", "e.yaml", "s.yaml", *config)


def test_a_file_named_twice_is_read_once(svcc, lab):
    config = ("--config", lab / "svcc.yaml")
    assert svcc("compile", lab, *config) == svcc("compile", lab, lab / "web.yaml", *config)


def test_every_node_of_a_list_has_a_folder_of_its_own(svcc, lab, tmp_path):
    make_local(lab)
    (tmp_path / "nodes.yaml").write_text(NODES)
    words = ("compile", lab, "--all-nodes", "nodes.yaml")
    told = f"{lab}/svcc.lock is written: 3 serials\n19 files in build, 19 changed\n"
    assert (0, "", told) == svcc(*words, "-o", "build")
    files = held(tmp_path / "build")
    expected = [f"{node}/{name}" for node in ("worker-1", "worker-2") for name in RULES]
    assert sorted(["index.json", *expected, *NAMES]) == sorted(files)
    backends = {
        node: [at for at in (b"10.128.7.21", b"10.128.9.31") if at in files[f"{node}/iptables/rules.v4"]]
        for node in ("worker-1", "worker-2")
    }
    assert {"worker-1": [b"10.128.7.21"], "worker-2": [b"10.128.9.31"]} == backends
    assert (0, "build is what would be written\n", "") == svcc(*words, "--check", "build")


def test_a_node_that_is_gone_leaves_no_files(svcc, lab, tmp_path):
    (tmp_path / "nodes.yaml").write_text(NODES)
    svcc("compile", lab, "--all-nodes", "nodes.yaml", "-o", "build")
    (tmp_path / "nodes.yaml").write_text(
        NODES.split("- apiVersion", maxsplit=1)[0] + "- apiVersion" + NODES.split("- apiVersion")[2]
    )
    svcc("compile", lab, "--all-nodes", "nodes.yaml", "-o", "build")
    expected = [f"worker-1/{name}" for name in RULES]
    assert sorted(["index.json", *expected, *NAMES]) == sorted(held(tmp_path / "build"))


def test_compiling_into_a_folder_leaves_other_compiles_below_it_alone(svcc, lab, tmp_path):
    svcc("compile", lab, "-o", "build/a")
    before = held(tmp_path / "build/a")
    svcc("compile", lab, "-o", "build")
    assert before == held(tmp_path / "build/a")


@pytest.mark.parametrize("index", ["5", "null", '{"artifacts": 5}', '{"artifacts": {"/etc/passwd": "", "../x": ""}}'])
def test_a_strange_index_in_the_folder_harms_nothing(svcc, lab, tmp_path, index):
    (tmp_path / "x").write_text("mine")
    (tmp_path / "build").mkdir()
    (tmp_path / "build/index.json").write_text(index)
    assert 0 == svcc("compile", lab, "-o", "build").code
    assert "mine" == (tmp_path / "x").read_text()


def test_a_node_with_a_mode_of_another_version_is_refused(svcc, lab, tmp_path):
    (tmp_path / "nodes.yaml").write_text(
        "apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\nnodeName: a\nmode: userspace\n"
    )
    ended = svcc("compile", lab, "--all-nodes", "nodes.yaml", "-o", "build")
    assert (1, True) == (ended.code, 'nodes.yaml:4:7: error[SVC105]: "userspace" is not available' in ended.err)


def test_a_change_outside_of_the_chains_is_shown_too(svcc, lab, tmp_path):
    svcc("compile", lab, "-o", "build")
    path = tmp_path / "build/iptables/rules.v4"
    path.write_text("# mine\n" + path.read_text())
    ended = svcc("compile", lab, "--check", "build")
    assert (3, "~ iptables/rules.v4\n    - # mine\n") == (ended.code, ended.out)
    assert {"differences": ["~ iptables/rules.v4", "    - # mine"]} == json.loads(
        svcc("compile", lab, "--check", "build", "--format", "json").out
    )


def test_the_index_beside_the_manifests_is_no_manifest(svcc, lab, tmp_path):
    svcc("compile", lab, "-o", lab)
    assert 0 == svcc("check", lab).code


def test_nodes_may_be_configurations(svcc, lab, tmp_path):
    (tmp_path / "nodes.yaml").write_text(NODE_CONFIGS)
    assert 0 == svcc("compile", lab, "--all-nodes", "nodes.yaml", "-o", "build").code
    assert "10.96.0.0-20" in (tmp_path / "build/b/iptables/rules.v4").read_text()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "SVC004"),
        ("", "SVC005"),
        ("kind: Pod\napiVersion: v1\n", "SVC003"),
        ("kind: Node\napiVersion: v1\nmetadata: {name: ../x}\n", "SVC103"),
        ('kind: Node\napiVersion: v1\nmetadata: {name: "w1\\n*filter"}\n', "SVC103"),
        ('kind: Node\napiVersion: v1\nmetadata: {name: "w1\\0"}\n', "SVC103"),
        ("kind: Node\napiVersion: v1\n", "SVC104"),
        ("kind: Node\nmetadata: {name: a}\n---\nkind: Node\nmetadata: {name: a}\n", "SVC201"),
        ("kind: Node\nmetadata: {name: a}\nspec: {podCIDRs: [10.1.2.3/8]}\n", "SVC108"),
        ("kind: [", "SVC001"),
    ],
)
def test_wrong_nodes_are_told_with_exit_1(text, code, svcc, lab, tmp_path):
    if text is not None:
        (tmp_path / "nodes.yaml").write_text(text)
    ended = svcc("compile", lab, "--all-nodes", "nodes.yaml", "-o", "build")
    assert (1, True, False) == (ended.code, f"[{code}]" in ended.err, (tmp_path / "build").exists()), ended.err


def test_a_warning_does_not_stop_a_compile(svcc, tmp_path, lab):
    make_local(lab)
    (lab / "svcc.yaml").write_text((lab / "svcc.yaml").read_text().replace("nodeName: worker-1\n", ""))
    ended = svcc("compile", lab, "-o", "build")
    assert (0, True) == (ended.code, "warning[SVC114]" in ended.err)


def test_nftables_is_one_script_for_both_families(svcc, lab):
    printed = svcc("compile", lab, "--mode", "nftables")
    assert 0 == printed.code, printed.err
    for family in ("ip", "ip6"):
        assert f"table {family} svcc\ndelete table {family} svcc\n" in printed.out
    assert 0 == svcc("compile", lab, "--mode", "nftables", "-o", lab / "out", "-q").code
    assert printed.out == (lab / "out/nftables/svcc.nft").read_text()
    assert not (lab / "out/iptables").exists()
    assert "nft_numgen" in (lab / "out/modules-load.d/svcc.conf").read_text()
