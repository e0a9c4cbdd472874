# ruff: noqa: RUF001 - a letter that looks like another is what one word is about
"""Try to get out: every field that holds words, with words that mean something to a shell, a terminal, a rule or a file system.

Each word holds MARK. It may come back where svcc shows manifests (defaults) or speaks of them (diagnostics), there without
anything that a terminal or GitHub obeys. It must never be in what is loaded into a kernel or read by a program.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from svcc.cli.main import run
from tests.fuzz.case import Case
from tests.fuzz.names import PATH
from tests.fuzz.oracles import judge

MARK = "evil"
WORDS = (
    f"{MARK}\nCOMMIT", f"a\r{MARK}", f'{MARK}" -j ACCEPT #', f"{MARK}' a", f"`{MARK}`", f"$({MARK})", f"${MARK}", f"a;{MARK}", f"a|{MARK}", f"{MARK} b", f"-{MARK}", f"!{MARK}",
    f"../{MARK}", f"/{MARK}", f"..\\{MARK}", f"{MARK}\0", f"\x1b[31m{MARK}", f"\x1b]0;{MARK}\x07", f"\x9b31m{MARK}", f"\u202e{MARK}", f"{MARK}\u200b", f"{MARK}\u2028b", f"\ufeff{MARK}", f"еvil{MARK}",
    f"%0A::error::{MARK}", f"\n::error::{MARK}", f"::set-output name=a::{MARK}", f"##[add-path]{MARK}", f"{{{{ {MARK} }}}}", f"{{% {MARK} %}}", f"%s{MARK}", f"#{MARK}", f"*{MARK}", f"<b>{MARK}", f"{MARK},{MARK}",
    f"{MARK}=1", f"{MARK}:1", MARK * 3000, f"{MARK}\\", f"{MARK}.", f".{MARK}", f"{MARK}..{MARK}", "EVIL".replace("I", "İ") + MARK,
)  # fmt: skip

CONFIG = {
    "apiVersion": "svcc.dev/v1alpha1",
    "kind": "NodeConfig",
    "nodeName": "worker-1",
    "nodeIPs": ["172.20.5.11"],
    "zone": "eu-a",
    "clusterCIDRs": ["10.128.0.0/14"],
    "serviceCIDRs": ["10.96.0.0/16"],
    "nodePortRange": "30000-32767",
    "clusterDomain": "cluster.local",
    "scheduler": "random",
    "detectLocalMode": "ClusterCIDR",
    "nodePortAddresses": ["172.20.0.0/16"],
}
META = {"name": "web", "namespace": "lab"}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {**META, "labels": {"app": "web"}, "annotations": {"a/b": "c"}},
    "spec": {
        "type": "LoadBalancer",
        "clusterIP": "10.96.0.10",
        "selector": {"app": "web"},
        "externalIPs": ["192.0.2.1"],
        "loadBalancerSourceRanges": ["198.51.100.0/24"],
        "ports": [
            {"name": "http", "port": 80, "nodePort": 30080, "protocol": "TCP", "appProtocol": "h", "targetPort": "http"}
        ],
    },
    "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.10", "ipMode": "VIP"}, {"hostname": "a.b"}]}},
}
SLICE = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {**META, "name": "web-x", "labels": {"kubernetes.io/service-name": "web"}},
    "addressType": "IPv4",
    "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    "endpoints": [
        {
            "addresses": ["10.128.7.21"], "nodeName": "worker-1", "zone": "eu-a", "hostname": "a",
            "hints": {"forZones": [{"name": "eu-a"}]}, "targetRef": {"kind": "Pod", "name": "web-1"},
        }
    ],
}  # fmt: skip
EXTERNAL = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {**META, "name": "far"},
    "spec": {"type": "ExternalName", "externalName": "a.b"},
}
ENDPOINTS = {
    "apiVersion": "v1",
    "kind": "Endpoints",
    "metadata": {**META, "name": "old"},
    "subsets": [
        {
            "addresses": [{"ip": "10.128.7.30", "hostname": "a", "nodeName": "worker-1"}],
            "ports": [{"name": "http", "port": 80}],
        }
    ],
}
OLD = {"apiVersion": "v1", "kind": "Service", "metadata": {**META, "name": "old"}, "spec": {"clusterIP": "10.96.0.11", "ports": [{"name": "http", "port": 80}]}}  # fmt: skip
INPUT = {"config": CONFIG, "service": SERVICE, "slice": SLICE, "external": EXTERNAL, "endpoints": ENDPOINTS, "old": OLD}

ANNOTATIONS = ("svcc.dev/weights", "svcc.dev/scheduler", "svcc.dev/forwarding", "svcc.dev/connection-limits", "kube-router.io/service.scheduler", "svcc.dev/ignore", "svcc.dev/source-ranges-on-node-ports", "service.kubernetes.io/topology-mode", "service.beta.kubernetes.io/load-balancer-source-ranges")  # fmt: skip


def fields(held, path=()):
    """Yield the path of every word, and of every mapping: there a key is put."""
    if isinstance(held, dict):
        if path:
            yield (*path, "<key>")
        for key, value in held.items():
            yield from fields(value, (*path, key))
    elif isinstance(held, list):
        for index, value in enumerate(held):
            yield from fields(value, (*path, index))
    else:
        yield path


PATHS = (*fields(INPUT), *(("service", "metadata", "annotations", name) for name in ANNOTATIONS), ("config", "detectLocal", "bridgeInterface"), ("config", "detectLocal", "interfaceNamePrefix"))  # fmt: skip


def planted(path, word):
    """Return all parts of the input with a word at a path."""
    held = json.loads(json.dumps(INPUT))
    *way, last = path
    at = held
    for step in way:
        at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
    at[word if last == "<key>" else last] = "a" if last == "<key>" else word
    if "detectLocal" in path:
        held["config"]["detectLocalMode"] = "BridgeInterface" if last == "bridgeInterface" else "InterfaceNamePrefix"
    return held


@pytest.fixture
def svcc(capsys):
    def call(*words):
        code = run([str(word) for word in words])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        assert code in (0, 1, 2), printed.err
        return code, printed.out, printed.err

    return call


def write(folder, held):
    config = held.pop("config")
    (folder / "svcc.yaml").write_text(json.dumps(config))
    (folder / "web.yaml").write_text("\n".join(json.dumps(one) for one in held.values()))


def demand_quiet(text):
    """Nothing that a terminal obeys, but line breaks."""
    assert all(line.isprintable() for line in text.split("\n")), ascii(text)


COMMAND = re.compile(
    r"::(?:error|warning|notice)(?: file=[^:,]*,line=[0-9]+,col=[0-9]+,title=SVC[0-9]{3})?::[^\r\n]*\Z"
)


def demand_commands(text):
    """Each line is one annotation, and nothing else is."""
    for line in text.splitlines():
        assert COMMAND.match(line), ascii(line)


def demand_clean(folder):
    """No file that svcc wrote, nor any file's name, holds the mark."""
    written = [path for path in folder.rglob("*") if path.is_file()]
    for path in written:
        assert MARK not in str(path.relative_to(folder)).lower()
        assert MARK not in path.read_text().lower(), path
    return {str(path.relative_to(folder)) for path in written}


