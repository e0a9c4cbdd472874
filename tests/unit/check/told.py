"""Check small inputs as the pipeline does: decode, select, mirror, check; what is told comes back as short tuples.

told(service("a", "clusterIP: 10.96.0.1"), …)   ->   [("SVC203", 10, "spec.clusterIP", 4)]      code, line, field, related lines
"""

from svcc.check import check
from svcc.config import NodeConfig
from svcc.derive.endpoints import mirror
from svcc.derive.select import select
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.model.decode_config import decode_config

PORTS = "ports: [{port: 80}]"
HTTP = "ports: [{name: http, port: 80}]"
NAMED = "apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\nnodeName: worker-1\n"


def service(name, spec, status="{}", annotations="{}"):
    meta = f"{{name: {name}, annotations: {annotations}}}"
    return f"apiVersion: v1\nkind: Service\nmetadata: {meta}\nspec: {{{spec}}}\nstatus: {status}\n"


def slice_of(name, endpoints="[{addresses: [10.128.0.1]}]", ports="[{name: http, port: 8080}]", *, label=True):
    labels = f"{{kubernetes.io/service-name: {name}}}" if label else "{}"
    return (
        f"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: {name}-x, labels: {labels}}}\n"
        f"addressType: IPv4\nports: {ports}\nendpoints: {endpoints}\n"
    )


def endpoints(name, addresses="[{ip: 10.128.0.1}]", ports="[{name: http, port: 8080}]"):
    subsets = f"[{{addresses: {addresses}, ports: {ports}}}]"
    return f"apiVersion: v1\nkind: Endpoints\nmetadata: {{name: {name}}}\nsubsets: {subsets}\n"


def found(*texts, config=NAMED):
    """Return the diagnostics of documents, each in a file of its own named after its place: a.yaml, b.yaml, …"""
    sink = Diagnostics()
    node = decode_config(Source("svcc.yaml", config), sink) if config else NodeConfig()
    sources = [Source(f"{chr(ord('a') + index)}.yaml", text) for index, text in enumerate(texts)]
    check(mirror(select(decode(sources, node, sink))), node, sink)
    return list(sink)


def told(*texts, config=NAMED, without=()):
    """Return code, place, field and related places of each diagnostic."""
    return [
        (one.code, _place(one.span), one.field, *(_place(other.span) for other in one.related))
        for one in found(*texts, config=config)
        if one.code not in without
    ]


def _place(span):
    return f"{span.source.name.removesuffix('.yaml')}:{span.line}" if span else ""


def texts_at(diagnostics):
    """Return what stands under the caret of each diagnostic."""
    return [
        one.span.source.text.splitlines()[one.span.line - 1][one.span.column - 1 :][: one.span.length]
        for one in diagnostics
    ]
