"""Read the tables of cases and run svcc on one.

A table is `{objects, cases}`: `objects` holds anchors that cases merge, a case is `{name, manifest, config, expect}`.
A manifest is text, a mapping, or a list of mappings (several documents). Text knows two abbreviations, so that
limits stay readable:

    name: «64 times a»                         -> name: aaaa…
    endpoints: [«101 of {addresses: [10.1.HIGH.LOW]}»]   -> 101 flow nodes; HIGH.LOW counts from 0.1, N from 1

`config` is laid over the NodeConfig below; with a `kind` of its own it stands alone.
"""

import json
import re
from pathlib import Path

import pytest
import yaml

from svcc.cli.main import run

HERE = Path(__file__).parent
NODE = {
    "apiVersion": "svcc.dev/v1alpha1",
    "kind": "NodeConfig",
    "nodeName": "worker-1",
    "nodeIPs": ["172.20.5.11"],
    "clusterCIDRs": ["10.128.0.0/14"],
    "serviceCIDRs": ["10.96.0.0/16", "fd00:96::/112"],
}
# A case without a manifest is about its configuration.
PLAIN = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"clusterIP": "10.96.0.10", "ports": [{"port": 80}]},
}


class Plain(yaml.SafeDumper):
    """A dumper that repeats what an anchor of a table named once."""

    def ignore_aliases(self, data):
        return True


def cases(folder):
    """Return every case of a folder as a pytest parameter, named by its table and its sentence."""
    tables = {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((HERE / folder).glob("*.yaml"))
    }
    return [
        pytest.param(case, id=f"{name}: {case['name']}") for name, table in tables.items() for case in table["cases"]
    ]


def call(command, case, folder, capsys, *words):
    """Write the case into a folder, run a command on it, and return its exit code and its standard output."""
    config = case.get("config", {})
    whole = config if "kind" in config else NODE | config
    (folder / "config.yaml").write_text(_text(whole), encoding="utf-8")
    (folder / "input.yaml").write_text(_text(case.get("manifest", PLAIN)), encoding="utf-8")
    code = run([command, str(folder / "input.yaml"), "--config", str(folder / "config.yaml"), *words])
    return code, capsys.readouterr().out


def errors(out):
    """Return the field and the reason of every error that a JSON report holds."""
    found = json.loads(out)["diagnostics"]
    return {(one["field"], one["reason"]) for one in found if one["severity"] == "error"}


def _text(manifest):
    if isinstance(manifest, list):
        return "---\n".join(_text(one) for one in manifest)
    if isinstance(manifest, dict):
        manifest = yaml.dump(manifest, Dumper=Plain, sort_keys=False, allow_unicode=True, width=1 << 30)
    repeated = re.sub(r"«(\d+) of (.+?)»", _repeat, manifest)
    return re.sub(r"«(\d+) times (.+?)»", lambda found: found[2] * int(found[1]), repeated)


def _repeat(found):
    def numbered(number):
        high, low = divmod(number, 256)
        return found[2].replace("HIGH", str(high)).replace("LOW", str(low)).replace("N", str(number))

    return ", ".join(numbered(number) for number in range(1, int(found[1]) + 1))