FILES = {"index.json", "iptables/rules.v4", "iptables/rules.v6", "modules-load.d/svcc.conf", "sysctl.d/90-svcc.conf"}


def without_names(files):
    """Leave out the files of names: there is one a zone and one a namespace."""
    return {one for one in files if not PATH.match(one)}


INTERFACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}\Z")
KINDS = {"Service": 3, "EndpointSlice": 1, "Endpoints": 1}


STYLE = re.compile(r"\x1b\[[0-9;]*m")


# Each field meets some of the words here, and each word many fields; all of them meet in `python tests/fuzz/test_hostile.py`.
@pytest.mark.parametrize("number", range(len(PATHS)), ids=lambda number: ".".join(map(str, PATHS[number])))
def test_no_word_of_a_field_reaches_what_is_loaded(number):
    reaches_nothing(PATHS[number], WORDS[number % 4 :: 4])


def reaches_nothing(path, words):
    """Compile the input with each of the words at a path; no file may hold the mark."""
    for word in words:
        if "detectLocal" in path and INTERFACE.match(word):
            continue
        held = planted(path, word)
        config = json.dumps(held.pop("config"))
        judged = judge(Case("\n".join(json.dumps(one) for one in held.values()).encode(), config))
        assert [] == [name for name, text in judged.files.items() if MARK in text.lower()]


