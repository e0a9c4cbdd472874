"""Rules of kube-proxy's shape, which `make bench` compares with, are such that iptables-restore takes them."""

import subprocess
from pathlib import Path

import pytest

from examples import big
from tests.bench.baseline import kube_proxy_script

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_iptables_restore_accepts_the_baseline(backend, tmp_path: Path):
    script = tmp_path / "kube-proxy.rules"
    script.write_text(kube_proxy_script(tuple(big.shapes(3, 2))))
    namespace = f"svccbase-{backend}"
    subprocess.run(["ip", "netns", "add", namespace], check=True, timeout=20)
    try:
        tool = ["ip", "netns", "exec", namespace, f"iptables-{backend}-restore"]
        done = subprocess.run([*tool, "--test", script], capture_output=True, text=True, timeout=20, check=False)
    finally:
        subprocess.run(["ip", "netns", "del", namespace], check=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
