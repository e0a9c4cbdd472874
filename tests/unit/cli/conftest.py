"""The command line in this process: words in, exit code and both streams out."""

import io
from typing import NamedTuple

import pytest

from svcc.cli.main import run

CONFIG = """\
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
nodeName: worker-1
nodeIPs: [172.20.5.11]
clusterCIDRs: [10.128.0.0/14]
serviceCIDRs: [10.96.0.0/16]
"""
WEB = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: lab}
spec:
  clusterIP: 10.96.0.10
  ports:
  - {name: http, port: 80}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-x, namespace: lab, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [10.128.7.21], nodeName: worker-1}
- {addresses: [10.128.9.31], nodeName: worker-2}
- {addresses: [10.128.9.32], nodeName: worker-2, conditions: {ready: false}}
"""


class Ended(NamedTuple):
    """How one command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def svcc(capsys, monkeypatch, tmp_path):
    """Give a function that runs one command line in an empty folder; no way of ending may show a traceback."""
    monkeypatch.chdir(tmp_path)

    def call(*words, stdin=b""):
        # Python's own sys.stdin is None where standard input is closed.
        monkeypatch.setattr("sys.stdin", None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin)))
        code = run([str(word) for word in words])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        assert "bug in svcc" not in printed.out + printed.err
        return Ended(code, printed.out, printed.err)

    return call


@pytest.fixture
def lab(tmp_path):
    """Make a folder with one Service, its endpoints and a configuration; its path is the value."""
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB)
    (folder / "svcc.yaml").write_text(CONFIG)
    return folder