@pytest.mark.parametrize("number", range(len(PATHS)), ids=lambda number: ".".join(map(str, PATHS[number])))
def test_no_word_of_a_field_is_obeyed_by_who_reads_what_is_printed(number, svcc, tmp_path):
    for word in WORDS[number % 20 :: 20]:
        folder = tmp_path / f"in{word.encode().hex()[:100]}"
        folder.mkdir()
        write(folder, planted(PATHS[number], word))
        out = folder / "out"
        code, _, err = svcc("compile", folder, "-o", out)
        demand_quiet(err)
        found = {str(one.relative_to(out)) for one in out.rglob("*") if one.is_file()}
        assert (FILES if code == 0 else set()) == without_names(found)
        demand_defaults(svcc, folder, known=PATHS[number][-1] not in ("apiVersion", "kind"))
        demand_annotations(svcc, folder)
        _, printed, err = svcc("check", folder, "-v", "--color", "always")
        demand_quiet(STYLE.sub("", printed + err))


def demand_defaults(svcc, folder, *, known):
    """What is shown has as many documents as there are objects, and is the same as JSON."""
    code, out, err = svcc("defaults", folder, "-q")
    demand_quiet(out + err)
    shown = list(yaml.safe_load_all(out))
    if code or known:
        assert (KINDS if code == 0 else {}) == Counter(one["kind"] for one in shown)
    if code == 0:
        assert shown == json.loads(svcc("defaults", folder, "-q", "-o", "json")[1])["items"]


def demand_annotations(svcc, folder):
    """GitHub sees as many commands as there are diagnostics."""
    told = json.loads(svcc("check", folder, "--format", "json")[1])
    _, out, err = svcc("check", folder, "--format", "github")
    demand_commands(out + err)
    assert len(told["diagnostics"]) == len((out + err).splitlines())


LOCK = "apiVersion: svcc.dev/v1alpha1\nkind: Lock\nclusterIPs:\n  {key}: {value}\nnodePorts:\nhealthCheckNodePorts:\n"


@pytest.mark.parametrize("form", ["{}", "lab/{}", "{}/web", "lab/web {}", "lab/{} IPv4"])
def test_no_key_of_a_lock_is_kept_or_loaded(form, svcc, tmp_path):
    for number, word in enumerate(WORDS[::4]):
        folder, out = tmp_path / f"in{number}", tmp_path / f"out{number}"
        folder.mkdir()
        write(folder, json.loads(json.dumps(INPUT)))
        for key, value in ((form.format(word), "10.96.0.77"), ("lab/web IPv4", word)):
            (folder / "svcc.lock").write_text(LOCK.format(key=json.dumps(key), value=json.dumps(value)))
            code, _, err = svcc("compile", folder, "-o", out)
            demand_quiet(err)
            assert (1, set()) == (code, demand_clean(out))


@pytest.mark.parametrize("word", [word for word in WORDS if "\0" not in word and len(word) < 200])
def test_no_name_of_a_file_is_obeyed(word, svcc, tmp_path):
    name = word.replace("/", "_")
    folder = tmp_path / f"f{name}"
    folder.mkdir()
    (folder / f"{name}.yaml").write_text("a: 1\n---\n" + json.dumps(SERVICE | {"spec": {}}))
    for words in ((), ("-v", "--color", "always"), ("--format", "json")):
        _, out, err = svcc("check", folder, *words)
        demand_quiet(STYLE.sub("", out + err))
    _, out, err = svcc("check", folder, "--format", "github")
    demand_commands(out + err)
    (folder / f"{name}.yaml").unlink()
    write(folder, json.loads(json.dumps(INPUT)))
    (folder / "web.yaml").rename(folder / f"{name}.yaml")
    code, _, err = svcc("compile", folder, "--node", word)
    demand_quiet(err)
    assert 2 == code
    code, _, err = svcc("compile", folder, "-o", tmp_path / "out")
    demand_quiet(err)
    assert (0, FILES) == (code, without_names(demand_clean(tmp_path / "out")))
    for shape in ("text", "dot", "mermaid", "svg"):
        demand_quiet(svcc("graph", folder, "--format", shape)[1])


if __name__ == "__main__":
    for path in PATHS:
        reaches_nothing(path, WORDS)
        print(".".join(map(str, path)))
