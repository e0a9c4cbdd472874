"""What the fuzzer begins with: every manifest, configuration and lock that examples and tests hold.

seeds()  ->  [Seed(text="kind: Service …", documents=({"kind": "Service", …}, …), config="kind: NodeConfig …", lock="…"), …]
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from svcc.allocate import render
from svcc.diag import Diagnostics, Source, Stopped
from svcc.model.decode_config import decode_config
from svcc.reading import read
from tests.fuzz.case import CORPUS, read_case

ROOT = Path(__file__).resolve().parents[2]
FLOW = ROOT / "tests/flow"
KUBE_PROXY = """\
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
hostnameOverride: worker-1
mode: ""
clusterCIDR: 10.128.0.0/14,fd00:10::/48
detectLocalMode: BridgeInterface
detectLocal: {bridgeInterface: cni0, interfaceNamePrefix: ""}
nodePortAddresses: [172.20.0.0/16]
iptables: {masqueradeAll: true, masqueradeBit: 14, localhostNodePorts: true, syncPeriod: 30s}
ipvs: {scheduler: rr, excludeCIDRs: null, strictARP: false, tcpTimeout: 0s}
conntrack: {maxPerCore: 32768, min: 131072}
portRange: ""
"""


class Seed(NamedTuple):
    """One input that stands somewhere in the project."""

    text: str
    documents: tuple[Any, ...]
    config: str
    lock: str


def seeds() -> list[Seed]:
    """Return all of them, always in the same order."""
    return [seed for seed in _all() if seed.text]


def _all() -> Iterator[Seed]:
    config = (FLOW / "config.yaml").read_text()
    shop = ROOT / "examples/shop"
    for path in sorted(shop.glob("*.yaml")):
        if path.name != "svcc.yaml":
            yield _seed(path.read_text(), (shop / "svcc.yaml").read_text(), (shop / "svcc.lock").read_text())
    pods = ROOT / "examples/shop-pods"
    yield _seed((pods / "cluster.yaml").read_text(), (pods / "svcc.yaml").read_text())
    for path in sorted((ROOT / "examples/broken").iterdir()):
        yield from _broken(path, config)
    for path in sorted((FLOW / "cluster").glob("*.yaml")):
        yield _seed(path.read_text(), config)
    some = (FLOW / "cluster/node-ports.yaml").read_text()
    for path in sorted((FLOW / "variants").glob("*.yaml")):
        yield _seed(some, path.read_text())
    yield _seed(some, KUBE_PROXY)
    for path in sorted((ROOT / "golden").glob("**/*.yml")):
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield _seed(held["input"], held.get("config") or "")
    for path in sorted((ROOT / "tests/validation").glob("*/*.yaml")):
        yield from _table(path, config)
    for path in sorted(CORPUS.glob("*.txt")):
        case = read_case(path)
        yield _seed(case.manifests.decode(errors="replace"), case.config, case.lock)


def _broken(path: Path, config: str) -> Iterator[Seed]:
    if path.is_file():
        yield _seed(path.read_text(errors="replace"), config)
        return
    manifests = "\n---\n".join(one.read_text() for one in sorted(path.glob("*.yaml")) if one.name != "svcc.yaml")
    beside = [path / name for name in ("svcc.yaml", "svcc.lock")]
    yield _seed(manifests, *(one.read_text() if one.exists() else "" for one in beside))


def _table(path: Path, config: str) -> Iterator[Seed]:
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
        manifest = case.get("manifest")
        own = {**yaml.safe_load(config), **case.get("config", {})} if "config" in case else None
        if "kind" in case.get("config", {}):
            own = case["config"]
        text = manifest if isinstance(manifest, str) else _dumped(manifest)
        yield _seed(text, _dumped(own) if own else config)


def _dumped(held: Any) -> str:
    if isinstance(held, list):
        return "---\n".join(_dumped(one) for one in held)
    return yaml.safe_dump(held, sort_keys=False, allow_unicode=True) if held else ""


def _seed(text: str, config: str, lock: str = "") -> Seed:
    documents: tuple[Any, ...] = ()
    with suppress(yaml.YAMLError, ValueError):
        documents = tuple(one for one in yaml.load_all(text, yaml.CSafeLoader) if one)
    return Seed(text, tuple(_plain(one) for one in documents), config, lock or _allocated(text, config))


def _plain(held: Any) -> Any:
    """Return what JSON can hold too."""
    if isinstance(held, dict):
        return {str(key): _plain(value) for key, value in held.items()}
    if isinstance(held, list):
        return [_plain(one) for one in held]
    return held if held is None or isinstance(held, str | int | float) else str(held)


def _allocated(text: str, config: str) -> str:
    sink = Diagnostics()
    with suppress(Stopped):
        node = decode_config(Source("svcc.yaml", config), sink)
        return render(read([Source("web.yaml", text)], node, sink).lock)
    return ""
