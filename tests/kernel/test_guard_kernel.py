"""An apply that would take many frontends away needs --force; each in a namespace of its own."""

import json

import pytest
from test_cli_kernel import CONFIG, svcc

pytestmark = pytest.mark.kernel

SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {{name: s{number}, namespace: lab}}
spec: {{clusterIP: 10.96.0.{number}, ports: [{{name: http, port: 80}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: s{number}-x, namespace: lab, labels: {{kubernetes.io/service-name: s{number}}}}}
addressType: IPv4
ports: [{{name: http, port: 8080}}]
endpoints: [{endpoints}]
"""


def manifests(folder, *, there=10, idle=()):
    text = "".join(
        SERVICE.format(number=number, endpoints="" if number in idle else f"{{addresses: [10.128.7.{number}]}}")
        for number in range(10, 10 + there)
    )
    (folder / "all.yaml").write_text(text)
    (folder / "svcc.yaml").write_text(CONFIG)
    return folder / "all.yaml"


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_losing_more_than_thirty_per_cent_is_refused_and_changing_the_mode_loses_nothing(mode, namespace, tmp_path):
    other = {"iptables": "nftables", "nftables": "iptables"}[mode]
    assert 0 == svcc("apply", manifests(tmp_path), "--mode", other).returncode
    assert 0 == svcc("apply", manifests(tmp_path), "--mode", mode).returncode
    before = json.loads(svcc("status", "--format", "json").stdout)
    for less in ({"there": 6}, {"idle": (10, 11, 12, 13)}):
        plan = svcc("plan", manifests(tmp_path, **less), "--mode", mode)
        assert (0, True) == (plan.returncode, "SVC402" in plan.stderr)
        refused = svcc("apply", manifests(tmp_path, **less), "--mode", mode)
        assert (4, True) == (refused.returncode, "4 of 10 frontends would lead nowhere" in refused.stderr)
        assert before == json.loads(svcc("status", "--format", "json").stdout)
    assert 0 == svcc("apply", manifests(tmp_path, there=7), "--mode", mode).returncode
    assert 0 == svcc("apply", manifests(tmp_path, there=1), "--mode", mode).returncode
    assert 0 == svcc("apply", manifests(tmp_path), "--mode", mode).returncode
    assert 0 == svcc("apply", manifests(tmp_path, there=1), "--mode", mode, "--force").returncode
