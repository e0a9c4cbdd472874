"""The rules for Pods at what people run, and at sizes that nobody runs; one rule after the other is in tests/validation."""

from pathlib import Path

import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode

PODS = sorted((Path(__file__).parent / "pods").glob("*.yaml"))


def judged(text):
    sink = Diagnostics()
    decode([Source("pod.yaml", text)], NodeConfig(), sink)
    return [(one.code, one.field) for one in sink]


@pytest.mark.parametrize("path", PODS, ids=lambda path: path.stem)
def test_nothing_is_said_of_a_pod_that_runs(path):
    assert [] == judged(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("mode", ["0440", "288", "0"])
def test_a_mode_may_be_octal(mode):
    found = judged(_pod(f"volumes: [{{name: a, configMap: {{name: a, defaultMode: {mode}}}}}]"))
    assert [] == found


def test_a_mode_that_was_meant_to_be_octal_is_told_how_to_be():
    sink = Diagnostics()
    decode(
        [Source("pod.yaml", _pod("volumes: [{name: a, secret: {secretName: a, defaultMode: 644}}]"))],
        NodeConfig(),
        sink,
    )
    (one,) = sink
    assert ("SVC106", "octal numbers begin with 0") == (one.code, one.hint)


def test_the_largest_moment_of_a_pod_counts_sidecars_in_the_order_of_their_start():
    first = "{name: b, image: b, resources: {requests: {cpu: 2}}}"
    sidecar = "{name: c, image: c, restartPolicy: Always, resources: {requests: {cpu: 1}}}"
    whole = "resources: {requests: {cpu: 2}}"
    assert [] == judged(_pod(f"initContainers: [{first}, {sidecar}], {whole}"))
    assert [("SVC170", "spec.resources.requests[cpu]")] == judged(
        _pod(f"initContainers: [{sidecar}, {first}], {whole}")
    )


def test_a_mount_of_a_volume_that_is_wrong_has_no_mistake_of_its_own():
    mounted = "containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]"
    assert [("SVC104", "spec.volumes[0].nfs.server")] == judged(
        f"{HEAD}spec: {{{mounted}, volumes: [{{name: v, nfs: {{path: /a}}}}]}}\n"
    )


HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"


def _pod(spec):
    return f"{HEAD}spec: {{containers: [{{name: a, image: a}}], {spec}}}\n"
