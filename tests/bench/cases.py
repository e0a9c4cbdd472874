"""Every case of the bench, and the inputs that they share."""

from pathlib import Path

from examples import big
from tests.bench.baseline import kube_proxy_script
from tests.bench.case import SVCC, Case, Setting
from tests.bench.dataplane import Apply, Path_, Restore
from tests.bench.front import Check, Compile, Hostile
from tests.bench.ipvs import Ipvs
from tests.bench.measure import timed
from tests.bench.nft import NftChange, NftConnect, NftLoad, NftSize

CONFIG = """\
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
nodeName: worker-1
nodeIPs: [172.20.5.11]
clusterCIDRs: [10.128.0.0/14]
serviceCIDRs: [10.96.0.0/16]
"""
CASES: tuple[type[Case], ...] = (
    Check,
    Compile,
    Hostile,
    Restore,
    Apply,
    Path_,
    NftLoad,
    NftChange,
    NftConnect,
    NftSize,
    Ipvs,
)


def prepare(setting: Setting, seed: int = 1) -> None:
    """Write the inputs: the cluster, the same with one endpoint moved, the configuration and both scripts."""
    size = (setting.services, setting.endpoints, seed)
    text = "".join(big.documents(*size))
    wanted = list(big.shapes(*size))
    moved = wanted[len(wanted) // 2].backends[0].address
    Path(setting.file("before.yaml")).write_text(text, encoding="utf-8")
    Path(setting.file("after.yaml")).write_text(text.replace(f"[{moved}]", "[10.131.255.254]"), encoding="utf-8")
    Path(setting.file("svcc.yaml")).write_text(CONFIG, encoding="utf-8")
    Path(setting.file("kube-proxy.v4")).write_text(kube_proxy_script(wanted), encoding="utf-8")
    argv = [SVCC, "compile", "-o", setting.file("compiled"), "--config", setting.file("svcc.yaml")]
    timed([*argv, setting.file("before.yaml")], env=setting.environment)
