"""The order in which files are given decides nothing: not what is written, not what is allocated, not what is told."""

import contextlib
import io
import json
from pathlib import Path
from random import Random

import pytest
import yaml

from svcc.cli.main import run

ROOT = Path(__file__).parents[2]
SHOP = [
    text
    for path in sorted((ROOT / "examples" / "shop").glob("*.yaml"))
    if path.name != "svcc.yaml"
    for text in path.read_text(encoding="utf-8").split("\n---\n")
]
PODS = [
    yaml.safe_dump(one)
    for one in yaml.safe_load((ROOT / "examples" / "shop-pods" / "cluster.yaml").read_text(encoding="utf-8"))["items"]
]
# Two Services that want the same of everything, objects of other kinds, two that have nothing to do with each other.
CLASHES = [
    f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: lab}}
spec:
  type: NodePort
  clusterIP: 10.96.0.77
  externalIPs: [192.0.2.7]
  ports: [{{port: 80, nodePort: 30777}}]
"""
    for name in ("x", "y", "y")
]
OTHERS = [f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n" for kind in ("ConfigMap", "Secret")]
OPEN = [
    f"apiVersion: v1\nkind: Service\nmetadata: {{name: open-{index}, namespace: lab}}\nspec: {{type: LoadBalancer, ports: [{{port: {port}}}]}}\n"
    for index in range(20)
    for port in (80,)
]
ORDERS = 6


def said(*words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(words))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write each text to a file of its own; give a function that returns their names in some order."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "svcc.yaml").write_text((ROOT / "examples" / "shop" / "svcc.yaml").read_text(encoding="utf-8"))

    def write(texts, seed):
        names = []
        for index, text in enumerate(texts):
            names.append(f"{index:03}.yaml")
            (tmp_path / names[-1]).write_text(text)
        Random(seed).shuffle(names)
        return names

    return write


def test_what_is_compiled_and_allocated_does_not_depend_on_the_order(files, tmp_path):
    seen = set()
    for seed in range(ORDERS):
        names = files([*SHOP, *OPEN], seed)
        (tmp_path / "svcc.lock").unlink(missing_ok=True)
        code, _, err = said("compile", *names, "-o", "out", "-q")
        assert 0 == code, err
        written = sorted((str(path), path.read_bytes()) for path in (tmp_path / "out").rglob("*") if path.is_file())
        seen.add((tuple(written), (tmp_path / "svcc.lock").read_bytes(), said("defaults", *names, "-q")[1]))
    assert 1 == len(seen)


def test_what_is_made_of_pods_does_not_depend_on_the_order(files):
    seen = set()
    for seed in range(ORDERS):
        names = files(PODS, seed)
        code, graph, err = said("graph", *names, "-q")
        assert 0 == code, err
        seen.add((graph, said("defaults", *names, "--slices", "-q")[1], said("check", *names, "--format", "json")[1]))
    assert 1 == len(seen)


def test_what_is_told_does_not_depend_on_the_order(files):
    seen = set()
    for seed in range(ORDERS):
        names = files([*CLASHES, *OTHERS, *SHOP[:6], "spec: {", "kind: Service"], seed)
        code, out, _ = said("check", *names, "--format", "json")
        assert 1 == code
        seen.add(out)
        assert {"SVC001", "SVC003", "SVC006", "SVC201"} <= {one["code"] for one in json.loads(out)["diagnostics"]}
    assert 1 == len(seen)
